package awk

import (
	"math"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

type builtin uint8

const (
	fnAnd builtin = iota
	fnAtan2
	fnClose
	fnCompl
	fnCos
	fnExp
	fnFflush
	fnGsub
	fnIndex
	fnInt
	fnLength
	fnLog
	fnLshift
	fnMatch
	fnMktime
	fnOr
	fnRand
	fnRshift
	fnSin
	fnSplit
	fnSprintf
	fnSqrt
	fnSrand
	fnStrftime
	fnSub
	fnSubstr
	fnSystem
	fnSystime
	fnTolower
	fnToupper
	fnXor
)

var builtins = map[string]builtin{
	"and": fnAnd, "atan2": fnAtan2, "close": fnClose, "compl": fnCompl, "cos": fnCos, "exp": fnExp, "fflush": fnFflush, "gsub": fnGsub,
	"index": fnIndex, "int": fnInt, "length": fnLength, "log": fnLog, "lshift": fnLshift, "match": fnMatch, "mktime": fnMktime, "or": fnOr,
	"rand": fnRand, "rshift": fnRshift, "sin": fnSin, "split": fnSplit, "sprintf": fnSprintf, "sqrt": fnSqrt, "srand": fnSrand,
	"strftime": fnStrftime, "sub": fnSub, "substr": fnSubstr, "system": fnSystem, "systime": fnSystime, "tolower": fnTolower,
	"toupper": fnToupper, "xor": fnXor,
}

// builtinArgs says how many arguments each takes.
var builtinArgs = [...][2]int{
	fnAnd: {2, 2}, fnAtan2: {2, 2}, fnClose: {1, 1}, fnCompl: {1, 1}, fnCos: {1, 1}, fnExp: {1, 1}, fnFflush: {0, 1}, fnGsub: {2, 3},
	fnIndex: {2, 2}, fnInt: {1, 1}, fnLength: {0, 1}, fnLog: {1, 1}, fnLshift: {2, 2}, fnMatch: {2, 2}, fnMktime: {1, 1}, fnOr: {2, 2},
	fnRand: {0, 0}, fnRshift: {2, 2}, fnSin: {1, 1}, fnSplit: {2, 3}, fnSprintf: {1, 1000}, fnSqrt: {1, 1}, fnSrand: {0, 1},
	fnStrftime: {0, 2}, fnSub: {2, 3}, fnSubstr: {2, 3}, fnSystem: {1, 1}, fnSystime: {0, 0}, fnTolower: {1, 1}, fnToupper: {1, 1}, fnXor: {2, 2},
}

func (m *machine) builtin(x *builtinExpr) value {
	switch x.fn {
	case fnMatch:
		return m.matchFunction(x)
	case fnSplit:
		return m.splitFunction(x)
	case fnSub, fnGsub:
		return m.substitute(x)
	case fnLength:
		return m.length(x)
	case fnSprintf:
		s, _, _ := strings.Cut(m.sprintf(x.args), "\x00") // strings end at a NUL
		return str(s)
	case fnSystem:
		return m.system(x.args[0])
	case fnRand, fnSrand:
		m.unsupported("a random number (rand, srand)")
		return value{}
	}
	args := make([]value, len(x.args))
	for i, a := range x.args {
		args[i] = m.eval(a)
	}
	if m.halted() {
		return value{}
	}
	switch x.fn {
	case fnSubstr:
		return m.substr(args)
	case fnIndex:
		return m.indexFunction(m.text(args[0]), m.text(args[1]))
	case fnTolower:
		return m.mapBytes(m.text(args[0]), lower)
	case fnToupper:
		return m.mapBytes(m.text(args[0]), upper)
	case fnClose:
		return num(float64(m.close(m.text(args[0])))) // 0 also if nothing was open
	case fnFflush:
		return num(0) // nothing is buffered
	case fnSystime:
		return num(float64(m.config.Now.Unix()))
	case fnMktime:
		return num(float64(libc.Mktime(m.text(args[0]))))
	case fnStrftime:
		return m.strftime(args)
	}
	return num(calculateBuiltin(x.fn, args))
}

// calculateBuiltin works out a function of numbers.
func calculateBuiltin(fn builtin, args []value) float64 {
	x := args[0].number()
	var y float64
	if len(args) > 1 {
		y = args[1].number()
	}
	switch fn {
	case fnAnd:
		return float64(libc.Uint64(x) & libc.Uint64(y))
	case fnOr:
		return float64(libc.Uint64(x) | libc.Uint64(y))
	case fnXor:
		return float64(libc.Uint64(x) ^ libc.Uint64(y))
	case fnCompl:
		return float64(^libc.Uint64(x))
	case fnLshift:
		return float64(libc.Uint64(x) << (libc.Uint64(y) & 63))
	case fnRshift:
		return float64(libc.Uint64(x) >> (libc.Uint64(y) & 63))
	case fnInt:
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
	case fnAtan2:
		n = math.Atan2(x, y)
	case fnCos:
		n = math.Cos(x)
	case fnSin:
		n = math.Sin(x)
	case fnExp:
		n = math.Exp(x)
	case fnLog:
		n = math.Log(x)
	case fnSqrt:
		n = math.Sqrt(x)
	}
	if n != n {
		return badNaN()
	}
	return n
}

func (m *machine) length(x *builtinExpr) value {
	if len(x.args) == 0 {
		return num(float64(len(m.text(m.whole()))))
	}
	if v, ok := x.args[0].(*varExpr); ok {
		if arr := m.array(v); arr.Len() > 0 || m.cell(v).val.kind == unset {
			return num(float64(arr.Len()))
		}
	}
	return num(float64(len(m.text(m.eval(x.args[0])))))
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
