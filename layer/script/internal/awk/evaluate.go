package awk

import (
	"math"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
)

// eval evaluates an expression. After an error it gives zero values.
func (m *machine) eval(x syntax.Expr) value {
	if m.halted() || !m.spend(1) {
		return value{}
	}
	switch x := x.(type) {
	case *syntax.NumberExpr:
		return num(x.Value)
	case *syntax.StringExpr:
		return str(x.Value)
	case *syntax.RegexExpr:
		re := m.compile(x.Text, false)
		return truth(m.matches(m.text(m.whole()), re))
	case *syntax.ParenExpr:
		return m.eval(x.X)
	case *syntax.VarExpr:
		if x.Local {
			return m.cell(x).val
		}
		return m.global(x.Slot)
	case *syntax.FieldExpr:
		n := m.fieldNumber(x)
		if m.halted() {
			return value{}
		}
		return m.field(n)
	case *syntax.IndexExpr:
		return m.indexed(x)
	case *syntax.UnaryExpr:
		return m.unary(x)
	case *syntax.BinaryExpr:
		return m.binary(x)
	case *syntax.CondExpr:
		if m.eval(x.Cond).isTrue() {
			return m.eval(x.Yes)
		}
		return m.eval(x.No)
	case *syntax.AssignExpr:
		v, _ := m.assignment(x)
		return v
	case *syntax.StepExpr:
		return m.step(x)
	case *syntax.InExpr:
		key := m.key(x.Index)
		return truth(m.array(x.Array).Get(key) != nil)
	case *syntax.CallExpr:
		return m.call(x)
	case *syntax.BuiltinExpr:
		return m.builtin(x)
	case *syntax.GetlineExpr:
		return m.getline(x)
	}
	m.unsupported("this expression")
	return value{}
}

func (m *machine) indexed(x *syntax.IndexExpr) value {
	key := m.key(x.Index)
	if m.halted() {
		return value{}
	}
	if e := m.element(m.array(x.Array), key); e != nil {
		return e.Value
	}
	return value{}
}

func (m *machine) unary(x *syntax.UnaryExpr) value {
	v := m.eval(x.X)
	switch x.Op {
	case syntax.Not:
		return truth(!v.isTrue())
	case syntax.Sub:
		n := v.number()
		return num(math.Copysign(n, -signOf(n)))
	}
	return num(v.number())
}

func signOf(n float64) float64 {
	if math.Signbit(n) {
		return -1
	}
	return 1
}

func (m *machine) binary(x *syntax.BinaryExpr) value {
	switch x.Op {
	case syntax.And:
		return truth(m.eval(x.X).isTrue() && m.eval(x.Y).isTrue())
	case syntax.Or:
		return truth(m.eval(x.X).isTrue() || m.eval(x.Y).isTrue())
	case syntax.Match, syntax.NoMatch:
		s := m.text(m.eval(x.X))
		return truth(m.matches(s, m.regex(x.Y)) == (x.Op == syntax.Match))
	}
	isNumeric := syntax.Add <= x.Op && x.Op <= syntax.Pow
	if x.Alters && !isNumeric { // numbers are taken before the right side is evaluated
		return m.binaryLate(x)
	}
	a := m.eval(x.X)
	b := m.eval(x.Y)
	if isNumeric {
		return m.calculate(x.Op, a.number(), b.number())
	}
	return m.textual(x.Op, a, b)
}

// textual concatenates or compares.
func (m *machine) textual(op syntax.Token, a, b value) value {
	if op == syntax.Concat {
		return str(m.join(m.text(a), m.text(b)))
	}
	return truth(m.compare(op, a, b))
}

func (m *machine) calculate(op syntax.Token, a, b float64) value {
	if b == 0 && (op == syntax.Div || op == syntax.Mod) {
		m.abort("Division by zero")
		return value{}
	}
	return num(arithmetic(op, a, b))
}

// compare compares as busybox does: by the sign of the difference, so that a difference
// that is not a number is less and not equal.
func (m *machine) compare(op syntax.Token, a, b value) bool {
	var d float64
	if a.isNumeric() && b.isNumeric() {
		d = a.number() - b.number()
	} else {
		d = m.compareText(m.text(a), m.text(b))
	}
	switch op {
	case syntax.Gt:
		return d > 0
	case syntax.Le:
		return !(d > 0)
	case syntax.Ge:
		return d >= 0
	case syntax.Lt:
		return !(d >= 0)
	case syntax.Eq:
		return d == 0
	}
	return d != 0
}

func (m *machine) compareText(a, b string) float64 {
	m.spend(int64(min(len(a), len(b))))
	fold := m.ignoresCase()
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if fold {
			x, y = lower(x), lower(y)
		}
		if x != y {
			return float64(x) - float64(y)
		}
	}
	return float64(len(a) - len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// assignment returns the value and what it was assigned to.
func (m *machine) assignment(x *syntax.AssignExpr) (v value, target syntax.Expr) {
	target = m.fixed(x.Target)
	if x.Op == syntax.Assign {
		if t, ok := target.(*syntax.IndexExpr); ok {
			m.indexed(t) // is there while the value is evaluated
		}
		v = m.eval(x.Value).copied()
		m.assign(target, v)
		return v, target
	}
	before := m.eval(target)
	y := m.eval(x.Value)
	if m.halted() {
		return value{}, target
	}
	v = m.calculate(x.Op, before.number(), y.number())
	m.assign(target, v)
	return v, target
}

func (m *machine) step(x *syntax.StepExpr) value {
	target := m.fixed(x.Target)
	before := m.eval(target).number()
	after := before + x.Delta
	m.assign(target, num(after))
	if x.Prefix {
		return num(after)
	}
	return num(before)
}

// fixed evaluates the subscripts of a target, so that they are evaluated once.
func (m *machine) fixed(target syntax.Expr) syntax.Expr {
	switch t := target.(type) {
	case *syntax.IndexExpr:
		if len(t.Index) == 1 {
			if _, ok := t.Index[0].(*syntax.StringExpr); ok {
				return t
			}
		}
		return &syntax.IndexExpr{Array: t.Array, Index: []syntax.Expr{&syntax.StringExpr{Value: m.key(t.Index)}}}
	case *syntax.FieldExpr:
		return &syntax.FieldExpr{Index: &syntax.NumberExpr{Value: float64(m.fieldNumber(t))}}
	}
	return target
}

// call calls a function of the program. A variable alone is passed as a value and as an array.
func (m *machine) call(x *syntax.CallExpr) value {
	f := x.Fn
	if m.calls+1 > maxCalls {
		m.fail(&LimitError{Line: x.Line, What: "functions within each other", Limit: maxCalls})
		return value{}
	}
	size := int64(len(f.Params)) * cellCost
	if !m.hold(size) {
		return value{}
	}
	cells := make([]cell, len(f.Params))
	for i, arg := range x.Args {
		v := m.eval(arg).copied()
		if i >= len(cells) {
			continue
		}
		cells[i].given = true
		if variable, ok := arg.(*syntax.VarExpr); ok {
			cells[i].alias = m.cell(variable)
		}
		m.setCell(&cells[i], v)
	}
	if m.halted() {
		return value{}
	}
	m.calls++
	m.frames = append(m.frames, frame{cells})
	m.result = value{}
	line := m.line
	m.execute(f.Body)
	m.line = line
	if m.jump == syntax.JumpReturn {
		m.jump = syntax.NoJump
	}
	m.frames = m.frames[:len(m.frames)-1]
	m.calls--
	m.release(cells)
	v := m.result.copied()
	m.result = value{}
	m.passing += int64(len(v.s))
	return v
}

// release gives back the bytes of a function's variables.
func (m *machine) release(cells []cell) {
	n := int64(len(cells)) * cellCost
	for i := range cells {
		n += int64(len(cells[i].val.s))
		if cells[i].alias == nil && cells[i].arr != nil {
			n += cells[i].arr.bytes
		}
	}
	m.hold(-n)
}
