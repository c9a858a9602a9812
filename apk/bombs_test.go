package apk

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// bomb is a gzip member that inflates to a head and so many MiB of zeros, and is damaged behind them: who reads that far
// finds an error of another kind. It takes a thousandth of that.
func bomb(t testing.TB, head []byte, mebibytes int) []byte {
	t.Helper()
	var out bytes.Buffer
	out.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff})
	piece := func(b []byte) []byte {
		var out bytes.Buffer
		w, err := flate.NewWriter(&out, 9)
		if err == nil {
			_, err = w.Write(b)
		}
		if err = errors.Join(err, w.Flush()); err != nil { // and no final block
			t.Fatal(err)
		}
		return out.Bytes()
	}
	out.Write(piece(head))
	zeros := piece(make([]byte, 1<<20))
	for range mebibytes {
		out.Write(zeros)
	}
	out.WriteByte(0x07) // a final block of a type that does not exist
	return out.Bytes()
}

// bombHeader is that of a file of so many MiB.
func bombHeader(name string, mebibytes int64) []byte {
	b := block{name: name, edit: func(h []byte) {
		digits := []byte("00000000000\x00")
		for n, i := mebibytes<<20, 10; n > 0; n, i = n>>3, i-1 {
			digits[i] = '0' + byte(n&7)
		}
		copy(h[124:136], digits)
	}}
	return b.bytes()
}

// TestIndexBombs: an index is inflated only if its signature is valid, and little of what precedes the signature is.
func TestIndexBombs(t *testing.T) {
	key, public := testKey(t)
	keys := new(KeyRing)
	if err := keys.Add("good.rsa.pub", public); err != nil {
		t.Fatal(err)
	}
	junk := gzipTar(t, false, tarFile{".SIGN.RSA.good.rsa.pub", strings.Repeat("x", 128)})
	unknown := gzipTar(t, false, tarFile{".SIGN.RSA.other.rsa.pub", "x"})
	content := bomb(t, bombHeader("junk", 4096), 64)
	signature, err := Sign(key, "good.rsa.pub", "RSA", content)
	if err != nil {
		t.Fatal(err)
	}
	manyHeaders := gzipTar(t, false, tarFile{".SIGN.RSA.x", ""}, tarFile{".SIGN.RSA.y", strings.Repeat("x", 1<<20)})
	for _, test := range []struct{ name, want string }{
		{string(junk) + string(content),
			"bad signature: it does not match the trusted key good.rsa.pub: it was made with another key of that name, or is damaged"},
		{string(unknown) + string(content), "signed by other.rsa.pub, which is not trusted; trusted keys: good.rsa.pub"},
		{string(content), "not signed; trusted keys: good.rsa.pub"},
		// Bounds hold for content signed by a trusted key, too.
		{string(signature) + string(content), "index archive: deflate: after 67109376 bytes: unknown block type"},
		// A signature that is a bomb, one behind small ones, and many of those that are ignored.
		{string(bomb(t, bombHeader(".SIGN.RSA.good.rsa.pub", 4096), 64)), "index archive: signature: is larger than 8388608 bytes"},
		{string(unknown) + string(bomb(t, bombHeader(".SIGN.RSA.good.rsa.pub", 4096), 64)), "index archive: signature: is larger than 8388608 bytes"},
		{strings.Repeat(string(manyHeaders), 60), "index archive: signature: is larger than 8388608 bytes"},
		{strings.Repeat(string(unknown), 65), "index archive: more than 64 signatures"},
	} {
		_, err := ReadIndexArchive(strings.NewReader(test.name), keys, V3)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got %v\nwant %s", err, test.want)
		}
	}
	if _, err := ReadIndexArchive(&endless{}, keys, V3); err == nil || err.Error() != "index archive: larger than 67108864 bytes" {
		t.Errorf("an archive without an end: %v", err)
	}
}

type endless struct{}

func (*endless) Read(b []byte) (int, error) { return len(b), nil }

// TestPackageBombs: the bytes that are inflated before a package is verified are bounded.
func TestPackageBombs(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"signature", string(bomb(t, bombHeader(".SIGN.RSA.good.rsa.pub", 4096), 64)), "signature: is larger than 8388608 bytes"},
		{"signatures that are ignored", strings.Repeat(string(gzipTar(t, false, tarFile{".SIGN.RSA.y", strings.Repeat("x", 1<<20)})), 60),
			"signature: is larger than 8388608 bytes"},
		{"control segment", string(bomb(t, bombHeader(".hidden", 4096), 64)), "control segment: is larger than 16777216 bytes"},
		{".PKGINFO", string(bomb(t, bombHeader(".PKGINFO", 4096), 64)), "control segment: .PKGINFO: is larger than 16777216 bytes"},
	} {
		if _, err := VerifyPackage(strings.NewReader(test.data), new(Package), nil, V3); err == nil || err.Error() != "not a package file: "+test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestGuard: a data segment that inflates to far more than it takes is inflated only if the guard agrees.
func TestGuard(t *testing.T) {
	read := func(guard func() error, data []byte) (int64, error) {
		built := builder{}.segments(t)
		p := NewPackageReader(bytes.NewReader(bytes.Join([][]byte{built.signature, built.control, data}, nil)), V3)
		p.Guard(guard)
		for {
			if _, err := p.Next(); err != nil {
				return p.inflated, err
			}
		}
	}
	altered := errors.New("altered")
	calls := 0
	inflated, err := read(func() error { calls++; return altered }, bomb(t, bombHeader(".hidden", 4096), 256))
	if !errors.Is(err, altered) || calls != 1 || inflated > 80<<20 {
		t.Errorf("a bomb: %v, after %d bytes and %d calls", err, inflated, calls)
	}
	var zeros bytes.Buffer
	zw := gzip.NewWriter(&zeros)
	zw.Write(bombHeader(".hidden", 100))
	zw.Write(make([]byte, 100<<20+1024))
	zw.Close()
	calls = 0
	inflated, err = read(func() error { calls++; return nil }, zeros.Bytes())
	if err == nil || !strings.Contains(err.Error(), "it was altered") || calls != 1 || inflated < 100<<20 {
		t.Errorf("a sparse file: %v, after %d bytes and %d calls", err, inflated, calls)
	}
}
