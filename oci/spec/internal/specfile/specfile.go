// Package specfile reads the file that says what to build, a spec or a Dockerfile, and values that both have.
package specfile

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
)

// Max bounds a spec file and a Dockerfile, in bytes.
const Max = 4 << 20

// Read returns the given text, or, without one, that of the file, which has at most [Max] bytes and may be a pipe.
func Read(name string, given []byte) ([]byte, error) {
	if given != nil {
		return given, nil
	}
	file, err := diskio.OpenInput(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := bounded.ReadAll(file, Max)
	if tooLarge := new(bounded.TooLargeError); errors.As(err, &tooLarge) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return data, err
}

// LeadsOut returns where a link leads that leaves its own directory. A stranger may have made such a link, so no error quotes the file.
func LeadsOut(name string) (target string, ok bool) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", false
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return "", false
	}
	relative, err := filepath.Rel(dir, target)
	return target, err != nil || !filepath.IsLocal(relative)
}
