package busybox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

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
			arg := f.arg() + "\x00" // an empty argument is a NUL
			s.text(f, arg[:1])
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
	n, negative := f.number(f.arg(), verb)
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
func (f *formatter) number(arg string, verb byte) (n uint64, negative bool) {
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
	most := uint64(math.MaxUint64)
	if verb == 'd' || verb == 'i' {
		if most = math.MaxInt64; negative {
			most++
		}
	}
	if err != nil || n > most || strings.ContainsAny(text, "_bB") && !strings.HasPrefix(text, "0x") {
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
