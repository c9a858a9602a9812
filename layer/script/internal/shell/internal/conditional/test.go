package conditional

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
)

// Test evaluates expressions in the scope of a shell.
type Test struct {
	*expand.Scope

	// Ask lets the command test answer what its arguments, such as "-f" and a path, ask.
	Ask func(args ...string) (bool, error)

	// SetMatch gives $BASH_REMATCH its elements.
	SetMatch func(groups []string) error
}

// Evaluate says whether an expression is true. The parser has what stands between "&&", "||" and "!" in its order, but not what binds tighter:
// "!" does, and then "&&".
func (t *Test) Evaluate(e syntax.TestExpr) (bool, error) {
	var tokens []syntax.TestExpr // operators as expressions without operands
	var flatten func(e syntax.TestExpr)
	flatten = func(e syntax.TestExpr) {
		switch e := e.(type) {
		case *syntax.BinaryTest:
			if e.Op == syntax.AndTest || e.Op == syntax.OrTest {
				flatten(e.X)
				tokens = append(tokens, &syntax.BinaryTest{Op: e.Op})
				flatten(e.Y)
				return
			}
		case *syntax.UnaryTest:
			if e.Op == syntax.TsNot {
				tokens = append(tokens, &syntax.UnaryTest{Op: e.Op})
				flatten(e.X)
				return
			}
		}
		tokens = append(tokens, e)
	}
	flatten(e)
	// Of "a && b || c && d", each side of "||" is decided by its first that is false.
	result, decided, negated := true, false, false
	for _, token := range tokens {
		switch op := token.(type) {
		case *syntax.BinaryTest:
			if op.X == nil {
				if op.Op == syntax.OrTest {
					if result {
						return true, nil
					}
					result, decided = true, false
				}
				continue
			}
		case *syntax.UnaryTest:
			if op.X == nil {
				negated = !negated
				continue
			}
		}
		if !decided {
			ok, err := t.primary(token)
			if err != nil {
				return false, err
			}
			result = ok != negated
			decided = !result
		}
		negated = false
	}
	return result, nil
}

// primary is a test without "&&", "||" and "!".
func (t *Test) primary(e syntax.TestExpr) (bool, error) {
	switch e := e.(type) {
	case *syntax.Word:
		value, err := t.Word(e)
		return value != "", err
	case *syntax.ParenTest:
		return t.Evaluate(e.X)
	case *syntax.UnaryTest:
		return t.unary(e)
	case *syntax.BinaryTest:
		return t.binary(e)
	}
	return false, t.Refuse("this test is not supported")
}

func (t *Test) unary(e *syntax.UnaryTest) (bool, error) {
	w, ok := e.X.(*syntax.Word)
	if !ok {
		return false, t.Refuse("this test is not supported")
	}
	value, err := t.Word(w)
	if err != nil {
		return false, err
	}
	switch e.Op {
	case syntax.TsEmpStr:
		return value == "", nil
	case syntax.TsNempStr:
		return value != "", nil
	case syntax.TsVarSet:
		return t.IsSet(value)
	}
	return t.Ask(e.Op.String(), value)
}

func (t *Test) binary(e *syntax.BinaryTest) (bool, error) {
	x, isX := e.X.(*syntax.Word)
	y, isY := e.Y.(*syntax.Word)
	if !isX || !isY {
		return false, t.Refuse("this test is not supported")
	}
	left, err := t.Word(x)
	if err != nil {
		return false, err
	}
	switch e.Op {
	case syntax.TsMatchShort, syntax.TsMatch, syntax.TsNoMatch:
		pattern, err := t.Pattern(y, false)
		if err != nil {
			return false, err
		}
		ok, err := t.Match(pattern, left)
		return ok == (e.Op != syntax.TsNoMatch), err
	case syntax.TsReMatch:
		return t.matches(left, y)
	}
	right, err := t.Word(y)
	if err != nil {
		return false, err
	}
	switch e.Op {
	case syntax.TsBefore:
		return left < right, nil
	case syntax.TsAfter:
		return left > right, nil
	case syntax.TsNewer, syntax.TsOlder, syntax.TsDevIno:
		return t.Ask(left, e.Op.String(), right)
	}
	m, err := t.Calculate(left)
	if err != nil {
		return false, err
	}
	n, err := t.Calculate(right)
	switch e.Op {
	case syntax.TsEql:
		return m == n, err
	case syntax.TsNeq:
		return m != n, err
	case syntax.TsLss:
		return m < n, err
	case syntax.TsLeq:
		return m <= n, err
	case syntax.TsGtr:
		return m > n, err
	case syntax.TsGeq:
		return m >= n, err
	}
	return false, t.Refuse("[[ … %s … ]] is not supported", e.Op)
}

// matches is "[[ text =~ expression ]]": what is quoted in the expression stands for itself.
func (t *Test) matches(text string, w *syntax.Word) (bool, error) {
	var b strings.Builder
	for _, part := range w.Parts {
		value, err := t.Word(&syntax.Word{Parts: []syntax.WordPart{part}})
		if err != nil {
			return false, err
		}
		switch part := part.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted:
			for i := range len(value) {
				if strings.IndexByte(`\.[]{}()*+?^$|`, value[i]) >= 0 {
					b.WriteByte('\\')
				}
				b.WriteByte(value[i])
			}
		case *syntax.Lit: // its backslashes are the expression's
			b.WriteString(part.Value)
		default:
			b.WriteString(value)
		}
	}
	re, err := regex.Parse(b.String(), regex.Flags{Extended: true})
	if err != nil {
		return false, t.Refuse("the expression %q: %v", b.String(), err)
	}
	if err := t.Spend(re.Cost(len(text))); err != nil {
		return false, err
	}
	places := re.Find([]byte(text), false)
	if places == nil {
		return false, t.SetMatch(nil)
	}
	var groups []string
	for i := 0; i+1 < len(places); i += 2 {
		group := ""
		if places[i] >= 0 {
			group = text[places[i]:places[i+1]]
		}
		groups = append(groups, group)
	}
	return true, t.SetMatch(groups)
}
