package apktest

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
)

// handmade is a package made for one test case.
type Package struct {
	Name, Version string // 1-r0 if empty
	Arch          string // x86_64 if empty
	Origin        string
	Depends       []string
	InstallIf     []string
	Replaces      []string
	Priority      int // replaces_priority
	Triggers      string
	Scripts       map[string]string
	Files         []File // directories that lead to them are added, 0755
	Empty         bool   // the index says that there is nothing to install
}

type File struct {
	tar.Header
	Content string
}

const handmadeTime = 1_700_000_000

func newFile(typ byte, name string, mode int64) File {
	return File{Header: tar.Header{
		Typeflag: typ, Name: name, Mode: mode, Uname: "root", Gname: "root", ModTime: time.Unix(handmadeTime, 0),
		PAXRecords: map[string]string{},
	}}
}

func Directory(name string, mode int64) File {
	return newFile(tar.TypeDir, name+"/", mode)
}

func Regular(name, content string) File {
	f := newFile(tar.TypeReg, name, 0o644)
	f.Content, f.Size = content, int64(len(content))
	f.PAXRecords["APK-TOOLS.checksum.SHA1"] = fmt.Sprintf("%x", sha1.Sum([]byte(content)))
	return f
}

func Symlink(name, target string) File {
	f := newFile(tar.TypeSymlink, name, 0o777)
	f.Linkname = target
	f.PAXRecords["APK-TOOLS.checksum.SHA1"] = fmt.Sprintf("%x", sha1.Sum([]byte(target)))
	return f
}

func HardLink(name, target string, mode int64) File {
	f := newFile(tar.TypeLink, name, mode)
	f.Linkname = target
	return f
}

func Device(name string, typ byte, mode, major, minor int64) File {
	f := newFile(typ, name, mode)
	f.Devmajor, f.Devminor = major, minor
	return f
}

func (f File) WithMode(mode int64) File {
	f.Mode = mode
	return f
}

// owner gives names, and the numbers that count if the names are not known.
func (f File) WithOwner(user, group string, uid, gid int) File {
	f.Uname, f.Gname, f.Uid, f.Gid = user, group, uid, gid
	return f
}

func (f File) At(seconds int64) File {
	f.ModTime = time.Unix(seconds, 0)
	return f
}

func (f File) WithXattr(name, value string) File {
	f.PAXRecords = maps.Clone(f.PAXRecords)
	f.PAXRecords["SCHILY.xattr."+name] = value
	return f
}

func (h *Package) fill() {
	if h.Version == "" {
		h.Version = "1-r0"
	}
	if h.Origin == "" {
		h.Origin = h.Name
	}
	if h.Arch == "" {
		h.Arch = "x86_64"
	}
}

// entries adds the directories that lead to the files.
func (h *Package) Entries() []File {
	var all []File
	made := map[string]bool{".": true}
	for _, f := range h.Files {
		name := strings.TrimSuffix(f.Name, "/")
		var missing []File
		for dir := path.Dir(name); !made[dir]; dir = path.Dir(dir) {
			made[dir] = true
			missing = append(missing, Directory(dir, 0o755))
		}
		slices.Reverse(missing)
		made[name] = true
		all = append(append(all, missing...), f)
	}
	return all
}

// build returns the package file and its record for an index.
func (h *Package) Build(t testing.TB) ([]byte, *apk.Package) {
	t.Helper()
	h.fill()
	size := 1
	data := tarMember(t, h.Entries(), true)
	info := fmt.Sprintf("pkgname = %s\npkgver = %s\narch = %s\nsize = %d\norigin = %s\nbuilddate = %d\ndatahash = %x\n",
		h.Name, h.Version, h.Arch, size, h.Origin, handmadeTime, sha256.Sum256(data))
	for _, r := range h.Replaces {
		info += "replaces = " + r + "\n"
	}
	if h.Priority > 0 {
		info += fmt.Sprintf("replaces_priority = %d\n", h.Priority)
	}
	if h.Triggers != "" {
		info += "triggers = " + h.Triggers + "\n"
	}
	control := []File{{Header: newFile(tar.TypeReg, ".PKGINFO", 0o644).Header, Content: info}}
	for _, name := range slices.Sorted(maps.Keys(h.Scripts)) {
		control = append(control, File{Header: newFile(tar.TypeReg, "."+name, 0o755).Header, Content: h.Scripts[name]})
	}
	head := tarMember(t, control, false)
	if h.Empty {
		size = 0
	}
	p := &apk.Package{
		Name: h.Name, Version: h.Version, Arch: h.Arch, Size: uint64(len(head) + len(data)), InstalledSize: uint64(size),
		Origin: h.Origin, BuildTime: handmadeTime, Identity: apk.SHA1Checksum(sha1.Sum(head)), Description: "made by hand",
	}
	p.Depends, p.InstallIf = Dependencies(t, h.Depends), Dependencies(t, h.InstallIf)
	return append(head, data...), p
}

func Dependencies(t testing.TB, texts []string) []apk.Dependency {
	t.Helper()
	list, err := apk.ParseDependencies(strings.Join(texts, " "), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func tarMember(t testing.TB, files []File, end bool) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	WriteTar(t, z, files, end)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// writeTar writes files, and with end the end of the archive.
func WriteTar(t testing.TB, out io.Writer, files []File, end bool) {
	t.Helper()
	w := tar.NewWriter(out)
	for _, f := range files {
		h := f.Header
		h.Size = int64(len(f.Content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.Content); err != nil {
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

// writeRepository writes packages and an unsigned index to a directory, which is called as
// their architecture.
func WriteRepository(t testing.TB, dir string, packages ...*Package) *Repository {
	t.Helper()
	r := &Repository{Dir: dir, Arch: filepath.Base(dir), Packages: make(map[string]*apk.Package)}
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	index := new(apk.Index)
	r.Index = index
	for _, h := range packages {
		file, p := h.Build(t)
		if err := os.WriteFile(filepath.Join(r.Dir, p.FileName()), file, 0o644); err != nil {
			t.Fatal(err)
		}
		r.Packages[p.ID()] = p
		index.Packages = append(index.Packages, p)
	}
	var text bytes.Buffer
	if err := index.Write(&text, apk.V2); err != nil {
		t.Fatal(err)
	}
	archive := tarMember(t, []File{{Header: newFile(tar.TypeReg, "APKINDEX", 0o644).Header, Content: text.String()}}, true)
	if err := os.WriteFile(filepath.Join(r.Dir, "APKINDEX.tar.gz"), archive, 0o644); err != nil {
		t.Fatal(err)
	}
	return r
}

// fileSource is a package file on this machine.
type FileSource string

func (s FileSource) Open() (io.ReadCloser, error) { return os.Open(string(s)) }
func (s FileSource) String() string               { return string(s) }

// repository is a directory of packages with its index.
type Repository struct {
	Dir      string
	Arch     string
	Index    *apk.Index
	Packages map[string]*apk.Package // by "name-version"
}

func (r *Repository) Source(p *apk.Package) FileSource {
	return FileSource(filepath.Join(r.Dir, p.FileName()))
}

// conflicting returns two packages with one file.
func Conflicting(a, b Package) []*Package {
	a.Name, b.Name = "a", "b"
	a.Files = append(a.Files, Regular("opt/x", "a"), Regular("opt/a", "a"))
	b.Files = append(b.Files, Regular("opt/x", "b"), Regular("opt/b", "b"))
	return []*Package{&a, &b}
}

// MemorySource is a package file in memory that counts how often it is opened. It may be opened concurrently.
type MemorySource struct {
	Content []byte
	Opened  atomic.Int32
}

func (s *MemorySource) Open() (io.ReadCloser, error) {
	s.Opened.Add(1)
	return io.NopCloser(bytes.NewReader(s.Content)), nil
}

func (s *MemorySource) String() string { return "memory" }

// specPackages are those of apk/FORMAT.md 17, in the order of their installation.
func SpecPackages() []*Package {
	return []*Package{
		{Name: "basefs", Version: "1.0-r0", Files: []File{
			Directory("etc", 0o755), Regular("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:500:501::/:\n"),
			Regular("etc/group", "root:x:0:\nalice:x:501:\n"), Regular("etc/shadow", "").WithMode(0o640),
			Directory("tmp", 0o1777), Directory("var", 0o755), Directory("var/empty", 0o555),
			Regular("usr/bin/tool", "base").WithMode(0o755), Regular("usr/bin/suid", "x").WithMode(0o4755),
			HardLink("usr/bin/tool-hard", "usr/bin/tool", 0o755), Symlink("usr/bin/tool-sym", "tool"),
			Regular("usr/bin/capable", "c").WithMode(0o755).WithXattr("security.capability", "\x01"),
			Directory("home", 0o755), Directory("home/alice", 0o2750).WithOwner("alice", "alice", 99, 98),
			Regular("home/alice/by-name", "1").WithOwner("alice", "alice", 99, 98), Regular("home/alice/by-id", "2").WithOwner("", "", 77, 66),
			Regular("lib/z-first", "z"), Regular("lib/a-second", "a"), Regular("lib/Upper", "U"),
			Device("dev/null", tar.TypeChar, 0o666, 1, 3), Device("dev/pipe", tar.TypeFifo, 0o600, 0, 0),
			Regular("rootfile", "r"), Regular(".hidden-top", "h"),
			Regular("usr/share/keep/.keep", ""), Regular("usr/share/keep/.keep_dir", "k"),
		}},
		{Name: "libx", Version: "0.9-r1", Files: []File{
			Regular("usr/lib/libx.so.1.2", "lib").WithMode(0o755), Symlink("usr/lib/libx.so.1", "libx.so.1.2"),
		}},
		{Name: "app", Version: "2.1_rc1-r3", Replaces: []string{"basefs<2"}, Priority: 5, Files: []File{
			Directory("usr", 0o700), Directory("usr/bin", 0o711), Regular("usr/bin/app", "app").WithMode(0o755),
			Regular("usr/bin/tool", "app's").WithMode(0o755),
			Regular("etc/shadow-app", "s").WithMode(0o600), Regular("etc/app/app.conf", "conf"),
		}},
		{Name: "docs", Version: "0.2-r5", Empty: true, Replaces: []string{"x"}, Triggers: "/usr", Files: []File{Regular("never", "opened")}},
		{Name: "app-doc", Version: "2.1_rc1-r3", Origin: "app", Files: []File{Regular("usr/share/man/app.1", "man")}},
		{Name: "trig", Version: "1-r0", Triggers: "/usr/lib /usr/lib/* +/etc/app", Files: []File{Regular("usr/lib/trig/x", "x")},
			Scripts: map[string]string{"trigger": "#!/bin/sh\nfont-cache\n"}},
	}
}
