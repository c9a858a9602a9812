//go:build !linux

package diskio

import "os"

func BeginSync(file *os.File, offset, size int64) {}
