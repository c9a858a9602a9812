package busybox

import (
	"strings"

	"github.com/lamina-oci/lamina/internal/filemode"
	"github.com/lamina-oci/lamina/layer/tree"
)

// install is install(1), which copies files or makes directories with a mode and an owner.
func install(c *Call) (int, error) {
	opts, args, err := c.getopt("cvbDdpm:o:g:t:", "directory=d preserve-timestamps=p group=g mode=m owner=o target-directory=t verbose=v")
	if err != nil {
		return 0, err
	}
	if opts.has('d') && opts.has('t') {
		return c.usage(), nil
	}
	mode := uint16(0o755)
	if text, ok := opts.last('m'); ok {
		if mode, ok = filemode.Change(text, mode, false, c.Umask); !ok {
			mode = 0o7777 // busybox takes the -1 that says so for a mode
		}
	}
	who := c.Tree.Credentials()
	uid, gid := int64(who.UID), int64(who.GID)
	owns := opts.has('o') || opts.has('g')
	var problem string
	if name, ok := opts.last('o'); ok {
		if uid, problem = c.lookUser(name); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	if name, ok := opts.last('g'); ok {
		if gid, problem = c.lookGroup(name); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	if opts.has('d') {
		if len(args) == 0 {
			return c.usage(), nil
		}
		return c.installDirectories(args, mode, uid, gid, owns, opts.has('v'))
	}
	last, below := opts.last('t')
	if !below {
		if len(args) < 2 {
			return c.usage(), nil
		}
		last, args = args[len(args)-1], args[:len(args)-1]
		below = c.isDir(last)
	} else if len(args) == 0 {
		return c.usage(), nil
	}
	cp := copier{c: c, follow: true, preserve: opts.has('p'), verbose: opts.has('v'), copied: make(map[*tree.Node]string)}
	status := 0
	for _, source := range args {
		dest := last
		if below {
			dest = join(last, source[strings.LastIndexByte(source, '/')+1:])
		}
		if opts.has('D') {
			if at, err := c.makeDirectory(parent(dest), 0o755, opts.has('v')); err != nil {
				c.complain("can't create directory '%s': %s", at, Reason(err))
			}
		}
		ok, err := cp.copy(source, dest, true)
		if err != nil {
			return 0, err
		}
		if !ok {
			status = 1
			continue
		}
		n, err := c.look(dest, true)
		if err != nil {
			continue
		}
		if owns {
			if err := c.chownLink(dest, uid, gid); err != nil {
				status = c.complain("can't change ownership of %s: %s", dest, Reason(err))
			}
		}
		if err := c.Tree.Chmod(n, mode); err != nil {
			status = c.complain("can't change permissions of %s: %s", dest, Reason(err))
		}
	}
	return status, nil
}

func (c *Call) installDirectories(names []string, mode uint16, uid, gid int64, owns, verbose bool) (int, error) {
	status := 0
	for _, name := range names {
		at, err := c.makeDirectory(name, mode, verbose)
		if err != nil {
			status = c.complain("can't create directory '%s': %s", at, Reason(err))
			continue
		}
		n, err := c.look(name, true)
		if err != nil {
			return 0, err
		}
		if err := c.Tree.Chmod(n, mode); err != nil {
			status = c.complain("can't change permissions of %s: %s", name, Reason(err))
		}
		if owns {
			if err := c.chownLink(name, uid, gid); err != nil {
				status = c.complain("can't change ownership of %s: %s", name, Reason(err))
			}
		}
	}
	return status, nil
}

// chownLink is lchown(2): it gives a link an owner, not the file that it leads to.
func (c *Call) chownLink(name string, uid, gid int64) error {
	n, err := c.look(name, false)
	if err != nil {
		return err
	}
	return c.Tree.Chown(n, uid, gid)
}
