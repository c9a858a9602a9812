package shell

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/conditional"
)

// let works out each of its words; it fails if the last one is 0.
func (p *process) let(l *syntax.LetClause) error {
	texts := make([]string, len(l.Exprs))
	for i, e := range l.Exprs {
		var err error
		if texts[i], err = p.scope().Expression(e); err != nil {
			return err
		}
	}
	p.regular = "let" // its errors end it alone
	defer func() { p.regular = "" }()
	for _, text := range texts {
		n, err := p.scope().Calculate(text)
		if err == errBuiltinFailed {
			return nil
		} else if err != nil {
			return err
		}
		p.status = oneIf(n == 0)
	}
	return nil
}

// testClause is "[[ … ]]", which for ash is a command of words.
func (p *process) testClause(t *syntax.TestClause) error {
	if p.isBash {
		test := conditional.Test{
			Scope: p.scope(),
			Ask: func(args ...string) (bool, error) {
				err := p.program(append(append([]string{"["}, args...), "]"))
				return p.status == 0, err
			},
			SetMatch: func(groups []string) error { return p.setList("BASH_REMATCH", groups) },
		}
		ok, err := test.Evaluate(t.X)
		p.status = oneIf(!ok)
		return err
	}
	args, err := conditional.Words(p.scope(), t.X)
	if err != nil {
		return err
	}
	return p.program(append(append([]string{"[["}, args...), "]]"))
}
