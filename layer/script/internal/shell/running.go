package shell

import (
	"cmp"
	"slices"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
)

// running is a function, or a file that is sourced, while it runs.
type running struct {
	name string // "" for a file
	file string // that the text is from, as Bash calls it
}

// isCallStack reports whether a variable of Bash is one that callStack makes.
func isCallStack(name string) bool { return name == "FUNCNAME" || name == "BASH_SOURCE" }

// begin notes that a function or, without a name, a file runs, until end is called.
func (p *process) begin(name, file string) (end func()) {
	outer := p.running
	p.running = append(slices.Clip(outer), running{name, file})
	return func() { p.running = outer }
}

// isSourced reports whether the text of a file runs, or a function that it calls.
func (p *process) isSourced() bool {
	return slices.ContainsFunc(p.running, func(r running) bool { return r.name == "" })
}

// textFile is what Bash calls the file that the running text is from.
func (p *process) textFile() string {
	switch {
	case len(p.running) > 0:
		return p.running[len(p.running)-1].file
	case p.options.From == 0:
		return p.name
	case p.options.From == 's':
		return "main"
	}
	return "environment"
}

// functionName is ash's $FUNCNAME: the innermost function that runs, if nothing was assigned to it.
func (p *process) functionName() string {
	for _, r := range slices.Backward(p.running) {
		if r.name != "" {
			return r.name
		}
	}
	return ""
}

// callStack is Bash's $FUNCNAME or, with files, $BASH_SOURCE: from the innermost on what runs and, of a script that is a file, the script itself.
// Outside of functions there are no names.
func (p *process) callStack(files bool) *bash.Array {
	var list []string
	for _, r := range slices.Backward(p.running) {
		if files {
			list = append(list, r.file)
		} else {
			list = append(list, cmp.Or(r.name, "source"))
		}
	}
	switch {
	case p.options.From != 0:
	case files:
		list = append(list, p.name)
	default:
		list = append(list, "main")
	}
	if !files && len(p.frames) == 0 {
		list = nil
	}
	return bash.NewArray(list)
}
