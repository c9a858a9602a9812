package assemble

// Part is what of a build an error is about.
type Part string

const (
	PartBase       Part = "base"       // the base image cannot be used
	PartImage      Part = "image"      // the image that is to be verified cannot be read
	PartKey        Part = "key"        // a key of the request cannot be used
	PartRequest    Part = "request"    // what is asked for makes no sense as it is written
	PartLock       Part = "lock"       // the lock does not fit the request or the base, or this program
	PartRepository Part = "repository" // an index cannot be had or trusted
	PartSolution   Part = "solution"   // the packages that are asked for cannot be had together
	PartPackage    Part = "package"    // a package file cannot be had, trusted or installed
	PartFile       Part = "file"       // a file of the request cannot be added
	PartLayer      Part = "layer"      // an input changed while the layer was written, or the output cannot be written
	PartOutput     Part = "output"     // the image cannot be written
)

// Error is what all errors of this package are, so that a caller can tell what
// has to be mended. Its text is that of Err.
type Error struct {
	Part Part
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// in says which part an error belongs to; nil stays nil.
func in(part Part, err error) error {
	if err == nil {
		return nil
	}
	return &Error{part, err}
}
