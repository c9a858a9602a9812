//go:build !linux

package diskio

import (
	"errors"
	"os"
)

func CloneFile(to, from *os.File) error { return errors.ErrUnsupported }
