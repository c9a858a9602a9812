// Package varint is the binary encoding of cache entries: unsigned and signed varints of encoding/binary, and
// strings with their length in front.
//
// Writers use binary.AppendUvarint, binary.AppendVarint and [AppendString]. A [Decoder] accepts any bytes: at
// the first invalid one it fails, and all later results are empty, so that a caller checks Failed once, at the end.
package varint

import "encoding/binary"

// AppendString appends the length of s and s.
func AppendString[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A Decoder reads numbers and strings from the front of Text, which shrinks. Strings share its memory.
type Decoder[T string | []byte] struct {
	Text   T
	Failed bool
}

// Byte returns the next byte.
func (d *Decoder[T]) Byte() byte {
	if len(d.Text) == 0 {
		d.Fail()
		return 0
	}
	b := d.Text[0]
	d.Text = d.Text[1:]
	return b
}

// Uint returns a number; one above limit is invalid.
func (d *Decoder[T]) Uint(limit uint64) uint64 {
	n := d.varint()
	if n > limit {
		d.Fail()
		return 0
	}
	return n
}

// Int returns a number that binary.AppendVarint appended: the sign is the lowest bit.
func (d *Decoder[T]) Int() int64 {
	n := d.varint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *Decoder[T]) varint() uint64 {
	var n uint64
	for i := 0; i < len(d.Text) && i < binary.MaxVarintLen64; i++ {
		c := d.Text[i]
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break // over 64 bits
			}
			d.Text = d.Text[i+1:]
			return n | uint64(c)<<(7*i)
		}
		n |= uint64(c&0x7f) << (7 * i)
	}
	d.Fail()
	return 0
}

// String returns what [AppendString] appended.
func (d *Decoder[T]) String() T { return d.Bytes(d.varint()) }

// Bytes returns the next n bytes.
func (d *Decoder[T]) Bytes(n uint64) T {
	if n > uint64(len(d.Text)) {
		d.Fail()
		n = 0
	}
	s := d.Text[:n]
	d.Text = d.Text[n:]
	return s
}

// Fail notes that the text is invalid. It is not inlined, which saves space at 200 callers.
//
//go:noinline
func (d *Decoder[T]) Fail() {
	d.Failed = true
	d.Text = d.Text[:0]
}
