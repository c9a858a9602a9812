package bash

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// List reports whether an expansion is that of all elements of an array, of all arguments or of several names, and with which of "@" and "*".
func List(e *syntax.ParamExp) (sign string, ok bool) {
	switch {
	case e.Param == nil:
		return "", false
	case e.Names == syntax.NamesPrefix:
		return "*", true
	case e.Names == syntax.NamesPrefixWords:
		return "@", true
	}
	if name := e.Param.Value; e.Index == nil && (name == "@" || name == "*") {
		return name, true
	}
	if w, isWord := e.Index.(*syntax.Word); isWord && (w.Lit() == "@" || w.Lit() == "*") {
		return w.Lit(), true
	}
	return "", false
}

// SetByItself returns the name of a variable that begins so and that Bash sets by itself, or "".
func SetByItself(prefix string) string {
	for name := range strings.FieldsSeq("_ BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_EXECUTION_STRING " +
		"BASH_LINENO BASH_LOADABLES_PATH BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_VERSION COLUMNS COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID " +
		"FUNCNAME GROUPS HISTCMD HOSTNAME HOSTTYPE IFS LINENO LINES MACHTYPE OLDPWD OPTERR OPTIND OSTYPE PATH PIPESTATUS PPID PS4 PWD RANDOM SECONDS SHELL " +
		"SHELLOPTS SHLVL SRANDOM TERM UID") {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	return ""
}

// Anchor splits "#" or "%" off a pattern to replace, which makes it one for the beginning or the end. A missing pattern stays nil.
func Anchor(pattern *syntax.Word) (rest *syntax.Word, anchor byte) {
	if pattern == nil || len(pattern.Parts) == 0 {
		return pattern, 0
	}
	lit, ok := pattern.Parts[0].(*syntax.Lit)
	if !ok || lit.Value == "" || lit.Value[0] != '#' && lit.Value[0] != '%' {
		return pattern, 0
	}
	first := &syntax.Lit{ValuePos: lit.ValuePos, ValueEnd: lit.ValueEnd, Value: lit.Value[1:]}
	return &syntax.Word{Parts: append([]syntax.WordPart{first}, pattern.Parts[1:]...)}, lit.Value[0]
}

// EscapesInBrackets reports whether a pattern has a backslash between brackets. It quotes there in Bash, and is a member in ash.
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

// Literal returns an assignment of a value that is expanded already, with the other properties of one.
func Literal(name, value string, like *syntax.Assign) *syntax.Assign {
	word := &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: value}}}
	return &syntax.Assign{Append: like.Append, Naked: like.Naked, Index: like.Index, Name: &syntax.Lit{Value: name}, Value: word}
}

// NamesItself reports whether "name+=(…)" has several elements with subscripts, and any of them expands the variable.
func NamesItself(a *syntax.Assign) bool {
	placed, names := 0, false
	for _, e := range a.Array.Elems {
		if e.Index != nil {
			placed++
		}
		syntax.Walk(e, func(n syntax.Node) bool {
			param, ok := n.(*syntax.ParamExp)
			names = names || ok && param.Param != nil && param.Param.Value == a.Name.Value
			return !names
		})
	}
	return names && placed > 0 && len(a.Array.Elems) > 1
}
