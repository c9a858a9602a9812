package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/input"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// elements returns the elements of a variable. The only one of a variable that is not an array is its value.
func (p *process) elements(name string) *bash.Array {
	if name == pipeStatus && p.isBash {
		var values []string
		for _, status := range p.pipeStatus {
			values = append(values, strconv.Itoa(status))
		}
		return bash.NewArray(values)
	}
	if isCallStack(name) && p.isBash {
		return p.callStack(name)
	}
	if a := p.vars.Get(name).Array; a != nil {
		return a
	}
	if value, set := p.get(name); set {
		return bash.NewArray([]string{value})
	}
	return new(bash.Array)
}

// setArray makes a variable an array.
func (p *process) setArray(name string, a *bash.Array) error {
	if p.vars.Get(name).ReadOnly {
		return p.abort("%s: is read only", name)
	}
	if name == pipeStatus || isCallStack(name) {
		return p.refuse("an assignment to $%s is not supported", name)
	}
	if a.IsAssociative && len(a.Values) > bash.MaxAssociative {
		return p.refuse("an associative array of more than %d elements is not supported", bash.MaxAssociative)
	}
	if err := p.vars.SetArray(name, a); err != nil {
		return err
	}
	size := p.vars.Get(name).Size()
	if size > expand.MaxValue {
		return p.Fail(p.Exceeded(p.line, "%s: an array of more than %d bytes", name, expand.MaxValue))
	}
	return p.spend(size)
}

// assignBash is an assignment of a form that only Bash has: "name+=value", "name[index]=value", "name=(…)".
func (p *process) assignBash(a *syntax.Assign) error {
	name := a.Name.Value
	old := p.vars.Get(name).Array
	if a.Array != nil {
		list, err := p.scope().Array(a, old != nil && old.IsAssociative)
		if err != nil {
			return err
		}
		return p.setArray(name, list)
	}
	value, err := p.assigned(a.Value)
	if err != nil {
		return err
	}
	if a.Index == nil && old == nil {
		return p.set(name, p.value(name)+value) // a.Append
	}
	list := p.elements(name)
	at := bash.First
	if a.Index != nil {
		if at, err = p.scope().Subscript(a.Index, list); err != nil {
			return err
		}
	}
	if before, _ := list.At(at); a.Append {
		value = before + value
	}
	return p.setArray(name, list.With(at, value))
}

// unsetElement is unset of "name[index]".
func (p *process) unsetElement(operand string) error {
	name, rest, _ := strings.Cut(operand, "[")
	key, a := strings.TrimSuffix(rest, "]"), p.vars.Get(name).Array
	index, err := strconv.ParseInt(key, 10, 64)
	if a != nil && a.IsAssociative && key != "" && !strings.ContainsAny(key, "$`\"'\\[]@*") {
		index, err = 0, nil
	}
	if err != nil || index < 0 || !syntax.ValidName(name) || a == nil || p.vars.Get(name).ReadOnly {
		return p.refuse("unset %s is not supported", operand)
	}
	return p.setArray(name, a.Without(bash.Subscript{Index: index, Key: key}))
}

// readArray reads a line into an array, as "read -a" does.
func (p *process) readArray(name string, raw bool, delimiter byte) error {
	l := words.Splitter{IFS: p.scope().IFS(), Keep: true}
	end, err := p.readLine(&l, raw, delimiter)
	if err != nil {
		return err
	}
	p.status = oneIf(end)
	return p.setList(name, l.Finish())
}

func (p *process) setList(name string, values []string) error {
	if a := p.vars.Get(name).Array; a != nil && a.IsAssociative {
		return p.refuse("a list as the value of %s, which is an associative array, is not supported", name)
	}
	return p.setArray(name, bash.NewArray(values))
}

// mapfile reads lines into an array: mapfile [-t] [-d delimiter] [name].
func (p *process) mapfile(args []string) error {
	letters, arguments, names, ok, err := p.nextoptWith(args, "td:")
	if !ok || err != nil {
		return p.refuse("%s with these options is not supported", args[0])
	}
	name := "MAPFILE"
	if len(names) > 0 {
		name = names[0]
	}
	if !syntax.ValidName(name) || len(names) > 1 {
		return p.refuse("%s of more than one name is not supported", args[0])
	}
	var lines []string
	if in := p.stdin(); in != nil {
		if lines, err = input.Lines(expanding{p}, in, args[0], input.Delimiter(arguments), !strings.Contains(letters, "t")); err != nil {
			return p.Fail(err)
		}
	}
	p.status = 0
	return p.setList(name, lines)
}
