//go:build unix

package diskio

import (
	"io/fs"
	"syscall"
)

// IsAlike reports whether two files are of the same kind and give the same rights to the same users, so that one can
// stand for the other.
func IsAlike(a, b fs.FileInfo) bool {
	x, ok := a.Sys().(*syscall.Stat_t)
	y, okToo := b.Sys().(*syscall.Stat_t)
	return ok && okToo && a.Mode() == b.Mode() && x.Uid == y.Uid && x.Gid == y.Gid
}
