package busybox

import (
	"errors"
	"io"
	"path"

	"github.com/lamina-oci/lamina/layer/tree"
)

func tee(c *Call) (int, error) {
	opts, args, err := c.getopt("ai", "")
	if err != nil {
		return 0, err
	}
	flags := tree.Create | tree.Truncate
	if opts.has('a') {
		flags = tree.Create | tree.Append
	}
	status := 0
	outputs := []io.Writer{&c.Out}
	for _, name := range args { // all are opened before anything is read, which may be one of them
		w := io.Writer(&c.Out)
		if name != "-" {
			w, err = c.writer(name, flags)
		}
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		outputs = append(outputs, w)
	}
	_, err = c.streams(nil, messages{}, func(_ string, r io.Reader) error {
		err := c.printTo(io.MultiWriter(outputs...), r)
		if errors.Is(err, tree.ErrIsDir) { // nothing is said
			status, err = 1, nil
		}
		return err
	})
	return status, err
}

// writer opens a file that an operand names. What it opens need not be closed.
func (c *Call) writer(name string, flags tree.Flag) (io.Writer, error) {
	switch path.Clean(c.file(name)) {
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return &c.Out, nil
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		return &c.Err, nil
	}
	if c.IsNull(c.file(name)) {
		return io.Discard, nil
	}
	if err := c.RefuseDevice(c.Line, c.file(name)); err != nil {
		return nil, err
	}
	return c.Tree.OpenWriter(c.file(name), flags, c.masked(0o666))
}

// writeTo writes to a file that an operand names.
func (c *Call) writeTo(name string, flags tree.Flag, content []byte) error {
	w, err := c.writer(name, flags)
	if err == nil && len(content) > 0 {
		_, err = w.Write(content)
	}
	return err
}
