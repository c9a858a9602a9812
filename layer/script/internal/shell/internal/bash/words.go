package bash

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// List reports whether an expansion is that of all elements of an array or of all arguments, and with which of "@" and "*".
func List(e *syntax.ParamExp) (sign string, ok bool) {
	if e.Param == nil {
		return "", false
	}
	if name := e.Param.Value; e.Index == nil && (name == "@" || name == "*") {
		return name, true
	}
	if w, isWord := e.Index.(*syntax.Word); isWord && (w.Lit() == "@" || w.Lit() == "*") {
		return w.Lit(), true
	}
	return "", false
}

// EscapesInBrackets reports whether a pattern has a backslash between brackets, where it quotes in Bash alone.
func EscapesInBrackets(pattern string) bool {
	open := false
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if open {
				return true
			}
			i++
		case '[':
			open = open || strings.Contains(pattern[i:], "]")
		case ']':
			open = false
		}
	}
	return false
}

// Literal is an assignment like another one, with a value that is expanded.
func Literal(name, value string, like *syntax.Assign) *syntax.Assign {
	word := &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: value}}}
	return &syntax.Assign{Append: like.Append, Naked: like.Naked, Index: like.Index, Name: &syntax.Lit{Value: name}, Value: word}
}
