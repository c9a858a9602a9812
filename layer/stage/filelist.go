package stage

import (
	"encoding/binary"
	"iter"
	"math"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/varint"
)

// fileList is the files that one package has in one directory. There may be a hundred thousand in all, so they are encoded, as
// appendFile does it.
type fileList struct {
	text string
	gone map[int]bool // by their offset: files that the package has no longer; nil if it has all
}

type file struct {
	offset   int          // in the list's text
	name     string       // base name
	owner    int          // its number in an [ownerList]
	checksum apk.Checksum // as in [apk.InstalledFile]
}

// appendFile appends a file to the text of a list.
func appendFile(text []byte, name string, owner int, checksum apk.Checksum) []byte {
	text = varint.AppendString(text, name)
	text = binary.AppendUvarint(text, uint64(owner))
	return varint.AppendString(text, checksum.Bytes())
}

// all goes through the files that the package still has.
func (l *fileList) all() iter.Seq[file] {
	return func(yield func(file) bool) {
		for at := 0; at < len(l.text); {
			f, next := l.decode(at)
			if !l.gone[at] && !yield(f) {
				return
			}
			at = next
		}
	}
}

// at returns the file at an offset.
func (l *fileList) at(offset int) file {
	f, _ := l.decode(offset)
	return f
}

// decode returns a file and the offset of the next one.
func (l *fileList) decode(offset int) (file, int) {
	d := varint.Decoder[string]{Text: l.text[offset:]}
	f := file{offset: offset, name: d.String(), owner: int(d.Uint(math.MaxInt32))}
	f.checksum, _ = apk.ChecksumOf(d.String())
	return f, len(l.text) - len(d.Text)
}

// drop takes a file from the package.
func (l *fileList) drop(f file) {
	if l.gone == nil {
		l.gone = make(map[int]bool)
	}
	l.gone[f.offset] = true
}

// ownerList numbers what files have of owners and modes, of which there are few.
type ownerList struct {
	list    []*apk.Ownership
	numbers map[apk.Ownership]int
}

func (l *ownerList) number(o apk.Ownership) int {
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
