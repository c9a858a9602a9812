package mime

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/keyfile"
	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

// DesktopCache returns the file mimeinfo.cache that update-desktop-database writes into a directory: for each MIME
// type the desktop entries that have it in their key MimeType. Entries in sub-directories have the names of these
// before their own, as in "kde4-okular.desktop". A hidden entry is left out, and one with NoDisplay is not; types that
// are not valid and files that cannot be parsed are left out as well.
func DesktopCache(applications fs.FS) ([]byte, error) {
	c := &desktopCache{dir: applications, types: map[string]map[string]bool{}}
	if err := c.read(".", "", 0); err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("[MIME Cache]\n")
	for _, name := range sortedNames(c.types) {
		b.WriteString(name + "=" + strings.Join(sortedNames(c.types[name]), ";") + ";\n")
	}
	return []byte(b.String()), nil
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type desktopCache struct {
	dir     fs.FS
	types   map[string]map[string]bool // the names of desktop entries, by type
	files   int
	entries int
	bytes   int
}

// read reads a directory. Links to directories are followed, as by the program.
func (c *desktopCache) read(dir, prefix string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("directories nested deeper than %d", maxDepth)
	}
	entries, err := fs.ReadDir(c.dir, dir)
	if err != nil {
		return fmt.Errorf("reading applications: %w", err)
	}
	for _, entry := range entries {
		if c.files++; c.files > maxEntries {
			return fmt.Errorf("more than %d files in applications", maxEntries)
		}
		name := path.Join(dir, entry.Name())
		info, err := fs.Stat(c.dir, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("reading %s: %w", name, err)
		case info.IsDir():
			if err := c.read(name, prefix+entry.Name()+"-", depth+1); err != nil {
				return err
			}
		case info.Mode().IsRegular() && strings.HasSuffix(name, ".desktop"):
			data, err := readFile(c.dir, name)
			if err != nil {
				return err
			}
			if c.bytes += len(data); c.bytes > maxTotal {
				return fmt.Errorf("more than %d bytes in applications", maxTotal)
			}
			if err := c.add(prefix+entry.Name(), string(data)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// add adds the types of one desktop entry.
func (c *desktopCache) add(name, data string) error {
	if strings.Contains(data, "\x00") {
		return fmt.Errorf("%w: a zero byte", xmltree.ErrUnsupported)
	}
	groups, err := keyfile.Parse(data)
	group := keyfile.Find(groups, "Desktop Entry")
	hidden, _ := group.Get("Hidden")
	if err != nil || group == nil || isTrue(hidden) {
		return nil // which the program is silent about
	}
	types, _ := group.Get("MimeType")
	for _, name2 := range stringList(types) {
		mimeType := strings.TrimRight(name2, keyfile.Space)
		if !validType(mimeType) {
			continue
		}
		if c.entries++; c.entries > 4*maxEntries {
			return fmt.Errorf("%w: more than %d types of applications", xmltree.ErrUnsupported, 4*maxEntries)
		}
		if c.types[mimeType] == nil {
			c.types[mimeType] = map[string]bool{}
		}
		c.types[mimeType][name] = true
	}
	return nil
}

// media are the media types that a MIME type may have, in addition to those that begin with "x-".
var media = []string{"application", "audio", "chemical", "font", "image", "inode", "message", "model", "multipart", "text", "video"}

// validType tells whether the program takes a MIME type.
func validType(name string) bool {
	head, subtype, ok := strings.Cut(name, "/")
	if !ok || subtype == "" || strings.ContainsAny(subtype, "()<>@,;:\\\"/[]?= ") {
		return false
	}
	for i := range len(subtype) {
		if subtype[i] < 0x20 || subtype[i] == 0x7f {
			return false
		}
	}
	return slices.Contains(media, head) || strings.HasPrefix(head, "x-") || strings.HasPrefix(head, "X-")
}
