package diskio

import (
	"os"

	"golang.org/x/sys/unix"
)

// BeginSync has the system begin to write a part of a file to the disk, without waiting for it
// (sync_file_range(2)). It is no substitute for a sync.
func BeginSync(file *os.File, offset, size int64) {
	conn, err := file.SyscallConn()
	if err == nil {
		conn.Control(func(fd uintptr) { unix.SyncFileRange(int(fd), offset, size, unix.SYNC_FILE_RANGE_WRITE) })
	}
}
