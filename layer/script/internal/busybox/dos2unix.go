package busybox

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// dos2unix is also unix2dos: every carriage return goes and, for DOS, one comes before each newline.
func dos2unix(c *Call) (int, error) {
	opts, args, err := c.getopt("ud", "")
	if err != nil {
		return 0, err
	}
	if opts.has('u') && opts.has('d') {
		return c.usage(), nil
	}
	toDOS := opts.has('d') || path.Base(c.Args[0]) == "unix2dos" && !opts.has('u')
	convert := func(content []byte) []byte {
		content = bytes.ReplaceAll(content, []byte("\r"), nil)
		if toDOS {
			content = bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n"))
		}
		return content
	}
	if len(args) == 0 {
		content, err := c.read()
		if errors.Is(err, tree.ErrIsDir) { // nothing is said
			err = nil
		}
		c.Out.Write(convert(content))
		if err == nil {
			err = c.Bounded()
		}
		return 0, err
	}
	for _, name := range args {
		name, problem := c.linked(name)
		if problem != "" {
			return c.complain("%s", problem), nil
		}
		content, err := c.open(name, false)
		switch {
		case err == tree.ErrIsDir:
			return c.complain("can't move '%sXXXXXX' to '%s': %s", name, name, Reason(err)), nil
		case Fatal(err):
			return 0, err
		case err != nil:
			return c.complain("can't open '%s': %s", name, Reason(err)), nil
		}
		if status, err := c.replaceFile(name, convert(content)); status != 0 || err != nil {
			return status, err
		}
	}
	return 0, nil
}

// linked is the name of what links lead to, which may not be there.
func (c *Call) linked(name string) (at, problem string) {
	links := 0
	for at = name; ; {
		n, err := c.look(at, false)
		switch {
		case err != nil && !errors.Is(err, tree.ErrNotExist):
			return "", at + ": " + Reason(err)
		case err != nil || n.Type != tree.Symlink:
			return at, ""
		case strings.HasPrefix(n.Target, "/"):
			at = n.Target
		case strings.Contains(at, "/"):
			at = at[:strings.LastIndexByte(at, '/')+1] + n.Target
		default:
			at = n.Target
		}
		if links++; links > maxLinks {
			return "", name
		}
	}
}

// replaceFile puts a new file with that content in the place of another.
func (c *Call) replaceFile(name string, content []byte) (int, error) {
	old, err := c.look(name, false)
	if err != nil {
		return 0, err
	}
	r, problem := c.replacementOf(name)
	if problem == "" {
		if err := r.write(content, old); err != nil {
			return 0, err
		}
		problem = r.move()
	}
	if problem != "" {
		return c.complain("%s", problem), nil
	}
	return 0, nil
}
