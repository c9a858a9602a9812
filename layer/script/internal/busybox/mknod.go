package busybox

import (
	"strconv"

	"github.com/lamina-oci/lamina/internal/filemode"
	"github.com/lamina-oci/lamina/layer/tree"
)

func mkfifo(c *Call) (int, error) {
	opts, args, err := c.getopt("m:", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		one, err := c.makeNode(name, tree.FIFO, opts, 0, 0)
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	return status, nil
}

func mknod(c *Call) (int, error) {
	opts, args, err := c.getopt("m:", "")
	if err != nil {
		return 0, err
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	typ, ok := map[string]tree.Type{"p": tree.FIFO, "c": tree.CharDevice, "u": tree.CharDevice, "b": tree.BlockDevice}[args[1]]
	if !ok || (typ == tree.FIFO) != (len(args) == 2) || typ != tree.FIFO && len(args) != 4 {
		return c.usage(), nil
	}
	var ids [2]uint64
	for i := range args[2:] {
		var err error
		if ids[i], err = strconv.ParseUint(args[2+i], 10, 20); err != nil {
			return c.complain("invalid number '%s'", args[2+i]), nil
		}
	}
	return c.makeNode(args[0], typ, opts, uint32(ids[0]), uint32(ids[1]))
}

func (c *Call) makeNode(name string, typ tree.Type, opts optionList, major, minor uint32) (int, error) {
	mode := c.masked(0o666)
	if text, ok := opts.last('m'); ok {
		if mode, ok = filemode.Change(text, 0o666, false, c.Umask); !ok {
			return c.complain("%s: %s", name, tree.ErrInvalid), nil
		}
	}
	if err := c.Tree.Mknod(c.file(name), typ, mode, major, minor); err != nil {
		return c.complain("%s: %s", name, Reason(err)), nil
	}
	return 0, nil
}
