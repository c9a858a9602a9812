package conditional

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
)

// Words returns an expression as the arguments that ash makes of it, for which "[[" is a command with another syntax: words are split and become
// pathnames, patterns too, and only "&&" and "||" are operators.
func Words(s *expand.Scope, e syntax.TestExpr) ([]string, error) {
	switch e := e.(type) {
	case *syntax.Word:
		return s.Fields([]*syntax.Word{e})
	case *syntax.UnaryTest:
		operand, err := Words(s, e.X)
		return append([]string{e.Op.String()}, operand...), err
	case *syntax.BinaryTest:
		left, err := Words(s, e.X)
		if err != nil {
			return nil, err
		}
		right, err := Words(s, e.Y)
		return append(append(left, e.Op.String()), right...), err
	}
	return nil, s.Refuse("this test is not supported")
}
