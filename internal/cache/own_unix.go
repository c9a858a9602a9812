//go:build unix

package cache

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkOwn returns an error unless a file or directory belongs to the user of the process or to root, and nobody
// else has one of the permissions of mask. Parent directories are not checked: a user who can replace the
// directory of a cache still cannot make one that belongs to its user.
func checkOwn(name string, info fs.FileInfo, mask fs.FileMode) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if uid := os.Geteuid(); int(stat.Uid) != uid && stat.Uid != 0 {
		return fmt.Errorf("%s belongs to uid %d, and this is uid %d", name, stat.Uid, uid)
	}
	if mode := info.Mode().Perm(); mode&mask != 0 {
		return fmt.Errorf("%s has mode %04o, which lets others %s it", name, mode, verb(mode&mask))
	}
	return nil
}

func verb(mode fs.FileMode) string {
	if mode&0o022 != 0 {
		return "write to"
	}
	return "read"
}
