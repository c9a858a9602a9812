package options

import (
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/filemode"
)

// ParseUmask reads an operand of umask: octal, the bits that new files do not get, or symbolic, those that they do.
func ParseUmask(text string, old uint16) (umask uint16, ok bool) {
	if text != "" && '0' <= text[0] && text[0] <= '9' {
		bits, err := strconv.ParseUint(text, 8, 16)
		return uint16(bits), err == nil && bits <= 0o777
	}
	mode, ok := filemode.Change(text, ^old&0o777, false, old)
	return ^mode & 0o777, ok && mode <= 0o777
}

// SymbolicUmask is what "umask -S" prints.
func SymbolicUmask(umask uint16) string {
	var b strings.Builder
	for i, who := range []string{"u=", ",g=", ",o="} {
		b.WriteString(who)
		for bit, letter := range "rwx" {
			if ^umask>>(8-3*i-bit)&1 != 0 {
				b.WriteRune(letter)
			}
		}
	}
	return b.String()
}
