package awk

import "math"

// eval evaluates an expression. After an error it gives zero values.
func (m *machine) eval(x expr) value {
	if m.halted() || !m.spend(1) {
		return value{}
	}
	switch x := x.(type) {
	case *numberExpr:
		return num(x.value)
	case *stringExpr:
		return str(x.value)
	case *regexExpr:
		re := m.compile(x.text, false)
		return truth(m.matches(m.text(m.whole()), re))
	case *groupedExpr:
		return m.eval(x.x)
	case *varExpr:
		if x.local {
			return m.cell(x).val
		}
		return m.global(x.slot)
	case *fieldExpr:
		n := m.fieldNumber(x)
		if m.halted() {
			return value{}
		}
		return m.field(n)
	case *indexExpr:
		return m.indexed(x)
	case *unaryExpr:
		return m.unary(x)
	case *binaryExpr:
		return m.binary(x)
	case *condExpr:
		if m.eval(x.cond).isTrue() {
			return m.eval(x.yes)
		}
		return m.eval(x.no)
	case *assignExpr:
		return m.assignment(x)
	case *stepExpr:
		return m.step(x)
	case *inExpr:
		key := m.key(x.index)
		return truth(m.array(x.array).Get(key) != nil)
	case *callExpr:
		return m.call(x)
	case *builtinExpr:
		return m.builtin(x)
	case *getlineExpr:
		return m.getline(x)
	}
	m.unsupported("this expression")
	return value{}
}

func (m *machine) indexed(x *indexExpr) value {
	key := m.key(x.index)
	if m.halted() {
		return value{}
	}
	if e := m.element(m.array(x.array), key); e != nil {
		return e.Value
	}
	return value{}
}

func (m *machine) unary(x *unaryExpr) value {
	v := m.eval(x.x)
	switch x.op {
	case not:
		return truth(!v.isTrue())
	case sub:
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

func (m *machine) binary(x *binaryExpr) value {
	switch x.op {
	case and:
		return truth(m.eval(x.x).isTrue() && m.eval(x.y).isTrue())
	case or:
		return truth(m.eval(x.x).isTrue() || m.eval(x.y).isTrue())
	case match, noMatch:
		s := m.text(m.eval(x.x))
		return truth(m.matches(s, m.regex(x.y)) == (x.op == match))
	}
	a := m.eval(x.x)
	b := m.eval(x.y)
	switch x.op {
	case concat:
		return str(m.join(m.text(a), m.text(b)))
	case lt, le, eq, ne, gt, ge:
		return truth(m.compare(x.op, a, b))
	}
	return m.calculate(x.op, a.number(), b.number())
}

func (m *machine) calculate(op token, a, b float64) value {
	if b == 0 && (op == div || op == mod) {
		m.abort("Division by zero")
		return value{}
	}
	return num(arithmetic(op, a, b))
}

// compare compares as busybox does: by the sign of the difference, so that a difference
// that is not a number is less and not equal.
func (m *machine) compare(op token, a, b value) bool {
	var d float64
	if a.isNumeric() && b.isNumeric() {
		d = a.number() - b.number()
	} else {
		d = m.compareText(m.text(a), m.text(b))
	}
	switch op {
	case gt:
		return d > 0
	case le:
		return !(d > 0)
	case ge:
		return d >= 0
	case lt:
		return !(d >= 0)
	case eq:
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

func (m *machine) assignment(x *assignExpr) value {
	target := m.fixed(x.target)
	if x.op == assign {
		if t, ok := target.(*indexExpr); ok {
			m.indexed(t) // is there while the value is evaluated
		}
		v := m.eval(x.value)
		m.assign(target, v)
		return v
	}
	before := m.eval(target)
	y := m.eval(x.value)
	if m.halted() {
		return value{}
	}
	v := m.calculate(x.op, before.number(), y.number())
	m.assign(target, v)
	return v
}

func (m *machine) step(x *stepExpr) value {
	target := m.fixed(x.target)
	before := m.eval(target).number()
	after := before + x.delta
	m.assign(target, num(after))
	if x.prefix {
		return num(after)
	}
	return num(before)
}

// fixed evaluates the subscripts of a target, so that they are evaluated once.
func (m *machine) fixed(target expr) expr {
	switch t := target.(type) {
	case *indexExpr:
		if len(t.index) == 1 {
			if _, ok := t.index[0].(*stringExpr); ok {
				return t
			}
		}
		return &indexExpr{array: t.array, index: []expr{&stringExpr{m.key(t.index)}}}
	case *fieldExpr:
		return &fieldExpr{index: &numberExpr{float64(m.fieldNumber(t))}}
	}
	return target
}

// call calls a function of the program. A variable alone is passed as a value and as an array.
func (m *machine) call(x *callExpr) value {
	f := x.fn
	if m.calls+1 > maxCalls {
		m.fail(&LimitError{Line: x.line, What: "functions within each other", Limit: maxCalls})
		return value{}
	}
	size := int64(len(f.params)) * cellCost
	if !m.hold(size) {
		return value{}
	}
	cells := make([]cell, len(f.params))
	for i, arg := range x.args {
		v := m.eval(arg)
		if i >= len(cells) {
			continue
		}
		if variable, ok := arg.(*varExpr); ok {
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
	m.execute(f.body)
	m.line = line
	if m.jump == jumpReturn {
		m.jump = noJump
	}
	m.frames = m.frames[:len(m.frames)-1]
	m.calls--
	m.release(cells)
	v := m.result
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
