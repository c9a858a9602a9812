package icontheme

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/ghash"
)

// image is what one directory has of an icon.
type image struct {
	dir   uint16
	flags uint16
	data  *iconData
}

type scanner struct {
	theme   fs.FS
	entries int
	dirs    []string
	icons   *ghash.Table[int] // values are indexes of images
	images  [][]*image        // of one icon, in the order of dirs
	data    map[string]*iconData
}

// kindOf returns the kind of an icon file and the icon's name.
func kindOf(file string) (kind uint16, name string) {
	for _, k := range []struct {
		suffix string
		kind   uint16
	}{{".png", hasPNG}, {".svg", hasSVG}, {".xpm", hasXPM}, {".icon", hasIconFile}} {
		if n, ok := strings.CutSuffix(file, k.suffix); ok {
			return k.kind, n
		}
	}
	return 0, ""
}

// directory records the icons of dir and of the directories below it. A
// directory has its number from its first icon file, in the order of names
// in which its own subdirectories are visited too.
func (s *scanner) directory(dir string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: directories are nested more than %d deep", dir, maxDepth)
	}
	list, err := fs.ReadDir(s.theme, dir)
	if err != nil {
		return err
	}
	if s.entries += len(list); s.entries > maxEntries {
		return fmt.Errorf("more than %d files", maxEntries)
	}
	here := ghash.New[int]()
	var images []*image
	var number uint16
	for _, e := range list {
		name := path.Join(dir, e.Name())
		kind, icon := kindOf(e.Name())
		if !utf8.ValidString(e.Name()) {
			if e.IsDir() || e.Type()&fs.ModeSymlink != 0 || kind != 0 {
				return fmt.Errorf("the file name %q is not UTF-8", name)
			}
			continue
		}
		mode := e.Type()
		if mode&fs.ModeSymlink != 0 {
			info, err := fs.Stat(s.theme, name)
			if err != nil {
				continue // leads nowhere, as the program sees it
			}
			mode = info.Mode().Type()
		}
		if mode.IsDir() {
			if err := s.directory(name, depth+1); err != nil {
				return err
			}
			continue
		}
		if dir == "." || !mode.IsRegular() || kind == 0 {
			continue
		}
		if len(images) == 0 {
			if len(s.dirs) > 0xffff {
				return errors.New("more than 65536 directories of icons")
			}
			number = uint16(len(s.dirs))
			s.dirs = append(s.dirs, dir)
		}
		i, ok := here.Get(icon)
		if !ok {
			i = len(images)
			images = append(images, &image{dir: number})
			here.Set(icon, i)
		}
		images[i].flags |= kind
		if kind == hasIconFile {
			if images[i].data, err = s.iconFile(name); err != nil {
				return err
			}
		}
	}
	for icon, at := range here.All {
		im := images[at]
		if im.flags == hasIconFile {
			continue // says something of an icon that is not there
		}
		i, ok := s.icons.Get(icon)
		if !ok {
			i = len(s.images)
			s.images = append(s.images, nil)
			s.icons.Set(icon, i)
		}
		s.images[i] = append(s.images[i], im)
	}
	return nil
}

// iconFile returns what a .icon file says; nil if it is no key file.
func (s *scanner) iconFile(name string) (*iconData, error) {
	real := s.target(name)
	if d, ok := s.data[real]; ok {
		return d, nil
	}
	f, err := s.theme.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := bounded.ReadAll(f, maxFile)
	var d *iconData
	if err == nil {
		d, err = parseIcon(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if d != nil {
		s.data[real] = d
	}
	return d, nil
}

// target follows the links of the last part of name, not those of directories.
func (s *scanner) target(name string) string {
	for range 40 {
		to, err := fs.ReadLink(s.theme, name)
		switch {
		case err != nil:
			return name
		case path.IsAbs(to):
			return path.Clean(to)
		}
		name = path.Join(path.Dir(name), to)
	}
	return name
}
