// Package filemode works out the modes that chmod takes (chmod(1p)), as busybox does.
package filemode

import (
	"strconv"
	"strings"
)

// Change applies a mode to the one that a file has: octal, or symbolic such as u+x,go=rX. A clause without "ugoa" leaves the bits of umask
// alone. It reports false for a text that is no mode.
func Change(text string, old uint16, isDirectory bool, umask uint16) (uint16, bool) {
	if text != "" && text[0] >= '0' && text[0] <= '7' {
		n, err := strconv.ParseUint(text, 8, 16)
		return uint16(n), err == nil && n <= 0o7777
	}
	p := modeParser{rest: text, mode: old, umask: umask, isDirectory: isDirectory}
	for p.rest != "" {
		if p.rest[0] == ',' {
			p.rest = p.rest[1:]
			continue
		}
		if !p.clause() {
			return 0, false
		}
	}
	return p.mode, true
}

type modeParser struct {
	rest        string
	mode        uint16
	umask       uint16
	isDirectory bool
}

// takes returns the next byte if it is one of set.
func (p *modeParser) takes(set string) (byte, bool) {
	if p.rest == "" || strings.IndexByte(set, p.rest[0]) < 0 {
		return 0, false
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return b, true
}

// clause reads [ugoa]*([-+=]([rwxXst]*|[ugo]))+.
func (p *modeParser) clause() bool {
	who := uint16(0)
	for {
		b, ok := p.takes("augo")
		if !ok {
			break
		}
		who |= map[byte]uint16{'a': 0o7777, 'u': 0o4700, 'g': 0o2070, 'o': 0o0007}[b]
	}
	for {
		op, ok := p.takes("+-=")
		if !ok {
			return false
		}
		if op == '=' {
			clear := who
			if who == 0 {
				clear = 0o7777
			}
			p.mode &^= clear
		}
		bits := p.bits()
		if who == 0 {
			bits &^= p.umask
		} else {
			bits &= who
		}
		if op == '-' {
			p.mode &^= bits
		} else {
			p.mode |= bits
		}
		if p.rest == "" || p.rest[0] == ',' {
			return true
		}
	}
}

func (p *modeParser) bits() (bits uint16) {
	if b, ok := p.takes("ugo"); ok { // as another class has them by now, after "=" cleared its bits
		return p.mode >> map[byte]int{'u': 6, 'g': 3, 'o': 0}[b] & 7 * 0o111
	}
	for {
		b, ok := p.takes("rwxXst")
		switch {
		case !ok:
			return bits
		case b == 'X' && !p.isDirectory && p.mode&0o111 == 0:
		default:
			bits |= map[byte]uint16{'r': 0o444, 'w': 0o222, 'x': 0o111, 'X': 0o111, 's': 0o6000, 't': 0o1000}[b]
		}
	}
}
