package script

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

// maxDescribed is the largest file of which the content is compared.
const maxDescribed = 1 << 16

func describeTree(t *tree.Tree) map[string]string {
	files := make(map[string]string)
	links := make(map[*tree.Node]string)
	for name, n := range t.All() {
		desc := fmt.Sprintf("mode %04o owner %d:%d", n.Mode, n.UID, n.GID)
		switch n.Type {
		case tree.Directory:
			desc = "directory " + desc
		case tree.Symlink:
			desc = "link to " + n.Target + " " + desc
		case tree.Regular:
			if n.Size > maxDescribed {
				desc += fmt.Sprintf(" %d bytes", n.Size)
			} else if content, err := n.Read(maxDescribed); err != nil {
				desc += " " + err.Error()
			} else {
				desc += " " + quoted(content)
			}
			desc = "file " + desc
		case tree.CharDevice:
			desc = fmt.Sprintf("character device %d:%d %s", n.Major, n.Minor, desc)
		case tree.BlockDevice:
			desc = fmt.Sprintf("block device %d:%d %s", n.Major, n.Minor, desc)
		case tree.FIFO:
			desc = "fifo " + desc
		}
		if n.Links() > 1 && n.Type != tree.Directory {
			if first, ok := links[n]; ok {
				desc += " same as " + first
			} else {
				links[n] = name
			}
		}
		for name, value := range n.Xattrs {
			desc += fmt.Sprintf(" %s=%q", name, value)
		}
		desc += describeTime(n.ModTime, n.ModTime.Equal(t.Now))
		files[name] = desc
	}
	return files
}

// quoted is the content of a file as Go has it. Contents that take long are kept, since every description of a root has them.
func quoted(content []byte) string {
	if len(content) < 1024 {
		return strconv.Quote(string(content))
	}
	longContents.Lock()
	defer longContents.Unlock()
	if longContents.quoted == nil || len(longContents.quoted) > 1000 {
		longContents.quoted = make(map[string]string)
	}
	q, ok := longContents.quoted[string(content)]
	if !ok {
		q = strconv.Quote(string(content))
		longContents.quoted[string(content)] = q
	}
	return q
}

var longContents struct {
	sync.Mutex
	quoted map[string]string
}

// describedFiles are descriptions of a root's files that hold as long as the files have the same status: any change renews its ctime.
type describedFiles map[string]describedFile

type describedFile struct {
	status syscall.Stat_t // without the time of the last use
	desc   string
}

// describeHost describes a real root in the same way. It takes descriptions from those that are known, and adds to them if they are empty.
func describeHost(root string, began time.Time, known describedFiles) (map[string]string, error) {
	learns := known != nil && len(known) == 0
	files := make(map[string]string)
	links := make(map[uint64]string)
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		name := strings.TrimPrefix(p, root+"/")
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		status := *st
		status.Atim = syscall.Timespec{}
		if k, ok := known[name]; ok && k.status == status {
			files[name] = k.desc
			return nil
		}
		desc := fmt.Sprintf("mode %04o owner %d:%d", st.Mode&0o7777, st.Uid, st.Gid)
		switch st.Mode & syscall.S_IFMT {
		case syscall.S_IFDIR:
			desc = "directory " + desc
		case syscall.S_IFLNK:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			desc = "link to " + target + " " + desc
		case syscall.S_IFREG:
			if info.Size() > maxDescribed {
				desc += fmt.Sprintf(" %d bytes", info.Size())
			} else {
				content, err := os.ReadFile(p)
				if err != nil {
					return err
				}
				desc += " " + quoted(content)
			}
			desc = "file " + desc
		case syscall.S_IFCHR:
			desc = fmt.Sprintf("character device %d:%d %s", st.Rdev>>8, st.Rdev&0xff, desc)
		case syscall.S_IFBLK:
			desc = fmt.Sprintf("block device %d:%d %s", st.Rdev>>8, st.Rdev&0xff, desc)
		case syscall.S_IFIFO:
			desc = "fifo " + desc
		}
		if st.Nlink > 1 && !d.IsDir() {
			if first, ok := links[st.Ino]; ok {
				desc += " same as " + first
			} else {
				links[st.Ino] = name
			}
		}
		if info.Mode().IsRegular() {
			value := make([]byte, 100)
			if n, err := syscall.Getxattr(p, "user.color", value); err == nil {
				desc += fmt.Sprintf(" user.color=%q", value[:n])
			}
		}
		desc += describeTime(info.ModTime(), info.ModTime().After(began) && info.ModTime().Before(time.Now()))
		files[name] = desc
		// A hard link is described by the name that comes first.
		if learns && !isOfFixture(name) && (st.Nlink == 1 || d.IsDir()) && !strings.HasSuffix(desc, nowSuffix) {
			known[name] = describedFile{status, desc}
		}
		return nil
	})
	return files, err
}
