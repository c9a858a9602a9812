package busybox

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func chmod(c *Call) (int, error) {
	args, letters, err := c.chmodArguments()
	if err != nil {
		return 0, err
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	has := func(letter string) bool { return strings.Contains(letters, letter) }
	return c.recurse(args[1:], walkRule{recursive: has("R")}, func(name string, n *tree.Node, depth int) error {
		if depth > 0 && n.Type == tree.Symlink {
			return nil
		}
		n, err := c.look(name, true)
		if err != nil {
			if !has("f") {
				c.complain("%s: %s", name, Reason(err))
			}
			return err
		}
		mode, ok := ParseMode(args[0], n.Mode, n.Type == tree.Directory, c.Umask)
		if !ok {
			c.complain("invalid mode '%s'", args[0])
			return errStop
		}
		isOther := mode != n.Mode
		if err := c.Tree.Chmod(n, mode); err != nil {
			if !has("f") {
				c.complain("%s: %s", name, Reason(err))
			}
			return err
		}
		if has("v") || has("c") && isOther {
			fmt.Fprintf(&c.Out, "mode of '%s' changed to %04o (%s)\n", name, mode, modeString(&tree.Node{Mode: mode})[1:])
		}
		return nil
	})
}

// chmodArguments reads options by hand, since a mode may begin with "-". Such a mode
// must come before all else that is no option.
func (c *Call) chmodArguments() (rest []string, letters string, err error) {
	for i, arg := range c.Args[1:] {
		switch {
		case arg == "--":
			return append(rest, c.Args[i+2:]...), letters, nil
		case len(arg) < 2 || arg[0] != '-', len(rest) == 0 && strings.IndexByte("-Rvcf", arg[1]) < 0:
			rest = append(rest, arg)
			continue
		}
		if strings.HasPrefix(arg, "--") {
			return nil, "", c.refused("unrecognized option: %s", arg[2:])
		}
		for i := 1; i < len(arg); i++ {
			if strings.IndexByte("Rfcv", arg[i]) < 0 {
				return nil, "", c.unknownOption(arg[i])
			}
			letters += arg[i : i+1]
		}
	}
	return rest, letters, nil
}

// DefaultUmask is what a script begins with, as apk does.
const DefaultUmask = 0o022

// masked returns the mode of a new file for which a program asks for mode.
func (c *Call) masked(mode uint16) uint16 { return mode &^ c.Umask }

// ParseMode works out an octal or symbolic mode against the one that a file has. A
// clause without "ugoa" leaves the bits of umask alone.
func ParseMode(text string, old uint16, dir bool, umask uint16) (uint16, bool) {
	if text != "" && text[0] >= '0' && text[0] <= '7' {
		n, err := strconv.ParseUint(text, 8, 16)
		return uint16(n), err == nil && n <= 0o7777
	}
	p := modeParser{rest: text, mode: old, umask: umask, dir: dir}
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
	rest  string
	mode  uint16
	umask uint16
	dir   bool
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
		case b == 'X' && !p.dir && p.mode&0o111 == 0:
		default:
			bits |= map[byte]uint16{'r': 0o444, 'w': 0o222, 'x': 0o111, 'X': 0o111, 's': 0o6000, 't': 0o1000}[b]
		}
	}
}
