package busybox

import (
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/mime"
	"github.com/lamina-oci/lamina/layer/tree"
)

// updateMimeDatabase is shared-mime-info's update-mime-database: it makes the database of MIME types in a directory. It makes it again where
// the real one, with -n, would find it new enough.
func updateMimeDatabase(c *Call) (int, error) {
	dir := ""
	for _, arg := range c.Args[1:] {
		switch {
		case arg == "-n", arg == "-V":
		case strings.HasPrefix(arg, "-") || dir != "":
			return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
		default:
			dir = arg
		}
	}
	if dir == "" {
		return 0, c.Unsupported(c.Line, "update-mime-database without a directory is not supported")
	}
	files, err := c.directory(dir)
	if err != nil {
		return c.made(err)
	}
	made, removed, err := mime.Database(files)
	if err != nil {
		return c.made(err)
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if media := path.Dir(name); media != "." {
			if err := c.Tree.Mkdir(c.file(path.Join(dir, media)), 0o777&^c.Umask); err != nil && !errors.Is(err, tree.ErrExist) {
				return c.made(err)
			}
		}
		content := made[name]
		if content == nil {
			content = []byte{}
		}
		if err := c.replaceMade(path.Join(dir, name), content); err != nil {
			return c.made(err)
		}
	}
	for _, name := range removed {
		if err := c.Tree.Remove(c.file(path.Join(dir, name))); err != nil && !errors.Is(err, tree.ErrNotExist) {
			return c.made(err)
		}
	}
	return c.made(nil)
}
