package shell

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/input"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/options"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// setOptions is the set builtin: options, arguments, or the list of all variables.
func (p *process) setOptions(args []string) error {
	p.status = 0
	if len(args) == 1 {
		var b strings.Builder
		for _, name := range p.vars.Names() {
			if v := p.vars.Get(name); v.IsSet {
				b.WriteString(name + "=" + words.SingleQuote(v.Value) + "\n")
			}
		}
		return p.print(b.String())
	}
	errexit := p.options.Errexit
	var list strings.Builder
	words := args[1:]
	if p.isBash {
		if words = bash.WithoutOptions(words, &p.errtrace); len(words) == 0 {
			return nil
		}
	}
	rest, replace, problem := p.options.Parse(words, "", &list)
	if p.isBash && list.Len() > 0 {
		return p.refuse("the list of set -o is not supported in bash")
	}
	if p.isBash && p.options.Errexit && !errexit && p.tested+p.inverted > 0 {
		return p.refuse("set -e where a failure is provided for is not supported in bash")
	}
	if p.options.Monitor {
		p.options.Monitor = false
		p.complain("set", "can't access tty; job control turned off")
	}
	if problem != "" {
		if strings.Contains(problem, "o ") && !p.isBash {
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
			b.WriteString("trap -- " + words.SingleQuote(p.traps[name]) + " " + name + "\n")
		}
		return p.print(b.String())
	}
	action, signals := args[0], args[1:]
	if number, _ := strconv.Atoi(action); len(signals) == 0 || number > 0 || action == "0" {
		action, signals = "-", args
	}
	for _, s := range signals {
		name, ok := busybox.Signal(s)
		if strings.EqualFold(s, errorTrap) {
			if !p.isBash || len(p.frames) > 0 {
				return p.refuse("a trap on ERR is not supported but in bash, outside of functions")
			}
			name, ok = errorTrap, true
		}
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
	g := options.Getopts{Spec: spec, Index: max(p.option, 1), Letter: p.letter}
	found := g.Next(list)
	if found.Problem != "" && !strings.HasPrefix(spec, ":") && p.value("OPTERR") != "0" {
		p.write(2, []byte(found.Problem+"\n"))
		found = options.Found{Value: "?"}
	}
	if err := p.set("OPTIND", strconv.Itoa(g.Index)); err != nil {
		return err
	}
	p.letter = g.Letter
	if found.Argument != "" || found.Value != "?" { // also of an option without one: ash sets it to nothing
		if err := p.set("OPTARG", found.Argument); err != nil {
			return err
		}
	} else {
		p.remove("OPTARG")
	}
	if !syntax.ValidName(name) {
		p.complain("getopts", "%s: bad variable name", name)
		p.status = 2
		return nil
	}
	p.status = oneIf(found.End)
	return p.set(name, found.Value)
}

// read is the builtin of that name: one line into variables.
func (p *process) read(args []string) error {
	spec := "rp:u:t:n:sd:"
	if p.isBash {
		spec += "aN:i:e"
	}
	letters, arguments, args, ok, err := p.nextoptWith(args, spec)
	if !ok {
		return err
	}
	if i := strings.IndexAny(letters, "putnsNie"); i >= 0 {
		return p.refuse("read -%c is not supported", letters[i])
	}
	delimiter := input.Delimiter(arguments)
	raw := strings.Contains(letters, "r")
	if strings.Contains(letters, "a") {
		if len(args) != 1 || !syntax.ValidName(args[0]) {
			return p.refuse("read -a without one name is not supported")
		}
		return p.readArray(args[0], raw, delimiter)
	}
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
	l := words.Splitter{Fields: max(len(args), 1), Keep: p.isBash}
	if len(args) > 0 {
		l.IFS = p.scope().IFS()
	}
	end, err := p.readLine(&l, raw, delimiter)
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

// readLine is [input.Line] of standard input; one that is closed is at its end.
func (p *process) readLine(l *words.Splitter, raw bool, delimiter byte) (end bool, err error) {
	in := p.stdin()
	if in == nil {
		in = stream.Null{}
	}
	if end, err = input.Line(expanding{p}, in, l, raw, delimiter); err != nil {
		err = p.Fail(err)
	}
	return end, err
}
