package decimal

import "math/big"

// place is what can be assigned to.
type place struct {
	name  string
	index int // of an array; -1 for a variable
}

func truth(is bool) number {
	if is {
		return integer(1)
	}
	return integer(0)
}

// expression reads an expression: "||" and "&&", which are of one rank and look at both sides, then comparisons, then assignments, then
// the rest.
func (b *bc) expression(runs bool) (value number, isAssignment bool, err error) {
	if b.depth++; b.depth > maxNesting {
		return value, false, unsupported("more than %d expressions within each other", maxNesting)
	}
	defer func() { b.depth-- }()
	value, isAssignment, err = b.comparison(runs)
	for err == nil {
		isOr := b.accept("||")
		if !isOr && !b.accept("&&") {
			break
		}
		var other number
		if other, _, err = b.comparison(runs); err == nil {
			isAssignment = false
			value = truth(isOr && (!value.isZero() || !other.isZero()) || !isOr && !value.isZero() && !other.isZero())
		}
	}
	return value, isAssignment, err
}

func (b *bc) comparison(runs bool) (value number, isAssignment bool, err error) {
	value, isAssignment, err = b.assignment(runs)
	for err == nil {
		op := b.peek()
		switch op {
		case "<", "<=", ">", ">=", "==", "!=":
		default:
			return value, isAssignment, nil
		}
		b.rest = b.rest[1:]
		other, _, otherErr := b.assignment(runs)
		if err = otherErr; err != nil {
			break
		}
		if err = b.spendOn(value.digits() + other.digits()); err != nil {
			break
		}
		c := compare(value, other)
		is := c == 0 && op[1:] == "=" && op != "!=" // what "<=", ">=" and "==" have in common
		switch op[0] {
		case '<':
			is = is || c < 0
		case '>':
			is = is || c > 0
		case '!':
			is = c != 0
		}
		value = truth(is)
		isAssignment = false
	}
	return value, isAssignment, err
}

// assignment reads "PLACE = EXPRESSION" and its like, or a sum.
func (b *bc) assignment(runs bool) (value number, isAssignment bool, err error) {
	if at, ok, err := b.place(runs); err != nil {
		return value, false, err
	} else if ok {
		switch op := b.peek(); op {
		case "=", "+=", "-=", "*=", "/=", "%=", "^=":
			b.rest = b.rest[1:]
			if value, _, err = b.assignment(runs); err != nil || !runs {
				return value, true, err
			}
			if op != "=" {
				if value, err = b.calculate(op[0], b.value(at), value, b.scale); err != nil {
					return value, true, err
				}
			}
			return value, true, b.assign(at, value)
		}
		b.read = &at
	}
	value, err = b.sum(runs)
	return value, false, err
}

func (b *bc) sum(runs bool) (number, error) { return b.chain(runs, "+-", b.product) }

func (b *bc) product(runs bool) (number, error) { return b.chain(runs, "*/%", b.power) }

// chain reads operands with operators of one rank between them, from left to right.
func (b *bc) chain(runs bool, ops string, operand func(bool) (number, error)) (number, error) {
	value, err := operand(runs)
	for err == nil && len(b.peek()) == 1 && containsByte(ops, b.peek()[0]) {
		op := b.peek()[0]
		b.rest = b.rest[1:]
		var other number
		if other, err = operand(runs); err == nil && runs {
			value, err = b.calculate(op, value, other, b.scale)
		}
	}
	return value, err
}

func containsByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}

// power reads "A ^ B ^ C", from right to left.
func (b *bc) power(runs bool) (number, error) {
	if b.depth++; b.depth > maxNesting {
		return number{}, unsupported("more than %d expressions within each other", maxNesting)
	}
	defer func() { b.depth-- }()
	value, err := b.unary(runs)
	if err != nil || !b.accept("^") {
		return value, err
	}
	exponent, err := b.power(runs)
	if err != nil || !runs {
		return value, err
	}
	return b.calculate('^', value, exponent, b.scale)
}

func (b *bc) unary(runs bool) (number, error) {
	if b.depth++; b.depth > maxNesting {
		return number{}, unsupported("more than %d expressions within each other", maxNesting)
	}
	defer func() { b.depth-- }()
	switch {
	case b.read != nil:
		at := *b.read
		b.read, b.isSigned = nil, false
		return b.variable(at, runs)
	case b.accept("-"):
		b.isSigned = true
		value, err := b.unary(runs)
		if err == nil {
			value = number{new(big.Int).Neg(value.v), value.scale}
		}
		return value, err
	case b.accept("!"):
		if b.isSigned {
			return number{}, unsupported("! behind - or !(")
		}
		b.isSigned = b.peek() != "!"
		value, err := b.unary(runs)
		if err == nil {
			value = truth(value.isZero())
		}
		return value, err
	}
	return b.primary(runs)
}

func (b *bc) primary(runs bool) (number, error) {
	if b.accept("(") {
		value, _, err := b.expression(runs)
		if err == nil {
			err = b.want(")")
		}
		return value, err
	}
	b.isSigned = false
	for _, op := range []string{"++", "--"} {
		if b.accept(op) {
			at, ok, err := b.place(runs)
			if err == nil && !ok {
				err = unsupported("%s of no variable", op)
			}
			if err != nil || !runs {
				return integer(0), err
			}
			value, err := b.calculate(op[0], b.value(at), integer(1), b.scale)
			if err != nil {
				return value, err
			}
			return value, b.assign(at, value)
		}
	}
	if len(b.rest) > 0 && b.rest[0].kind == 'n' {
		text := b.rest[0].text
		b.rest = b.rest[1:]
		return b.parse(text, b.ibase)
	}
	switch name := b.peek(); name {
	case "sqrt", "length", "scale":
		if len(b.rest) > 1 && b.rest[1].text == "(" {
			return b.call(runs, name)
		}
	}
	at, ok, err := b.place(runs)
	switch {
	case err != nil:
		return integer(0), err
	case !ok:
		return integer(0), unsupported("%q in an expression", b.peek())
	}
	return b.variable(at, runs)
}

// variable is the value of a place, which may change behind it.
func (b *bc) variable(at place, runs bool) (number, error) {
	value := b.value(at)
	for _, op := range []string{"++", "--"} {
		if b.accept(op) && runs {
			next, err := b.calculate(op[0], value, integer(1), b.scale)
			if err == nil {
				err = b.assign(at, next)
			}
			return value, err
		}
	}
	return value, nil
}

func (b *bc) call(runs bool, name string) (number, error) {
	b.rest = b.rest[2:]
	value, _, err := b.expression(runs)
	if err == nil {
		err = b.want(")")
	}
	if err != nil || !runs {
		return integer(0), err
	}
	switch name {
	case "sqrt":
		return b.root(value, b.scale)
	case "length":
		if err := b.spendOn(value.digits()); err != nil {
			return value, err
		}
		return value.length(), nil
	}
	return integer(int64(value.scale)), nil
}

// place reads the name of a variable or an element of an array, if there is one.
func (b *bc) place(runs bool) (at place, ok bool, err error) {
	if len(b.rest) == 0 || b.rest[0].kind != 'v' && b.rest[0].text != "." {
		return at, false, nil
	}
	name := b.rest[0].text
	switch name {
	case ".":
		name = "last"
	case "sqrt", "length":
		return at, false, nil
	case "define", "auto", "break", "continue", "else", "for", "halt", "if", "limits", "print", "quit", "read", "return", "while":
		return at, false, unsupported("%s in an expression", name)
	}
	if len(b.rest) > 1 && b.rest[1].text == "(" && b.rest[1].kind == 'o' {
		if name == "scale" {
			return at, false, nil
		}
		return at, false, unsupported("the function %s", name)
	}
	b.rest = b.rest[1:]
	at = place{name, -1}
	if !b.accept("[") {
		return at, true, nil
	}
	value, _, err := b.expression(runs)
	if err == nil {
		err = b.want("]")
	}
	if err != nil {
		return at, false, err
	}
	if at.index, ok = value.small(); !ok || at.index < 0 {
		return at, false, unsupported("the index of an array below 0, or above 2147483647,")
	}
	return at, true, nil
}

func (b *bc) value(at place) number {
	value, ok := b.values[at.name]
	switch {
	case at.index >= 0:
		value, ok = b.arrays[at.name][at.index]
	case at.name == "scale":
		return integer(int64(b.scale))
	case at.name == "ibase":
		return integer(int64(b.ibase))
	case at.name == "obase":
		return integer(int64(b.obase))
	case at.name == "last":
		return b.last
	}
	if !ok {
		return integer(0)
	}
	return value
}

func (b *bc) assign(at place, value number) error {
	if at.index >= 0 {
		if b.arrays[at.name] == nil {
			b.arrays[at.name] = make(map[int]number)
		}
		b.arrays[at.name][at.index] = value
		return b.Spend(64 + value.v.BitLen()/8)
	}
	set := func(to *int, least, most int) error {
		n, ok := value.small()
		if !ok || n < least || n > most {
			return unsupported("%s of less than %d or more than %d", at.name, least, most)
		}
		*to = n
		return nil
	}
	switch at.name {
	case "scale":
		return set(&b.scale, 0, maxDigits)
	case "ibase":
		return set(&b.ibase, 2, 16)
	case "obase":
		return set(&b.obase, 2, 999)
	case "last":
		b.last = value
		return nil
	}
	b.values[at.name] = value
	return b.Spend(64 + value.v.BitLen()/8)
}
