// Package options reads options and operands as ash does: the options of the shell itself ([Set]), those of builtins ([Letters]), those of a
// script's arguments, for getopts ([Getopts]), and the operand of umask ([ParseUmask]).
package options

import (
	"fmt"
	"slices"
	"strings"
)

// Set has the options of set. The zero value is that of a new shell.
type Set struct {
	Allexport, Errexit, Noclobber, Noglob, Noexec, Nounset, Xtrace, Verbose, Pipefail bool

	Monitor bool // asks for job control, which needs a terminal
	From    byte // where the text comes from: 'c' for an argument, 's' for standard input, 0 for a file

	ignoreeof, notify, errtrace, vi bool // they change nothing here
}

// list is what "set -o" prints, or "set +o" for a shell to read.
func (s *Set) list(table bool) string {
	var b strings.Builder
	for _, l := range s.letters() {
		switch {
		case table:
			fmt.Fprintf(&b, "%-16s%s\n", l.name, map[bool]string{true: "on", false: "off"}[*l.on])
		case *l.on:
			fmt.Fprintf(&b, "set -o %s\n", l.name)
		default:
			fmt.Fprintf(&b, "set +o %s\n", l.name)
		}
	}
	return b.String()
}

// Parse sets options from words as sh and its set builtin take them. The rest are the
// arguments, which replace the old ones if there are any or "--" said so. Letters in
// ignored mean nothing here. An option o without a name prints all options to list, if there is one.
func (s *Set) Parse(words []string, ignored string, list *strings.Builder) (rest []string, replace bool, problem string) {
	for len(words) > 0 {
		word := words[0]
		if word == "--" || word == "-" {
			return words[1:], word == "--" || len(words) > 1, ""
		}
		if word != "+" && len(word) < 2 || word[0] != '-' && word[0] != '+' {
			return words, true, ""
		}
		words = words[1:]
		for i := 1; i < len(word); i++ {
			name := ""
			if word[i] == 'o' {
				if len(words) == 0 && list != nil {
					list.WriteString(s.list(word[0] == '-'))
					continue
				} else if len(words) == 0 {
					return nil, false, "set -o without a name is not supported"
				}
				name, words = words[0], words[1:]
			}
			found := false
			for _, l := range s.letters() {
				if name != "" && l.name == name || name == "" && l.letter == word[i] {
					*l.on, found = word[0] == '-', true
				}
			}
			if !found && name != "" {
				return nil, false, fmt.Sprintf("illegal option %co %s", word[0], name)
			} else if !found && strings.IndexByte(ignored, word[i]) < 0 {
				return nil, false, fmt.Sprintf("illegal option %c%c", word[0], word[i])
			}
		}
	}
	return nil, false, ""
}

// letters are the options by the letter of set.
func (s *Set) letters() []struct {
	letter byte
	name   string
	on     *bool
} {
	return []struct {
		letter byte
		name   string
		on     *bool
	}{
		{'e', "errexit", &s.Errexit}, {'f', "noglob", &s.Noglob}, {'I', "ignoreeof", &s.ignoreeof}, {'m', "monitor", &s.Monitor},
		{'n', "noexec", &s.Noexec}, {'x', "xtrace", &s.Xtrace}, {'v', "verbose", &s.Verbose}, {'C', "noclobber", &s.Noclobber},
		{'a', "allexport", &s.Allexport}, {'b', "notify", &s.notify}, {'u', "nounset", &s.Nounset}, {'E', "errtrace", &s.errtrace},
		{0, "vi", &s.vi}, {0, "pipefail", &s.Pipefail},
	}
}

// String is what "$-" has of them.
func (s *Set) String() string {
	var b strings.Builder
	for _, l := range slices.Backward(s.letters()) { // ash's order
		if l.letter == 'n' && s.From != 0 {
			b.WriteByte(s.From)
		}
		if *l.on && l.letter != 0 {
			b.WriteByte(l.letter)
		}
	}
	return b.String()
}
