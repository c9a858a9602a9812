package awk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxWidth bounds widths and precisions of printf.
const maxWidth = 1 << 20

// sprintf formats as printf does. A missing argument is unset.
func (m *machine) sprintf(args []value) string {
	format := m.text(args[0])
	args = args[1:]
	var b strings.Builder
	put := func(s string) bool {
		if !m.allocate(int64(len(s))) {
			return false
		}
		b.WriteString(s)
		return true
	}
	for format != "" && m.err == nil {
		at := strings.IndexByte(format, '%')
		if at < 0 {
			put(format)
			break
		}
		put(format[:at])
		format = format[at:]
		if strings.HasPrefix(format, "%%") {
			put("%")
			format = format[2:]
			continue
		}
		end := 1
		for end < len(format) && !('a' <= format[end]|0x20 && format[end]|0x20 <= 'z') {
			if format[end] == '*' {
				m.abort("%%*x formats are not supported")
				return ""
			}
			end++
		}
		if end == len(format) { // no letter: printed as it is
			put(format)
			break
		}
		d, ok := m.directive(format[1:end], format[end])
		if !ok {
			return ""
		}
		var arg value
		if len(args) > 0 {
			arg, args = args[0], args[1:]
		}
		put(m.formatValue(d, arg))
		format = format[end+1:]
	}
	return b.String()
}

// directive is one of printf's: flags, width, precision, letter.
type directive struct {
	minus, plus, space, sharp, zero bool
	width, precision                int // precision is -1 if missing
	letter                          byte
}

// directive reads what is between "%" and its letter.
func (m *machine) directive(s string, letter byte) (d directive, ok bool) {
	d = directive{precision: -1, letter: letter}
	if !strings.ContainsRune("cdioxXusaAeEfFgG", rune(letter)) {
		m.abort("Invalid format specifier")
		return d, false
	}
	i := 0
flags:
	for ; i < len(s); i++ {
		switch s[i] {
		case '-':
			d.minus = true
		case '+':
			d.plus = true
		case ' ':
			d.space = true
		case '#':
			d.sharp = true
		case '0':
			d.zero = true
		default:
			break flags
		}
	}
	d.width, i = digits(s, i)
	if i < len(s) && s[i] == '.' {
		d.precision, i = digits(s, i+1)
	}
	if i < len(s) {
		m.unsupported("the format %q", "%"+s+string(letter))
		return d, false
	}
	if d.width > maxWidth || d.precision > maxWidth {
		m.fail(&LimitError{Line: m.line, What: "as width or precision of printf", Limit: maxWidth})
		return d, false
	}
	return d, m.allocate(int64(d.width) + int64(max(d.precision, 0)))
}

func digits(s string, i int) (n, end int) {
	for i < len(s) && isDigit(s[i]) {
		n = min(n*10+int(s[i]-'0'), maxWidth+1)
		i++
	}
	return n, i
}

func (m *machine) formatValue(d directive, v value) string {
	switch d.letter {
	case 's':
		s := m.text(v)
		if d.precision >= 0 && d.precision < len(s) {
			s = s[:d.precision]
		}
		return d.pad("", s, false)
	case 'c':
		var c byte
		if v.isNumeric() {
			c = byte(toInt(v.number()))
		} else if s := m.text(v); s != "" {
			c = s[0]
		}
		return d.pad("", string([]byte{c}), false)
	case 'd', 'i', 'o', 'x', 'X', 'u':
		return d.integer(toInt(v.number()))
	}
	return d.float(v.number())
}

// pad fills up to the width: zeros go behind the sign or "0x".
func (d directive) pad(prefix, s string, zeros bool) string {
	fill := d.width - len(prefix) - len(s)
	switch {
	case fill <= 0:
		return prefix + s
	case d.minus:
		return prefix + s + strings.Repeat(" ", fill)
	case zeros:
		return prefix + strings.Repeat("0", fill) + s
	}
	return strings.Repeat(" ", fill) + prefix + s
}

func (d directive) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case d.plus:
		return "+"
	case d.space:
		return " "
	}
	return ""
}

// integer formats an int of 32 bits.
func (d directive) integer(n int) string {
	prefix, s := "", ""
	switch d.letter {
	case 'd', 'i':
		prefix = d.sign(n < 0)
		s = strconv.FormatInt(int64(math.Abs(float64(n))), 10)
	case 'u':
		s = strconv.FormatUint(uint64(uint32(n)), 10)
	case 'o':
		s = strconv.FormatUint(uint64(uint32(n)), 8)
		if d.sharp && s[0] != '0' && d.precision <= len(s) {
			s = "0" + s
		}
	case 'x', 'X':
		s = strconv.FormatUint(uint64(uint32(n)), 16)
		if d.sharp && n != 0 {
			prefix = "0x"
		}
		if d.letter == 'X' {
			s, prefix = strings.ToUpper(s), strings.ToUpper(prefix)
		}
	}
	if d.precision == 0 && n == 0 && !(d.letter == 'o' && d.sharp) {
		s = ""
	}
	if len(s) < d.precision {
		s = strings.Repeat("0", d.precision-len(s)) + s
	}
	return d.pad(prefix, s, d.zero && d.precision < 0)
}

func (d directive) float(n float64) string {
	prefix := d.sign(math.Signbit(n))
	capital := d.letter < 'a'
	letter := d.letter | 0x20
	n = math.Abs(n)
	s := ""
	switch {
	case math.IsInf(n, 0):
		s = "inf"
	case n != n:
		s = "nan"
	case letter == 'a':
		prefix, s = prefix+"0x", hexFloat(n, d.precision, d.sharp)
	default:
		precision := d.precision
		if precision < 0 {
			precision = 6
		}
		format := "%." + strconv.Itoa(precision) + string(letter)
		if d.sharp {
			format = "%#" + format[1:]
		}
		s = fmt.Sprintf(format, n)
	}
	if capital {
		prefix, s = strings.ToUpper(prefix), strings.ToUpper(s)
	}
	return d.pad(prefix, s, d.zero && !math.IsInf(n, 0) && n == n)
}

// hexFloat is %a without sign and "0x".
func hexFloat(n float64, precision int, sharp bool) string {
	s := strconv.FormatFloat(n, 'x', precision, 64)[2:]
	mantissa, exponent, _ := strings.Cut(s, "p")
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

// wholeNumber prints a number that isWhole.
func wholeNumber(n float64) string { return strconv.FormatInt(int64(n), 10) }

// formatNumber prints a number by CONVFMT or OFMT.
func (m *machine) formatNumber(format string, n float64) string {
	if format == "%.6g" {
		return directive{precision: 6, letter: 'g'}.float(n)
	}
	at := strings.IndexByte(format, '%')
	if format == "" || at != 0 || strings.LastIndexByte(format, '%') != 0 {
		m.unsupported("the number format %q (in CONVFMT or OFMT)", format)
		return ""
	}
	letter := format[len(format)-1]
	if strings.IndexByte("diouxXeEfFgGaA", letter) < 0 {
		m.abort("Invalid format specifier")
		return ""
	}
	d, ok := m.directive(format[1:len(format)-1], letter)
	if !ok {
		return ""
	}
	return m.formatValue(d, num(n))
}
