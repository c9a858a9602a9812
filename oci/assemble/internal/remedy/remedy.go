package remedy

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
)

// OfResource is the remedy where this machine has run out of something, "" elsewhere.
func OfResource(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "allow more files to be open at once: ulimit -n 1024"
	case errors.Is(err, syscall.EFBIG):
		return "allow larger files (ulimit -f), or move the output (-o), the cache (--cache-dir) or temporary files (TMPDIR) to a file system that does"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "free some space, or move the output (-o), the cache (--cache-dir) or temporary files (TMPDIR) to another disk"
	}
	return ""
}

// OfSystem is the remedy for this machine's permissions, which an image's files have others for; "" for other errors.
func OfSystem(err error) string {
	if errors.As(err, new(syscall.Errno)) && errors.Is(err, fs.ErrPermission) {
		return "run as a user with access to that path, or choose another path"
	}
	return ""
}

// OfScript is the remedy for a script of a package that fails or cannot be interpreted, "" for other errors.
func OfScript(err error) string {
	name := ""
	var unsupported *script.UnsupportedError
	var failed *script.ExitError
	switch {
	case errors.As(err, &unsupported):
		name = unsupported.Package
	case errors.As(err, &failed):
		name = failed.Package
	}
	if name == "" {
		return ""
	}
	if strings.Contains(name, "/") {
		return fmt.Sprintf("to skip this commit hook deliberately, add to the spec: scripts: {skip: [%s]}", name)
	}
	if unsupported != nil && unsupported.Program != "" {
		return fmt.Sprintf("to leave out what it does, add to the spec: scripts: {without: [%[1]s]}, or, to skip all scripts of %[2]s, "+
			"scripts: {skip: [%[2]s]}; without a spec: --without %[1]s or --skip-scripts %[2]s", unsupported.Program, name)
	}
	return fmt.Sprintf("to skip %s's scripts deliberately, add to the spec: scripts: {skip: [%s]}; without a spec: --skip-scripts %s", name, name, name)
}

// OfPackages is the remedy for packages that cannot be had, or not together; "" for other errors.
func OfPackages(err error) string {
	var conflict *stage.ConflictError
	var unknown *solver.UnknownPackageError
	var noTag *solver.MissingTagError
	var unsatisfiable *solver.UnsatisfiableError
	switch {
	case errors.As(err, &conflict):
		return "request only one of the two packages; '!NAME' excludes one"
	case errors.As(err, &unknown):
		return unknown.Hint()
	case errors.As(err, &noTag):
		tag := noTag.Items[0].Tag
		return fmt.Sprintf("give the repository with its tag: --repository '@%s URL'", tag)
	case errors.As(err, &unsatisfiable):
		return unsatisfiable.Hint()
	}
	return ""
}
