package script

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/interp"

	"github.com/lamina-oci/lamina/layer/tree"
)

// shellInternal are commands that ash has itself, wherever the tree has them or not.
var shellInternal = map[string]bool{
	"[": true, "test": true, "command": true, "type": true, "hash": true, "pwd": true, "umask": true,
	"true": true, "false": true, "echo": true, "kill": true, "ulimit": true,
}

func shellCommands() map[string]command {
	return map[string]command{
		"[": test, "test": test, "command": commandV, "type": typeOf, "pwd": pwd, "umask": umask,
		"hash":  func(*call) (int, error) { return 0, nil },
		"true":  func(*call) (int, error) { return 0, nil },
		"false": func(*call) (int, error) { return 1, nil },
		"echo":  echo,
		"sleep": func(*call) (int, error) { return 0, nil }, // nothing happens meanwhile
		"sync":  func(*call) (int, error) { return 0, nil },
	}
}

// umask is always 022: anything else would change what later files get.
func umask(c *call) (int, error) {
	if len(c.args) == 1 {
		c.out.WriteString("0022\n")
		return 0, nil
	}
	if c.args[1] == "022" || c.args[1] == "0022" {
		return 0, nil
	}
	return 0, c.unsupported(c.line, "umask %s is not supported: only 022 is", c.args[1])
}

func pwd(c *call) (int, error) {
	dir := c.dir
	if len(c.args) > 1 && c.args[1] == "-P" {
		p, err := c.Tree.Resolve(c.dir, true)
		if err != nil {
			return c.complain("%s", reason(err)), nil
		}
		dir = "/" + p
	}
	fmt.Fprintln(&c.out, path.Clean(dir))
	return 0, nil
}

func echo(c *call) (int, error) {
	args := c.args[1:]
	newline := true
	for len(args) > 0 && args[0] == "-n" {
		newline, args = false, args[1:]
	}
	if len(args) > 0 && (args[0] == "-e" || args[0] == "-ne" || args[0] == "-en") {
		return 0, c.unsupported(c.line, "echo %s is not supported here: use printf", args[0])
	}
	c.out.WriteString(strings.Join(args, " "))
	if newline {
		c.out.WriteByte('\n')
	}
	return 0, nil
}

// commandV is "command -v NAME": where a command would come from.
func commandV(c *call) (int, error) {
	args := c.args[1:]
	if len(args) > 0 && args[0] == "-p" {
		return c.nested(args[1:])
	}
	if len(args) == 0 || args[0] != "-v" {
		return 0, c.unsupported(c.line, "command %s is not supported: only -v is", strings.Join(args, " "))
	}
	for _, name := range args[1:] {
		where := c.which(name)
		if where == "" {
			return 127, nil
		}
		fmt.Fprintln(&c.out, where)
	}
	return 0, nil
}

// which is what "command -v" says of one name, or "".
func (c *call) which(name string) string {
	if shellInternal[name] || interp.IsBuiltin(name) {
		return name
	}
	if strings.Contains(name, "/") {
		if n, err := c.Tree.Stat(c.path(name)); err != nil || n.Type != tree.Regular || n.Mode&0o111 == 0 {
			return ""
		}
		return name
	}
	return c.lookPath(name)
}

func typeOf(c *call) (int, error) {
	status := 0
	for _, name := range c.args[1:] {
		switch where := c.which(name); where {
		case "":
			fmt.Fprintf(&c.out, "%s: not found\n", name)
			status = 127
		case name:
			fmt.Fprintf(&c.out, "%s is a shell builtin\n", name)
		default:
			fmt.Fprintf(&c.out, "%s is %s\n", name, where)
		}
	}
	return status, nil
}

// test is test(1) and [: POSIX' expression with -a, -o, ! and parentheses.
func test(c *call) (int, error) {
	args := c.args[1:]
	if path.Base(c.args[0]) == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			c.complain("missing ]")
			return 2, nil
		}
		args = args[:len(args)-1]
	}
	t := tester{c: c, args: args}
	if len(args) == 0 {
		return 1, nil
	}
	ok := t.or()
	if t.problem == "" && len(t.args) > 0 {
		t.problem = t.args[0] + ": unknown operand"
	}
	if t.problem != "" {
		c.complain("%s", t.problem)
		return 2, nil
	}
	if ok {
		return 0, nil
	}
	return 1, nil
}

type tester struct {
	c       *call
	args    []string
	problem string
}

func (t *tester) next() string {
	if len(t.args) == 0 {
		if t.problem == "" {
			t.problem = "argument expected"
		}
		return ""
	}
	arg := t.args[0]
	t.args = t.args[1:]
	return arg
}

func (t *tester) accept(word string) bool {
	if len(t.args) > 0 && t.args[0] == word {
		t.args = t.args[1:]
		return true
	}
	return false
}

func (t *tester) or() bool {
	ok := t.and()
	for t.problem == "" && t.accept("-o") {
		right := t.and()
		ok = ok || right
	}
	return ok
}

func (t *tester) and() bool {
	ok := t.not()
	for t.problem == "" && t.accept("-a") {
		right := t.not()
		ok = ok && right
	}
	return ok
}

func (t *tester) not() bool {
	if len(t.args) > 1 && !isBinary(t.args[1]) && t.accept("!") {
		return !t.not()
	}
	return t.primary()
}

func isBinary(op string) bool {
	switch op {
	case "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef":
		return true
	}
	return false
}

func (t *tester) primary() bool {
	if len(t.args) >= 3 && isBinary(t.args[1]) {
		left, op, right := t.next(), t.next(), t.next()
		return t.binary(left, op, right)
	}
	if len(t.args) > 1 && t.accept("(") {
		ok := t.or()
		if !t.accept(")") && t.problem == "" {
			t.problem = "closing paren expected"
		}
		return ok
	}
	arg := t.next()
	if len(arg) == 2 && arg[0] == '-' && len(t.args) > 0 && strings.IndexByte("nzbcdefghkLprsStuwxOG", arg[1]) >= 0 {
		return t.unary(arg[1], t.next())
	}
	return arg != ""
}

func (t *tester) binary(left, op, right string) bool {
	switch op {
	case "=", "==":
		return left == right
	case "!=":
		return left != right
	case "<":
		return left < right
	case ">":
		return left > right
	case "-nt", "-ot", "-ef":
		a, errA := t.c.Tree.Stat(t.c.path(left))
		b, errB := t.c.Tree.Stat(t.c.path(right))
		switch {
		case op == "-ef":
			return errA == nil && errB == nil && a == b
		case op == "-ot":
			a, b, errA, errB = b, a, errB, errA
		}
		return errA == nil && errB == nil && a.ModTime.After(b.ModTime)
	}
	a, b := t.number(left), t.number(right)
	switch op {
	case "-eq":
		return a == b
	case "-ne":
		return a != b
	case "-lt":
		return a < b
	case "-le":
		return a <= b
	case "-gt":
		return a > b
	}
	return a >= b
}

func (t *tester) number(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil && t.problem == "" {
		t.problem = s + ": bad number"
	}
	return n
}

func (t *tester) unary(op byte, arg string) bool {
	switch op {
	case 'n':
		return arg != ""
	case 'z':
		return arg == ""
	case 't':
		return false // nothing is a terminal
	}
	look := t.c.Tree.Stat
	if op == 'L' || op == 'h' {
		look = t.c.Tree.Lstat
	}
	if arg == "" {
		return false
	}
	n, err := look(t.c.path(arg))
	if err != nil {
		return false
	}
	switch op {
	case 'L', 'h':
		return n.Type == tree.Symlink
	case 'f':
		return n.Type == tree.Regular
	case 'd':
		return n.Type == tree.Directory
	case 'b':
		return n.Type == tree.BlockDevice
	case 'c':
		return n.Type == tree.CharDevice
	case 'p':
		return n.Type == tree.FIFO
	case 'S':
		return false
	case 's':
		return n.Size > 0 || n.Type == tree.Directory
	case 'u':
		return n.Mode&0o4000 != 0
	case 'g':
		return n.Mode&0o2000 != 0
	case 'k':
		return n.Mode&0o1000 != 0
	case 'x':
		return n.Type == tree.Directory || n.Mode&0o111 != 0
	case 'O':
		return n.UID == 0
	case 'G':
		return n.GID == 0
	}
	return true // -e, and -r and -w for root
}
