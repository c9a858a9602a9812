package busybox

import (
	"math"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

func printf(c *Call) (int, error) {
	args := c.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 && !c.isBuiltin() {
		return c.usage(), nil
	} else if len(args) == 0 {
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
		if i < len(format) && format[i] == 'b' { // without flags or a width
			i++
			text, stopped := Unescape(f.arg(), echoEscapes)
			if out.WriteString(text); stopped {
				return true, nil
			}
			continue
		}
		if err := f.c.Bounded(); err != nil {
			return true, err
		}
		d, end := f.directive(format, i)
		if end >= len(format) || d.Width > maxWidth || d.Precision > maxWidth {
			return true, f.invalid(format[begin:end], format[end:])
		}
		d.Letter, i = format[end], end+1
		text := ""
		switch d.Letter {
		case 'd', 'i', 'u', 'o', 'x', 'X':
			n, negative := f.number(f.arg(), d.Letter)
			if negative && d.Letter != 'd' && d.Letter != 'i' {
				n = -n
			}
			out.WriteString(d.Number(n, negative))
			continue
		case 'e', 'E', 'f', 'g', 'G':
			out.WriteString(d.Float(f.float(f.arg())))
			continue
		case 'c':
			if strings.Contains(format[begin:end], "*") {
				return true, f.c.Unsupported(f.c.Line, "printf: %%*c is not supported")
			}
			text = (f.arg() + "\x00")[:1] // an empty argument is a NUL
		case 's':
			text = f.arg()
		default:
			return true, f.invalid(format[begin:end], format[end:])
		}
		if d.Precision >= 0 && d.Letter == 's' {
			text = text[:min(d.Precision, len(text))]
		}
		out.WriteString(d.String(text))
	}
	return false, nil
}

// formatSizes are letters that busybox takes out of a directive.
const formatSizes = "hlLz"

func (f *formatter) invalid(directive, rest string) error {
	f.c.complain("%s: invalid format", strings.TrimRight(directive, formatSizes)+rest)
	f.status = 1
	return nil
}

func (f *formatter) invalidNumber(arg string) {
	f.c.complain("invalid number '%s'", arg)
	f.status = 1
}

// directive reads what stands between a "%" and its letter.
func (f *formatter) directive(format string, i int) (d libc.Directive, end int) {
	d.Precision = -1
	i = f.size(format, i+d.Flags(format[i:]), &d.Width)
	if i < len(format) && format[i] == '.' {
		d.Precision = 0
		i = f.size(format, i+1, &d.Precision)
	}
	if d.Width < 0 {
		d.Minus, d.Width = true, -d.Width
	}
	for i < len(format) && strings.IndexByte(formatSizes, format[i]) >= 0 {
		i++
	}
	return d, i
}

// size reads a width or precision, which "*" takes from the arguments.
func (f *formatter) size(format string, i int, n *int) int {
	if i < len(format) && format[i] == '*' {
		*n = 0
		if len(f.args) > 0 {
			arg := f.arg()
			size, err := strconv.ParseInt(arg, 10, 32)
			if err != nil || arg[0] == '+' {
				f.c.complain("invalid number '%s'", arg) // which is not a failure
				size = 0
			}
			*n = int(size)
		}
		return i + 1
	}
	for ; i < len(format) && '0' <= format[i] && format[i] <= '9' && *n <= maxWidth; i++ {
		*n = *n*10 + int(format[i]-'0')
	}
	return i
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
		f.invalidNumber(arg)
		return 0, false
	}
	return n, negative && n > 0
}

// float reads an argument as a number in floating point.
func (f *formatter) float(arg string) float64 {
	if arg != "" && (arg[0] == '\'' || arg[0] == '"') {
		code, _ := f.number(arg, 'f')
		return float64(code)
	}
	n, size := libc.ParseFloat(arg)
	if size < len(arg) || arg == "" {
		f.invalidNumber(arg)
		return 0
	}
	digits := strings.ToLower(arg)
	if i := strings.IndexAny(digits, "ep"); i >= 0 {
		digits = digits[:i]
	}
	if math.IsInf(n, 0) && !strings.Contains(digits, "n") || math.Abs(n) < 0x1p-1022 && strings.ContainsAny(digits, "123456789") {
		f.invalidNumber(arg) // out of range
	}
	return n
}
