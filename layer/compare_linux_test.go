package layer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// describeRoot describes every file of a real root file system by path.
func describeRoot(t testing.TB, root string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	links := make(map[uint64]string)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
		if name == "" {
			return nil
		}
		if name == confinement {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		desc := fmt.Sprintf("mode %04o owner %d:%d", st.Mode&0o7777, st.Uid, st.Gid)
		switch st.Mode & syscall.S_IFMT {
		case syscall.S_IFDIR:
			desc = "directory " + desc
		case syscall.S_IFLNK:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			desc = "link to " + target + " " + desc
		case syscall.S_IFREG:
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			desc = "file " + desc + apktest.DescribeContent(content) + fmt.Sprintf(" mtime %d", info.ModTime().Unix())
		case syscall.S_IFCHR:
			desc = fmt.Sprintf("character device %d:%d ", st.Rdev>>8, st.Rdev&0xff) + desc + fmt.Sprintf(" mtime %d", info.ModTime().Unix())
		case syscall.S_IFBLK:
			desc = fmt.Sprintf("block device %d:%d ", st.Rdev>>8, st.Rdev&0xff) + desc + fmt.Sprintf(" mtime %d", info.ModTime().Unix())
		case syscall.S_IFIFO:
			desc = "fifo " + desc + fmt.Sprintf(" mtime %d", info.ModTime().Unix())
		}
		if st.Nlink > 1 && !d.IsDir() {
			if first, ok := links[st.Ino]; ok {
				desc += " same as " + first
			} else {
				links[st.Ino] = name
			}
		}
		files[name] = desc + describeXattrs(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func describeXattrs(t testing.TB, path string) string {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return ""
	}
	buf := make([]byte, 4096)
	n, err := syscall.Listxattr(path, buf)
	if err != nil || n == 0 {
		return ""
	}
	desc := ""
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 4096)
		n, err := syscall.Getxattr(path, name, value)
		if err != nil {
			t.Fatal(err)
		}
		desc += fmt.Sprintf(" %s=%q", name, value[:n])
	}
	return desc
}

// describeTree describes a tree in the same way.
func describeTree(t testing.TB, staged *tree.Tree) map[string]string {
	t.Helper()
	files := make(map[string]string)
	links := make(map[*tree.Node]string)
	contents := make(map[stage.PackageFile]string)
	for _, n := range staged.All() {
		if f, ok := n.Content.(stage.PackageFile); ok && contents[f] == "" {
			describePackage(t, f.Package, contents)
		}
	}
	for name, n := range staged.All() {
		var desc string
		if f, ok := n.Content.(stage.PackageFile); ok {
			desc = fmt.Sprintf("file mode %04o owner %d:%d", n.Mode, n.UID, n.GID) + contents[f]
		} else {
			desc = apktest.DescribeNode(t, n)
		}
		if n.Type != tree.Directory && n.Type != tree.Symlink {
			desc += fmt.Sprintf(" mtime %d", n.ModTime.Unix())
		}
		if n.Links() > 1 && n.Type != tree.Directory {
			if first, ok := links[n]; ok {
				desc += " same as " + first
			} else {
				links[n] = name
			}
		}
		for _, attr := range slices.Sorted(maps.Keys(n.Xattrs)) {
			desc += fmt.Sprintf(" %s=%q", attr, n.Xattrs[attr])
		}
		files[name] = desc
	}
	return files
}

// describePackage describes the contents of a whole package, which is quicker than to
// open one after the other.
func describePackage(t testing.TB, pkg *stage.Package, contents map[stage.PackageFile]string) {
	t.Helper()
	r, closer, err := pkg.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	for i := 0; ; i++ {
		if _, err := r.Next(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		contents[stage.PackageFile{Package: pkg, Entry: i}] = apktest.DescribeContent(b)
	}
}

// compareWithReference reports every path at which tree and root differ by more than the
// tolerances let pass.
func compareWithReference(t *testing.T, root string, staged *tree.Tree, began time.Time) {
	t.Helper()
	want, got := describeRoot(t, root), describeTree(t, staged)
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	wrong := 0
	for _, name := range names {
		w, g := tolerate(name, want[name], got[name], began)
		if w == g {
			continue
		}
		if wrong++; wrong <= 40 {
			t.Errorf("%s:\n\tapk   %s\n\tstage %s", name, w, g)
			if w != "" && g != "" {
				showTextDifference(t, filepath.Join(root, name), staged, name)
			}
		}
	}
	if wrong > 40 {
		t.Errorf("and %d more", wrong-40)
	}
}

// showTextDifference shows the lines at which two text files differ.
func showTextDifference(t *testing.T, path string, staged *tree.Tree, name string) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || len(want) > 1<<20 {
		return
	}
	got, err := staged.ReadFile(name, 1<<20)
	if err != nil || bytes.IndexByte(want, 0) >= 0 {
		return
	}
	t.Logf("-apk +stage:\n%s", cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
}
