package awk

import (
	"math"
	"strconv"
	"strings"
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

// number is the value as a number, as strtod(3) reads it.
func (v value) number() float64 {
	switch v.kind {
	case numeric:
		return v.n
	case unset:
		return 0
	}
	n, _ := leadingNumber(v.s)
	return n
}

// isNumeric reports whether the value compares as a number.
func (v value) isNumeric() bool {
	switch v.kind {
	case unset, numeric:
		return true
	case input:
		n := len(v.s)
		if n == 0 {
			return false
		}
		_, size := leadingNumber(v.s)
		return size > 0 && strings.TrimLeft(v.s[size:], blanks) == ""
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

// leadingNumber reads the number that s begins with, after blanks, as strtod(3) of
// Alpine's libc does, and returns how many bytes that took: 0 if it does not begin so.
func leadingNumber(s string) (n float64, size int) {
	i := 0
	for i < len(s) && strings.IndexByte(blanks, s[i]) >= 0 {
		i++
	}
	begin := i
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if end := numberEnd(s, i); end > i {
		n, _ = strconv.ParseFloat(s[begin:end], 64) // out of range: an infinity or 0, as libc has it
		return n, end
	}
	if i < len(s) && (s[i]|0x20 == 'i' || s[i]|0x20 == 'n') {
		return namedNumber(s, begin, i)
	}
	if i+1 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' {
		return hexNumber(s, begin, i)
	}
	return 0, 0
}

// numberEnd is where a decimal number that begins at i ends; i if there is no number, or a
// hexadecimal one.
func numberEnd(s string, i int) int {
	end := i
	digits := 0
	for end < len(s) && isDigit(s[end]) {
		end++
		digits++
	}
	if digits == 1 && s[i] == '0' && end+1 < len(s) && s[end]|0x20 == 'x' && (isHex(s[end+1]) || s[end+1] == '.' && end+2 < len(s) && isHex(s[end+2])) {
		return i
	}
	if end < len(s) && s[end] == '.' {
		fraction := end + 1
		for fraction < len(s) && isDigit(s[fraction]) {
			fraction++
			digits++
		}
		if digits > 0 {
			end = fraction
		}
	}
	if digits == 0 {
		return i
	}
	if end < len(s) && s[end]|0x20 == 'e' {
		exp := end + 1
		if exp < len(s) && (s[exp] == '+' || s[exp] == '-') {
			exp++
		}
		first := exp
		for exp < len(s) && isDigit(s[exp]) {
			exp++
		}
		if exp > first {
			end = exp
		}
	}
	return end
}

// namedNumber reads "inf", "infinity" and "nan".
func namedNumber(s string, begin, i int) (float64, int) {
	sign := 1.0
	if s[begin] == '-' {
		sign = -1
	}
	low := strings.ToLower(s[i:min(len(s), i+8)])
	switch {
	case low == "infinity":
		return math.Inf(int(sign)), i + 8
	case strings.HasPrefix(low, "inf"):
		return math.Inf(int(sign)), i + 3
	case strings.HasPrefix(low, "nan"):
		end := i + 3
		if end < len(s) && s[end] == '(' {
			j := end + 1
			for j < len(s) && (isLetter(s[j]) || isDigit(s[j])) {
				j++
			}
			if j < len(s) && s[j] == ')' {
				end = j + 1
			}
		}
		return math.NaN(), end // without a sign: the product of NaN and -1
	}
	return 0, 0
}

// hexNumber reads 0x1F and 0x1.8p3; s has "0x" at i.
func hexNumber(s string, begin, i int) (float64, int) {
	end := i + 2
	for end < len(s) && isHex(s[end]) {
		end++
	}
	if end < len(s) && s[end] == '.' {
		end++
		for end < len(s) && isHex(s[end]) {
			end++
		}
	}
	digits := s[begin:end]
	exp := end
	if exp < len(s) && s[exp]|0x20 == 'p' {
		exp++
		if exp < len(s) && (s[exp] == '+' || s[exp] == '-') {
			exp++
		}
		first := exp
		for exp < len(s) && isDigit(s[exp]) {
			exp++
		}
		if exp > first {
			n, _ := strconv.ParseFloat(s[begin:exp], 64)
			return n, exp
		}
	}
	n, _ := strconv.ParseFloat(digits+"p0", 64)
	return n, end
}

// toInt is the conversion of C's double to int on x86-64: out of range gives the lowest int.
func toInt(n float64) int {
	if n > -2147483649 && n < 2147483648 {
		return int(n)
	}
	return math.MinInt32
}

// toUint64 is the conversion of double to unsigned long on x86-64.
func toUint64(n float64) uint64 {
	const top = 1 << 63
	switch {
	case n >= 2*top:
		return 0
	case n >= top:
		return uint64(n-top) + top
	case n > -top-1:
		return uint64(int64(n))
	}
	return top
}

// isWhole reports whether a number is printed as an integer.
func isWhole(n float64) bool {
	return n >= -(1<<63) && n < 1<<63 && n == float64(int64(n))
}

// badNaN is the NaN that x86-64 makes, whose sign is printed.
func badNaN() float64 { return math.Float64frombits(0xFFF8_0000_0000_0001) }

// arithmetic works out x OP y with the NaN that x86-64 has.
func arithmetic(op token, x, y float64) float64 {
	if x != x {
		return x
	}
	if y != y {
		return y
	}
	var n float64
	switch op {
	case add:
		n = x + y
	case sub:
		n = x - y
	case mul:
		n = x * y
	case div:
		n = x / y
	case mod:
		n = math.Mod(x, y)
	case pow:
		n = math.Pow(x, y)
	}
	if n != n {
		return badNaN()
	}
	return n
}
