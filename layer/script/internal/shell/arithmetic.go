package shell

import (
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/arithmetic"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
)

// arithmetic is "$((…))". The shell expands the text between the parentheses like one
// between quotes and then reads it as an expression.
func (p *process) arithmetic(e *syntax.ArithmExp) (int64, error) {
	quotes := false // they stay in the text, in which none may be
	syntax.Walk(e.X, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted:
			quotes = true
		case *syntax.Lit: // package grammar puts an expression with one of these in quotes
			quotes = quotes && !strings.Contains(n.Value, "++") && !strings.Contains(n.Value, "--")
		case *syntax.CmdSubst, *syntax.ParamExp:
			return false
		}
		return true
	})
	if quotes {
		return 0, p.abort("arithmetic syntax error")
	}
	return p.evaluate(e.X)
}

// evaluate works out an expression of the syntax tree.
func (p *process) evaluate(e syntax.ArithmExpr) (int64, error) {
	if e == nil {
		return 0, nil
	}
	if p.isBash && bash.OrderCounts(e) {
		return 0, p.refuseOrder()
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

// calculate evaluates an expression. An expression that ash finds invalid ends the shell.
func (p *process) calculate(text string) (int64, error) {
	n, err := arithmetic.Evaluate(text, expressionVariables{p})
	var wrong arithmetic.Error
	switch {
	case errors.As(err, &wrong):
		return 0, p.abort("%s", wrong)
	case errors.As(err, new(arithmetic.TooLongError)):
		return 0, p.refuse("%v", err)
	}
	return n, err
}

// expressionVariables are the variables of a shell for its expressions.
type expressionVariables struct{ p *process }

// Get implements [arithmetic.Variables].
func (v expressionVariables) Get(name string) (string, error) {
	if grammar.IsDifferentEachTime(name) {
		return "", v.p.refuse("%s", grammar.RefuseRandom(name))
	}
	value, set := v.p.get(name)
	if !set && v.p.isBash && v.p.options.Nounset {
		return "", v.p.abortParameter("%s: parameter not set", name)
	}
	return value, nil
}

// Set implements [arithmetic.Variables].
func (v expressionVariables) Set(name, value string) error { return v.p.set(name, value) }

// Spend implements [arithmetic.Variables].
func (v expressionVariables) Spend(bytes int) error { return v.p.spend(bytes) }
