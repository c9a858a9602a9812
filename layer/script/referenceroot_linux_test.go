package script

import (
	"archive/tar"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// fixtureFiles are made in every root, in this order. All have the time fixtureTime.
var fixtureFiles = []tar.Header{
	{Name: "w/", Typeflag: tar.TypeDir, Mode: 0o755},
	{Name: "w/one", Typeflag: tar.TypeReg, Mode: 0o644, Linkname: "one\ntwo\nthree\n"},
	{Name: "w/two", Typeflag: tar.TypeReg, Mode: 0o640, Uid: 1000, Gid: 1001, Linkname: "alpha 1\nbeta 2\ngamma 3"},
	{Name: "w/empty", Typeflag: tar.TypeReg, Mode: 0o600},
	{Name: "w/suid", Typeflag: tar.TypeReg, Mode: 0o6755, Linkname: "#!/bin/sh\n"},
	{Name: "w/dir/", Typeflag: tar.TypeDir, Mode: 0o2750, Uid: 33, Gid: 34},
	{Name: "w/dir/inner", Typeflag: tar.TypeReg, Mode: 0o644, Linkname: "inner\n"},
	{Name: "w/dir/.hidden", Typeflag: tar.TypeReg, Mode: 0o444, Linkname: "hidden\n"},
	{Name: "w/dir/sub/", Typeflag: tar.TypeDir, Mode: 0o1777},
	{Name: "w/dir/sub/deep", Typeflag: tar.TypeReg, Mode: 0o604, Linkname: "deep\n"},
	{Name: "w/dir/link", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "inner"},
	{Name: "w/void/", Typeflag: tar.TypeDir, Mode: 0o700},
	{Name: "w/link", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "one"},
	{Name: "w/dirlink", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "dir"},
	{Name: "w/broken", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "nothing"},
	{Name: "w/loop", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "loop"},
	{Name: "w/hard", Typeflag: tar.TypeLink, Linkname: "w/two"},
	{Name: "w/fifo", Typeflag: tar.TypeFifo, Mode: 0o644},
	{Name: "w/a b", Typeflag: tar.TypeReg, Mode: 0o644, Linkname: "space\n"},
	{Name: "w/-dash", Typeflag: tar.TypeReg, Mode: 0o644, Linkname: "dash\n"},
	{Name: "w/new\nline", Typeflag: tar.TypeReg, Mode: 0o644, Linkname: "newline\n"},
	{Name: "w/attr", Typeflag: tar.TypeReg, Mode: 0o755, PAXRecords: map[string]string{"SCHILY.xattr.user.color": "blue"}, Linkname: "attr\n"},
}

var fixtureTime = time.Unix(1_000_000_000, 0)

// referenceRoot is a small root file system: the minirootfs' busybox with its links,
// its libc, the user databases, and Debian's static Bash if that is installed.
type referenceRoot struct {
	tar      []byte
	entries  []tarEntry // of tar
	dir      string     // where roots are made
	base     *tree.Tree
	pristine map[string]string              // the description of a new root by describeHost
	known    [referenceRoots]describedFiles // of each root, after it was unpacked
	fresh    [referenceRoots]bool           // which roots are new
}

// referenceRoots is how many cases run at a time, each in a root of its own. Roots stay
// until all tests are done, since making one takes longer than most cases.
const referenceRoots = 2

// sharedReference is set by the first test that needs it.
var sharedReference *referenceRoot

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	if a, err := recorded(); *record {
		if err == nil {
			err = a.save()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	if sharedReference != nil {
		os.RemoveAll(sharedReference.dir)
	}
	os.Exit(status)
}

func newReferenceRoot(t *testing.T) *referenceRoot {
	t.Helper()
	minirootfs := chroottest.Minirootfs(t)
	old := syscall.Umask(0o022)
	t.Cleanup(func() { syscall.Umask(old) })
	if sharedReference != nil {
		return sharedReference
	}
	dir, err := os.MkdirTemp("", "reference")
	if err != nil {
		t.Fatal(err)
	}
	r := &referenceRoot{dir: dir, base: tree.New()}
	defer func() {
		if sharedReference == nil {
			os.RemoveAll(dir)
		}
	}()
	r.tar = makeReferenceTar(t, minirootfs)
	if *record {
		programs, err := programsOf(r.tar)
		if err == nil {
			err = writeLines(recordedPrograms, programs)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if r.entries, err = entriesOf(r.tar); err != nil {
		t.Fatal(err)
	}
	reopen := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.tar)), nil }
	if err := r.base.ReadLayer(bytes.NewReader(r.tar), reopen); err != nil {
		t.Fatal(err)
	}
	err = r.unpack(0)
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("the reference needs devices: %v", err)
	}
	if err == nil {
		r.pristine, err = describeHost(r.root(0), time.Now(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.fresh[0] = true
	sharedReference = r
	return r
}

// root is the path of one of the roots.
func (r *referenceRoot) root(i int) string { return filepath.Join(r.dir, strconv.Itoa(i)) }

// inReference says what of the minirootfs the small root has.
func inReference(name string) bool {
	switch name {
	case "bin/", "sbin/", "usr/", "usr/bin/", "usr/sbin/", "usr/local/", "usr/local/bin/", "usr/local/sbin/", "lib/", "etc/", "dev/", "tmp/", "root/",
		"home/", "var/", "run/",
		"lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1",
		"etc/passwd", "etc/group", "etc/shadow", "etc/shells", "etc/busybox-paths.d/", "etc/busybox-paths.d/busybox":
		return true
	}
	dir, file := filepath.Split(name)
	return file != "" && (dir == "bin/" || dir == "sbin/" || dir == "usr/bin/" || dir == "usr/sbin/")
}

func makeReferenceTar(t *testing.T, minirootfs string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h *tar.Header, content []byte) {
		h.ModTime, h.Size = fixtureTime, int64(len(content))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	err := corpustest.Entries(minirootfs, func(h *tar.Header, r io.Reader) error {
		if !inReference(h.Name) {
			return nil
		}
		content, err := io.ReadAll(r)
		if own, ok := ownFiles[h.Name]; ok {
			content = []byte(own)
		}
		add(h, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile("/bin/bash-static"); err == nil {
		add(&tar.Header{Name: "bin/bash", Typeflag: tar.TypeReg, Mode: 0o755}, content)
	} else if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	add(&tar.Header{Name: "dev/null", Typeflag: tar.TypeChar, Mode: 0o666, Devmajor: 1, Devminor: 3}, nil)
	for _, h := range fixtureFiles {
		var content []byte
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = []byte(h.Linkname), ""
		}
		add(&h, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpack makes a root out of the tar.
func (r *referenceRoot) unpack(worker int) error {
	root := r.root(worker)
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	if err := unpackEntries(root, r.entries, func(string) bool { return true }); err != nil {
		return err
	}
	r.known[worker] = make(describedFiles)
	_, err := describeHost(root, time.Now(), r.known[worker])
	return err
}

// restore makes a root new again after a script: files that it made are removed, and files that it changed are unpacked once more.
// The fixture is unpacked as a whole if a directory in it was changed. The time of the last use is renewed in the fixture alone.
func (r *referenceRoot) restore(root string, after map[string]string) bool {
	again := make(map[string]bool)
	touched := make(map[string]bool)
	isFixtureLost := false
	lost := func(name string) bool { // reports whether the root cannot be restored
		isFixtureLost = isFixtureLost || isOfFixture(name)
		return !isOfFixture(name)
	}
	for name, desc := range r.pristine {
		if _, ok := after[name]; ok {
			continue
		}
		if !strings.HasPrefix(desc, "directory ") {
			again[name] = true
		} else if lost(name) {
			return false
		}
	}
	for name, desc := range after {
		before, ok := r.pristine[name]
		switch {
		case before == desc:
			continue
		case !ok, !strings.HasPrefix(desc, "directory ") && !strings.HasPrefix(before, "directory "):
			if os.RemoveAll(filepath.Join(root, name)) != nil {
				return false
			}
			again[name] = ok
		case strings.TrimSuffix(desc, nowSuffix) != before[:strings.LastIndex(before, " mtime ")]:
			if lost(name) {
				return false
			}
		}
		touched[name] = ok
		touched[filepath.Dir(name)] = true
	}
	for _, e := range r.entries {
		if e.Typeflag == tar.TypeLink && (again[e.Name] || again[e.Linkname]) {
			again[e.Name], again[e.Linkname] = true, true
			if errors.Join(os.RemoveAll(filepath.Join(root, e.Name)), os.RemoveAll(filepath.Join(root, e.Linkname))) != nil {
				return false
			}
		}
	}
	if os.Chown(root, 0, 0) != nil || os.Chmod(root, 0o755) != nil || isFixtureLost && os.RemoveAll(filepath.Join(root, "w")) != nil {
		return false
	}
	if unpackEntries(root, r.entries, func(name string) bool { return again[name] || isFixtureLost && isOfFixture(name) }) != nil {
		return false
	}
	for name := range again {
		touched[filepath.Dir(name)] = true
	}
	for name := range r.pristine {
		if (touched[name] || isOfFixture(name)) && setTime(filepath.Join(root, name), fixtureTime) != nil {
			return false
		}
	}
	return true
}

// isOfFixture reports whether a file is one of [fixtureFiles].
func isOfFixture(name string) bool { return name == "w" || strings.HasPrefix(name, "w/") }

// tarEntry is an entry of a tar with its content.
type tarEntry struct {
	*tar.Header
	content []byte
}

func entriesOf(b []byte) (entries []tarEntry, err error) {
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		entries = append(entries, tarEntry{h, content})
	}
}

// unpackEntries makes those files of a tar that are wanted.
func unpackEntries(root string, entries []tarEntry, wanted func(name string) bool) error {
	var paths []string
	for _, e := range entries {
		if !wanted(strings.TrimSuffix(e.Name, "/")) {
			continue
		}
		p := filepath.Join(root, e.Name)
		if err := unpackEntry(p, root, e); err != nil {
			return fmt.Errorf("unpack %s: %w", e.Name, err)
		}
		paths = append(paths, p)
	}
	for _, p := range slices.Backward(paths) {
		if err := setTime(p, fixtureTime); err != nil {
			return fmt.Errorf("set the time of %s: %w", p, err)
		}
	}
	return nil
}

// setTime sets a file's times, a link's too, for which package os has no function.
func setTime(p string, when time.Time) error {
	name, err := syscall.BytePtrFromString(p)
	if err != nil {
		return err
	}
	const (
		atFdCwd   = ^uintptr(99) // -100
		noFollow  = 0x100
		bothTimes = 2
	)
	var spec [bothTimes]syscall.Timespec
	for i := range spec {
		spec[i] = syscall.NsecToTimespec(when.UnixNano())
	}
	_, _, errno := syscall.Syscall6(syscall.SYS_UTIMENSAT, atFdCwd, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&spec)), noFollow, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func unpackEntry(p, root string, h tarEntry) (err error) {
	switch h.Typeflag {
	case tar.TypeDir:
		err = os.Mkdir(p, 0o700)
	case tar.TypeReg:
		err = os.WriteFile(p, h.content, 0o666)
		for name, value := range h.PAXRecords {
			name = strings.TrimPrefix(name, "SCHILY.xattr.")
			err = errors.Join(err, syscall.Setxattr(p, name, []byte(value), 0))
		}
	case tar.TypeSymlink:
		if err := os.Symlink(h.Linkname, p); err != nil {
			return err
		}
		return os.Lchown(p, h.Uid, h.Gid)
	case tar.TypeLink:
		return os.Link(filepath.Join(root, h.Linkname), p)
	case tar.TypeFifo:
		err = syscall.Mkfifo(p, 0o600)
	case tar.TypeChar:
		err = syscall.Mknod(p, syscall.S_IFCHR, int(h.Devmajor<<8|h.Devminor))
	}
	if err == nil {
		err = os.Lchown(p, h.Uid, h.Gid)
	}
	if err == nil {
		err = syscall.Chmod(p, uint32(h.Mode))
	}
	return err
}
