//go:build !linux

package oci

import (
	"errors"
	"os"
)

func cloneFile(to, from *os.File) error { return errors.ErrUnsupported }
