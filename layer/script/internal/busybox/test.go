package busybox

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

// test is test(1) and [: POSIX' expression with -a, -o, ! and parentheses. As [[ it has && and || instead of -a and -o, and compares with
// patterns and regular expressions.
func test(c *Call) (int, error) {
	args := c.Args[1:]
	name := path.Base(c.Args[0])
	if end := map[string]string{"[": "]", "[[": "]]"}[name]; end != "" {
		if len(args) == 0 || args[len(args)-1] != end {
			c.complain("missing %s", end)
			return 2, nil
		}
		args = args[:len(args)-1]
	}
	t := tester{c: c, args: args, and: "-a", or: "-o", isDouble: name == "[["}
	if t.isDouble {
		t.and, t.or = "&&", "||"
	}
	if len(args) == 0 {
		return 1, nil
	}
	ok := t.expression()
	if t.tooDeep {
		return 0, c.Unsupported(c.Line, "test: more than %d \"!\" and parentheses within each other are not supported", maxParentheses)
	}
	if t.failure != nil {
		return 0, t.failure
	}
	if t.isBadExpression {
		return 2, nil
	}
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
	c       *Call
	args    []string
	problem string
	depth   int // of "!" and parentheses
	tooDeep bool

	isDouble        bool   // it is [[
	and, or         string // operators
	isBadExpression bool   // a regular expression, of which busybox says nothing
	failure         error  // ends the script
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

// expression is all of it. POSIX says what up to four arguments mean: "(" and "!" are words
// to compare where an operator follows them.
func (t *tester) expression() bool {
	negate := false
	for args := t.args; ; args = args[1:] {
		switch {
		case len(args) == 1:
			t.args = nil
			return (args[0] != "") != negate
		case len(args) == 3 && t.isBinary(args[1]):
			t.args = nil
			return t.binary(args[0], args[1], args[2]) != negate
		case len(args) == 4 && args[0] == "(" && args[3] == ")": // of two words between them busybox takes "!" only
			if t.args = nil; args[1] != "!" {
				t.problem = "closing paren expected"
			}
			return (args[2] == "") != negate
		case args[0] != "!":
			return t.either()
		}
		negate = !negate
	}
}

func (t *tester) either() bool {
	ok := t.both()
	for t.problem == "" && t.accept(t.or) {
		right := t.both()
		ok = ok || right
	}
	return ok
}

func (t *tester) both() bool {
	ok := t.not()
	for t.problem == "" && t.accept(t.and) {
		right := t.not()
		ok = ok && right
	}
	return ok
}

func (t *tester) not() bool {
	if t.depth++; t.depth > maxParentheses {
		t.args = nil
		if t.problem == "" {
			t.tooDeep = true
			t.problem = "too deep"
		}
		return false
	}
	defer func() { t.depth-- }()
	if t.accept("!") {
		return len(t.args) == 0 || !t.not()
	}
	return t.primary()
}

func (t *tester) isBinary(op string) bool {
	switch op {
	case "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef":
		return true
	}
	return op == "=~" && t.isDouble
}

func (t *tester) primary() bool {
	if t.accept("(") {
		ok := t.either()
		if !t.accept(")") && t.problem == "" {
			t.problem = "closing paren expected"
		}
		return ok
	}
	if len(t.args) >= 3 && t.isBinary(t.args[1]) {
		left, op, right := t.next(), t.next(), t.next()
		return t.binary(left, op, right)
	}
	arg := t.next()
	if len(arg) == 2 && arg[0] == '-' && len(t.args) > 0 && strings.IndexByte("nzbcdefghkLprsStuwxOG", arg[1]) >= 0 {
		return t.unary(arg[1], t.next())
	}
	if len(t.args) == 1 && t.isBinary(t.args[0]) {
		t.problem = t.args[0] + ": argument expected"
		return false
	}
	return arg != ""
}

func (t *tester) binary(left, op, right string) bool {
	if t.isDouble {
		switch op {
		case "=", "==", "!=":
			ok, err := glob.MatchWithin(right, left, t.c.spend)
			t.failure = errors.Join(t.failure, err)
			return ok == (op != "!=")
		case "=~":
			return t.matches(left, right)
		}
	}
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
		a, errA := t.c.Tree.Stat(t.c.Path(left))
		b, errB := t.c.Tree.Stat(t.c.Path(right))
		switch {
		case left == "" || right == "": // no file has this name
			return false
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

// matches is "text =~ expression".
func (t *tester) matches(text, expression string) bool {
	re, err := regex.Parse(expression, regex.Flags{Extended: true})
	var bad regex.Error
	switch {
	case errors.As(err, &bad):
		t.isBadExpression = true
		return false
	case err != nil:
		err = t.c.Unsupported(t.c.Line, "[[: %v", err)
	default:
		err = t.c.spend(re.Cost(len(text)))
	}
	if err != nil {
		t.failure = errors.Join(t.failure, err)
		return false
	}
	return re.Find([]byte(text), false) != nil
}

func (t *tester) number(s string) int64 {
	text := strings.TrimSpace(s)
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil || t.problem != "" {
		return n
	}
	digits := strings.TrimLeft(text, "+-")
	switch {
	case s == "":
		t.problem = "out of range"
	case digits != "" && '0' <= digits[0] && digits[0] <= '9' && strings.Trim(digits, "0123456789") != "":
		t.problem = s + ": bad number" // there is a number before something else
	default:
		t.problem = s + ": out of range"
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
		t.number(arg)
		return false // nothing is a terminal
	}
	look := t.c.Tree.Stat
	if op == 'L' || op == 'h' {
		look = t.c.Tree.Lstat
	}
	if arg == "" {
		return false
	}
	full := t.c.Path(arg)
	n, err := look(full)
	if err != nil && t.c.pipe(full) >= 0 {
		return strings.IndexByte("eprw", op) >= 0
	}
	if err != nil {
		return t.c.APK != nil && inContainer(op, t.c.followed(full))
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
	case 'r':
		return t.c.Tree.Access(n, tree.Read) == nil
	case 'w':
		return t.c.Tree.Access(n, tree.Write) == nil
	case 'x':
		return t.c.Tree.Access(n, tree.Execute) == nil
	case 'O':
		return n.UID == t.c.Tree.Credentials().UID
	case 'G':
		return n.GID == t.c.Tree.Credentials().GID
	}
	return true // -e
}

// inContainer reports whether a file passes a test that each container has while a command of RUN runs there, although its image does not:
// a link that leads to one is not dangling, such as /etc/mtab and the logs of a web server.
func inContainer(op byte, full string) bool {
	passed := ""
	if _, ok := devices[full]; ok {
		passed = "ecrw"
	}
	switch full {
	case "/dev/stdin", "/dev/stdout", "/dev/stderr":
		passed = "eLhrw"
	case "/proc/mounts", "/proc/cpuinfo", "/proc/meminfo":
		passed = "efr"
	}
	return strings.IndexByte(passed, op) >= 0
}
