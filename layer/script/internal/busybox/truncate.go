package busybox

import (
	"errors"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func truncate(c *Call) (int, error) {
	opts, args, err := c.getopt("cs:", "")
	if err != nil {
		return 0, err
	}
	text, ok := opts.last('s')
	if !ok || len(args) == 0 {
		return c.usage(), nil
	}
	size, ok := parseCopySize(text)
	if !ok || strings.ContainsAny(text, "cwb") { // truncate has no blocks and words
		return c.complain("invalid number '%s'", text), nil
	}
	if size > MaxInput {
		return 0, c.Unsupported(c.Line, "truncate: a size of more than %d bytes is not supported", MaxInput)
	}
	status := 0
	for _, name := range args {
		if _, err := c.look(name, true); opts.has('c') && errors.Is(err, tree.ErrNotExist) {
			continue
		}
		if err := c.resize(name, size); Fatal(err) {
			return 0, err
		} else if err != nil {
			status = c.complain("%s: open: %s", name, Reason(err))
		}
	}
	return status, nil
}

func (c *Call) resize(name string, size int64) error {
	if n, err := c.look(name, true); err == nil && n.Type == tree.FIFO {
		return tree.Errno("No such device or address")
	}
	if err := c.RefuseDevice(c.Line, c.file(name)); err != nil {
		return err
	}
	w, err := c.Tree.OpenWriter(c.file(name), tree.Create, c.masked(0o666))
	if err != nil {
		return err
	}
	w.Close()
	n, err := c.look(name, true)
	if err != nil {
		return err
	}
	old, err := n.Read(MaxInput)
	if err != nil {
		return err
	}
	b := make([]byte, size)
	copy(b, old)
	return c.Tree.WriteFile(c.file(name), b, c.masked(0o666))
}
