package stream

import (
	"io"
	"iter"
)

// pipeSize is how much a writer may be ahead of its reader. It is what POSIX promises at
// least, not Linux' 64 KiB, so that one whose reader ends early does little in vain.
const pipeSize = 4 << 10

// Pipe joins two commands of a pipeline, of which one runs at a time: the writer goes
// on until the pipe is full, then the reader until it is empty. So what comes first
// never depends on the machine.
type Pipe struct {
	buffer []byte
	closed bool // nobody reads any more
	done   bool // the writer has ended
	pause  func(struct{}) bool
	resume func() (struct{}, bool)
	stop   func()
}

// Start makes a coroutine of the writer, which begins with the first [Pipe.Forward].
func (q *Pipe) Start(writer func()) {
	q.resume, q.stop = iter.Pull(func(yield func(struct{}) bool) {
		q.pause = yield
		writer()
	})
}

// Forward lets the writer run until the pipe is full or the writer has ended.
func (q *Pipe) Forward() {
	if _, ok := q.resume(); !ok {
		q.done = true
	}
}

// Finish lets the writer run to its end with nobody reading.
func (q *Pipe) Finish() {
	q.closed, q.buffer = true, nil
	for !q.done {
		q.Forward()
	}
	q.stop()
}

// Read implements [io.Reader]. It lets the writer run if the pipe is empty.
func (q *Pipe) Read(b []byte) (int, error) {
	for len(q.buffer) == 0 {
		if q.done {
			return 0, io.EOF
		}
		q.Forward()
	}
	n := copy(b, q.buffer)
	q.buffer = q.buffer[n:]
	return n, nil
}

// Write implements [io.Writer]. It lets the reader run if the pipe is full.
func (q *Pipe) Write(b []byte) (int, error) {
	if q.closed {
		return 0, ErrBrokenPipe
	}
	q.buffer = append(q.buffer, b...)
	for len(q.buffer) > pipeSize && !q.closed {
		q.pause(struct{}{})
	}
	return len(b), nil
}
