// Package stream has what descriptors of a shell can be: files that are read or written, what is only text, /dev/null, and pipes between
// commands that take turns.
//
// A [Stream] is an open file description: several descriptors may share one and its position. None is for concurrent use.
package stream

import (
	"errors"
	"io"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Stream is an open file description.
type Stream interface {
	io.Reader
	io.Writer
}

// Errors of reading and writing that are not the tree's.
var (
	ErrBadDescriptor = tree.Errno("Bad file descriptor")
	ErrBrokenPipe    = errors.New("broken pipe")
)

// Input is a stream that is only read, such as a here-document.
type Input struct{ io.Reader }

// Write fails with [ErrBadDescriptor].
func (Input) Write([]byte) (int, error) { return 0, ErrBadDescriptor }

// File is a file that is read, from a position that all who have it open share.
type File struct {
	io.ReadSeeker
	Node *tree.Node
}

// Source returns the file.
func (f File) Source() *tree.Node { return f.Node }

// Write fails with [ErrBadDescriptor].
func (File) Write([]byte) (int, error) { return 0, ErrBadDescriptor }

// WriteTo hides that of the reader, which would pass the writer's bounds by.
func (f File) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{f.ReadSeeker})
}

// Output is a stream that is only written.
type Output struct{ io.Writer }

// Read fails with [ErrBadDescriptor].
func (Output) Read([]byte) (int, error) { return 0, ErrBadDescriptor }

// Directory is a directory that was opened, which fails only when it is read.
type Directory struct{}

// IsDirectory tells it from other streams.
func (Directory) IsDirectory() {}

// Read fails with [tree.ErrIsDir].
func (Directory) Read([]byte) (int, error) { return 0, tree.ErrIsDir }

// Write fails with [ErrBadDescriptor].
func (Directory) Write([]byte) (int, error) { return 0, ErrBadDescriptor }

// Null is /dev/null.
type Null struct{}

// Read is at the end.
func (Null) Read([]byte) (int, error) { return 0, io.EOF }

// Write drops what it gets.
func (Null) Write(b []byte) (int, error) { return len(b), nil }
