package apktest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// corpus returns the directory of the release in the corpus.
func Corpus(t testing.TB) string {
	return corpustest.Path(t, "alpine-3.19")
}

const Minirootfs = "alpine-minirootfs-3.19.4-x86_64.tar.gz"

// BaseTree reads the minirootfs of the corpus.
func BaseTree(t testing.TB) *tree.Tree {
	Corpus(t)
	plain, err := minirootfs()
	if err != nil {
		t.Fatal(err)
	}
	base := tree.New()
	if err := base.ReadLayer(bytes.NewReader(plain), Reopen(plain)); err != nil {
		t.Fatal(err)
	}
	return base
}

// minirootfs is the tar of the minirootfs. It is unpacked once: a tree looks for each file from the beginning of its layer.
var minirootfs = sync.OnceValues(func() ([]byte, error) {
	f, err := os.Open(filepath.Join(os.Getenv(corpustest.Variable), "alpine-3.19", Minirootfs))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
})

// Reopen returns a function that opens a tar in memory. The result can seek, so that files are skipped without being read.
func Reopen(plain []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return struct {
			*bytes.Reader
			io.Closer
		}{bytes.NewReader(plain), io.NopCloser(nil)}, nil
	}
}

func OpenRepository(t testing.TB, dir string, g apk.Generation) *Repository {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "x86_64", "APKINDEX.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := &Repository{Dir: filepath.Join(dir, "x86_64"), Arch: "x86_64", Packages: make(map[string]*apk.Package)}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != "APKINDEX" {
			continue
		}
		index, err := apk.ReadIndex(archive, g)
		if err != nil {
			t.Fatal(err)
		}
		r.Index = index
		for _, p := range index.Packages {
			r.Packages[p.ID()] = p
		}
		return r
	}
}

func DescribeContent(b []byte) string {
	if len(b) <= 64 {
		return fmt.Sprintf(" %q", b)
	}
	return fmt.Sprintf(" %d bytes %x", len(b), sha256.Sum256(b))
}

// describeNode describes a file of a tree without its time and links.
func DescribeNode(t testing.TB, n *tree.Node) string {
	t.Helper()
	desc := fmt.Sprintf("mode %04o owner %d:%d", n.Mode, n.UID, n.GID)
	switch n.Type {
	case tree.Directory:
		return "directory " + desc
	case tree.Symlink:
		return "link to " + n.Target + " " + desc
	case tree.CharDevice:
		return fmt.Sprintf("character device %d:%d ", n.Major, n.Minor) + desc
	case tree.BlockDevice:
		return fmt.Sprintf("block device %d:%d ", n.Major, n.Minor) + desc
	case tree.FIFO:
		return "fifo " + desc
	}
	content, err := n.Read(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	return "file " + desc + DescribeContent(content)
}
