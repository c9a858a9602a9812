package awk

import (
	"slices"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// execute runs statements until one jumps.
func (m *machine) execute(b *block) {
	for _, s := range b.list {
		m.statement(s)
		if m.halted() {
			return
		}
	}
}

// statement runs one statement. The intermediate values of its expressions are free after it.
func (m *machine) statement(s stmt) {
	m.line = s.at()
	if !m.spend(1) {
		return
	}
	passing := m.passing
	switch s := s.(type) {
	case *exprStmt:
		m.eval(s.x)
	case *printStmt:
		m.print(s)
	case *ifStmt:
		yes := m.condition(s.cond)
		m.passing = passing
		switch {
		case m.halted():
		case yes:
			m.execute(s.then)
		case s.other != nil:
			m.execute(s.other)
		}
	case *whileStmt:
		m.while(s)
	case *forStmt:
		m.forLoop(s)
	case *forInStmt:
		m.forIn(s)
	case *blockStmt:
		m.execute(s.body)
	case *deleteStmt:
		m.deleteKeys(s)
	case *jumpStmt:
		m.jumpTo(s)
	}
	m.passing = passing
}

// condition evaluates an expression for its truth.
func (m *machine) condition(x expr) bool {
	passing := m.passing
	yes := m.eval(x).isTrue()
	m.passing = passing
	return yes && !m.halted()
}

// pass runs the body of a loop and reports whether the loop goes on.
func (m *machine) pass(body *block) bool {
	m.execute(body)
	switch m.jump {
	case jumpBreak:
		m.jump = noJump
		return false
	case jumpContinue:
		m.jump = noJump
	}
	return !m.halted() && m.spend(1)
}

func (m *machine) while(s *whileStmt) {
	if s.first && !m.pass(s.body) {
		return
	}
	for m.condition(s.cond) {
		if !m.pass(s.body) {
			return
		}
	}
}

func (m *machine) forLoop(s *forStmt) {
	passing := m.passing
	if s.init != nil {
		m.eval(s.init)
	}
	for !m.halted() && (s.cond == nil || m.condition(s.cond)) {
		m.passing = passing
		if !m.pass(s.body) {
			return
		}
		if s.post != nil {
			m.eval(s.post)
		}
	}
}

// forIn visits the keys that the array has at the beginning, also those deleted since.
func (m *machine) forIn(s *forInStmt) {
	arr := m.array(s.array)
	if arr == m.globals[varENVIRON].arr && arr.Collides() {
		m.unsupported("the order of ENVIRON, which depends on that of the environment,")
		return
	}
	cost := int64(arr.Steps())
	for key := range arr.Keys() {
		cost += int64(len(key)) + 16
	}
	if !m.allocate(cost) {
		return
	}
	for _, key := range slices.Collect(arr.Keys()) {
		m.assign(s.target, str(key))
		if m.halted() || !m.pass(s.body) {
			return
		}
	}
}

func (m *machine) deleteKeys(s *deleteStmt) {
	arr := m.array(s.array)
	if s.index == nil {
		m.hold(-arr.bytes)
		arr.bytes = 0
		m.spend(int64(arr.Steps()))
		arr.Clear()
		return
	}
	key := m.key(s.index)
	if m.halted() {
		return
	}
	if e := arr.Get(key); e != nil {
		m.weigh(arr, -elementCost-int64(len(key)+len(e.Value.s)))
		arr.Remove(key)
	}
}

func (m *machine) jumpTo(s *jumpStmt) {
	var v value
	if s.value != nil {
		if v = m.eval(s.value); m.halted() {
			return
		}
	}
	switch s.kind {
	case jumpExit:
		if s.value != nil {
			m.status = libc.Int(v.number()) & 0xff
		}
	case jumpReturn:
		m.result = v
	}
	m.jump = s.kind
}
