package shell

import (
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/callstack"
)

// isCallStack reports whether a variable of Bash is one that callStack makes.
func isCallStack(name string) bool { return name == "FUNCNAME" || name == "BASH_SOURCE" }

// begin notes that a function or, without a name, a file runs, until end is called.
func (p *process) begin(name, file string) (end func()) {
	outer := p.running
	p.running = outer.With(callstack.Call{Function: name, File: file})
	return func() { p.running = outer }
}

// textFile is what Bash calls the file that the running text is from.
func (p *process) textFile() string {
	switch {
	case len(p.running) > 0:
		return p.running[len(p.running)-1].File
	case p.options.From == 0:
		return p.name
	case p.options.From == 's':
		return "main"
	}
	return "environment"
}

// callStack is $FUNCNAME or $BASH_SOURCE of Bash. A script that is a file is the outermost. Outside of functions there are no names.
func (p *process) callStack(name string) *bash.Array {
	list, script := p.running.Functions(), "main"
	if name == "BASH_SOURCE" {
		list, script = p.running.Files(), p.name
	} else if len(p.frames) == 0 {
		return bash.NewArray(nil)
	}
	if p.options.From == 0 {
		list = append(list, script)
	}
	return bash.NewArray(list)
}
