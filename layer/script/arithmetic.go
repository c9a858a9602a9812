package script

import (
	"errors"
	"math"
	"slices"
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

// calculate evaluates an expression as ash does: with one stack of operands and one of
// operators, where an operator applies once another one follows that does not bind more
// tightly. Both sides of "&&", "||" and "?:" are evaluated, and a name is read only when
// the operator that it is an operand of applies, so that "a + (a = 7)" is 14.
func (p *process) calculate(text string) (int64, error) {
	return p.calculateNested(text, nil)
}

func (p *process) calculateNested(text string, names []string) (int64, error) {
	if len(text) > maxExpression {
		return 0, p.refuse("an expression of more than %d bytes is not supported", maxExpression)
	}
	if err := p.spend(len(text)); err != nil {
		return 0, err
	}
	a := &calculator{p: p, text: text, names: names}
	n, err := a.run()
	var wrong arithmeticError
	if errors.As(err, &wrong) && names == nil {
		return 0, p.abort("%s", wrong)
	}
	return n, err
}

// maxExpression bounds the text of an expression, in bytes.
const maxExpression = 16 << 10

// arithmeticError is ash's message for an invalid expression. It ends the shell.
type arithmeticError string

func (e arithmeticError) Error() string { return string(e) }

const (
	errExpression = arithmeticError("arithmetic syntax error")
	errTernary    = arithmeticError("malformed ?: operator")
	errDivision   = arithmeticError("divide by zero")
	errExponent   = arithmeticError("exponent less than 0")
	errRecursion  = arithmeticError("expression recursion loop detected")
)

// calculator evaluates one expression.
type calculator struct {
	p         *process
	text      string   // not read yet
	names     []string // variables whose values are being evaluated
	operands  []operand
	operators []arithmeticOperator
}

// operand is a number or, until an operator reads it, a variable.
type operand struct {
	name  string
	value int64
}

// arithmeticOperator is an operator with its rank: a higher one binds more tightly.
type arithmeticOperator struct {
	text  string
	unary bool
	rank  int
}

// rightToLeft reports whether of two operators of the same rank the second applies first.
func (o arithmeticOperator) rightToLeft() bool {
	return o.unary || o.rank == assignmentRank || o.rank == ternaryRank || o.text == "**"
}

// arithmeticRanks has the binary operators by rank, those of two characters included.
var arithmeticRanks = map[string]int{
	",": 1,
	"=": assignmentRank, "+=": assignmentRank, "-=": assignmentRank, "*=": assignmentRank, "/=": assignmentRank, "%=": assignmentRank,
	"&=": assignmentRank, "|=": assignmentRank, "^=": assignmentRank, "<<=": assignmentRank, ">>=": assignmentRank,
	"?": ternaryRank, ":": ternaryRank,
	"||": 4, "&&": 5, "|": 6, "^": 7, "&": 8, "==": 9, "!=": 9, "<": 10, "<=": 10, ">": 10, ">=": 10,
	"<<": 11, ">>": 11, "+": 12, "-": 12, "*": 13, "/": 13, "%": 13, "**": 14,
}

const (
	assignmentRank = 2
	ternaryRank    = 3
	unaryRank      = 15
)

// lastToken is what came before the token that is read.
type lastToken uint8

const (
	afterOperator lastToken = iota // or at the beginning, or after "("
	afterValue                     // a number or ")"
	afterName
	afterPostfix // "a++", which a second one cannot follow
)

func (a *calculator) run() (int64, error) {
	last := afterOperator
	if a.space(); a.text == "" {
		return 0, nil
	}
	for ; a.text != ""; a.space() {
		var err error
		if last, err = a.token(last); err != nil {
			return 0, err
		}
	}
	if last == afterOperator {
		return 0, errExpression
	}
	if err := a.applyAll(); err != nil { // up to a "(" that nothing closes, which ash takes
		return 0, err
	}
	if len(a.operands) != 1 {
		return 0, errExpression
	}
	return a.read(a.operands[0])
}

func (a *calculator) space() { a.text = strings.TrimLeft(a.text, " \t\n\r") }

// token reads one token.
func (a *calculator) token(last lastToken) (lastToken, error) {
	if name := a.name(); name != "" {
		if last != afterOperator {
			return 0, errExpression
		}
		a.push(operand{name: name})
		return afterName, nil
	}
	if '0' <= a.text[0] && a.text[0] <= '9' {
		n, ok := a.number()
		if !ok || last != afterOperator {
			return 0, errExpression
		}
		a.push(operand{value: n})
		return afterValue, nil
	}
	switch a.text[0] {
	case '(':
		if last != afterOperator {
			return 0, errExpression
		}
		a.text = a.text[1:]
		a.operators = append(a.operators, arithmeticOperator{text: "("})
		return afterOperator, nil
	case ')':
		if last == afterOperator {
			return 0, errExpression
		}
		return afterValue, a.close()
	}
	if strings.HasPrefix(a.text, "++") || strings.HasPrefix(a.text, "--") {
		return a.step(last)
	}
	return a.operator(last)
}

// close applies what a ")" ends. What is in parentheses is no variable any more.
func (a *calculator) close() error {
	a.text = a.text[1:]
	if err := a.applyAll(); err != nil {
		return err
	}
	if len(a.operators) == 0 {
		return errExpression
	}
	a.operators = a.operators[:len(a.operators)-1]
	top := &a.operands[len(a.operands)-1]
	n, err := a.read(*top)
	*top = operand{value: n}
	return err
}

// step reads "++" or "--": behind a name, before one, or two signs.
func (a *calculator) step(last lastToken) (lastToken, error) {
	sign := a.text[:1]
	rest := strings.TrimLeft(a.text[2:], " \t\n\r")
	named := rest != "" && isNameByte(rest[0]) && rest[0] > '9'
	switch {
	case last == afterName:
		a.text = a.text[2:]
		top := &a.operands[len(a.operands)-1]
		n, err := a.read(*top)
		if err == nil {
			err = a.p.set(top.name, strconv.FormatInt(stepped(n, sign), 10))
		}
		*top = operand{value: n}
		return afterPostfix, err
	case last == afterPostfix, named && last == afterValue:
		return 0, errExpression
	case named:
		a.text = a.text[2:]
		a.operators = append(a.operators, arithmeticOperator{text: sign + sign, unary: true, rank: unaryRank})
		return afterOperator, nil
	case len(a.operands) > 0 && a.operands[len(a.operands)-1].name != "":
		return 0, errExpression // ash takes two signs for a step of the last name that is not read yet
	}
	a.text = a.text[1:]
	return afterOperator, a.enter(arithmeticOperator{text: sign, unary: last == afterOperator}, sign)
}

func stepped(n int64, sign string) int64 {
	if sign == "+" {
		return n + 1
	}
	return n - 1
}

// operator reads the longest operator that comes next.
func (a *calculator) operator(last lastToken) (lastToken, error) {
	if last == afterOperator {
		if strings.IndexByte("+-!~", a.text[0]) < 0 || strings.HasPrefix(a.text, "!=") {
			return 0, errExpression
		}
		op := a.text[:1]
		a.text = a.text[1:]
		return afterOperator, a.enter(arithmeticOperator{text: op, unary: true}, op)
	}
	for size := min(3, len(a.text)); size > 0; size-- {
		if op := a.text[:size]; arithmeticRanks[op] > 0 {
			a.text = a.text[size:]
			return afterOperator, a.enter(arithmeticOperator{text: op}, op)
		}
	}
	return 0, errExpression
}

// enter puts an operator on the stack after it has applied those that bind more tightly.
func (a *calculator) enter(op arithmeticOperator, text string) error {
	if op.rank = arithmeticRanks[text]; op.unary {
		op.rank = unaryRank
	}
	for !op.unary && len(a.operators) > 0 {
		top := a.operators[len(a.operators)-1]
		if top.text == "(" || top.rank < op.rank || top.rank == op.rank && op.rightToLeft() {
			break
		}
		if err := a.apply(); err != nil {
			return err
		}
	}
	a.operators = append(a.operators, op)
	return nil
}

// applyAll applies operators down to a parenthesis.
func (a *calculator) applyAll() error {
	for len(a.operators) > 0 && a.operators[len(a.operators)-1].text != "(" {
		if err := a.apply(); err != nil {
			return err
		}
	}
	return nil
}

// apply applies the operator on the top of the stack.
func (a *calculator) apply() error {
	op := a.popOperator()
	right := a.pop()
	if op.text == "?" {
		return errTernary
	}
	y, err := a.read(right)
	if err != nil {
		return err
	}
	if op.unary {
		if op.text == "++" || op.text == "--" {
			y = stepped(y, op.text[:1])
			err = a.store(right.name, y)
		}
		a.push(operand{value: unaryResult(op.text, y)})
		return err
	}
	if len(a.operands) == 0 {
		return errExpression
	}
	left := a.pop()
	if op.rank == assignmentRank {
		return a.assign(left.name, strings.TrimSuffix(op.text, "="), y)
	}
	x, err := a.read(left)
	if err != nil {
		return err
	}
	if op.text == ":" {
		return a.choose(x, y)
	}
	n, err := binaryResult(op.text, x, y)
	a.push(operand{value: n})
	return err
}

// assign gives a variable a value, with op after it has applied that to the old one.
func (a *calculator) assign(name, op string, n int64) error {
	if name == "" {
		return errExpression
	}
	if op != "" {
		old, err := a.read(operand{name: name})
		if err != nil {
			return err
		}
		if n, err = binaryResult(op, old, n); err != nil {
			return err
		}
	}
	a.push(operand{value: n})
	return a.store(name, n)
}

// choose is the ":" of "?:", whose "?" has to be the operator below it.
func (a *calculator) choose(yes, no int64) error {
	if len(a.operators) == 0 || a.operators[len(a.operators)-1].text != "?" || len(a.operands) == 0 {
		return errTernary
	}
	a.popOperator()
	condition, err := a.read(a.pop())
	if condition == 0 {
		yes = no
	}
	a.push(operand{value: yes})
	return err
}

func (a *calculator) push(o operand) { a.operands = append(a.operands, o) }

func (a *calculator) pop() operand {
	top := a.operands[len(a.operands)-1]
	a.operands = a.operands[:len(a.operands)-1]
	return top
}

func (a *calculator) popOperator() arithmeticOperator {
	top := a.operators[len(a.operators)-1]
	a.operators = a.operators[:len(a.operators)-1]
	return top
}

// maxVariableDepth bounds how many variables lead to one that is a number.
const maxVariableDepth = 100

// read is the value of an operand. That of a variable may be an expression itself.
func (a *calculator) read(o operand) (int64, error) {
	if o.name == "" {
		return o.value, nil
	}
	value, _ := a.p.get(o.name)
	if value = strings.TrimSpace(value); value == "" {
		return 0, nil
	}
	if n, ok := parseNumber(value); ok {
		return n, nil
	}
	if slices.Contains(a.names, o.name) || len(a.names) >= maxVariableDepth {
		return 0, errRecursion
	}
	if err := a.p.tick(); err != nil {
		return 0, err
	}
	return a.p.calculateNested(value, append(slices.Clip(a.names), o.name))
}

func (a *calculator) store(name string, n int64) error {
	if name == "" {
		return errExpression
	}
	return a.p.set(name, strconv.FormatInt(n, 10))
}

// name takes the name that comes next, or "".
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

func (a *calculator) number() (int64, bool) {
	i := 0
	for i < len(a.text) && (isNameByte(a.text[i]) || a.text[i] == '#' || a.text[i] == '@') {
		i++
	}
	text := a.text[:i]
	a.text = a.text[i:]
	return parseNumber(text)
}

// parseNumber reads 12, 012, 0x1f and 36#z. What does not fit 64 bits is 0,
// or with a base cut to them.
func parseNumber(text string) (int64, bool) {
	base, cut := uint64(10), false
	if radix, digits, ok := strings.Cut(text, "#"); ok {
		n, err := strconv.ParseUint(radix, 10, 8)
		if err != nil || n < 2 || n > 64 || radix[0] == '0' {
			return 0, false
		}
		base, text, cut = n, digits, true
	} else if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		base, text = 16, text[2:]
	} else if len(text) > 1 && text[0] == '0' {
		base, text = 8, text[1:]
	}
	if text == "" {
		return 0, cut
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
	if overflow && !cut {
		n = 0
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

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func unaryResult(op string, n int64) int64 {
	switch op {
	case "!":
		return truth(n == 0)
	case "~":
		return ^n
	case "-":
		return -n
	}
	return n
}

func binaryResult(op string, x, y int64) (int64, error) {
	switch op {
	case ",":
		return y, nil
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "/", "%":
		switch {
		case y == 0:
			return 0, errDivision
		case y == -1 && op == "%": // math.MinInt64 / -1 does not fit
			return 0, nil
		case y == -1:
			return -x, nil
		case op == "/":
			return x / y, nil
		}
		return x % y, nil
	case "**":
		if y < 0 {
			return 0, errExponent
		}
		n := int64(1)
		for ; y > 0; y >>= 1 {
			if y&1 == 1 {
				n *= x
			}
			x *= x
		}
		return n, nil
	case "<<":
		return x << (uint64(y) & 63), nil
	case ">>":
		return x >> (uint64(y) & 63), nil
	case "&":
		return x & y, nil
	case "|":
		return x | y, nil
	case "^":
		return x ^ y, nil
	}
	return truth(compared(op, x, y)), nil
}

func compared(op string, x, y int64) bool {
	switch op {
	case "&&":
		return x != 0 && y != 0
	case "||":
		return x != 0 || y != 0
	case "==":
		return x == y
	case "!=":
		return x != y
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	}
	return x >= y
}
