package adb

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// value is a reference into metadata: a kind in the four upper bits, an offset or a number in the others.
type value uint32

const (
	kindSpecial = 0x0
	kindInt     = 0x1
	kindInt32   = 0x2
	kindInt64   = 0x3
	kindBlob8   = 0x8
	kindBlob16  = 0x9
	kindBlob32  = 0xa
	kindArray   = 0xd
	kindObject  = 0xe
	kindError   = 0xf
)

func (v value) kind() uint32 { return uint32(v) >> 28 }
func (v value) arg() uint32  { return uint32(v) & (1<<28 - 1) }

// null is the value of a field that is absent.
const null value = 0

// decoder reads values. The first error stays; what is read after it is empty.
type decoder struct {
	text  string // the metadata
	spent int
	err   error
}

// maxDecoded bounds what values expand to, in bytes: they may share their parts, so that a short file could mean a long one.
const maxDecoded = 256 << 20

func newDecoder(metadata []byte) *decoder { return &decoder{text: string(metadata)} }

// root returns the outermost value.
func (d *decoder) root() value {
	if len(d.text) < 8 {
		d.fail(errors.New("is too short"))
		return null
	}
	return value(d.uint32(4))
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = fmt.Errorf("metadata: %w", err)
	}
}

// spend accounts for what is made of a value.
func (d *decoder) spend(bytes int) bool {
	if d.spent += bytes; d.spent > maxDecoded {
		d.fail(fmt.Errorf("expands to more than %d bytes", maxDecoded))
	}
	return d.err == nil
}

// at returns so many bytes at an offset.
func (d *decoder) at(offset, n uint64) string {
	if d.err != nil {
		return ""
	}
	if offset+n > uint64(len(d.text)) || n > uint64(len(d.text)) {
		d.fail(fmt.Errorf("a value of %d bytes at offset %d is beyond the end at %d", n, offset, len(d.text)))
		return ""
	}
	return d.text[offset : offset+n]
}

func (d *decoder) uint32(offset uint64) uint32 {
	b := d.at(offset, 4)
	if b == "" {
		return 0
	}
	return binary.LittleEndian.Uint32([]byte(b))
}

// table is an object or an array, which look alike.
type table struct {
	d      *decoder
	offset uint64
	n      uint32 // of items
}

// table returns the object or array that a value refers to, an empty one for an absent value.
func (d *decoder) table(v value) table {
	if v == null || d.err != nil {
		return table{d: d}
	}
	if k := v.kind(); k != kindObject && k != kindArray {
		d.fail(fmt.Errorf("value %#x is not an object or array", uint32(v)))
		return table{d: d}
	}
	offset := uint64(v.arg())
	n := d.uint32(offset)
	if d.err == nil && n == 0 {
		d.fail(fmt.Errorf("the table at offset %d has no length", offset))
	}
	if d.at(offset, 4*uint64(n)) == "" {
		return table{d: d}
	}
	return table{d, offset, n - 1}
}

// get returns an item by its number from 1 on; what is behind the last one is absent.
func (t table) get(i uint32) value {
	if i > t.n {
		return null
	}
	return value(t.d.uint32(t.offset + 4*uint64(i)))
}

// number returns an integer, 0 for an absent one.
func (d *decoder) number(v value) uint64 {
	switch v.kind() {
	case kindInt:
		return uint64(v.arg())
	case kindInt32:
		return uint64(d.uint32(uint64(v.arg())))
	case kindInt64:
		if b := d.at(uint64(v.arg()), 8); b != "" {
			return binary.LittleEndian.Uint64([]byte(b))
		}
		return 0
	}
	if v != null {
		d.fail(fmt.Errorf("value %#x is not a number", uint32(v)))
	}
	return 0
}

// blob returns text or bytes, "" for an absent value.
func (d *decoder) blob(v value) string {
	offset, head := uint64(v.arg()), uint64(0)
	switch v.kind() {
	case kindBlob8:
		head = 1
	case kindBlob16:
		head = 2
	case kindBlob32:
		head = 4
	default:
		if v != null {
			d.fail(fmt.Errorf("value %#x is not text", uint32(v)))
		}
		return ""
	}
	length := uint64(0)
	for i, c := range []byte(d.at(offset, head)) {
		length |= uint64(c) << (8 * i)
	}
	return d.at(offset+head, length)
}

// blobAt returns the offset of the bytes that blob returns.
func (d *decoder) blobAt(v value) int {
	head := map[uint32]uint32{kindBlob8: 1, kindBlob16: 2, kindBlob32: 4}[v.kind()]
	return int(v.arg() + head)
}

// blobs returns an array of text.
func (d *decoder) blobs(v value) []string {
	t := d.table(v)
	if t.n == 0 || !d.spend(16*int(t.n)) {
		return nil
	}
	list := make([]string, t.n)
	for i := range list {
		list[i] = d.blob(t.get(uint32(i + 1)))
	}
	return list
}
