package diskio

import (
	"fmt"
	"os"
)

// OpenRegular opens a file for reading, but never a FIFO or device, where that or a read could wait without end.
func OpenRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a regular file", path)
	}
	return os.Open(path)
}
