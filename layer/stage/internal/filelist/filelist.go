package filelist

import (
	"encoding/binary"
	"iter"
	"math"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/varint"
)

// List is the files that one package has in one directory. The zero value has none.
type List struct {
	Text string       // what Append gave; it is set once
	gone map[int]bool // by their offset: files that the package has no longer; nil if it has all
}

// File is a file of a list.
type File struct {
	Offset   int          // in the list's text
	Name     string       // base name
	Owner    int          // its number in an [Owners]
	Checksum apk.Checksum // as in [apk.InstalledFile]
}

// Append appends a file to the text of a list.
func Append(text []byte, name string, owner int, checksum apk.Checksum) []byte {
	text = varint.AppendString(text, name)
	text = binary.AppendUvarint(text, uint64(owner))
	return varint.AppendString(text, checksum.Bytes())
}

// All goes through the files that the package still has.
func (l *List) All() iter.Seq[File] {
	return func(yield func(File) bool) { l.each(yield) }
}

func (l *List) each(yield func(File) bool) {
	for at := 0; at < len(l.Text); {
		f, next := l.decode(at)
		if !l.gone[at] && !yield(f) {
			return
		}
		at = next
	}
}

// At returns the file at an offset.
func (l *List) At(offset int) File {
	f, _ := l.decode(offset)
	return f
}

// decode returns a file and the offset of the next one.
func (l *List) decode(offset int) (File, int) {
	d := varint.Decoder[string]{Text: l.Text[offset:]}
	f := File{Offset: offset, Name: d.String(), Owner: int(d.Uint(math.MaxInt32))}
	f.Checksum, _ = apk.ChecksumOf(d.String())
	return f, len(l.Text) - len(d.Text)
}

// Drop takes a file from the package.
func (l *List) Drop(f File) {
	if l.gone == nil {
		l.gone = make(map[int]bool)
	}
	l.gone[f.Offset] = true
}

// Owners numbers what files have of owners and modes, of which there are few.
type Owners struct {
	list    []*apk.Ownership
	numbers map[apk.Ownership]int
}

// Number returns that of an owner and mode, a new one if it has none.
func (l *Owners) Number(o apk.Ownership) int {
	n, ok := l.numbers[o]
	if !ok {
		if l.numbers == nil {
			l.numbers = make(map[apk.Ownership]int)
		}
		n = len(l.list)
		l.list, l.numbers[o] = append(l.list, &o), n
	}
	return n
}

// Of returns what has a number.
func (l *Owners) Of(number int) *apk.Ownership { return l.list[number] }
