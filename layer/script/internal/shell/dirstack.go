package shell

import (
	"slices"
	"strings"
)

// dirStack is pushd, popd and dirs of Bash, without the operands that turn the stack around. The directory that the shell is in is above the
// stack.
func (p *process) dirStack(args []string) error {
	name, operands := args[0], args[1:]
	if len(operands) > 0 && operands[0] == "--" {
		operands = operands[1:]
	} else if len(operands) > 0 && name == "dirs" {
		return p.showDirs(operands)
	}
	if len(operands) > 1 || len(operands) == 1 && (name != "pushd" || operands[0] == "" || strings.HasPrefix(operands[0], "-") || strings.HasPrefix(operands[0], "+")) {
		return p.refuse("%s with these operands is not supported", name)
	}
	var to string
	stack := p.dirs
	switch {
	case name == "dirs":
		return p.showDirs(nil)
	case len(operands) == 0 && len(stack) == 0:
		p.complain(name, "no other directory")
		p.status = 1
		return nil
	case name == "pushd":
		to, stack = stack.Push(p.dir, strings.Join(operands, ""))
	default:
		to, stack = stack.Pop()
	}
	if err := p.cd([]string{name, "--", to}); err != nil || p.status != 0 {
		return err
	}
	const most = 1000
	if len(stack) > most {
		return p.refuse("more than %d directories in the stack are not supported", most)
	}
	p.dirs = stack
	return p.showDirs(nil)
}

// showDirs is dirs with options.
func (p *process) showDirs(operands []string) error {
	if len(operands) > 1 || len(operands) == 1 && !slices.Contains([]string{"-c", "-l", "-p", "-v"}, operands[0]) {
		return p.refuse("dirs with these operands is not supported")
	}
	option := strings.Join(operands, "")
	if p.status = 0; option == "-c" {
		p.dirs = nil
		return nil
	}
	return p.print(p.dirs.Format(p.dir, p.value("HOME"), option))
}
