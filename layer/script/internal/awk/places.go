package awk

import "github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"

// place is what an operand gives that is read only when another one behind it has been evaluated. Busybox does so with the left side of
// a concatenation or comparison, and with subscripts: "n n++" begins with the new n.
type place struct {
	value   value // where the others are not set, and of a field whose record has been replaced
	cell    *cell
	element *element
	field   int // $1 and on, or wholeRecord or fieldCount; 0 for none
}

const (
	wholeRecord = -1
	fieldCount  = -2 // NF
)

// place evaluates an operand to where its value is. The caller takes it off m.places again.
func (m *machine) place(x syntax.Expr) *place {
	p := &place{}
	m.places = append(m.places, p)
	if !m.halted() && m.spend(1) {
		m.locate(x, p)
	}
	return p
}

func (m *machine) locate(x syntax.Expr, p *place) {
	switch x := x.(type) {
	case *syntax.ParenExpr:
		m.locate(x.X, p)
	case *syntax.CondExpr:
		chosen := x.No
		if m.eval(x.Cond).isTrue() {
			chosen = x.Yes
		}
		m.locate(chosen, p)
	case *syntax.AssignExpr:
		v, target := m.assignment(x)
		if p.value = v; !m.halted() {
			m.locate(target, p)
		}
	case *syntax.VarExpr:
		if !x.Local && x.Slot == varNF {
			m.splitRecord()
			p.field = fieldCount
			return
		}
		p.cell = m.cell(x)
	case *syntax.IndexExpr:
		if key := m.key(x.Index); !m.halted() {
			p.element = m.element(m.array(x.Array), key)
		}
	case *syntax.FieldExpr:
		if p.field = m.fieldNumber(x); p.field == 0 {
			p.field = wholeRecord
		} else if !m.halted() {
			m.field(p.field) // which splits the record
		}
	default:
		p.value = m.eval(x)
	}
}

// at reads a place.
func (m *machine) at(p *place) value {
	switch {
	case m.halted():
		return value{}
	case p.cell != nil:
		return p.cell.val
	case p.element != nil:
		return p.element.Value
	case p.field == wholeRecord:
		return m.whole()
	case p.field == 0 || !m.record.split:
		return p.value
	case p.field == fieldCount:
		return m.global(varNF)
	}
	return m.field(p.field)
}

// keepFields is called before the fields of a record go: places among them keep their values until another record is split.
func (m *machine) keepFields() {
	for _, p := range m.places {
		if p.field != 0 && p.field != wholeRecord && m.record.split && m.allocate(int64(len(p.value.s))) {
			p.value = m.at(p)
		}
	}
}

// binaryLate is [machine.binary] for a concatenation or comparison whose right side may set what the left one reads.
func (m *machine) binaryLate(x *syntax.BinaryExpr) value {
	level := len(m.places)
	left := m.place(x.X)
	b := m.eval(x.Y)
	a := m.at(left)
	m.places = m.places[:level]
	return m.textual(x.Op, a, b)
}
