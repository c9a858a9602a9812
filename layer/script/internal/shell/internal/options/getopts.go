package options

import "strings"

// Getopts is where getopts stands in a list of arguments.
type Getopts struct {
	Spec   string // letters, with a colon behind those that take an argument
	Index  int    // of the next word, from 1
	Letter int    // of the next letter in the word before that; 0 if a word begins
}

// Found is one option.
type Found struct {
	Value    string // a letter, or "?" or ":"
	Argument string
	Problem  string // what is printed, unless the shell is to be silent: then Value and Argument say it
	End      bool   // there are no more options
}

// Next takes one option. The index is that of the next word as soon as one is begun, also if its last letter was taken: with another list it
// goes on behind that letter there, as in ash.
func (g *Getopts) Next(list []string) Found {
	rest := ""
	if g.Letter > 0 && g.Index >= 2 && g.Index <= len(list)+1 && g.Letter <= len(list[g.Index-2]) {
		rest = list[g.Index-2][g.Letter:]
	}
	if rest == "" {
		g.Letter = 0
		if g.Index > len(list) || len(list[g.Index-1]) < 2 || list[g.Index-1][0] != '-' {
			return Found{Value: "?", End: true}
		}
		g.Index++
		if list[g.Index-2] == "--" {
			return Found{Value: "?", End: true}
		}
		g.Letter = 1
		rest = list[g.Index-2][1:]
	}
	option := rest[0]
	g.Letter++
	rest = rest[1:]
	at := 0
	for at < len(g.Spec) && g.Spec[at] != option { // which may be a colon itself
		if at++; at < len(g.Spec) && g.Spec[at] == ':' {
			at++
		}
	}
	switch {
	case at == len(g.Spec):
		return Found{Value: "?", Argument: string(option), Problem: "Illegal option -" + string(option)}
	case !strings.HasPrefix(g.Spec[at+1:], ":"):
		return Found{Value: string(option)}
	}
	g.Letter = 0
	if rest == "" {
		if g.Index > len(list) {
			return Found{Value: ":", Argument: string(option), Problem: "No arg for -" + string(option) + " option"}
		}
		rest = list[g.Index-1]
		g.Index++
	}
	return Found{Value: string(option), Argument: rest}
}
