package apk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// tarReader reads the dialect of tar that apk accepts (SPEC-apk.md 1.3). It is not
// archive/tar's: header checksums do not count, most pax records are ignored,
// and so are GNU long links, so that both programs see the same files.
type tarReader struct {
	r       io.Reader
	left    int64 // bytes of the entry's content not read yet
	padding int64 // bytes behind it
	ended   bool
	block   [512]byte
}

type tarHeader struct {
	name, linkname string
	typeflag       byte
	mode           uint16
	uid, gid       uint32
	user, group    string
	size           int64
	modTime        int64
	major, minor   uint32
	xattrs         []Xattr
	checksum       string // APK-TOOLS.checksum.SHA1, hexadecimal
}

// maxTarExtension bounds a pax header or long name, in bytes.
const maxTarExtension = 1 << 20

func newTarReader(r io.Reader) *tarReader { return &tarReader{r: r} }

// next returns the next entry with what pax and GNU headers before it say. It
// returns io.EOF at the end of the archive, with or without its zero blocks.
func (t *tarReader) next() (*tarHeader, error) {
	h := new(tarHeader)
	var name, linkname string
	for {
		if err := t.header(h); err != nil {
			return nil, err
		}
		switch h.typeflag {
		case 'x':
			text, err := t.extension(h.size)
			if err != nil {
				return nil, err
			}
			if err := parsePax(text, h, &name, &linkname); err != nil {
				return nil, err
			}
			continue
		case 'L':
			text, err := t.extension(h.size)
			if err != nil {
				return nil, err
			}
			name = cString([]byte(text))
			continue
		case 'g', 'K':
			continue
		}
		if name != "" {
			h.name = name
		}
		if linkname != "" {
			h.linkname = linkname
		}
		return h, nil
	}
}

// header reads one header block into h; pax fields that are there already stay.
func (t *tarReader) header(h *tarHeader) error {
	if t.ended {
		return io.EOF
	}
	if _, err := io.CopyN(io.Discard, t.r, t.left+t.padding); err != nil {
		return unexpectedEOF(err)
	}
	t.left, t.padding = 0, 0
	b := t.block[:]
	if _, err := io.ReadFull(t.r, b); err != nil {
		if err == io.EOF {
			t.ended = true
		}
		return err
	}
	if b[0] == 0 && bytes.Count(b, []byte{0}) == len(b) {
		t.ended = true
		return io.EOF
	}
	if string(b[257:262]) != "ustar" {
		return errors.New("not a ustar header")
	}
	*h = tarHeader{
		name: cString(b[0:100]), linkname: cString(b[157:257]), typeflag: b[156],
		user: cString(b[265:297]), group: cString(b[297:329]),
		xattrs: h.xattrs, checksum: h.checksum,
	}
	if prefix := cString(b[345:500]); prefix != "" && h.typeflag != 'x' && h.typeflag != 'g' {
		h.name = prefix + "/" + h.name
	}
	var numbers [7]uint64
	for i, field := range [...]struct{ from, to, bits int }{
		{100, 108, 32}, {108, 116, 32}, {116, 124, 32}, {124, 136, 62}, {136, 148, 62}, {329, 337, 32}, {337, 345, 32},
	} {
		text := strings.TrimLeft(cString(b[field.from:field.to]), " ")
		text, _, _ = strings.Cut(text, " ")
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 8, field.bits)
		if err != nil {
			return fmt.Errorf("entry %q: header has the bad number %q", h.name, text)
		}
		numbers[i] = n
	}
	h.mode = uint16(numbers[0] & 0o7777)
	h.uid, h.gid = uint32(numbers[1]), uint32(numbers[2])
	h.size, h.modTime = int64(numbers[3]), int64(numbers[4])
	h.major, h.minor = uint32(numbers[5]), uint32(numbers[6])
	t.left, t.padding = h.size, -h.size&511
	return nil
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// extension reads the content of a header about the next entry.
func (t *tarReader) extension(size int64) (string, error) {
	if size > maxTarExtension {
		return "", fmt.Errorf("extended header of %d bytes: at most %d are accepted", size, maxTarExtension)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(t, b); err != nil {
		return "", unexpectedEOF(err)
	}
	return string(b), nil
}

// parsePax takes the records that apk knows.
func parsePax(text string, h *tarHeader, name, linkname *string) error {
	for text != "" {
		digits, _, ok := strings.Cut(text, " ")
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || n > uint64(len(text)) || int(n) <= len(digits)+1 || text[n-1] != '\n' {
			return errors.New("damaged pax header")
		}
		key, value, ok := strings.Cut(text[len(digits)+1:n-1], "=")
		if !ok {
			return errors.New("damaged pax header")
		}
		text = text[n:]
		switch key {
		case "path":
			*name = value
		case "linkpath":
			*linkname = value
		case "APK-TOOLS.checksum.SHA1":
			h.checksum = value
		default:
			if attr, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok {
				h.xattrs = append(h.xattrs, Xattr{Name: attr, Value: value})
			}
		}
	}
	return nil
}

// Read reads the content of the entry at hand.
func (t *tarReader) Read(b []byte) (int, error) {
	if t.left == 0 {
		return 0, io.EOF
	}
	n, err := t.r.Read(b[:min(int64(len(b)), t.left)])
	t.left -= int64(n)
	if err == io.EOF && t.left > 0 {
		err = io.ErrUnexpectedEOF
	} else if err == io.EOF {
		err = nil
	}
	return n, err
}
