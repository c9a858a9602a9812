package tree

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"
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
	b = appendString(b, label)
	b = binary.AppendUvarint(b, uint64(l.count))
	b = appendString(b, l.entries)
	b = appendString(b, l.contents)
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
	parts := decoder[[]byte]{text: text[len(LayerFormat):end]}
	label = string(parts.string())
	count := parts.uint(math.MaxInt32)
	l = &Layer{count: int(count), entries: string(parts.string()), contents: parts.string()}
	if parts.failed || len(parts.text) > 0 || !l.isWhole() {
		return nil, "", errDamaged
	}
	return l, label, nil
}

// isWhole says whether all entries can be decoded, and there is nothing else.
func (l *Layer) isWhole() bool {
	d := l.decoder()
	for range l.count {
		if d.next(); d.failed {
			return false
		}
	}
	return len(d.text) == 0 && len(d.contents) == 0
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
	b = appendString(b, e.name)
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
		b = appendString(b, e.target)
	case kind(CharDevice), kind(BlockDevice):
		b = binary.AppendUvarint(b, uint64(e.major))
		b = binary.AppendUvarint(b, uint64(e.minor))
	}
	if len(e.xattrs) > 0 {
		// The header has them in no order, and one layer shall come to the same bytes.
		slices.SortFunc(e.xattrs, func(x, y xattr) int { return cmp.Compare(x.name, y.name) })
		b = binary.AppendUvarint(b, uint64(len(e.xattrs)))
		for _, x := range e.xattrs {
			b = appendString(appendString(b, x.name), x.value)
		}
	}
	return b
}

func appendString[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// layerDecoder gives a layer's entries one after the other.
type layerDecoder struct {
	decoder[string]
	contents []byte // of the entries to come
	entry    entry
	held     []byte // the content of entry; nil if it is not held
}

func (l *Layer) decoder() *layerDecoder {
	return &layerDecoder{decoder: decoder[string]{text: l.entries}, contents: l.contents}
}

// next returns the next entry, which is valid until the one after it. Names are those of
// the layer: nothing is copied.
func (d *layerDecoder) next() *entry {
	first := d.byte()
	e := &d.entry
	*e = entry{kind: kind(first & kindMask), name: d.string(), mode: uint16(d.uint(0o7777)), xattrs: e.xattrs[:0]}
	e.uid, e.gid = uint32(d.uint(math.MaxUint32)), uint32(d.uint(math.MaxUint32))
	seconds, nanos := d.int(), uint64(0)
	if first&flagNanos != 0 {
		nanos = d.uint(999_999_999)
	}
	e.modTime = time.Unix(seconds, int64(nanos))
	switch e.kind {
	case kind(Regular):
		e.size = int64(d.uint(math.MaxInt64))
	case kind(Symlink), hardLink:
		e.target = d.string()
	case kind(CharDevice), kind(BlockDevice):
		e.major, e.minor = uint32(d.uint(math.MaxUint32)), uint32(d.uint(math.MaxUint32))
	}
	if first&flagXattrs != 0 {
		for n := d.uint(uint64(len(d.text))); n > 0 && !d.failed; n-- {
			e.xattrs = append(e.xattrs, xattr{d.string(), d.string()})
		}
	}
	d.held = nil
	if first&flagHeld != 0 {
		d.hold(e.size)
	}
	if e.kind >= kinds || first&^(kindMask|flagHeld|flagXattrs|flagNanos) != 0 {
		d.failed = true
	}
	return e
}

func (d *layerDecoder) hold(size int64) {
	if size == 0 || size > int64(len(d.contents)) {
		d.failed = true
		return
	}
	d.held, d.contents = d.contents[:size:size], d.contents[size:]
}

// decoder takes apart what was appended as numbers and strings. After something that
// cannot be, failed is set, and all that follows is empty.
type decoder[T string | []byte] struct {
	text   T
	failed bool
}

func (d *decoder[T]) byte() byte {
	if len(d.text) == 0 {
		d.fail()
		return 0
	}
	b := d.text[0]
	d.text = d.text[1:]
	return b
}

// uint returns a number that is not over limit.
func (d *decoder[T]) uint(limit uint64) uint64 {
	n := d.varint()
	if n > limit {
		d.fail()
		return 0
	}
	return n
}

// int undoes binary.AppendVarint: the sign is the lowest bit.
func (d *decoder[T]) int() int64 {
	n := d.varint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder[T]) varint() uint64 {
	var n uint64
	for i := 0; i < len(d.text) && i < binary.MaxVarintLen64; i++ {
		c := d.text[i]
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break // over 64 bits
			}
			d.text = d.text[i+1:]
			return n | uint64(c)<<(7*i)
		}
		n |= uint64(c&0x7f) << (7 * i)
	}
	d.fail()
	return 0
}

func (d *decoder[T]) string() T {
	n := d.varint()
	if n > uint64(len(d.text)) {
		d.fail()
		n = 0
	}
	s := d.text[:n]
	d.text = d.text[n:]
	return s
}

func (d *decoder[T]) fail() {
	d.failed = true
	d.text = d.text[:0]
}
