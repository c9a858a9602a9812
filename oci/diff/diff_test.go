package diff_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/transport"
)

// blob is a layer as it is stored.
type blob struct {
	mediaType   string
	plain, data []byte
}

var noon = time.Unix(1700000000, 0)

// archive makes a tar.
func archive(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		content := h.Linkname
		switch h.Typeflag {
		case 0, tar.TypeReg:
			h.Typeflag, h.Linkname, h.Size = tar.TypeReg, "", int64(len(content))
		default:
			content = ""
		}
		if h.ModTime.IsZero() {
			h.ModTime = noon
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// file is a regular file: its content is where a link has its target.
func file(name, content string) tar.Header { return tar.Header{Name: name, Linkname: content} }

func compressed(t testing.TB, plain []byte, level int) blob {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(plain)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return blob{v1.MediaTypeImageLayerGzip, plain, out.Bytes()}
}

func layer(t testing.TB, headers ...tar.Header) blob {
	plain := archive(t, headers...)
	return blob{v1.MediaTypeImageLayer, plain, plain}
}

// image writes an image of layers on scratch, one upon the other.
func image(t testing.TB, dir, name string, o oci.ComposeOptions, layers ...blob) *oci.Base {
	t.Helper()
	ctx := context.Background()
	base, err := transport.OpenBase(ctx, oci.Reference{Transport: oci.TransportScratch}, oci.Platform{OS: "linux", Architecture: "amd64"}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ref := oci.Reference{Transport: oci.TransportLayout, Path: dir, Name: name}
	for _, l := range layers {
		d, err := transport.Create(ctx, ref, transport.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abort()
		w, err := d.NewBlob(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(l.data)
		desc, err := w.Commit(l.mediaType)
		if err != nil {
			t.Fatal(err)
		}
		o.Layer = oci.AddedLayer{Descriptor: desc, DiffID: digest.FromBytes(l.plain)}
		composed, err := base.Compose(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.WriteImage(ctx, base, composed); err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(ctx, composed.ManifestDescriptor); err != nil {
			t.Fatal(err)
		}
		if base, err = transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { base.Close() })
	return base
}

func compare(t *testing.T, a, b []blob) *diff.Report {
	t.Helper()
	dir := t.TempDir()
	r, err := diff.Compare(context.Background(), image(t, filepath.Join(dir, "a"), "x", oci.ComposeOptions{}, a...),
		image(t, filepath.Join(dir, "b"), "x", oci.ComposeOptions{}, b...), diff.Options{Text: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFiles has every way in which files differ.
func TestFiles(t *testing.T) {
	dir := func(name string, mode int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode}
	}
	below := layer(t, dir("etc", 0o755), file("etc/same", "same"), file("etc/gone", "gone"), file("etc/again", "again"), file("etc/whole", "1"))
	a := layer(t,
		file("content", "one"), file("size", "1"), tar.Header{Name: "mode", Mode: 0o644}, tar.Header{Name: "owner", Uid: 1},
		tar.Header{Name: "time"}, tar.Header{Name: "type"}, tar.Header{Typeflag: tar.TypeSymlink, Name: "target", Linkname: "a"},
		tar.Header{Typeflag: tar.TypeChar, Name: "device", Devmajor: 1, Devminor: 3},
		tar.Header{Name: "xattr", PAXRecords: map[string]string{"SCHILY.xattr.user.a": "1"}, Format: tar.FormatPAX},
		file("linked", "l"), tar.Header{Typeflag: tar.TypeLink, Name: "linked2", Linkname: "linked"},
		file("removed", "r"), dir("dir", 0o755),
	)
	b := layer(t,
		file("content", "two"), file("size", "22"), tar.Header{Name: "mode", Mode: 0o4755}, tar.Header{Name: "owner", Uid: 1, Gid: 2},
		tar.Header{Name: "time", ModTime: noon.Add(time.Second)}, dir("type", 0o644), tar.Header{Typeflag: tar.TypeSymlink, Name: "target", Linkname: "b"},
		tar.Header{Typeflag: tar.TypeChar, Name: "device", Devmajor: 1, Devminor: 5},
		tar.Header{Name: "xattr", PAXRecords: map[string]string{"SCHILY.xattr.user.b": "2"}, Format: tar.FormatPAX},
		file("linked", "l"), file("linked2", "l"),
		file("added", "a"), dir("dir", 0o755),
		// The base's file, once more as it was; one gone; one only in b's view.
		file("etc/again", "again"), tar.Header{Name: "etc/.wh.gone"},
	)
	r := compare(t, []blob{below, a}, []blob{below, b})
	got := make(map[string]string)
	for _, f := range r.Files {
		text := f.Change
		for _, field := range f.Fields {
			if field.Name == "content" {
				text += " content"
				continue
			}
			text += " " + field.Name + "(" + field.From + "," + field.To + ")"
		}
		got[f.Path] = text
	}
	want := map[string]string{
		"/content":  "changed content",
		"/size":     "changed size(1,2) content",
		"/mode":     "changed mode(0644,4755)",
		"/owner":    "changed owner(1:0,1:2)",
		"/time":     "changed time(2023-11-14T22:13:20Z,2023-11-14T22:13:21Z)",
		"/type":     "changed type(file,directory) size(0,)",
		"/target":   "changed target(a,b)",
		"/device":   "changed device(1:3,1:5)",
		"/xattr":    `changed attribute user.a("1",) attribute user.b(,"2")`,
		"/linked":   "changed links(linked,)",
		"/linked2":  "changed links(linked,)",
		"/removed":  "removed",
		"/added":    "added",
		"/etc/gone": "removed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, f := range r.Files {
		if f.Path == "/content" &&
			f.Text != "--- a/content\n+++ b/content\n@@ -1 +1 @@\n-one\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n" {
			t.Errorf("text of %s: %q", f.Path, f.Text)
		}
	}
	if len(r.Layers) != 1 || r.Layers[0].Position != 2 {
		t.Errorf("layers %v, want the second", r.Layers)
	}
}

// TestPackages are those of the installed databases, and files are those of packages.
func TestPackages(t *testing.T) {
	const record = "C:Q1%IDENTITY%\nP:%NAME%\nV:%VERSION%\nA:x86_64\nS:1\nI:1\nT:t\nU:u\nL:MIT\nF:usr/bin\nR:%NAME%\n\n"
	db := func(packages ...string) tar.Header {
		text := ""
		for _, p := range packages {
			name, version, _ := strings.Cut(p, " ")
			version, identity, _ := strings.Cut(version, " ")
			identity = strings.Repeat(identity+"A", 27)[:27] + "="
			text += strings.NewReplacer("%NAME%", name, "%VERSION%", version, "%IDENTITY%", identity).Replace(record)
		}
		return file("usr/lib/apk/db/installed", text)
	}
	merged := tar.Header{Typeflag: tar.TypeSymlink, Name: "lib", Linkname: "usr/lib"}
	a := layer(t, merged, db("gone 1-r0 A", "newer 1-r9 A", "older 2-r0 A", "other 1-r0 A", "same 1-r0 A"), file("usr/bin/newer", "1"),
		file("usr/bin/other", "1"))
	b := layer(t, merged, db("added 1-r0 A", "newer 1-r10 B", "older 1-r0 B", "other 1-r0 B", "same 1-r0 A"), file("usr/bin/newer", "2"),
		file("usr/bin/other", "1"))
	r := compare(t, []blob{a}, []blob{b})
	want := []diff.PackageChange{
		{Name: "added", Change: "added", To: "1-r0"},
		{Name: "gone", Change: "removed", From: "1-r0"},
		{Name: "newer", Change: "upgraded", From: "1-r9", To: "1-r10"},
		{Name: "older", Change: "downgraded", From: "2-r0", To: "1-r0"},
		{Name: "other", Change: "rebuilt", From: "1-r0", To: "1-r0"},
	}
	if diff := cmp.Diff(want, r.Packages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.Files) != 2 || r.Files[0].Path != "/usr/bin/newer" || r.Files[0].Package != "newer" || r.Files[1].Package != "" {
		t.Errorf("files %v", r.Files)
	}
}

// TestFirstByte pinpoints what a byte belongs to.
func TestFirstByte(t *testing.T) {
	plain := archive(t, file("a", strings.Repeat("a", 600)), file("b", "b"))
	at := func(offset int, value byte) []byte {
		b := bytes.Clone(plain)
		b[offset] = value
		return b
	}
	uncompressed := func(b []byte) blob { return blob{v1.MediaTypeImageLayer, b, b} }
	uname := archive(t, tar.Header{Name: "a", Linkname: strings.Repeat("a", 600), Uname: "root"}, file("b", "b"))
	sized := archive(t, file("a", strings.Repeat("a", 601)), file("b", "b"))
	short := archive(t, file("a", strings.Repeat("a", 600)))
	dated := compressed(t, plain, 6)
	dated.data[4] = 1
	for _, test := range []struct {
		name string
		a, b blob
		want diff.FirstByte
	}{
		{"content", uncompressed(plain), uncompressed(at(512+599, 'x')),
			diff.FirstByte{Layer: 1, Offset: 1111, What: "content of a, byte 599", Entry: "a"}},
		{"content of a later file", uncompressed(plain), uncompressed(at(512+1024+512, 'x')),
			diff.FirstByte{Layer: 1, Offset: 2048, What: "content of b, byte 0", Entry: "b"}},
		{"padding", uncompressed(plain), uncompressed(at(512+600, 'x')),
			diff.FirstByte{Layer: 1, Offset: 1112, What: "padding behind a", Entry: "a"}},
		{"owner's name", uncompressed(plain), uncompressed(uname), // somewhere in the checksum, which comes before it
			diff.FirstByte{Layer: 1, Offset: firstDifference(plain, uname), What: "header of a", Entry: "a",
				Fields: []diff.Field{{Name: "uname", From: "", To: "root"}}}},
		{"size", uncompressed(plain), uncompressed(sized),
			diff.FirstByte{Layer: 1, Offset: 134, What: "header of a", Entry: "a", Fields: []diff.Field{{Name: "size", From: "600", To: "601"}}}},
		{"one file less", uncompressed(plain), uncompressed(short),
			diff.FirstByte{Layer: 1, Offset: 1536, What: "only a continues, with b", Entry: "b"}},
		{"behind the end", uncompressed(plain), uncompressed(append(bytes.Clone(plain), 0)),
			diff.FirstByte{Layer: 1, Offset: int64(len(plain)), What: "end of the archive"}},
		{"time of gzip", compressed(t, plain, 6), dated,
			diff.FirstByte{Layer: 1, Offset: 4, Compressed: true, What: "header of gzip member 1: time"}},
		{"level of gzip", compressed(t, plain, 6), compressed(t, plain, 1),
			diff.FirstByte{Layer: 1, Offset: 8, Compressed: true, What: "header of gzip member 1: extra flags"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := compare(t, []blob{test.a}, []blob{test.b})
			if r.FirstByte == nil {
				t.Fatal("no first byte that differs")
			}
			if test.want.Compressed != r.Layers[0].SameTar {
				t.Errorf("the tar is the same: %v", r.Layers[0].SameTar)
			}
			if diff := cmp.Diff(test.want, *r.FirstByte); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func firstDifference(a, b []byte) int64 {
	i := 0
	for a[i] == b[i] {
		i++
	}
	return int64(i)
}

// TestDocuments: config, known or not, and annotations.
func TestDocuments(t *testing.T) {
	dir := t.TempDir()
	one := layer(t, file("f", "f"))
	a := image(t, dir, "a", oci.ComposeOptions{
		Config:      oci.ConfigChanges{Cmd: []string{"a"}, Env: map[string]string{"X": "1"}, User: "u"},
		Annotations: map[string]string{"k": "1", "gone": "<"}, CreatedBy: "one",
	}, one)
	b := image(t, dir, "b", oci.ComposeOptions{
		Config:      oci.ConfigChanges{Cmd: []string{"b", "c"}, Env: map[string]string{"X": "1"}, WorkingDir: "/w"},
		Annotations: map[string]string{"k": "2"}, CreatedBy: "two",
	}, one)
	r, err := diff.Compare(context.Background(), a, b, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []diff.ValueChange{
		{Path: "config.Cmd", From: `["a"]`, To: `["b","c"]`},
		{Path: "config.User", From: `"u"`},
		{Path: "config.WorkingDir", To: `"/w"`},
		{Path: "history[0].created_by", From: `"one"`, To: `"two"`},
	}
	if diff := cmp.Diff(want, r.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	want = []diff.ValueChange{{Path: "gone", From: `"<"`}, {Path: "k", From: `"1"`, To: `"2"`}}
	if diff := cmp.Diff(want, r.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if len(r.Layers)+len(r.Files) != 0 || r.FirstByte != nil || r.Equal() {
		t.Errorf("the layers are the same: %+v", r)
	}
	if same, err := diff.Compare(context.Background(), a, a, diff.Options{}); err != nil || !same.Identical || !same.Equal() {
		t.Errorf("an image is not itself: %+v, %v", same, err)
	}
}

// TestTextOfManyEqualLines: files whose lines are all alike take no longer to compare; all of them counts as changed then.
func TestTextOfManyEqualLines(t *testing.T) {
	r := compare(t, []blob{layer(t, file("f", "a\n"+strings.Repeat("\n", 30000)+"b\n"))}, []blob{layer(t, file("f", "c\n"+strings.Repeat("\n", 29000)+"d\n"))})
	if len(r.Files) != 1 || !strings.HasPrefix(r.Files[0].Text, "--- a/f\n+++ b/f\n@@ -1,30002 +1,29002 @@\n-a\n-\n") ||
		!strings.HasSuffix(r.Files[0].Text, "-\n… and 58807 more lines\n") {
		t.Errorf("got %.80q", r.Files)
	}
}

// TestIgnoreTimes: without times, images are equal whose files and documents differ in nothing else, and of others only the rest is reported.
func TestIgnoreTimes(t *testing.T) {
	dir := t.TempDir()
	at := func(h tar.Header, when time.Time) tar.Header {
		h.ModTime = when
		return h
	}
	build := func(name, content string, when time.Time) *oci.Base {
		return image(t, dir, name, oci.ComposeOptions{Created: when, Annotations: map[string]string{v1.AnnotationCreated: when.Format(time.RFC3339)}},
			layer(t, at(file("f", "f"), when), at(file("g", content), when)))
	}
	a, b, c := build("a", "g", noon), build("b", "g", noon.Add(time.Hour)), build("c", "x", noon.Add(time.Hour))
	reports := make(map[bool][2]*diff.Report)
	for _, ignored := range []bool{false, true} {
		var both [2]*diff.Report
		for i, other := range []*oci.Base{b, c} {
			r, err := diff.Compare(context.Background(), a, other, diff.Options{IgnoreTimes: ignored})
			if err != nil {
				t.Fatal(err)
			}
			both[i] = r
		}
		reports[ignored] = both
	}
	if r := reports[false][0]; r.Equal() || len(r.Files) != 2 || len(r.Config) != 2 || len(r.Annotations) != 1 || len(r.Layers) != 1 {
		t.Errorf("with times: got %+v", r)
	}
	if r := reports[true][0]; !r.Equal() || r.Identical {
		t.Errorf("without times: got %+v", r)
	}
	r := reports[true][1]
	if r.Equal() || len(r.Files) != 1 || r.Files[0].Path != "/g" || len(r.Files[0].Fields) != 1 || r.Files[0].Fields[0].Name != "content" ||
		len(r.Config)+len(r.Annotations)+len(r.Layers) != 0 || r.FirstByte != nil {
		t.Errorf("another content: got %+v", r)
	}
}

// TestSharedLayers: what both have at the bottom is compared by its tar, so that other
// compression does not make files differ.
func TestSharedLayers(t *testing.T) {
	plain := archive(t, file("f", "f"))
	r := compare(t, []blob{compressed(t, plain, 1), layer(t, file("g", "1"))}, []blob{compressed(t, plain, 9)})
	if len(r.Files) != 1 || r.Files[0].Path != "/g" || r.Files[0].Change != "removed" {
		t.Errorf("files %v, want just /g removed", r.Files)
	}
	if len(r.Layers) != 2 || !r.Layers[0].SameTar || r.Layers[1].To != nil {
		t.Errorf("layers %+v", r.Layers)
	}
}

func BenchmarkCompare(b *testing.B) {
	dir := b.TempDir()
	big := strings.Repeat("0123456789abcdef", 1<<20)
	one := image(b, dir, "a", oci.ComposeOptions{}, layer(b, file("big", big), file("f", "1")))
	other := image(b, dir, "b", oci.ComposeOptions{}, layer(b, file("big", big), file("f", "2")))
	b.SetBytes(2 * int64(len(big)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := diff.Compare(context.Background(), one, other, diff.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPlatformOfOneImage: a platform that only one of the images has is a difference.
func TestPlatformOfOneImage(t *testing.T) {
	other := ocitest.LayoutReference(ocitest.ForeignLayout(t, map[string]ggcr.Image{"v1": ocitest.OciImage(t, "linux/riscv64")}), "v1")
	reports, err := diff.Images(t.Context(), [2]oci.Reference{ocitest.WriteIndexed(t), other}, oci.Platform{}, transport.Options{}, diff.Options{})
	if err != nil || len(reports) != 3 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for _, r := range reports {
		if r.Equal() {
			t.Errorf("equal: %+v, %+v", r.A, r.B)
		}
		if text, err := json.Marshal(r); err != nil || bytes.Contains(text, []byte("null")) {
			t.Errorf("a list is null: %s, %v", text, err)
		}
	}
}
