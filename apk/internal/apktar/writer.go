package apktar

import (
	"bufio"
	"fmt"
)

// WriteFile writes an entry with its content as apk writes those of scripts (apk/FORMAT.md 11). The name has at most 99 bytes, the
// modification time is in Unix seconds that twelve octal digits hold. Errors stay in b.
func WriteFile(b *bufio.Writer, name string, content []byte, modTime int64) {
	b.Write(header(name, int64(len(content)), modTime, '0'))
	b.Write(content)
	b.Write(make([]byte, padding(len(content))))
}

// WriteLongName writes GNU's header for a long name of the entry that follows. The size in it is one less than
// what follows: apk counts without the final NUL.
func WriteLongName(b *bufio.Writer, name string, modTime int64) {
	b.Write(header("././@LongLink", int64(len(name)), modTime, 'L'))
	b.WriteString(name)
	b.Write(make([]byte, 1+padding(len(name)+1)))
}

func padding(n int) int { return -n & 511 }

func header(name string, size, modTime int64, typeflag byte) []byte {
	h := make([]byte, 512)
	copy(h[0:100], name)
	copy(h[100:], "0000755\x00")
	copy(h[108:], "0000000\x00")
	copy(h[116:], "0000000\x00")
	copy(h[124:], fmt.Sprintf("%012o", size))
	copy(h[136:], fmt.Sprintf("%012o", modTime))
	copy(h[148:], "        ")
	h[156] = typeflag
	copy(h[257:], "ustar  \x00")
	copy(h[265:], "root")
	copy(h[297:], "root")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}
