package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// makeTree makes a tree from lines of words, to which "@SECONDS", "=MODE",
// "UID:GID" and "+NAME=VALUE" (an attribute) may be added:
//
//	d PATH            directory, 0755
//	f PATH CONTENT    file, 0644
//	l PATH TARGET     symbolic link
//	h PATH OLD        hard link
//	c PATH MAJOR MINOR, b PATH MAJOR MINOR, p PATH
func makeTree(t testing.TB, spec string) *tree.Tree {
	t.Helper()
	tr := tree.New()
	changeTree(t, tr, spec)
	return tr
}

func changeTree(t testing.TB, tr *tree.Tree, spec string) {
	t.Helper()
	for line := range strings.Lines(spec) {
		if words := strings.Fields(line); len(words) > 0 {
			if err := changeTreeBy(tr, words); err != nil {
				t.Fatalf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	}
}

// changeTreeBy also knows "rm PATH", which removes all below, and "same PATH",
// which keeps a file but gives it another Content value of the same bytes.
func changeTreeBy(tr *tree.Tree, words []string) error {
	n := &tree.Node{ModTime: time.Unix(1000, 0)}
	args := words[:0:0]
	for _, word := range words[1:] {
		switch {
		case word[0] == '@':
			seconds, err := strconv.ParseInt(word[1:], 10, 64)
			if err != nil {
				return err
			}
			n.ModTime = time.Unix(seconds, 0)
		case word[0] == '=':
			mode, err := strconv.ParseUint(word[1:], 8, 16)
			if err != nil {
				return err
			}
			n.Mode = uint16(mode)
		case word[0] == '+':
			name, value, _ := strings.Cut(word[1:], "=")
			if n.Xattrs == nil {
				n.Xattrs = make(map[string]string)
			}
			n.Xattrs[name] = value
		case strings.Contains(word, ":"):
			if _, err := fmt.Sscanf(word, "%d:%d", &n.UID, &n.GID); err != nil {
				return err
			}
		default:
			args = append(args, word)
		}
	}
	mode := func(m uint16) {
		if n.Mode == 0 {
			n.Mode = m
		}
	}
	path := args[0]
	switch words[0] {
	case "d":
		n.Type = tree.Directory
		mode(0o755)
	case "f":
		mode(0o644)
		if len(args) > 1 {
			n.Content, n.Size = tree.Bytes([]byte(args[1])), int64(len(args[1]))
		}
	case "l":
		n.Type, n.Target = tree.Symlink, args[1]
		mode(0o777)
	case "h":
		return tr.Link(args[1], path)
	case "c", "b":
		n.Type = map[string]tree.Type{"c": tree.CharDevice, "b": tree.BlockDevice}[words[0]]
		mode(0o600)
		fmt.Sscan(args[1], &n.Major)
		fmt.Sscan(args[2], &n.Minor)
	case "p":
		n.Type = tree.FIFO
		mode(0o644)
	case "rm":
		return tr.RemoveAll(path)
	case "same":
		old, err := tr.Lstat(path)
		if err != nil {
			return err
		}
		content, err := tr.ReadFile(path, old.Size)
		old.Content = tree.Bytes(slices.Clone(content))
		return err
	default:
		return fmt.Errorf("no such word %q", words[0])
	}
	return tr.Put(path, n)
}

func mustWrite(t testing.TB, base, staged *tree.Tree, packages []*stage.Package, recipe Recipe, o WriteOptions) ([]byte, *Result) {
	t.Helper()
	var out bytes.Buffer
	result, err := writeLayer(context.Background(), &out, base, staged, packages, recipe, o)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), result
}

// gunzip reads with the toolchain's decompressor, not with the one that belongs
// to the compressor under test.
func gunzip(t testing.TB, compressed []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// entries lists a tar, one line an entry, in the words of makeTree.
func entries(t testing.TB, plain []byte) []string {
	t.Helper()
	var lines []string
	tr := tar.NewReader(bytes.NewReader(plain))
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		line := h.Name
		add := func(format string, args ...any) { line += " " + fmt.Sprintf(format, args...) }
		kind, mode := "f", int64(0o644)
		switch h.Typeflag {
		case tar.TypeReg:
			content, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) > 0 {
				add("%s", content)
			}
		case tar.TypeDir:
			kind, mode = "d", 0o755
		case tar.TypeSymlink:
			kind, mode = "l", 0o777
			add("%s", h.Linkname)
		case tar.TypeLink:
			kind = "h"
			add("%s", h.Linkname)
		case tar.TypeChar, tar.TypeBlock:
			kind, mode = map[byte]string{tar.TypeChar: "c", tar.TypeBlock: "b"}[h.Typeflag], 0o600
			add("%d %d", h.Devmajor, h.Devminor)
		case tar.TypeFifo:
			kind = "p"
		default:
			t.Fatalf("%s: unexpected type %q", h.Name, h.Typeflag)
		}
		if h.Mode != mode {
			add("=%o", h.Mode)
		}
		if h.Uid != 0 || h.Gid != 0 {
			add("%d:%d", h.Uid, h.Gid)
		}
		for _, key := range slices.Sorted(maps.Keys(h.PAXRecords)) {
			add("+%s=%s", strings.TrimPrefix(key, "SCHILY.xattr."), h.PAXRecords[key])
		}
		if h.Uname != "" || h.Gname != "" {
			add("%s:%s", h.Uname, h.Gname)
		}
		lines = append(lines, kind+" "+line)
	}
}
