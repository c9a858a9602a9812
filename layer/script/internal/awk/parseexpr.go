package awk

// How tightly operators bind, from the loosest.
const (
	bindOr = iota + 1
	bindAnd
	bindIn
	bindMatch
	bindCompare
	bindConcat
	bindAdd
	bindMul
	bindUnary
	bindPow
)

var bindings = [256]uint8{
	or: bindOr, and: bindAnd, kwIn: bindIn, match: bindMatch, noMatch: bindMatch, lt: bindCompare, le: bindCompare, eq: bindCompare,
	ne: bindCompare, gt: bindCompare, ge: bindCompare, add: bindAdd, sub: bindAdd, mul: bindMul, div: bindMul, mod: bindMul, pow: bindPow,
	pipe: bindConcat,
}

// assignOps are the operators of assignments, with that which each applies.
var assignOps = map[token]token{
	assign: assign, addAssign: add, subAssign: sub, mulAssign: mul, divAssign: div, modAssign: mod, powAssign: pow,
}

// expression reads one expression that is a value.
func (p *parser) expression() expr {
	p.assigns = p.start
	return p.value()
}

// value is expression without an assignment, unless that is in parentheses.
func (p *parser) value() expr {
	x := p.ternary()
	p.single(x)
	return x
}

func (p *parser) ternary() expr {
	if !p.enter() {
		return &numberExpr{}
	}
	defer p.leave()
	x := p.binary(bindOr)
	if p.tok != question {
		return x
	}
	p.single(x)
	p.advance()
	p.newlines()
	c := &condExpr{cond: x}
	c.yes = p.value()
	p.newlines()
	p.expect(colon)
	p.newlines()
	c.no = p.value()
	return c
}

// binary reads an expression whose operators bind at least as tightly as least.
func (p *parser) binary(least int) expr {
	if !p.enter() {
		return &numberExpr{}
	}
	defer p.leave()
	x := p.unary()
	for p.err == nil {
		op := p.tok
		bind := int(bindings[op])
		switch {
		case (op == ge || op == or) && p.noGreater:
			p.unexpected() // what begins with ">" or "|" redirects
		case op == gt && p.noGreater, op == pipe && !p.pipesIntoGetline():
			return x
		case bind == 0 && p.startsOperand():
			op, bind = concat, bindConcat
		}
		if bind == 0 || bind < least {
			return x
		}
		if op == kwIn {
			x = p.in(x)
			if bindings[p.tok] > bindIn && p.tok != pipe && !(p.tok == gt && p.noGreater) || p.startsOperand() {
				p.unexpected() // busybox takes it for part of the array's name
			}
			continue
		}
		p.single(x)
		switch op {
		case concat:
		case pipe:
			p.advance()
			p.advance()
			x = &getlineExpr{command: x, target: p.lvalue(), line: p.line}
			continue
		default:
			p.advance()
		}
		if op == and || op == or {
			p.newlines()
		}
		y := p.binary(bind + 1)
		p.single(y)
		x = &binaryExpr{op: op, x: x, y: y}
	}
	return x
}

// pipesIntoGetline reports whether "|" is followed by getline.
func (p *parser) pipesIntoGetline() bool {
	ahead := p.lexer
	return ahead.next() == "" && ahead.tok == kwGetline
}

// startsOperand reports whether the token begins an operand that is concatenated. "+" and "-"
// are operators there, and "/" divides.
func (p *parser) startsOperand() bool {
	switch p.tok {
	case name, funcName, builtinName, number, stringLit, dollar, not, lparen, incr, decr, kwGetline:
		return true
	}
	return false
}

// in reads the array of "KEY in ARRAY".
func (p *parser) in(x expr) expr {
	p.advance()
	if p.tok != name {
		p.unexpected()
		return x
	}
	e := &inExpr{index: []expr{x}, array: p.variable(p.text)}
	if g, ok := x.(*groupExpr); ok {
		e.index = g.list
	}
	p.advance()
	return e
}

// unary reads operators before an operand. They bind less than "^".
func (p *parser) unary() expr {
	switch op := p.tok; op {
	case not, add, sub:
		if !p.enter() {
			return &numberExpr{}
		}
		defer p.leave()
		p.advance()
		x := p.unary()
		p.single(x)
		return &unaryExpr{op: op, x: x}
	}
	return p.power()
}

// power reads operands around "^", which busybox groups from the left.
func (p *parser) power() expr {
	x := p.postfix()
	for p.tok == pow {
		p.single(x)
		p.advance()
		var y expr
		switch op := p.tok; op {
		case not, add, sub:
			if !p.enter() {
				return x
			}
			p.advance()
			y = p.signed(op)
			p.leave()
		default:
			y = p.postfix()
		}
		p.single(y)
		x = &binaryExpr{op: pow, x: x, y: y}
	}
	return x
}

// signed reads the operand of a sign in an exponent.
func (p *parser) signed(op token) expr {
	if inner := p.tok; inner == not || inner == add || inner == sub {
		if !p.enter() {
			return &numberExpr{}
		}
		defer p.leave()
		p.advance()
		return &unaryExpr{op: op, x: p.signed(inner)}
	}
	return &unaryExpr{op: op, x: p.postfix()}
}

// postfix reads an operand with ++ or -- on either side, or an assignment to it.
func (p *parser) postfix() expr {
	if p.tok == incr || p.tok == decr {
		delta := 1.0
		if p.tok == decr {
			delta = -1
		}
		p.advance()
		x := p.primary()
		if !isLvalue(x) {
			p.unexpected()
		}
		return &stepExpr{target: x, delta: delta, prefix: true}
	}
	mayAssign := p.start == p.assigns
	x := p.primary()
	if !isLvalue(x) {
		return x
	}
	switch p.tok {
	case incr:
		p.advance()
		return &stepExpr{target: x, delta: 1}
	case decr:
		p.advance()
		return &stepExpr{target: x, delta: -1}
	}
	if op, ok := assignOps[p.tok]; ok {
		if !mayAssign {
			p.unexpected()
		}
		p.advance()
		p.newlines()
		return &assignExpr{op: op, target: x, value: p.expression()}
	}
	return x
}

func isLvalue(x expr) bool {
	switch x.(type) {
	case *varExpr, *fieldExpr, *indexExpr:
		return true
	}
	return false
}

func (p *parser) primary() expr {
	if !p.enter() {
		return &numberExpr{}
	}
	defer p.leave()
	switch p.tok {
	case number:
		x := &numberExpr{p.num}
		p.advance()
		return x
	case stringLit:
		x := &stringExpr{p.text}
		p.advance()
		return x
	case div, divAssign:
		if text := p.regex(); text != "" {
			p.fail("%s", text)
			return &numberExpr{}
		}
		x := &regexExpr{p.text}
		p.program.literals = append(p.program.literals, p.text)
		p.advance()
		return x
	case lparen:
		return p.parenthesis()
	case dollar:
		p.advance()
		x := p.fieldIndex()
		if _, ok := x.(*numberExpr); ok && (p.tok == incr || p.tok == decr) {
			p.unexpected() // busybox takes it for part of the number
		}
		return &fieldExpr{x}
	case name:
		return p.named()
	case funcName:
		return p.call()
	case builtinName:
		return p.builtin()
	case kwGetline:
		return p.getline()
	}
	p.unexpected()
	return &numberExpr{}
}

// fieldIndex reads what "$" stands before: an operand, with signs and ++ before it.
func (p *parser) fieldIndex() expr {
	switch op := p.tok; op {
	case incr, decr:
		return p.postfix()
	case add, sub, not:
		if !p.enter() {
			return &numberExpr{}
		}
		defer p.leave()
		p.advance()
		return &unaryExpr{op: op, x: p.fieldIndex()}
	}
	x := p.primary()
	p.single(x)
	return x
}

func (p *parser) parenthesis() expr {
	greater := p.noGreater
	p.noGreater = false
	p.advance()
	p.newlines()
	list := p.list()
	p.newlines()
	p.expect(rparen)
	p.noGreater = greater
	for _, x := range list {
		p.single(x)
	}
	if len(list) == 1 {
		return &groupedExpr{list[0]}
	}
	return &groupExpr{list}
}

// groupedExpr is an expression in parentheses, which can not be assigned to.
type groupedExpr struct{ x expr }

func (p *parser) subscripts() []expr {
	greater := p.noGreater
	p.noGreater = false
	p.advance()
	list := p.list()
	p.expect(rbracket)
	p.noGreater = greater
	for _, x := range list {
		p.single(x)
	}
	return list
}

// named reads a variable or an element. With a blank before a parenthesis, the name of a function is that of a variable.
func (p *parser) named() expr {
	v := p.variable(p.text)
	if p.advance(); p.tok == lbracket {
		return &indexExpr{array: v, index: p.subscripts()}
	}
	return v
}

// arguments reads ( … ).
func (p *parser) arguments() []expr {
	greater := p.noGreater
	p.noGreater = false
	defer func() { p.noGreater = greater }()
	p.expect(lparen)
	p.newlines()
	var list []expr
	if p.tok != rparen {
		list = p.list()
	}
	p.newlines()
	p.expect(rparen)
	for _, x := range list {
		p.single(x)
	}
	return list
}

func (p *parser) call() expr {
	x := &callExpr{fn: p.function(p.text), line: p.line}
	p.advance()
	x.args = p.arguments()
	return x
}

func (p *parser) builtin() expr {
	text := p.text
	x := &builtinExpr{fn: builtins[text], line: p.line}
	if p.advance(); p.tok == lparen {
		x.args = p.arguments()
	} else if text != "length" {
		p.fail("%s without parentheses", text)
	} else {
		switch p.tok { // which may follow an operand, but which busybox does not accept here
		case dollar, not, incr, decr, rparen, rbracket, lbrace, eof, kwIn:
			p.unexpected()
		case gt, appendTo, pipe:
			if p.noGreater {
				p.unexpected() // busybox compares
			}
		}
	}
	limits := builtinArgs[x.fn]
	if len(x.args) < limits[0] || len(x.args) > limits[1] {
		p.fail("%s with %d arguments", text, len(x.args))
		return x
	}
	p.checkBuiltin(x, text)
	return x
}

// checkBuiltin refuses arguments that must be variables and are not.
func (p *parser) checkBuiltin(x *builtinExpr, text string) {
	switch x.fn {
	case fnSplit:
		if _, ok := x.args[1].(*varExpr); !ok {
			p.fail("the second argument of %s is not an array", text)
		}
	case fnSub, fnGsub:
		if len(x.args) == 3 && !isLvalue(x.args[2]) {
			p.fail("the third argument of %s is not a variable", text)
		}
	}
}

// lvalue reads the variable that getline sets, if there is one.
func (p *parser) lvalue() expr {
	switch p.tok {
	case name, dollar:
		return p.primary()
	}
	return nil
}

func (p *parser) getline() expr {
	x := &getlineExpr{line: p.line}
	p.advance()
	x.target = p.lvalue()
	if p.tok == lt {
		p.advance()
		x.file = p.primary()
		p.single(x.file)
	}
	return x
}
