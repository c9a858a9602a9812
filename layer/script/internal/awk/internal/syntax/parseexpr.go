package syntax

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
	Or: bindOr, And: bindAnd, kwIn: bindIn, Match: bindMatch, NoMatch: bindMatch, Lt: bindCompare, Le: bindCompare, Eq: bindCompare,
	Ne: bindCompare, Gt: bindCompare, Ge: bindCompare, Add: bindAdd, Sub: bindAdd, Mul: bindMul, Div: bindMul, Mod: bindMul, Pow: bindPow,
	Pipe: bindConcat,
}

// assignOps are the operators of assignments, with that which each applies.
var assignOps = map[Token]Token{
	Assign: Assign, addAssign: Add, subAssign: Sub, mulAssign: Mul, divAssign: Div, modAssign: Mod, powAssign: Pow,
}

// expression reads one expression that is a value.
func (p *parser) expression() Expr {
	p.assigns = p.start
	return p.value()
}

// value is expression without an assignment, unless that is in parentheses.
func (p *parser) value() Expr {
	x := p.ternary()
	p.single(x)
	return x
}

func (p *parser) ternary() Expr {
	if !p.enter() {
		return &NumberExpr{}
	}
	defer p.leave()
	x := p.binary(bindOr)
	if p.tok != question {
		return x
	}
	p.single(x)
	p.advance()
	p.newlines()
	c := &CondExpr{Cond: x}
	c.Yes = p.value()
	p.newlines()
	p.expect(colon)
	p.newlines()
	c.No = p.value()
	return c
}

// binary reads an expression whose operators bind at least as tightly as least.
func (p *parser) binary(least int) Expr {
	if !p.enter() {
		return &NumberExpr{}
	}
	defer p.leave()
	x := p.unary()
	for p.err == nil {
		op := p.tok
		bind := int(bindings[op])
		switch {
		case (op == Ge || op == Or) && p.noGreater:
			p.unexpected() // what begins with ">" or "|" redirects
		case op == Gt && p.noGreater, op == Pipe && !p.pipesIntoGetline():
			return x
		case bind == 0 && p.startsOperand():
			op, bind = Concat, bindConcat
		}
		if bind == 0 || bind < least {
			return x
		}
		if op == kwIn {
			x = p.in(x)
			if bindings[p.tok] > bindIn && p.tok != Pipe && !(p.tok == Gt && p.noGreater) || p.startsOperand() {
				p.unexpected() // busybox takes it for part of the array's name
			}
			continue
		}
		p.single(x)
		switch op {
		case Concat:
		case Pipe:
			p.advance()
			p.advance()
			p.changes++
			x = &GetlineExpr{Command: x, Target: p.lvalue(), Line: p.line}
			continue
		default:
			p.advance()
		}
		if op == And || op == Or {
			p.newlines()
		}
		changes := p.changes
		y := p.binary(bind + 1)
		p.single(y)
		x = &BinaryExpr{Op: op, X: x, Y: y, Alters: p.changes > changes}
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
	case name, funcName, builtinName, number, stringLit, dollar, Not, lparen, incr, decr, kwGetline:
		return true
	}
	return false
}

// in reads the array of "KEY in ARRAY".
func (p *parser) in(x Expr) Expr {
	p.advance()
	if p.tok != name {
		p.unexpected()
		return x
	}
	e := &InExpr{Index: []Expr{x}, Array: p.variable(p.text)}
	if g, ok := x.(*groupExpr); ok {
		e.Index = g.list
	}
	p.advance()
	return e
}

// unary reads operators before an operand. They bind less than "^".
func (p *parser) unary() Expr {
	switch op := p.tok; op {
	case Not, Add, Sub:
		if !p.enter() {
			return &NumberExpr{}
		}
		defer p.leave()
		p.advance()
		x := p.unary()
		p.single(x)
		return &UnaryExpr{Op: op, X: x}
	}
	return p.power()
}

// power reads operands around "^", which busybox groups from the left.
func (p *parser) power() Expr {
	x := p.postfix()
	for p.tok == Pow {
		p.single(x)
		p.advance()
		var y Expr
		switch op := p.tok; op {
		case Not, Add, Sub:
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
		x = &BinaryExpr{Op: Pow, X: x, Y: y}
	}
	return x
}

// signed reads the operand of a sign in an exponent, which goes on behind a "^".
func (p *parser) signed(op Token) Expr {
	if inner := p.tok; inner == Not || inner == Add || inner == Sub {
		if !p.enter() {
			return &NumberExpr{}
		}
		defer p.leave()
		p.advance()
		return &UnaryExpr{Op: op, X: p.signed(inner)}
	}
	return &UnaryExpr{Op: op, X: p.power()}
}

// postfix reads an operand with ++ or -- on either side, or an assignment to it.
func (p *parser) postfix() Expr {
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
		p.changes++
		return &StepExpr{Target: x, Delta: delta, Prefix: true}
	}
	mayAssign := p.start == p.assigns
	x := p.primary()
	target := x
	for inner, ok := x.(*ParenExpr); ok; inner, ok = target.(*ParenExpr) {
		target = inner.X
	}
	if p.tok == incr || p.tok == decr {
		return p.stepped(x, target)
	}
	if !isLvalue(target) {
		return x
	}
	if op, ok := assignOps[p.tok]; ok {
		if !mayAssign {
			p.unexpected()
		}
		p.changes++
		p.advance()
		p.newlines()
		return &AssignExpr{Op: op, Target: target, Value: p.expression()}
	}
	return x
}

// stepped reads ++ or -- behind an operand. Behind a parenthesis it is never that of the next operand.
func (p *parser) stepped(x, target Expr) Expr {
	delta := 1.0
	if p.tok == decr {
		delta = -1
	}
	if isLvalue(target) {
		p.changes++
		p.advance()
		return &StepExpr{Target: target, Delta: delta}
	}
	switch x := x.(type) {
	case *ParenExpr:
		switch target.(type) {
		case *CondExpr, *AssignExpr, *NumberExpr, *StringExpr:
			p.unexpected() // busybox steps the variable that was chosen or set, or the number as it stands in the program
		}
	case *CallExpr:
	case *BuiltinExpr:
		if x.Args == nil {
			return x
		}
	default:
		return x
	}
	p.advance()
	return &UnaryExpr{Op: Add, X: x}
}

func isLvalue(x Expr) bool {
	switch x.(type) {
	case *VarExpr, *FieldExpr, *IndexExpr:
		return true
	}
	return false
}

func (p *parser) primary() Expr {
	if !p.enter() {
		return &NumberExpr{}
	}
	defer p.leave()
	switch p.tok {
	case number:
		x := &NumberExpr{p.num}
		p.advance()
		return x
	case stringLit:
		x := &StringExpr{p.text}
		p.advance()
		return x
	case Div, divAssign:
		if text := p.regex(); text != "" {
			p.fail("%s", text)
			return &NumberExpr{}
		}
		x := &RegexExpr{p.text}
		p.program.Literals = append(p.program.Literals, p.text)
		p.advance()
		return x
	case lparen:
		return p.parenthesis()
	case dollar:
		p.advance()
		x := p.fieldIndex()
		if _, ok := x.(*NumberExpr); ok && (p.tok == incr || p.tok == decr) {
			p.unexpected() // busybox takes it for part of the number
		}
		return &FieldExpr{x}
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
	return &NumberExpr{}
}

// fieldIndex reads what "$" stands before: an operand, with signs and ++ before it.
func (p *parser) fieldIndex() Expr {
	switch op := p.tok; op {
	case incr, decr:
		return p.postfix()
	case Add, Sub, Not:
		if !p.enter() {
			return &NumberExpr{}
		}
		defer p.leave()
		p.advance()
		return &UnaryExpr{Op: op, X: p.fieldIndex()}
	}
	x := p.primary()
	p.single(x)
	return x
}

func (p *parser) parenthesis() Expr {
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
		return &ParenExpr{list[0]}
	}
	return &groupExpr{list}
}

func (p *parser) subscripts() []Expr {
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
func (p *parser) named() Expr {
	v := p.variable(p.text)
	if p.advance(); p.tok == lbracket {
		return &IndexExpr{Array: v, Index: p.subscripts()}
	}
	return v
}

// arguments reads ( … ).
func (p *parser) arguments() []Expr {
	greater := p.noGreater
	p.noGreater = false
	defer func() { p.noGreater = greater }()
	p.expect(lparen)
	p.newlines()
	var list []Expr
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

func (p *parser) call() Expr {
	x := &CallExpr{Fn: p.function(p.text), Line: p.line}
	p.changes++
	p.advance()
	x.Args = p.arguments()
	return x
}

func (p *parser) builtin() Expr {
	text := p.text
	x := &BuiltinExpr{Fn: builtins[text], Line: p.line}
	changes := p.changes
	if p.advance(); p.tok == lparen {
		x.Args = p.arguments()
		x.Alters = p.changes > changes
	} else if text != "length" {
		p.fail("%s without parentheses", text)
	} else {
		switch p.tok { // which may follow an operand, but which busybox does not accept here
		case dollar, Not, incr, decr, rparen, rbracket, lbrace, eof, kwIn:
			p.unexpected()
		case Gt, AppendTo, Pipe:
			if p.noGreater {
				p.unexpected() // busybox compares
			}
		}
	}
	limits := builtinArgs[x.Fn]
	if len(x.Args) < limits[0] || len(x.Args) > limits[1] {
		p.fail("%s with %d arguments", text, len(x.Args))
		return x
	}
	p.checkBuiltin(x, text)
	return x
}

// checkBuiltin refuses arguments that must be variables and are not. It counts the functions that set some.
func (p *parser) checkBuiltin(x *BuiltinExpr, text string) {
	switch x.Fn {
	case FnMatch:
		p.changes++
	case FnSplit:
		p.changes++
		if _, ok := x.Args[1].(*VarExpr); !ok {
			p.fail("the second argument of %s is not an array", text)
		}
	case FnSub, FnGsub:
		p.changes++
		if len(x.Args) == 3 && !isLvalue(x.Args[2]) {
			p.fail("the third argument of %s is not a variable", text)
		}
	}
}

// lvalue reads the variable that getline sets, if there is one.
func (p *parser) lvalue() Expr {
	switch p.tok {
	case name, dollar:
		return p.primary()
	}
	return nil
}

func (p *parser) getline() Expr {
	x := &GetlineExpr{Line: p.line}
	p.changes++
	p.advance()
	x.Target = p.lvalue()
	if p.tok == Lt {
		p.advance()
		x.File = p.primary()
		p.single(x.File)
	}
	return x
}
