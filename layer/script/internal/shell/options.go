package shell

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/fields"
)

// setOptions is the set builtin: options, arguments, or the list of all variables.
func (p *process) setOptions(args []string) error {
	p.status = 0
	if len(args) == 1 {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(p.vars)) {
			if v := p.vars[name]; v.set {
				b.WriteString(name + "=" + singleQuoted(v.value) + "\n")
			}
		}
		return p.print(b.String())
	}
	var list strings.Builder
	rest, replace, problem := p.flags.parse(args[1:], "", &list)
	if p.flags.monitor {
		p.flags.monitor = false
		p.complain("set", "can't access tty; job control turned off")
	}
	if problem != "" {
		if strings.Contains(problem, "o ") {
			p.complain("set", "%s", problem) // an unknown name ends nothing
			p.status = 1
			return nil
		}
		return p.abortBuiltin("set", "%s", problem)
	}
	if replace {
		p.args = rest
		p.option, p.letter = 1, 0
	}
	return p.print(list.String())
}

// list is what "set -o" prints, or "set +o" for a shell to read.
func (f *flags) list(table bool) string {
	var b strings.Builder
	for _, l := range f.letters() {
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

// parse sets flags from words as sh and its set builtin take them. The rest are the
// arguments, which replace the old ones if there are any or "--" said so. Letters in
// ignored mean nothing here. An option o without a name prints all options to list, if there is one.
func (f *flags) parse(words []string, ignored string, list *strings.Builder) (rest []string, replace bool, problem string) {
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
					list.WriteString(f.list(word[0] == '-'))
					continue
				} else if len(words) == 0 {
					return nil, false, "set -o without a name is not supported"
				}
				name, words = words[0], words[1:]
			}
			found := false
			for _, l := range f.letters() {
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

// trap keeps what is to run at the end. Signals never come.
func (p *process) trap(args []string) error {
	_, args, ok, err := p.nextopt(args, "")
	if !ok {
		return err
	}
	p.status = 0
	if len(args) == 0 {
		var b strings.Builder
		for _, name := range slices.SortedFunc(maps.Keys(p.traps), busybox.CompareSignals) {
			b.WriteString("trap -- " + singleQuoted(p.traps[name]) + " " + name + "\n")
		}
		return p.print(b.String())
	}
	action, signals := args[0], args[1:]
	if len(signals) == 0 {
		action, signals = "-", args
	}
	for _, s := range signals {
		if strings.EqualFold(s, "ERR") {
			return p.refuse("a trap on ERR is not supported")
		}
		name, ok := busybox.Signal(s)
		if !ok {
			p.complain("trap", "%s: invalid signal specification", s)
			p.status = 1
			continue
		}
		if action == "-" {
			delete(p.traps, name)
		} else {
			p.traps[name] = action
		}
	}
	return nil
}

// getopts is the builtin of that name.
func (p *process) getopts(args []string) error {
	if len(args) < 3 {
		p.complain("getopts", "usage: getopts optstring var [arg]")
		p.status = 2
		return nil
	}
	spec, name, list := args[1], args[2], args[3:]
	if len(args) == 3 {
		list = p.args
	}
	if p.option > len(list)+1 {
		p.option, p.letter = 1, 0 // another, shorter list
	}
	g := getopts{p: p, spec: spec, name: name, list: list, index: max(p.option, 1), letter: p.letter}
	return g.next()
}

type getopts struct {
	p             *process
	spec, name    string
	list          []string
	index, letter int
}

// next takes one option. The index is that of the next word as soon as one is begun, also if its last letter was taken: with another list it
// goes on behind that letter there, as in ash.
func (g *getopts) next() error {
	rest := ""
	if g.letter > 0 && g.index >= 2 && g.index <= len(g.list)+1 && g.letter <= len(g.list[g.index-2]) {
		rest = g.list[g.index-2][g.letter:]
	}
	if rest == "" {
		g.letter = 0
		if g.index > len(g.list) || len(g.list[g.index-1]) < 2 || g.list[g.index-1][0] != '-' {
			return g.end("?", "", 1)
		}
		g.index++
		if g.list[g.index-2] == "--" {
			return g.end("?", "", 1)
		}
		g.letter = 1
		rest = g.list[g.index-2][1:]
	}
	option := rest[0]
	g.letter++
	rest = rest[1:]
	spec, at := g.spec, 0
	silent := strings.HasPrefix(spec, ":") || g.p.value("OPTERR") == "0"
	for at < len(spec) && spec[at] != option { // which may be a colon itself
		if at++; at < len(spec) && spec[at] == ':' {
			at++
		}
	}
	if at == len(spec) {
		if silent {
			return g.end("?", string(option), 0)
		}
		g.p.write(2, fmt.Appendf(nil, "Illegal option -%c\n", option))
		return g.end("?", "", 0)
	}
	if !strings.HasPrefix(spec[at+1:], ":") {
		return g.end(string(option), "", 0)
	}
	g.letter = 0
	if rest != "" {
		return g.end(string(option), rest, 0)
	}
	if g.index > len(g.list) {
		if silent {
			return g.end(":", string(option), 0)
		}
		g.p.write(2, fmt.Appendf(nil, "No arg for -%c option\n", option))
		return g.end("?", "", 0)
	}
	g.index++
	return g.end(string(option), g.list[g.index-2], 0)
}

// end sets the variables that getopts gives.
func (g *getopts) end(value, argument string, status int) error {
	p := g.p
	if err := p.set("OPTIND", strconv.Itoa(g.index)); err != nil {
		return err
	}
	p.letter = g.letter
	if argument != "" || value != "?" { // also of an option without one: ash sets it to nothing
		if err := p.set("OPTARG", argument); err != nil {
			return err
		}
	} else {
		p.put("OPTARG", variable{})
	}
	if !syntax.ValidName(g.name) {
		p.complain("getopts", "%s: bad variable name", g.name)
		p.status = 2
		return nil
	}
	p.status = status
	return p.set(g.name, value)
}

// read is the builtin of that name: one line into variables.
func (p *process) read(args []string) error {
	for _, word := range args[1:] {
		if len(word) < 2 || word[0] != '-' {
			break
		}
		if i := strings.IndexAny(word, "putnsd"); i > 0 {
			return p.refuse("read -%c is not supported", word[i])
		}
	}
	letters, args, ok, err := p.nextopt(args, "r")
	if !ok {
		return err
	}
	raw := letters != ""
	names := args
	if len(names) == 0 {
		names = []string{"REPLY"}
	}
	for _, name := range names {
		if !syntax.ValidName(name) {
			p.complain("read", "'%s': bad variable name", name)
			p.status = 1
			return nil
		}
	}
	l := fields.Splitter{Fields: max(len(args), 1)}
	if len(args) > 0 {
		l.IFS = p.ifs()
	}
	end, err := p.readLine(&l, raw)
	if err != nil {
		return err
	}
	values := l.Finish()
	for i, name := range names {
		if err := p.set(name, values[i]); err != nil {
			return err
		}
	}
	p.status = oneIf(end)
	return nil
}

// readLine reads a line byte by byte, since what is behind it is for the next one.
func (p *process) readLine(l *fields.Splitter, raw bool) (end bool, err error) {
	in := p.stdin()
	b := make([]byte, 1)
	for escaped := false; ; {
		if in == nil {
			return true, nil
		}
		n, err := in.Read(b)
		if n == 0 {
			if err == io.EOF || err != nil && !busybox.Fatal(err) {
				return true, nil
			} else if err != nil {
				return true, p.Fail(err)
			}
			continue
		}
		switch {
		case escaped:
			if b[0] != '\n' {
				l.AddEscaped(b[0])
			}
			escaped = false
			continue
		case b[0] == '\\' && !raw:
			escaped = true
			continue
		case b[0] == '\n':
			return false, nil
		case b[0] == 0:
			continue
		}
		l.Add(b[0])
		if err := p.spend(1); err != nil {
			return true, err
		}
		if l.Len() > maxValue {
			return true, p.Fail(p.Exceeded(p.line, "read: a line of more than %d bytes", maxValue))
		}
	}
}
