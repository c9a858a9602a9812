package busybox

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func mkfifo(c *Call) (int, error) {
	opts, args, err := c.getopt("m:", map[string]byte{"mode": 'm'})
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
	opts, args, err := c.getopt("m:", map[string]byte{"mode": 'm'})
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
		if mode, ok = parseMode(text, 0o666, false, c.Umask); !ok {
			return c.complain("%s: %s", name, tree.ErrInvalid), nil
		}
	}
	if err := c.Tree.Mknod(c.file(name), typ, mode, major, minor); err != nil {
		return c.complain("%s: %s", name, Reason(err)), nil
	}
	return 0, nil
}

// mktemp makes names that are the same each time the same script is run.
func mktemp(c *Call) (int, error) {
	opts, args, err := c.getopt("dqtup:", map[string]byte{})
	if err != nil {
		return 0, err
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	dir := c.Env("TMPDIR")
	if dir == "" {
		dir = "/tmp"
	}
	if p, ok := opts.last('p'); ok {
		dir = p
	}
	template := "tmp.XXXXXX"
	if len(args) == 1 {
		template = args[0]
	}
	if len(args) == 0 || opts.has('t') || opts.has('p') {
		template = join(dir, template)
	}
	if !strings.HasSuffix(template, "XXXXXX") {
		return c.mktempFailed(opts, tree.ErrInvalid), nil
	}
	stem := strings.TrimSuffix(template, "XXXXXX")
	for i := range 1000 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", c.Script, stem, i))
		name := stem + base32.StdEncoding.EncodeToString(sum[:])[:6]
		var err error
		switch {
		case opts.has('u'):
			if _, look := c.look(name, false); look == nil {
				err = tree.ErrExist
			}
		case opts.has('d'):
			err = c.Tree.Mkdir(c.file(name), 0o700)
		default:
			_, err = c.Tree.OpenWriter(c.file(name), tree.Create|tree.Exclusive, 0o600)
		}
		if errors.Is(err, tree.ErrExist) {
			continue
		}
		if err != nil {
			return c.mktempFailed(opts, err), nil
		}
		fmt.Fprintln(&c.Out, name)
		return 0, nil
	}
	return c.mktempFailed(opts, tree.ErrExist), nil
}

func (c *Call) mktempFailed(opts optionList, err error) int {
	if opts.has('q') {
		return 1
	}
	return c.complain("%s", Reason(err))
}

func truncate(c *Call) (int, error) {
	opts, args, err := c.getopt("cs:", map[string]byte{"no-create": 'c', "size": 's'})
	if err != nil {
		return 0, err
	}
	text, ok := opts.last('s')
	if !ok || len(args) == 0 {
		return c.usage(), nil
	}
	size, ok := parseSize(text)
	if !ok {
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
	w, err := c.Tree.OpenWriter(c.file(name), tree.Create, c.masked(0o666))
	if err != nil {
		return err
	}
	w.Close()
	n, err := c.look(name, true)
	if err != nil || n.Size == size {
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

// parseSize reads a number with one of busybox' suffixes.
func parseSize(text string) (int64, bool) {
	for suffix, factor := range map[string]int64{"b": 512, "k": 1 << 10, "K": 1 << 10, "m": 1 << 20, "M": 1 << 20, "G": 1 << 30, "c": 1, "w": 2} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.ParseInt(number, 10, 32)
			return n * factor, err == nil && n >= 0
		}
	}
	n, err := strconv.ParseInt(text, 10, 62)
	return n, err == nil && n >= 0
}
