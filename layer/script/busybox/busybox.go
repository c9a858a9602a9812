package busybox

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
func busybox(c *Call) (int, error) {
	name := path.Base(c.Args[0])
	if len(c.Args) < 2 {
		return 0, c.Unsupported(c.Line, "%s without an applet is not supported", name)
	}
	switch c.Args[1] {
	case "--install":
		return installApplets(c, name)
	case "--list", "--list-full", "--list-all":
		applets, err := c.applets(name)
		if err != nil {
			return 0, err
		}
		for _, applet := range applets {
			if c.Args[1] == "--list" {
				applet = path.Base(applet)
			}
			fmt.Fprintln(&c.Out, applet)
		}
		return 0, nil
	}
	sub := *c
	sub.Args = c.Args[1:]
	run := c.Command(path.Base(sub.Args[0]))
	if run == nil {
		if applets, err := c.applets(name); err == nil && !slices.ContainsFunc(applets, func(p string) bool { return path.Base(p) == sub.Args[0] }) {
			fmt.Fprintf(&c.Err, "%s: applet not found\n", sub.Args[0])
			return 127, nil
		}
		return 0, c.Unsupported(c.Line, "%s %s cannot be interpreted", name, sub.Args[0])
	}
	c.Args = sub.Args
	return run(c)
}

// applets lists the paths, without a slash in front, of what a busybox has. Its
// package ships them in a file: the program is not run to ask it.
func (c *Call) applets(name string) ([]string, error) {
	file := "/etc/busybox-paths.d/" + name
	b, err := c.Tree.ReadFile(file, MaxInput)
	if err != nil {
		return nil, c.Unsupported(c.Line, "%s: its list of applets, %s, cannot be read: %s", name, file, Reason(err))
	}
	return strings.Fields(string(b)), nil
}

// installApplets makes the links that are missing: "busybox --install -s".
func installApplets(c *Call, name string) (int, error) {
	if len(c.Args) != 3 || c.Args[2] != "-s" {
		return 0, c.Unsupported(c.Line, "%s --install is supported with -s only", name)
	}
	applets, err := c.applets(name)
	if err != nil {
		return 0, err
	}
	for _, applet := range applets {
		err := c.Tree.Symlink("/bin/"+name, "/"+applet)
		if err != nil && !errors.Is(err, tree.ErrExist) {
			// As busybox does: said, and the next one tried.
			c.complain("/%s: %s", applet, Reason(err))
		}
	}
	return 0, nil
}

// suidApplets are what bbsuid has of busybox.
var suidApplets = [...]string{
	"/bin/bbsuid", "/bin/mount", "/bin/su", "/bin/umount", "/usr/bin/crontab", "/usr/bin/passwd",
	"/usr/bin/traceroute", "/usr/bin/traceroute6", "/usr/bin/vlock",
}

func bbsuid(c *Call) (int, error) {
	if len(c.Args) != 2 || c.Args[1] != "--install" {
		return 0, c.Unsupported(c.Line, "bbsuid is supported with --install only")
	}
	for _, link := range suidApplets[1:] {
		if n, err := c.Tree.Lstat(link); err == nil && n.Type != tree.Symlink {
			continue
		} else if err == nil {
			if err := c.Tree.Remove(link); err != nil {
				return c.complain("%s: %s", link, Reason(err)), nil
			}
		}
		if err := c.Tree.Symlink("/bin/bbsuid", link); err != nil && !errors.Is(err, tree.ErrNotExist) {
			return c.complain("%s: %s", link, Reason(err)), nil
		}
	}
	return 0, nil
}
