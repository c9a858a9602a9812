package varint_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/lamina-oci/lamina/internal/varint"
)

func ExampleDecoder() {
	b := varint.AppendString(binary.AppendUvarint(nil, 300), "nginx")
	d := varint.Decoder[[]byte]{Text: b}
	fmt.Println(d.Uint(math.MaxUint16), string(d.String()), d.Failed)
	d.Byte()
	fmt.Println(d.Failed)
	// Output:
	// 300 nginx false
	// true
}

func TestInvalid(t *testing.T) {
	for name, decode := range map[string]func(*varint.Decoder[string]){
		"limit":  func(d *varint.Decoder[string]) { d.Uint(1) },
		"string": func(d *varint.Decoder[string]) { _ = d.String() },
		"bytes":  func(d *varint.Decoder[string]) { d.Bytes(3) },
	} {
		d := varint.Decoder[string]{Text: "\x02x"}
		if decode(&d); !d.Failed || d.Text != "" || d.Byte() != 0 || d.Int() != 0 || d.String() != "" {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// FuzzVarint compares with encoding/binary.
func FuzzVarint(f *testing.F) {
	for _, n := range []uint64{0, 1, 127, 128, math.MaxUint32, math.MaxUint64} {
		f.Add(binary.AppendUvarint(nil, n))
	}
	f.Add([]byte{0x80})
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		u, size := binary.Uvarint(b)
		d := varint.Decoder[[]byte]{Text: b}
		if got := d.Uint(math.MaxUint64); d.Failed != (size <= 0) || !d.Failed && (got != u || len(d.Text) != len(b)-size) {
			t.Errorf("%x: %d, %v; want %d of %d bytes", b, got, d.Failed, u, size)
		}
		i, size := binary.Varint(b)
		d = varint.Decoder[[]byte]{Text: b}
		if got := d.Int(); d.Failed != (size <= 0) || !d.Failed && got != i {
			t.Errorf("%x: %d, %v; want %d", b, got, d.Failed, i)
		}
	})
}
