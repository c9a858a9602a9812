package busybox

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func mv(c *Call) (int, error) {
	opts, args, err := c.getopt("fnTt:v", "force=f no-clobber=n verbose=v no-target-directory=T target-directory=t")
	if err != nil {
		return 0, err
	}
	into, hasInto := opts.last('t')
	if hasInto {
		args = append(args, into)
	}
	if len(args) < 2 || opts.has('T') && len(args) > 2 {
		return c.usage(), nil
	}
	sources, last := args[:len(args)-1], args[len(args)-1]
	below := true
	if len(sources) == 1 && !hasInto {
		target, ok := c.kind(last, true)
		if !ok {
			return 1, nil
		}
		n, err := c.look(stripped(sources[0]), true)
		if opts.has('T') && target == isDirectory && err == nil && n.Type != tree.Directory {
			return c.complain("'%s' is a directory", last), nil
		}
		below = target == isDirectory && !opts.has('T')
	}
	keeps := false // the last of -f and -n decides
	for _, o := range opts {
		keeps = o.letter == 'n' || keeps && o.letter != 'f'
	}
	status := 0
	for _, source := range sources {
		dest := last
		if below {
			dest, source = join(last, lastComponent(source)), stripped(source)
		}
		target, ok := c.kind(dest, true)
		if !ok {
			status = 1
		} else if target == isAbsent || !keeps {
			if err := c.rename(source, dest); err != nil {
				status = c.complain("can't rename '%s': %s", source, Reason(err))
			}
		}
		if opts.has('v') { // also if nothing moved
			fmt.Fprintf(&c.Out, "'%s' -> '%s'\n", source, dest)
		}
	}
	return status, nil
}

// rename is rename(2), for which a slash behind a name asks for a directory.
func (c *Call) rename(source, dest string) error {
	n, err := c.look(stripped(source), false)
	if err != nil {
		return err
	}
	for _, name := range []string{source, dest} {
		switch base := name[strings.LastIndexByte(name, '/')+1:]; {
		case name == "":
			return tree.ErrNotExist
		case base == "." || base == "..":
			return tree.ErrBusy
		case base == "" && n.Type != tree.Directory:
			return tree.ErrNotDir
		}
	}
	return c.Tree.Rename(c.trimmed(source), c.trimmed(dest))
}
