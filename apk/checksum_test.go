package apk

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseChecksum(t *testing.T) {
	const (
		sha1Text   = "Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=" // 7zip in Alpine 3.19
		sha1Hex    = "X16026787bf915d146b29e1d78fffcef4d3c8def1f"
		emptyHex   = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of nothing
		emptyText  = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		emptyShort = "47DEQpj8HBSa+/TImW+5JCeuQeQ=" // its first 20 bytes
		emptyTail  = "ZJuTTKSVmRt4UrhV"             // and the other 12
	)
	for _, c := range []struct {
		name, text, want, hex string
	}{
		{"SHA-1 in base64", sha1Text, sha1Text, sha1Hex},
		{"SHA-1 in hexadecimal", sha1Hex, sha1Text, sha1Hex},
		{"unused bits", "Q1YCZ4e/kV0Uaynh14//zvTTyN7x9=", sha1Text, sha1Hex},
		{"SHA-256 in base64", "Q2" + emptyText, "Q2" + emptyText, "X2" + emptyHex},
		{"SHA-256 in hexadecimal", "X2" + emptyHex, "Q2" + emptyText, "X2" + emptyHex},
		{"SHA-256 after its first part", "Q1" + emptyShort + emptyTail, "Q2" + emptyText, "X2" + emptyHex},
		{"SHA-256 marked as SHA-1", "X1" + emptyHex, "Q2" + emptyText, "X2" + emptyHex},
		{"MD5", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseChecksum(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != c.want || got.Hex() != c.hex {
				t.Errorf("got %s, %s, want %s, %s", got, got.Hex(), c.want, c.hex)
			}
		})
	}
	long, err1 := ParseChecksum("Q2" + emptyText)
	short, err2 := ParseChecksum("Q1" + emptyShort)
	if err1 != nil || err2 != nil || long.Key() != short.Key() || long == short {
		t.Errorf("the key of %s is not that of %s", long, short)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseChecksum(sha1Text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestParseChecksumErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                           `checksum "": too short`,
		"Q":                                          `checksum "Q": too short`,
		"Q3YCZ4e/kV0Uaynh14//zvTTyN7x8=":             `unknown type '3'`,
		"Z1YCZ4e/kV0Uaynh14//zvTTyN7x8=":             `unknown encoding 'Z'`,
		"Q1YCZ4e/kV0Uaynh14//zvTTyN7x8":              `has 27 characters, want 28`,
		"Q1YCZ4e/kV0Uaynh14//zvTTyN7x8==":            `characters, want 16`,
		"Q1YCZ4e/kV0Uaynh14//zvTTyN7xx8A":            `characters, want 16`,
		"Q1YCZ4e/kV0Uaynh14//zvTTyN7x\r=":            `illegal base64`,
		"Q1YCZ4e/kV0Uaynh14//zvTTyN7xx8":             `has 21 bytes, want 20`,
		"X1zz26787bf915d146b29e1d78fffcef4d3c8def":   `has 38 digits, want 40`,
		"X1zz26787bf915d146b29e1d78fffcef4d3c8def1f": `invalid byte`,
		"d41d8cd98f00b204e9800998ecf8427g":           `invalid byte`,
		"Q2" + strings.Repeat("A", 1<<20):            `characters, want 44`,
	} {
		c, err := ParseChecksum(text)
		if err == nil || !strings.Contains(err.Error(), want) || !c.IsZero() {
			t.Errorf("%.40q: got %v, %v, want %s", text, c, err, want)
		}
	}
}

func FuzzChecksum(f *testing.F) {
	for _, s := range []string{"Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=", "Q1YCZ4e/kV0Uaynh14//zvTTyN7x9=", "d41d8cd98f00b204e9800998ecf8427e",
		"Q247DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "X16026787bf915d146b29e1d78fffcef4d3c8def1f", "Q1", "X2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseChecksum(s)
		if err != nil {
			return
		}
		for _, text := range []string{c.String(), c.Hex()} {
			again, err := ParseChecksum(text)
			if err != nil || again != c || !bytes.Equal(again.Bytes(), c.Bytes()) {
				t.Errorf("%q is written as %q and read as %s, %v", s, text, again, err)
			}
		}
	})
}
