package awk

// braces reads { … }.
func (p *parser) braces() *block {
	b := &block{}
	p.expect(lbrace)
	for p.terminators(); p.tok != rbrace && p.tok != eof; p.terminators() {
		b.list = append(b.list, p.statement())
	}
	p.expect(rbrace)
	return b
}

// body reads the statement that a condition or loop governs.
func (p *parser) body() *block {
	p.newlines()
	switch p.tok {
	case lbrace:
		return p.braces()
	case semicolon:
		p.advance()
		return &block{}
	}
	return &block{list: []stmt{p.statement()}}
}

func (p *parser) loopBody() *block {
	p.loops++
	b := p.body()
	p.loops--
	return b
}

func (p *parser) statement() stmt {
	if !p.enter() {
		return &exprStmt{}
	}
	defer p.leave()
	at := line(p.line)
	switch p.tok {
	case lbrace:
		return &blockStmt{at, p.braces()}
	case kwIf:
		return p.ifStatement(at)
	case kwWhile:
		p.advance()
		cond := p.condition()
		return &whileStmt{line: at, cond: cond, body: p.loopBody()}
	case kwDo:
		return p.doStatement(at)
	case kwFor:
		return p.forStatement(at)
	}
	s := p.simple(at)
	p.ended()
	return s
}

// ended reads the end of a simple statement.
func (p *parser) ended() {
	switch p.tok {
	case newline, semicolon:
		p.advance()
	case rbrace, eof:
	default:
		p.unexpected()
	}
}

func (p *parser) condition() expr {
	p.expect(lparen)
	x := p.expression()
	p.expect(rparen)
	return x
}

func (p *parser) ifStatement(at line) stmt {
	p.advance()
	s := &ifStmt{line: at, cond: p.condition()}
	s.then = p.body()
	// "else" may follow a semicolon and newlines, which otherwise end the statement.
	back := p.lexer
	if p.tok == semicolon {
		p.advance()
	}
	if p.newlines(); p.tok == kwElse {
		p.advance()
		s.other = p.body()
	} else if p.err == nil {
		p.lexer = back
	}
	return s
}

func (p *parser) doStatement(at line) stmt {
	p.advance()
	s := &whileStmt{line: at, first: true, body: p.loopBody()}
	p.terminators()
	p.expect(kwWhile)
	s.cond = p.condition()
	p.ended()
	return s
}

func (p *parser) forStatement(at line) stmt {
	p.advance()
	p.expect(lparen)
	if s := p.forIn(at); s != nil {
		s.body = p.loopBody()
		return s
	}
	s := &forStmt{line: at}
	if p.tok != semicolon {
		s.init = p.expression()
	}
	p.expect(semicolon)
	if p.newlines(); p.tok != semicolon {
		s.cond = p.expression()
	}
	p.expect(semicolon)
	if p.newlines(); p.tok != rparen {
		s.post = p.expression()
	}
	p.expect(rparen)
	s.body = p.loopBody()
	return s
}

// forIn reads "NAME in NAME)", or nothing and returns nil.
func (p *parser) forIn(at line) *forInStmt {
	back := p.lexer
	if p.tok == name {
		key := p.text
		if p.advance(); p.tok == kwIn {
			if p.advance(); p.tok == name {
				array := p.text
				if p.advance(); p.tok == rparen {
					p.advance()
					return &forInStmt{line: at, target: p.variable(key), array: p.variable(array)}
				}
			}
		}
	}
	if p.err == nil {
		p.lexer = back
	}
	return nil
}

// simple reads a statement that ends at a newline, semicolon or brace.
func (p *parser) simple(at line) stmt {
	switch p.tok {
	case kwPrint, kwPrintf:
		return p.printStatement(at)
	case kwDelete:
		return p.deleteStatement(at)
	case kwBreak, kwContinue:
		if p.loops == 0 {
			p.fail("%s outside a loop", p.text)
		}
		kind := jumpBreak
		if p.tok == kwContinue {
			kind = jumpContinue
		}
		p.advance()
		return &jumpStmt{line: at, kind: kind}
	case kwNext:
		p.advance()
		return &jumpStmt{line: at, kind: jumpNext}
	case kwNextFile:
		p.advance()
		return &jumpStmt{line: at, kind: jumpNextFile}
	case kwExit:
		p.advance()
		return &jumpStmt{line: at, kind: jumpExit, value: p.optional()}
	case kwReturn:
		if !p.inBody {
			p.fail("return outside a function")
		}
		p.advance()
		return &jumpStmt{line: at, kind: jumpReturn, value: p.optional()}
	}
	return &exprStmt{at, p.expression()}
}

func (p *parser) optional() expr {
	switch p.tok {
	case newline, semicolon, rbrace, eof:
		return nil
	}
	return p.expression()
}

func (p *parser) deleteStatement(at line) stmt {
	p.advance()
	if p.tok != name {
		p.unexpected()
		return &exprStmt{}
	}
	s := &deleteStmt{line: at, array: p.variable(p.text)}
	if p.advance(); p.tok == lbracket {
		s.index = p.subscripts()
	}
	return s
}

func (p *parser) printStatement(at line) stmt {
	s := &printStmt{line: at, format: p.tok == kwPrintf}
	p.advance()
	outer := p.noGreater
	p.noGreater = true
	switch p.tok {
	case newline, semicolon, rbrace, eof, gt, appendTo, pipe:
	default:
		s.args = p.list()
		if len(s.args) == 1 {
			if g, ok := s.args[0].(*groupExpr); ok {
				s.args = g.list
			}
		}
	}
	p.noGreater = outer
	for _, x := range s.args {
		p.single(x)
	}
	if s.format && len(s.args) == 0 {
		p.fail("printf without a format")
	}
	switch p.tok {
	case gt, appendTo, pipe:
		s.kind = p.tok
		p.advance()
		p.noGreater = true
		s.to = p.binary(bindConcat)
		p.noGreater = outer
		p.single(s.to)
	}
	return s
}

// list reads expressions between commas.
func (p *parser) list() []expr {
	var list []expr
	for {
		p.assigns = p.start
		list = append(list, p.ternary())
		if p.tok != comma {
			return list
		}
		p.advance()
		p.newlines()
	}
}

// single refuses (a, b) where a value must be.
func (p *parser) single(x expr) {
	if _, ok := x.(*groupExpr); ok {
		p.fail("unexpected list in parentheses")
	}
}
