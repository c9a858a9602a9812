package script

import (
	"math"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// arithmetic is "$((…))". The shell expands the text between the parentheses like one
// between quotes and then reads it as an expression.
func (p *process) arithmetic(e *syntax.ArithmExp) (int64, error) { return p.evaluate(e.X) }

// evaluate works out an expression of the syntax tree.
func (p *process) evaluate(e syntax.ArithmExpr) (int64, error) {
	if e == nil {
		return 0, nil
	}
	text, err := p.arithmeticText(e)
	if err != nil {
		return 0, err
	}
	return p.calculate(text)
}

// arithmeticText puts an expression together again, with what is to be expanded in it
// expanded: "$a*2" is about a's text, not its number.
func (p *process) arithmeticText(e syntax.ArithmExpr) (string, error) {
	join := func(left syntax.ArithmExpr, op string, right syntax.ArithmExpr) (string, error) {
		a, err := p.arithmeticText(left)
		if err != nil {
			return "", err
		}
		b, err := p.arithmeticText(right)
		return a + " " + op + " " + b, err
	}
	switch e := e.(type) {
	case nil:
		return "", nil
	case *syntax.Word:
		x := expansion{p: p, place: inCommand}
		err := x.parts(e.Parts, true)
		return x.joined(), err
	case *syntax.ParenArithm:
		inner, err := p.arithmeticText(e.X)
		return "(" + inner + ")", err
	case *syntax.UnaryArithm:
		inner, err := p.arithmeticText(e.X)
		if e.Post {
			return inner + e.Op.String(), err
		}
		return e.Op.String() + " " + inner, err
	case *syntax.BinaryArithm:
		return join(e.X, e.Op.String(), e.Y)
	}
	return "", p.refuse("this arithmetic is not supported")
}

func (p *process) calculate(text string) (int64, error) {
	if len(text) > maxExpression {
		return 0, p.refuse("an expression of more than %d bytes is not supported", maxExpression)
	}
	a := &calculator{p: p, text: text}
	n := a.comma()
	if a.space(); a.problem == "" && a.err == nil && a.text != "" {
		a.problem = "arithmetic syntax error"
	}
	if a.err != nil {
		return 0, a.err
	}
	if a.problem != "" {
		return 0, p.abort("%s", a.problem)
	}
	return n, nil
}

// maxExpression bounds the text of an expression, and with it how deep it can be.
const maxExpression = 16 << 10

// calculator reads an expression as it works it out.
type calculator struct {
	p       *process
	text    string
	depth   int // of variables whose values are expressions
	problem string
	err     error
}

func (a *calculator) fail(problem string) int64 {
	if a.problem == "" && a.err == nil {
		a.problem = problem
	}
	a.text = ""
	return 0
}

func (a *calculator) space() { a.text = strings.TrimLeft(a.text, " \t\n\r") }

// operator takes the operator at hand if it is one of a list, in which longer ones come
// before those that they begin with.
func (a *calculator) operator(list ...string) string {
	a.space()
	for _, op := range arithmeticOperators {
		if !strings.HasPrefix(a.text, op) {
			continue
		}
		for _, want := range list {
			if op == want {
				a.text = a.text[len(op):]
				return op
			}
		}
		return ""
	}
	return ""
}

// arithmeticOperators are all that there are, longer ones first.
var arithmeticOperators = [...]string{
	"<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "+", "-", "*", "/", "%", "<", ">", "=", "&", "|", "^", "!", "~", "?", ":", ",", "(", ")",
}

func (a *calculator) comma() int64 {
	n := a.assignment()
	for a.operator(",") != "" {
		n = a.assignment()
	}
	return n
}

func (a *calculator) assignment() int64 {
	before := a.text
	a.space()
	if name := a.name(); name != "" {
		if op := a.operator("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="); op != "" {
			right := a.assignment()
			if op != "=" {
				right = a.apply(strings.TrimSuffix(op, "="), a.variable(name), right)
			}
			a.store(name, right)
			return right
		}
	}
	a.text = before
	return a.ternary()
}

func (a *calculator) ternary() int64 {
	condition := a.binary(0)
	if a.operator("?") == "" {
		return condition
	}
	yes := a.comma()
	if a.operator(":") == "" {
		return a.fail("malformed ?: operator")
	}
	no := a.assignment()
	if condition != 0 {
		return yes
	}
	return no
}

// arithmeticLevels are the binary operators from those that bind least to those that bind most.
var arithmeticLevels = [...][]string{
	{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", "<=", ">", ">="}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}, {"**"},
}

func (a *calculator) binary(level int) int64 {
	if level == len(arithmeticLevels) {
		return a.unary()
	}
	left := a.binary(level + 1)
	for {
		op := a.operator(arithmeticLevels[level]...)
		if op == "" {
			return left
		}
		left = a.apply(op, left, a.binary(level+1)) // ash works out both sides of "&&" too
	}
}

func (a *calculator) unary() int64 {
	switch op := a.operator("!", "~", "+", "-", "++", "--"); op {
	case "!":
		return truth(a.unary() == 0)
	case "~":
		return ^a.unary()
	case "+":
		return a.unary()
	case "-":
		return -a.unary()
	case "++", "--":
		a.space()
		name := a.name()
		if name == "" {
			n := a.unary() // two signs
			return n
		}
		n := a.variable(name) + map[string]int64{"++": 1, "--": -1}[op]
		a.store(name, n)
		return n
	}
	return a.primary()
}

func (a *calculator) primary() int64 {
	a.space()
	if strings.HasPrefix(a.text, "(") {
		a.text = a.text[1:]
		n := a.comma()
		if a.operator(")") == "" {
			return a.fail("arithmetic syntax error")
		}
		return n
	}
	if name := a.name(); name != "" {
		n := a.variable(name)
		switch a.operator("++", "--") {
		case "++":
			a.store(name, n+1)
		case "--":
			a.store(name, n-1)
		}
		return n
	}
	return a.number()
}

func (a *calculator) name() string {
	i := 0
	for i < len(a.text) && (isNameByte(a.text[i]) && (i > 0 || a.text[i] > '9')) {
		i++
	}
	name := a.text[:i]
	a.text = a.text[i:]
	return name
}

func isNameByte(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z' || b == '_' || '0' <= b && b <= '9'
}

func (a *calculator) number() int64 {
	i := 0
	for i < len(a.text) && (isNameByte(a.text[i]) || a.text[i] == '#' || a.text[i] == '@') {
		i++
	}
	text := a.text[:i]
	a.text = a.text[i:]
	n, ok := parseNumber(text)
	if !ok {
		return a.fail("arithmetic syntax error")
	}
	return n
}

// parseNumber reads 12, 012, 0x1f and 36#z. What is too large is cut to 64 bits.
func parseNumber(text string) (int64, bool) {
	base := uint64(10)
	if radix, digits, ok := strings.Cut(text, "#"); ok {
		n, err := strconv.ParseUint(radix, 10, 8)
		if err != nil || n < 2 || n > 64 {
			return 0, false
		}
		base, text = n, digits
	} else if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		base, text = 16, text[2:]
	} else if len(text) > 1 && text[0] == '0' {
		base, text = 8, text[1:]
	}
	if text == "" {
		return 0, false
	}
	var n uint64
	overflow := false
	for i := range len(text) {
		digit := digitOf(text[i], base)
		if digit >= base {
			return 0, false
		}
		if n > (math.MaxUint64-digit)/base {
			overflow = true
		}
		n = n*base + digit
	}
	if overflow {
		n = math.MaxUint64
	}
	return int64(n), true
}

func digitOf(b byte, base uint64) uint64 {
	switch {
	case '0' <= b && b <= '9':
		return uint64(b - '0')
	case 'a' <= b && b <= 'z':
		return uint64(b-'a') + 10
	case 'A' <= b && b <= 'Z' && base <= 36:
		return uint64(b-'A') + 10
	case 'A' <= b && b <= 'Z':
		return uint64(b-'A') + 36
	case b == '@':
		return 62
	case b == '_':
		return 63
	}
	return math.MaxUint64
}

// variable is the value of a variable, which may be an expression itself.
func (a *calculator) variable(name string) int64 {
	value, _ := a.p.get(name)
	if value = strings.TrimSpace(value); value == "" {
		return 0
	}
	if n, ok := parseNumber(value); ok {
		return n
	}
	if a.depth >= maxVariableDepth || len(value) > maxExpression {
		return a.fail("expression recursion loop detected")
	}
	if a.err = a.p.tick(); a.err != nil {
		return 0
	}
	inner := &calculator{p: a.p, text: value, depth: a.depth + 1}
	n := inner.comma()
	if inner.space(); inner.text != "" {
		inner.fail("arithmetic syntax error")
	}
	if inner.err != nil {
		a.err = inner.err
	} else if inner.problem != "" {
		a.fail(inner.problem)
	}
	return n
}

const maxVariableDepth = 20

func (a *calculator) store(name string, n int64) {
	if a.err != nil || a.problem != "" {
		return
	}
	a.err = a.p.set(name, strconv.FormatInt(n, 10))
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (a *calculator) apply(op string, x, y int64) int64 {
	switch op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "/", "%":
		if y == 0 {
			return a.fail("divide by zero")
		}
		if y == -1 { // MinInt64 / -1 does not fit
			if op == "%" {
				return 0
			}
			return -x
		}
		if op == "/" {
			return x / y
		}
		return x % y
	case "**":
		if y < 0 {
			return a.fail("exponent less than 0")
		}
		n := int64(1)
		for ; y > 0; y >>= 1 {
			if y&1 == 1 {
				n *= x
			}
			x *= x
		}
		return n
	case "<<":
		return x << (uint64(y) & 63)
	case ">>":
		return x >> (uint64(y) & 63)
	case "&":
		return x & y
	case "|":
		return x | y
	case "^":
		return x ^ y
	case "&&":
		return truth(x != 0 && y != 0)
	case "||":
		return truth(x != 0 || y != 0)
	case "==":
		return truth(x == y)
	case "!=":
		return truth(x != y)
	case "<":
		return truth(x < y)
	case "<=":
		return truth(x <= y)
	case ">":
		return truth(x > y)
	}
	return truth(x >= y)
}
