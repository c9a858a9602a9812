package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/fonts"
	"github.com/lamina-oci/lamina/layer/script/internal/icontheme"
	"github.com/lamina-oci/lamina/layer/script/internal/xmlcatalog"
	"github.com/lamina-oci/lamina/layer/tree"
)

// gtkUpdateIconCache is GTK's gtk-update-icon-cache: it makes icon-theme.cache. It makes it again where the real one would find it fresh.
func gtkUpdateIconCache(c *Call) (int, error) {
	opts, dirs, err := c.getopt("ftiq", "force=f ignore-theme-index=t index-only=i quiet=q")
	if err != nil {
		return 0, err
	}
	if len(dirs) != 1 {
		return 0, c.Unsupported(c.Line, "%s: want one directory", strings.Join(c.Args, " "))
	}
	theme, err := c.directory(dirs[0])
	if err != nil {
		return c.made(err)
	}
	if !opts.has('t') {
		if _, err := c.look(path.Join(dirs[0], "index.theme"), true); err != nil {
			if Fatal(err) {
				return 0, err
			}
			if !opts.has('q') {
				fmt.Fprintln(&c.Err, "gtk-update-icon-cache: No theme index file.")
			}
			return 1, nil
		}
	}
	cache, err := icontheme.Cache(theme)
	if err != nil || cache == nil {
		return c.made(err)
	}
	return c.made(c.replaceMade(path.Join(dirs[0], "icon-theme.cache"), cache))
}

// xmlCatalog is libxml2's xmlcatalog, as scripts of packages call it: --noout, --create, --add TYPE ORIG REPLACE, --del VALUE, FILE.
func xmlCatalog(c *Call) (int, error) {
	var add, remove [][]string
	isQuiet, isNew, file := false, false, ""
	args := c.Args[1:]
	take := func(n int) []string {
		values := args[:n]
		args = args[n:]
		return values
	}
	for len(args) > 0 {
		arg := take(1)[0]
		switch name := strings.TrimPrefix(arg, "-"); {
		case name == "-noout":
			isQuiet = true
		case name == "-create":
			isNew = true
		case name == "-add" && len(args) >= 3:
			add = append(add, take(3))
		case name == "-del" && len(args) >= 1:
			remove = append(remove, take(1))
		case strings.HasPrefix(arg, "-") || file != "":
			return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
		default:
			file = arg
		}
	}
	if file == "" || !isQuiet || len(add) > 0 && len(remove) > 0 {
		return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
	}
	catalog := xmlcatalog.Create()
	if !isNew {
		var err error
		if catalog, err = c.open(file, false); err != nil {
			return c.made(err)
		}
	}
	for _, a := range add {
		var err error
		if catalog, err = xmlcatalog.Add(catalog, a[0], a[1], a[2]); err != nil {
			return c.made(err)
		}
	}
	for _, r := range remove {
		var err error
		if catalog, err = xmlcatalog.Delete(catalog, r[0]); err != nil {
			return c.made(err)
		}
	}
	return c.made(c.writeTo(file, tree.Create|tree.Truncate, catalog))
}

// mkfontscale is X.Org's mkfontscale, which mkfontdir calls with -b -s -l: it makes fonts.scale or, so called, fonts.dir. Names of scalable fonts
// need a font library: where there are such fonts, it is left out.
func mkfontscale(c *Call) (int, error) {
	flags, dirs := "", []string{}
	for _, arg := range c.Args[1:] {
		if strings.HasPrefix(arg, "-") {
			flags += strings.TrimPrefix(arg, "-")
		} else {
			dirs = append(dirs, arg)
		}
	}
	isDir := flags == "bsl" || path.Base(c.Args[0]) == "mkfontdir" && flags == ""
	if !isDir && flags != "" {
		return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
	}
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	for _, name := range dirs {
		dir, err := c.directory(name)
		if err != nil {
			return c.made(err)
		}
		list, err := fonts.Scale(dir)
		file := "fonts.scale"
		if isDir && err == nil {
			var scale []byte
			if scale, err = c.open(path.Join(name, file), false); errors.Is(err, tree.ErrNotExist) {
				err = nil
			}
			if err == nil {
				list, err = fonts.Dir(scale, dir)
			}
			file = "fonts.dir"
		}
		if errors.Is(err, errors.ErrUnsupported) {
			const reason = "names of scalable fonts need a font library; only X servers read the list, and fontconfig does not"
			if _, err := c.leaveOut(Omission{Program: path.Base(c.Args[0]), Reason: reason}); err != nil {
				return 0, err
			}
			continue
		}
		if err == nil {
			err = c.writeTo(path.Join(name, file), tree.Create|tree.Truncate, list)
		}
		if err != nil {
			return c.made(err)
		}
	}
	return 0, nil
}
