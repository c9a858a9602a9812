package busybox

import (
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/layer/tree"
)

// cksum prints the CRC of POSIX and the number of bytes.
func cksum(c *Call) (int, error) {
	_, args, err := c.getopt("", "")
	if err != nil {
		return 0, err
	}
	return c.streams(args, messages{"can't open '%s': %s", ""}, func(name string, r io.Reader) error {
		var crc uint32
		size, err := eachByte(r, func(b byte) { crc = crc<<8 ^ posixCRC[byte(crc>>24)^b] })
		if errors.Is(err, tree.ErrIsDir) { // other operands are not read
			return exitStatus(c.complain("%s: %s", inputName(name), Reason(err)))
		}
		if err != nil {
			return err
		}
		for n := size; n > 0; n >>= 8 {
			crc = crc<<8 ^ posixCRC[byte(crc>>24)^byte(n)]
		}
		fmt.Fprintf(&c.Out, "%d %d", ^crc, size)
		if len(args) > 0 {
			c.Out.WriteString(" " + name)
		}
		c.Out.WriteByte('\n')
		return nil
	})
}

// posixCRC is the table of the polynomial 0x04c11db7, the highest bit first.
var posixCRC = func() (table [256]uint32) {
	for i := range table {
		crc := uint32(i) << 24
		for range 8 {
			carry := crc >> 31
			crc = crc<<1 ^ carry*0x04c11db7
		}
		table[i] = crc
	}
	return table
}()

// sum prints the checksum of BSD and the number of KiB or, with -s, that of System V and the number of blocks of 512 bytes.
func sum(c *Call) (int, error) {
	opts, args, err := c.getopt("rs", "")
	if err != nil {
		return 0, err
	}
	isSystemV := opts.has('s') && !opts.has('r')
	return c.streams(args, messages{"can't open '%s': %s", "%s: Is a directory"}, func(name string, r io.Reader) error {
		var bsd, systemV uint32
		size, err := eachByte(r, func(b byte) {
			bsd = (bsd>>1 + bsd&1<<15 + uint32(b)) & 0xffff
			systemV += uint32(b)
		})
		if err != nil {
			return err
		}
		if isSystemV {
			systemV = systemV&0xffff + systemV>>16
			fmt.Fprintf(&c.Out, "%d %d %s\n", systemV&0xffff+systemV>>16, (size+511)/512, name)
			return nil
		}
		if len(args) < 2 {
			name = ""
		}
		fmt.Fprintf(&c.Out, "%05d %5d %s\n", bsd, (size+1023)/1024, name)
		return nil
	})
}

// eachByte calls f with each byte, and returns how many there are.
func eachByte(r io.Reader, f func(b byte)) (size int64, err error) {
	buffer := make([]byte, 1<<15)
	for {
		n, err := r.Read(buffer)
		for _, b := range buffer[:n] {
			f(b)
		}
		size += int64(n)
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}
