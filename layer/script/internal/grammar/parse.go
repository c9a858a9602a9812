package grammar

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
)

// SyntaxError is shell text that is not run: it is no shell text, or has a construct that ash does not have or that is not supported.
type SyntaxError struct {
	Offset int  // in the text, in bytes
	Line   uint // in the text, from 1; 0 if it is about the text as a whole
	Reason string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// MaxNested is how many brackets, and for the shell commands, may be within each other.
const MaxNested = 1000

// Parse reads a script, or a text that one evaluates, without running it. The error is a [*SyntaxError]: what is not to be run is
// refused before anything of it is. The parser has no dialect for ash, which knows some forms of Bash; those that it does not know are
// refused. Of Bash, some are: see [refuseBash].
func Parse(text []byte, d Dialect) (*syntax.File, error) {
	if len(text) > busybox.MaxBodySize {
		return nil, &SyntaxError{Reason: fmt.Sprintf("more than %d bytes are not supported", busybox.MaxBodySize)}
	}
	if line := tooDeep(text); line > 0 {
		return nil, &SyntaxError{Line: uint(line), Reason: fmt.Sprintf("more than %d brackets within each other are not supported", MaxNested)}
	}
	file, err := parseText(text, "")
	var problem syntax.ParseError
	switch {
	case errors.As(err, &problem):
		return nil, &SyntaxError{Offset: int(problem.Pos.Offset()), Line: problem.Pos.Line(), Reason: problem.Text}
	case err != nil:
		return nil, &SyntaxError{Reason: err.Error()}
	}
	if d == Ash {
		plainTime(file)
	} else if err := rewriteBash(file); err != nil {
		return nil, err
	}
	if err := cutFunctions(file); err != nil {
		return nil, err
	}
	return file, check(file, d)
}

// plainTime makes commands of "time", a keyword of Bash that is a program for ash. Before anything but a simple command it stays, and
// is refused.
func plainTime(file *syntax.File) {
	syntax.Walk(file, func(n syntax.Node) bool {
		s, ok := n.(*syntax.Stmt)
		if !ok {
			return true
		}
		clause, ok := s.Cmd.(*syntax.TimeClause)
		if !ok {
			return true
		}
		timed := clause.Stmt
		if timed == nil {
			timed = &syntax.Stmt{Cmd: new(syntax.CallExpr)}
		}
		call, ok := timed.Cmd.(*syntax.CallExpr)
		if !ok || len(call.Assigns) > 0 || timed.Negated || timed.Background {
			return true
		}
		words := []string{"time"}
		if clause.PosixFormat {
			words = append(words, "-p")
		}
		var args []*syntax.Word
		for _, word := range words {
			args = append(args, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{ValuePos: clause.Time, ValueEnd: clause.Time, Value: word}}})
		}
		s.Cmd = &syntax.CallExpr{Args: append(args, call.Args...)}
		s.Redirs = append(s.Redirs, timed.Redirs...)
		return true
	})
}

// Interpreter reads the "#!" line of a file and returns the shell's dialect and the flags in it. The error is a [*SyntaxError] if no
// shell is named.
func Interpreter(body []byte) (d Dialect, flags []string, err error) {
	if len(body) > busybox.MaxBodySize {
		return Ash, nil, &SyntaxError{Reason: fmt.Sprintf("more than %d bytes are not supported", busybox.MaxBodySize)}
	}
	line, _, _ := strings.Cut(string(body), "\n")
	line, ok := strings.CutPrefix(line, "#!")
	if !ok {
		// The kernel would not run it; a shell that tries to would read it itself.
		return Ash, nil, &SyntaxError{Reason: "has no \"#!\" line"}
	}
	words := strings.Fields(line)
	if len(words) > 0 && (words[0] == "/bin/busybox" || words[0] == "/usr/bin/env") {
		words = words[1:]
	}
	if len(words) == 0 {
		return Ash, nil, &SyntaxError{Line: 1, Reason: "names no interpreter"}
	}
	if d, ok = DialectOf(words[0]); ok {
		return d, words[1:], nil
	}
	return Ash, nil, &SyntaxError{Line: 1, Reason: fmt.Sprintf("the interpreter %q is not supported: only the shell is", words[0])}
}
