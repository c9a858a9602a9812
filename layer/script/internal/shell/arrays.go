package shell

import (
	"io"
	"slices"
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
	if name == pipeStatus {
		return p.refuse("an assignment to $%s is not supported", name)
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

// arrayOf returns what "name=(…)" or "name+=(…)" assigns.
func (p *process) arrayOf(e *syntax.Assign) (*bash.Array, error) {
	a := new(bash.Array)
	if e.Append {
		a = p.elements(e.Name.Value)
	}
	list := e.Array
	next := a.Next() // index of an element that has none
	for _, e := range list.Elems {
		if e.Value == nil && e.Index == nil {
			continue // a comment
		}
		if e.Index != nil {
			index, err := p.scope().Index(e.Index, a)
			if err != nil {
				return nil, err
			}
			value, err := p.assigned(e.Value)
			if err != nil {
				return nil, err
			}
			a, next = a.With(index, value), index+1
			continue
		}
		fields, err := p.fields([]*syntax.Word{e.Value})
		if err != nil {
			return nil, err
		}
		if next == a.Next() {
			more := &bash.Array{Indexes: slices.Clone(a.Indexes), Values: append(slices.Clone(a.Values), fields...)}
			for i := range fields {
				more.Indexes = append(more.Indexes, next+int64(i))
			}
			a, next = more, more.Next()
			fields = nil
		}
		for _, field := range fields {
			a, next = a.With(next, field), next+1
		}
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
		list, err := p.arrayOf(a)
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
	index := int64(0)
	if a.Index != nil {
		if index, err = p.scope().Index(a.Index, list); err != nil {
			return err
		}
	}
	if before, _ := list.At(index); a.Append {
		value = before + value
	}
	return p.setArray(name, list.With(index, value))
}

// unsetElement is unset of "name[index]".
func (p *process) unsetElement(operand string) error {
	name, rest, _ := strings.Cut(operand, "[")
	index, err := strconv.ParseInt(strings.TrimSuffix(rest, "]"), 10, 64)
	if err != nil || index < 0 || !syntax.ValidName(name) || p.vars[name].array == nil || p.vars[name].readonly {
		return p.refuse("unset %s is not supported", operand)
	}
	return p.setArray(name, p.vars[name].array.Without(index))
}

// readArray reads a line into an array, as "read -a" does.
func (p *process) readArray(name string, raw bool) error {
	l := words.Splitter{IFS: p.scope().IFS(), Keep: true}
	end, err := p.readLine(&l, raw)
	if err != nil {
		return err
	}
	p.status = oneIf(end)
	return p.setList(name, l.Finish())
}

func (p *process) setList(name string, values []string) error {
	return p.setArray(name, bash.NewArray(values))
}

// mapfile reads lines into an array: mapfile [-t] [name].
func (p *process) mapfile(args []string) error {
	letters, names, ok, err := p.nextopt(args, "t")
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
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\x00", "")) {
		if letters != "" {
			line = strings.TrimSuffix(line, "\n")
		}
		lines = append(lines, line)
	}
	p.status = 0
	return p.setList(name, lines)
}
