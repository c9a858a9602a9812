package busybox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// echo prints its arguments, with escapes worked out after "-e".
func echo(c *Call) (int, error) {
	args := c.Args[1:]
	newline, escapes := true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		for i := 1; i < len(args[0]); i++ {
			switch args[0][i] {
			case 'n':
				newline = false
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
		args = args[1:]
	}
	for i, arg := range args {
		if i > 0 {
			c.Out.WriteByte(' ')
		}
		if !escapes {
			c.Out.WriteString(arg)
			continue
		}
		text, stop := Unescape(arg, echoEscapes)
		c.Out.WriteString(text)
		if stop {
			return 0, nil
		}
	}
	if newline {
		c.Out.WriteByte('\n')
	}
	return 0, nil
}

// Escapes says whose backslashes are meant: they differ in octal numbers and in \c.
type Escapes uint8

const (
	echoEscapes   Escapes = iota // \0123; \c stops
	formatEscapes                // \123; \c stops
	DollarQuotes                 // $'…': \123, and \' and \"
)

// Unescape works out backslashes. It is stopped by a "\c".
func Unescape(s string, which Escapes) (text string, stopped bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		at := strings.IndexByte(`abefnrtv\`, s[i])
		switch {
		case at >= 0 && (s[i] != 'e' || which != DollarQuotes):
			b.WriteByte("\a\b\x1b\f\n\r\t\v\\"[at])
		case s[i] == 'c' && which != DollarQuotes:
			return b.String(), true
		case (s[i] == '\'' || s[i] == '"') && which == DollarQuotes:
			b.WriteByte(s[i])
		case s[i] == 'x' && i+1 < len(s) && hexDigit(s[i+1]) < 16:
			n := uint64(0)
			for count := 0; count < 2 && i+1 < len(s) && hexDigit(s[i+1]) < 16; count++ {
				i++
				n = n*16 + hexDigit(s[i])
			}
			b.WriteByte(byte(n))
		case '0' <= s[i] && s[i] <= '7' && (which != echoEscapes || s[i] == '0'):
			most := 3
			if which == echoEscapes {
				most = 4
			}
			n := uint64(0)
			for count := 0; count < most && i < len(s) && '0' <= s[i] && s[i] <= '7'; count++ {
				n = n*8 + uint64(s[i]-'0')
				i++
			}
			i--
			b.WriteByte(byte(n))
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String(), false
}

// hexDigit is the value of a hexadecimal digit, or 16.
func hexDigit(b byte) uint64 {
	switch {
	case '0' <= b && b <= '9':
		return uint64(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return uint64(b|0x20-'a') + 10
	}
	return 16
}

func printf(c *Call) (int, error) {
	args := c.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		c.complain("usage: printf FORMAT [ARGUMENT...]")
		return 2, nil
	}
	f := formatter{c: c, args: args[1:]}
	for {
		before := len(f.args)
		stop, err := f.once(args[0])
		if stop || err != nil {
			return f.status, err
		}
		if len(f.args) == 0 || len(f.args) == before {
			return f.status, nil
		}
		if err := c.Bounded(); err != nil {
			return 0, err
		}
	}
}

// formatter is one printf.
type formatter struct {
	c      *Call
	args   []string
	status int
}

func (f *formatter) arg() string {
	if len(f.args) == 0 {
		return ""
	}
	arg := f.args[0]
	f.args = f.args[1:]
	return arg
}

// maxWidth bounds what one conversion pads to.
const maxWidth = 1 << 16

// once goes through the format one time. It is stopped by "\c" and by what is no format.
func (f *formatter) once(format string) (stop bool, err error) {
	out := &f.c.Out
	for i := 0; i < len(format); {
		if format[i] != '%' {
			end := strings.IndexByte(format[i:], '%')
			if end < 0 {
				end = len(format) - i
			}
			text, stopped := Unescape(format[i:i+end], formatEscapes)
			out.WriteString(text)
			if stopped {
				return true, nil
			}
			i += end
			continue
		}
		begin := i
		i++
		if i < len(format) && format[i] == '%' {
			out.WriteByte('%')
			i++
			continue
		}
		if err := f.c.Bounded(); err != nil {
			return true, err
		}
		s := spec{precision: -1}
		if i = s.parse(format, i, f); i >= len(format) || s.width > maxWidth || s.precision > maxWidth {
			return true, f.invalid(format[begin:])
		}
		verb := format[i]
		i++
		switch verb {
		case 'd', 'i', 'u', 'o', 'x', 'X':
			s.integer(f, verb)
		case 'c':
			arg := f.arg()
			s.text(f, arg[:min(1, len(arg))])
		case 's':
			s.text(f, f.arg())
		case 'b':
			text, stopped := Unescape(f.arg(), echoEscapes)
			s.text(f, text)
			if stopped {
				return true, nil
			}
		case 'e', 'E', 'f', 'F', 'g', 'G':
			s.float(f, verb)
		default:
			return true, f.invalid(format[begin:])
		}
	}
	return false, nil
}

func (f *formatter) invalid(format string) error {
	f.c.complain("%s: invalid format", format)
	f.status = 1
	return nil
}

// spec is what stands between a "%" and its letter.
type spec struct {
	left, zero, plus, space, alternate bool
	width, precision                   int
}

func (s *spec) parse(format string, i int, f *formatter) int {
	for ; i < len(format); i++ {
		switch format[i] {
		case '-':
			s.left = true
		case '0':
			s.zero = true
		case '+':
			s.plus = true
		case ' ':
			s.space = true
		case '#':
			s.alternate = true
		default:
			i = s.number(format, i, f, &s.width)
			if i < len(format) && format[i] == '.' {
				s.precision = 0
				i = s.number(format, i+1, f, &s.precision)
			}
			if s.width < 0 {
				s.left, s.width = true, -s.width
			}
			for i < len(format) && strings.IndexByte("hlLjzt", format[i]) >= 0 {
				i++
			}
			return i
		}
	}
	return i
}

func (s *spec) number(format string, i int, f *formatter, n *int) int {
	if i < len(format) && format[i] == '*' {
		*n, _ = strconv.Atoi(f.arg())
		return i + 1
	}
	for ; i < len(format) && '0' <= format[i] && format[i] <= '9' && *n <= maxWidth; i++ {
		*n = *n*10 + int(format[i]-'0')
	}
	return i
}

// pad writes a text to the width.
func (s *spec) pad(f *formatter, text string) {
	space := strings.Repeat(" ", max(s.width-len(text), 0))
	if s.left {
		text, space = space, text
	}
	f.c.Out.WriteString(space + text)
}

func (s *spec) text(f *formatter, text string) {
	if s.precision >= 0 && s.precision < len(text) {
		text = text[:s.precision]
	}
	s.pad(f, text)
}

func (s *spec) integer(f *formatter, verb byte) {
	n, negative := f.number(f.arg())
	digits := ""
	switch verb {
	case 'd', 'i':
		digits = strconv.FormatUint(n, 10)
	default:
		if negative {
			n, negative = -n, false
		}
		base := map[byte]int{'u': 10, 'o': 8, 'x': 16, 'X': 16}[verb]
		digits = strconv.FormatUint(n, base)
	}
	prefix := ""
	switch {
	case negative:
		prefix = "-"
	case verb != 'd' && verb != 'i':
		if s.alternate && n != 0 {
			prefix = map[byte]string{'o': "0", 'x': "0x", 'X': "0x"}[verb]
		}
	case s.plus:
		prefix = "+"
	case s.space:
		prefix = " "
	}
	if s.precision == 0 && n == 0 {
		digits = ""
	}
	least := s.precision
	if s.zero && !s.left && s.precision < 0 {
		least = s.width - len(prefix)
	}
	digits = strings.Repeat("0", max(least-len(digits), 0)) + digits
	if text := prefix + digits; verb == 'X' {
		s.pad(f, strings.ToUpper(text))
	} else {
		s.pad(f, text)
	}
}

// number reads an argument as a number: its size and whether it is below 0. "'a" is the
// code of a letter.
func (f *formatter) number(arg string) (n uint64, negative bool) {
	if arg != "" && (arg[0] == '\'' || arg[0] == '"') {
		if len(arg) > 1 {
			return uint64(arg[1]), false
		}
		return 0, false
	}
	text := strings.TrimLeft(arg, " \t")
	text, negative = strings.CutPrefix(text, "-")
	if !negative {
		text = strings.TrimPrefix(text, "+")
	}
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil || strings.ContainsAny(text, "_bB") && !strings.HasPrefix(text, "0x") {
		if n == math.MaxUint64 {
			return n, negative
		}
		f.c.complain("invalid number '%s'", arg)
		f.status = 1
		return 0, false
	}
	return n, negative
}

func (s *spec) float(f *formatter, verb byte) {
	arg := f.arg()
	n, err := strconv.ParseFloat(strings.TrimSpace(arg), 64)
	if err != nil {
		f.c.complain("invalid number '%s'", arg)
		f.status, n = 1, 0
	}
	if s.precision < 0 {
		s.precision = 6
	}
	flags := ""
	for _, flag := range []struct {
		on   bool
		text string
	}{{s.left, "-"}, {s.zero, "0"}, {s.plus, "+"}, {s.space, " "}, {s.alternate, "#"}} {
		if flag.on {
			flags += flag.text
		}
	}
	fmt.Fprintf(&f.c.Out, "%"+flags+"*.*"+string(verb), s.width, s.precision, n)
}
