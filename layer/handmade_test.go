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
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
)

// handmade is a package made for one test case.
type handmade struct {
	name, version string // 1-r0 if empty
	arch          string // x86_64 if empty
	origin        string
	depends       []string
	installIf     []string
	replaces      []string
	priority      int // replaces_priority
	triggers      string
	scripts       map[string]string
	files         []handmadeFile // directories that lead to them are added, 0755
	empty         bool           // the index says that there is nothing to install
}

type handmadeFile struct {
	tar.Header
	content string
}

const handmadeTime = 1_700_000_000

func newFile(typ byte, name string, mode int64) handmadeFile {
	return handmadeFile{Header: tar.Header{
		Typeflag: typ, Name: name, Mode: mode, Uname: "root", Gname: "root", ModTime: time.Unix(handmadeTime, 0),
		PAXRecords: map[string]string{},
	}}
}

func aDirectory(name string, mode int64) handmadeFile {
	return newFile(tar.TypeDir, name+"/", mode)
}

func aFile(name, content string) handmadeFile {
	f := newFile(tar.TypeReg, name, 0o644)
	f.content, f.Size = content, int64(len(content))
	f.PAXRecords["APK-TOOLS.checksum.SHA1"] = fmt.Sprintf("%x", sha1.Sum([]byte(content)))
	return f
}

func aLink(name, target string) handmadeFile {
	f := newFile(tar.TypeSymlink, name, 0o777)
	f.Linkname = target
	f.PAXRecords["APK-TOOLS.checksum.SHA1"] = fmt.Sprintf("%x", sha1.Sum([]byte(target)))
	return f
}

func aHardLink(name, target string, mode int64) handmadeFile {
	f := newFile(tar.TypeLink, name, mode)
	f.Linkname = target
	return f
}

func aDevice(name string, typ byte, mode, major, minor int64) handmadeFile {
	f := newFile(typ, name, mode)
	f.Devmajor, f.Devminor = major, minor
	return f
}

func (f handmadeFile) mode(mode int64) handmadeFile {
	f.Mode = mode
	return f
}

// owner gives names, and the numbers that count if the names are not known.
func (f handmadeFile) owner(user, group string, uid, gid int) handmadeFile {
	f.Uname, f.Gname, f.Uid, f.Gid = user, group, uid, gid
	return f
}

func (f handmadeFile) at(seconds int64) handmadeFile {
	f.ModTime = time.Unix(seconds, 0)
	return f
}

func (f handmadeFile) xattr(name, value string) handmadeFile {
	f.PAXRecords = maps.Clone(f.PAXRecords)
	f.PAXRecords["SCHILY.xattr."+name] = value
	return f
}

func (h *handmade) fill() {
	if h.version == "" {
		h.version = "1-r0"
	}
	if h.origin == "" {
		h.origin = h.name
	}
	if h.arch == "" {
		h.arch = "x86_64"
	}
}

// entries adds the directories that lead to the files.
func (h *handmade) entries() []handmadeFile {
	var all []handmadeFile
	made := map[string]bool{".": true}
	for _, f := range h.files {
		name := strings.TrimSuffix(f.Name, "/")
		var missing []handmadeFile
		for dir := path.Dir(name); !made[dir]; dir = path.Dir(dir) {
			made[dir] = true
			missing = append(missing, aDirectory(dir, 0o755))
		}
		slices.Reverse(missing)
		made[name] = true
		all = append(append(all, missing...), f)
	}
	return all
}

// build returns the package file and its record for an index.
func (h *handmade) build(t testing.TB) ([]byte, *apk.Package) {
	t.Helper()
	h.fill()
	size := 1
	data := tarMember(t, h.entries(), true)
	info := fmt.Sprintf("pkgname = %s\npkgver = %s\narch = %s\nsize = %d\norigin = %s\nbuilddate = %d\ndatahash = %x\n",
		h.name, h.version, h.arch, size, h.origin, handmadeTime, sha256.Sum256(data))
	for _, r := range h.replaces {
		info += "replaces = " + r + "\n"
	}
	if h.priority > 0 {
		info += fmt.Sprintf("replaces_priority = %d\n", h.priority)
	}
	if h.triggers != "" {
		info += "triggers = " + h.triggers + "\n"
	}
	control := []handmadeFile{{Header: newFile(tar.TypeReg, ".PKGINFO", 0o644).Header, content: info}}
	for _, name := range slices.Sorted(maps.Keys(h.scripts)) {
		control = append(control, handmadeFile{Header: newFile(tar.TypeReg, "."+name, 0o755).Header, content: h.scripts[name]})
	}
	head := tarMember(t, control, false)
	if h.empty {
		size = 0
	}
	p := &apk.Package{
		Name: h.name, Version: h.version, Arch: h.arch, Size: uint64(len(head) + len(data)), InstalledSize: uint64(size),
		Origin: h.origin, BuildTime: handmadeTime, Identity: apk.SHA1Checksum(sha1.Sum(head)), Description: "made by hand",
	}
	p.Depends, p.InstallIf = dependencies(t, h.depends), dependencies(t, h.installIf)
	return append(head, data...), p
}

func dependencies(t testing.TB, texts []string) []apk.Dependency {
	t.Helper()
	list, err := apk.ParseDependencies(strings.Join(texts, " "), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func tarMember(t testing.TB, files []handmadeFile, end bool) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	writeTar(t, z, files, end)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// writeTar writes files, and with end the end of the archive.
func writeTar(t testing.TB, out io.Writer, files []handmadeFile, end bool) {
	t.Helper()
	w := tar.NewWriter(out)
	for _, f := range files {
		h := f.Header
		h.Size = int64(len(f.content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.content); err != nil {
			t.Fatal(err)
		}
	}
	finish := w.Flush
	if end {
		finish = w.Close
	}
	if err := finish(); err != nil {
		t.Fatal(err)
	}
}

// writeRepository writes packages and an unsigned index to a folder, which is called as
// their architecture.
func writeRepository(t testing.TB, dir string, packages ...*handmade) *repository {
	t.Helper()
	r := &repository{dir: dir, arch: filepath.Base(dir), packages: make(map[string]*apk.Package)}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	index := new(apk.Index)
	r.index = index
	for _, h := range packages {
		file, p := h.build(t)
		if err := os.WriteFile(filepath.Join(r.dir, p.FileName()), file, 0o644); err != nil {
			t.Fatal(err)
		}
		r.packages[p.ID()] = p
		index.Packages = append(index.Packages, p)
	}
	var text bytes.Buffer
	if err := apk.WriteIndex(&text, index, apk.V2); err != nil {
		t.Fatal(err)
	}
	archive := tarMember(t, []handmadeFile{{Header: newFile(tar.TypeReg, "APKINDEX", 0o644).Header, content: text.String()}}, true)
	if err := os.WriteFile(filepath.Join(r.dir, "APKINDEX.tar.gz"), archive, 0o644); err != nil {
		t.Fatal(err)
	}
	return r
}

// fileSource is a package file on this machine.
type fileSource string

func (s fileSource) Open() (io.ReadCloser, error) { return os.Open(string(s)) }
func (s fileSource) String() string               { return string(s) }

// repository is a folder of packages with its index.
type repository struct {
	dir      string
	arch     string
	index    *apk.Index
	packages map[string]*apk.Package // by "name-version"
}

func (r *repository) source(p *apk.Package) Source {
	return fileSource(filepath.Join(r.dir, p.FileName()))
}

// conflicting returns two packages with one file.
func conflicting(a, b handmade) []*handmade {
	a.name, b.name = "a", "b"
	a.files = append(a.files, aFile("opt/x", "a"), aFile("opt/a", "a"))
	b.files = append(b.files, aFile("opt/x", "b"), aFile("opt/b", "b"))
	return []*handmade{&a, &b}
}
