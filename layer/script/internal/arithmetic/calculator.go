package arithmetic

import (
	"slices"
	"strconv"
	"strings"
)

// calculator evaluates one expression.
type calculator struct {
	variables Variables
	text      string   // not read yet
	names     []string // variables whose values are being evaluated
	operands  []operand
	operators []arithmeticOperator
}

// operand is a number or, until an operator reads it, a variable.
type operand struct {
	name  string
	value int64
	pair  bool  // what ":" makes for the "?" before it
	other int64 // the second number of a pair
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
	if a.operands[0].pair {
		return 0, errTernary
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
		if strings.HasPrefix(a.text, "[") {
			var err error
			if name, err = a.element(name); err != nil {
				return 0, err
			}
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

// close applies what a ")" ends. A name in parentheses is no variable any more.
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
	top.name, top.value = "", n
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
			err = a.variables.Set(top.name, strconv.FormatInt(stepped(n, sign), 10))
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
	if right.pair != (op.text == "?") {
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
	switch {
	case op.text == ":":
		a.push(operand{value: x, other: y, pair: true})
		return nil
	case op.text == "?" && x != 0:
		a.push(operand{value: right.value})
		return nil
	case op.text == "?":
		a.push(operand{value: right.other})
		return nil
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
	value, err := a.variables.Get(o.name)
	if err != nil {
		return 0, err
	}
	if value = strings.TrimSpace(value); value == "" {
		return 0, nil
	}
	if n, ok := parseNumber(value); ok {
		return n, nil
	}
	if slices.Contains(a.names, o.name) || len(a.names) >= maxVariableDepth {
		return 0, errRecursion
	}
	return evaluate(value, a.variables, append(slices.Clip(a.names), o.name))
}

func (a *calculator) store(name string, n int64) error {
	if name == "" {
		return errExpression
	}
	return a.variables.Set(name, strconv.FormatInt(n, 10))
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

// element takes the subscript that comes next, and returns the name of the element.
func (a *calculator) element(array string) (string, error) {
	depth, end := 0, -1
	for i := 0; i < len(a.text) && end < 0; i++ {
		switch a.text[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				end = i
			}
		}
	}
	if end < 0 {
		return "", errExpression
	}
	subscript := a.text[1:end]
	a.text = a.text[end+1:]
	name, err := a.variables.Element(array, subscript, func(text string) (int64, error) {
		return evaluate(text, a.variables, append([]string{}, a.names...))
	})
	if err == nil && name == "" {
		err = errExpression
	}
	return name, err
}

func isNameByte(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z' || b == '_' || '0' <= b && b <= '9'
}
