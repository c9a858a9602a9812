package expand

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/arithmetic"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
)

// arithmetic is "$((…))". The shell expands the text between the parentheses like one
// between quotes and then reads it as an expression.
func (s *Scope) arithmetic(e *syntax.ArithmExp) (int64, error) {
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
		return 0, s.Abort("arithmetic syntax error")
	}
	return s.Evaluate(e.X)
}

// Evaluate works out an expression of the syntax tree. A missing one is 0.
func (s *Scope) Evaluate(e syntax.ArithmExpr) (int64, error) {
	if e == nil {
		return 0, nil
	}
	if err := s.checkOrder(e); err != nil {
		return 0, err
	}
	text, err := s.arithmeticText(e)
	if err != nil {
		return 0, err
	}
	return s.Calculate(text)
}

// arithmeticText puts an expression together again, with what is to be expanded in it
// expanded: "$a*2" is about a's text, not its number.
func (s *Scope) arithmeticText(e syntax.ArithmExpr) (string, error) {
	join := func(left syntax.ArithmExpr, op string, right syntax.ArithmExpr) (string, error) {
		a, err := s.arithmeticText(left)
		if err != nil {
			return "", err
		}
		b, err := s.arithmeticText(right)
		return a + " " + op + " " + b, err
	}
	switch e := e.(type) {
	case nil:
		return "", nil
	case *syntax.Word:
		if element := bash.ElementOf(e); element != nil {
			return s.elementText(element)
		}
		x := expansion{scope: s, place: inCommand}
		err := x.parts(e.Parts, true)
		return x.joined(), err
	case *syntax.ParenArithm:
		inner, err := s.arithmeticText(e.X)
		return "(" + inner + ")", err
	case *syntax.UnaryArithm:
		inner, err := s.arithmeticText(e.X)
		if e.Post {
			return inner + e.Op.String(), err
		}
		return e.Op.String() + " " + inner, err
	case *syntax.BinaryArithm:
		return join(e.X, e.Op.String(), e.Y)
	}
	return "", s.Refuse("this arithmetic is not supported")
}

// Calculate evaluates an expression. An expression that ash finds invalid ends the shell.
func (s *Scope) Calculate(text string) (int64, error) {
	n, err := arithmetic.Evaluate(text, &variables{Scope: s})
	var wrong arithmetic.Error
	switch {
	case errors.As(err, &wrong):
		return 0, s.Abort("%s", wrong)
	case errors.As(err, new(arithmetic.TooLongError)):
		return 0, s.Refuse("%v", err)
	}
	return n, err
}

// variables are the variables of a shell for one expression.
type variables struct {
	*Scope
	elements map[string]element // that the expression names, by what Element has called them
}

// element is where an element of an array is.
type element struct {
	array string
	at    bash.Subscript
}

// Get implements [arithmetic.Variables].
func (v *variables) Get(name string) (string, error) {
	if grammar.IsDifferentEachTime(name) {
		return "", v.Scope.Refuse("%s", grammar.RefuseRandom(name))
	}
	value, set := "", false
	if e, isElement := v.elements[name]; isElement {
		elements := v.Scope.Elements(e.array)
		value, set = elements.At(e.at)
		set = set || len(elements.Values) > 0
		name = e.array
	} else {
		value, set = v.Scope.Get(name)
	}
	if !set && v.Scope.Bash && v.Scope.Nounset {
		return "", v.Scope.AbortParameter("%s: parameter not set", name)
	}
	return value, nil
}

// Set implements [arithmetic.Variables].
func (v *variables) Set(name, value string) error {
	if e, isElement := v.elements[name]; isElement {
		return v.Scope.SetElement(e.array, e.at, value)
	}
	return v.Scope.Set(name, value)
}

// Element implements [arithmetic.Variables].
func (v *variables) Element(array, subscript string, evaluate func(text string) (int64, error)) (string, error) {
	if !v.Scope.Bash {
		return "", nil
	}
	at, err := v.Scope.subscript(v.Scope.Elements(array), subscript, evaluate)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s[%d %s]", array, at.Index, at.Key) // no variable has such a name
	if v.elements == nil {
		v.elements = make(map[string]element)
	}
	v.elements[name] = element{array, at}
	return name, nil
}

// Spend implements [arithmetic.Variables].
func (v *variables) Spend(bytes int) error { return v.Scope.Spend(bytes) }

// Expression expands an operand of let to the text that [Scope.Calculate] takes.
func (s *Scope) Expression(e syntax.ArithmExpr) (string, error) {
	if err := s.checkOrder(e); err != nil {
		return "", err
	}
	if w, ok := e.(*syntax.Word); ok {
		return s.Word(w)
	}
	return s.arithmeticText(e)
}

func (s *Scope) checkOrder(e syntax.ArithmExpr) error {
	if s.Bash && bash.OrderCounts(e) {
		return s.Refuse("this arithmetic is not supported in bash: it changes a variable where the order counts")
	}
	return nil
}

// Subscript works out which element of an array is meant. A negative index counts from the end; in an associative array, there are keys.
func (s *Scope) Subscript(e syntax.ArithmExpr, a *bash.Array) (bash.Subscript, error) {
	if a.IsAssociative {
		key, err := s.key(e)
		if err == nil && key == "" {
			err = s.refuseEmptyKey()
		}
		return bash.Subscript{Key: key}, err
	}
	n, err := s.Evaluate(e)
	if err != nil {
		return bash.Subscript{}, err
	}
	return s.indexed(a, n)
}

func (s *Scope) refuseEmptyKey() error {
	return s.Refuse("an empty key of an associative array is not supported")
}

func (s *Scope) indexed(a *bash.Array, n int64) (bash.Subscript, error) {
	if n < 0 {
		if n += a.Next(); n < 0 {
			return bash.Subscript{}, s.Refuse("an index before the first element is not supported")
		}
	}
	return bash.Subscript{Index: n}, nil
}

// subscript is Subscript for text that was expanded before, as it is in an expression and in an operand of a builtin. Bash expands a key in
// it again, which must make no difference.
func (s *Scope) subscript(a *bash.Array, text string, evaluate func(text string) (int64, error)) (bash.Subscript, error) {
	switch {
	case a.IsAssociative && text == "":
		return bash.Subscript{}, s.refuseEmptyKey()
	case strings.ContainsAny(text, "$`\"'\\@*"), a.IsAssociative && strings.ContainsAny(text, "[]"):
		return bash.Subscript{}, s.Refuse("[%s] as a subscript is not supported here", text)
	case a.IsAssociative:
		return bash.Subscript{Key: text}, nil
	}
	n, err := evaluate(text)
	if err != nil {
		return bash.Subscript{}, err
	}
	return s.indexed(a, n)
}

// elementText is "name[subscript]" with the subscript expanded.
func (s *Scope) elementText(p *syntax.ParamExp) (string, error) {
	name := p.Param.Value
	var text string
	var err error
	if s.Elements(name).IsAssociative {
		text, err = s.key(p.Index)
	} else {
		text, err = s.arithmeticText(p.Index)
	}
	return name + "[" + text + "]", err
}

// IsSet says whether there is what an operand of "-v" names: a variable, or an element of one.
func (s *Scope) IsSet(operand string) (bool, error) {
	name, subscript, isElement := strings.Cut(operand, "[")
	subscript, isClosed := strings.CutSuffix(subscript, "]")
	if !syntax.ValidName(name) || isElement && !isClosed {
		return false, s.Refuse("-v %s is not supported", operand)
	}
	a := s.Elements(name)
	switch {
	case !isElement:
		_, set := s.Get(name)
		return set, nil
	case subscript == "@" && !a.IsAssociative:
		return len(a.Values) > 0, nil
	}
	at, err := s.subscript(a, subscript, s.Calculate)
	_, set := a.At(at)
	return set && err == nil, err
}

// key puts a key together again that the parser took for an expression, such as "a-b".
func (s *Scope) key(e syntax.ArithmExpr) (string, error) {
	switch e := e.(type) {
	case *syntax.Word:
		return s.Word(e)
	case *syntax.BinaryArithm:
		op := e.Op.String()
		if e.X.End() != e.OpPos || e.OpPos.Offset()+uint(len(op)) != e.Y.Pos().Offset() {
			break
		}
		left, err := s.key(e.X)
		if err != nil {
			return "", err
		}
		right, err := s.key(e.Y)
		return left + op + right, err
	}
	return "", s.Refuse("this key of an associative array is not supported: quotes make it a word")
}
