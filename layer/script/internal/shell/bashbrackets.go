package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
)

// testOfBash is "[[ … ]]" of Bash, which neither splits words nor looks for pathnames. The parser has what stands between "&&", "||" and
// "!" in its order, but not what binds tighter: "!" does, and then "&&".
func (p *process) testOfBash(e syntax.TestExpr) (bool, error) {
	var tokens []syntax.TestExpr // operators as expressions without operands
	var flatten func(e syntax.TestExpr)
	flatten = func(e syntax.TestExpr) {
		switch t := e.(type) {
		case *syntax.BinaryTest:
			if t.Op == syntax.AndTest || t.Op == syntax.OrTest {
				flatten(t.X)
				tokens = append(tokens, &syntax.BinaryTest{Op: t.Op})
				flatten(t.Y)
				return
			}
		case *syntax.UnaryTest:
			if t.Op == syntax.TsNot {
				tokens = append(tokens, &syntax.UnaryTest{Op: t.Op})
				flatten(t.X)
				return
			}
		}
		tokens = append(tokens, e)
	}
	flatten(e)
	// Of "a && b || c && d", each side of "||" is decided by its first that is false.
	result, decided, negated := true, false, false
	for _, t := range tokens {
		switch t := t.(type) {
		case *syntax.BinaryTest:
			if t.X == nil {
				if t.Op == syntax.OrTest {
					if result {
						return true, nil
					}
					result, decided = true, false
				}
				continue
			}
		case *syntax.UnaryTest:
			if t.X == nil {
				negated = !negated
				continue
			}
		}
		if !decided {
			ok, err := p.primary(t)
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
func (p *process) primary(e syntax.TestExpr) (bool, error) {
	switch e := e.(type) {
	case *syntax.Word:
		value, err := p.word(e)
		return value != "", err
	case *syntax.ParenTest:
		return p.testOfBash(e.X)
	case *syntax.UnaryTest:
		return p.unaryTest(e)
	case *syntax.BinaryTest:
		return p.binaryTest(e)
	}
	return false, p.refuse("this test is not supported")
}

func (p *process) unaryTest(e *syntax.UnaryTest) (bool, error) {
	w, ok := e.X.(*syntax.Word)
	if !ok {
		return false, p.refuse("this test is not supported")
	}
	value, err := p.word(w)
	if err != nil {
		return false, err
	}
	switch e.Op {
	case syntax.TsEmpStr:
		return value == "", nil
	case syntax.TsNempStr:
		return value != "", nil
	case syntax.TsVarSet:
		if !syntax.ValidName(value) {
			return false, p.refuse("[[ -v %s ]] is not supported", value)
		}
		_, set := p.get(value)
		return set, nil
	}
	return p.askTest(e.Op.String(), value)
}

func (p *process) binaryTest(e *syntax.BinaryTest) (bool, error) {
	x, isX := e.X.(*syntax.Word)
	y, isY := e.Y.(*syntax.Word)
	if !isX || !isY {
		return false, p.refuse("this test is not supported")
	}
	left, err := p.word(x)
	if err != nil {
		return false, err
	}
	switch e.Op {
	case syntax.TsMatchShort, syntax.TsMatch, syntax.TsNoMatch:
		pattern, err := p.scope().Pattern(y, false)
		if err != nil {
			return false, err
		}
		ok, err := p.scope().Match(pattern, left)
		return ok == (e.Op != syntax.TsNoMatch), err
	case syntax.TsReMatch:
		return p.matchExpression(left, y)
	}
	right, err := p.word(y)
	if err != nil {
		return false, err
	}
	switch e.Op {
	case syntax.TsBefore:
		return left < right, nil
	case syntax.TsAfter:
		return left > right, nil
	case syntax.TsNewer, syntax.TsOlder, syntax.TsDevIno:
		return p.askTest(left, e.Op.String(), right)
	}
	m, err := p.scope().Calculate(left)
	if err != nil {
		return false, err
	}
	n, err := p.scope().Calculate(right)
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
	return false, p.refuse("[[ … %s … ]] is not supported", e.Op)
}

// askTest lets the test command answer.
func (p *process) askTest(args ...string) (bool, error) {
	err := p.program(append(append([]string{"["}, args...), "]"))
	return p.status == 0, err
}

// matchExpression is "[[ text =~ expression ]]": what is quoted in the expression stands for itself.
func (p *process) matchExpression(text string, w *syntax.Word) (bool, error) {
	var b strings.Builder
	for _, part := range w.Parts {
		value, err := p.word(&syntax.Word{Parts: []syntax.WordPart{part}})
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
		return false, p.refuse("the expression %q: %v", b.String(), err)
	}
	if err := p.spend(re.Cost(len(text))); err != nil {
		return false, err
	}
	places := re.Find([]byte(text), false)
	if places == nil {
		return false, p.setList("BASH_REMATCH", nil)
	}
	var groups []string
	for i := 0; i+1 < len(places); i += 2 {
		group := ""
		if places[i] >= 0 {
			group = text[places[i]:places[i+1]]
		}
		groups = append(groups, group)
	}
	return true, p.setList("BASH_REMATCH", groups)
}
