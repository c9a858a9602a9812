package expand

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Bounds of one expansion.
const (
	MaxValue  = 4 << 20 // bytes of a word or variable
	MaxFields = 8 << 20 // bytes of all words of a command
)

// Shell is the shell that words belong to.
type Shell interface {
	// Get returns the value of a variable or special parameter, but for "@" and "*".
	Get(name string) (value string, set bool)
	Set(name, value string) error
	// Elements returns the elements of a variable. The only one of a variable that is not an array is its value.
	Elements(name string) *bash.Array
	IsArray(name string) bool
	SetElement(name string, at bash.Subscript, value string) error
	// Names returns the names of all variables that are set, in order.
	Names() []string
	// Home returns the home directory of a user or, for "", that of the shell's own.
	Home(user string) (string, bool)
	// Substitute runs a command substitution and returns what it printed, without the newlines at the end.
	Substitute(*syntax.CmdSubst) (string, error)
	// Pipe runs a process substitution and returns the name of the pipe that has what it printed.
	Pipe(*syntax.ProcSubst) (string, error)
	Parse(text []byte) (*syntax.File, error)

	// Step counts a step, and Spend counts work in bytes. Either may end the run.
	Step() error
	Spend(bytes int) error

	// Abort is an error of the script, which ends the shell or the builtin that runs, and AbortParameter is that for a parameter which
	// is not set.
	Abort(format string, args ...any) error
	AbortParameter(format string, args ...any) error
	// Refuse ends the run for what is not supported, and Exceeded ends it for a bound.
	Refuse(format string, args ...any) error
	Exceeded(format string, args ...any) error
}

// Scope is what words are expanded in: a shell as it is when a command begins.
type Scope struct {
	Shell

	Tree *tree.Tree
	Dir  string   // absolute, for pathnames
	Name string   // $0
	Args []string // $1 and on

	Bash                               bool
	Noglob, Nounset, Nullglob, Dotglob bool // options of set and shopt
}
