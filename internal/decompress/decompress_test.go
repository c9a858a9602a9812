package decompress_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/lamina-oci/lamina/internal/decompress"
)

// Made by the programs of these names from "hello\n".
const (
	bzip2ed = "QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi"
	xzed    = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAFaGVsbG8KAAAApWCX8ZT2/eAAAR4GwS+kHR+2830BAAAAAARZWg=="
)

func TestDetect(t *testing.T) {
	var gz, zst bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write([]byte("hello\n"))
	w.Close()
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	z.Write([]byte("hello\n"))
	z.Close()
	decode := func(text string) string {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, c := range []struct {
		file string
		want decompress.Format
		err  string
	}{
		{"hello\n", decompress.None, ""},
		{gz.String(), decompress.Gzip, ""},
		{zst.String(), decompress.Zstd, ""},
		{"\x50\x2a\x4d\x18\x01\x00\x00\x00x" + zst.String(), decompress.Zstd, ""}, // behind a frame without content
		{decode(bzip2ed), decompress.Bzip2, ""},
		{decode(xzed), decompress.Xz, ""},
		{"PK\x03\x04....", decompress.Zip, "is a zip, which is not supported here"},
		{"\x1f\x8b", decompress.Gzip, "gzip header: EOF"},
	} {
		r, format, err := decompress.Detect(strings.NewReader(c.file))
		if format != c.want {
			t.Errorf("%q: format %q, want %q", c.file, format, c.want)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), strings.TrimSuffix(c.err, "EOF")) || c.err == "" {
				t.Errorf("%s: %v", format, err)
			}
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "hello\n" || c.err != "" {
			t.Errorf("%s: %q, %v; want error %q", format, got, err, c.err)
		}
		r.Close()
	}
	if _, _, err := decompress.Detect(strings.NewReader("")); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}
