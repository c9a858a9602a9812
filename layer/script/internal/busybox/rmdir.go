package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func rmdir(c *Call) (int, error) {
	opts, args, err := c.getopt("pv", "parents=p verbose=v ignore-fail-on-non-empty=i")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	status := 0
	for _, name := range args {
		for {
			if opts.has('v') {
				fmt.Fprintf(&c.Out, "rmdir: removing directory, '%s'\n", name)
			}
			if err := c.removeDirectory(name); err != nil {
				if !opts.has('i') || !errors.Is(err, tree.ErrNotEmpty) {
					status = c.complain("'%s': %s", name, Reason(err))
				}
				break
			}
			if name = parent(name); !opts.has('p') || name == "." || name == "/" {
				break
			}
		}
	}
	return status, nil
}

func (c *Call) removeDirectory(name string) error {
	switch path.Base("/" + name) {
	case ".":
		return tree.ErrInvalid
	case "..":
		if _, err := c.look(name, true); err != nil {
			return err
		}
		return tree.ErrNotEmpty
	}
	n, err := c.Tree.Lstat(c.trimmed(name))
	if err != nil {
		return err
	}
	if n.Type != tree.Directory {
		return tree.ErrNotDir
	}
	return c.Tree.Remove(c.trimmed(name))
}

// parent is what dirname(3) returns.
func parent(name string) string {
	p := strings.TrimRight(name, "/")
	i := strings.LastIndexByte(p, '/')
	switch {
	case p == "" && name != "":
		return "/"
	case i < 0:
		return "."
	}
	if p = strings.TrimRight(p[:i], "/"); p == "" {
		return "/"
	}
	return p
}
