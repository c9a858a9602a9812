package assemble

import "github.com/lamina-oci/lamina/internal/redact"

// Part is the part of a build that failed.
type Part string

const (
	PartBase       Part = "base"       // the base image cannot be used
	PartImage      Part = "image"      // the image to verify cannot be read
	PartKey        Part = "key"        // a key of the request cannot be used
	PartRequest    Part = "request"    // the request is invalid
	PartLock       Part = "lock"       // the lock does not match the request, the base or this program
	PartRepository Part = "repository" // an index cannot be fetched or trusted
	PartSolution   Part = "solution"   // the requested packages cannot be installed together
	PartPackage    Part = "package"    // a package file cannot be fetched, trusted or installed
	PartAccount    Part = "account"    // a user or group of the request cannot be added
	PartFile       Part = "file"       // a file of the request cannot be added or removed
	PartRun        Part = "run"        // shell text of the request failed, or cannot be interpreted
	PartLayer      Part = "layer"      // an input changed while the layer was written, or the output cannot be written
	PartOutput     Part = "output"     // the image cannot be written
)

// Error is the type of all errors of this package. Part tells a caller what to fix. Its
// text is that of Err, without the users and passwords of the URLs in it.
type Error struct {
	Part Part
	Err  error
}

func (e *Error) Error() string { return redact.Text(e.Err.Error()) }
func (e *Error) Unwrap() error { return e.Err }

// in says which part an error belongs to; nil stays nil.
func in(part Part, err error) error {
	if err == nil {
		return nil
	}
	return &Error{part, err}
}
