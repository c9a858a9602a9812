package busybox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// hexdump prints all operands as one input, by the formats of its options: see [dump.parse]. hd is "hexdump -C".
func hexdump(c *Call) (int, error) {
	opts, args, err := c.getopt("bcdoxCve:n:s:", "")
	if err != nil {
		return 0, err
	}
	d := dump{c: c, all: opts.has('v')}
	length, skip := int64(MaxInput), int64(0)
	if lastComponent(c.Args[0]) == "hd" {
		opts = append(optionList{{letter: 'C'}}, opts...)
	}
	for _, o := range opts {
		switch o.letter {
		case 'v':
		case 'n':
			var ok bool
			if length, ok = parseCNumber(o.value); !ok {
				return c.complain("invalid number '%s'", o.value), nil
			}
		case 's':
			var ok bool
			if skip, ok = parseODNumber(o.value); !ok {
				return c.complain("invalid number '%s'", o.value), nil
			}
		default:
			if problem, err := d.add(o); err != nil || problem != "" {
				return c.complain("%s", problem), err
			}
		}
	}
	if len(args) == 0 && skip > 0 {
		return 0, c.Unsupported(c.Line, "hexdump: -s with standard input is not supported")
	}
	return d.run(args, length, skip)
}

// dumpFormats are the formats that options stand for.
var dumpFormats = map[string][]string{
	"b": {`"%07.7_Ax\n"`, `"%07.7_ax " 16/1 "%03o " "\n"`},
	"c": {`"%07.7_Ax\n"`, `"%07.7_ax " 16/1 "%3_c " "\n"`},
	"d": {`"%07.7_Ax\n"`, `"%07.7_ax " 8/2 "  %05u " "\n"`},
	"o": {`"%07.7_Ax\n"`, `"%07.7_ax " 8/2 " %06o " "\n"`},
	"x": {`"%07.7_Ax\n"`, `"%07.7_ax " 8/2 "   %04x " "\n"`},
	"C": {`"%08.8_Ax\n"`, `"%08.8_ax  " 8/1 "%02x " "  " 8/1 "%02x " `, `"  |" 16/1 "%_p" "|\n"`},
	"":  {`"%07.7_Ax\n"`, `"%07.7_ax " 8/2 "%04x " "\n"`},
}

// dump is one run of hexdump. It works as the formats of BSD's hexdump do.
type dump struct {
	c       *Call
	formats [][]dumpUnit
	end     []dumpPiece // printed at the end, with the address there
	block   int         // bytes that one round over the formats prints
	all     bool        // also blocks like the one before
}

// dumpUnit is a part of a format: what is printed so many times.
type dumpUnit struct {
	reps   int
	isSet  bool // the format says how often
	size   int  // bytes of one time
	pieces []dumpPiece
	isEnd  bool // only for the end
}

// dumpPiece is text around at most one conversion.
type dumpPiece struct {
	before, after string
	directive     string // between "%" and the letter
	letter        byte   // 0 without a conversion; 'A' for an address
	under         byte   // the letter behind "_", or 0
	size          int    // bytes
}

// add adds the formats of an option. problem is what the user is told.
func (d *dump) add(o option) (problem string, err error) {
	list := dumpFormats[string(o.letter)]
	if o.letter == 'e' {
		list = []string{o.value}
	}
	for _, text := range list {
		units, problem, err := d.parse(text)
		if err != nil || problem != "" {
			return problem, err
		}
		if d.formats = append(d.formats, units); len(d.formats) > maxTypes {
			return "", d.c.Unsupported(d.c.Line, "hexdump: more than %d formats are not supported", maxTypes)
		}
	}
	return "", nil
}

// parse reads a format: units of [COUNT][/SIZE] "TEXT".
func (d *dump) parse(text string) (units []dumpUnit, problem string, err error) {
	bad := fmt.Sprintf("bad format {%s}", text)
	number := func(s string) (int, string, bool) {
		digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
		n, err := strconv.Atoi(digits)
		return n, s[len(digits):], err == nil
	}
	blanks := func(s string) string { return strings.TrimLeft(s, " \t\n\v\f\r") }
	for rest := blanks(text); rest != ""; rest = blanks(rest) {
		u := dumpUnit{reps: 1}
		size := 0
		if n, behind, ok := number(rest); ok {
			u.reps, u.isSet, rest = n, true, behind
			if rest != "" && rest[0] != '/' && !isSpace(rest[0]) {
				return nil, bad, nil
			}
			rest = blanks(rest)
		}
		if behind, ok := strings.CutPrefix(rest, "/"); ok {
			n, behind, ok := number(blanks(behind))
			if ok && (behind == "" || !isSpace(behind[0]) && behind[0] != '"') {
				return nil, bad, nil
			}
			size, rest = n, blanks(behind)
		}
		behind, ok := strings.CutPrefix(rest, `"`)
		if !ok {
			return nil, bad, nil
		}
		content, behind, ok := strings.Cut(behind, `"`)
		if !ok {
			return nil, bad, nil
		}
		rest = behind
		if u.reps > maxWidth || size > maxWidth {
			return nil, "", d.c.Unsupported(d.c.Line, "hexdump: counts and sizes above %d are not supported", maxWidth)
		}
		if problem, err := d.pieces(&u, unescapedDump(content), size); err != nil || problem != "" {
			return nil, problem, err
		}
		units = append(units, u)
		if len(units) > maxTypes {
			return nil, "", d.c.Unsupported(d.c.Line, "hexdump: more than %d parts of a format are not supported", maxTypes)
		}
	}
	return units, "", nil
}

// unescapedDump replaces the escape sequences of a format.
func unescapedDump(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if at := strings.IndexByte("abfnrtv", s[i]); at >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v"[at])
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// pieces reads the conversions of a unit's text.
func (d *dump) pieces(u *dumpUnit, text string, size int) (problem string, err error) {
	for rest := text; rest != ""; {
		before, behind, found := strings.Cut(rest, "%")
		p := dumpPiece{before: before}
		if !found {
			if n := len(u.pieces); n > 0 {
				u.pieces[n-1].after = before
			} else {
				u.pieces = append(u.pieces, p)
			}
			break
		}
		conversion := strings.TrimLeft(behind, "#-+ 0.123456789")
		p.directive = behind[:len(behind)-len(conversion)]
		name := conversion
		if conversion, found = strings.CutPrefix(conversion, "_"); found && conversion != "" {
			p.under, name = conversion[0], "_"+conversion[:1]
		} else if conversion != "" {
			name = conversion[:1]
		}
		unknown := "bad conversion character %" + name
		if conversion == "" {
			return unknown, nil
		}
		p.letter, rest = conversion[0], conversion[1:]
		sizes := []int{1}
		switch {
		case p.under == 'a' || p.under == 'A':
			sizes = nil
			if rest == "" || strings.IndexByte("dox", rest[0]) < 0 {
				return unknown, nil
			}
			u.isEnd = u.isEnd || p.under == 'A'
			p.letter, rest = rest[0], rest[1:]
		case p.under == 'c' || p.under == 'p' || p.under == 'u' || p.under == 0 && p.letter == 'c':
		case p.under != 0:
			return unknown, nil
		case strings.IndexByte("dioxuX", p.letter) >= 0:
			sizes = []int{4, 1, 2}
		case p.letter == 's' || strings.IndexByte("eEfgG", p.letter) >= 0:
			return "", d.c.Unsupported(d.c.Line, "hexdump: the conversion %%%c is not supported", p.letter)
		default:
			return unknown, nil
		}
		if sizes != nil {
			p.size = sizes[0]
			if size > 0 {
				if p.size = size; !slices.Contains(sizes, size) {
					problem := fmt.Sprintf("bad byte count for conversion character %c", p.letter)
					if len(sizes) > 1 {
						problem += "\n" // as busybox has it
					}
					return problem, nil
				}
			}
		}
		if len(u.pieces) > 0 && size > 0 {
			return "byte count with multiple conversion characters", nil
		}
		if len(u.pieces) > 0 {
			return "", d.c.Unsupported(d.c.Line, "hexdump: several conversions in one text are not supported")
		}
		u.size += p.size
		u.pieces = append(u.pieces, p)
	}
	if u.isEnd {
		d.end = u.pieces
	}
	return "", nil
}
