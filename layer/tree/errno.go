package tree

import (
	"fmt"
	"io/fs"
)

// Errno is a failure of a file operation. Its text is what strerror(3) gives
// on Alpine, since package scripts print it.
type Errno string

const (
	ErrNotExist    Errno = "No such file or directory"
	ErrExist       Errno = "File exists"
	ErrNotDir      Errno = "Not a directory"
	ErrIsDir       Errno = "Is a directory"
	ErrNotEmpty    Errno = "Directory not empty"
	ErrLoop        Errno = "Symbolic link loop"
	ErrInvalid     Errno = "Invalid argument"
	ErrPermission  Errno = "Permission denied"
	ErrNotPermit   Errno = "Operation not permitted"
	errNameTooLong Errno = "Filename too long"
	ErrBusy        Errno = "Resource busy"
	ErrReadOnly    Errno = "Read-only file system"
	errOtherDevice Errno = "Cross-device link"
)

func (e Errno) Error() string { return string(e) }

// Is makes errors.Is work with the sentinels of package io/fs.
func (e Errno) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e == ErrNotExist
	case fs.ErrExist:
		return e == ErrExist || e == ErrNotEmpty
	case fs.ErrInvalid:
		return e == ErrInvalid
	case fs.ErrPermission:
		return e == ErrNotPermit || e == ErrPermission
	}
	return false
}

// pathError is not inlined, which saves space at 40 callers.
//
//go:noinline
func pathError(op, path string, err error) error {
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// limitError says that [Tree.Limit] does not allow what would be written. It is no [Errno], for no command of a script may go on then.
type limitError struct{ Limit int64 } // bytes

func (e *limitError) Error() string {
	return fmt.Sprintf("the files that were written before and this one take more than %d bytes of memory", e.Limit)
}

// Hint returns the remedy.
func (e *limitError) Hint() string {
	return "copy the files from elsewhere, as with COPY, or write fewer"
}

// sizeError says that a file is larger than its reader takes.
type sizeError struct{ Limit int64 } // bytes

func (e *sizeError) Error() string { return fmt.Sprintf("is larger than %d bytes", e.Limit) }
