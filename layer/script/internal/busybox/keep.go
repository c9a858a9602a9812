package busybox

import (
	"bytes"
	"io"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A source is what a command reads as a stream, whatever its size.
type source struct {
	io.Reader
	close func()
}

// stream opens the file that an operand names to be read as a stream; "-" is standard input. An error that is not fatal is for the
// command to print.
func (c *Call) stream(name string) (*source, error) {
	if clean := path.Clean(c.file(name)); name == "-" || IsStdin(clean) {
		if c.Stdin == nil {
			return &source{strings.NewReader(""), func() {}}, nil
		}
		if c.isDirInput("-") {
			return nil, tree.ErrIsDir
		}
		return &source{&meter{c, c.Stdin}, func() {}}, nil
	}
	if c.IsNull(c.file(name)) {
		return &source{strings.NewReader(""), func() {}}, nil
	}
	if content, ok := c.Special(c.file(name)); ok {
		return &source{&meter{c, bytes.NewReader(content)}, func() {}}, nil
	}
	if err := c.RefuseInput(c.Line, c.file(name)); err != nil {
		return nil, err
	}
	n, err := c.look(name, true)
	switch {
	case err != nil:
		return nil, err
	case n.Type == tree.Directory:
		return nil, tree.ErrIsDir
	case n.Type != tree.Regular:
		return nil, c.Unsupported(c.Line, "%s: %s is not a regular file: reading it is not supported", c.Args[0], name)
	case c.Tree.Access(n, tree.Read) != nil:
		return nil, tree.ErrPermission
	case n.Content == nil:
		return &source{strings.NewReader(""), func() {}}, nil
	}
	content, err := n.Content.Open()
	if err != nil {
		return nil, c.Fail(err)
	}
	return &source{&meter{c, content}, func() { content.Close() }}, nil
}

// meter counts what is read as work.
type meter struct {
	c *Call
	r io.Reader
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if spent := m.c.spend(n/streamed + 1); spent != nil {
		return n, spent
	}
	return n, err
}

// keep returns the content of a stream for a file.
func (c *Call) keep(r io.Reader) (tree.Content, int64, error) {
	r = &meter{c, r}
	if c.Tree.Keep != nil {
		return c.Tree.Keep(r)
	}
	text, err := bounded.ReadAll(r, MaxInput)
	return tree.Bytes(text), int64(len(text)), err
}
