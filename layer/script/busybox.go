package script

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// busybox is the program itself: "busybox NAME ARG...", and the lists and links of
// its applets.
func busybox(c *call) (int, error) {
	name := path.Base(c.args[0])
	if len(c.args) < 2 {
		return 0, c.unsupported(c.line, "%s without an applet is not supported", name)
	}
	switch c.args[1] {
	case "--install":
		return installApplets(c, name)
	case "--list", "--list-full", "--list-all":
		applets, err := c.applets(name)
		if err != nil {
			return 0, err
		}
		for _, applet := range applets {
			if c.args[1] == "--list" {
				applet = path.Base(applet)
			}
			fmt.Fprintln(&c.out, applet)
		}
		return 0, nil
	}
	sub := *c
	sub.args = c.args[1:]
	run := c.command(path.Base(sub.args[0]))
	if run == nil {
		if applets, err := c.applets(name); err == nil && !slices.ContainsFunc(applets, func(p string) bool { return path.Base(p) == sub.args[0] }) {
			fmt.Fprintf(&c.err, "%s: applet not found\n", sub.args[0])
			return 127, nil
		}
		return 0, c.unsupported(c.line, "%s %s cannot be interpreted", name, sub.args[0])
	}
	c.args = sub.args
	return run(c)
}

// applets lists the paths, without a slash in front, of what a busybox has. Its
// package ships them in a file: the program is not run to ask it.
func (c *call) applets(name string) ([]string, error) {
	file := "/etc/busybox-paths.d/" + name
	b, err := c.Tree.ReadFile(file, maxInput)
	if err != nil {
		return nil, c.unsupported(c.line, "%s: its list of applets, %s, cannot be read: %s", name, file, reason(err))
	}
	return strings.Fields(string(b)), nil
}

// installApplets makes the links that are missing: "busybox --install -s".
func installApplets(c *call, name string) (int, error) {
	if len(c.args) != 3 || c.args[2] != "-s" {
		return 0, c.unsupported(c.line, "%s --install is supported with -s only", name)
	}
	applets, err := c.applets(name)
	if err != nil {
		return 0, err
	}
	for _, applet := range applets {
		err := c.Tree.Symlink("/bin/"+name, "/"+applet)
		if err != nil && !errors.Is(err, tree.ErrExist) {
			// As busybox does: said, and the next one tried.
			c.complain("/%s: %s", applet, reason(err))
		}
	}
	return 0, nil
}

// suidApplets are what bbsuid has of busybox.
var suidApplets = [...]string{
	"/bin/bbsuid", "/bin/mount", "/bin/su", "/bin/umount", "/usr/bin/crontab", "/usr/bin/passwd",
	"/usr/bin/traceroute", "/usr/bin/traceroute6", "/usr/bin/vlock",
}

func bbsuid(c *call) (int, error) {
	if len(c.args) != 2 || c.args[1] != "--install" {
		return 0, c.unsupported(c.line, "bbsuid is supported with --install only")
	}
	for _, link := range suidApplets[1:] {
		if n, err := c.Tree.Lstat(link); err == nil && n.Type != tree.Symlink {
			continue
		} else if err == nil {
			if err := c.Tree.Remove(link); err != nil {
				return c.complain("%s: %s", link, reason(err)), nil
			}
		}
		if err := c.Tree.Symlink("/bin/bbsuid", link); err != nil && !errors.Is(err, tree.ErrNotExist) {
			return c.complain("%s: %s", link, reason(err)), nil
		}
	}
	return 0, nil
}
