// Package icontheme makes icon-theme.cache, the index of an icon theme's files
// that gtk-update-icon-cache (GTK 3.24) writes, so that it can be made for a
// file tree on which that program cannot run.
//
// GTK's documentation page "The icon cache" (docs/iconcache.txt in its
// sources) describes the format: a header, a chained hash table from the names
// of icons to the directories that hold them, and the list of directories.
// It leaves open the order of things and which strings are shared: these were
// observed from the program.
package icontheme

import (
	"encoding/binary"
	"fmt"
	"io/fs"

	"github.com/lamina-oci/lamina/internal/ghash"
)

const (
	maxEntries = 1 << 16 // of all directories together
	maxDepth   = 100
	maxFile    = 16 << 20
	maxText    = 1024 // bytes of a string in the cache, with its end
)

// The kinds of files of an icon in one directory, as the cache records them.
const (
	hasXPM = 1 << iota
	hasSVG
	hasPNG
	hasIconFile
)

const none = 0xffffffff // the offset that ends a chain

// Cache returns the icon-theme.cache of the theme directory at the root of
// theme, as gtk-update-icon-cache --force --ignore-theme-index writes it.
// --index-only is the program's default and changes nothing; pictures are
// never embedded, which only --include-image-data asks for.
//
// A theme without icons gives nil: the program then writes no file and leaves
// an old one alone. Where the program refuses what it made (a name of an icon
// or directory with spaces or letters beyond ASCII) or crashes (a .icon file without
// its group), Cache returns an error; an old cache then stays as well.
//
// The program sorts what it reads from each directory by bytes, so the cache
// does not depend on the file system's order. Links are followed by theme
// itself; theme should implement fs.ReadLinkFS, because two .icon files that
// are links to the same file share their place in the cache. A link with an
// absolute target is not recognized as a file of the theme for that sharing.
func Cache(theme fs.FS) ([]byte, error) {
	s := scanner{theme: theme, icons: ghash.New[int](), data: map[string]*iconData{}}
	if err := s.directory(".", 0); err != nil {
		return nil, err
	}
	if s.icons.Len() == 0 {
		return nil, nil
	}
	w := writer{pool: map[string]uint32{}}
	w.cache(&s)
	if err := s.valid(); err != nil {
		return nil, err
	}
	return w.b, nil
}

// valid refuses what the program's own validation refuses.
func (s *scanner) valid() error {
	for name, i := range s.icons.All {
		if !graphic(name) {
			return fmt.Errorf("gtk-update-icon-cache refuses the icon name %q", name)
		}
		for _, im := range s.images[i] {
			if im.data == nil {
				continue
			}
			for _, n := range im.data.names {
				if !graphic(n.lang) {
					return fmt.Errorf("gtk-update-icon-cache refuses the language %q", n.lang)
				}
				if len(n.name) >= maxText {
					return fmt.Errorf("gtk-update-icon-cache refuses a display name of %d bytes", len(n.name))
				}
			}
		}
	}
	for _, d := range s.dirs {
		if !graphic(d) {
			return fmt.Errorf("gtk-update-icon-cache refuses the directory name %q", d)
		}
	}
	return nil
}

func graphic(s string) bool {
	if len(s) >= maxText {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// writer appends the parts of the cache; every part is a multiple of 4 long.
type writer struct {
	b    []byte
	pool map[string]uint32 // where strings are that were written before
}

func (w *writer) u16(v uint16) { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32) { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) at() uint32   { return uint32(len(w.b)) }

func (w *writer) patch(at, v uint32) { binary.BigEndian.PutUint32(w.b[at:], v) }

// text returns where s is, after it has been appended unless it was before.
func (w *writer) text(s string) uint32 {
	if at, ok := w.pool[s]; ok {
		return at
	}
	at := w.at()
	w.pool[s] = at
	w.b = append(append(w.b, s...), 0)
	for len(w.b)%4 != 0 {
		w.b = append(w.b, 0)
	}
	return at
}

func (w *writer) cache(s *scanner) {
	w.u16(1) // version 1.0
	w.u16(0)
	w.u32(12)
	w.u32(0) // the list of directories, set below

	n := buckets(s.icons.Len())
	chains := make([][]string, n)
	for name := range s.icons.All {
		b := nameHash(name) % uint32(n)
		chains[b] = append(chains[b], name)
	}
	w.u32(uint32(n))
	table := w.at()
	for range n {
		w.u32(none)
	}
	for b, chain := range chains {
		link := table + 4*uint32(b)
		for j := len(chain) - 1; j >= 0; j-- { // the last one put in is the first of its chain
			w.patch(link, w.at())
			link = w.at()
			i, _ := s.icons.Get(chain[j])
			w.icon(chain[j], s.images[i])
		}
	}

	w.patch(8, w.at())
	w.u32(uint32(len(s.dirs)))
	list := w.at()
	for range s.dirs {
		w.u32(0)
	}
	for i, d := range s.dirs {
		w.patch(list+4*uint32(i), w.text(d))
	}
}

// icon appends one node of a chain, with what it points to. The images are in
// the order of their directories and are written in the opposite one.
func (w *writer) icon(name string, images []*image) {
	node := w.at()
	w.u32(none)
	w.u32(0)
	w.u32(0)
	w.patch(node+4, w.text(name))
	w.patch(node+8, w.at())
	w.u32(uint32(len(images)))
	list := w.at()
	for i := len(images) - 1; i >= 0; i-- {
		w.u16(images[i].dir)
		w.u16(images[i].flags)
		w.u32(0)
	}
	for i := len(images) - 1; i >= 0; i-- {
		d := images[i].data
		if d != nil {
			w.patch(list+8*uint32(len(images)-1-i)+4, w.at())
			w.u32(0) // no picture
			if d.at == 0 && !d.empty() {
				d.at = w.at() + 4
				w.u32(d.at)
				w.meta(d)
			} else {
				w.u32(d.at)
			}
		}
	}
}

// meta appends what a .icon file says.
func (w *writer) meta(d *iconData) {
	at := w.at()
	w.u32(0)
	w.u32(0)
	w.u32(0)
	if d.rectangle != nil {
		w.patch(at, w.at())
		for _, v := range d.rectangle {
			w.u16(v)
		}
	}
	if len(d.points) != 0 {
		w.patch(at+4, w.at())
		w.u32(uint32(len(d.points)))
		for _, p := range d.points {
			w.u16(p[0])
			w.u16(p[1])
		}
	}
	if len(d.names) != 0 {
		w.patch(at+8, w.at())
		w.u32(uint32(len(d.names)))
		list := w.at()
		for range d.names {
			w.u32(0)
			w.u32(0)
		}
		for i, n := range d.names {
			w.patch(list+8*uint32(i), w.text(n.lang))
			w.patch(list+8*uint32(i)+4, w.text(n.name))
		}
	}
}
