package assemble

import (
	"errors"
	"io/fs"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci/assemble/internal/remedy"
)

// The parts of a build that fail.
const (
	PartBase       = "base"       // the base image cannot be used
	PartImage      = "image"      // the image to verify cannot be read
	PartKey        = "key"        // a key of the request cannot be used
	PartRequest    = "request"    // the request is invalid
	PartLock       = "lock"       // the lock does not match the request, the base or this program
	PartRepository = "repository" // an index cannot be fetched or trusted
	PartSolution   = "solution"   // the requested packages cannot be installed together
	PartPackage    = "package"    // a package file cannot be fetched, trusted or installed
	PartAccount    = "account"    // a user or group of the request cannot be added
	PartFile       = "file"       // a file of the request cannot be added or removed
	PartRun        = "run"        // shell text of the request failed, or cannot be interpreted
	PartLayer      = "layer"      // an input changed while the layer was written, or the output cannot be written
	PartOutput     = "output"     // the image cannot be written
)

// Error is the type of all errors of this package. Its text is that of Err, without the users and passwords of the URLs in it.
type Error struct {
	// Part is the part of the build that failed, such as [PartLock], which tells a caller what to fix.
	Part string
	Err  error
}

func (e *Error) Error() string { return redact.Text(e.Err.Error()) }
func (e *Error) Unwrap() error { return e.Err }

// in says which part an error belongs to; nil stays nil. It is not inlined, which saves space at 100 callers.
//
//go:noinline
func in(part string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{part, err}
}

// Hint returns the remedy for an error, in one line, or "" if the error text is enough. An error mostly has the remedy
// from where it was made (package hint); here are those that the program's own options or spec bring about.
func Hint(err error) string {
	for _, find := range []func(error) string{remedy.OfResource, remedyScript, remedySolution, remedyCarried, remedy.OfSystem, remedyPart} {
		if found := find(err); found != "" {
			return found
		}
	}
	return ""
}

// Hint returns the remedy: see [Hint].
func (e *Error) Hint() string { return Hint(e) }

// hinted returns err with a remedy unless it has one.
func hinted(err error, text string) error {
	if err == nil || Hint(err) != "" {
		return err
	}
	return hint.With(err, text)
}

// remedyCarried is that of an error of a lower room which has one.
func remedyCarried(err error) string {
	if part := (*Error)(nil); errors.As(err, &part) {
		err = part.Err // whose own remedy is this function's caller
	}
	return hint.Of(err)
}

func remedyScript(err error) string {
	if refused := new(RefusedError); errors.As(err, &refused) && len(refused.Refusals) > 1 {
		return refused.remedy()
	}
	return remedy.OfScript(err)
}

func remedySolution(err error) string {
	if errors.Is(err, errNoRecord) {
		return "give the spec that it was built from: -f SPEC"
	}
	return remedy.OfPackages(err)
}

// remedyPart is what holds for all errors of a part.
func remedyPart(err error) string {
	part := (*Error)(nil)
	if !errors.As(err, &part) {
		return ""
	}
	switch part.Part {
	case PartLock:
		if errors.Is(err, fs.ErrNotExist) {
			return "write the lock first: lamina lock; or name one that exists: --lock FILE"
		}
		return "update the lock: lamina lock; for one package: lamina lock --upgrade-package NAME; or ignore it: --no-lock"
	case PartPackage:
		if errors.Is(err, fs.ErrNotExist) { // with a lock: no index was read
			return "give a place that has the file of the lock, --vendor PLACE or --repository URL; or write a new lock: lamina lock"
		}
	case PartAccount:
		return "correct the entry under users or groups in the spec"
	case PartRun:
		return "correct the entry under run in the spec"
	case PartLayer:
		return "run the build again, and do not change packages or files while it runs"
	}
	return ""
}
