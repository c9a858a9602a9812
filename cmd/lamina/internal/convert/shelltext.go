package convert

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script"
)

// A piece is a command of a RUN that may stand by itself.
type piece struct {
	text  string
	words []string // of a simple command without variables, patterns and redirections; nil for any other
	// isAlone means that the shell is afterwards as it was before: no directory, variable, function or option has changed.
	isAlone bool
	// isOpaque means that it may depend on any variable: it runs programs of which nothing is known.
	isOpaque bool
	// after is what joins it to the piece before: && in a list, else the end of a line. That is not the same: set -e has no effect in a
	// list before its last command.
	after string
}

// split takes the text of a RUN apart where that changes nothing: each piece runs if those before it have succeeded. setup are the
// commands at its beginning that only set options of the shell, which options, of SHELL, do as well. A text that cannot be taken apart
// is one piece.
func split(text, options string) (setup string, pieces []piece) {
	whole := []piece{{text: strings.TrimSpace(text), isOpaque: true}}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(text), "")
	if err != nil || len(file.Stmts) == 0 || len(file.Last) > 0 {
		return "", whole
	}
	hasErrexit := setsErrexit(options)
	for i, stmt := range file.Stmts {
		if len(stmt.Comments) > 0 || hasHereDocument(stmt) {
			return "", []piece{{text: strings.TrimSpace(text), isOpaque: slices.ContainsFunc(file.Stmts, isOpaque)}}
		}
		flat := flatten(stmt)
		for len(flat) > 0 && len(pieces) == 0 && isSetup(flat[0]) {
			words := literalWords(flat[0])
			hasErrexit = hasErrexit || setsErrexit(strings.Join(words, " "))
			setup += strings.Join(words, " ") + "; "
			flat = flat[1:]
		}
		// Without set -e, what follows a semicolon runs in any case; with it, a failure within a list is not the end.
		if i+1 < len(file.Stmts) && len(flat) > 0 && (!hasErrexit || len(flat) > 1) {
			return "", []piece{{text: layOut(text, file.Stmts), isOpaque: slices.ContainsFunc(file.Stmts, isOpaque)}}
		}
		for j, part := range flat {
			p := piece{text: source(text, part), isAlone: isAlone(part, hasErrexit), isOpaque: isOpaque(part), after: "\n"}
			if j > 0 {
				p.after = " &&\n"
			}
			if len(part.Redirs) == 0 {
				p.words = literalWords(part)
			}
			pieces = append(pieces, p)
		}
	}
	return setup, pieces
}

// join returns pieces as one text.
func join(pieces []piece) (text string, isOpaque bool) {
	for i, p := range pieces {
		if i > 0 {
			text += p.after
		}
		text += p.text
		isOpaque = isOpaque || p.isOpaque
	}
	return text, isOpaque
}

// source returns the text of a statement without the semicolon at its end.
func source(text string, stmt *syntax.Stmt) string {
	start, end := stmt.Pos().Offset(), stmt.End().Offset()
	if !stmt.Background && stmt.Semicolon.IsValid() && text[end-1] == ';' {
		end--
	}
	for end > start && strings.IndexByte(" \t\n", text[end-1]) >= 0 {
		end--
	}
	var b strings.Builder
	isLong := stmt.End().Offset()-start > 100
	at := start
	for _, gap := range gaps(text, stmt) {
		if gap[0] < at || gap[1] > end {
			continue
		}
		b.WriteString(text[at:gap[0]])
		b.WriteByte(' ')
		if at = gap[1]; isLong {
			indent := strings.ReplaceAll(text[gap[0]:gap[1]], "\t", "    ")
			b.WriteString("\\\n" + strings.Repeat(" ", max(4, len(indent)/2*2)))
		}
	}
	b.WriteString(text[at:end])
	return strings.TrimSpace(b.String())
}

// gaps returns where a statement has several blanks between its words, in order: the Dockerfile had a line break there.
func gaps(text string, stmt *syntax.Stmt) (list [][2]uint) {
	var kept [][2]uint // whose blanks mean something
	syntax.Walk(stmt, func(n syntax.Node) bool {
		switch n.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted, *syntax.Comment, *syntax.ParamExp:
			kept = append(kept, [2]uint{n.Pos().Offset(), n.End().Offset()})
			return false
		}
		return true
	})
	for i := stmt.Pos().Offset(); i < stmt.End().Offset(); i++ {
		if text[i] != ' ' && text[i] != '\t' {
			continue
		}
		from := i
		for i < stmt.End().Offset() && (text[i] == ' ' || text[i] == '\t') {
			i++
		}
		isKept := slices.ContainsFunc(kept, func(r [2]uint) bool { return r[0] <= from && from < r[1] })
		isWide := i-from > 2 || strings.Contains(text[from:i], "\t")
		if isWide && !isKept && text[from-1] != '\\' && text[from-1] != '\n' && (i == uint(len(text)) || text[i] != '\n') {
			list = append(list, [2]uint{from, i})
		}
	}
	return list
}

// layOut returns statements with each command that follows && or a semicolon on a line of its own.
func layOut(text string, stmts []*syntax.Stmt) string {
	var lines []string
	for _, stmt := range stmts {
		var parts []string
		for _, part := range flatten(stmt) {
			parts = append(parts, source(text, part))
		}
		lines = append(lines, strings.Join(parts, " &&\n"))
	}
	return strings.Join(lines, "\n")
}

// flatten returns the commands of a && b && c, or the statement itself.
func flatten(stmt *syntax.Stmt) []*syntax.Stmt {
	list, ok := stmt.Cmd.(*syntax.BinaryCmd)
	if !ok || list.Op != syntax.AndStmt || stmt.Negated || stmt.Background || len(stmt.Redirs) > 0 {
		return []*syntax.Stmt{stmt}
	}
	if right, ok := list.Y.Cmd.(*syntax.BinaryCmd); ok && right.Op == syntax.OrStmt {
		return []*syntax.Stmt{stmt}
	}
	return append(flatten(list.X), list.Y)
}

// literalWords returns the words of a simple command if the shell takes them as they are, else nil.
func literalWords(stmt *syntax.Stmt) []string {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || stmt.Negated || stmt.Background {
		return nil
	}
	var words []string
	for _, arg := range call.Args {
		word, ok := literal(arg.Parts)
		if !ok {
			return nil
		}
		words = append(words, word)
	}
	return words
}

func literal(parts []syntax.WordPart) (string, bool) {
	var b strings.Builder
	for i, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if strings.ContainsAny(part.Value, `\*?[{`) || i == 0 && strings.HasPrefix(part.Value, "~") {
				return "", false
			}
			b.WriteString(part.Value)
		case *syntax.SglQuoted:
			if part.Dollar {
				return "", false
			}
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok || part.Dollar || strings.Contains(lit.Value, `\`) {
					return "", false
				}
				b.WriteString(lit.Value)
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// isSetup reports whether a statement only sets options, as "set -eux -o pipefail".
func isSetup(stmt *syntax.Stmt) bool {
	words := literalWords(stmt)
	if len(words) < 2 || words[0] != "set" || len(stmt.Redirs) > 0 {
		return false
	}
	for i, word := range words[1:] {
		isValue := i > 0 && strings.HasPrefix(words[i], "-") && strings.HasSuffix(words[i], "o")
		if !isValue && (!strings.HasPrefix(word, "-") || word == "-" || word == "--") {
			return false
		}
	}
	return true
}

var errexit = regexp.MustCompile(`(^|\s)(-[a-zA-Z]*e[a-zA-Z]*\b|-[a-zA-Z]*o\s+errexit\b)`)

func setsErrexit(options string) bool { return errexit.MatchString(options) }

// stateful are the commands of the shell that change it, or end it.
var stateful = []string{
	".", "alias", "break", "builtin", "cd", "command", "continue", "eval", "exec", "exit", "export", "getopts", "hash", "let", "local", "read",
	"readonly", "return", "set", "shift", "source", "trap", "type", "ulimit", "umask", "unalias", "unset", "wait",
}

// isAlone reports whether a statement leaves the shell as it was, and does the same in another one. It returns false if that is not known.
func isAlone(stmt *syntax.Stmt, hasErrexit bool) bool {
	if stmt.Background || stmt.Coprocess {
		return false
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		if len(cmd.Args) == 0 || len(cmd.Assigns) > 0 {
			return false
		}
		name, ok := literal(cmd.Args[0].Parts)
		if !ok || slices.Contains(stateful, name) {
			return false
		}
	case *syntax.BinaryCmd:
		if cmd.Op != syntax.Pipe || !isAlone(cmd.X, hasErrexit) || !isAlone(cmd.Y, hasErrexit) {
			return false
		}
	case *syntax.Subshell:
	default:
		return false
	}
	alone := true
	syntax.Walk(stmt, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			isSpecial := strings.Contains("?!$_-#@*0123456789", n.Param.Value[:min(1, len(n.Param.Value))])
			if isSpecial || n.Exp != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) {
				alone = false
			}
		case *syntax.ArithmExp, *syntax.ProcSubst:
			alone = false
		case *syntax.CmdSubst, *syntax.Subshell:
			alone = alone && !hasErrexit // which ends them too
		}
		return alone
	})
	return alone
}

// known are programs that do the same whatever the environment says.
var known = []string{
	"[", ":", "addgroup", "adduser", "apk", "basename", "cat", "cd", "chgrp", "chmod", "chown", "cmp", "cp", "cut", "delgroup", "deluser", "diff",
	"dirname", "echo", "egrep", "exit", "export", "expr", "false", "fgrep", "grep", "head", "id", "install", "ln", "local", "ls", "md5sum", "mkdir", "mv",
	"printf", "pwd", "rc-update", "readlink", "realpath", "return", "rm", "rmdir", "sed", "seq", "set", "sha1sum", "sha256sum", "sha512sum", "shift",
	"sort", "stat", "tail", "tee", "test", "touch", "tr", "true", "uname", "uniq", "unset", "update-ca-certificates", "wc",
}

// isOpaque reports whether a statement runs anything that is not known.
func isOpaque(stmt *syntax.Stmt) bool {
	opaque := false
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			name, ok := literal(call.Args[0].Parts)
			isFind := name == "find" && !slices.ContainsFunc(call.Args, func(w *syntax.Word) bool {
				option, ok := literal(w.Parts)
				return !ok || option == "-exec" || option == "-ok"
			})
			opaque = opaque || !ok || !isFind && !slices.Contains(known, name)
		}
		return !opaque
	})
	return opaque
}

func hasHereDocument(stmt *syntax.Stmt) bool {
	found := false
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if redirect, ok := n.(*syntax.Redirect); ok && redirect.Hdoc != nil {
			found = true
		}
		return !found
	})
	return found
}

// mentions reports whether a text may refer to a variable.
func mentions(text, name string) bool {
	if name == "HOME" && (strings.Contains(text, "~") || bareCD.MatchString(text)) {
		return true
	}
	for i := 0; ; {
		at := strings.Index(text[i:], name)
		if at < 0 {
			return false
		}
		start, end := i+at, i+at+len(name)
		if (start == 0 || !isNameByte(text[start-1])) && (end == len(text) || !isNameByte(text[end])) {
			return true
		}
		i = start + 1
	}
}

var bareCD = regexp.MustCompile(`\bcd\s*($|[;&|)\n])`)

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// quoted joins words to a command.
func quoted(words ...string) string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = script.Quote(word)
	}
	return strings.Join(out, " ")
}
