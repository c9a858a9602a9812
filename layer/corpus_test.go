package layer

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// corpus returns the folder of the release in the corpus.
func corpus(t testing.TB) string {
	dir := os.Getenv("LAMINA_CORPUS")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("LAMINA_CORPUS is not set")
		}
		t.Skip("LAMINA_CORPUS is not set: no real packages to test with")
	}
	return filepath.Join(dir, "alpine-3.19")
}

const minirootfs = "alpine-minirootfs-3.19.4-x86_64.tar.gz"

// baseTree reads the minirootfs as it is in the corpus.
func baseTree(t testing.TB) *tree.Tree {
	file := filepath.Join(corpus(t), minirootfs)
	open := func() (io.ReadCloser, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{z, f}, nil
	}
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	base := tree.New()
	if err := base.ReadLayer(r, open); err != nil {
		t.Fatal(err)
	}
	return base
}

func openRepository(t testing.TB, dir string, g apk.Generation) *repository {
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
	r := &repository{dir: filepath.Join(dir, "x86_64"), arch: "x86_64", packages: make(map[string]*apk.Package)}
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
		r.index = index
		for _, p := range index.Packages {
			r.packages[p.ID()] = p
		}
		return r
	}
}

func describeContent(b []byte) string {
	if len(b) <= 64 {
		return fmt.Sprintf(" %q", b)
	}
	return fmt.Sprintf(" %d bytes %x", len(b), sha256.Sum256(b))
}
