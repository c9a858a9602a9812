package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// memorySource is a package file in memory.
type memorySource struct{ data []byte }

func (s *memorySource) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s.data)), nil
}

// archived is a package for the writer's tests: what is in it, by entry.
type archived struct {
	*stage.Package
	names    []string // of all entries, directories with a slash
	contents []string
	links    map[string]string // of entries that are hard links: of which file
}

// makePackage makes a package file (apk/FORMAT.md 1) of names and contents in
// turn, in that order, with the directories that lead to them.
func makePackage(t testing.TB, name string, files ...string) *archived {
	t.Helper()
	a := &archived{}
	made := make(map[string]bool)
	for i := 0; i < len(files); i += 2 {
		parts := strings.Split(files[i], "/")
		for j := 1; j < len(parts); j++ {
			if dir := path.Join(parts[:j]...) + "/"; !made[dir] {
				made[dir] = true
				a.names, a.contents = append(a.names, dir), append(a.contents, "")
			}
		}
		a.names, a.contents = append(a.names, files[i]), append(a.contents, files[i+1])
	}
	a.Package = &stage.Package{Package: &apk.Package{Name: name, Version: "1-r0", Arch: "x86_64", InstalledSize: 1000}}
	a.seal(t, a.data(t))
	return a
}

// link makes hard links of entries: names and what they link to in turn.
func (a *archived) link(t testing.TB, links ...string) {
	t.Helper()
	a.links = make(map[string]string)
	for i := 0; i < len(links); i += 2 {
		a.links[links[i]] = links[i+1]
	}
	a.seal(t, a.data(t))
}

// seal makes the package file of a data segment.
func (a *archived) seal(t testing.TB, data []byte) {
	hash := fmt.Sprintf("%x", sha256.Sum256(data))
	info := fmt.Sprintf("pkgname = %s\npkgver = 1-r0\narch = x86_64\nsize = 1000\ndatahash = %s\n", a.Package.Package.Name, hash)
	control := member(t, func(tw *tar.Writer) {
		writeEntry(t, tw, &tar.Header{Name: ".PKGINFO", Mode: 0o644, Typeflag: tar.TypeReg}, info)
		if err := tw.Flush(); err != nil {
			t.Fatal(err)
		}
	})
	a.DataHash = hash
	a.Source = &memorySource{append(bytes.Clone(control), data...)}
	a.Package.Package.Identity = apk.SHA1Checksum(sha1.Sum(control))
}

// data returns the data segment.
func (a *archived) data(t testing.TB) []byte {
	return member(t, func(tw *tar.Writer) {
		for i, name := range a.names {
			if strings.HasSuffix(name, "/") {
				writeEntry(t, tw, &tar.Header{Name: name, Mode: 0o755, Typeflag: tar.TypeDir}, "")
				continue
			}
			if target := a.links[name]; target != "" {
				writeEntry(t, tw, &tar.Header{Name: name, Linkname: target, Mode: 0o644, Typeflag: tar.TypeLink, ModTime: time.Unix(2000, 0)}, "")
				continue
			}
			writeEntry(t, tw, &tar.Header{
				Name: name, Mode: 0o644, Typeflag: tar.TypeReg, ModTime: time.Unix(2000, 0),
				PAXRecords: map[string]string{"APK-TOOLS.checksum.SHA1": fmt.Sprintf("%x", sha1.Sum([]byte(a.contents[i])))},
			}, a.contents[i])
		}
		if err := tw.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func member(t testing.TB, write func(*tar.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	write(tar.NewWriter(z))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func writeEntry(t testing.TB, tw *tar.Writer, h *tar.Header, content string) {
	t.Helper()
	h.Size = int64(len(content))
	if err := tw.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(tw, content); err != nil {
		t.Fatal(err)
	}
}

// install puts everything in the package into a tree.
func (a *archived) install(t testing.TB, tr *tree.Tree) {
	t.Helper()
	for i, name := range a.names {
		if target := a.links[name]; target != "" {
			if err := tr.Link(target, name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		n := a.node(i)
		if strings.HasSuffix(name, "/") {
			if _, err := tr.Lstat(name); err == nil {
				continue
			}
			n = &tree.Node{Type: tree.Directory, Mode: 0o755}
		}
		if err := tr.Put(strings.TrimSuffix(name, "/"), n); err != nil {
			t.Fatal(err)
		}
	}
}

// node returns a new file with the content of an entry.
func (a *archived) node(i int) *tree.Node {
	n := &tree.Node{Mode: 0o644, ModTime: time.Unix(2000, 0), Size: int64(len(a.contents[i]))}
	if n.Size > 0 {
		n.Content = stage.PackageFile{Package: a.Package, Entry: i}
	}
	return n
}

// entry returns the number of an entry.
func (a *archived) entry(name string) int { return slices.Index(a.names, name) }

func staged(packages ...*archived) []*stage.Package {
	list := make([]*stage.Package, len(packages))
	for i, p := range packages {
		list[i] = p.Package
	}
	return list
}

// smallBlocks returns the recipes with the smallest blocks there are, so that little data
// has many.
func smallBlocks() []Recipe {
	recipes := []Recipe{DefaultRecipe(), zstdRecipe()}
	for i := range recipes {
		recipes[i].BlockSize = 64 << 10
	}
	return recipes
}

// mixedPackages returns packages of many sizes, below, at and above those blocks, and
// a tree with them installed.
func mixedPackages(t testing.TB, count int) (*tree.Tree, []*stage.Package) {
	t.Helper()
	tr := tree.New()
	var all []*archived
	for i := range count {
		files := make(map[string]string)
		switch i % 5 {
		case 0, 1, 2:
			for j := range 1 + i%7 {
				files[fmt.Sprintf("usr/share/p%d/small%d", i, j)] = string(sample(uint64(i*100+j), 500*(1+j)))
			}
		case 3:
			files[fmt.Sprintf("usr/lib/p%d.so", i)] = string(sample(uint64(i), 64<<10-100))
			files[fmt.Sprintf("usr/lib/p%d.a", i)] = "tiny"
		case 4:
			files[fmt.Sprintf("usr/lib/p%d.so", i)] = string(sample(uint64(i), 200_777))
		}
		var list []string
		for _, name := range slices.Sorted(maps.Keys(files)) {
			list = append(list, name, files[name])
		}
		p := makePackage(t, fmt.Sprintf("p%d", i), list...)
		p.install(t, tr)
		all = append(all, p)
	}
	return tr, staged(all...)
}
