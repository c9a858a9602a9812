// Package variables keeps the variables of a shell and counts the bytes that they take.
//
// Each process of a shell has a [Table]. That of a subshell begins as a copy: values that it sets count for the subshell, those that it
// has from the outer shell count for that one. Which names are valid, which variables may change and what special ones hold is the
// shell's concern.
package variables

import (
	"maps"
	"slices"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
)

// EntrySize is how many bytes a variable or function counts in addition to its own.
const EntrySize = 64

// Variable is a variable that is set or has an attribute. Exported ones are the environment of commands.
type Variable struct {
	Value              string
	IsSet              bool
	Exported, ReadOnly bool
	Array              *bash.Array // in Bash, the value of an array, in place of Value
	owner              *Table      // that the value counts for; nil for one that is not counted
}

// Size returns how many bytes the value counts.
func (v Variable) Size() int {
	size := len(v.Value)
	if v.Array != nil {
		for _, value := range v.Array.Values {
			size += len(value) + EntrySize
		}
	}
	return size
}

// Account counts the bytes of a process. Hold fails if all that is held is too much.
type Account interface {
	Hold(name string, bytes int) error
	Release(bytes int)
}

// Table holds the variables of one process by their names.
type Table struct {
	all     map[string]Variable
	account Account
}

// NewTable returns an empty table.
func NewTable(account Account) *Table { return &Table{make(map[string]Variable), account} }

// Fork returns a copy of the table for a subshell.
func (t *Table) Fork(account Account) *Table { return &Table{maps.Clone(t.all), account} }

// Len returns how many variables there are.
func (t *Table) Len() int { return len(t.all) }

// Names returns the names of all variables, sorted.
func (t *Table) Names() []string { return slices.Sorted(maps.Keys(t.all)) }

// Has reports whether there is a variable, even if it has only attributes.
func (t *Table) Has(name string) bool {
	_, ok := t.all[name]
	return ok
}

// Get returns the variable of a name. Without one, it is the zero Variable.
func (t *Table) Get(name string) Variable { return t.all[name] }

// Environment returns the values of exported variables.
func (t *Table) Environment() map[string]string {
	environment := make(map[string]string)
	for name, v := range t.all {
		if v.Exported && v.IsSet {
			environment[name] = v.Value
		}
	}
	return environment
}

// Init makes a variable one that is not counted.
func (t *Table) Init(name string, v Variable) {
	v.owner = nil
	t.all[name] = v
}

// Set gives a variable a value, which is not an array. Its attributes stay.
func (t *Table) Set(name, value string) error {
	v := t.all[name]
	v.Value, v.IsSet, v.Array = value, true, nil
	return t.hold(name, v)
}

// SetArray makes a variable an array. Its attributes stay.
func (t *Table) SetArray(name string, a *bash.Array) error {
	v := t.all[name]
	v.Value, v.IsSet, v.Array = "", false, a
	return t.hold(name, v)
}

// hold puts a value in the place of the one before, and counts it.
func (t *Table) hold(name string, v Variable) error {
	t.free(name)
	v.owner = t
	if err := t.account.Hold(name, len(name)+v.Size()+EntrySize); err != nil {
		return err
	}
	t.all[name] = v
	return nil
}

// free releases the bytes of a variable that counts for this table.
func (t *Table) free(name string) {
	if v := t.all[name]; v.owner == t {
		t.account.Release(len(name) + v.Size() + EntrySize)
	}
}

// SetExported says whether a variable is part of the environment.
func (t *Table) SetExported(name string, exported bool) {
	v := t.all[name]
	v.Exported = exported
	t.all[name] = v
}

// SetReadOnly makes a variable one that does not change any more. The table does not check it.
func (t *Table) SetReadOnly(name string) {
	v := t.all[name]
	v.ReadOnly = true
	t.all[name] = v
}

// Clear takes the value of a variable. Its attributes stay.
func (t *Table) Clear(name string) {
	t.free(name)
	v := t.all[name]
	v.Value, v.IsSet, v.owner = "", false, nil
	t.all[name] = v
}

// Remove takes a variable out.
func (t *Table) Remove(name string) { t.put(name, Variable{}) }

// RemoveExported takes the whole environment out.
func (t *Table) RemoveExported() {
	maps.DeleteFunc(t.all, func(_ string, v Variable) bool { return v.Exported })
}

// put replaces a variable, whose bytes are released, by one whose bytes are counted already.
func (t *Table) put(name string, v Variable) {
	t.free(name)
	if v == (Variable{}) {
		delete(t.all, name)
	} else {
		t.all[name] = v
	}
}

// Saved holds variables that others hide for a while, such as those that are local in a function. They stay counted.
// The zero value holds none.
type Saved struct {
	names  []string
	values []Variable
}

// Has reports whether a variable was saved.
func (s *Saved) Has(name string) bool { return slices.Contains(s.names, name) }

// Save keeps a variable of a table, unless it was saved before. Its value stays until another one takes its place.
func (s *Saved) Save(t *Table, name string) {
	if s.Has(name) {
		return
	}
	v := t.all[name]
	s.names, s.values = append(s.names, name), append(s.values, v)
	if v.owner != nil {
		v.owner = nil
		t.all[name] = v
	}
}

// Restore brings all of them back to the table that they are from, and calls restored with the value of each.
func (s *Saved) Restore(t *Table, restored func(name, value string)) {
	for i, name := range slices.Backward(s.names) {
		t.put(name, s.values[i])
		restored(name, s.values[i].Value)
	}
}
