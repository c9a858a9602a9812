package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/mime"
	"github.com/lamina-oci/lamina/layer/tree"
)

// updateDesktopDatabase is desktop-file-utils' update-desktop-database: it writes mimeinfo.cache into directories of desktop entries,
// those of XDG_DATA_DIRS where none is named. It fails if none of them can be read.
func updateDesktopDatabase(c *Call) (int, error) {
	var dirs []string
	for _, arg := range c.Args[1:] {
		switch {
		case arg == "-q", arg == "--quiet":
		case strings.HasPrefix(arg, "-"):
			return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
		default:
			dirs = append(dirs, arg)
		}
	}
	if len(dirs) == 0 {
		data := c.Env("XDG_DATA_DIRS")
		if data == "" {
			data = "/usr/local/share:/usr/share"
		}
		for _, dir := range strings.Split(data, ":") {
			dirs = append(dirs, path.Join(dir, "applications"))
		}
	}
	found := false
	for _, dir := range dirs {
		files, err := c.directory(dir)
		if errors.Is(err, tree.ErrNotExist) || errors.Is(err, tree.ErrNotDir) {
			continue
		}
		if err != nil {
			return c.made(err)
		}
		cache, err := mime.DesktopCache(files)
		if err == nil {
			err = c.replaceMade(path.Join(dir, "mimeinfo.cache"), cache)
		}
		if err != nil {
			return c.made(err)
		}
		found = true
	}
	if !found {
		fmt.Fprintf(&c.Err, "The databases in [%s] could not be updated.\n", strings.Join(dirs, ", "))
		return 1, nil
	}
	return c.made(nil)
}
