package awk

import (
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/table"
)

// cell returns where a variable is.
func (m *machine) cell(x *syntax.VarExpr) *cell {
	if x.Local {
		return &m.frames[len(m.frames)-1].cells[x.Slot]
	}
	return &m.globals[x.Slot]
}

// array is an associative array, with the bytes that it takes.
type array struct {
	table.Table[value]
	bytes int64
}

type element = table.Element[value]

// Costs of live values beside their bytes.
const (
	elementCost = 160
	fieldCost   = 48
	cellCost    = 64
)

// array returns the array of a variable. That of an argument is the caller's.
func (m *machine) array(x *syntax.VarExpr) *array { return m.cell(x).array() }

func (c *cell) array() *array {
	root := c
	for root.arr == nil && root.alias != nil {
		root = root.alias
	}
	if root.arr == nil {
		root.arr = &array{}
	}
	for at := c; at != root; at = at.alias { // shorten the way for the next time
		at.arr = root.arr
	}
	return root.arr
}

// weigh counts n bytes more, or fewer, of an array.
func (m *machine) weigh(a *array, n int64) bool {
	a.bytes += n
	return m.hold(n)
}

// element returns an element, which is made if it is missing; nil if there is no room.
func (m *machine) element(a *array, key string) *element {
	if e := a.Get(key); e != nil {
		return e
	}
	if !m.weigh(a, elementCost+int64(len(key))) || !m.spend(int64(len(key))+1) {
		return nil
	}
	return a.Insert(strings.Clone(key))
}

func (m *machine) setElement(c *cell, key string, v value) {
	a := c.array()
	if e := m.element(a, key); e != nil && m.weigh(a, int64(len(v.s)-len(e.Value.s))) {
		e.Value = v
	}
}

// key joins subscripts with SUBSEP. Each is read when all have been evaluated.
func (m *machine) key(index []syntax.Expr) string {
	if len(index) == 1 {
		return m.text(m.eval(index[0]))
	}
	level := len(m.places)
	list := make([]*place, len(index))
	for i, x := range index {
		list[i] = m.place(x)
	}
	key := m.text(m.at(list[0]))
	for _, p := range list[1:] {
		key = m.join(key, m.text(m.globals[varSUBSEP].val), m.text(m.at(p)))
	}
	m.places = m.places[:level]
	return key
}

// join concatenates strings, if there is room for the result.
func (m *machine) join(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if !m.allocate(int64(n)) {
		return ""
	}
	return strings.Join(parts, "")
}

// assign sets a variable, an element or a field.
func (m *machine) assign(target syntax.Expr, v value) {
	if m.halted() {
		return
	}
	switch t := target.(type) {
	case *syntax.VarExpr:
		if !t.Local {
			m.setGlobal(t.Slot, v)
			return
		}
		m.setCell(m.cell(t), v)
	case *syntax.IndexExpr:
		key := m.key(t.Index)
		if !m.halted() {
			m.setElement(m.cell(t.Array), key, v)
		}
	case *syntax.FieldExpr:
		index := m.fieldNumber(t)
		if !m.halted() {
			m.setField(index, v)
		}
	}
}

func (m *machine) setCell(c *cell, v value) {
	if m.hold(int64(len(v.s) - len(c.val.s))) {
		c.val = v
	}
}

// setGlobal sets a global variable, which may have a meaning.
func (m *machine) setGlobal(slot int, v value) {
	if slot > varENVIRON {
		m.setCell(&m.globals[slot], v)
		return
	}
	switch slot {
	case varFS:
		m.splitRecord() // the record keeps the separator that it was read with
	case varOFS, varCONVFMT:
		m.whole() // was joined with the old one
	case varNF:
		m.setNF(v)
		return
	}
	m.setCell(&m.globals[slot], v)
}

// global returns a variable's value.
func (m *machine) global(slot int) value {
	if slot == varNF {
		if m.splitRecord(); m.record.hasNF {
			return m.record.nf
		}
		return num(float64(len(m.record.fields)))
	}
	return m.globals[slot].val
}

// text returns a value as a string; numbers that are not whole go by CONVFMT.
// It is not inlined, which saves space.
//
//go:noinline
func (m *machine) text(v value) string { return m.textBy(v, varCONVFMT) }

func (m *machine) textBy(v value, format int) string {
	if v.kind != numeric {
		return v.s
	}
	if isWhole(v.n) {
		return wholeNumber(v.n)
	}
	return m.formatNumber(m.globals[format].val.s, v.n)
}
