package busybox

import (
	"bytes"
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
		return c.aboutBusybox(name)
	}
	switch c.Args[1] {
	case "--help":
		if len(c.Args) == 2 {
			return c.aboutBusybox(name)
		}
		c.Args = []string{name, c.Args[2], "--help"}
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
		return c.RefuseProgram(sub.Args[0], "%s %s cannot be interpreted", name, sub.Args[0])
	}
	c.Args = sub.Args
	return run(c)
}

// applets lists the paths, without a slash in front, of what a busybox has. Its
// package ships them in a file: the program is not run to ask it. Packages up to Alpine 3.14 had no such file; then the program's
// own table of names says which applets there are, and the links in the root where each is.
func (c *Call) applets(name string) ([]string, error) {
	file := "/etc/busybox-paths.d/" + name
	b, err := c.Tree.ReadFile(file, MaxInput)
	if errors.Is(err, tree.ErrNotExist) {
		return c.appletsOfProgram(name)
	}
	if err != nil {
		return nil, c.Unsupported(c.Line, "%s: its list of applets, %s, cannot be read: %s", name, file, Reason(err))
	}
	return strings.Fields(string(b)), nil
}

// appletTable begins the table of names in a busybox: names in order, each ended by a zero byte, and another zero byte at the end.
var appletTable = []byte("\x00[\x00[[\x00")

func (c *Call) appletsOfProgram(name string) ([]string, error) {
	b, err := c.Tree.ReadFile("/bin/"+name, MaxInput)
	if err != nil {
		return nil, c.Unsupported(c.Line, "%s: it has no list of applets in /etc/busybox-paths.d, and cannot be read itself: %s", name, Reason(err))
	}
	var table []byte
	isWhole := false
	if i := bytes.Index(b, appletTable); i >= 0 {
		table, _, isWhole = bytes.Cut(b[i+1:], []byte{0, 0})
	}
	if !isWhole {
		return nil, c.Unsupported(c.Line, "%s: it has no list of applets, neither in /etc/busybox-paths.d nor in itself", name)
	}
	var paths, homeless []string
	for applet := range strings.SplitSeq(string(table), "\x00") {
		i := slices.IndexFunc(appletDirectories[:], func(dir string) bool {
			_, err := c.Tree.Lstat("/" + dir + applet)
			return err == nil
		})
		if i < 0 {
			homeless = append(homeless, applet)
			continue
		}
		paths = append(paths, appletDirectories[i]+applet)
	}
	if len(homeless) > 0 {
		return nil, c.Unsupported(c.Line, "%s: it has no list of applets in /etc/busybox-paths.d, so it is not known where to put %s",
			name, strings.Join(homeless, ", "))
	}
	slices.Sort(paths)
	return paths, nil
}

var appletDirectories = [...]string{"bin/", "sbin/", "usr/bin/", "usr/sbin/"}

// installApplets makes the links that are missing: "busybox --install [-s] [DIR]". Without -s they are hard links.
func installApplets(c *Call, name string) (int, error) {
	args := c.Args[2:]
	isSymbolic := len(args) > 0 && args[0] == "-s"
	if isSymbolic {
		args = args[1:]
	}
	applets, err := c.applets(name)
	if err != nil {
		return 0, err
	}
	for _, applet := range applets {
		at := "/" + applet
		if len(args) > 0 {
			at = join(args[0], path.Base(applet))
		}
		if err := c.spend(pathCost); err != nil {
			return 0, err
		}
		if isSymbolic {
			err = c.Tree.Symlink("/bin/"+name, c.file(at))
		} else {
			err = c.Tree.Link("/bin/"+name, c.file(at))
		}
		if Fatal(err) {
			return 0, err
		}
		if err != nil && !errors.Is(err, tree.ErrExist) {
			// As busybox does: said, and the next one tried.
			c.complain("%s: %s", at, Reason(err))
		}
	}
	return 0, nil
}

// aboutBusybox prints what "busybox" alone prints: the program's own words, with its applets.
func (c *Call) aboutBusybox(name string) (int, error) {
	b, err := c.Tree.ReadFile("/bin/"+name, MaxInput)
	if Fatal(err) {
		return 0, err
	}
	banner, words := textIn(b, "BusyBox v"), textIn(b, "BusyBox is copyrighted")
	if banner == "" || !strings.HasSuffix(words, "functions:\n") {
		return 0, c.Unsupported(c.Line, "%s without an applet is not supported: the program does not have what it says of itself", name)
	}
	applets, err := c.applets(name)
	if err != nil {
		return 0, err
	}
	for i := range applets {
		applets[i] = path.Base(applets[i])
	}
	slices.Sort(applets)
	fmt.Fprintf(&c.Out, "%s multi-call binary.\n%s", banner, words)
	const width = 80
	column := 0
	for _, applet := range applets {
		size := len(applet) + 2
		switch {
		case column == 0:
			c.Out.WriteByte('\t')
			column = 7
		case column >= width-size:
			c.Out.WriteString(",\n\t")
			column = 7
		default:
			c.Out.WriteString(", ")
		}
		c.Out.WriteString(applet)
		column += size
	}
	c.Out.WriteByte('\n')
	return 0, nil
}

// textIn returns the text in a program that begins with start, or "" if the program does not have it.
func textIn(program []byte, start string) string {
	i := bytes.Index(program, []byte("\x00"+start))
	if i < 0 {
		return ""
	}
	text, _, _ := bytes.Cut(program[i+1:], []byte{0})
	return string(text)
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
