//go:build unix

package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestLikeKernel does the same random operations on a tree and in a directory of this
// machine, and compares every result and, at the end, every file.
func TestLikeKernel(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			k := &kernel{T: t, tree: New(), dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 1))}
			for range 300 {
				k.step()
			}
			k.compare()
		})
	}
}

type kernel struct {
	*testing.T
	tree   *Tree
	dir    string
	random *rand.Rand
	log    []string
	owners bool // compare owners and modes too
}

// path is one to four names out of few, so that paths meet. Links lead to such paths
// too, and never out of the directory.
func (k *kernel) path() string {
	names := make([]string, 1+k.random.IntN(3))
	for i := range names {
		names[i] = string("abcd"[k.random.IntN(4)])
		if k.random.IntN(20) == 0 {
			names[i] = "."
		}
	}
	p := strings.Join(names, "/")
	if k.random.IntN(15) == 0 {
		p += "/"
	}
	return p
}

func (k *kernel) step() {
	p, q := k.path(), k.path()
	real := func(p string) string { return k.dir + "/" + p }
	var want, got error
	var what string
	switch k.random.IntN(9) {
	case 0, 1:
		what = "mkdir " + p
		want, got = syscall.Mkdir(real(p), 0o755), k.tree.Mkdir(p, 0o755)
	case 2:
		what = "symlink " + q + " " + p
		want, got = syscall.Symlink(q, real(p)), k.tree.Symlink(q, p)
	case 3:
		what = "link " + q + " " + p
		want, got = syscall.Link(real(q), real(p)), k.tree.Link(q, p)
	case 4:
		what = "rename " + q + " " + p
		want, got = syscall.Rename(real(q), real(p)), k.tree.Rename(q, p)
	case 5:
		what = "remove " + p
		want, got = os.Remove(real(p)), k.tree.Remove(p)
	case 6, 7:
		text := fmt.Sprint(len(k.log))
		what = "write " + p
		want, got = os.WriteFile(real(p), []byte(text), 0o644), k.tree.WriteFile(p, []byte(text), 0o644)
	case 8:
		what = "stat " + p
		_, want = os.Stat(real(p))
		_, got = k.tree.Stat(p)
	}
	k.log = append(k.log, what)
	if wanted, had := errno(want), errno(got); wanted != had {
		k.Fatalf("%s: got %q, want %q\nafter:\n%s", what, had, wanted, strings.Join(k.log, "\n"))
	}
}

// errno is musl's text of an error, of either side.
func errno(err error) string {
	var number syscall.Errno
	var own Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &own):
		return string(own)
	case errors.As(err, &number):
		for text, is := range map[Errno]syscall.Errno{
			ErrNotExist: syscall.ENOENT, ErrExist: syscall.EEXIST, ErrNotDir: syscall.ENOTDIR, ErrIsDir: syscall.EISDIR, ErrNotEmpty: syscall.ENOTEMPTY,
			ErrLoop: syscall.ELOOP, ErrInvalid: syscall.EINVAL, ErrPermission: syscall.EACCES, ErrNotPermit: syscall.EPERM, ErrBusy: syscall.EBUSY,
		} {
			if number == is {
				return string(text)
			}
		}
	}
	return err.Error()
}

func (k *kernel) compare() {
	var want, got []string
	inodes, nodes := make(map[uint64]int), make(map[*Node]int)
	err := filepath.WalkDir(k.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == k.dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		text := strings.TrimPrefix(name, k.dir+"/")
		stat := info.Sys().(*syscall.Stat_t)
		switch {
		case e.IsDir():
			text += " directory"
		case e.Type() == fs.ModeSymlink:
			target, _ := os.Readlink(name)
			text += " -> " + target
		default:
			content, _ := os.ReadFile(name)
			text += " " + string(content)
		}
		if k.owners && e.Type() != fs.ModeSymlink {
			text += fmt.Sprintf(" %d:%d %o", stat.Uid, stat.Gid, stat.Mode&0o7777)
		}
		if !e.IsDir() {
			if _, ok := inodes[stat.Ino]; !ok {
				inodes[stat.Ino] = len(inodes)
			}
			text += fmt.Sprintf(" file %d of %d links", inodes[stat.Ino], stat.Nlink)
		}
		want = append(want, text)
		return nil
	})
	if err != nil {
		k.Fatal(err)
	}
	// Directories are walked in the same order: WalkDir sorts as All does.
	for name, n := range k.tree.All() {
		text := name
		switch n.Type {
		case Directory:
			text += " directory"
		case Symlink:
			text += " -> " + n.Target
		default:
			content, _ := n.Read(1 << 20)
			text += " " + string(content)
		}
		if k.owners && n.Type != Symlink {
			text += fmt.Sprintf(" %d:%d %o", n.UID, n.GID, n.Mode)
		}
		if n.Type != Directory {
			if _, ok := nodes[n]; !ok {
				nodes[n] = len(nodes)
			}
			text += fmt.Sprintf(" file %d of %d links", nodes[n], n.Links())
		}
		got = append(got, text)
	}
	if !slices.Equal(want, got) {
		k.Errorf("files:\n%s\nwant:\n%s\nafter:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), strings.Join(k.log, "\n"))
	}
}
