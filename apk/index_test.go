package apk

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

func TestReadIndexErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no colon", shortIndexRecord + "\nP=a\n", `line 5: want "X:value", found "P=a"`},
		{"short line", "P\n", `line 1: want "X:value", found "P"`},
		{"no identity", "P:a\nV:1\n\n", "line 3: the record that ends here is missing a C:, P: or V: line"},
		{"no version", "C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\nP:a\n\n", "line 3: the record that ends here is missing a C:, P: or V: line"},
		{"bad identity", "C:Q1xx\n", `line 1: C: checksum "Q1xx": has 2 characters, want 28`},
		{"invalid number", "S:12a\n", `line 1: S: number "12a": invalid syntax`},
		{"negative number", "S:-1\n", `line 1: S: number "-1": invalid syntax`},
		{"large number", "I:18446744073709551616\n", `line 1: I: number "18446744073709551616": value out of range`},
		{"large priority", "k:65536\n", `line 1: k: number "65536": value out of range`},
		{"large time", "t:9223372036854775808\n", `line 1: t: number "9223372036854775808": value out of range`},
		{"path in name", "C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\nP:../a\nV:1\n\n", `line 4: package "../a": "../a" cannot be part of a file name`},
		{"path in version", "C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\nP:a\nV:1/..\n\n", `line 4: package "a": "1/.." cannot be part of a file name`},
		{"path in arch", shortIndexRecord + "A:..\n\n", `line 5: package "a": ".." cannot be part of a file name`},
	} {
		for _, g := range []Generation{V2, V3} {
			if _, err := ReadIndex(strings.NewReader(c.text), g); err == nil || err.Error() != c.want {
				t.Errorf("%s: %s: got %v, want %s", c.name, g, err, c.want)
			}
		}
	}
	failure := errors.New("cable cut")
	if _, err := ReadIndex(iotest.ErrReader(failure), V3); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

// TestReadIndexEnds: the end of the file ends a record, but only after a whole line.
func TestReadIndexEnds(t *testing.T) {
	for text, want := range map[string]int{
		"":                                   0,
		"\n\n":                               0,
		shortIndexRecord + "\n":              1,
		shortIndexRecord:                     1,
		shortIndexRecord + "T:cut off":       0,
		shortIndexRecord + "\n" + "P:b\nV:1": 1,
		shortIndexRecord + "\n\n\n" + shortIndexRecord: 2,
	} {
		index, err := ReadIndex(strings.NewReader(text), V3)
		if err != nil || len(index.Packages) != want {
			t.Errorf("%q: got %v, %v, want %d packages", text, index, err, want)
		}
	}
}

// allocated returns how many bytes were allocated so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestReadIndexBounds(t *testing.T) {
	lines := shortIndexRecord + "T:" + strings.Repeat("x", maxLine-2) + "\nS:" + strings.Repeat("0", maxLine-3) + "1\n\n"
	if p := readOnePackage(t, lines, V3); p.Size != 1 || len(p.Description) != maxLine-2 {
		t.Errorf("long lines: %d, %d", p.Size, len(p.Description))
	}
	line := "p:" + strings.Repeat("x ", maxLine/2-1) + "\n"
	if p := readOnePackage(t, shortIndexRecord+line+"\n", V3); len(p.Provides) != maxLine/2-1 {
		t.Errorf("%d provides", len(p.Provides))
	}
	var full strings.Builder // as many dependencies as a file may have
	for range maxItems / (maxLine/2 - 1) {
		full.WriteString(shortIndexRecord + line + "\n")
	}
	for _, test := range []struct{ name, text, want string }{
		{"a line", shortIndexRecord + "D:" + strings.Repeat("x ", 3<<20) + "\n\n", "line 4: 6291458 bytes, more than the limit of 131071"},
		{"a line that apk 2.14.4 has no room for", shortIndexRecord + "T:" + strings.Repeat("x", 131_070) + "\n\n", "line 4: 131072 bytes, more than the limit of 131071"},
		{"a package", shortIndexRecord + line + line + "\n", "line 5: p: more than 65536 dependencies of one package"},
		{"a file", full.String() + shortIndexRecord + line + "\n", "line 324: p: more than 4194304 dependencies in total"},
	} {
		before := allocated()
		_, err := ReadIndex(strings.NewReader(test.text), V2)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		// The text is there twice while it is read.
		if took, most := allocated()-before, uint64(4*len(test.text)+64*maxItems); test.name == "a file" && took > most {
			t.Errorf("%s: %d bytes allocated, want at most %d", test.name, took, most)
		} else if most := uint64(10*len(test.text) + 20<<20); test.name != "a file" && took > most {
			t.Errorf("%s: %d bytes allocated, want at most %d", test.name, took, most)
		}
	}
	_, err := ReadIndex(strings.NewReader(shortIndexRecord+strings.Repeat("D:x=1_foo\n", 1000)+"\n"), V3)
	if err != nil {
		t.Error(err)
	}
}

// testKey is generated each time: what is tested does not depend on the key.
func testKey(t testing.TB) (*rsa.PrivateKey, []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key, publicPEM(t, &key.PublicKey)
}

type tarFile struct{ name, content string }

// gzipTar is one gzip member with a tar without its end.
func gzipTar(t testing.TB, end bool, files ...tarFile) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, f := range files {
		if err := tw.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(tw, f.content)
	}
	finish := tw.Flush
	if end {
		finish = tw.Close
	}
	if err := errors.Join(finish(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadIndexArchive(t *testing.T) {
	key, public := testKey(t)
	stranger, strangerPublic := testKey(t)
	keys, both := new(KeyRing), new(KeyRing)
	for _, add := range []error{keys.Add("good.rsa.pub", public), both.Add("good.rsa.pub", public), both.Add("other.rsa.pub", strangerPublic)} {
		if add != nil {
			t.Fatal(add)
		}
	}
	content := gzipTar(t, true, tarFile{"DESCRIPTION", "v3.19\n"}, tarFile{"APKINDEX", indexRecord})
	sign := func(key *rsa.PrivateKey, name, algorithm string, content []byte) []byte {
		s, err := Sign(key, name, algorithm, content)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	good := sign(key, "good.rsa.pub", "RSA", content)
	unknown := sign(stranger, "other.rsa.pub", "RSA", content)
	noIndex := gzipTar(t, true, tarFile{"DESCRIPTION", "v3.19"})
	long := gzipTar(t, true, tarFile{"DESCRIPTION", strings.Repeat("x", 161)}, tarFile{"APKINDEX", indexRecord})

	for _, c := range []struct {
		name        string
		data        []byte
		keys        *KeyRing
		want        string // the error
		description string
	}{
		{name: "RSA", data: join(good, content), description: "v3.19"},
		{name: "RSA256", data: join(sign(key, "good.rsa.pub", "RSA256", content), content), description: "v3.19"},
		{name: "RSA512", data: join(sign(key, "good.rsa.pub", "RSA512", content), content), description: "v3.19"},
		{name: "second signature is the trusted one", data: join(unknown, good, content), description: "v3.19"},
		{name: "later signatures do not count", data: join(good, sign(stranger, "good.rsa.pub", "RSA", content), content), description: "v3.19"},
		{name: "first trusted signature counts", data: join(sign(stranger, "good.rsa.pub", "RSA", content), good, content),
			want: "bad signature: it does not match the trusted key good.rsa.pub: it was made with another key of that name, or is damaged"},
		{name: "signature above 64 KiB", data: join(gzipTar(t, false, tarFile{".SIGN.RSA.good.rsa.pub", strings.Repeat("x", 64<<10+1)}), good, content),
			description: "v3.19"},
		{name: "long description", data: join(sign(key, "good.rsa.pub", "RSA", long), long)},
		{name: "unsigned", data: content, want: "not signed; trusted keys: good.rsa.pub"},
		{name: "unsigned, several keys", data: content, keys: both, want: "not signed; trusted keys: good.rsa.pub, other.rsa.pub"},
		{name: "no key", data: join(good, content), keys: new(KeyRing), want: "signed by good.rsa.pub, which is not trusted; no keys are trusted"},
		{name: "no key, not signed", data: content, keys: new(KeyRing), want: "not signed; no keys are trusted"},
		{name: "unknown key", data: join(unknown, content), want: "signed by other.rsa.pub, which is not trusted; trusted keys: good.rsa.pub"},
		{name: "wrong key", data: join(sign(stranger, "good.rsa.pub", "RSA", content), content),
			want: "bad signature: it does not match the trusted key good.rsa.pub: it was made with another key of that name, or is damaged"},
		{name: "junk for a signature", data: join(gzipTar(t, false, tarFile{".SIGN.RSA.good.rsa.pub", strings.Repeat("x", 256)}), content),
			want: "bad signature: it does not match the trusted key good.rsa.pub: it was made with another key of that name, or is damaged"},
		{name: "truncated", data: join(good, content[:len(content)-9]),
			want: "bad signature: the content was changed or truncated after good.rsa.pub signed it"},
		{name: "other content", data: join(good, long), want: "bad signature: the content was changed or truncated after good.rsa.pub signed it"},
		{name: "unknown algorithm", data: join(gzipTar(t, false, tarFile{".SIGN.DSA.good.rsa.pub", "x"}), content),
			want: `signed by good.rsa.pub with the unsupported algorithm "DSA"`},
		{name: "signature in the content's member", data: gzipTar(t, true, tarFile{".SIGN.RSA.good.rsa.pub", "x"}, tarFile{"APKINDEX", indexRecord}),
			want: "index archive: signature and content share a gzip member"},
		{name: "no index", data: join(sign(key, "good.rsa.pub", "RSA", noIndex), noIndex), want: "index archive: has no entry APKINDEX"},
		{name: "garbage behind", data: join(sign(key, "good.rsa.pub", "RSA", join(content, []byte("x"))), content, []byte("x")),
			want: "index archive: more data after the end of the index"},
		{name: "zeros behind", data: join(good, content, make([]byte, 512)),
			want: "bad signature: the content was changed or truncated after good.rsa.pub signed it"},
		{name: "second member", data: join(sign(key, "good.rsa.pub", "RSA", join(content, content)), content, content),
			want: "index archive: more data after the end of the index"},
		{name: "empty", want: "index archive: unexpected EOF"},
		{name: "signature only", data: good, want: "index archive: unexpected EOF"},
		{name: "no gzip", data: []byte("C:Q1YCZ4e/kV0Uaynh14//zvTTyN7x8=\n"), want: "index archive: gzip header: gzip: invalid header"},
		{name: "many signatures", data: join(bytes.Repeat(unknown, maxSignatures+1), content), want: "index archive: more than 64 signatures"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.keys == nil {
				c.keys = keys
			}
			index, err := ReadIndexArchive(bytes.NewReader(c.data), c.keys, V3)
			if c.want != "" {
				if err == nil || err.Error() != c.want || index != nil {
					t.Errorf("got %v, %v, want %s", index, err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(index.Packages) != 1 || index.Packages[0].Name != "7zip" || index.Description != c.description {
				t.Errorf("got %q, %v", index.Description, index.Packages)
			}
		})
	}

	t.Run("type of error", func(t *testing.T) {
		for _, c := range []struct {
			data []byte
			want UntrustedError
		}{
			{content, UntrustedError{Trusted: []string{"good.rsa.pub"}}},
			{join(unknown, content), UntrustedError{Trusted: []string{"good.rsa.pub"}, SignedBy: []string{"other.rsa.pub"}}},
			{join(good, long), UntrustedError{Trusted: []string{"good.rsa.pub"}, SignedBy: []string{"good.rsa.pub"}, Bad: true}},
		} {
			_, err := ReadIndexArchive(bytes.NewReader(c.data), keys, V3)
			var got *UntrustedError
			if !errors.As(err, &got) {
				t.Errorf("%v is no UntrustedError", err)
			} else if diff := cmp.Diff(c.want, *got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		}
	})
	t.Run("every byte", func(t *testing.T) {
		data := join(good, content)
		for i := range data {
			altered := bytes.Clone(data)
			altered[i] ^= 1
			index, err := ReadIndexArchive(bytes.NewReader(altered), keys, V3)
			// The gzip header and the tar header of the signature are not signed.
			if err == nil && i >= len(good) || err != nil && index != nil {
				t.Errorf("byte %d of %d altered: %v", i, len(data), err)
			}
		}
	})
	t.Run("every length", func(t *testing.T) {
		data := join(good, content)
		for i := range data {
			if index, err := ReadIndexArchive(bytes.NewReader(data[:i]), keys, V3); err == nil || index != nil {
				t.Errorf("%d of %d bytes are taken for an index", i, len(data))
			}
		}
	})
	t.Run("broken connection", func(t *testing.T) {
		failure := errors.New("cable cut")
		data := join(good, content)
		for _, n := range []int{0, 10, len(good), len(good) + 10, len(data)} {
			r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(failure))
			if _, err := ReadIndexArchive(r, keys, V3); !errors.Is(err, failure) {
				t.Errorf("after %d bytes: %v", n, err)
			}
		}
	})
	t.Run("byte by byte", func(t *testing.T) {
		if _, err := ReadIndexArchive(iotest.OneByteReader(bytes.NewReader(join(good, content))), keys, V3); err != nil {
			t.Error(err)
		}
	})
}

// realIndexes are those of Alpine 3.19, and the corpus' own.
var realIndexes = []struct {
	path     string
	packages int
}{
	{"index/main/x86_64", 5443},
	{"index/community/x86_64", 17587},
	{"repo/x86_64", 197},
}

// realIndex returns the bytes of an index and the keys of its root.
func realIndex(t testing.TB, path string) ([]byte, *KeyRing) {
	t.Helper()
	dir := corpusDirectory(t, "alpine-3.19")
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path), "APKINDEX.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "keys", "*.pub"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no keys: %v", err)
	}
	keys := new(KeyRing)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			err = keys.Add(filepath.Base(f), text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return data, keys
}

// indexText is the entry APKINDEX, found by other means than the package's own.
func indexText(t *testing.T, data []byte) string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "APKINDEX" {
			text, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}

// TestRealIndexes reads Alpine's indexes and writes them again: the same lines
// in every record.
func TestRealIndexes(t *testing.T) {
	for _, real := range realIndexes {
		t.Run(real.path, func(t *testing.T) {
			data, keys := realIndex(t, real.path)
			want := indexText(t, data)
			for _, g := range []Generation{V2, V3} {
				index, err := ReadIndexArchive(bytes.NewReader(data), keys, g)
				if err != nil {
					t.Fatal(err)
				}
				if len(index.Packages) != real.packages || index.Description == "" {
					t.Errorf("%s: %d packages, want %d; description %q", g, len(index.Packages), real.packages, index.Description)
				}
				var b strings.Builder
				if err := index.Write(&b, g); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(sortedRecords(want, g), sortedRecords(b.String(), g)); diff != "" {
					t.Errorf("%s: -read +written\n%.2000s", g, diff)
				}
			}
		})
	}
}

// sortedRecords brings the lines of every record into order. It leaves out
// install_if that have an error, which apk 3 does without.
func sortedRecords(text string, g Generation) []string {
	records := strings.Split(strings.TrimRight(text, "\n"), "\n\n")
	for i, r := range records {
		lines := strings.Split(r, "\n")
		slices.Sort(lines)
		lines = slices.DeleteFunc(lines, func(line string) bool {
			list, ok := strings.CutPrefix(line, "i:")
			if !ok || g == V2 {
				return false
			}
			items, _ := ParseDependencies(list, g)
			return slices.ContainsFunc(items, func(d Dependency) bool { return d.Broken })
		})
		records[i] = strings.Join(lines, "\n")
	}
	return records
}

func TestRealIndexDamaged(t *testing.T) {
	data, keys := realIndex(t, "index/main/x86_64")
	for n := 0; n < len(data); n += 4 << 10 {
		if index, err := ReadIndexArchive(bytes.NewReader(data[:n]), keys, V2); err == nil || index != nil {
			t.Errorf("cut off at %d of %d bytes: no error", n, len(data))
		}
	}
	for n := 2000; n < len(data); n += 20011 { // the signature's own member ends before
		altered := bytes.Clone(data)
		altered[n] ^= 0x10
		if index, err := ReadIndexArchive(bytes.NewReader(altered), keys, V2); err == nil || index != nil {
			t.Errorf("byte %d of %d altered: no error", n, len(data))
		}
	}
}

// TestSolverCaseIndexes reads the indexes of apk-tools' solver cases, which are made by hand.
func TestSolverCaseIndexes(t *testing.T) {
	for dir, g := range map[string]Generation{"solver-v2": V2, "solver-v3": V3} {
		files, err := filepath.Glob(filepath.Join(casesDirectory(t), dir, "*.repo"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no cases: %v", err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			index, err := ReadIndex(bytes.NewReader(text), g)
			if err != nil {
				t.Errorf("%s: %v", f, err)
				continue
			}
			if want := bytes.Count(append([]byte("\n"), text...), []byte("\nP:")); len(index.Packages) != want {
				t.Errorf("%s: %d packages, want %d", f, len(index.Packages), want)
			}
		}
	}
}

func FuzzIndex(f *testing.F) {
	for _, s := range []string{indexRecord, shortIndexRecord, shortIndexRecord + "D:a b=1_foo\n\n", shortIndexRecord + "i:a\nD:b\np:c\nz:\n\n",
		"X:\n", "A:\no:\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range []Generation{V2, V3} {
			index, err := ReadIndex(strings.NewReader(text), g)
			if err != nil {
				continue
			}
			var first, second strings.Builder
			if err := index.Write(&first, V3); err != nil {
				continue
			}
			again, err := ReadIndex(strings.NewReader(first.String()), g)
			if err != nil {
				t.Fatalf("%s: read again: %v\n%s", g, err, first.String())
			}
			if err := again.Write(&second, V3); err != nil {
				t.Fatal(err)
			}
			if len(again.Packages) != len(index.Packages) || first.String() != second.String() {
				t.Errorf("%s: written as\n%s\nand then as\n%s", g, first.String(), second.String())
			}
			for i, p := range index.Packages {
				q := again.Packages[i]
				if p.Identity != q.Identity || p.ID() != q.ID() || !slices.Equal(p.Depends, q.Depends) || !slices.Equal(p.Provides, q.Provides) ||
					!slices.Equal(p.InstallIf, q.InstallIf) {
					t.Errorf("%s: %+v is read again as %+v", g, p, q)
				}
			}
		}
	})
}

func FuzzIndexArchive(f *testing.F) {
	key, public := testKey(f)
	keys := new(KeyRing)
	if err := keys.Add("good.rsa.pub", public); err != nil {
		f.Fatal(err)
	}
	content := gzipTar(f, true, tarFile{"DESCRIPTION", "v3.19"}, tarFile{"APKINDEX", indexRecord})
	signature, err := Sign(key, "good.rsa.pub", "RSA", content)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Concat(signature, content))
	f.Add(content)
	f.Fuzz(func(t *testing.T, data []byte) {
		index, err := ReadIndexArchive(bytes.NewReader(data), keys, V3)
		if err != nil && index != nil || err == nil && !bytes.HasSuffix(data, content) {
			t.Errorf("got %v, %v", index, err)
		}
	})
}

func BenchmarkReadIndexArchive(b *testing.B) {
	for _, real := range realIndexes {
		b.Run(real.path, func(b *testing.B) {
			data, keys := realIndex(b, real.path)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := ReadIndexArchive(bytes.NewReader(data), keys, V3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
