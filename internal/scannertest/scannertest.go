// Package scannertest has images for tests of vulnerability scanners, which are modules of their own.
package scannertest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// An Image is what a scanner is to find.
type Image struct {
	Packages []inspect.Package // of base and layer, as apk's database has them
	Files    fs.FS             // the regular files, as the layers leave them
}

// Each runs a test for each image, with the names of packages that must be among those found.
func Each(t *testing.T, test func(t *testing.T, image Image, names []string)) {
	t.Run("fixtures", func(t *testing.T) {
		test(t, build(t, OfFixtures(t)), []string{"apk-tools", "jq", "oniguruma"})
	})
	t.Run("corpus", func(t *testing.T) {
		test(t, build(t, ofCorpus(t)), []string{"alpine-baselayout", "busybox", "musl", "nginx", "pcre2"})
	})
}

// OfFixtures is a package, with one that it needs, over a base with another.
func OfFixtures(t *testing.T) *lamina.Spec {
	t.Helper()
	dir := t.TempDir()
	root, err := fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}, Files: fixtures.WithParents([]fixtures.File{
		{Path: "etc/alpine-release", Content: "3.22.0\n"}, {Path: "etc/os-release", Content: "ID=alpine\nVERSION_ID=3.22.0\n"},
	})}.TarGzip()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "base.tar.gz"), root, 0o644)
	}
	if err == nil {
		err = fixtures.Repository{Packages: []fixtures.Package{
			{Name: "jq", Version: "1.7.1-r0", Depends: "oniguruma", Files: []fixtures.File{{Path: "usr/bin/jq", Mode: 0o755, Content: "jq"}}},
			{Name: "oniguruma", Version: "6.9.9-r0", Files: []fixtures.File{{Path: "usr/lib/libonig.so.5", Mode: 0o755, Content: "onig"}}},
		}}.Write(filepath.Join(dir, "repo"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return &lamina.Spec{
		Base:         oci.Reference{Transport: oci.TransportRootfs, Path: filepath.Join(dir, "base.tar.gz")},
		Repositories: []string{filepath.Join(dir, "repo")},
		Packages:     []string{"jq"},
	}
}

// ofCorpus is nginx over Alpine's own root file system.
func ofCorpus(t *testing.T) *lamina.Spec {
	t.Helper()
	release := corpustest.Path(t, "alpine-3.19")
	spec := &lamina.Spec{
		Base:         oci.Reference{Transport: oci.TransportRootfs, Path: filepath.Join(release, "alpine-minirootfs-3.19.4-x86_64.tar.gz")},
		Repositories: []string{filepath.Join(release, "repo")},
		Packages:     []string{"nginx"},
	}
	keys, err := filepath.Glob(filepath.Join(release, "keys", "*.pub"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range keys {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		spec.Keys = append(spec.Keys, lamina.Key{Name: filepath.Base(name), PEM: text})
	}
	return spec
}

func build(t *testing.T, spec *lamina.Spec) Image {
	t.Helper()
	ref := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(t.TempDir(), "image"), Name: "v1"}
	if _, err := lamina.Build(t.Context(), spec, nil, ref, lamina.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	report, err := lamina.Inspect(t.Context(), ref, lamina.Platform{}, nil, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	image, err := lamina.Open(t.Context(), ref, lamina.Platform{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	root := tree.New()
	for _, layer := range image.Layers {
		if err := layer.ReadInto(t.Context(), root); err != nil {
			t.Fatal(err)
		}
	}
	files := make(fstest.MapFS)
	for name, node := range root.All() {
		if node.Type != tree.Regular {
			continue
		}
		data, err := root.ReadFile(name, node.Size)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return Image{Packages: report.Packages, Files: files}
}
