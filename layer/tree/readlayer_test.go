package tree

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// layerOf makes a tar. Of a header without a type the name says it: a slash at its end
// is for a directory. The content of files is their PAXRecords entry "content".
func layerOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		content := h.PAXRecords["content"]
		delete(h.PAXRecords, "content")
		if h.Typeflag == 0 && strings.HasSuffix(h.Name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if h.Mode == 0 && h.Typeflag != tar.TypeXGlobalHeader {
			h.Mode = 0o644
		}
		h.Size = int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func text(name, content string) tar.Header {
	return tar.Header{Name: name, PAXRecords: map[string]string{"content": content}}
}

func apply(tr *Tree, layer []byte) error {
	return tr.ReadLayer(bytes.NewReader(layer), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil })
}

// list describes every file.
func list(tr *Tree) []string {
	var all []string
	for name, n := range tr.All() {
		switch n.Type {
		case Directory:
			name += "/"
		case Symlink:
			name += " -> " + n.Target
		case Regular:
			content, err := n.Read(1 << 20)
			name += fmt.Sprintf(" %q", content)
			if err != nil {
				name += " " + err.Error()
			}
		default:
			name += fmt.Sprintf(" device %d %d:%d", n.Type, n.Major, n.Minor)
		}
		if n.Links() > 1 {
			name += fmt.Sprintf(" of %d", n.Links())
		}
		all = append(all, name)
	}
	return all
}

// TestReadLayer: layers change a tree as image-spec layer.md says.
func TestReadLayer(t *testing.T) {
	link := func(name, target string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target}
	}
	symlink := func(name, target string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}
	}
	dir := func(name string) tar.Header { return tar.Header{Name: name + "/", Mode: 0o755} }
	for _, test := range []struct {
		name   string
		layers [][]tar.Header
		want   []string
	}{
		{"files and directories", [][]tar.Header{{dir("a"), text("a/b", "1"), text("./c", "2"), text("/d", "3")}},
			[]string{"a/", `a/b "1"`, `c "2"`, `d "3"`}},
		{"directories that are missing", [][]tar.Header{{text("a/b/c", "1")}}, []string{"a/", "a/b/", `a/b/c "1"`}},
		{"a file is replaced", [][]tar.Header{{text("a", "1")}, {text("a", "2")}}, []string{`a "2"`}},
		{"twice in a layer", [][]tar.Header{{text("a", "1"), text("a", "2")}}, []string{`a "2"`}},
		{"a directory keeps its files", [][]tar.Header{{dir("a"), text("a/b", "1")}, {dir("a")}}, []string{"a/", `a/b "1"`}},
		{"a file in place of a directory", [][]tar.Header{{dir("a"), text("a/b", "1")}, {text("a", "2")}}, []string{`a "2"`}},
		{"a directory in place of a file", [][]tar.Header{{text("a", "1")}, {dir("a")}}, []string{"a/"}},
		{"a directory in place of a link", [][]tar.Header{{dir("b"), symlink("a", "b")}, {dir("a")}}, []string{"a/", "b/"}},
		{"links in directories are followed", [][]tar.Header{{dir("usr/lib"), symlink("lib", "usr/lib")}, {text("lib/x", "1")}},
			[]string{"lib -> usr/lib", "usr/", "usr/lib/", `usr/lib/x "1"`}},
		{"links that lead out stay inside", [][]tar.Header{{dir("etc"), symlink("a", "../../../etc")}, {text("a/x", "1")}},
			[]string{"a -> ../../../etc", "etc/", `etc/x "1"`}},
		{"hard links", [][]tar.Header{{text("a", "1"), link("b", "a"), link("c/d", "/a")}}, []string{`a "1" of 3`, `b "1" of 3`, "c/", `c/d "1" of 3`}},
		{"hard link to a lower layer", [][]tar.Header{{text("a", "1")}, {link("b", "a")}}, []string{`a "1" of 2`, `b "1" of 2`}},
		{"one of two hard links is replaced", [][]tar.Header{{text("a", "1"), link("b", "a")}, {text("a", "2")}}, []string{`a "2"`, `b "1"`}},
		{"hard link to a symbolic link", [][]tar.Header{{symlink("a", "x"), link("b", "a")}}, []string{"a -> x of 2", "b -> x of 2"}},
		{"devices", [][]tar.Header{{{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, {Name: "pipe", Typeflag: tar.TypeFifo}}},
			[]string{"null device 3 1:3", "pipe device 5 0:0"}},
		{"whiteout", [][]tar.Header{{text("a", "1"), text("b", "2")}, {text(".wh.a", "")}}, []string{`b "2"`}},
		{"whiteout of a directory", [][]tar.Header{{text("a/b/c", "1"), text("a/d", "2")}, {text("a/.wh.b", "")}}, []string{"a/", `a/d "2"`}},
		{"whiteout of nothing", [][]tar.Header{{text("a", "1")}, {text(".wh.b", ""), text("c/.wh.d", "")}}, []string{`a "1"`}},
		{"whiteout behind what replaces it", [][]tar.Header{{text("a", "1")}, {text("a", "2"), text(".wh.a", "")}}, []string{`a "2"`}},
		{"whiteout in front of what replaces it", [][]tar.Header{{text("a/b", "1")}, {text(".wh.a", ""), dir("a"), text("a/c", "2")}},
			[]string{"a/", `a/c "2"`}},
		{"opaque", [][]tar.Header{{text("a/b", "1"), text("a/c/d", "2")}, {dir("a"), text("a/.wh..wh..opq", ""), text("a/e", "3")}}, []string{"a/", `a/e "3"`}},
		{"opaque at the end",
			[][]tar.Header{{text("a/b", "1"), text("a/c/d", "2")}, {dir("a"), text("a/e", "3"), dir("a/c"), text("a/c/f", "4"), text("a/.wh..wh..opq", "")}},
			[]string{"a/", "a/c/", `a/c/f "4"`, `a/e "3"`}},
		{"opaque root", [][]tar.Header{{text("a", "1")}, {text(".wh..wh..opq", ""), text("b", "2")}}, []string{`b "2"`}},
		{"opaque of nothing", [][]tar.Header{{text("a", "1")}, {text("b/.wh..wh..opq", "")}}, []string{`a "1"`}},
		{"the root itself", [][]tar.Header{{dir("."), text("a", "1")}}, []string{`a "1"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := New()
			for _, headers := range test.layers {
				if err := apply(tr, layerOf(t, headers...)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(test.want, list(tr)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadLayerMetadata(t *testing.T) {
	when := time.Unix(1_600_000_000, 0)
	tr := New()
	err := apply(tr, layerOf(t,
		tar.Header{Name: "./", Mode: 0o700, Uid: 7, ModTime: when},
		tar.Header{Name: "a", Mode: 0o6711, Uid: 1 << 31, Gid: 5, ModTime: when, PAXRecords: map[string]string{"content": "1", "SCHILY.xattr.user.k": "v\x00"}},
	))
	if err != nil {
		t.Fatal(err)
	}
	if n := tr.Root(); n.Mode != 0o700 || n.UID != 7 || !n.ModTime.Equal(when) {
		t.Errorf("root: mode %o, owner %d, time %v", n.Mode, n.UID, n.ModTime)
	}
	n, err := tr.Lstat("a")
	if err != nil {
		t.Fatal(err)
	}
	if n.Mode != 0o6711 || n.UID != 1<<31 || n.GID != 5 || !n.ModTime.Equal(when) || n.Size != 1 || n.Xattrs["user.k"] != "v\x00" {
		t.Errorf("got %+v", n)
	}
}

// TestReadLayerLazily: large files are read from the layer when they are asked for.
func TestReadLayerLazily(t *testing.T) {
	large := strings.Repeat("large", 1<<20)
	layer := layerOf(t, text("a", "1"), text("large", large), text("b", "2"))
	opened := 0
	tr := New()
	reopen := func() (io.ReadCloser, error) { opened++; return io.NopCloser(bytes.NewReader(layer)), nil }
	if err := tr.ReadLayer(bytes.NewReader(layer), reopen); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.ReadFile("b", 10); err != nil || opened != 0 {
		t.Errorf("a small file: %v, opened %d times", err, opened)
	}
	if b, err := tr.ReadFile("large", 1<<30); err != nil || string(b) != large || opened != 1 {
		t.Errorf("the large file: %d bytes, %v, opened %d times", len(b), err, opened)
	}
	if _, err := tr.ReadFile("large", 100); err == nil || !strings.Contains(err.Error(), "read large: is larger than 100 bytes") {
		t.Errorf("over the limit: %v", err)
	}
	copy(layer, "other")
	layer = layerOf(t, text("a", "1"), text("other", large))
	if _, err := tr.ReadFile("large", 1<<30); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("from another layer: %v", err)
	}
}

// TestReadLayerInOrder: reading many files one after the other does not read the layer from its beginning for each.
func TestReadLayerInOrder(t *testing.T) {
	const files, size = 1000, 12 << 10
	var entries []tar.Header
	content := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), size+i) }
	for i := range files {
		entries = append(entries, text(fmt.Sprintf("usr/%04d", i), content(i)))
	}
	layer := layerOf(t, append(entries, text("usr/large", strings.Repeat("x", 1<<20)))...)
	var opened atomic.Int32
	tr := New()
	reopen := func() (io.ReadCloser, error) {
		opened.Add(1)
		return io.NopCloser(bytes.NewReader(layer)), nil
	}
	if err := tr.ReadLayer(bytes.NewReader(layer), reopen); err != nil {
		t.Fatal(err)
	}
	readAll := func() {
		for i := range files {
			if b, err := tr.ReadFile(fmt.Sprintf("usr/%04d", i), 1<<20); err != nil || string(b) != content(i) {
				t.Fatalf("%d: %d bytes, %v", i, len(b), err)
			}
		}
	}
	readAll()
	if most := int32(2 + files*2*size/(4<<20)); opened.Load() > most {
		t.Errorf("the layer was opened %d times, want at most %d", opened.Load(), most)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(readAll)
	}
	group.Wait()
	for i := range entries {
		entries[i] = text(fmt.Sprintf("other/%04d", i), "x")
	}
	layer = layerOf(t, entries...)
	if _, err := tr.ReadFile("usr/0500", 1<<20); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("from another layer: %v", err)
	}
}

func TestReadLayerRefuses(t *testing.T) {
	for _, test := range []struct {
		header tar.Header
		want   string
	}{
		{tar.Header{Name: "../a"}, `entry "../a": the name leads out`},
		{tar.Header{Name: "a/../../b"}, "leads out"},
		{tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "../../etc/passwd"}, "the hard link leads out"},
		{tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "missing"}, "No such file"},
		{tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "d"}, "Operation not permitted"},
		{tar.Header{Name: "f/a"}, "mkdir f: File exists"},
		{tar.Header{Name: "loop/a"}, "Symbolic link loop"},
		{tar.Header{Name: ".wh."}, "the whiteout names no file"},
		{tar.Header{Name: ".wh..."}, "the whiteout names no file"},
		{tar.Header{Name: strings.Repeat("a", 256)}, "Filename too long"},
		{tar.Header{Name: strings.Repeat("a/", 3000) + "b"}, "Filename too long"},
		{tar.Header{Name: ".", Typeflag: tar.TypeSymlink, Linkname: "d"}, "the root is not a directory"},
		{tar.Header{Name: "a", Typeflag: 'Z'}, "unknown entry type 'Z'"},
		{tar.Header{Name: "a", Uid: 1 << 32}, "out of range"},
	} {
		tr := New()
		for _, err := range []error{tr.Mkdir("d", 0o755), tr.WriteFile("f", nil, 0o644), tr.Symlink("loop", "loop")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := apply(tr, layerOf(t, test.header)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40q: got %v, want %s", test.header.Name, err, test.want)
		}
	}
	cut := layerOf(t, text("a", strings.Repeat("x", 1000)))[:700]
	if err := apply(New(), cut); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut off: %v", err)
	}
}

// FuzzReadLayer: any stream is read or refused, kept or not and whatever is remembered of
// the way to a directory, and then the tree is whole.
func FuzzReadLayer(f *testing.F) {
	f.Add(layerOf(f, text("a/b", "1"), tar.Header{Name: "c", Typeflag: tar.TypeLink, Linkname: "a/b"}),
		layerOf(f, text("a/.wh..wh..opq", ""), text(".wh.c", "")))
	f.Add(layerOf(f, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "."}, text("l/l/x", "2")), layerOf(f, tar.Header{Name: "l/"}))
	f.Add(layerOf(f, text("a/b", "1"), text("a/c", "2"), text("a", "3"), text("a/d", "4")),
		layerOf(f, text("a/b/c", "1"), text("a/b/.wh.d", ""), text("a/b/e", "2"), text("a/.wh.b", "")))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		tr, plain := New(), New()
		for _, layer := range [][]byte{first, second} {
			err, plainly := applyParsed(t, tr, layer), applyPlainly(plain, layer)
			if (err == nil) != (plainly == nil) {
				t.Fatalf("%v, and without being kept: %v", err, plainly)
			}
			if err != nil {
				checkWhole(t, tr)
				return
			}
		}
		checkWhole(t, tr)
		if diff := cmp.Diff(list(plain), list(tr)); diff != "" {
			t.Fatalf("(-plainly +kept):\n%s", diff)
		}
	})
}

// checkWhole looks whether link counts are right and every path leads where All says.
func checkWhole(t *testing.T, tr *Tree) {
	t.Helper()
	names := make(map[*Node]int)
	for name, n := range tr.All() {
		if names[n]++; n.Type == Directory && names[n] > 1 {
			t.Fatalf("directory %q has two names", name)
		}
		// A tree is deeper than a path can be long where links lead into it.
		if found, err := tr.Lstat(name); len(name) < maxPath && (err != nil || found != n) {
			t.Fatalf("%q is listed, but %v", name, err)
		}
	}
	for n, count := range names {
		if n.Links() != count {
			t.Fatalf("%d names, but %d links", count, n.Links())
		}
	}
}

// TestClone: changes of one tree do not show in the other.
func TestClone(t *testing.T) {
	tr := New()
	if err := apply(tr, layerOf(t, text("a/b", "1"), tar.Header{Name: "c", Typeflag: tar.TypeLink, Linkname: "a/b"},
		tar.Header{Name: "x", PAXRecords: map[string]string{"SCHILY.xattr.user.k": "v"}})); err != nil {
		t.Fatal(err)
	}
	before := list(tr)
	c := tr.Clone()
	if diff := cmp.Diff(before, list(c)); diff != "" {
		t.Errorf("the copy (-want +got):\n%s", diff)
	}
	if err := c.WriteFile("c", []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := c.ReadFile("a/b", 100); err != nil || string(b) != "changed" {
		t.Errorf("the other name of a hard link has %q, %v", b, err)
	}
	x, err := c.Lstat("x")
	if err != nil {
		t.Fatal(err)
	}
	x.Xattrs["user.k"] = "w"
	x.Mode = 0
	if err := c.RemoveAll("a"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, list(tr)); diff != "" {
		t.Errorf("the original (-want +got):\n%s", diff)
	}
	if x, _ := tr.Lstat("x"); x.Xattrs["user.k"] != "v" || x.Mode != 0o644 {
		t.Errorf("the original's metadata changed: %+v", x)
	}
}

func BenchmarkReadLayer(b *testing.B) {
	var headers []tar.Header
	for i := range 10_000 {
		headers = append(headers, text(fmt.Sprintf("usr/share/d%d/f%d", i%100, i), "content"))
	}
	layer := layerOf(b, headers...)
	b.ReportAllocs()
	b.SetBytes(int64(len(layer)))
	for b.Loop() {
		if err := apply(New(), layer); err != nil {
			b.Fatal(err)
		}
	}
}
