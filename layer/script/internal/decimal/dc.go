package decimal

import (
	"io"
	"strings"
)

// item is what dc has on its stack: a number, or a string.
type item struct {
	number
	text   string
	isText bool
}

// dc runs programs of dc.
type dc struct {
	Machine
	stack               []item
	registers           map[byte][]item
	ibase, obase, scale int
	depth               int
}

// DC is a run of dc, which keeps its stack between programs.
type DC struct{ d *dc }

// NewDC starts a run of dc.
func NewDC(m Machine) *DC {
	m.width = 69
	return &DC{&dc{Machine: m, registers: make(map[byte][]item), ibase: 10, obase: 10}}
}

// Run runs a program. IsEnded says that it has ended the run.
func (r *DC) Run(program string) (isEnded bool, err error) {
	quits, err := r.d.run(program)
	return quits >= 0, err
}

const errFew = Error("stack has too few elements")

func (d *dc) pop() (item, error) {
	if len(d.stack) == 0 {
		return item{}, errFew
	}
	top := d.stack[len(d.stack)-1]
	d.stack = d.stack[:len(d.stack)-1]
	return top, nil
}

func (d *dc) popNumber() (number, error) {
	top, err := d.pop()
	if err == nil && top.isText {
		err = unsupported("a string where a number is wanted")
	}
	return top.number, err
}

// maxStack bounds what dc keeps, in elements.
const maxStack = 10_000

func (d *dc) push(i item) error {
	if len(d.stack) >= maxStack {
		return unsupported("a stack of more than %d elements", maxStack)
	}
	d.stack = append(d.stack, i)
	return d.Spend(16)
}

func (d *dc) pushNumber(n number, err error) error {
	if err != nil {
		return err
	}
	return d.push(item{number: n})
}

// run runs a text. It returns how many further levels of texts a "q" in it ends, -1 without one.
func (d *dc) run(text string) (quits int, err error) {
	if d.depth++; d.depth > maxNesting {
		return -1, unsupported("more than %d macros within each other", maxNesting)
	}
	defer func() { d.depth-- }()
	for text != "" {
		if err := d.Spend(4); err != nil {
			return -1, err
		}
		c := text[0]
		rest := text[1:]
		switch {
		case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
		case c == '#':
			_, rest, _ = strings.Cut(rest, "\n")
		case isNumeral(c) || c == '_':
			n := 1
			for n < len(text) && isNumeral(text[n]) && (text[n] != '.' || !strings.Contains(text[:n], ".")) {
				n++
			}
			digits := strings.TrimPrefix(text[:n], "_")
			if digits == "" || digits == "." {
				return -1, unsupported("%q", text[:n])
			}
			value, err := d.parse(digits, d.ibase)
			if err == nil && c == '_' {
				value.v.Neg(value.v)
			}
			if err := d.pushNumber(value, err); err != nil {
				return -1, err
			}
			rest = text[n:]
		case c == '[':
			level, end := 1, 0
			for ; end < len(rest) && level > 0; end++ {
				switch rest[end] {
				case '[':
					level++
				case ']':
					level--
				}
			}
			if level > 0 || strings.Contains(rest[:end], `\`) {
				return -1, unsupported("a string with a backslash or without an end")
			}
			if err := d.push(item{text: rest[:end-1], isText: true}); err != nil {
				return -1, err
			}
			rest = rest[end:]
		case strings.IndexByte("slSL<>=", c) >= 0:
			if rest == "" {
				return -1, unsupported("%c without a register", c)
			}
			quits, err := d.register(c, rest[0])
			if err != nil || quits >= 0 {
				return quits, err
			}
			rest = rest[1:]
		case c == '!':
			if len(rest) < 2 || strings.IndexByte("<>=", rest[0]) < 0 {
				return -1, unsupported("the command !")
			}
			quits, err := d.branch(rest[0], true, rest[1])
			if err != nil || quits >= 0 {
				return quits, err
			}
			rest = rest[2:]
		case c == 'q':
			return 1, nil
		case c == 'x':
			top, err := d.pop()
			if err != nil {
				return -1, err
			}
			if !top.isText {
				err = d.push(top)
			} else if quits, err = d.run(top.text); err == nil && quits > 0 {
				return quits - 1, nil
			}
			if err != nil {
				return -1, err
			}
		default:
			if err := d.command(c); err != nil {
				return -1, err
			}
		}
		text = rest
	}
	return -1, nil
}

// register runs a command that has the name of a register behind it.
func (d *dc) register(c, name byte) (quits int, err error) {
	r := d.registers[name]
	switch c {
	case 's', 'S':
		top, err := d.pop()
		if err != nil {
			return -1, err
		}
		if c == 's' && len(r) > 0 {
			r = r[:len(r)-1]
		}
		if len(r) >= maxStack {
			return -1, unsupported("a register of more than %d elements", maxStack)
		}
		d.registers[name] = append(r, top)
	case 'l':
		if len(r) == 0 {
			return -1, d.push(item{number: integer(0)})
		}
		return -1, d.push(r[len(r)-1])
	case 'L':
		if len(r) == 0 {
			return -1, unsupported("L of an empty register")
		}
		d.registers[name] = r[:len(r)-1]
		return -1, d.push(r[len(r)-1])
	default:
		return d.branch(c, false, name)
	}
	return -1, nil
}

// branch runs a register if the two elements on top compare so: the one on top is the left side.
func (d *dc) branch(op byte, isNot bool, name byte) (quits int, err error) {
	right, err := d.popNumber()
	if err != nil {
		return -1, err
	}
	left, err := d.popNumber()
	if err != nil {
		return -1, err
	}
	if err := d.spendOn(right.digits() + left.digits()); err != nil {
		return -1, err
	}
	c := compare(right, left)
	is := op == '<' && c < 0 || op == '>' && c > 0 || op == '=' && c == 0
	if is == isNot {
		return -1, nil
	}
	r := d.registers[name]
	if len(r) == 0 {
		return -1, unsupported("an empty register that is to be run")
	}
	top := r[len(r)-1]
	if !top.isText {
		return -1, Error("variable is wrong type")
	}
	quits, err = d.run(top.text)
	if quits > 0 {
		return quits - 1, err
	}
	return -1, err
}

func (d *dc) command(c byte) error {
	switch c {
	case '+', '-', '*', '/', '%', '^':
		b, err := d.popNumber()
		if err != nil {
			return err
		}
		a, err := d.popNumber()
		if err != nil {
			return err
		}
		return d.pushNumber(d.calculate(c, a, b, d.scale))
	case 'v', 'Z', 'X':
		a, err := d.popNumber()
		switch {
		case err != nil:
			return err
		case c == 'v':
			return d.pushNumber(d.root(a, d.scale))
		case c == 'Z':
			if err := d.spendOn(a.digits()); err != nil {
				return err
			}
			return d.pushNumber(a.length(), nil)
		}
		return d.pushNumber(integer(int64(a.scale)), nil)
	case 'p', 'n':
		top, err := d.pop()
		if err != nil {
			return err
		}
		if c == 'p' {
			if err := d.push(top); err != nil {
				return err
			}
		}
		return d.print(top)
	case 'f':
		for i := len(d.stack) - 1; i >= 0; i-- {
			if err := d.print(d.stack[i]); err != nil {
				return err
			}
		}
		return nil
	case 'P':
		top, err := d.pop()
		if err == nil && !top.isText {
			err = unsupported("P of a number")
		}
		if err != nil {
			return err
		}
		_, err = io.WriteString(d.Out, top.text)
		return err
	case 'c':
		d.stack = nil
		return nil
	case 'd':
		if len(d.stack) == 0 {
			return errFew
		}
		return d.push(d.stack[len(d.stack)-1])
	case 'r':
		if len(d.stack) < 2 {
			return errFew
		}
		n := len(d.stack)
		d.stack[n-1], d.stack[n-2] = d.stack[n-2], d.stack[n-1]
		return nil
	case 'z':
		return d.pushNumber(integer(int64(len(d.stack))), nil)
	case 'K', 'I', 'O':
		n := d.scale
		switch c {
		case 'I':
			n = d.ibase
		case 'O':
			n = d.obase
		}
		return d.pushNumber(integer(int64(n)), nil)
	case 'k', 'i', 'o':
		a, err := d.popNumber()
		if err != nil {
			return err
		}
		n, ok := a.small()
		to, least, most := &d.scale, 0, maxDigits
		switch c {
		case 'i':
			to, least, most = &d.ibase, 2, 16
		case 'o':
			to, least, most = &d.obase, 2, 999
		}
		if !ok || n < least || n > most {
			return unsupported("%c of less than %d or more than %d", c, least, most)
		}
		*to = n
		return nil
	}
	return unsupported("the command %q", c)
}

func (d *dc) print(i item) error {
	if i.isText {
		d.column += len(i.text)
		if i.text == "" {
			i.text = "\x00" // busybox prints a NUL for an empty text; "P" does not
		}
		_, err := io.WriteString(d.Out, i.text+"\n")
		return err
	}
	if err := d.spendOn(i.digits()); err != nil {
		return err
	}
	text, err := i.format(d.obase)
	if err != nil {
		return err
	}
	return d.printNumber(text, true)
}
