package busybox

import (
	"strings"
)

// Escapes says whose backslashes are meant: they differ in octal numbers and in \c.
type Escapes uint8

const (
	echoEscapes   Escapes = iota // \0123 and \123; \c stops
	formatEscapes                // \123; \c stops
	DollarQuotes                 // $'…': \123, and \' and \"
)

// Unescape works out backslashes. It is stopped by a "\c".
func Unescape(s string, which Escapes) (text string, stopped bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		at := strings.IndexByte(`abefnrtv\`, s[i])
		switch {
		case at >= 0 && (s[i] != 'e' || which != DollarQuotes):
			b.WriteByte("\a\b\x1b\f\n\r\t\v\\"[at])
		case s[i] == 'c' && which != DollarQuotes:
			return b.String(), true
		case (s[i] == '\'' || s[i] == '"') && which == DollarQuotes:
			b.WriteByte(s[i])
		case s[i] == 'x' && i+1 < len(s) && hexDigit(s[i+1]) < 16:
			n := uint64(0)
			for count := 0; count < 2 && i+1 < len(s) && hexDigit(s[i+1]) < 16; count++ {
				i++
				n = n*16 + hexDigit(s[i])
			}
			b.WriteByte(byte(n))
		case '0' <= s[i] && s[i] <= '7':
			most := 3
			if which == echoEscapes && s[i] == '0' {
				most = 4
			}
			n := uint64(0)
			for count := 0; count < most && i < len(s) && '0' <= s[i] && s[i] <= '7'; count++ {
				if more := n*8 + uint64(s[i]-'0'); more < 256 {
					n = more
				} else if which != DollarQuotes { // there the digit is dropped
					break
				}
				i++
			}
			i--
			b.WriteByte(byte(n))
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String(), false
}

// hexDigit is the value of a hexadecimal digit, or 16.
func hexDigit(b byte) uint64 {
	switch {
	case '0' <= b && b <= '9':
		return uint64(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return uint64(b|0x20-'a') + 10
	}
	return 16
}
