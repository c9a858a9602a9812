package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/gsettings"
	"github.com/lamina-oci/lamina/layer/tree"
)

// glibCompileSchemas is glib's glib-compile-schemas: it makes gschemas.compiled.
func glibCompileSchemas(c *Call) (int, error) {
	dir, target := "", ""
	args := c.Args[1:]
	for i := 0; i < len(args); i++ {
		value, isTarget := strings.CutPrefix(args[i], "--targetdir=")
		switch {
		case isTarget:
			target = value
		case args[i] == "--targetdir" && i+1 < len(args):
			i++
			target = args[i]
		case args[i] == "--strict":
		case strings.HasPrefix(args[i], "-") || dir != "":
			return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
		default:
			dir = args[i]
		}
	}
	if dir == "" {
		fmt.Fprintln(&c.Err, "You should give exactly one directory name")
		return 1, nil
	}
	if target == "" {
		target = dir
	}
	files, err := c.directory(dir)
	if err != nil && !Fatal(err) {
		fmt.Fprintln(&c.Err, Reason(err))
		return 1, nil
	}
	var compiled []byte
	if err == nil {
		compiled, err = gsettings.Compile(files)
	}
	if err != nil {
		return c.made(err)
	}
	name := path.Join(target, "gschemas.compiled")
	if compiled == nil {
		switch err := c.Tree.Remove(c.file(name)); {
		case err == nil:
			fmt.Fprintln(&c.Out, "No schema files found: removed existing output file.")
		case errors.Is(err, tree.ErrNotExist):
			fmt.Fprintln(&c.Out, "No schema files found: doing nothing.")
		default:
			return c.made(err)
		}
		return 0, nil
	}
	return c.made(c.replaceMade(name, compiled))
}

// extensionPoints are what modules of GIO implement, as their own query functions say: the program loads them to ask. The table has
// those that distributions have; another is refused.
var extensionPoints = map[string]string{
	"libdconfsettings.so":            "gsettings-backend",
	"libgiognomeproxy.so":            "gio-proxy-resolver",
	"libgiognutls.so":                "gio-tls-backend",
	"libgiolibproxy.so":              "gio-proxy-resolver",
	"libgioopenssl.so":               "gio-tls-backend",
	"libgioremote-volume-monitor.so": "gio-native-volume-monitor,gio-volume-monitor",
	"libgvfsdbus.so":                 "gio-vfs,gio-volume-monitor",
	"libprintbackend-cups.so":        "gtk-print-backend",
	"libprintbackend-file.so":        "gtk-print-backend",
}

// gioQueryModules is glib's gio-querymodules: it makes giomodule.cache, a line for each module, in the order of their names.
func gioQueryModules(c *Call) (int, error) {
	for _, dir := range c.Args[1:] {
		n, err := c.look(dir, true)
		var names []string
		if err == nil {
			if n.Type != tree.Directory {
				err = tree.ErrNotDir
			} else {
				names, err = c.Tree.Names(n)
			}
		}
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			fmt.Fprintf(&c.Err, "Unable to open directory %s: Error opening directory “%[1]s”: %s\n", dir, Reason(err))
			continue
		}
		var lines []string
		for _, name := range names {
			if !strings.HasSuffix(name, ".so") {
				continue
			}
			points, known := extensionPoints[name]
			if !known {
				return 0, c.Unsupported(c.Line, "gio-querymodules would load %s to ask it what it implements, which is not known", path.Join(dir, name))
			}
			lines = append(lines, name+": "+points+"\n")
		}
		content := []byte(strings.Join(lines, ""))
		if len(lines) == 0 {
			content = nil
		}
		if err := c.replaceMade(path.Join(dir, "giomodule.cache"), content); err != nil {
			return c.made(err)
		}
	}
	return 0, nil
}
