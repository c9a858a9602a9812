// Package apktar reads the dialect of tar that apk accepts (apk/FORMAT.md 1.3), and writes the entries that apk writes.
package apktar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
)

// Reader reads an archive, an entry after the other. The dialect is not archive/tar's:
// header checksums do not count, of pax only a few records do, and GNU
// long links do not, so that apk and this see the same files. Where apk's answer is an
// accident of its parser, such as a name that outlives its entry, there is an error.
type Reader struct {
	r       io.Reader
	left    int64 // bytes of the entry's content not read yet
	padding int64 // bytes behind it
	ended   bool
	zeros   bool // it was zero blocks that ended it
	entry   Header
	pending extension
	block   [512]byte
}

// Header is valid until the next one is read; its strings and attributes stay.
type Header struct {
	Name, Linkname string
	Typeflag       byte
	Mode           uint16
	UID, GID       uint32
	User, Group    string
	Size           int64
	ModTime        int64
	Major, Minor   uint32
	Xattrs         []Xattr
	SHA1, MD5      string // APK-TOOLS.checksum, hexadecimal
}

// Xattr is an extended attribute.
type Xattr struct{ Name, Value string }

// extension is what headers of their own say about the next entry.
type extension struct {
	name, linkname string
	xattrs         []Xattr
	sha1, md5      string
	pax            bool // some of it comes from a pax header
}

// MaxExtension bounds a pax header or long name, in bytes.
const MaxExtension = 1 << 20

// maxXattrs bounds the extended attributes of an entry. Linux lists 64 KiB of names.
const maxXattrs = 256

// NewReader returns a reader of an archive that r holds.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next returns the next entry with what pax and GNU headers before it say. It
// returns io.EOF at the end of the input, with or without zero blocks there.
func (t *Reader) Next() (*Header, error) {
	t.pending = extension{}
	h := &t.entry
	for {
		if err := t.header(h); err != nil {
			if err == io.EOF && t.pending.any() {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		known := h.Typeflag >= '0' && h.Typeflag <= '7'
		if t.pending.pax && !known || t.pending.any() && !known && h.Typeflag != 'x' && h.Typeflag != 'L' && h.Typeflag != 'K' {
			return nil, fmt.Errorf("entry %q: is between an extended header and its entry", h.Name)
		}
		switch h.Typeflag {
		case 'x':
			text, err := t.extension()
			if err != nil {
				return nil, err
			}
			if err := t.pending.parse(text); err != nil {
				return nil, fmt.Errorf("pax header: %w", err)
			}
		case 'L':
			text, err := t.extension()
			if err != nil {
				return nil, err
			}
			if t.pending.name = cString(text); t.pending.name == "" {
				return nil, errors.New("long name: is empty")
			}
		case 'g', 'K':
		default:
			h.extend(&t.pending)
			return h, nil
		}
	}
}

func (x *extension) any() bool { return x.pax || x.name != "" }

func (h *Header) extend(x *extension) {
	if x.name != "" {
		h.Name = x.name
	}
	if x.linkname != "" {
		h.Linkname = x.linkname
	}
	h.Xattrs, h.SHA1, h.MD5 = x.xattrs, x.sha1, x.md5
}

// header reads one header block.
func (t *Reader) header(h *Header) error {
	if t.ended {
		return io.EOF
	}
	if skip := t.left + t.padding; skip > 0 {
		if _, err := io.CopyN(io.Discard, t.r, skip); err != nil {
			return bounded.UnexpectedEOF(err)
		}
		t.left, t.padding = 0, 0
	}
	b := t.block[:]
	if _, err := io.ReadFull(t.r, b); err != nil {
		t.ended = err == io.EOF
		return err
	}
	if isZero(b) {
		t.ended, t.zeros = true, true
		return t.rest()
	}
	if string(b[257:262]) != "ustar" {
		return errors.New("not a ustar header")
	}
	if b[0] == 0 {
		return errors.New("header without a name")
	}
	*h = Header{
		Name: cString(b[0:100]), Linkname: cString(b[157:257]), Typeflag: b[156],
		User: reuse(h.User, b[265:297]), Group: reuse(h.Group, b[297:329]),
	}
	if b[345] != 0 && h.Typeflag != 'x' && h.Typeflag != 'g' {
		h.Name = cString(b[345:500]) + "/" + h.Name
	}
	return t.numbers(h)
}

func (t *Reader) numbers(h *Header) error {
	var n [7]uint64
	for i, at := range [...][2]int{{100, 108}, {108, 116}, {116, 124}, {124, 136}, {136, 148}, {329, 337}, {337, 345}} {
		field := t.block[at[0]:at[1]]
		var ok bool
		if n[i], ok = parseOctal(field); !ok {
			return fmt.Errorf("entry %q: header has the invalid number %q", h.Name, field)
		}
	}
	h.Mode = uint16(n[0] & 0o7777)
	h.UID, h.GID = uint32(n[1]), uint32(n[2])
	h.Size, h.ModTime = int64(n[3]), int64(n[4])
	h.Major, h.Minor = uint32(n[5]), uint32(n[6])
	t.left, t.padding = h.Size, -h.Size&511
	return nil
}

// parseOctal reads digits that a blank, a NUL or the end of the field ends. No
// digit is 0. Twelve digits at most fit 36 bits.
func parseOctal(field []byte) (uint64, bool) {
	var n uint64
	i := 0
	for i < len(field) && '0' <= field[i] && field[i] <= '7' {
		n = n<<3 | uint64(field[i]-'0')
		i++
	}
	for _, c := range field[i:] {
		if c != 0 && c != ' ' {
			return 0, false
		}
	}
	return n, true
}

// rest reads what is behind a zero block. One zero block is no end for apk and two
// are, so that entries behind them are there or not: both is refused.
func (t *Reader) rest() error {
	for {
		n, err := t.r.Read(t.block[:])
		if !isZero(t.block[:n]) {
			return errors.New("data after the end of the archive")
		}
		if err != nil {
			return err
		}
	}
}

func isZero(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Count(b, []byte{0}) == len(b)
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// reuse is cString for what is mostly the same as before.
func reuse(before string, b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if string(b) == before {
		return before
	}
	return string(b)
}

// extension reads the content of a header about the next entry.
func (t *Reader) extension() ([]byte, error) {
	if t.left > MaxExtension {
		return nil, fmt.Errorf("extended header of %d bytes: at most %d bytes are accepted", t.left, MaxExtension)
	}
	b := make([]byte, t.left)
	if _, err := io.ReadFull(t, b); err != nil {
		return nil, bounded.UnexpectedEOF(err)
	}
	return b, nil
}

// parse takes the records that apk knows.
func (x *extension) parse(b []byte) error {
	for text := string(b); text != ""; {
		digits, _, _ := strings.Cut(text, " ")
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || n > uint64(len(text)) || int(n) <= len(digits)+1 || text[n-1] != '\n' {
			return fmt.Errorf("record %.40q has an invalid length", text)
		}
		key, value, ok := strings.Cut(text[len(digits)+1:n-1], "=")
		if !ok {
			return fmt.Errorf("record %.40q has no value", text[:n])
		}
		text = text[n:]
		if err := x.record(key, value); err != nil {
			return fmt.Errorf("%.80q: %w", key, err)
		}
	}
	return nil
}

func (x *extension) record(key, value string) error {
	switch key {
	case "path", "linkpath":
		if value == "" || strings.IndexByte(value, 0) >= 0 {
			return fmt.Errorf("%.80q is not a path", value)
		}
		if key == "path" {
			x.name = strings.Clone(value) // to be kept, unlike the rest of the header
		} else {
			x.linkname = value
		}
	case "APK-TOOLS.checksum.SHA1":
		x.sha1 = value
	case "APK-TOOLS.checksum.MD5":
		x.md5 = value
	default:
		name, ok := strings.CutPrefix(key, "SCHILY.xattr.")
		if !ok {
			return nil
		}
		if len(x.xattrs) == maxXattrs {
			return fmt.Errorf("exceeds the limit of %d attributes", maxXattrs)
		}
		for i := range x.xattrs {
			if x.xattrs[i].Name == name {
				return errors.New("occurs twice")
			}
		}
		x.xattrs = append(x.xattrs, Xattr{Name: name, Value: value})
	}
	x.pax = true
	return nil
}

// EndedByZeros reports whether it was blocks of zeros that ended the archive.
func (t *Reader) EndedByZeros() bool { return t.zeros }

// Left returns how many bytes of the current entry's content have not been read yet.
func (t *Reader) Left() int64 { return t.left }

// Advance tells that n bytes of the current entry's content, of those that are left, were taken from the input without Read.
func (t *Reader) Advance(n int64) { t.left -= n }

// Read reads the content of the current entry.
func (t *Reader) Read(b []byte) (int, error) {
	if t.left == 0 {
		return 0, io.EOF
	}
	n, err := t.r.Read(b[:min(int64(len(b)), t.left)])
	t.left -= int64(n)
	if err == io.EOF {
		err = nil
		if t.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}
