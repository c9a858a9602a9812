package libc

import (
	"strconv"
	"strings"
)

// Unescape reads the escape of C, or "\e", that s begins with, and returns its size in s. The backslash of an unknown one goes.
func Unescape(s string) (text string, size int) {
	if len(s) < 2 {
		return s, 1
	}
	switch c := s[1]; c {
	case 'a', 'b', 'e', 'f', 'n', 'r', 't', 'v':
		return string("\a\b\x1b\f\n\r\t\v"[strings.IndexByte("abefnrtv", c)]), 2
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n, i := 0, 1
		for i < len(s) && i < 4 && '0' <= s[i] && s[i] <= '7' && n*8+int(s[i]-'0') < 256 {
			n = n*8 + int(s[i]-'0')
			i++
		}
		return string([]byte{byte(n)}), i
	case 'x':
		n, i := 0, 2
		for i < len(s) && i < 4 && isHex(s[i]) {
			d, _ := strconv.ParseUint(s[i:i+1], 16, 8)
			n = n*16 + int(d)
			i++
		}
		if i > 2 {
			return string([]byte{byte(n)}), i
		}
	}
	return s[1:2], 2
}

// UnescapeAll is Unescape for a whole text, which a zero byte ends.
func UnescapeAll(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for s != "" {
		text, size := s[:1], 1
		if s[0] == '\\' {
			text, size = Unescape(s)
		}
		b.WriteString(text)
		s = s[size:]
	}
	text, _, _ := strings.Cut(b.String(), "\x00")
	return text
}
