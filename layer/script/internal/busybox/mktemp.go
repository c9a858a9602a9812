package busybox

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// mktemp makes names that are the same each time the same script is run.
func mktemp(c *Call) (int, error) {
	opts, args, err := c.getopt("dqtup:\x01::", "directory=d dry-run=u quiet=q")
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
	isBelow := opts.has('t') || opts.has('p')
	if p, ok := opts.last('\x01'); ok { // of GNU's mktemp
		if isBelow = true; p != "" {
			dir = p
		}
	}
	template := "tmp.XXXXXX"
	if len(args) == 1 {
		template = args[0]
	}
	if len(args) == 0 || isBelow {
		template = join(dir, template)
	}
	if c.isOther() && !strings.HasSuffix(template, "XXXXXX") {
		return 0, c.Unsupported(c.Line, "mktemp of a template that does not end with XXXXXX is not supported: %s", template)
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
