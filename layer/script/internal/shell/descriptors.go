package shell

import (
	"bytes"
	"io"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
)

// descriptors are the open files of a process by number; nil is a closed one. Those other
// than standard input, output and error can be 3 to 9, as the shell's grammar has it.
type descriptors [10]stream.Stream

// write writes to a descriptor.
func (p *process) write(fd int, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if p.fds[fd] == nil {
		return stream.ErrBadDescriptor
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

// capture is the output of a command substitution.
type capture struct {
	p *process
	b bytes.Buffer
}

func (*capture) Read([]byte) (int, error) { return 0, stream.ErrBadDescriptor }

func (c *capture) Write(b []byte) (int, error) {
	if c.b.Len()+len(b) > expand.MaxValue {
		return 0, c.p.Fail(c.p.Exceeded(c.p.line, "a command substitution has more than %d bytes", expand.MaxValue))
	}
	return c.b.Write(b)
}
