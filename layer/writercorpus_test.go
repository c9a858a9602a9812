package layer

import (
	"archive/tar"
	"bufio"
	"crypto/sha1"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestCorpusPackages writes Alpine's own packages over Alpine's own root and holds
// every file against the checksum that Alpine's build put into the package.
func TestCorpusPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("large files")
	}
	base := apktest.BaseTree(t)
	paths, err := filepath.Glob(filepath.Join(apktest.Corpus(t), "repo", "x86_64", "*.apk"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d packages, %v", len(paths), err)
	}
	tr := base.Clone()
	sums := make(map[string]apk.Checksum) // of what is from packages
	var packages []*stage.Package
	for _, path := range paths {
		packages = append(packages, putCorpusPackage(t, tr, path, sums))
	}

	pipe, w := io.Pipe()
	var result *Result
	go func() {
		var err error
		result, err = writeLayer(t.Context(), w, base, tr, packages, DefaultRecipe(), WriteOptions{})
		w.CloseWithError(err)
	}()
	z, err := gzip.NewReader(bufio.NewReader(pipe))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	layer := tar.NewReader(z)
	for {
		h, err := layer.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := tr.Lstat(h.Name)
		if err != nil {
			t.Fatal(err)
		}
		if h.Size != n.Size && h.Typeflag == tar.TypeReg || h.Mode != int64(n.Mode) {
			t.Errorf("%s: size %d and mode %o, want %d and %o", h.Name, h.Size, h.Mode, n.Size, n.Mode)
		}
		if n.Type == tree.Regular && h.Typeflag == tar.TypeReg {
			sum := sha1.New()
			if _, err := io.Copy(sum, layer); err != nil {
				t.Fatal(err)
			}
			if got := apk.SHA1Checksum([sha1.Size]byte(sum.Sum(nil))); got != sums[h.Name] {
				t.Errorf("%s: content %s, but Alpine's checksum is %s", h.Name, got, sums[h.Name])
			}
			checked++
		}
	}
	if _, err := io.Copy(io.Discard, z); err != nil {
		t.Fatal(err)
	}
	if checked < 1000 || result.ContentSize < 100<<20 {
		t.Errorf("only %d files were compared, %d bytes", checked, result.ContentSize)
	}
	t.Logf("%d files compared: %+v", checked, *result)
}

// putCorpusPackage puts the files of a package into the tree, the simplest way.
func putCorpusPackage(t testing.TB, tr *tree.Tree, path string, sums map[string]apk.Checksum) *stage.Package {
	t.Helper()
	p := &stage.Package{Source: apktest.FileSource(path)}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := apk.NewPackageReader(f, apk.V3)
	control, err := r.Control()
	if err != nil {
		t.Fatal(err)
	}
	p.Package = &apk.Package{Name: control.Name, Version: control.Version, Identity: control.Identity}
	for i := 0; ; i++ {
		e, err := r.Next()
		if err == io.EOF {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		n := &tree.Node{Mode: e.Mode, ModTime: time.Unix(e.ModTime, 0)}
		switch e.Type {
		case tar.TypeDir:
			if _, err := tr.Stat(e.Name); err == nil {
				continue
			}
			n.Type = tree.Directory
		case tar.TypeSymlink:
			n.Type, n.Target = tree.Symlink, e.Target
		case tar.TypeLink:
			tr.Remove(e.Name)
			if err := tr.Link(e.Target, e.Name); err != nil {
				t.Fatal(err)
			}
			continue
		case tar.TypeReg:
			if n.Size = e.Size; n.Size > 0 {
				n.Content = stage.PackageFile{Package: p, Entry: i}
			}
			name, err := tr.Resolve(e.Name, false)
			if err != nil {
				t.Fatal(err)
			}
			sums[name] = e.Checksum
		}
		if err := tr.Put(e.Name, n); err != nil {
			t.Fatal(err)
		}
	}
}
