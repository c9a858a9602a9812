package awk

import (
	"math"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// value is what an expression gives: a number, a string, or a string of input, which is
// compared as a number if it looks like one. Its zero value is that of a variable never set.
type value struct {
	kind kind
	n    float64
	s    string
}

type kind uint8

const (
	unset kind = iota
	numeric
	text
	input
)

func num(n float64) value    { return value{kind: numeric, n: n} }
func str(s string) value     { return value{kind: text, s: s} }
func inputOf(s string) value { return value{kind: input, s: s} }

func truth(b bool) value {
	if b {
		return num(1)
	}
	return num(0)
}

// copied is the value as an assignment, an argument or a result has it: what was never set is an empty string there.
func (v value) copied() value {
	if v.kind == unset {
		return str("")
	}
	return v
}

// number is the value as a number, as strtod(3) reads it.
func (v value) number() float64 {
	switch v.kind {
	case numeric:
		return v.n
	case unset:
		return 0
	}
	n, _ := libc.ParseFloat(v.s)
	return n
}

// isNumeric reports whether the value compares as a number.
func (v value) isNumeric() bool {
	switch v.kind {
	case unset, numeric:
		return true
	case input:
		_, size := libc.ParseFloat(v.s)
		return v.s != "" && strings.TrimLeft(v.s[size:], " \t") == "" // spaces and tabs alone are 0
	}
	return false
}

// isTrue reports what if does: a number other than 0 or a string other than "".
func (v value) isTrue() bool {
	if v.isNumeric() {
		return v.number() != 0
	}
	return v.s != ""
}

// blanks are what isspace(3) has.
const blanks = " \t\n\v\f\r"

// isWhole reports whether a number is printed as an integer.
func isWhole(n float64) bool {
	return n >= -(1<<63) && n < 1<<63 && n == float64(int64(n))
}

// badNaN is the NaN that x86-64 makes, whose sign is printed.
func badNaN() float64 { return math.Float64frombits(0xFFF8_0000_0000_0001) }

// remainder takes whole multiples of y from x, as many as 64 bits hold: busybox does so, other than fmod(3).
func remainder(x, y float64) float64 {
	q := x / y
	if times := math.Trunc(q); times >= -(1<<63) && times < 1<<63 {
		return x - float64(times*y) // not in one step, which some machines have
	}
	return x - float64(math.MinInt64)*y
}

// arithmetic works out x OP y with the NaN that x86-64 has.
func arithmetic(op syntax.Token, x, y float64) float64 {
	if x != x {
		return x
	}
	if y != y {
		return y
	}
	var n float64
	switch op {
	case syntax.Add:
		n = x + y
	case syntax.Sub:
		n = x - y
	case syntax.Mul:
		n = x * y
	case syntax.Div:
		n = x / y
	case syntax.Mod:
		n = remainder(x, y)
	case syntax.Pow:
		n = math.Pow(x, y)
	}
	if n != n {
		return badNaN()
	}
	return n
}
