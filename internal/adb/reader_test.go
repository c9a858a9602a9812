package adb_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/adb"
)

// sample is a package with two files.
func sample() *adb.Package {
	root := adb.ACL{Mode: 0o755, User: "root", Group: "root", Xattrs: []string{"user.x\x00\x01"}}
	return &adb.Package{
		Info: adb.PackageInfo{
			Name: "p", Version: "1-r0", Arch: "x86_64", BuildTime: 1 << 40, InstalledSize: 1 << 30, Description: strings.Repeat("d", 300),
			License: strings.Repeat("l", 70000),
			Depends: []adb.Dependency{{Name: "a", Match: adb.MatchAny}, {Name: "b", Version: "1", Match: adb.MatchEqual},
				{Name: "c", Version: "1", Match: adb.MatchLess | adb.MatchConflict}},
			Provides: []adb.Dependency{{Name: "a", Match: adb.MatchAny}}, Tags: []string{"x:y"},
		},
		Dirs: []adb.Dir{{Name: "usr", ACL: root, Files: []adb.File{
			{Name: "a", ACL: root, Size: 3, ModTime: 1, Hash: "h"}, {Name: "b", ACL: adb.ACL{Absent: true}, Size: 5, Hash: "h"},
			{Name: "l", Target: "\x00\xa0a", HasTarget: true, ACL: root},
		}}},
		Scripts: adb.Scripts{PostInstall: "#!/bin/sh\n"}, Triggers: []string{"/usr"}, ReplacesPriority: 2,
	}
}

var sampleContents = []adb.Content{{Dir: 1, File: 1, Bytes: []byte("abc")}, {Dir: 1, File: 2, Bytes: []byte("fghij")}}

func fileOf(t testing.TB, c adb.Compression, metadata []byte, signatures ...adb.Signature) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := adb.Write(&file, c, adb.SchemaPackage, metadata, signatures, sampleContents); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// readAll reads a file to its end and returns its contents.
func readAll(file []byte) (*adb.Package, []adb.Signature, []adb.Content, error) {
	r := adb.NewReader(bytes.NewReader(file))
	defer r.Close()
	metadata, err := r.Metadata(adb.SchemaPackage)
	if err != nil {
		return nil, nil, nil, err
	}
	signatures, err := r.Signatures()
	if err != nil {
		return nil, nil, nil, err
	}
	pkg, err := adb.ParsePackage(metadata)
	if err != nil {
		return nil, nil, nil, err
	}
	var contents []adb.Content
	for {
		data, err := r.NextData()
		if err == io.EOF {
			return pkg, signatures, contents, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return nil, nil, nil, err
		}
		contents = append(contents, adb.Content{Dir: data.Dir, File: data.File, Bytes: b})
	}
}

// TestWrittenIsRead: written databases are read again, in every compression, and signed with keys of both kinds.
func TestWrittenIsRead(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	metadata := sample().Marshal()
	first, err := adb.Sign(rsaKey, adb.SchemaPackage, metadata)
	if err != nil {
		t.Fatal(err)
	}
	second, err := adb.Sign(ecKey, adb.SchemaPackage, metadata)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []adb.Compression{adb.None, adb.Deflate, adb.Zstd} {
		pkg, signatures, contents, err := readAll(fileOf(t, c, metadata, first, second))
		if err != nil {
			t.Fatalf("compression %d: %v", c, err)
		}
		if diff := cmp.Diff(sample(), pkg, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "hashesAt" }, cmp.Ignore())); diff != "" {
			t.Errorf("compression %d (-want +got):\n%s", c, diff)
		}
		if diff := cmp.Diff(sampleContents, contents); diff != "" {
			t.Errorf("compression %d (-want +got):\n%s", c, diff)
		}
		if len(signatures) != 2 || !signatures[0].Verify(&rsaKey.PublicKey, adb.SchemaPackage, metadata) ||
			!signatures[1].Verify(&ecKey.PublicKey, adb.SchemaPackage, metadata) {
			t.Errorf("compression %d: signatures are not good", c)
		}
		if signatures[1].Verify(&ecKey.PublicKey, adb.SchemaIndex, metadata) || signatures[0].Verify(&ecKey.PublicKey, adb.SchemaPackage, metadata) {
			t.Errorf("compression %d: a signature is good for another schema or key", c)
		}
	}
}

// TestCompressedKey: a key of which only one coordinate is given is the same key, with an id of its own.
func TestCompressedKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	point := der[len(der)-65:]
	short := append([]byte{2 + point[64]&1}, point[1:33]...)
	compressed := append([]byte{}, der[:len(der)-65]...)
	compressed[1] -= 32
	compressed[len(compressed)-2] -= 32
	compressed = append(compressed, short...)
	plain, id, err := adb.ParseKey(der)
	if err != nil {
		t.Fatal(err)
	}
	same, other, err := adb.ParseKey(compressed)
	if err != nil {
		t.Fatal(err)
	}
	if !plain.(*ecdsa.PublicKey).Equal(same) || id == other {
		t.Errorf("keys %v and %v, ids %x and %x", plain, same, id, other)
	}
	if _, _, err := adb.ParseKey(der[:20]); err == nil || !strings.HasPrefix(err.Error(), "is not a public key: ") {
		t.Errorf("got %v", err)
	}
}

// TestReaderErrors has malformed files with the text of their errors.
func TestReaderErrors(t *testing.T) {
	metadata := sample().Marshal()
	plain := fileOf(t, adb.None, metadata)
	edit := func(at int, b ...byte) []byte {
		file := bytes.Clone(plain)
		copy(file[at:], b)
		return file
	}
	long := func(typ uint32, size uint64) []byte {
		b := binary.LittleEndian.AppendUint32([]byte("ADB.pckg"), 3<<30|typ)
		return binary.LittleEndian.AppendUint64(append(b, 0, 0, 0, 0), size)
	}
	data := bytes.LastIndex(plain, []byte("abc")) - 12
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "unexpected EOF"},
		{"another format", []byte("\x1f\x8b\x08\x00"), `begins with "\x1f\x8b\b\x00", want "ADB"`},
		{"unknown prefix", []byte("ADBx"), `begins with "ADBx": unknown compression`},
		{"unknown algorithm", []byte("ADBc\x03\x00"), "compression algorithm 3 is unknown"},
		{"schema", edit(4, []byte("none")...), `has the schema "none", want "pckg"`},
		{"no magic inside", append([]byte("ADBc\x00\x00"), "ADBdpckg"...), `the decompressed data begins with "ADBd", want "ADB."`},
		{"version", edit(12, 1), "metadata of the incompatible version 1"},
		{"first block", edit(11, 0x40), "the first block is not metadata"},
		{"block of 2^60 bytes", long(0, 1<<60), "block of 1152921504606846976 bytes, more than 72057594037927936"},
		{"metadata of 1 TiB", long(0, 1<<40), "metadata of 1099511627760 bytes, want 16 to 67108864"},
		{"metadata that ends", long(0, 1<<25), "metadata: unexpected EOF"},
		{"block without a header", long(0, 3), "block of 3 bytes, fewer than its header has"},
		{"unknown type", long(4, 32), "block of unknown type 4"},
		{"second metadata", edit(data+3, 0), "a block of metadata or a signature is out of place"},
		{"small data block", edit(data, 4), "data block of 0 bytes, want at least 8"},
		{"truncated", plain[:len(plain)-9], "unexpected EOF"},
		{"no padding", plain[:len(plain)-1], "unexpected EOF"},
		{"garbage", append(bytes.Clone(plain), make([]byte, 8)...), "block of 0 bytes, fewer than its header has"},
		{"garbage behind deflate", append(fileOf(t, adb.Deflate, metadata), 0), "more data after the end of the compressed stream"},
		{"truncated deflate", fileOf(t, adb.Deflate, metadata)[:200], "metadata: unexpected EOF"},
		{"truncated zstd", fileOf(t, adb.Zstd, metadata)[:200], "unexpected EOF"},
		{"long signature", fileOf(t, adb.None, metadata, adb.Signature{Digest: 4, Bytes: make([]byte, 3000)}), "signature of 3018 bytes, more than 2048"},
		{"many signatures", fileOf(t, adb.None, metadata, make([]adb.Signature, 65)...), "more than 64 signatures"},
	} {
		_, _, _, err := readAll(test.file)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestMetadataErrors has values that mean nothing.
func TestMetadataErrors(t *testing.T) {
	words := func(root uint32, list ...uint32) []byte {
		b := binary.LittleEndian.AppendUint32(make([]byte, 4), root)
		for _, w := range list {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return append(b, make([]byte, 16)...)
	}
	for _, test := range []struct {
		name     string
		metadata []byte
		want     string
	}{
		{"short", []byte{0, 0}, "metadata: is too short"},
		{"root", words(0x10000001), "metadata: value 0x10000001 is not an object or array"},
		{"no length", words(0xe0000008, 0), "metadata: the table at offset 8 has no length"},
		{"long table", words(0xe0000008, 1<<20), "metadata: a value of 4194304 bytes at offset 8 is beyond the end at 28"},
		{"text", words(0xe0000008, 2, 0xe0000010, 2, 0x10000001), "metadata: value 0x10000001 is not text"},
		{"text beyond the end", words(0xe0000008, 2, 0xe0000010, 2, 0x80ffffff), "metadata: a value of 1 bytes at offset 16777215 is beyond the end at 40"},
		{"number", words(0xe0000008, 6, 0, 0, 0, 0, 0x80000008), "metadata: value 0x80000008 is not a number"},
		{"error value", words(0xe0000008, 2, 0xe0000010, 2, 0xf0000425), "metadata: value 0xf0000425 is not text"},
	} {
		if _, err := adb.ParsePackage(test.metadata); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	// In an index, a field that could not be encoded is named.
	index, err := adb.ParseIndex(words(0xe0000008, 3, 0, 0xd0000014, 2, 0xe000001c, 3, 0, 0xf0000425))
	if err != nil || len(index.Packages) != 1 || !cmp.Equal(index.Packages[0].Unreadable, []string{"version"}) {
		t.Errorf("got %+v, %v", index, err)
	}
}

// TestSharedValues: values may share their parts, so that a short file means a long one. There is a limit.
func TestSharedValues(t *testing.T) {
	const n = 3000 // n directories of n files in 24 KiB
	b := make([]byte, 8)
	word := func(w uint32) { b = binary.LittleEndian.AppendUint32(b, w) }
	table := func(v uint32) uint32 {
		at := uint32(len(b))
		word(n + 1)
		for range n {
			word(v)
		}
		return 0xd0000000 | at
	}
	files := table(0)
	dir := uint32(len(b)) | 0xe0000000
	word(4)
	word(0)
	word(0)
	word(files)
	dirs := table(dir)
	root := uint32(len(b)) | 0xe0000000
	word(3)
	word(0)
	word(dirs)
	binary.LittleEndian.PutUint32(b[4:], root)
	if _, err := adb.ParsePackage(b); err == nil || err.Error() != "metadata: expands to more than 268435456 bytes" {
		t.Errorf("got %v", err)
	}
}
