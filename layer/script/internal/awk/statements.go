package awk

import (
	"slices"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// execute runs statements until one jumps.
func (m *machine) execute(b *syntax.Block) {
	for _, s := range b.List {
		m.statement(s)
		if m.halted() {
			return
		}
	}
}

// statement runs one statement. The intermediate values of its expressions are free after it.
func (m *machine) statement(s syntax.Stmt) {
	m.line = s.At()
	if !m.spend(1) {
		return
	}
	passing := m.passing
	switch s := s.(type) {
	case *syntax.ExprStmt:
		m.eval(s.X)
	case *syntax.PrintStmt:
		m.print(s)
	case *syntax.IfStmt:
		yes := m.condition(s.Cond)
		m.passing = passing
		switch {
		case m.halted():
		case yes:
			m.execute(s.Then)
		case s.Other != nil:
			m.execute(s.Other)
		}
	case *syntax.WhileStmt:
		m.while(s)
	case *syntax.ForStmt:
		m.forLoop(s)
	case *syntax.ForInStmt:
		m.forIn(s)
	case *syntax.BlockStmt:
		m.execute(s.Body)
	case *syntax.DeleteStmt:
		m.deleteKeys(s)
	case *syntax.JumpStmt:
		m.jumpTo(s)
	}
	m.passing = passing
}

// condition evaluates an expression for its truth.
func (m *machine) condition(x syntax.Expr) bool {
	passing := m.passing
	yes := m.eval(x).isTrue()
	m.passing = passing
	return yes && !m.halted()
}

// pass runs the body of a loop and reports whether the loop goes on.
func (m *machine) pass(body *syntax.Block) bool {
	m.execute(body)
	switch m.jump {
	case syntax.JumpBreak:
		m.jump = syntax.NoJump
		return false
	case syntax.JumpContinue:
		m.jump = syntax.NoJump
	}
	return !m.halted() && m.spend(1)
}

func (m *machine) while(s *syntax.WhileStmt) {
	if s.First && !m.pass(s.Body) {
		return
	}
	for m.condition(s.Cond) {
		if !m.pass(s.Body) {
			return
		}
	}
}

func (m *machine) forLoop(s *syntax.ForStmt) {
	passing := m.passing
	if s.Init != nil {
		m.eval(s.Init)
	}
	for !m.halted() && (s.Cond == nil || m.condition(s.Cond)) {
		m.passing = passing
		if !m.pass(s.Body) {
			return
		}
		if s.Post != nil {
			m.eval(s.Post)
		}
	}
}

// forIn visits the keys that the array has at the beginning, also those deleted since.
func (m *machine) forIn(s *syntax.ForInStmt) {
	arr := m.array(s.Array)
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
		m.assign(s.Target, str(key))
		if m.halted() || !m.pass(s.Body) {
			return
		}
	}
}

func (m *machine) deleteKeys(s *syntax.DeleteStmt) {
	arr := m.array(s.Array)
	if s.Index == nil {
		m.hold(-arr.bytes)
		arr.bytes = 0
		m.spend(int64(arr.Steps()))
		arr.Clear()
		return
	}
	key := m.key(s.Index)
	if m.halted() {
		return
	}
	if e := arr.Get(key); e != nil {
		m.weigh(arr, -elementCost-int64(len(key)+len(e.Value.s)))
		arr.Remove(key)
	}
}

func (m *machine) jumpTo(s *syntax.JumpStmt) {
	var v value
	if s.Value != nil {
		if v = m.eval(s.Value); m.halted() {
			return
		}
	}
	switch s.Kind {
	case syntax.JumpExit:
		if s.Value != nil {
			m.status = libc.Int(v.number()) & 0xff
		}
	case syntax.JumpReturn:
		m.result = v
	}
	m.jump = s.Kind
}
