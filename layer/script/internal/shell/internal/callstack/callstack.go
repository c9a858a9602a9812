// Package callstack records which functions and sourced files of a shell run within each other.
package callstack

import (
	"cmp"
	"slices"
)

// Call is a function, or a file that is sourced, while it runs.
type Call struct {
	Function string // its name; "" for a file
	File     string // that the text is from, as Bash calls it
}

// Stack lists what runs, from the outermost on. It is never changed in place.
type Stack []Call

// With returns the stack while one more runs.
func (s Stack) With(c Call) Stack { return append(slices.Clip(s), c) }

// IsSourced reports whether the text of a file runs, or a function that it calls.
func (s Stack) IsSourced() bool {
	return slices.ContainsFunc(s, func(c Call) bool { return c.Function == "" })
}

// Function returns the innermost function that runs, as ash's $FUNCNAME has it; "" outside of functions.
func (s Stack) Function() string {
	for _, c := range slices.Backward(s) {
		if c.Function != "" {
			return c.Function
		}
	}
	return ""
}

// Functions returns what runs as Bash's $FUNCNAME has it, from the innermost on.
func (s Stack) Functions() []string {
	var list []string
	for _, c := range slices.Backward(s) {
		list = append(list, cmp.Or(c.Function, "source"))
	}
	return list
}

// Files returns the files of what runs as Bash's $BASH_SOURCE has them, from the innermost on.
func (s Stack) Files() []string {
	var list []string
	for _, c := range slices.Backward(s) {
		list = append(list, c.File)
	}
	return list
}
