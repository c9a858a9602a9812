package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"sort"
	"time"

	"github.com/lamina-oci/lamina/internal/varint"
)

// LayerFormat begins an encoded layer. It is counted up with whatever changes what is
// made of a layer's tar: this encoding, or which contents are held. Then follow, each
// with its length, a label, the entries and the contents that are held, and the SHA-256
// of all that.
const LayerFormat = "lamina layer 1\n"

// Encode returns the layer and a label, whose meaning is up to the caller,
// as bytes for [ParseLayer].
func (l *Layer) Encode(label string) []byte {
	b := make([]byte, 0, len(LayerFormat)+len(label)+len(l.entries)+len(l.contents)+4*binary.MaxVarintLen64+sha256.Size)
	b = append(b, LayerFormat...)
	b = varint.AppendString(b, label)
	b = binary.AppendUvarint(b, uint64(l.count))
	b = varint.AppendString(b, l.entries)
	b = varint.AppendString(b, l.contents)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

var errDamaged = errors.New("the cached file list of the layer is damaged")

// ParseLayer parses the result of [Layer.Encode], which must not be changed afterwards.
// For anything else it returns an error.
func ParseLayer(text []byte) (l *Layer, label string, err error) {
	end := len(text) - sha256.Size
	if end < 0 || !bytes.HasPrefix(text[:end], []byte(LayerFormat)) {
		return nil, "", errDamaged
	}
	if sum := sha256.Sum256(text[:end]); !bytes.Equal(sum[:], text[end:]) {
		return nil, "", errDamaged
	}
	parts := varint.Decoder[[]byte]{Text: text[len(LayerFormat):end]}
	label = string(parts.String())
	count := parts.Uint(math.MaxInt32)
	l = &Layer{count: int(count), entries: string(parts.String()), contents: parts.String()}
	if parts.Failed || len(parts.Text) > 0 || !l.isWhole() {
		return nil, "", errDamaged
	}
	return l, label, nil
}

// isWhole says whether all entries can be decoded, and there is nothing else.
func (l *Layer) isWhole() bool {
	d := l.decoder()
	for range l.count {
		if d.next(); d.Failed {
			return false
		}
	}
	return len(d.Text) == 0 && len(d.contents) == 0
}

// An entry is a byte of its kind and these flags, and then what a file of that kind
// has.
const (
	flagHeld   = 0x10 << iota // the layer holds the content
	flagXattrs                // there are extended attributes
	flagNanos                 // the time is not of a full second

	kindMask = 0x0f
)

// encode appends the entry.
func (e *entry) encode(b []byte, held bool) []byte {
	first := byte(e.kind)
	if held {
		first |= flagHeld
	}
	if len(e.xattrs) > 0 {
		first |= flagXattrs
	}
	if e.modTime.Nanosecond() != 0 {
		first |= flagNanos
	}
	b = append(b, first)
	b = varint.AppendString(b, e.name)
	b = binary.AppendUvarint(b, uint64(e.mode))
	b = binary.AppendUvarint(b, uint64(e.uid))
	b = binary.AppendUvarint(b, uint64(e.gid))
	b = binary.AppendVarint(b, e.modTime.Unix())
	if first&flagNanos != 0 {
		b = binary.AppendUvarint(b, uint64(e.modTime.Nanosecond()))
	}
	switch e.kind {
	case kind(Regular):
		b = binary.AppendUvarint(b, uint64(e.size))
	case kind(Symlink), hardLink:
		b = varint.AppendString(b, e.target)
	case kind(CharDevice), kind(BlockDevice):
		b = binary.AppendUvarint(b, uint64(e.major))
		b = binary.AppendUvarint(b, uint64(e.minor))
	}
	if len(e.xattrs) > 0 {
		// The header has them in no order, but one layer must give the same bytes.
		sort.Slice(e.xattrs, func(i, j int) bool { return e.xattrs[i].name < e.xattrs[j].name })
		b = binary.AppendUvarint(b, uint64(len(e.xattrs)))
		for _, x := range e.xattrs {
			b = varint.AppendString(varint.AppendString(b, x.name), x.value)
		}
	}
	return b
}

// layerDecoder gives a layer's entries one after the other.
type layerDecoder struct {
	varint.Decoder[string]
	contents []byte // of the entries to come
	entry    entry
	held     []byte // the content of entry; nil if it is not held
}

func (l *Layer) decoder() *layerDecoder {
	return &layerDecoder{Decoder: varint.Decoder[string]{Text: l.entries}, contents: l.contents}
}

// next returns the next entry, which is valid until the one after it. Names are those of
// the layer: nothing is copied.
func (d *layerDecoder) next() *entry {
	first := d.Byte()
	e := &d.entry
	*e = entry{kind: kind(first & kindMask), name: d.String(), mode: uint16(d.Uint(0o7777)), xattrs: e.xattrs[:0]}
	e.uid, e.gid = uint32(d.Uint(math.MaxUint32)), uint32(d.Uint(math.MaxUint32))
	seconds, nanos := d.Int(), uint64(0)
	if first&flagNanos != 0 {
		nanos = d.Uint(999_999_999)
	}
	e.modTime = time.Unix(seconds, int64(nanos))
	switch e.kind {
	case kind(Regular):
		e.size = int64(d.Uint(math.MaxInt64))
	case kind(Symlink), hardLink:
		e.target = d.String()
	case kind(CharDevice), kind(BlockDevice):
		e.major, e.minor = uint32(d.Uint(math.MaxUint32)), uint32(d.Uint(math.MaxUint32))
	}
	if first&flagXattrs != 0 {
		for n := d.Uint(uint64(len(d.Text))); n > 0 && !d.Failed; n-- {
			e.xattrs = append(e.xattrs, xattr{d.String(), d.String()})
		}
	}
	d.held = nil
	if first&flagHeld != 0 {
		d.hold(e.size)
	}
	if e.kind >= kinds || first&^(kindMask|flagHeld|flagXattrs|flagNanos) != 0 {
		d.Fail()
	}
	return e
}

func (d *layerDecoder) hold(size int64) {
	if size == 0 || size > int64(len(d.contents)) {
		d.Fail()
		return
	}
	d.held, d.contents = d.contents[:size:size], d.contents[size:]
}
