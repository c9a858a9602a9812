package script

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// check walks the syntax tree before anything runs, refuses what the interpreter
// cannot keep inside, and replaces what would come from the host.
func (s *Script) check(node syntax.Node) error {
	var refused error
	syntax.Walk(node, func(n syntax.Node) bool {
		if refused != nil || n == nil {
			return false
		}
		if reason := refuse(n); reason != "" {
			refused = &UnsupportedError{Script: s.String(), Package: s.Package, Line: n.Pos().Line(), Reason: reason}
		}
		return refused == nil
	})
	return refused
}

// processID stands for $$ and $PPID.
const processID = "1"

// refuse says why a node cannot be run, or "".
func refuse(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.ProcSubst:
		return "process substitution is not supported"
	case *syntax.CoprocClause:
		return "coproc is not supported"
	case *syntax.Stmt:
		if n.Background {
			return `a command in the background ("&") is not supported`
		}
	case *syntax.Redirect:
		if n.N != nil && n.N.Value != "0" && n.N.Value != "1" && n.N.Value != "2" {
			return fmt.Sprintf("file descriptor %s is not supported: only 0, 1 and 2 are", n.N.Value)
		}
		switch n.Op {
		case syntax.RdrInOut, syntax.RdrClob:
			return fmt.Sprintf("redirection %q is not supported", n.Op.String())
		}
	case *syntax.UnaryTest:
		switch n.Op {
		case syntax.TsUsrOwn, syntax.TsGrpOwn, syntax.TsModif:
			return fmt.Sprintf("test %s is not supported", n.Op)
		}
	case *syntax.BinaryTest:
		if n.Op == syntax.TsDevIno {
			return fmt.Sprintf("test %s is not supported", n.Op)
		}
	case *syntax.TimeClause:
		return "time is not supported"
	case *syntax.ParamExp:
		if n.Param != nil {
			switch n.Param.Value {
			case "$", "PPID", "BASHPID":
				*n = syntax.ParamExp{Dollar: n.Dollar, Short: n.Short, Rbrace: n.Rbrace, Param: n.Param,
					Exp: &syntax.Expansion{Op: syntax.AlternateUnsetOrNull, Word: literal(processID)}}
				n.Short = false
			case "RANDOM", "SRANDOM", "EPOCHSECONDS", "EPOCHREALTIME", "SECONDS":
				return fmt.Sprintf("$%s is not supported: its value is another each time", n.Param.Value)
			}
		}
	case *syntax.Word:
		if lit, ok := firstLiteral(n); ok && strings.HasPrefix(lit, "~") {
			name, _, _ := strings.Cut(lit[1:], "/")
			if name != "" {
				return fmt.Sprintf("~%s is not supported", name)
			}
		}
	}
	return ""
}

func literal(value string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: value}}}
}

func firstLiteral(w *syntax.Word) (string, bool) {
	if len(w.Parts) == 0 {
		return "", false
	}
	lit, ok := w.Parts[0].(*syntax.Lit)
	if !ok {
		return "", false
	}
	return lit.Value, true
}
