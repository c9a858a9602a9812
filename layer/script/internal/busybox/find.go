package busybox

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/internal/filemode"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

// findExpr is a part of find's expression. It returns whether it is true of a file.
type findExpr func(f *finder, file findFile) (bool, error)

// findFile is the file that an expression tests.
type findFile struct {
	path string
	node *tree.Node
}

// findParser reads find's arguments.
type findParser struct {
	c     *Call
	args  []string
	paths []string
	rules finder
	depth int // of parentheses

	// invert is set by "!" until the next test or action: options such as -depth are neither, and pass it on.
	invert bool
}

// unknownPrimary is a word of an expression that busybox does not have, such as -printf.
type unknownPrimary string

func (u unknownPrimary) Error() string { return "unrecognized: " + string(u) }

// findError is what busybox says of a wrong expression.
type findError string

func (e findError) Error() string { return string(e) }

func (p *findParser) parse() (findExpr, error) {
	for len(p.args) > 0 && (p.args[0] == "-H" || p.args[0] == "-L" || p.args[0] == "-P") {
		p.rules.follow, p.rules.followFirst = p.args[0] == "-L", p.args[0] == "-H"
		p.args = p.args[1:]
	}
	for len(p.args) > 0 && !strings.HasPrefix(p.args[0], "-") && p.args[0] != "(" && p.args[0] != "!" {
		p.paths = append(p.paths, p.args[0])
		p.args = p.args[1:]
	}
	if len(p.paths) == 0 {
		p.paths = []string{"."}
	}
	expr := always
	if len(p.args) > 0 {
		var err error
		if expr, err = p.or(); err != nil {
			return nil, err
		}
		if len(p.args) > 0 {
			return nil, p.c.Unsupported(p.c.Line, "find: a ) without a ( is not supported")
		}
	}
	if p.rules.acts {
		return expr, nil
	}
	return and(expr, printPath('\n')), nil
}

func always(*finder, findFile) (bool, error) { return true, nil }

func and(left, right findExpr) findExpr {
	return func(f *finder, file findFile) (bool, error) {
		if ok, err := left(f, file); !ok || err != nil {
			return false, err
		}
		return right(f, file)
	}
}

func (p *findParser) accept(words ...string) bool {
	for _, word := range words {
		if len(p.args) > 0 && p.args[0] == word {
			p.args = p.args[1:]
			return true
		}
	}
	return false
}

// or reads groups between "-o". Of an empty group busybox keeps nothing: the first is true, and with another one the list of groups ends.
func (p *findParser) or() (findExpr, error) {
	left, err := p.and()
	for ended := left == nil; err == nil && p.accept("-o", "-or"); {
		var right findExpr
		if right, err = p.and(); ended || right == nil {
			ended = true
			continue
		}
		first := left
		left = func(f *finder, file findFile) (bool, error) {
			if ok, err := first(f, file); ok || err != nil {
				return ok, err
			}
			return right(f, file)
		}
	}
	if left == nil {
		left = always
	}
	return left, err
}

// and reads a group. It is nil if nothing but options is in it.
func (p *findParser) and() (findExpr, error) {
	var expr findExpr
	for len(p.args) > 0 && p.args[0] != "-o" && p.args[0] != "-or" && p.args[0] != ")" {
		if p.accept("-a", "-and") {
			continue
		}
		if p.accept("!", "-not") {
			p.invert = !p.invert
			continue
		}
		right, err := p.primary()
		if err != nil {
			return nil, err
		}
		if right == nil {
			continue
		}
		if p.invert {
			p.invert, right = false, not(right)
		}
		if expr != nil {
			right = and(expr, right)
		}
		expr = right
	}
	return expr, nil
}

func not(expr findExpr) findExpr {
	return func(f *finder, file findFile) (bool, error) {
		ok, err := expr(f, file)
		return !ok, err
	}
}

// primary reads a test or an action. It returns nil for an option.
func (p *findParser) primary() (findExpr, error) {
	name := p.args[0]
	p.args = p.args[1:]
	switch name {
	case "(":
		if p.depth++; p.depth > maxParentheses {
			return nil, p.c.Unsupported(p.c.Line, "find: more than %d parentheses within each other are not supported", maxParentheses)
		}
		invert := p.invert
		p.invert = false
		expr, err := p.or()
		if err == nil && !p.accept(")") {
			err = findError("unpaired '('")
		}
		p.depth--
		p.invert = invert
		return expr, err
	case "-print":
		p.rules.acts = true
		return printPath('\n'), nil
	case "-print0":
		p.rules.acts = true
		return printPath(0), nil
	case "-prune":
		return func(f *finder, _ findFile) (bool, error) {
			f.prune = true
			return true, nil
		}, nil
	case "-quit":
		p.rules.acts = true
		return func(f *finder, _ findFile) (bool, error) { return false, errQuit }, nil
	case "-delete":
		p.rules.acts, p.rules.depthFirst = true, true
		return deleteFile, nil
	case "-depth":
		p.rules.depthFirst = true
		return nil, nil
	case "-follow":
		p.rules.follow = true
		return nil, nil
	case "-xdev":
		return nil, nil // a tree is one file system
	case "-empty":
		return func(f *finder, file findFile) (bool, error) {
			if file.node.Type == tree.Directory {
				names, err := f.c.Tree.Names(file.node)
				if err != nil {
					f.complain(file.path, err)
				}
				return err == nil && len(names) == 0, nil
			}
			return file.node.Type == tree.Regular && file.node.Size == 0, nil
		}, nil
	case "-executable":
		return func(f *finder, file findFile) (bool, error) {
			n, err := f.c.look(file.path, true)
			return err == nil && f.c.Tree.Access(n, tree.Execute) == nil, nil
		}, nil
	case "-exec":
		return p.exec()
	case "-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-type", "-perm", "-user", "-group", "-newer", "-size", "-mtime", "-mmin",
		"-links", "-maxdepth", "-mindepth":
		if len(p.args) == 0 {
			return nil, findError(name + " requires an argument")
		}
		value := p.args[0]
		p.args = p.args[1:]
		return p.test(name, value)
	}
	switch name {
	case "-inum", "-atime", "-ctime":
		return nil, p.c.Unsupported(p.c.Line, "find: %s is not supported: it depends on the machine", name)
	}
	return p.gnuPrimary(name)
}

// test reads a primary with one argument.
func (p *findParser) test(name, value string) (findExpr, error) {
	switch name {
	case "-name", "-iname":
		fold := name == "-iname"
		return func(_ *finder, file findFile) (bool, error) {
			return glob.Match(value, lastComponent(file.path), fold), nil
		}, nil
	case "-path", "-ipath", "-wholename":
		fold := name == "-ipath"
		return func(_ *finder, file findFile) (bool, error) { return glob.Match(value, file.path, fold), nil }, nil
	case "-regex":
		if p.c.isOther() && !isSafeRegex(value) {
			return nil, p.c.Unsupported(p.c.Line, "find: -regex %q is not supported: GNU's find takes Emacs' syntax", value)
		}
		return p.regex(value)
	case "-type":
		at := strings.Index("fdlcbp", value)
		if len(value) != 1 || at < 0 {
			return nil, p.c.Unsupported(p.c.Line, "find: -type %s is not supported", value)
		}
		return func(_ *finder, file findFile) (bool, error) { return int(file.node.Type) == at, nil }, nil
	case "-perm":
		return p.perm(value)
	case "-user", "-group":
		look := p.c.lookUser
		if name == "-group" {
			look = p.c.lookGroup
		}
		id, problem := look(value)
		if problem != "" {
			return nil, findError(problem)
		}
		return func(_ *finder, file findFile) (bool, error) {
			has := file.node.UID
			if name == "-group" {
				has = file.node.GID
			}
			return has == uint32(id), nil
		}, nil
	case "-newer":
		n, err := p.c.look(value, true)
		if err != nil {
			return nil, findError("can't stat '" + value + "': " + Reason(err))
		}
		than := n.ModTime.Unix()
		return func(_ *finder, file findFile) (bool, error) { return file.node.ModTime.Unix() > than, nil }, nil
	}
	return p.numeric(name, value)
}

// regex matches the whole path. The match is the leftmost and longest one, as of regexec(3): an expression that could match the whole path,
// but first matches a part of it, does not count.
func (p *findParser) regex(pattern string) (findExpr, error) {
	re, err := regex.Parse(pattern, regex.Flags{})
	var bad regex.Error
	if errors.As(err, &bad) {
		return nil, findError("bad regex '" + pattern + "': " + bad.Error())
	} else if err != nil {
		return nil, p.c.Unsupported(p.c.Line, "find: %v", err)
	}
	return func(f *finder, file findFile) (bool, error) {
		if err := f.c.spend(re.Cost(len(file.path))); err != nil {
			return false, err
		}
		m := re.Find([]byte(file.path), false)
		return m != nil && m[0] == 0 && m[1] == len(file.path), nil
	}, nil
}

// numeric reads a primary whose argument is a number, perhaps with "+" or "-" before it.
func (p *findParser) numeric(name, value string) (findExpr, error) {
	sign, digits := byte(0), value
	if digits != "" && (digits[0] == '+' || digits[0] == '-') && name != "-maxdepth" && name != "-mindepth" {
		sign, digits = digits[0], digits[1:]
	}
	unit := int64(1)
	if name == "-size" {
		units := "cwbk"
		if p.c.isOther() {
			units = "cwbkMG"
		}
		if digits, unit = cutUnit(digits, units); unit == 0 {
			unit = 512
		}
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 {
		return nil, findError("invalid number '" + digits + "'")
	}
	compare := func(have int64) (bool, error) {
		switch sign {
		case '+':
			return have > n, nil
		case '-':
			return have < n, nil
		}
		return have == n, nil
	}
	switch name {
	case "-maxdepth":
		p.rules.maxDepth = int(n)
		return nil, nil
	case "-mindepth":
		p.rules.minDepth = int(n)
		return nil, nil
	case "-links":
		return func(f *finder, file findFile) (bool, error) {
			return compare(int64(linksOf(file.node)))
		}, nil
	case "-size":
		if !p.c.isOther() {
			n *= unit
		}
		return func(f *finder, file findFile) (bool, error) {
			size := file.node.Size
			switch file.node.Type {
			case tree.Directory:
				return false, f.c.Unsupported(f.c.Line, "find: -size of a directory is not supported: use -type f before it")
			case tree.Symlink:
				size = int64(len(file.node.Target))
			}
			if f.c.isOther() { // in whole units there, of which the last one counts
				size = (size + unit - 1) / unit
			}
			return compare(size)
		}, nil
	}
	period := int64(24 * 60 * 60)
	if name == "-mmin" {
		period = 60
	}
	return func(f *finder, file findFile) (bool, error) {
		if name == "-mmin" && p.c.isOther() { // to the second there
			age := int64(f.c.Now.Sub(file.node.ModTime) / time.Second)
			switch sign {
			case '+':
				return age > n*period, nil
			case '-':
				return age < n*period, nil
			}
			return age > (n-1)*period && age <= n*period, nil
		}
		age := int64(f.c.Now.Sub(file.node.ModTime)/time.Second) - n*period
		switch sign {
		case '+':
			return age >= period, nil
		case '-':
			return age < 0, nil
		}
		return age >= 0 && age < period, nil
	}, nil
}

// perm reads MODE, -MODE, +MODE or /MODE.
func (p *findParser) perm(value string) (findExpr, error) {
	sign, text := byte(0), value
	if text != "" && strings.IndexByte("+-/", text[0]) >= 0 {
		sign, text = text[0], text[1:]
	}
	if sign == '+' && p.c.isOther() {
		return nil, p.c.Unsupported(p.c.Line, "find: -perm %s is not supported: GNU's find has / for +", value)
	}
	bits, ok := filemode.Change(text, 0, false, DefaultUmask)
	if !ok {
		return nil, findError("invalid mode '" + text + "'")
	}
	return func(_ *finder, file findFile) (bool, error) {
		mode := file.node.Mode
		switch sign {
		case '-':
			return mode&bits == bits, nil
		case '+', '/':
			return mode&bits != 0, nil
		}
		return mode == bits, nil
	}, nil
}
