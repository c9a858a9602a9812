package mime

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/ghash"
)

// cacheWriter collects the file mime.cache. All numbers in it are of 32 bits in big endian order.
type cacheWriter struct {
	out     []byte
	strings ghash.Table[int] // with their offsets
}

func (w *cacheWriter) put(values ...uint32) {
	for _, v := range values {
		w.out = binary.BigEndian.AppendUint32(w.out, v)
	}
}

func (w *cacheWriter) pad() {
	for len(w.out)%4 != 0 {
		w.out = append(w.out, 0)
	}
}

// here returns the offset of what is put next.
func (w *cacheWriter) here() uint32 { return uint32(len(w.out)) }

// at returns the offset of a string.
func (w *cacheWriter) at(s string) uint32 {
	offset, _ := w.strings.Get(s)
	return uint32(offset)
}

// kind is how a glob pattern is stored.
type kind int

const (
	literal kind = iota // without special characters
	suffix              // an asterisk, and after it no special characters
	full
)

func (g *glob) kind() kind {
	switch strings.LastIndexAny(g.pattern, "*?[\\") {
	case -1:
		return literal
	case 0:
		if g.pattern[0] == '*' {
			return suffix
		}
	}
	return full
}

// cacheWeight is the weight with the flag for patterns that are case-sensitive.
func (g *glob) cacheWeight() uint32 {
	w := uint32(g.weight) & 0xff
	if g.caseSensitive {
		w |= 0x100
	}
	return w
}

// collectStrings finds the strings of the file. Their order in the file is the one of a hash table, which depends
// also on the order in which they come.
func (d *database) collectStrings(w *cacheWriter) {
	add := func(s string) { w.strings.Set(s, 0) }
	pairs := func(a, b string) { add(a); add(b) }
	d.aliases.Each(pairs)
	d.subclasses.Each(func(name string, parents []string) {
		add(name)
		for _, parent := range parents {
			add(parent)
		}
	})
	d.globs.Each(func(_ string, list []*glob) {
		for _, g := range list {
			if g.kind() != suffix {
				add(g.pattern)
			}
			add(g.name)
		}
	})
	for _, m := range d.magics {
		add(m.name)
	}
	d.namespaces.Each(func(_ string, n *namespace) { add(n.name); add(n.uri); add(n.local) })
	d.genericIcons.Each(pairs)
	d.icons.Each(pairs)
}

// cache returns the file mime.cache, version 1.2. It has one list more than the specification tells of, of types.
func (d *database) cache() []byte {
	w := &cacheWriter{out: make([]byte, 44)}
	d.collectStrings(w)
	w.strings.Each(func(s string, _ int) {
		w.strings.Set(s, int(w.here()))
		w.out = append(append(w.out, s...), 0)
		w.pad()
	})
	var offsets []uint32
	for _, section := range []func(*cacheWriter){
		d.cacheAliases, d.cacheParents, d.cacheLiterals, d.cacheSuffixes, d.cacheGlobs, d.cacheMagic, d.cacheNamespaces,
		func(w *cacheWriter) { w.icons(&d.icons) },
		func(w *cacheWriter) { w.icons(&d.genericIcons) },
		d.cacheTypes,
	} {
		offsets = append(offsets, w.here())
		section(w)
	}
	binary.BigEndian.PutUint32(w.out, 1<<16|2)
	for i, offset := range offsets {
		binary.BigEndian.PutUint32(w.out[4+4*i:], offset)
	}
	return w.out
}

func (d *database) cacheAliases(w *cacheWriter) {
	keys := sortedKeys(&d.aliases)
	w.put(uint32(len(keys)))
	for _, alias := range keys {
		name, _ := d.aliases.Get(alias)
		w.put(w.at(alias), w.at(name))
	}
}

func (d *database) cacheParents(w *cacheWriter) {
	keys := sortedKeys(&d.subclasses)
	w.put(uint32(len(keys)))
	offset := w.here() + uint32(8*len(keys))
	for _, name := range keys {
		parents, _ := d.subclasses.Get(name)
		w.put(w.at(name), offset)
		offset += uint32(4 + 4*len(parents))
	}
	for _, name := range keys {
		parents, _ := d.subclasses.Get(name)
		w.put(uint32(len(parents)))
		for _, parent := range parents {
			w.put(w.at(parent))
		}
	}
}

// globsOf returns the globs of one kind, sorted by pattern.
func (d *database) globsOf(k kind) []*glob {
	var list []*glob
	for _, pattern := range sortedKeys(&d.globs) {
		globs, _ := d.globs.Get(pattern)
		if globs[0].kind() == k {
			list = append(list, globs...)
		}
	}
	return list
}

func (d *database) cacheGlobList(w *cacheWriter, k kind) {
	list := d.globsOf(k)
	w.put(uint32(len(list)))
	for _, g := range list {
		w.put(w.at(g.pattern), w.at(g.name), g.cacheWeight())
	}
}

func (d *database) cacheLiterals(w *cacheWriter) { d.cacheGlobList(w, literal) }
func (d *database) cacheGlobs(w *cacheWriter)    { d.cacheGlobList(w, full) }

// suffixNode is a node of the tree of suffixes: a character with what comes before it, or the end of a pattern.
type suffixNode struct {
	char     rune
	glob     *glob // whose pattern ends here, or nil
	children []*suffixNode
	byChar   map[rune]*suffixNode
	ends     map[string]*suffixNode // where a pattern ends, by type
}

// cacheSuffixes writes the tree of suffixes level by level.
func (d *database) cacheSuffixes(w *cacheWriter) {
	root := &suffixNode{}
	for _, g := range d.globsOf(suffix) {
		at := root
		runes := []rune(g.pattern[1:])
		for _, r := range slices.Backward(runes) {
			next := at.byChar[r]
			if next == nil {
				if at.byChar == nil {
					at.byChar = map[rune]*suffixNode{}
				}
				next = &suffixNode{char: r}
				at.byChar[r] = next
				at.children = append(at.children, next)
			}
			at = next
		}
		if end := at.ends[g.name]; end != nil {
			// Of several patterns, the largest weight counts, and the flag of the first.
			end.glob.weight = max(end.glob.weight, g.weight)
			continue
		}
		if at.ends == nil {
			at.ends = map[string]*suffixNode{}
		}
		first := *g
		at.ends[g.name] = &suffixNode{glob: &first}
		at.children = append(at.children, at.ends[g.name])
	}
	w.put(uint32(len(root.children)), w.here()+8)
	for level := []*suffixNode{root}; len(level) > 0; {
		var next []*suffixNode
		for _, n := range level {
			slices.SortStableFunc(n.children, func(a, b *suffixNode) int { return int(a.char - b.char) })
			next = append(next, n.children...)
		}
		offset := w.here() + uint32(12*len(next))
		for _, n := range next {
			if n.glob != nil {
				w.put(0, w.at(n.glob.name), n.glob.cacheWeight())
				continue
			}
			w.put(uint32(n.char), uint32(len(n.children)), offset)
			offset += uint32(12 * len(n.children))
		}
		level = next
	}
}

// cacheMagic writes the list of magic, then all matches, then their values and masks.
func (d *database) cacheMagic(w *cacheWriter) {
	extent := uint32(0) // the program compares in 64 bits, and keeps 32
	var all []*match
	var flatten func(list []*match)
	flatten = func(list []*match) {
		all = append(all, list...)
		for _, m := range list {
			if end := m.start + m.length + int64(len(m.value)); end > int64(extent) {
				extent = uint32(end)
			}
			flatten(m.children)
		}
	}
	w.put(uint32(len(d.magics)), 0, w.here()+12)
	extentAt := w.here() - 8
	offset := w.here() + uint32(16*len(d.magics))
	first := make(map[*match]uint32) // where the children of a match begin
	for _, m := range d.magics {
		w.put(uint32(m.priority), w.at(m.name), uint32(len(m.matches)), offset+uint32(32*len(all)))
		flatten(m.matches)
	}
	var place func(list []*match, at uint32) uint32
	place = func(list []*match, at uint32) uint32 {
		at += uint32(32 * len(list))
		for _, m := range list {
			if len(m.children) > 0 {
				first[m] = at
				at = place(m.children, at)
			}
		}
		return at
	}
	end := offset
	for _, m := range d.magics {
		end = place(m.matches, end)
	}
	for _, m := range all {
		value := end
		end += padded(len(m.value))
		mask := uint32(0)
		if m.mask != nil {
			mask = end
			end += padded(len(m.mask))
		}
		w.put(uint32(m.start), uint32(m.length), uint32(m.wordSize), uint32(len(m.value)), value, mask,
			uint32(len(m.children)), first[m])
	}
	for _, m := range all {
		w.out = append(w.out, m.value...)
		w.pad()
		w.out = append(w.out, m.mask...)
		w.pad()
	}
	binary.BigEndian.PutUint32(w.out[extentAt:], extent)
}

func padded(n int) uint32 { return uint32(n+3) &^ 3 }

func (d *database) cacheNamespaces(w *cacheWriter) {
	keys := sortedKeys(&d.namespaces)
	w.put(uint32(len(keys)))
	for _, key := range keys {
		n, _ := d.namespaces.Get(key)
		w.put(w.at(n.uri), w.at(n.local), w.at(n.name))
	}
}

func (w *cacheWriter) icons(icons *ghash.Table[string]) {
	keys := sortedKeys(icons)
	w.put(uint32(len(keys)))
	for _, name := range keys {
		icon, _ := icons.Get(name)
		w.put(w.at(name), w.at(icon))
	}
}

// cacheTypes writes the list of types, whose entries the program leaves zero.
func (d *database) cacheTypes(w *cacheWriter) {
	w.put(uint32(d.types.Len()))
	w.put(make([]uint32, d.types.Len())...)
}
