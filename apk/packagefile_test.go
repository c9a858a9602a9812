package apk

import (
	"archive/tar"
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/internal/apktar"
	"github.com/lamina-oci/lamina/apk/internal/members"
	"github.com/lamina-oci/lamina/apk/internal/pathtree"
)

// readPackage reads a package to its end and counts its entries.
func readPackage(r io.Reader, g Generation) (entries int, err error) {
	p := NewPackageReader(r, g)
	for {
		if _, err := p.Next(); err == io.EOF {
			return entries, nil
		} else if err != nil {
			return entries, err
		}
		entries++
	}
}

// realPackages calls f with each package of the corpus, opened.
func realPackages(t testing.TB, f func(name string, file []byte)) {
	t.Helper()
	for _, directory := range []string{"repo", "repo-old"} {
		paths, err := filepath.Glob(filepath.Join(corpusDirectory(t, "alpine-3.19", directory, "x86_64"), "*.apk"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no packages in %s: %v", directory, err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f(filepath.Base(path), b)
		}
	}
}

// TestRealPackages: each of Alpine's packages has the identity that the index
// says, and files with the checksums that the package says.
func TestRealPackages(t *testing.T) {
	identities := make(map[string]*Package)
	for _, directory := range []string{"repo", "repo-old"} {
		index, keys := realIndex(t, directory+"/x86_64")
		x, err := ReadIndexArchive(bytes.NewReader(index), keys, V3)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range x.Packages {
			identities[p.FileName()] = p
		}
	}
	packages, files, links := 0, 0, 0
	buf := make([]byte, 64<<10)
	realPackages(t, func(name string, file []byte) {
		packages++
		g := Generation(packages % 2)
		p := NewPackageReader(bytes.NewReader(file), g)
		c, err := p.Control()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		want := identities[name]
		if want == nil || c.Identity != want.Identity || identityRead(p) != want.Identity || c.ID()+".apk" != name {
			t.Errorf("%s: is %s with the identity %s", name, c.ID(), c.Identity)
		}
		if diff := cmp.Diff(fields(want), fields(&c.Package)); want != nil && diff != "" {
			t.Errorf("%s: index against package:\n%s", name, diff)
		}
		if len(c.signatures) != 1 && !strings.HasPrefix(name, "nginx") || c.DataHash == "" {
			t.Errorf("%s: %d signatures, data hash %q", name, len(c.signatures), c.DataHash)
		}
		sums := make(map[string]bool)
		for {
			e, err := p.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			h := sha1.New()
			n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{p}, buf)
			if err != nil || n != e.Size {
				t.Errorf("%s: %s: %d of %d bytes, %v", name, e.Name, n, e.Size, err)
			}
			switch e.Type {
			case tar.TypeReg:
				files++
			case tar.TypeSymlink:
				links++
				io.WriteString(h, e.Target)
			case tar.TypeLink:
				if !sums[e.Target] {
					t.Errorf("%s: %s links to %s", name, e.Name, e.Target)
				}
				continue
			default:
				continue
			}
			sums[e.Name] = true
			if sum := SHA1Checksum([sha1.Size]byte(h.Sum(nil))); sum != e.Checksum {
				t.Errorf("%s: %s has the checksum %s, want %s", name, e.Name, sum, e.Checksum)
			}
		}
	})
	t.Logf("%d packages, %d files, %d symbolic links", packages, files, links)
	if packages < 195 || files < 3000 {
		t.Error("too few files to compare")
	}
}

// fields is what index and package have to agree on.
func fields(p *Package) []string {
	if p == nil {
		return nil
	}
	out := []string{p.Name, p.Version, p.Description, p.URL, p.License, p.Origin, p.Commit,
		fmt.Sprint(p.InstalledSize, p.BuildTime, p.ProviderPriority)}
	for _, list := range [][]Dependency{p.Depends, p.Provides, p.InstallIf} {
		for _, d := range list {
			out = append(out, d.String())
		}
		out = append(out, "")
	}
	return out
}

// TestDamagedPackages cuts and alters a real package everywhere.
func TestDamagedPackages(t *testing.T) {
	path := corpusDirectory(t, "alpine-3.19", "repo", "x86_64", "busybox-1.36.1-r15.apk")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signature, control := segmentSizes(t, file)
	at := func(segment string) map[string]int {
		return map[string]map[string]int{
			"signature": {"beginning": 0, "middle": signature / 2, "trailer": signature - 5},
			"control":   {"beginning": signature, "middle": signature + control/2, "trailer": signature + control - 5},
			"data": {"beginning": signature + control, "early": signature + control + 1000,
				"middle": (signature + control + len(file)) / 2, "trailer": len(file) - 5, "length": len(file) - 1},
		}[segment]
	}
	for _, g := range []Generation{V2, V3} {
		if _, err := readPackage(bytes.NewReader(file), g); err != nil {
			t.Fatal(err)
		}
		for _, segment := range []string{"signature", "control", "data"} {
			for place, i := range at(segment) {
				altered := bytes.Clone(file)
				altered[i] ^= 0x10
				_, err := readPackage(bytes.NewReader(altered), g)
				// A member that begins wrongly cannot be told from the one that should be there.
				if err == nil || !strings.HasPrefix(err.Error(), segment) && place != "beginning" {
					t.Errorf("%s: altered %s of %s: got %v", g, place, segment, err)
				}
				_, err = readPackage(bytes.NewReader(file[:i]), g)
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s: cut at %s of %s: got %v", g, place, segment, err)
				}
			}
		}
		for i := range 8 {
			if _, err := readPackage(bytes.NewReader(file[:len(file)*i/8]), g); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: cut at %d eighths: got %v", g, i, err)
			}
		}
		for _, tail := range []string{"x", "garbage", strings.Repeat("\x00", 512), string(file[:signature]), string(file[signature:])} {
			_, err := readPackage(strings.NewReader(string(file)+tail), g)
			if err == nil || !strings.HasPrefix(err.Error(), "data segment: ") {
				t.Errorf("%s: %d bytes behind the end: got %v", g, len(tail), err)
			}
		}
	}
}

// segmentSizes are those of signature and control segment in compressed bytes.
func segmentSizes(t testing.TB, file []byte) (signature, control int) {
	t.Helper()
	m := members.NewReader(bytes.NewReader(file))
	var counted [2]counter
	for i := range counted {
		if err := m.Next(&counted[i]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, m); err != nil {
			t.Fatal(err)
		}
	}
	return counted[0].n, counted[1].n
}

// counter is a hash that only counts.
type counter struct{ n int }

func (c *counter) Write(b []byte) (int, error) { c.n += len(b); return len(b), nil }
func (c *counter) Sum(b []byte) []byte         { return b }
func (c *counter) Reset()                      { c.n = 0 }
func (c *counter) Size() int                   { return 0 }
func (c *counter) BlockSize() int              { return 1 }

func TestPackageErrors(t *testing.T) {
	signed := func(t testing.TB, signatures ...block) func(*built) {
		return func(b *built) { b.signature = gzipOf(t, tarOf(signatures)) }
	}
	many := make([]block, maxSignatures+1)
	for i := range many {
		many[i] = block{name: ".SIGN.RSA.key", body: "x"}
	}
	huge := make([]byte, maxControl)
	for _, c := range []struct {
		name  string
		p     builder
		adapt func(*built)
		want  string // exactly, in both generations
		want2 string // of apk 2, if it is another
	}{
		{name: "nothing", adapt: func(b *built) { *b = built{} }, want: "control segment: unexpected EOF"},
		{name: "signature only", adapt: func(b *built) { signed(t, many[0])(b); b.control, b.data = nil, nil }, want: "control segment: unexpected EOF"},
		{name: "signature in the control segment", p: with(builder{}), want: "signature: signature and control segment share a gzip member",
			adapt: func(b *built) { b.control = gzipOf(t, append(tarOf(many[:1]), inflated(t, b.control)...)) }},
		{name: "too many signatures", p: with(builder{}), adapt: signed(t, many...), want: "signature: more than 64 signatures"},
		{name: "too many signature segments", p: with(builder{}), want: "signature: more than 64 signatures",
			adapt: func(b *built) { b.signature = bytes.Repeat(gzipOf(t, tarOf(many[:1])), maxSignatures+1) }},
		{name: "end of the archive behind the signature", p: with(builder{}), want: "signature: has the end of the archive before the data segment",
			adapt: func(b *built) { b.signature = gzipOf(t, append(tarOf(many[:1]), tarEnd...)) }},
		{name: "no .PKGINFO", p: with(builder{noInfo: true, control: blocks(block{name: ".post-install"})}),
			want: "control segment: .PKGINFO with pkgname and pkgver is missing"},
		{name: "empty control segment", p: with(builder{noInfo: true}), want: "control segment: unexpected EOF"},
		{name: "no name", p: with(builder{info: []string{"pkgname = "}}), want: "control segment: .PKGINFO with pkgname and pkgver is missing"},
		{name: "path as name", p: with(builder{info: []string{"pkgname = ../x"}}),
			want: `control segment: package "../x": "../x" cannot be part of a file name`},
		{name: "large control segment", p: with(builder{control: blocks(block{name: ".other", body: string(huge)})}),
			want: "control segment: is larger than 16777216 bytes"},
		{name: "large script", p: with(builder{control: blocks(block{name: ".post-install", body: string(huge[:maxScript+1])})}),
			want: "control segment: .post-install: script of 262145 bytes: apk 3 accepts at most 262144", want2: "-"},
		{name: "wrong data hash", p: with(builder{info: []string{}}), adapt: func(b *built) { b.data = gzipOf(t, tarOf(with(builder{}).entries)) },
			want: fmt.Sprintf("data segment: has the SHA-256 %x, but .PKGINFO says %x: it was altered",
				sha256.Sum256(gzipOf(t, tarOf(with(builder{}).entries))), sha256.Sum256(with(builder{}).segments(t).data))},
		{name: "two data segments", p: with(builder{members: 2}), want: "data segment: unexpected EOF", want2: "-"},
		{name: "two data segments, cut between blocks", p: with(builder{}), want: "data segment: there is data after its end",
			want2: "data segment: there is data after its end: gzip header: unexpected EOF",
			adapt: func(b *built) { b.data = append(b.data, b.data[:4]...) }},
		{name: "long name", p: odd(usr, pax("path=usr/"+strings.Repeat("n", pathtree.MaxPath)), block{name: "n", body: "a"}),
			want: fmt.Sprintf("data segment: entry %.200q: the name is longer than 4095 bytes", "usr/"+strings.Repeat("n", 200))},
		{name: "long target", p: odd(usr, pax("linkpath="+strings.Repeat("n", pathtree.MaxPath+1), sum("n").record()), block{name: "usr/l", typeflag: '2'}),
			want: `data segment: entry "usr/l": is a link to a path of more than 4095 bytes`},
		{name: "large pax header", p: odd(usr, block{name: "p", typeflag: 'x', body: string(huge[:apktar.MaxExtension+1])}),
			want: "data segment: extended header of 1048577 bytes: at most 1048576 bytes are accepted"},
		{name: "pax header at the end", p: builder{data: tarOf(blocks(usr, sum("a")))}, want: "data segment: unexpected EOF"},
		{name: "entry cut off", p: builder{data: tarOf(blocks(usr, file("usr/a", "a")))[:4*512+100]}, want: "data segment: unexpected EOF"},
		{name: "size that is not there", p: odd(usr, sum(""), edited("usr/a", "", 124, "77777777777\x00")), want: "data segment: unexpected EOF"},
	} {
		parts := c.p.segments(t)
		if c.adapt != nil {
			c.adapt(&parts)
		}
		for _, g := range []Generation{V2, V3} {
			want := c.want
			if g == V2 && c.want2 != "" {
				want = strings.TrimPrefix(c.want2, "-")
			}
			_, err := readPackage(bytes.NewReader(parts.file()), g)
			if (err == nil) != (want == "") || err != nil && err.Error() != want {
				t.Errorf("%s: %s: got %v\nwant %s", c.name, g, err, want)
			}
		}
	}
}

// TestPackageInputFails: an error of the input is returned, wherever it occurs.
func TestPackageInputFails(t *testing.T) {
	failure := errors.New("cable cut")
	file := with(builder{}).file(t)
	for _, g := range []Generation{V2, V3} {
		for n := 0; n <= len(file); n++ {
			r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(failure))
			if _, err := readPackage(r, g); !errors.Is(err, failure) {
				t.Fatalf("%s: behind %d of %d bytes: got %v", g, n, len(file), err)
			}
		}
	}
}

func TestPackageIdentity(t *testing.T) {
	for _, c := range []struct {
		name           string
		p              builder
		before, behind func(built) []byte
	}{
		{"data hash", with(builder{}), func(b built) []byte { return b.control }, func(b built) []byte { return b.control }},
		{"no data hash", with(builder{noHash: true}), nil, func(b built) []byte { return append(b.control, b.data...) }},
		{"no data hash, several members", with(builder{noHash: true, members: 3}), nil, func(b built) []byte { return append(b.control, b.data...) }},
	} {
		parts := c.p.segments(t)
		parts.signature = gzipOf(t, tarOf(blocks(block{name: ".SIGN.RSA.key", body: "x"})))
		r := NewPackageReader(bytes.NewReader(parts.file()), V2)
		if !identityRead(r).IsZero() {
			t.Errorf("%s: identified without its bytes", c.name)
		}
		control, err := r.Control()
		if err != nil {
			t.Fatal(err)
		}
		var want Checksum
		if c.before != nil {
			want = SHA1Checksum(sha1.Sum(c.before(parts)))
		}
		if control.Identity != want || identityRead(r) != want {
			t.Errorf("%s: %s before the data, want %s", c.name, identityRead(r), want)
		}
		for err == nil {
			_, err = r.Next()
		}
		if want = SHA1Checksum(sha1.Sum(c.behind(parts))); err != io.EOF || identityRead(r) != want {
			t.Errorf("%s: %s behind the data, %v, want %s", c.name, identityRead(r), err, want)
		}
	}
}

// TestPackageReading reads control segment and entries in all detail.
func TestPackageReading(t *testing.T) {
	p := with(builder{
		info: []string{"depend = so:a b>1", "depend = !c", "provides = d=2", "install_if = e", "triggers = /old", "triggers = /usr/bin /usr/x*",
			"provider_priority = 7", "commit = abc", "packager = nobody = here"},
		control: blocks(block{name: ".trigger", body: "t"}, block{name: ".pre-install", body: "one"}, block{name: ".pre-install", body: "two"}),
	})
	p.entries = append(p.entries,
		blocks(sum("/a/b"), block{name: "usr/l", typeflag: '2', link: "/a/b", mode: 0o777},
			block{name: "usr/null", typeflag: '4', uid: 3, gid: 5, user: "who", edit: func(h []byte) { copy(h[329:], "0000001\x000000021") }},
			pax("SCHILY.xattr.user.b=2", "SCHILY.xattr.user.a=\x00\n=", sum("content").record()), block{name: "usr/x", mode: 0o4755, body: "content"})...)
	parts := p.segments(t)
	parts.signature = gzipOf(t,
		tarOf(blocks(block{name: ".SIGN.RSA256.a.rsa.pub", body: "sig"}, block{name: ".SIGN.DSA.large", body: strings.Repeat("x", maxSignature+1)})))
	r := NewPackageReader(bytes.NewReader(parts.file()), V3)
	c, err := r.Control()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Script{{PreInstall, []byte("two")}, {Trigger, []byte("t")}}, c.Scripts); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]storedSignature{{"RSA256", "a.rsa.pub", []byte("sig")}}, c.signatures); diff != "" {
		t.Errorf("signatures (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/usr/bin", "/usr/x*"}, c.Triggers); diff != "" {
		t.Errorf("triggers (-want +got):\n%s", diff)
	}
	want := []string{"odd", "1-r0", "", "", "", "", "abc", fmt.Sprint(1000, builtAt, 7), "so:a", "b>1", "!c", "", "d=2", "", "e", ""}
	if diff := cmp.Diff(want, fields(&c.Package)); diff != "" || c.Arch != "x86_64" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	root := Entry{Type: tar.TypeReg, User: "root", Group: "root", ModTime: builtAt}
	for _, want := range []struct {
		edit    func(*Entry)
		content string
	}{
		{func(e *Entry) { e.Name, e.Type, e.Mode = "usr", tar.TypeDir, 0o755 }, ""},
		{func(e *Entry) {
			e.Name, e.Mode, e.Size, e.Checksum = "usr/a", 0o644, 1, SHA1Checksum(sha1.Sum([]byte("a")))
		}, "a"},
		{func(e *Entry) {
			e.Name, e.Type, e.Target, e.Mode, e.Checksum = "usr/l", tar.TypeSymlink, "/a/b", 0o777, SHA1Checksum(sha1.Sum([]byte("/a/b")))
		}, ""},
		{func(e *Entry) {
			e.Name, e.Type, e.Mode, e.UID, e.GID, e.User, e.Group, e.DevMajor, e.DevMinor = "usr/null", tar.TypeBlock, 0o644, 3, 5, "who", "who", 1, 17
		}, ""},
		{func(e *Entry) {
			e.Name, e.Mode, e.Size, e.Checksum = "usr/x", 0o4755, 7, SHA1Checksum(sha1.Sum([]byte("content")))
			e.Xattrs = []Xattr{{Name: "user.b", Value: "2"}, {Name: "user.a", Value: "\x00\n="}}
		}, "content"},
	} {
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		e := root
		want.edit(&e)
		if diff := cmp.Diff(e, *got, cmp.AllowUnexported(Checksum{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name, diff)
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != want.content {
			t.Errorf("%s: content %q, %v", e.Name, b, err)
		}
	}
	for range 2 {
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read at the end: %d, %v", n, err)
	}
}

// TestPackageMemory: the inflated content of a package does not stay in memory.
func TestPackageMemory(t *testing.T) {
	entry := file("usr/big", string(make([]byte, 32<<20)))
	p := odd(usr, entry, file("usr/end", "end")).file(t)
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n, err := readPackage(bytes.NewReader(p), V3); err != nil || n != 3 {
				b.Fatal(n, err)
			}
		}
	})
	if got := result.AllocedBytesPerOp(); got > 1<<20 {
		t.Errorf("%d bytes allocated for a file of 32 MiB", got)
	}
}

func TestXattrDigest(t *testing.T) {
	if !XattrDigest(nil).IsZero() {
		t.Error("a digest before any byte was read")
	}
	// As apk 2.14 computed them: see the packages with attributes above.
	for want, xattrs := range map[string][]Xattr{
		"Q1xTNrEJQjsxfVlJgKlOdPZWXT7CQ=": {{Name: "user.a", Value: "1"}},
		"Q1uG3OCPO2JMRHKBStiEvty2QKxJc=": {{Name: "user.a", Value: ""}},
		"Q1aTYJRBJWJOTDg/22Hd7RxWRcpWw=": {{Name: "user.b", Value: "2"}, {Name: "user.a", Value: "1"}},
	} {
		if got := XattrDigest(xattrs); got.String() != want {
			t.Errorf("%v: %s, want %s", xattrs, got, want)
		}
	}
}

func FuzzPackage(f *testing.F) {
	for _, c := range oddPackages {
		parts := c.p.segments(f)
		if c.adapt != nil {
			c.adapt(f, &parts)
		}
		f.Add(inflated(f, parts.control), c.p.noHash)
		if len(parts.data) > 0 && c.p.members < 2 && c.err == "" {
			f.Add(inflated(f, parts.data), true)
		}
	}
	base := with(builder{}).segments(f)
	f.Fuzz(func(t *testing.T, archive []byte, data bool) {
		parts := base
		if data {
			parts = builder{noHash: true, data: append([]byte{}, archive...)}.segments(t)
		} else {
			parts.control = gzipOf(t, archive)
		}
		for _, g := range []Generation{V2, V3} {
			p := NewPackageReader(bytes.NewReader(parts.file()), g)
			seen := make(map[string]bool)
			for {
				e, err := p.Next()
				if err != nil {
					break
				}
				if e.Type != tar.TypeDir && seen[e.Name] || strings.HasPrefix(e.Name, "/") || strings.Contains("/"+e.Name+"/", "/../") || e.Name == "" {
					t.Fatalf("%s: took %+v", g, e)
				}
				seen[e.Name] = true
				if n, err := io.Copy(io.Discard, p); err == nil && n != e.Size {
					t.Fatalf("%s: %d bytes of %+v", g, n, e)
				}
			}
		}
	})
}

// FuzzPackageFile is for the framing of whole files.
func FuzzPackageFile(f *testing.F) {
	f.Add(with(builder{}).file(f))
	f.Add(with(builder{members: 2}).file(f))
	f.Add(with(builder{noHash: true}).file(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, g := range []Generation{V2, V3} {
			_, err := readPackage(bytes.NewReader(file), g)
			_, slow := readPackage(iotest.OneByteReader(bytes.NewReader(file)), g)
			if fmt.Sprint(err) != fmt.Sprint(slow) {
				t.Errorf("%s: %v, byte by byte %v", g, err, slow)
			}
		}
	})
}

func BenchmarkReadPackage(b *testing.B) {
	for _, name := range []string{"busybox-1.36.1-r15.apk", "tzdata-2023d-r0.apk", "linux-headers-6.5-r0.apk"} {
		b.Run(name, func(b *testing.B) {
			file, err := os.ReadFile(corpusDirectory(b, "alpine-3.19", "repo", "x86_64", name))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			entries := 0
			for b.Loop() {
				if entries, err = readPackage(bytes.NewReader(file), V3); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(entries), "entries")
		})
	}
}

// identityRead returns the identity of what was read of a package: that of its control segment, or, for one without a data hash, that of
// the whole file behind the signatures. It is zero before that.
func identityRead(p *PackageReader) Checksum {
	switch {
	case p.control == nil:
		return Checksum{}
	case p.control.DataHash == "" && p.err == io.EOF:
		return SHA1Checksum([sha1.Size]byte(p.identity.Sum(nil)))
	}
	return p.control.Identity
}
