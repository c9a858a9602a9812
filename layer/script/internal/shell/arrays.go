package shell

import (
	"io"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// size is how many bytes the value counts.
func (v *variable) size() int {
	size := len(v.value)
	if v.array != nil {
		for _, value := range v.array.Values {
			size += len(value) + entrySize
		}
	}
	return size
}

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
		return p.callStack(name == "BASH_SOURCE")
	}
	if v := p.vars[name]; v.array != nil {
		return v.array
	}
	if value, set := p.get(name); set {
		return bash.NewArray([]string{value})
	}
	return new(bash.Array)
}

// setArray makes a variable an array.
func (p *process) setArray(name string, a *bash.Array) error {
	v := p.vars[name]
	if v.readonly {
		return p.abort("%s: is read only", name)
	}
	if name == pipeStatus || isCallStack(name) {
		return p.refuse("an assignment to $%s is not supported", name)
	}
	if a.IsAssociative && len(a.Values) > bash.MaxAssociative {
		return p.refuse("an associative array of more than %d elements is not supported", bash.MaxAssociative)
	}
	p.free(name, v)
	v.value, v.set, v.array, v.owner = "", false, a, p
	if err := p.count(name, len(name)+v.size()+entrySize); err != nil {
		return err
	}
	if v.size() > expand.MaxValue {
		return p.Fail(p.Exceeded(p.line, "%s: an array of more than %d bytes", name, expand.MaxValue))
	}
	p.vars[name] = v
	return p.spend(v.size())
}

// arrayOf returns what "name=(…)" or "name+=(…)" assigns to an array or an associative one.
func (p *process) arrayOf(e *syntax.Assign, isAssociative bool) (*bash.Array, error) {
	a := &bash.Array{IsAssociative: isAssociative}
	list := e.Array
	if e.Append {
		a = p.elements(e.Name.Value)
		if bash.NamesItself(e) {
			return nil, p.refuse("%s+=(…) with elements that name %s is not supported: Bash assigns one element after the other", e.Name.Value, e.Name.Value)
		}
	}
	next := a.Next() // index of an element that has none
	for _, e := range list.Elems {
		if e.Value == nil && e.Index == nil {
			continue // a comment
		}
		if e.Index != nil {
			at, err := p.scope().Subscript(e.Index, a)
			if err != nil {
				return nil, err
			}
			value, err := p.assigned(e.Value)
			if err != nil {
				return nil, err
			}
			a, next = a.With(at, value), at.Index+1
			continue
		}
		if a.IsAssociative {
			return nil, p.refuse("elements of an associative array without keys are not supported")
		}
		fields, err := p.fields([]*syntax.Word{e.Value})
		if err != nil {
			return nil, err
		}
		a, next = a.WithList(next, fields), next+int64(len(fields))
		if err := p.spend(entrySize * len(a.Values) / 8); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// assignBash is an assignment of a form that only Bash has: "name+=value", "name[index]=value", "name=(…)".
func (p *process) assignBash(a *syntax.Assign) error {
	name := a.Name.Value
	old := p.vars[name].array
	if a.Array != nil {
		list, err := p.arrayOf(a, old != nil && old.IsAssociative)
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
	key, a := strings.TrimSuffix(rest, "]"), p.vars[name].array
	index, err := strconv.ParseInt(key, 10, 64)
	if a != nil && a.IsAssociative && key != "" && !strings.ContainsAny(key, "$`\"'\\[]@*") {
		index, err = 0, nil
	}
	if err != nil || index < 0 || !syntax.ValidName(name) || a == nil || p.vars[name].readonly {
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
	if a := p.vars[name].array; a != nil && a.IsAssociative {
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
	var text []byte
	if in := p.stdin(); in != nil {
		if text, err = io.ReadAll(io.LimitReader(in, expand.MaxValue+1)); busybox.Fatal(err) {
			return p.Fail(err)
		}
		if len(text) > expand.MaxValue {
			return p.Fail(p.Exceeded(p.line, "%s: more than %d bytes", args[0], expand.MaxValue))
		}
	}
	var lines []string
	delimiter := string([]byte{delimiterOf(arguments)})
	for rest := string(text); rest != ""; {
		line, behind, ended := strings.Cut(rest, delimiter)
		if rest = behind; ended && !strings.Contains(letters, "t") {
			line += delimiter
		}
		lines = append(lines, strings.ReplaceAll(line, "\x00", ""))
	}
	p.status = 0
	return p.setList(name, lines)
}
