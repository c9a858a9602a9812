package busybox

import (
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
	var opened []string
	for _, name := range args { // all are opened before anything is read, which may be one of them
		if name != "-" {
			err = c.writeTo(name, flags, nil)
		}
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		opened = append(opened, name)
	}
	content, err := c.read()
	if err != nil {
		return 0, err
	}
	for _, name := range opened {
		if name == "-" {
			c.Out.Write(content)
		} else if err := c.writeTo(name, flags&tree.Append, content); err != nil {
			return 0, err
		}
	}
	c.Out.Write(content)
	return status, c.Bounded()
}

// writeTo writes to a file that an operand names.
func (c *Call) writeTo(name string, flags tree.Flag, content []byte) error {
	switch path.Clean(c.file(name)) {
	case "/dev/null":
		return nil
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		c.Out.Write(content)
		return nil
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		c.Err.Write(content)
		return nil
	}
	if err := c.RefuseDevice(c.Line, c.file(name)); err != nil {
		return err
	}
	w, err := c.Tree.OpenWriter(c.file(name), flags, c.masked(0o666))
	if err != nil {
		return err
	}
	defer w.Close()
	if len(content) > 0 {
		_, err = w.Write(content)
	}
	return err
}
