package apk

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// Checksum is a hash as apk writes it: an encoding letter, a type digit and the
// text (apk/FORMAT.md 3). The zero value stands for "none". Checksums are
// comparable with ==; identities are compared by [Checksum.Key].
type Checksum struct {
	size uint8 // 0, 16 (MD5), 20 (SHA-1) or 32 (SHA-256)
	sum  [32]byte
}

const (
	sizeMD5    = 16
	sizeSHA1   = 20
	sizeSHA256 = 32
)

// ParseChecksum reads "Q1" or "Q2" with base64, "X1" or "X2" with hexadecimal
// digits, for SHA-1 and SHA-256, and the bare 32 digits of an MD5. "Q1" and "X1"
// may be followed by the other 12 bytes of a SHA-256.
func ParseChecksum(s string) (Checksum, error) {
	var c Checksum
	if err := c.parse(s); err != nil {
		return Checksum{}, fmt.Errorf("checksum %.100q: %w", s, err)
	}
	return c, nil
}

func (c *Checksum) parse(s string) error {
	if len(s) == 2*sizeMD5 {
		c.size = sizeMD5
		_, err := hex.Decode(c.sum[:sizeMD5], []byte(s))
		return err
	}
	if len(s) < 2 {
		return errors.New("too short")
	}
	switch s[1] {
	case '1':
		c.size = sizeSHA1
	case '2':
		c.size = sizeSHA256
	default:
		return fmt.Errorf("unknown type %q", s[1])
	}
	text := s[2:]
	switch s[0] {
	case 'Q':
		if c.size == sizeSHA1 && len(text) > base64SHA1 {
			c.size = sizeSHA256
			if err := decodeBase64(c.sum[sizeSHA1:], text[base64SHA1:]); err != nil {
				return err
			}
			return decodeBase64(c.sum[:sizeSHA1], text[:base64SHA1])
		}
		return decodeBase64(c.sum[:c.size], text)
	case 'X':
		if c.size == sizeSHA1 && len(text) > 2*sizeSHA1 {
			c.size = sizeSHA256
		}
		return decodeHex(c.sum[:c.size], text)
	}
	return fmt.Errorf("unknown encoding %q", s[0])
}

// base64SHA1 is how long a SHA-1 is in base64, with padding.
const base64SHA1 = (sizeSHA1 + 2) / 3 * 4

// decodeBase64 fills dst. Unused bits at the end, which made-up identities set,
// are ignored.
func decodeBase64(dst []byte, text string) error {
	if want := (len(dst) + 2) / 3 * 4; len(text) != want {
		return fmt.Errorf("has %d characters, want %d", len(text), want)
	}
	var buf [sizeSHA256 + 2]byte
	var src [(sizeSHA256 + 2) / 3 * 4]byte
	n, err := base64.StdEncoding.Decode(buf[:], src[:copy(src[:], text)])
	if err != nil {
		return err
	}
	if n != len(dst) {
		return fmt.Errorf("has %d bytes, want %d", n, len(dst))
	}
	copy(dst, buf[:])
	return nil
}

func decodeHex(dst []byte, text string) error {
	if len(text) != 2*len(dst) {
		return fmt.Errorf("has %d digits, want %d", len(text), 2*len(dst))
	}
	var src [2 * sizeSHA256]byte
	_, err := hex.Decode(dst, src[:copy(src[:], text)])
	return err
}

// ChecksumOf returns the checksum of which [Checksum.Bytes] returned sum, and whether there can be one.
func ChecksumOf(sum string) (Checksum, bool) {
	switch len(sum) {
	case 0, sizeMD5, sizeSHA1, sizeSHA256:
		c := Checksum{size: uint8(len(sum))}
		copy(c.sum[:], sum)
		return c, true
	}
	return Checksum{}, false
}

// SHA1Checksum returns the checksum of that SHA-1 sum.
func SHA1Checksum(sum [sha1.Size]byte) Checksum {
	c := Checksum{size: sizeSHA1}
	copy(c.sum[:], sum[:])
	return c
}

// sha256Checksum returns the checksum of that SHA-256 sum.
func sha256Checksum(sum [sizeSHA256]byte) Checksum { return Checksum{size: sizeSHA256, sum: sum} }

// Short returns the checksum with its first 20 bytes, the form in which apk writes identities.
func (c Checksum) Short() Checksum {
	if c.size != sizeSHA256 {
		return c
	}
	return SHA1Checksum(c.Key())
}

// IsZero reports whether there is no checksum.
func (c Checksum) IsZero() bool { return c.size == 0 }

// Key returns the first 20 bytes, by which apk knows a package. It is not inlined, which saves space.
//
//go:noinline
func (c Checksum) Key() [sha1.Size]byte { return [sha1.Size]byte(c.sum[:sha1.Size]) }

// Bytes returns the sum.
func (c Checksum) Bytes() []byte { return c.sum[:c.size] }

// String returns the base64 form, such as "Q1…"; bare digits for MD5 and "" for none.
func (c Checksum) String() string {
	switch c.size {
	case 0:
		return ""
	case sizeMD5:
		return hex.EncodeToString(c.sum[:sizeMD5])
	case sizeSHA256:
		return "Q2" + base64.StdEncoding.EncodeToString(c.sum[:])
	}
	return "Q1" + base64.StdEncoding.EncodeToString(c.sum[:sizeSHA1])
}

// Hex returns the hexadecimal form, such as "X1…".
func (c Checksum) Hex() string {
	switch c.size {
	case sizeSHA1:
		return "X1" + hex.EncodeToString(c.sum[:sizeSHA1])
	case sizeSHA256:
		return "X2" + hex.EncodeToString(c.sum[:])
	}
	return c.String()
}
