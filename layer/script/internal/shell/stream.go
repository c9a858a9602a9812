package shell

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/lamina-oci/lamina/layer/tree"
)

// stream is an open file description: several descriptors may share one and its
// position.
type stream interface {
	io.Reader
	io.Writer
}

// descriptors are the open files of a process by number; nil is a closed one. Those other
// than standard input, output and error can be 3 to 9, as the shell's grammar has it.
type descriptors [10]stream

// Errors of reading and writing that are not the tree's.
var (
	errBadDescriptor = tree.Errno("Bad file descriptor")
	errBrokenPipe    = errors.New("broken pipe")
)

// write writes to a descriptor.
func (p *process) write(fd int, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if p.fds[fd] == nil {
		return errBadDescriptor
	}
	_, err := p.fds[fd].Write(b)
	return err
}

// stdin returns what commands read.
func (p *process) stdin() io.Reader {
	if p.fds[0] == nil {
		return nil
	}
	return p.fds[0]
}

// reading is a stream that is only read, such as a file or a here-document.
type reading struct{ io.Reader }

func (reading) Write([]byte) (int, error) { return 0, errBadDescriptor }

// file is a file that is read, from a position that all who have it open share.
type file struct{ *bytes.Reader }

func (file) Write([]byte) (int, error) { return 0, errBadDescriptor }

// WriteTo hides that of the reader, which would pass the writer's bounds by.
func (f file) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{f.Reader}) }

// writing is a stream that is only written.
type writing struct{ io.Writer }

func (writing) Read([]byte) (int, error) { return 0, errBadDescriptor }

// null is /dev/null.
type null struct{}

func (null) Read([]byte) (int, error)    { return 0, io.EOF }
func (null) Write(b []byte) (int, error) { return len(b), nil }

// capture is the output of a command substitution.
type capture struct {
	p *process
	b bytes.Buffer
}

func (*capture) Read([]byte) (int, error) { return 0, errBadDescriptor }

func (c *capture) Write(b []byte) (int, error) {
	if c.b.Len()+len(b) > maxValue {
		return 0, c.p.Fail(c.p.Exceeded(c.p.line, "a command substitution has more than %d bytes", maxValue))
	}
	return c.b.Write(b)
}

// pipeSize is how much a writer may be ahead of its reader. It is what POSIX promises at
// least, not Linux' 64 KiB, so that one whose reader ends early does little in vain.
const pipeSize = 4 << 10

// pipe joins two commands of a pipeline, of which one runs at a time: the writer goes
// on until the pipe is full, then the reader until it is empty. So what comes first
// never depends on the machine.
type pipe struct {
	buffer []byte
	closed bool // nobody reads any more
	done   bool // the writer has ended
	pause  func(struct{}) bool
	resume func() (struct{}, bool)
	stop   func()
}

// start makes a coroutine of the writer, which begins with the first resume.
func (q *pipe) start(writer func()) {
	q.resume, q.stop = iter.Pull(func(yield func(struct{}) bool) {
		q.pause = yield
		writer()
	})
}

// forward lets the writer run until the pipe is full or the writer has ended.
func (q *pipe) forward() {
	if _, ok := q.resume(); !ok {
		q.done = true
	}
}

// finish lets the writer run to its end with nobody reading.
func (q *pipe) finish() {
	q.closed, q.buffer = true, nil
	for !q.done {
		q.forward()
	}
	q.stop()
}

func (q *pipe) Read(b []byte) (int, error) {
	for len(q.buffer) == 0 {
		if q.done {
			return 0, io.EOF
		}
		q.forward()
	}
	n := copy(b, q.buffer)
	q.buffer = q.buffer[n:]
	return n, nil
}

func (q *pipe) Write(b []byte) (int, error) {
	if q.closed {
		return 0, errBrokenPipe
	}
	q.buffer = append(q.buffer, b...)
	for len(q.buffer) > pipeSize && !q.closed {
		q.pause(struct{}{})
	}
	return len(b), nil
}
