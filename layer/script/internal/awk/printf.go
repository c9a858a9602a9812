package awk

import (
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// sprintf formats as printf does. A missing argument is unset, and one that the format does not take is not evaluated.
func (m *machine) sprintf(args []syntax.Expr) string {
	format := m.text(m.eval(args[0]))
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
			arg, args = m.eval(args[0]), args[1:]
		}
		if m.halted() {
			return ""
		}
		put(m.formatValue(d, arg))
		format = format[end+1:]
	}
	return b.String()
}

// directive reads what is between "%" and its letter.
func (m *machine) directive(s string, letter byte) (d libc.Directive, ok bool) {
	if !strings.ContainsRune("cdioxXusaAeEfFgG", rune(letter)) {
		m.abort("Invalid format specifier")
		return d, false
	}
	if d, ok = libc.ParseDirective(s, letter); !ok {
		m.unsupported("the format %q", "%"+s+string(letter))
		return d, false
	}
	if d.Width > libc.MaxWidth || d.Precision > libc.MaxWidth {
		m.fail(&LimitError{Line: m.line, What: "as width or precision of printf", Limit: libc.MaxWidth})
		return d, false
	}
	return d, m.allocate(int64(d.Width) + int64(max(d.Precision, 0)))
}

func (m *machine) formatValue(d libc.Directive, v value) string {
	switch d.Letter {
	case 's':
		s := m.text(v)
		if d.Precision >= 0 && d.Precision < len(s) {
			s = s[:d.Precision]
		}
		return d.String(s)
	case 'c':
		var c byte
		if v.isNumeric() {
			c = byte(libc.Int(v.number()))
		} else if s := m.text(v); s != "" {
			c = s[0]
		}
		return d.String(string([]byte{c}))
	case 'd', 'i', 'o', 'x', 'X', 'u':
		return d.Integer(libc.Int(v.number()))
	}
	return d.Float(v.number())
}

// wholeNumber prints a number that isWhole.
func wholeNumber(n float64) string { return strconv.FormatInt(int64(n), 10) }

// formatNumber prints a number by CONVFMT or OFMT.
func (m *machine) formatNumber(format string, n float64) string {
	if format == "%.6g" {
		return libc.Directive{Precision: 6, Letter: 'g'}.Float(n)
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
