package grammar

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// parseText reads a text. The parser refuses some expressions that ash takes, such as
// "1--1": those it gets in quotes, between which a shell only expands.
func parseText(text []byte, name string) (*syntax.File, error) {
	for quoted := 0; ; quoted++ {
		file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), name)
		var problem syntax.ParseError
		if !errors.As(err, &problem) || quoted == maxQuoted {
			return file, err
		}
		again, ok := closeDocument(text, problem.Text)
		if !ok {
			again, ok = quoteArithmetic(text, int(problem.Pos.Offset()))
		}
		if !ok {
			return nil, err
		}
		text = again
	}
}

// closeDocument appends the end of a here-document that ends with the text, as ash takes
// it. A line without its newline would gain one: those are left to the parser's error.
func closeDocument(text []byte, problem string) ([]byte, bool) {
	word, ok := strings.CutPrefix(problem, "unclosed here-document ")
	if !ok {
		return nil, false
	}
	word, err := strconv.Unquote(word)
	if err != nil || len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, false
	}
	return slices.Concat(text, []byte(word), []byte("\n")), true
}

// maxQuoted bounds how often a text is read once more.
const maxQuoted = 100

// quoteArithmetic puts the expression of a "$((…))" around an offset in double quotes if
// it has "++" or "--", which is what the parser is more particular about than ash.
func quoteArithmetic(text []byte, at int) ([]byte, bool) {
	begin := bytes.LastIndex(text[:min(at+1, len(text))], []byte("$(("))
	if begin < 0 {
		return nil, false
	}
	begin += len("$((")
	depth := 2
	end := begin
	for ; end < len(text) && depth > 0; end++ {
		switch text[end] {
		case '(':
			depth++
		case ')':
			depth--
		case '"', '\'', '`', '\\', '#':
			if text[end] != '#' || end+1 < len(text) && text[end+1] == '(' {
				return nil, false
			}
		}
	}
	if depth > 0 || end < 2 || text[end-2] != ')' || end <= at {
		return nil, false
	}
	expression := text[begin : end-2]
	if !bytes.Contains(expression, []byte("++")) && !bytes.Contains(expression, []byte("--")) {
		return nil, false
	}
	return slices.Concat(text[:begin], []byte{'"'}, expression, []byte{'"'}, text[end-2:]), true
}

// tooDeep returns the line at which more is open than the parser should be given: it
// recurs with each bracket. Brackets in quotes and comments count too; no script that
// people write comes near.
func tooDeep(text []byte) int {
	open, line, words := 0, 1, 0
	for i, b := range text {
		switch b {
		case '(', '{', '[':
			open++
		case ')', '}', ']':
			open = max(open-1, 0)
		case '\n':
			line++
		case '!', '~', '-', '+':
			// Each sign of a row of them is a level of an expression.
			if i > 0 && (text[i-1] == b || text[i-1] == ' ') {
				words++
			} else {
				words = 0
			}
		case ' ':
		default:
			words = 0
		}
		if open > MaxNested || words > MaxNested {
			return line
		}
	}
	// Words that open something count without what closes it.
	for _, word := range []string{"if ", "if\n", "while ", "while\n", "until ", "case ", "do ", "do\n", "then ", "then\n", "else ", "`", "\\"} {
		if n := bytes.Count(text, []byte(word)); n > 8*MaxNested {
			return 1
		}
	}
	return 0
}

// check walks the syntax tree and refuses what would do something else than in the shell.
func check(node syntax.Node, d Dialect) error {
	var refused error
	inputs := make(map[*syntax.ProcSubst]bool) // in places where they are supported
	syntax.Walk(node, func(n syntax.Node) bool {
		if refused != nil || n == nil {
			return false
		}
		switch n := n.(type) {
		case *syntax.Redirect:
			inputs[InputOf(n)] = true
		case *syntax.CallExpr:
			for _, w := range n.Args[min(1, len(n.Args)):] {
				inputs[inputIn(w)] = true
			}
		}
		input, isSubstitution := n.(*syntax.ProcSubst)
		reason := misread(n, d)
		switch {
		case reason != "":
		case d != Bash:
			reason = refuse(n)
		case !isSubstitution || !inputs[input]:
			reason = refuseBash(n)
		}
		if reason != "" {
			refused = &SyntaxError{Offset: int(n.Pos().Offset()), Line: n.Pos().Line(), Reason: reason}
		}
		return refused == nil
	})
	return refused
}

// misread says what the parser takes for something else than the shell does, or "".
func misread(n syntax.Node, d Dialect) string {
	switch n := n.(type) {
	case *syntax.CallExpr:
		if len(n.Args) > 0 && len(n.Assigns) == 0 {
			if word := n.Args[0].Lit(); word == "else" || word == "in" && d != Bash {
				return "unexpected " + word
			}
		}
	case *syntax.WordIter:
		if !syntax.ValidName(n.Name.Value) {
			return "bad for loop variable"
		}
	case *syntax.Redirect:
		if n.Hdoc != nil && len(n.Word.Parts) > 1 {
			if last, ok := n.Word.Parts[len(n.Word.Parts)-1].(*syntax.Lit); ok && !strings.Contains(last.Value, `\`) {
				return "a delimiter of a here-document that ends without quotes is not supported"
			}
		}
	}
	return ""
}

// refuse says why a node cannot be run, or "".
func refuse(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.ProcSubst:
		return "process substitution is not supported"
	case *syntax.Stmt:
		if n.Disown || n.Coprocess {
			return "this way to run a command in the background is not known to ash"
		}
	case *syntax.Redirect:
		return refuseRedirect(n, Ash)
	case *syntax.BinaryCmd:
		if n.Op == syntax.PipeAll {
			return `"|&" is not known to ash`
		}
	case *syntax.CoprocClause:
		return "coproc is not known to ash"
	case *syntax.ArithmCmd:
		return `"((" is not known to ash as a command`
	case *syntax.TimeClause:
		return "time is not supported"
	case *syntax.TestDecl:
		return "@test is not known to ash"
	case *syntax.ForClause:
		if _, ok := n.Loop.(*syntax.WordIter); !ok || n.Select || n.Braces {
			return "this kind of loop is not known to ash"
		}
	case *syntax.FuncDecl:
		if n.Name == nil || !syntax.ValidName(n.Name.Value) {
			return "a function of this name is not known to ash"
		}
	case *syntax.CaseClause:
		if n.Braces {
			return "this kind of case is not known to ash"
		}
		for _, item := range n.Items {
			if item.Op != syntax.Break {
				return fmt.Sprintf("%q is not known to ash", item.Op.String())
			}
		}
	case *syntax.DeclClause:
		switch n.Variant.Value {
		case "export", "readonly", "local":
		default:
			return fmt.Sprintf("%s is not known to ash", n.Variant.Value)
		}
	case *syntax.Assign:
		if n.Append || n.Index != nil || n.Array != nil {
			return "arrays and += are not known to ash"
		}
	case *syntax.ExtGlob:
		return "extended patterns are not known to ash"
	case *syntax.DblQuoted:
		if n.Dollar {
			return `$"…" is not known to ash`
		}
	case *syntax.CmdSubst:
		if n.TempFile || n.ReplyVar {
			return "this command substitution is not known to ash"
		}
	case *syntax.ArithmExp:
		if n.Bracket || n.Unsigned {
			return "$[…] is not known to ash"
		}
	case *syntax.UnaryTest, *syntax.BinaryTest, *syntax.ParenTest:
		return refuseTest(n)
	case *syntax.ParamExp:
		return refuseParameter(n)
	}
	return ""
}

func refuseRedirect(r *syntax.Redirect, d Dialect) string {
	if r.N != nil && (len(r.N.Value) != 1 || r.N.Value[0] < '0' || r.N.Value[0] > '9') {
		return fmt.Sprintf("file descriptor %s is not supported: only 0 to 9 are", r.N.Value)
	}
	switch r.Op {
	case syntax.RdrIn, syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrInOut, syntax.DplIn, syntax.DplOut,
		syntax.Hdoc, syntax.DashHdoc, syntax.RdrAll:
		return ""
	}
	if r.Op == syntax.WordHdoc && d == Bash {
		return ""
	}
	return fmt.Sprintf("redirection %q is not known to %s", r.Op.String(), d)
}

func refuseTest(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.BinaryTest:
		switch n.Op {
		case syntax.TsMatchShort, syntax.TsMatch, syntax.TsNoMatch, syntax.TsNewer, syntax.TsOlder, syntax.TsEql, syntax.TsNeq,
			syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr, syntax.AndTest, syntax.OrTest:
			return ""
		case syntax.TsReMatch:
			if w, ok := n.Y.(*syntax.Word); ok && hasOperator(w) {
				return "[[ … =~ … ]] with parentheses or | outside of quotes is not known to ash"
			}
			return ""
		}
		return fmt.Sprintf("[[ … %s … ]] is not supported", n.Op)
	case *syntax.UnaryTest:
		switch n.Op {
		case syntax.TsUsrOwn, syntax.TsGrpOwn, syntax.TsModif, syntax.TsOptSet, syntax.TsVarSet, syntax.TsRefVar:
			return fmt.Sprintf("[[ %s … ]] is not supported", n.Op)
		}
		return ""
	}
	return "[[ ( … ) ]] is not supported"
}

// hasOperator reports whether a word, which is a regular expression to Bash, has what to ash are operators.
func hasOperator(w *syntax.Word) bool {
	for _, part := range w.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok {
			continue
		}
		for i := 0; i < len(lit.Value); i++ {
			switch lit.Value[i] {
			case '\\':
				i++
			case '(', ')', '|', '&', ';', '<', '>':
				return true
			}
		}
	}
	return false
}

// IsDifferentEachTime reports whether a shell makes up a variable's value.
func IsDifferentEachTime(name string) bool {
	switch name {
	case "RANDOM", "SRANDOM", "EPOCHSECONDS", "EPOCHREALTIME", "SECONDS", "BASHPID":
		return true
	}
	return false
}

// RefuseRandom says why the value of such a variable is not read.
func RefuseRandom(name string) string {
	return fmt.Sprintf("$%s is not supported: its value is another each time", name)
}

func refuseParameter(e *syntax.ParamExp) string {
	switch {
	case e.Param == nil || e.NestedParam != nil || e.Flags != nil:
		return "this expansion is not known to ash"
	case e.Excl, e.Names != 0, e.Width, e.IsSet, e.Index != nil, len(e.Modifiers) > 0:
		return "indirection and arrays are not known to ash"
	}
	if IsDifferentEachTime(e.Param.Value) {
		return RefuseRandom(e.Param.Value)
	}
	if e.Exp != nil {
		switch e.Exp.Op {
		case syntax.AlternateUnset, syntax.AlternateUnsetOrNull, syntax.DefaultUnset, syntax.DefaultUnsetOrNull,
			syntax.ErrorUnset, syntax.ErrorUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull,
			syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
		default:
			return fmt.Sprintf("${…%s…} is not known to ash", e.Exp.Op)
		}
	}
	return ""
}
