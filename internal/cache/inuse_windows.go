package cache

import (
	"errors"
	"syscall"
)

// errorSharingViolation is ERROR_SHARING_VIOLATION of winerror.h.
const errorSharingViolation = syscall.Errno(32)

// isInUse says that a file could not be removed because somebody has it open.
func isInUse(err error) bool { return errors.Is(err, errorSharingViolation) }
