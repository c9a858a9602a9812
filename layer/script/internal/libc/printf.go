package libc

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Directive is one of printf's: what stands between "%" and a letter, and the letter.
type Directive struct {
	Minus, Plus, Space, Sharp, Zero bool
	Width, Precision                int // Precision is -1 if missing
	Letter                          byte
}

// MaxWidth bounds the width and precision that [ParseDirective] returns: a larger one is
// MaxWidth+1.
const MaxWidth = 1 << 20

// ParseDirective reads what is between "%" and its letter. It is not ok if there is anything
// but flags, a width and a precision.
func ParseDirective(s string, letter byte) (d Directive, ok bool) {
	d = Directive{Precision: -1, Letter: letter}
	i := d.Flags(s)
	d.Width, i = digits(s, i)
	if i < len(s) && s[i] == '.' {
		d.Precision, i = digits(s, i+1)
	}
	return d, i == len(s)
}

// Flags reads the flags that a text begins with, and returns where they end.
func (d *Directive) Flags(s string) (end int) {
	for ; end < len(s); end++ {
		switch s[end] {
		case '-':
			d.Minus = true
		case '+':
			d.Plus = true
		case ' ':
			d.Space = true
		case '#':
			d.Sharp = true
		case '0':
			d.Zero = true
		default:
			return end
		}
	}
	return end
}

func digits(s string, i int) (n, end int) {
	for i < len(s) && isDigit(s[i]) {
		n = min(n*10+int(s[i]-'0'), MaxWidth+1)
		i++
	}
	return n, i
}

// String formats "s" and "c".
func (d Directive) String(s string) string { return d.pad("", s, false) }

// pad fills up to the width: zeros go behind the sign or "0x".
func (d Directive) pad(prefix, s string, zeros bool) string {
	fill := d.Width - len(prefix) - len(s)
	switch {
	case fill <= 0:
		return prefix + s
	case d.Minus:
		return prefix + s + strings.Repeat(" ", fill)
	case zeros:
		return prefix + strings.Repeat("0", fill) + s
	}
	return strings.Repeat(" ", fill) + prefix + s
}

func (d Directive) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case d.Plus:
		return "+"
	case d.Space:
		return " "
	}
	return ""
}

// Integer formats an int of 32 bits.
func (d Directive) Integer(n int) string {
	if d.Letter == 'd' || d.Letter == 'i' {
		return d.Number(uint64(math.Abs(float64(n))), n < 0)
	}
	return d.Number(uint64(uint32(n)), false)
}

// Number formats the size of an integer, and the sign that "d" and "i" have.
func (d Directive) Number(n uint64, negative bool) string {
	prefix, s := "", strconv.FormatUint(n, 10)
	switch d.Letter {
	case 'd', 'i':
		prefix = d.sign(negative)
	case 'o':
		s = strconv.FormatUint(n, 8)
		if d.Sharp && s[0] != '0' && d.Precision <= len(s) {
			s = "0" + s
		}
	case 'x', 'X':
		s = strconv.FormatUint(n, 16)
		if d.Sharp && n != 0 {
			prefix = "0x"
		}
		if d.Letter == 'X' {
			s, prefix = strings.ToUpper(s), strings.ToUpper(prefix)
		}
	}
	if d.Precision == 0 && n == 0 && !(d.Letter == 'o' && d.Sharp) {
		s = ""
	}
	if len(s) < d.Precision {
		s = strings.Repeat("0", d.Precision-len(s)) + s
	}
	return d.pad(prefix, s, d.Zero && d.Precision < 0)
}

// Float formats "a", "e", "f" and "g", capital or not.
func (d Directive) Float(n float64) string {
	prefix := d.sign(math.Signbit(n))
	capital := d.Letter < 'a'
	letter := d.Letter | 0x20
	n = math.Abs(n)
	s := ""
	switch {
	case math.IsInf(n, 0):
		s = "inf"
	case n != n:
		s = "nan"
	case letter == 'a':
		prefix, s = prefix+"0x", hexFloat(n, d.Precision, d.Sharp)
	default:
		precision := d.Precision
		if precision < 0 {
			precision = 6
		}
		format := "%." + strconv.Itoa(precision) + string(letter)
		if d.Sharp {
			format = "%#" + format[1:]
		}
		s = fmt.Sprintf(format, n)
	}
	if capital {
		prefix, s = strings.ToUpper(prefix), strings.ToUpper(s)
	}
	return d.pad(prefix, s, d.Zero && !math.IsInf(n, 0) && n == n)
}

// hexFloat is %a without sign and "0x".
func hexFloat(n float64, precision int, sharp bool) string {
	s := strconv.FormatFloat(n, 'x', precision, 64)[2:]
	mantissa, exponent, _ := strings.Cut(s, "p")
	exact := strconv.FormatFloat(n, 'x', -1, 64)
	if _, before, _ := strings.Cut(exact, "p"); before != exponent { // rounded up: libc leaves it at 2
		mantissa, exponent = "2"+mantissa[1:], before
	}
	sign := exponent[:1]
	exponent = strings.TrimLeft(exponent[1:], "0")
	if exponent == "" {
		exponent = "0"
	}
	if sharp && !strings.Contains(mantissa, ".") {
		mantissa += "."
	}
	return mantissa + "p" + sign + exponent
}
