package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// TestPermissionsLikeKernel does the same random operations as several users, on a tree and in a directory of this machine, and
// compares every result and, at the end, every file with its owner and mode.
func TestPermissionsLikeKernel(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can act as other users")
	}
	if protection(t, "hardlinks") == 0 {
		t.Skip("fs.protected_hardlinks is off on this machine")
	}
	// A tree does not model these. They are about sticky directories that others may write.
	hasMore := protection(t, "symlinks") != 0 || protection(t, "regular") != 0 || protection(t, "fifos") != 0
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	users := []Credentials{{}, {}, {UID: 1000, GID: 1000}, {UID: 1000, GID: 1000}, {UID: 1001, GID: 1000, Groups: []uint32{2000}},
		{UID: 1002, GID: 2000, Groups: []uint32{1000, 3000}}, {GID: 3000}}
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			runtime.LockOSThread() // and the thread ends with the test, with the credentials that it has
			k := &userKernel{kernel{T: t, tree: New(), dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 2)), owners: true}, hasMore}
			root := k.tree
			root.Now = time.Unix(1_000_000_000, 0)
			if err := errors.Join(os.Chmod(filepath.Dir(k.dir), 0o711), os.Chmod(k.dir, 0o777)); err != nil {
				t.Fatal(err)
			}
			defer k.become(Credentials{})
			root.Root().Mode = 0o777
			for range 400 {
				c := users[k.random.IntN(len(users))]
				k.become(c)
				k.tree = root.As(c)
				k.log = append(k.log, fmt.Sprint("as ", c))
				if k.random.IntN(2) == 0 {
					k.step()
				} else {
					k.userStep()
				}
			}
			k.become(Credentials{})
			k.tree = root
			k.compare()
		})
	}
}

// protection is one of Linux' settings fs.protected_*.
func protection(t *testing.T, name string) int {
	b, err := os.ReadFile("/proc/sys/fs/protected_" + name)
	if err != nil {
		t.Skip(err)
	}
	return int(b[0] - '0')
}

// userKernel has operations that are about owners and permissions.
type userKernel struct {
	kernel
	hasMore bool // protections that trees do not model
}

// become changes the credentials of this thread as far as files are concerned.
func (k *userKernel) become(c Credentials) {
	call := func(number, a, b uintptr) {
		if _, _, errno := syscall.RawSyscall(number, a, b, 0); errno != 0 {
			k.Fatalf("system call %d: %v", number, errno)
		}
	}
	groups := append([]uint32{0}, c.Groups...)[1:]
	var list uintptr
	if len(groups) > 0 {
		list = uintptr(unsafe.Pointer(&groups[0]))
	}
	call(syscall.SYS_SETGROUPS, uintptr(len(groups)), list)
	runtime.KeepAlive(groups)
	// These two return what was set before.
	syscall.RawSyscall(syscall.SYS_SETFSGID, uintptr(c.GID), 0, 0)
	syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(c.UID), 0, 0)
}

// mode is any, but often one that lets several users in.
func (k *userKernel) mode() uint16 {
	mode := uint16(k.random.IntN(0o10000))
	if k.random.IntN(2) == 0 {
		mode = []uint16{0o777, 0o1777, 0o2775, 0o1775, 0o755, 0o750, 0o4755, 0o2755, 0o2777, 0o2745}[k.random.IntN(10)]
	}
	if k.hasMore && mode&0o1000 != 0 {
		mode &^= 0o022
	}
	return mode
}

func (k *userKernel) userStep() {
	p := k.path()
	real := k.dir + "/" + p
	pick := func(ids ...int64) int64 { return ids[k.random.IntN(len(ids))] }
	var want, got error
	var what string
	switch k.random.IntN(10) {
	case 0, 1, 2:
		mode := k.mode()
		what = fmt.Sprintf("chmod %o %s", mode, p)
		want = syscall.Chmod(real, uint32(mode))
		got = k.on(p, true, func(n *Node) error { return k.tree.Chmod(n, mode) })
	case 3, 4:
		uid, gid := pick(-1, -1, 0, 1000, 1001, 1002), pick(-1, -1, 0, 1000, 2000, 3000)
		what = fmt.Sprintf("chown %d:%d %s", uid, gid, p)
		want = syscall.Lchown(real, int(uid), int(gid))
		got = k.on(p, false, func(n *Node) error { return k.tree.Chown(n, uid, gid) })
	case 5:
		what = "touch " + p
		want = syscall.UtimesNano(real, []syscall.Timespec{{Nsec: 1<<30 - 1}, {Nsec: 1<<30 - 1}}) // UTIME_NOW
		got = k.on(p, true, k.tree.Touch)
	case 6:
		what = "set time of " + p
		want = syscall.UtimesNano(real, []syscall.Timespec{{Sec: 1}, {Sec: 1}})
		got = k.on(p, true, func(n *Node) error { return k.tree.SetTime(n, time.Unix(1, 0)) })
	case 7:
		what = "mkdir " + p
		mode := k.mode() & 0o1777
		want, got = syscall.Mkdir(real, uint32(mode)), k.tree.Mkdir(p, mode)
	case 8:
		what = "list or read " + p
		_, want = os.ReadDir(real)
		if _, got = k.tree.ReadDir(p); errors.Is(got, ErrNotDir) {
			_, want = os.ReadFile(real)
			_, got = k.tree.ReadFile(p, 1<<20)
		}
	case 9:
		mode := k.mode()
		what = fmt.Sprintf("create %s with mode %o", p, mode)
		text := []byte("more")[:4*k.random.IntN(2)]
		var file int
		if file, want = syscall.Open(real, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_APPEND, uint32(mode)); want == nil {
			_, want = syscall.Write(file, text)
			syscall.Close(file)
		}
		w, err := k.tree.OpenWriter(p, Create|Append, mode)
		if got = err; err == nil {
			_, got = w.Write(text)
		}
		var stat syscall.Stat_t
		if n, err := k.tree.Stat(p); err == nil && got == nil && syscall.Stat(real, &stat) == nil && uint32(n.Mode) != stat.Mode&0o7777 {
			k.Errorf("%s: its mode is %o, want %o\nafter:\n%s", what, n.Mode, stat.Mode&0o7777, strings.Join(k.log, "\n"))
		}
	}
	if k.tree.Credentials().UID != 0 && k.random.IntN(10) == 0 {
		what += "; mknod " + p
		want = errors.Join(want, syscall.Mknod(real, syscall.S_IFCHR|0o666, 1<<8|3))
		got = errors.Join(got, k.tree.Mknod(p, CharDevice, 0o666, 1, 3))
	}
	k.log = append(k.log, what)
	if wanted, had := errno(want), errno(got); wanted != had {
		k.Fatalf("%s: got %q, want %q\nafter:\n%s", what, had, wanted, strings.Join(k.log, "\n"))
	}
}

// on does something to the file that a path leads to.
func (k *userKernel) on(p string, follow bool, do func(*Node) error) error {
	n, err := k.tree.Lstat(p)
	if follow {
		n, err = k.tree.Stat(p)
	}
	if err != nil {
		return err
	}
	return do(n)
}

// Groups of a view do not reach the tree that it is of.
func TestCredentialsOfViews(t *testing.T) {
	root := New()
	user := root.As(Credentials{UID: 7, GID: 8, Groups: []uint32{9}})
	if err := root.Mkdir("d", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{user.Mkdir("d/user", 0o755), root.Mkdir("d/root", 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var owners []string
	for name, n := range user.Clone().All() {
		owners = append(owners, fmt.Sprintf("%s %d:%d", name, n.UID, n.GID))
	}
	if want := []string{"d 0:0", "d/root 0:0", "d/user 7:8"}; !slices.Equal(owners, want) {
		t.Errorf("got %q, want %q", owners, want)
	}
}
