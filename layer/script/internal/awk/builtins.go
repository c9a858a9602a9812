package awk

import (
	"math"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

func (m *machine) builtin(x *syntax.BuiltinExpr) value {
	switch x.Fn {
	case syntax.FnMatch:
		return m.matchFunction(x)
	case syntax.FnSplit:
		return m.splitFunction(x)
	case syntax.FnSub, syntax.FnGsub:
		return m.substitute(x)
	case syntax.FnLength:
		return m.length(x)
	case syntax.FnSprintf:
		s, _, _ := strings.Cut(m.sprintf(x.Args), "\x00") // strings end at a NUL
		return str(s)
	case syntax.FnSystem:
		return m.system(x.Args[0])
	case syntax.FnRand, syntax.FnSrand:
		m.unsupported("a random number (rand, srand)")
		return value{}
	}
	args := m.arguments(x)
	if m.halted() {
		return value{}
	}
	switch x.Fn {
	case syntax.FnSubstr:
		return m.substr(args)
	case syntax.FnIndex:
		return m.indexFunction(m.text(args[0]), m.text(args[1]))
	case syntax.FnTolower:
		return m.mapBytes(m.text(args[0]), lower)
	case syntax.FnToupper:
		return m.mapBytes(m.text(args[0]), upper)
	case syntax.FnClose:
		return num(float64(m.close(m.text(args[0])))) // 0 also if nothing was open
	case syntax.FnFflush:
		return num(0) // nothing is buffered
	case syntax.FnSystime:
		return num(float64(m.config.Now.Unix()))
	case syntax.FnMktime:
		return num(float64(libc.Mktime(m.text(args[0]))))
	case syntax.FnStrftime:
		return m.strftime(args)
	}
	return num(calculateBuiltin(x.Fn, args))
}

// arguments evaluates arguments. Numbers are read when all have been evaluated, strings before.
func (m *machine) arguments(x *syntax.BuiltinExpr) []value {
	args := make([]value, len(x.Args))
	level := len(m.places)
	places := make([]*place, len(x.Args))
	for i, a := range x.Args {
		if isText := i == 0 && x.Fn == syntax.FnSubstr || x.Fn == syntax.FnIndex; isText || !x.Alters {
			args[i] = m.eval(a)
		} else {
			places[i] = m.place(a)
		}
	}
	for i, p := range places {
		if p != nil {
			args[i] = m.at(p)
		}
	}
	m.places = m.places[:level]
	return args
}

// calculateBuiltin works out a function of numbers.
func calculateBuiltin(fn syntax.Builtin, args []value) float64 {
	x := args[0].number()
	var y float64
	if len(args) > 1 {
		y = args[1].number()
	}
	switch fn {
	case syntax.FnAnd:
		return float64(libc.Uint64(x) & libc.Uint64(y))
	case syntax.FnOr:
		return float64(libc.Uint64(x) | libc.Uint64(y))
	case syntax.FnXor:
		return float64(libc.Uint64(x) ^ libc.Uint64(y))
	case syntax.FnCompl:
		return float64(^libc.Uint64(x))
	case syntax.FnLshift:
		return float64(libc.Uint64(x) << (libc.Uint64(y) & 63))
	case syntax.FnRshift:
		return float64(libc.Uint64(x) >> (libc.Uint64(y) & 63))
	case syntax.FnInt:
		if x >= -(1<<63) && x < 1<<63 {
			return float64(int64(x))
		}
		return math.MinInt64 // as the conversion to long is on x86-64
	}
	if x != x || y != y {
		return x + y
	}
	n := 0.0
	switch fn {
	case syntax.FnAtan2:
		n = math.Atan2(x, y)
	case syntax.FnCos:
		n = math.Cos(x)
	case syntax.FnSin:
		n = math.Sin(x)
	case syntax.FnExp:
		n = math.Exp(x)
	case syntax.FnLog:
		n = math.Log(x)
	case syntax.FnSqrt:
		n = math.Sqrt(x)
	}
	if n != n {
		return badNaN()
	}
	return n
}

func (m *machine) length(x *syntax.BuiltinExpr) value {
	if len(x.Args) == 0 {
		return num(float64(len(m.text(m.whole()))))
	}
	if v, ok := x.Args[0].(*syntax.VarExpr); ok {
		if arr := m.array(v); !m.cell(v).given && (arr.Len() > 0 || m.cell(v).val.kind == unset) {
			return num(float64(arr.Len()))
		}
	}
	return num(float64(len(m.text(m.eval(x.Args[0])))))
}

// substr cuts a string: numbers are cut to whole ones, and a begin before 1 is 1.
func (m *machine) substr(args []value) value {
	s := m.text(args[0])
	begin := max(libc.Int(args[1].number())-1, 0)
	begin = min(begin, len(s))
	n := len(s) - begin
	if len(args) > 2 {
		n = min(n, max(0, libc.Int(args[2].number())))
	}
	if !m.allocate(int64(n)) {
		return value{}
	}
	return str(strings.Clone(s[begin : begin+n]))
}

func (m *machine) indexFunction(s, part string) value {
	if part == "" || !m.spend(int64(len(s))) {
		return num(0)
	}
	if m.ignoresCase() {
		s, part = m.mapBytes(s, lower).s, m.mapBytes(part, lower).s
	}
	return num(float64(strings.Index(s, part) + 1))
}

// mapBytes changes each byte of a string: awk's letters are those of ASCII.
func (m *machine) mapBytes(s string, f func(byte) byte) value {
	if !m.allocate(int64(len(s))) {
		return value{}
	}
	b := make([]byte, len(s))
	for i := range b {
		b[i] = f(s[i])
	}
	return str(string(b))
}
