package fonts

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// bitmapName returns the name in a PCF or BDF font; nil if the program passes
// over it as damaged. It is not known if the file is of another format.
func bitmapName(text []byte) (name *string, known bool, err error) {
	if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, true, nil
		}
		text, _ = io.ReadAll(io.LimitReader(r, maxFile+1)) // what is there before damage counts
		if len(text) > maxFile {
			return nil, true, fmt.Errorf("unpacks to more than %d bytes", maxFile)
		}
	}
	var s string
	var ok bool
	switch {
	case bytes.HasPrefix(text, []byte("\x01fcp")):
		s, ok = pcfName(text)
	case bytes.HasPrefix(text, []byte("STARTFONT ")):
		s, ok = bdfName(text)
	default:
		return nil, false, nil
	}
	if !ok {
		return nil, true, nil
	}
	return &s, true, nil
}

// pcfName reads the string property FONT. The format: "The X11 PCF bitmap
// font format" (https://fontforge.org/docs/techref/pcf-format.html).
func pcfName(text []byte) (string, bool) {
	const properties = 1
	le := binary.LittleEndian
	var at uint32
	for i := 8; ; i += 16 {
		if len(text) < i+16 || int64(i) >= 8+16*int64(int32(le.Uint32(text[4:]))) {
			return "", false
		}
		if le.Uint32(text[i:]) == properties {
			at = le.Uint32(text[i+12:])
			break
		}
	}
	if int64(at)+8 > int64(len(text)) {
		return "", false
	}
	text = text[at:]
	format := le.Uint32(text)
	var order binary.ByteOrder = le
	if format&4 != 0 {
		order = binary.BigEndian
	}
	n := int(int32(order.Uint32(text[4:])))
	if format > 0xff || n <= 0 || n > 1000 {
		return "", false
	}
	list := text[8:]
	start := 9*n + (4-n%4)%4 // the properties are padded to 4 bytes
	if len(list) < start+4 {
		return "", false
	}
	size := int(int32(order.Uint32(list[start:])))
	if size < 0 || size > 100000 || len(list) < start+4+size {
		return "", false
	}
	texts := list[start+4 : start+4+size]
	found := -1
	for i := range n {
		p := list[9*i:]
		name, isText, value := int(int32(order.Uint32(p))), p[4] != 0, int(int32(order.Uint32(p[5:])))
		if found < 0 && isText && name >= 0 && name < size-4 && value >= 0 && value < size && cString(texts[name:]) == "FONT" {
			found = value
		}
	}
	if found < 0 {
		return "", false
	}
	return cString(texts[found:]), true
}

// bdfName reads the line FONT, before which lines of a keyword in capitals
// may stand. The format: Adobe's "Glyph Bitmap Distribution Format (BDF)
// Specification", version 2.2.
func bdfName(text []byte) (string, bool) {
	_, text, _ = bytes.Cut(text, []byte("\n"))
	for {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		text = rest
		key, value, hasValue := strings.Cut(string(line), " ")
		if !ended || key == "" || len(key) >= 20 || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || key == "CHARS" {
			return "", false
		}
		if key == "FONT" {
			value = strings.TrimLeft(value, " ")
			if !hasValue || value == "" || len(value) >= 1000 {
				return "", false
			}
			return cString([]byte(value)), true
		}
	}
}

// The signs are how files start that only a font library can name.
var scalableSigns = []string{
	"\x00\x01\x00\x00", "true", "typ1", "OTTO", "ttcf", "wOFF", "wOF2", // sfnt: TrueType, OpenType
	"%!", "\x80\x01", "\x01\x00\x04", "PFR", "\xa5", // Type 1, CFF, PFR
	"\x00\x00\x01\x00\x00", "\x00\x05\x16\x07", "\x00\x05\x16\x00", // Macintosh resources
}

var bitmapSigns = []string{
	"MZ", "\x00\x02", "\x00\x03", // Windows
	"\x1f\x9d", "BZh", // compressed by compress and bzip2
	"ttcf", "wOFF", "wOF2", "\xa5", // sfnt that may hold bitmaps only
	"\x00\x00\x01\x00\x00", "\x00\x05\x16\x07", "\x00\x05\x16\x00", // Macintosh resources
}

// refuse returns an error for a file that starts with one of the signs.
func refuse(file string, text []byte, signs []string) error {
	unsupported := fmt.Errorf("%s: naming this font needs a font library: %w", file, errors.ErrUnsupported)
	for _, s := range signs {
		if strings.HasPrefix(string(text[:min(len(text), 8)]), s) {
			return unsupported
		}
	}
	if &signs[0] != &bitmapSigns[0] {
		return nil
	}
	if at := bytes.Index(text[:min(len(text), 4096)], []byte("STARTFONT ")); at >= 0 {
		return unsupported // BDF that starts oddly
	}
	if isSfnt(text) && !hasOutlines(text) {
		return unsupported
	}
	return nil
}

func isSfnt(text []byte) bool {
	return len(text) >= 12 && (bytes.HasPrefix(text, []byte("\x00\x01\x00\x00")) || bytes.HasPrefix(text, []byte("true")) ||
		bytes.HasPrefix(text, []byte("OTTO")) || bytes.HasPrefix(text, []byte("typ1")))
}

// hasOutlines looks for the tables of outlines in the list of tables.
func hasOutlines(text []byte) bool {
	n := int(binary.BigEndian.Uint16(text[4:]))
	for i := 12; i+16 <= len(text) && n > 0; i, n = i+16, n-1 {
		switch tag := string(text[i : i+4]); tag {
		case "glyf", "CFF ", "CFF2":
			return binary.BigEndian.Uint32(text[i+12:]) != 0
		}
	}
	return false
}
