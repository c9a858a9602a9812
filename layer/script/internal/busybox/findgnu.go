package busybox

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
	"github.com/lamina-oci/lamina/layer/tree"
)

// gnuPrimary reads what GNU's find has and busybox' has not.
func (p *findParser) gnuPrimary(name string) (findExpr, error) {
	switch {
	case !p.c.isOther():
	case name == "-true", name == "-false":
		return func(*finder, findFile) (bool, error) { return name == "-true", nil }, nil
	case name == "-mount":
		return nil, nil
	case name == "-printf" && len(p.args) > 0:
		format := p.args[0]
		p.args = p.args[1:]
		p.rules.acts = true
		return p.printf(format)
	}
	return nil, unknownPrimary(name)
}

// printf is the action -printf. Directives that depend on the file system are refused, and widths.
func (p *findParser) printf(format string) (findExpr, error) {
	type piece func(f *finder, file findFile) (string, error)
	var pieces []piece
	plain := func(text string) {
		pieces = append(pieces, func(*finder, findFile) (string, error) { return text, nil })
	}
	for rest := format; rest != ""; {
		at := strings.IndexAny(rest, `%\`)
		if at < 0 {
			plain(rest)
			break
		}
		plain(rest[:at])
		kind := rest[at]
		if rest = rest[at+1:]; rest == "" {
			return nil, p.c.Unsupported(p.c.Line, "find: -printf %q is not supported", format)
		}
		letter := rest[0]
		rest = rest[1:]
		zone := byte(0)
		if kind == '%' && letter == 'T' && rest != "" {
			zone, rest = rest[0], rest[1:]
		}
		switch {
		case kind == '\\' && strings.IndexByte(`nt\0`, letter) >= 0:
			plain("\n\t\\\x00"[strings.IndexByte(`nt\0`, letter):][:1])
			if letter == '0' && rest != "" && rest[0] >= '0' && rest[0] <= '7' {
				return nil, p.c.Unsupported(p.c.Line, "find: -printf %q is not supported", format)
			}
		case kind == '%' && letter == '%':
			plain("%")
		case kind == '%' && strings.IndexByte("pfhPsmugUGyldM", letter) >= 0, zone != 0 && strings.IndexByte("@YmdHM", zone) >= 0:
			pieces = append(pieces, func(f *finder, file findFile) (string, error) { return f.printed(letter, zone, file) })
		default:
			return nil, p.c.Unsupported(p.c.Line, "find: -printf %q is not supported", format)
		}
	}
	return func(f *finder, file findFile) (bool, error) {
		for _, one := range pieces {
			text, err := one(f, file)
			if err != nil {
				return false, err
			}
			f.c.Out.WriteString(text)
		}
		return true, f.c.Bounded()
	}, nil
}

// printed is what a letter of -printf stands for.
func (f *finder) printed(letter, part byte, file findFile) (string, error) {
	n := file.node
	switch letter {
	case 'p':
		return file.path, nil
	case 'f', 'h':
		dir, base := path.Split(file.path)
		if base == "" || dir == "/" {
			return "", f.c.Unsupported(f.c.Line, "find: -printf %%%c of %q is not supported", letter, file.path)
		}
		if letter == 'f' {
			return base, nil
		}
		if dir == "" {
			dir = "./"
		}
		return strings.TrimSuffix(dir, "/"), nil
	case 'P':
		return strings.TrimPrefix(strings.TrimPrefix(file.path, f.start), "/"), nil
	case 's':
		switch n.Type {
		case tree.Directory:
			return "", f.c.Unsupported(f.c.Line, "find: -printf %%s of a directory is not supported: use -type f before it")
		case tree.Symlink:
			return fmt.Sprint(len(n.Target)), nil
		}
		return fmt.Sprint(n.Size), nil
	case 'm':
		return fmt.Sprintf("%o", n.Mode), nil
	case 'M':
		return modeString(n), nil
	case 'u':
		return cmp.Or(f.c.nameOf(passwdFile, n.UID), fmt.Sprint(n.UID)), nil
	case 'g':
		return cmp.Or(f.c.nameOf(groupFile, n.GID), fmt.Sprint(n.GID)), nil
	case 'U':
		return fmt.Sprint(n.UID), nil
	case 'G':
		return fmt.Sprint(n.GID), nil
	case 'y':
		return "fdlcbp"[n.Type:][:1], nil
	case 'l':
		return n.Target, nil
	case 'd':
		return fmt.Sprint(f.depth), nil
	}
	if part == '@' {
		return fmt.Sprintf("%d.0000000000", n.ModTime.Unix()), nil
	}
	zone, err := f.c.zone()
	if err != nil {
		return "", err
	}
	text, _ := libc.Strftime("%"+string(part), n.ModTime.In(zone))
	return text, nil
}

// isSafeRegex reports whether an expression of -regex means to GNU's find, which takes Emacs' syntax, what it means to busybox'.
func isSafeRegex(text string) bool {
	return !strings.ContainsAny(text, "+?|(){}^$") && strings.Count(text, `\`) == strings.Count(text, `\.`)
}
