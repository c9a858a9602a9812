package shell

import (
	"errors"
	"fmt"
	"path"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/busybox"
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

// Parse reads a script, or a text that one evaluates, without running it. The error is a [*SyntaxError]: what is not to be run is
// refused before anything of it is. The dialect is that of Bash, since the parser has none for ash, which knows some of its
// forms; those that ash does not know are refused.
func Parse(text []byte) (*syntax.File, error) {
	if len(text) > busybox.MaxBodySize {
		return nil, &SyntaxError{Reason: fmt.Sprintf("more than %d bytes are not supported", busybox.MaxBodySize)}
	}
	if line := tooDeep(text); line > 0 {
		return nil, &SyntaxError{Line: uint(line), Reason: fmt.Sprintf("more than %d brackets within each other are not supported", maxNested)}
	}
	file, err := parseText(text, "")
	var problem syntax.ParseError
	switch {
	case errors.As(err, &problem):
		return nil, &SyntaxError{Offset: int(problem.Pos.Offset()), Line: problem.Pos.Line(), Reason: problem.Text}
	case err != nil:
		return nil, &SyntaxError{Reason: err.Error()}
	}
	return file, check(file)
}

// IsBuiltin reports whether the shell runs a command of that name itself.
func IsBuiltin(name string) bool { return isBuiltin(name) }

// IsInterpreter reports whether a file is interpreted that names such a program, by its path, in its first line.
func IsInterpreter(name string) bool {
	switch path.Base(name) {
	case "sh", "ash", "dash", "bash":
		return true
	}
	return false
}
