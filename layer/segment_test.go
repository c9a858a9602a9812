package layer

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

func headers(t testing.TB, plain []byte) []*tar.Header {
	t.Helper()
	var list []*tar.Header
	tr := tar.NewReader(bytes.NewReader(plain))
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h)
	}
}

// writeFile returns the tar of a segment with one file.
func writeFile(t testing.TB, n *tree.Node, names ...string) ([]byte, *segment) {
	t.Helper()
	s := &segment{difference: difference{files: []*fileEntry{{node: n, names: names}}}}
	var out bytes.Buffer
	w := segmentWriter{
		ctx: context.Background(), compressors: &compressors{recipe: DefaultRecipe()}, parallel: 1, fail: func(error) {},
		packed: io.Discard, buffer: make([]byte, 1000), progress: func(int) {}, split: splitWriter{plain: &out},
	}
	w.out = bufio.NewWriter(&w.split)
	w.tar = tar.NewWriter(w.out)
	if err := w.write(s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), s
}

// TestDialect looks at the blocks of entries: the type flag of the first (x is PAX, pax(5)), and
// which fields had to go into records.
func TestDialect(t *testing.T) {
	content := tree.Bytes([]byte("abc"))
	tests := []struct {
		name string
		path string
		node tree.Node
		pax  []string // parts of the records
	}{
		{name: "plain", path: "usr/bin/a", node: tree.Node{Mode: 0o4755, UID: 5, GID: 6, Size: 3, Content: content, ModTime: time.Unix(1e9, 999)}},
		{name: "no time", path: "a", node: tree.Node{}},
		{name: "a long path that splits", path: strings.Repeat("d/", 60) + "name", node: tree.Node{}},
		{name: "a long name", path: strings.Repeat("n", 101), node: tree.Node{}, pax: []string{" path=" + strings.Repeat("n", 101) + "\n"}},
		{name: "a very long path", path: strings.Repeat(strings.Repeat("n", 200)+"/", 10) + "x", node: tree.Node{}, pax: []string{"/x\n"}},
		{name: "not ASCII", path: "ä", node: tree.Node{}, pax: []string{"11 path=ä\n"}},
		{name: "not UTF-8", path: "a\xff\n=b", node: tree.Node{}, pax: []string{"14 path=a\xff\n=b\n"}},
		{name: "long target", path: "l", node: tree.Node{Type: tree.Symlink, Target: strings.Repeat("t/", 60)}, pax: []string{" linkpath=t/"}},
		{name: "big owner", path: "a", node: tree.Node{UID: math.MaxUint32, GID: 1 << 21}, pax: []string{"18 uid=4294967295\n", "15 gid=2097152\n"}},
		{name: "before 1970", path: "a", node: tree.Node{ModTime: time.Unix(-1, 5e8)}, pax: []string{"12 mtime=-1\n"}},
		{name: "after 2242", path: "a", node: tree.Node{ModTime: time.Unix(1<<33, 0)}, pax: []string{"20 mtime=8589934592\n"}},
		{
			name: "attributes, sorted", path: "a",
			node: tree.Node{Xattrs: map[string]string{"user.b": "1", "user.a": "\x00\n=", "security.capability": ""}},
			pax: []string{
				"37 SCHILY.xattr.security.capability=\n27 SCHILY.xattr.user.a=\x00\n=\n25 SCHILY.xattr.user.b=1\n",
			},
		},
		{name: "device", path: "a", node: tree.Node{Type: tree.BlockDevice, Major: 4095, Minor: 1<<20 - 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plain, s := writeFile(t, &test.node, test.path)
			if int64(len(plain)) > s.limit() {
				t.Errorf("%d bytes, more than the limit of %d", len(plain), s.limit())
			}
			if magic := string(plain[257:265]); magic != "ustar\x0000" {
				t.Errorf("magic %q", magic)
			}
			if isPAX := plain[156] == 'x'; isPAX != (len(test.pax) > 0) {
				t.Errorf("PAX: %t", isPAX)
			}
			records := strings.TrimRight(string(plain[512:min(len(plain), 4096)]), "\x00")
			for _, part := range test.pax {
				if !strings.Contains(records, part) {
					t.Errorf("no %q in %q", part, records)
				}
			}
			for _, unwanted := range []string{"atime", "ctime", "uname", "GNU"} {
				if strings.Contains(string(plain), unwanted) {
					t.Errorf("has %s", unwanted)
				}
			}
			list := headers(t, plain)
			if len(list) != 1 || list[0].Name != test.path {
				t.Fatalf("read as %v", list)
			}
			if want := max(test.node.ModTime.Unix(), -1); list[0].ModTime.Unix() != want && !test.node.ModTime.IsZero() {
				t.Errorf("time %d, want %d", list[0].ModTime.Unix(), want)
			}
		})
	}
}

// TestDialectHuge has a header for what is too big for a test.
func TestDialectHuge(t *testing.T) {
	var out bytes.Buffer
	w := segmentWriter{ctx: context.Background(), tar: tar.NewWriter(&out)}
	if err := w.file(&fileEntry{node: &tree.Node{Size: 8 << 30}, names: []string{"huge"}}, nil); err != nil {
		t.Fatal(err)
	}
	if records := string(out.Bytes()[512:1024]); !strings.HasPrefix(records, "19 size=8589934592\n\x00") {
		t.Errorf("records %q", records)
	}
}

func TestDialectLinks(t *testing.T) {
	n := &tree.Node{Mode: 0o4755, UID: 1, GID: 2, Size: 3, Content: tree.Bytes([]byte("abc")), Xattrs: map[string]string{"security.capability": "x"}}
	long := strings.Repeat("long/", 50)
	plain, s := writeFile(t, n, long+"a", long+"b", long+"c")
	if int64(len(plain)) > s.limit() {
		t.Errorf("%d bytes, more than the limit of %d", len(plain), s.limit())
	}
	for i, h := range headers(t, plain) {
		if i == 0 {
			continue
		}
		if h.Typeflag != tar.TypeLink || h.Linkname != long+"a" || h.Size != 0 {
			t.Errorf("%s: type %q, link to %s, size %d", h.Name, h.Typeflag, h.Linkname, h.Size)
		}
		// containerd applies these to links, too.
		if h.Mode != 0o4755 || h.Uid != 1 || h.Gid != 2 || h.PAXRecords["SCHILY.xattr.security.capability"] != "x" {
			t.Errorf("%s: other metadata than its file: %+v", h.Name, h)
		}
	}
}
