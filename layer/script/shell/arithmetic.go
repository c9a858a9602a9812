package shell

import (
	"errors"

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
