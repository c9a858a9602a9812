package script

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func fileCommands() map[string]command {
	return map[string]command{
		"mkdir": mkdir, "rmdir": rmdir, "rm": rm, "ln": ln, "mv": mv,
		"chmod": chmod, "chown": chown, "chgrp": chgrp, "touch": touch, "cat": cat,
		"readlink": readlink, "basename": basename, "dirname": dirname,
	}
}

func mkdir(c *call) (int, error) {
	opts, args, err := c.options("pm:", map[string]string{"parents": "p", "mode": "m:"})
	if err != nil {
		return 0, err
	}
	status := 0
	for _, name := range args {
		p := c.path(name)
		_, before := c.Tree.Stat(p)
		var err error
		if has(opts, 'p') {
			err = c.Tree.MkdirAll(p, 0o755)
		} else {
			err = c.Tree.Mkdir(strings.TrimRight(p, "/"), 0o755)
		}
		if err != nil {
			status = c.complain("can't create directory '%s': %s", name, reason(err))
			continue
		}
		if mode, ok := opts['m']; ok && before != nil {
			n, err := c.Tree.Stat(p)
			if err != nil {
				return 0, err
			}
			if n.Mode, ok = parseMode(mode, 0o777, true); !ok {
				return c.complain("invalid mode '%s'", mode), nil
			}
		}
	}
	return status, nil
}

func rmdir(c *call) (int, error) {
	opts, args, err := c.options("p", map[string]string{"ignore-fail-on-non-empty": "i"})
	if err != nil {
		return 0, err
	}
	status := 0
	for _, name := range args {
		for p := c.path(name); ; p = path.Dir(p) {
			n, err := c.Tree.Lstat(p)
			if err == nil && n.Type != tree.Directory {
				err = tree.ErrNotDir
			}
			if err == nil {
				err = c.Tree.Remove(p)
			}
			if err != nil {
				if !has(opts, 'i') || !errors.Is(err, tree.ErrNotEmpty) {
					status = c.complain("'%s': %s", name, reason(err))
				}
				break
			}
			if !has(opts, 'p') || path.Dir(p) == "/" {
				break
			}
		}
	}
	return status, nil
}

func rm(c *call) (int, error) {
	opts, args, err := c.options("rRf", map[string]string{"recursive": "r", "force": "f"})
	if err != nil {
		return 0, err
	}
	recursive := has(opts, 'r') || has(opts, 'R')
	status := 0
	for _, name := range args {
		if base := path.Base(name); base == "." || base == ".." {
			status = c.complain("can't remove '.' or '..'")
			continue
		}
		n, err := c.Tree.Lstat(c.path(name))
		switch {
		case err != nil:
			if has(opts, 'f') && (errors.Is(err, tree.ErrNotExist) || errors.Is(err, tree.ErrNotDir)) {
				continue
			}
		case n.Type == tree.Directory && !recursive:
			err = errors.New("is a directory")
			status = c.complain("'%s' %s", name, err)
			continue
		case n.Type == tree.Directory:
			err = c.Tree.RemoveAll(c.path(name))
		default:
			err = c.Tree.Remove(c.path(name))
		}
		if err != nil {
			status = c.complain("can't remove '%s': %s", name, reason(err))
		}
	}
	return status, nil
}

// isDir reports whether a path leads to a directory, links followed.
func (c *call) isDir(p string) bool {
	n, err := c.Tree.Stat(c.path(p))
	return err == nil && n.Type == tree.Directory
}

// into returns where a source goes: to the destination, or below it if that is a directory.
func (c *call) into(source, destination string) string {
	if c.isDir(destination) {
		return strings.TrimRight(c.path(destination), "/") + "/" + path.Base(source)
	}
	return c.path(destination)
}

func ln(c *call) (int, error) {
	opts, args, err := c.options("sfnT", map[string]string{"symbolic": "s", "force": "f", "no-dereference": "n"})
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.complain("missing operand"), nil
	}
	destination := args[len(args)-1]
	sources := args[:max(1, len(args)-1)]
	if len(args) == 1 {
		destination = path.Base(args[0])
	}
	status := 0
	for _, source := range sources {
		at := c.path(destination)
		if old, err := c.Tree.Lstat(at); err == nil && old.Type == tree.Symlink && has(opts, 'n') || has(opts, 'T') {
			// the link itself is what is replaced
		} else {
			at = c.into(source, destination)
		}
		var err error
		if !has(opts, 's') {
			_, err = c.Tree.Lstat(c.path(source))
		}
		if old, look := c.Tree.Lstat(at); err == nil && look == nil && has(opts, 'f') && old.Type != tree.Directory {
			err = c.Tree.Remove(at)
		}
		if err == nil {
			if has(opts, 's') {
				err = c.Tree.Symlink(source, at)
			} else {
				err = c.Tree.Link(c.path(source), at)
			}
		}
		if err != nil {
			status = c.complain("%s: %s", strings.TrimPrefix(at, c.dirPrefix(destination)), reason(err))
		}
	}
	return status, nil
}

// dirPrefix is what absolute put in front of a relative path.
func (c *call) dirPrefix(p string) string {
	if strings.HasPrefix(p, "/") {
		return ""
	}
	return strings.TrimRight(c.dir, "/") + "/"
}

func mv(c *call) (int, error) {
	opts, args, err := c.options("fTn", nil)
	if err != nil {
		return 0, err
	}
	if len(args) < 2 {
		return c.complain("missing operand"), nil
	}
	destination := args[len(args)-1]
	if len(args) > 2 && !c.isDir(destination) {
		return c.complain("can't stat '%s': %s", destination, tree.ErrNotExist), nil
	}
	status := 0
	for _, source := range args[:len(args)-1] {
		at := c.path(destination)
		if !has(opts, 'T') {
			at = c.into(source, destination)
		}
		if _, err := c.Tree.Lstat(at); err == nil && has(opts, 'n') {
			continue
		}
		if err := c.Tree.Rename(c.path(source), at); err != nil {
			status = c.complain("can't rename '%s': %s", source, reason(err))
		}
	}
	return status, nil
}

func chmod(c *call) (int, error) {
	// A mode may begin with "-", so options are read by hand.
	args := c.args[1:]
	recursive := false
	for len(args) > 0 && (args[0] == "-R" || args[0] == "-f" || args[0] == "--") {
		recursive = recursive || args[0] == "-R"
		args = args[1:]
	}
	if len(args) < 2 {
		return c.complain("missing operand"), nil
	}
	status := 0
	for _, name := range args[1:] {
		err := c.each(name, recursive, true, func(n *tree.Node) error {
			mode, ok := parseMode(args[0], n.Mode, n.Type == tree.Directory)
			if !ok {
				return fmt.Errorf("invalid mode '%s'", args[0])
			}
			n.Mode = mode
			return nil
		})
		if err != nil {
			status = c.complain("%s: %s", name, reason(err))
		}
	}
	return status, nil
}

// each calls f for a file, links followed if asked, and with recursive for all below
// it but for links.
func (c *call) each(name string, recursive, follow bool, f func(n *tree.Node) error) error {
	look := c.Tree.Lstat
	if follow {
		look = c.Tree.Stat
	}
	n, err := look(c.path(name))
	if err != nil {
		return err
	}
	if err := f(n); err != nil || !recursive {
		return err
	}
	return below(n, f)
}

func below(dir *tree.Node, f func(n *tree.Node) error) error {
	for _, name := range dir.Names() {
		n := dir.Child(name)
		if n.Type == tree.Symlink {
			continue
		}
		if err := f(n); err != nil {
			return err
		}
		if err := below(n, f); err != nil {
			return err
		}
	}
	return nil
}

// parseMode works out an octal or symbolic mode against the one that a file has.
func parseMode(text string, old uint16, dir bool) (uint16, bool) {
	if n, err := strconv.ParseUint(text, 8, 16); err == nil {
		return uint16(n), n <= 0o7777
	}
	mode := old
	for clause := range strings.SplitSeq(text, ",") {
		var ok bool
		if mode, ok = parseClause(clause, mode, dir); !ok {
			return 0, false
		}
	}
	return mode, true
}

// umaskBits are what a clause without "ugoa" leaves alone.
const umaskBits = 0o022

// parseClause reads [ugoa]*([-+=][rwxXstugo]*)+.
func parseClause(s string, mode uint16, dir bool) (uint16, bool) {
	who := uint16(0)
	i := 0
	for ; i < len(s) && strings.IndexByte("ugoa", s[i]) >= 0; i++ {
		who |= map[byte]uint16{'u': 0o4700, 'g': 0o2070, 'o': 0o1007, 'a': 0o7777}[s[i]]
	}
	masked := who == 0
	if masked {
		who = 0o7777
	}
	if i == len(s) {
		return 0, false
	}
	for i < len(s) {
		op := s[i]
		if strings.IndexByte("+-=", op) < 0 {
			return 0, false
		}
		bits := uint16(0)
		for i++; i < len(s) && strings.IndexByte("+-=", s[i]) < 0; i++ {
			switch s[i] {
			case 'r':
				bits |= 0o444
			case 'w':
				bits |= 0o222
			case 'x':
				bits |= 0o111
			case 'X':
				if dir || mode&0o111 != 0 {
					bits |= 0o111
				}
			case 's':
				bits |= 0o6000
			case 't':
				bits |= 0o1000
			case 'u':
				bits |= mode >> 6 & 7 * 0o111
			case 'g':
				bits |= mode >> 3 & 7 * 0o111
			case 'o':
				bits |= mode & 7 * 0o111
			default:
				return 0, false
			}
		}
		bits &= who
		if masked {
			bits &^= umaskBits
		}
		switch op {
		case '+':
			mode |= bits
		case '-':
			mode &^= bits
		case '=':
			clear := who
			if dir {
				clear &^= 0o6000
			}
			mode = mode&^clear | bits
		}
	}
	return mode, true
}

func chown(c *call) (int, error) {
	opts, args, err := c.options("RhfH", map[string]string{"recursive": "R", "no-dereference": "h"})
	if err != nil {
		return 0, err
	}
	if len(args) < 2 {
		return c.complain("missing operand"), nil
	}
	user, group, hasGroup := strings.Cut(args[0], ":")
	if !hasGroup {
		user, group, hasGroup = strings.Cut(args[0], ".")
	}
	uid, gid := -1, -1
	var bad string
	if user != "" {
		if uid, gid, bad = c.lookUser(user, hasGroup && group == ""); bad != "" {
			return c.complain("%s", bad), nil
		}
	}
	if hasGroup && group != "" {
		if gid, bad = c.lookGroup(group); bad != "" {
			return c.complain("%s", bad), nil
		}
	}
	return c.setOwner(args[1:], uid, gid, opts)
}

func chgrp(c *call) (int, error) {
	opts, args, err := c.options("RhfH", map[string]string{"recursive": "R", "no-dereference": "h"})
	if err != nil {
		return 0, err
	}
	if len(args) < 2 {
		return c.complain("missing operand"), nil
	}
	gid, bad := c.lookGroup(args[0])
	if bad != "" {
		return c.complain("%s", bad), nil
	}
	return c.setOwner(args[1:], -1, gid, opts)
}

// setOwner is the rest of chown and chgrp; ids below 0 stay. As a kernel does, it
// takes set-id bits from programs.
func (c *call) setOwner(names []string, uid, gid int, opts map[byte]string) (int, error) {
	status := 0
	for _, name := range names {
		err := c.each(name, has(opts, 'R'), !has(opts, 'h'), func(n *tree.Node) error {
			if uid >= 0 {
				n.UID = uint32(uid)
			}
			if gid >= 0 {
				n.GID = uint32(gid)
			}
			if n.Type == tree.Regular && n.Mode&0o111 != 0 {
				n.Mode &^= 0o4000
				if n.Mode&0o010 != 0 {
					n.Mode &^= 0o2000
				}
			}
			return nil
		})
		if err != nil && !has(opts, 'f') {
			status = c.complain("%s: %s", name, reason(err))
		}
	}
	return status, nil
}

// lookUser returns a user's id and, if asked, that of its group.
func (c *call) lookUser(name string, withGroup bool) (uid, gid int, problem string) {
	users, err := c.readDatabase("/etc/passwd")
	if err == nil {
		if f := users.find(name); len(f) > 3 {
			uid, err1 := strconv.Atoi(f[2])
			gid, err2 := strconv.Atoi(f[3])
			if err1 == nil && err2 == nil {
				if !withGroup {
					gid = -1
				}
				return uid, gid, ""
			}
		}
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return int(n), -1, ""
	}
	return 0, 0, "unknown user " + name
}

func (c *call) lookGroup(name string) (gid int, problem string) {
	groups, err := c.readDatabase("/etc/group")
	if err == nil {
		if f := groups.find(name); len(f) > 2 {
			if gid, err := strconv.Atoi(f[2]); err == nil {
				return gid, ""
			}
		}
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return int(n), ""
	}
	return 0, "unknown group " + name
}

func touch(c *call) (int, error) {
	opts, args, err := c.options("c", nil)
	if err != nil {
		return 0, err
	}
	status := 0
	for _, name := range args {
		n, err := c.Tree.Stat(c.path(name))
		switch {
		case err == nil:
			n.ModTime = c.Now
		case has(opts, 'c'):
			continue
		default:
			err = c.Tree.WriteFile(c.path(name), nil, 0o644)
			if err != nil {
				status = c.complain("%s: %s", name, reason(err))
			}
		}
	}
	return status, nil
}

// input returns the content of a file, or of standard input for "-".
func (c *call) input(name string) ([]byte, error) {
	if name == "-" {
		return c.read()
	}
	return c.Tree.ReadFile(c.path(name), maxInput)
}

func cat(c *call) (int, error) {
	_, args, err := c.options("u", nil)
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	status := 0
	for _, name := range args {
		b, err := c.input(name)
		if err != nil {
			status = c.complain("can't open '%s': %s", name, reason(err))
			continue
		}
		c.out.Write(b)
	}
	return status, nil
}

func readlink(c *call) (int, error) {
	opts, args, err := c.options("fn", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		return c.complain("missing operand"), nil
	}
	target := ""
	if has(opts, 'f') {
		p, err := c.Tree.Resolve(c.path(args[0]), true)
		if args[0] == "" || err != nil {
			return 1, nil
		}
		target = "/" + p
	} else {
		n, err := c.Tree.Lstat(c.path(args[0]))
		if err != nil || n.Type != tree.Symlink {
			return 1, nil
		}
		target = n.Target
	}
	c.out.WriteString(target)
	if !has(opts, 'n') {
		c.out.WriteByte('\n')
	}
	return 0, nil
}

func basename(c *call) (int, error) {
	if len(c.args) < 2 || len(c.args) > 3 {
		return c.complain("usage: basename FILE [SUFFIX]"), nil
	}
	name := path.Base(c.args[1])
	if c.args[1] == "" {
		name = ""
	}
	if len(c.args) == 3 && name != c.args[2] {
		name = strings.TrimSuffix(name, c.args[2])
	}
	fmt.Fprintln(&c.out, name)
	return 0, nil
}

func dirname(c *call) (int, error) {
	if len(c.args) != 2 {
		return c.complain("usage: dirname FILENAME"), nil
	}
	name := strings.TrimRight(c.args[1], "/")
	switch i := strings.LastIndexByte(name, '/'); {
	case name == "" && c.args[1] != "":
		name = "/"
	case i < 0:
		name = "."
	default:
		if name = strings.TrimRight(name[:i], "/"); name == "" {
			name = "/"
		}
	}
	fmt.Fprintln(&c.out, name)
	return 0, nil
}
