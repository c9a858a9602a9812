package diskio

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// CloneFile makes to, which is empty, share all bytes of from until one of them is written to (ioctl_ficlone(2)).
// btrfs, xfs and some others can do so within one file system.
func CloneFile(to, from *os.File) error {
	target, err := to.SyscallConn()
	if err != nil {
		return err
	}
	source, err := from.SyscallConn()
	if err != nil {
		return err
	}
	var cloned, noTarget error
	noSource := source.Control(func(source uintptr) {
		noTarget = target.Control(func(target uintptr) { cloned = unix.IoctlFileClone(int(target), int(source)) })
	})
	return errors.Join(noSource, noTarget, cloned)
}
