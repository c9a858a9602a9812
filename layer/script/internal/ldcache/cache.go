package ldcache

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
)

// Entry is a library in the cache.
type Entry struct {
	Name  string // by which programs ask for it
	Path  string
	Flags uint32

	Hwcaps   string // name of its directory in glibc-hwcaps; "" elsewhere
	ISALevel uint32 // counts with Hwcaps only
}

// Bits of an entry's hwcap.
const (
	hwcapExtension = 1 << 62
	MaxISALevel    = 1<<10 - 1 // with a greater one ldconfig ends with an error
)

const (
	magic          = "glibc-ld.so.cache1.1"
	headerSize     = 48
	entrySize      = 24
	extensionMagic = 0xeaa42174
	littleEndian   = 2
	bigEndian      = 3
)

// Encode returns the cache of entries, in the order in which ldconfig finds them. Found are the names of all directories in glibc-hwcaps,
// also of those without a library: they are among the strings.
func (p *Program) Encode(entries []Entry, found []string) []byte {
	entries = slices.Clone(entries)
	sort.SliceStable(entries, func(i, j int) bool { return p.compareEntries(entries[i], entries[j]) < 0 })
	var hwcaps []string
	texts := slices.Clone(found)
	for _, e := range entries {
		texts = append(texts, e.Name, e.Path)
		if e.Hwcaps != "" {
			hwcaps = append(hwcaps, e.Hwcaps)
		}
	}
	slices.Sort(hwcaps)
	hwcaps = slices.Compact(hwcaps)
	strs, offsets := stringTable(append(texts, hwcaps...))
	base := headerSize + entrySize*len(entries)
	at := func(text string) uint32 { return uint32(base + offsets[text]) }

	extension := (base + len(strs) + 3) &^ 3
	var b []byte
	put32 := func(values ...uint32) {
		for _, v := range values {
			b = p.append32(b, v)
		}
	}
	b = append(b, magic...)
	put32(uint32(len(entries)), uint32(len(strs)))
	b = append(b, p.endian(), 0, 0, 0)
	put32(uint32(extension), 0, 0, 0)
	for _, e := range entries {
		put32(e.Flags, at(e.Name), at(e.Path), 0)
		hwcap := uint64(0)
		if e.Hwcaps != "" {
			index, _ := slices.BinarySearch(hwcaps, e.Hwcaps)
			hwcap = hwcapExtension | uint64(e.ISALevel)<<32 | uint64(index)
		}
		b = p.append64(b, hwcap)
	}
	b = append(b, strs...)
	b = append(b, make([]byte, extension-len(b))...)
	const directory, section = 8, 16
	if len(hwcaps) == 0 {
		put32(extensionMagic, 1, 0, 0, uint32(extension+directory+section), uint32(len(p.Generator)))
	} else {
		names := extension + directory + 2*section
		put32(extensionMagic, 2, 0, 0, uint32(names+4*len(hwcaps)), uint32(len(p.Generator)), 1, 0, uint32(names), uint32(4*len(hwcaps)))
		for _, name := range hwcaps {
			put32(at(name))
		}
	}
	return append(b, p.Generator...)
}

func (p *Program) endian() byte {
	if p.data() == 1 {
		return littleEndian
	}
	return bigEndian
}

func (p *Program) append32(b []byte, v uint32) []byte {
	var word [4]byte
	p.Order.PutUint32(word[:], v)
	return append(b, word[:]...)
}

func (p *Program) append64(b []byte, v uint64) []byte {
	var word [8]byte
	p.Order.PutUint64(word[:], v)
	return append(b, word[:]...)
}

// compareEntries is the order of entries: by name, the last first, and of one name those that are for some processors only first.
func (p *Program) compareEntries(a, b Entry) int {
	if c := p.CompareNames(b.Name, a.Name); c != 0 {
		return c
	}
	if c := cmp.Compare(int32(b.Flags), int32(a.Flags)); c != 0 {
		return c
	}
	switch {
	case a.Hwcaps != "" && b.Hwcaps == "":
		return -1
	case a.Hwcaps == "" && b.Hwcaps != "":
		return 1
	}
	return strings.Compare(a.Hwcaps, b.Hwcaps)
}

// CompareNames is the dynamic linker's order of names (_dl_cache_libcmp): numbers within count as numbers, of 32 bits, and come behind
// other characters, which are signed on some machines.
func (p *Program) CompareNames(a, b string) int {
	isSigned := p.Machine == elf.EM_X86_64 || p.Machine == elf.EM_LOONGARCH
	at := func(s string) int {
		switch {
		case s == "":
			return 0
		case isSigned:
			return int(int8(s[0]))
		}
		return int(s[0])
	}
	isDigit := func(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }
	number := func(s string) (int32, string) {
		n := int32(0)
		for ; isDigit(s); s = s[1:] {
			n = n*10 + int32(s[0]-'0')
		}
		return n, s
	}
	for a != "" {
		switch {
		case isDigit(a) && isDigit(b):
			var m, n int32
			m, a = number(a)
			n, b = number(b)
			if m != n {
				return int(m - n)
			}
		case isDigit(a):
			return 1
		case isDigit(b):
			return -1
		case at(a) != at(b):
			return at(a) - at(b)
		default:
			a, b = a[1:], b[1:]
		}
	}
	return -at(b)
}

// stringTable puts texts together, each ended by a zero byte, so that one that is another's end is not there twice. The order is that
// of the texts read backwards, the last first.
func stringTable(texts []string) (table []byte, offsets map[string]int) {
	reversed := func(s string) string {
		b := []byte(s)
		slices.Reverse(b)
		return string(b)
	}
	backwards := make([]string, 0, len(texts))
	for _, text := range texts {
		backwards = append(backwards, reversed(text))
	}
	slices.SortFunc(backwards, func(a, b string) int { return strings.Compare(b, a) })
	offsets = make(map[string]int)
	last, lastAt := "", 0
	for i, text := range slices.Compact(backwards) {
		at := len(table)
		if i > 0 && strings.HasPrefix(last, text) {
			at = lastAt + len(last) - len(text)
		} else {
			table = append(append(table, reversed(text)...), 0)
		}
		offsets[reversed(text)] = at
		last, lastAt = text, at
	}
	return table, offsets
}

// isCache reports whether a file begins as a cache of this format.
func isCache(b []byte) bool { return len(b) >= headerSize && bytes.HasPrefix(b, []byte(magic)) }
