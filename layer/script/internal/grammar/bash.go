package grammar

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// rewriteBash puts forms that only Bash has into those that ash has, where these mean the same: braces become their words, "|&" and
// "&>>" the redirections that they are short for, and "((…))" is let (bash(1), "Brace Expansion", "Pipelines", "Redirection",
// "Compound Commands").
func rewriteBash(file *syntax.File) (err error) {
	braces := func(words []*syntax.Word) []*syntax.Word {
		if err == nil {
			words, err = expandBraces(words)
		}
		return words
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			if c, ok := n.Cmd.(*syntax.ArithmCmd); ok && !c.Unsigned {
				inner := &syntax.ParenArithm{Lparen: c.Left, Rparen: c.Right, X: c.X}
				n.Cmd = &syntax.LetClause{Let: c.Left, Exprs: []syntax.ArithmExpr{inner}}
			}
			for i := len(n.Redirs) - 1; i >= 0; i-- {
				if r := n.Redirs[i]; r.Op == syntax.AppAll {
					r.Op = syntax.AppOut
					n.Redirs = slices.Insert(n.Redirs, i+1, errorsToo(r.OpPos))
				}
			}
		case *syntax.BinaryCmd:
			if n.Op == syntax.PipeAll {
				n.Op = syntax.Pipe
				from := n.X
				for {
					inner, ok := from.Cmd.(*syntax.BinaryCmd)
					if !ok || len(from.Redirs) > 0 {
						break
					}
					from = inner.Y
				}
				from.Redirs = append(from.Redirs, errorsToo(n.OpPos))
			}
		case *syntax.CallExpr:
			n.Args = braces(n.Args)
		case *syntax.DeclClause:
			for _, a := range n.Args {
				at := a.Pos()
				if a.Value != nil && splitBraces(a.Value) && err == nil {
					err = &SyntaxError{Offset: int(at.Offset()), Line: at.Line(), Reason: "braces in an operand of " + n.Variant.Value + " are not supported"}
				}
			}
		case *syntax.SglQuoted:
			if n.Dollar {
				n.Value = forAsh.Replace(n.Value)
			}
		case *syntax.WordIter:
			n.Items = braces(n.Items)
		case *syntax.ArrayExpr:
			var elements []*syntax.ArrayElem
			for _, e := range n.Elems {
				if e.Index != nil || e.Value == nil {
					elements = append(elements, e)
					continue
				}
				for _, word := range braces([]*syntax.Word{e.Value}) {
					elements = append(elements, &syntax.ArrayElem{Value: word})
				}
			}
			n.Elems = elements
		}
		return err == nil
	})
	return err
}

// forAsh writes escapes of $'…' that ash does not know as it knows them.
var forAsh = strings.NewReplacer(`\\`, `\\`, `\e`, `\033`, `\E`, `\033`, `\?`, `?`)

// errorsToo is "2>&1".
func errorsToo(at syntax.Pos) *syntax.Redirect {
	lit := func(text string) *syntax.Lit { return &syntax.Lit{ValuePos: at, ValueEnd: at, Value: text} }
	return &syntax.Redirect{OpPos: at, Op: syntax.DplOut, N: lit("2"), Word: &syntax.Word{Parts: []syntax.WordPart{lit("1")}}}
}

// expandBraces replaces words with braces by those that they stand for.
func expandBraces(words []*syntax.Word) ([]*syntax.Word, error) {
	var list []*syntax.Word
	for i, word := range words {
		at := word.Pos() // which a word with braces may not tell
		expands := splitBraces(word)
		if isUnclearInBraces(word, expands) {
			return nil, &SyntaxError{Offset: int(at.Offset()), Line: at.Line(), Reason: "a word in which some braces expand and others do not is not supported"}
		}
		if !expands {
			if list != nil {
				list = append(list, word)
			}
			continue
		}
		if list == nil {
			list = slices.Clone(words[:i])
		}
		for expanded, err := range expand.BracesSeq(nil, word) {
			if err == nil && joinsName(expanded) {
				err = errors.New("text behind braces that end with $name is not supported: Bash takes it as a part of the name")
			}
			if err != nil {
				return nil, &SyntaxError{Offset: int(at.Offset()), Line: at.Line(), Reason: err.Error()}
			}
			if len(expanded.Parts) > 0 { // "{a,}" has an empty one, which is no word
				list = append(list, expanded)
			}
		}
	}
	if list == nil {
		return words, nil
	}
	return list, nil
}

// splitBraces splits a word at braces that expand, and reports whether it has any.
func splitBraces(word *syntax.Word) bool {
	return slices.ContainsFunc(word.Parts, func(part syntax.WordPart) bool {
		lit, ok := part.(*syntax.Lit)
		return ok && strings.Contains(lit.Value, "{")
	}) && syntax.SplitBraces(word) && slices.ContainsFunc(word.Parts, func(part syntax.WordPart) bool {
		_, ok := part.(*syntax.BraceExp)
		return ok
	})
}

var withoutEscaped = strings.NewReplacer(`\\`, "", `\{`, "", `\}`, "", `\,`, "")

// kindOf is 1 for what a number begins with, 2 for capital letters, 3 for small ones, and 0 for others.
func kindOf(b byte) int {
	switch {
	case b == '-', b == '+', '0' <= b && b <= '9':
		return 1
	case 'A' <= b && b <= 'Z':
		return 2
	case 'a' <= b && b <= 'z':
		return 3
	}
	return 0
}

// isUnclearInBraces reports whether the parser may expand the braces of a word otherwise than Bash: if some of them do not expand, if none does
// although there is a list or a sequence between them, and in sequences from capital to small letters or between letters and numbers.
func isUnclearInBraces(word *syntax.Word, expands bool) (unclear bool) {
	text := ""
	var add func(word *syntax.Word)
	add = func(word *syntax.Word) {
		for _, part := range word.Parts {
			switch part := part.(type) {
			case *syntax.BraceExp:
				if len(part.Elems) < 2 {
					unclear = true
				} else if part.Sequence {
					from, to := part.Elems[0].Lit()+" ", part.Elems[1].Lit()+" "
					unclear = unclear || kindOf(from[0]) != kindOf(to[0]) || kindOf(from[0]) == 0
				}
				for _, word := range part.Elems {
					add(word)
				}
			case *syntax.Lit:
				text += withoutEscaped.Replace(part.Value)
			}
		}
	}
	add(word)
	if expands {
		return unclear || strings.ContainsAny(text, "{}")
	}
	_, rest, _ := strings.Cut(text, "{")
	return strings.Contains(rest, "}") && (strings.Contains(rest, ",") || strings.Contains(rest, ".."))
}

// joinsName reports whether text behind "$name" would be a part of the name, as it is in Bash, which expands braces as text.
func joinsName(word *syntax.Word) bool {
	for i := 1; i < len(word.Parts); i++ {
		param, isParam := word.Parts[i-1].(*syntax.ParamExp)
		lit, isLit := word.Parts[i].(*syntax.Lit)
		if isParam && isLit && param.Short && lit.Value != "" && syntax.ValidName("_"+lit.Value[:1]) {
			return true
		}
	}
	return false
}

// refuseBash says why a node of Bash cannot be run, or "".
func refuseBash(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.ProcSubst:
		return "process substitution is not supported but for input, as a whole argument of a command, <(…), or a redirection, < <(…)"
	case *syntax.Stmt:
		if n.Disown || n.Coprocess {
			return "this way to run a command in the background is not supported"
		}
	case *syntax.Redirect:
		if n.Hdoc != nil && substitutesWithin(n.Hdoc) {
			return "a command substitution within ${…} of a here-document is not supported"
		}
		return refuseRedirect(n, Bash)
	case *syntax.CallExpr:
		if len(n.Args) > 0 && n.Args[0].Lit() == "in" {
			return `"in" cannot be a command in bash`
		}
	case *syntax.CoprocClause:
		return "coproc is not supported"
	case *syntax.TimeClause:
		return "time is not supported"
	case *syntax.TestDecl:
		return "@test is not known to bash"
	case *syntax.ForClause:
		if n.Select || n.Braces {
			return "this kind of loop is not supported"
		}
	case *syntax.FuncDecl:
		if n.Name == nil {
			return "a function without a name is not known to bash"
		}
	case *syntax.CaseClause:
		if n.Braces {
			return "this kind of case is not supported"
		}
		for _, item := range n.Items {
			if item.Op == syntax.ResumeKorn {
				return fmt.Sprintf("%q is not known to bash", item.Op.String())
			}
		}
	case *syntax.DeclClause:
		switch n.Variant.Value {
		case "export", "readonly", "local", "declare", "typeset":
		default:
			return fmt.Sprintf("%s is not supported", n.Variant.Value)
		}
	case *syntax.ExtGlob:
		return "extended patterns are not supported"
	case *syntax.DblQuoted:
		if n.Dollar {
			return `$"…" is not supported`
		}
	case *syntax.SglQuoted:
		if n.Dollar && (strings.Contains(n.Value, `\u`) || strings.Contains(n.Value, `\U`) || strings.Contains(n.Value, `\c`)) {
			return `\u and \c in $'…' are not supported`
		}
	case *syntax.CmdSubst:
		if n.TempFile || n.ReplyVar {
			return "this command substitution is not known to bash"
		}
	case *syntax.ArithmExp:
		if n.Unsigned {
			return "this arithmetic is not known to bash"
		}
	case *syntax.UnaryTest:
		switch n.Op {
		case syntax.TsUsrOwn, syntax.TsGrpOwn, syntax.TsModif, syntax.TsOptSet, syntax.TsRefVar:
			return fmt.Sprintf("[[ %s … ]] is not supported", n.Op)
		}
	case *syntax.Lit:
		// Bash expands this tilde in arguments, too, where ash only does so in assignments.
		if name, _, ok := strings.Cut(n.Value, "=~"); ok && syntax.ValidName(name) {
			return "a tilde in a word that looks like an assignment is not supported"
		}
	case *syntax.ParamExp:
		return refuseParameterOfBash(n)
	}
	return ""
}

// InputOf returns the commands of "< <(commands)", or nil.
func InputOf(r *syntax.Redirect) *syntax.ProcSubst {
	if r.Op != syntax.RdrIn || r.Word == nil {
		return nil
	}
	return inputIn(r.Word)
}

// inputIn returns the process substitution that is all of a word, if it is one that prints, or nil.
func inputIn(w *syntax.Word) *syntax.ProcSubst {
	if len(w.Parts) != 1 {
		return nil
	}
	if p, ok := w.Parts[0].(*syntax.ProcSubst); ok && p.Op == syntax.CmdIn {
		return p
	}
	return nil
}

// substitutesWithin reports whether an expansion of a document has a command substitution in its operand, at which Bash 5.2 fails.
func substitutesWithin(document *syntax.Word) bool {
	return slices.ContainsFunc(document.Parts, func(part syntax.WordPart) bool {
		param, ok := part.(*syntax.ParamExp)
		return ok && Substitutes(param)
	})
}

// Substitutes reports whether a node has a command substitution.
func Substitutes(node syntax.Node) (found bool) {
	syntax.Walk(node, func(n syntax.Node) bool {
		_, isCommand := n.(*syntax.CmdSubst)
		found = found || isCommand
		return !found
	})
	return found
}

func refuseParameterOfBash(e *syntax.ParamExp) string {
	switch {
	case e.Param == nil || e.NestedParam != nil || e.Flags != nil || e.Width || e.IsSet || len(e.Modifiers) > 0:
		return "this expansion is not known to bash"
	case e.Exp != nil && e.Exp.Op == syntax.OtherParamOps && (e.Exp.Word == nil || !slices.Contains([]string{"Q", "U", "u", "L"}, e.Exp.Word.Lit())):
		return "${name@operator} is supported with Q, U, u and L alone"
	case e.Excl && (e.Exp != nil || e.Slice != nil || e.Repl != nil):
		return "${!name} with an operator is not supported"
	}
	if IsDifferentEachTime(e.Param.Value) {
		return RefuseRandom(e.Param.Value)
	}
	return ""
}

// RefuseVariable says why a variable is not read to which a text gives no value, but Bash itself, or "".
func RefuseVariable(name string) string {
	switch {
	case IsDifferentEachTime(name):
		return RefuseRandom(name)
	case name == "BASH_SOURCE", name == "FUNCNAME", name == "BASH_REMATCH", name == "BASH_VERSION", name == "PIPESTATUS":
		return ""
	case strings.HasPrefix(name, "BASH"),
		slices.Contains([]string{"_", "COLUMNS", "COPROC", "DIRSTACK", "GROUPS", "HISTCMD", "HOSTNAME", "HOSTTYPE", "LINENO", "LINES", "MACHTYPE", "SHELLOPTS"}, name):
		return fmt.Sprintf("$%s of bash is not supported", name)
	}
	return ""
}
