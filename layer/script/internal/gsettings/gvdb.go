package gsettings

import (
	"encoding/binary"
	"fmt"

	"github.com/lamina-oci/lamina/internal/ghash"
)

// A table of GVDB (glib/gvdb: gvdb-format.h). Its root item, of the empty name, lists the others.
type table struct {
	items *ghash.Table[*item]
	root  *item
}

type item struct {
	key      string
	hash     uint32
	parent   *item
	children []*item // sorted by key
	next     *item   // in the same bucket
	index    uint32

	value []byte // serialised, of the type v
	table *table
}

func newTable() *table {
	t := &table{items: ghash.New[*item]()}
	t.root = t.insert("")
	return t
}

func (t *table) insert(key string) *item {
	i := &item{key: key, hash: ghash.Hash(key)}
	t.items.Set(key, i)
	return i
}

// insertChild inserts an item that the root lists.
func (t *table) insertChild(key string) *item {
	i := t.insert(key)
	i.parent = t.root
	at := len(t.root.children)
	for k, other := range t.root.children {
		if other.key > key {
			at = k
			break
		}
	}
	t.root.children = append(t.root.children, nil)
	copy(t.root.children[at+1:], t.root.children[at:])
	t.root.children[at] = i
	return i
}

// insertString inserts a string that the root does not list.
func (t *table) insertString(key, value string) {
	if value != "" {
		t.insert(key).value = inVariant(str(value))
	}
}

// maxFile bounds a compiled file.
const maxFile = 64 << 20

// file lays a table out as a file. The error is that of a file that is too large.
func (t *table) file() ([]byte, error) {
	b := &builder{bytes: make([]byte, 24)}
	copy(b.bytes, "GVariant") // two numbers that are this text where the file is little-endian
	b.table(t, 16)
	if len(b.bytes) > maxFile {
		return nil, fmt.Errorf("the compiled schemas have more than %d bytes", maxFile)
	}
	return b.bytes, nil
}

type builder struct{ bytes []byte }

// put reserves aligned room, and writes where it is at a place for a pointer.
func (b *builder) put(alignment, size, pointer int) (at int) {
	for len(b.bytes)%alignment != 0 {
		b.bytes = append(b.bytes, 0)
	}
	at = len(b.bytes)
	b.bytes = append(b.bytes, make([]byte, size)...)
	b.u32(pointer, uint32(at))
	b.u32(pointer+4, uint32(at+size))
	return at
}

func (b *builder) u32(at int, n uint32) { binary.LittleEndian.PutUint32(b.bytes[at:], n) }

const (
	itemSize   = 24
	noParent   = 0xffffffff
	bloomShift = 5
)

func (b *builder) table(t *table, pointer int) {
	n := t.items.Len()
	// Later items come first in their bucket.
	buckets := make([]*item, n)
	for _, i := range t.items.All {
		bucket := &buckets[int(i.hash)%n]
		i.next, *bucket = *bucket, i
	}
	index := uint32(0)
	for _, i := range buckets {
		for ; i != nil; i = i.next {
			i.index = index
			index++
		}
	}
	start := b.put(4, 8+4*n+itemSize*n, pointer)
	b.u32(start, bloomShift<<27)
	b.u32(start+4, uint32(n))
	index = 0
	for k, i := range buckets {
		b.u32(start+8+4*k, index)
		for ; i != nil; i = i.next {
			b.item(i, start+8+4*n+itemSize*int(index))
			index++
		}
	}
}

func (b *builder) item(i *item, at int) {
	b.u32(at, i.hash)
	b.u32(at+4, noParent)
	name := i.key
	if i.parent != nil {
		b.u32(at+4, i.parent.index)
		name = i.key[len(i.parent.key):]
	}
	b.u32(at+8, uint32(len(b.bytes)))
	binary.LittleEndian.PutUint16(b.bytes[at+12:], uint16(len(name)))
	b.bytes = append(b.bytes, name...)
	switch {
	case i.value != nil:
		b.bytes[at+14] = 'v'
		to := b.put(8, len(i.value), at+16)
		copy(b.bytes[to:], i.value)
	case len(i.children) > 0:
		b.bytes[at+14] = 'L'
		to := b.put(4, 4*len(i.children), at+16)
		for k, child := range i.children {
			b.u32(to+4*k, child.index)
		}
	case i.table != nil:
		b.bytes[at+14] = 'H'
		b.table(i.table, at+16)
	}
}
