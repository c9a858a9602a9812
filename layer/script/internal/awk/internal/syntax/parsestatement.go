package syntax

// braces reads { … }.
func (p *parser) braces() *Block {
	b := &Block{}
	p.expect(lbrace)
	for p.terminators(); p.tok != rbrace && p.tok != eof; p.terminators() {
		b.List = append(b.List, p.statement())
	}
	p.expect(rbrace)
	return b
}

// body reads the statement that a condition or loop governs.
func (p *parser) body() *Block {
	p.newlines()
	switch p.tok {
	case lbrace:
		return p.braces()
	case semicolon:
		p.advance()
		return &Block{}
	}
	return &Block{List: []Stmt{p.statement()}}
}

func (p *parser) loopBody() *Block {
	p.loops++
	b := p.body()
	p.loops--
	return b
}

func (p *parser) statement() Stmt {
	if !p.enter() {
		return &ExprStmt{}
	}
	defer p.leave()
	at := line(p.line)
	switch p.tok {
	case lbrace:
		return &BlockStmt{at, p.braces()}
	case kwIf:
		return p.ifStatement(at)
	case kwWhile:
		p.advance()
		cond := p.condition()
		return &WhileStmt{line: at, Cond: cond, Body: p.loopBody()}
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

func (p *parser) condition() Expr {
	p.expect(lparen)
	x := p.expression()
	p.expect(rparen)
	return x
}

func (p *parser) ifStatement(at line) Stmt {
	p.advance()
	s := &IfStmt{line: at, Cond: p.condition()}
	s.Then = p.body()
	// "else" may follow a semicolon and newlines, which otherwise end the statement.
	back := p.lexer
	if p.tok == semicolon {
		p.advance()
	}
	if p.newlines(); p.tok == kwElse {
		p.advance()
		s.Other = p.body()
	} else if p.err == nil {
		p.lexer = back
	}
	return s
}

func (p *parser) doStatement(at line) Stmt {
	p.advance()
	s := &WhileStmt{line: at, First: true, Body: p.loopBody()}
	p.terminators()
	p.expect(kwWhile)
	s.Cond = p.condition()
	p.ended()
	return s
}

func (p *parser) forStatement(at line) Stmt {
	p.advance()
	p.expect(lparen)
	if s := p.forIn(at); s != nil {
		s.Body = p.loopBody()
		return s
	}
	s := &ForStmt{line: at}
	if p.tok != semicolon {
		s.Init = p.expression()
	}
	p.expect(semicolon)
	if p.newlines(); p.tok != semicolon {
		s.Cond = p.expression()
	}
	p.expect(semicolon)
	if p.newlines(); p.tok != rparen {
		s.Post = p.expression()
	}
	p.expect(rparen)
	s.Body = p.loopBody()
	return s
}

// forIn reads "NAME in NAME)", or nothing and returns nil.
func (p *parser) forIn(at line) *ForInStmt {
	back := p.lexer
	if p.tok == name {
		key := p.text
		if p.advance(); p.tok == kwIn {
			if p.advance(); p.tok == name {
				array := p.text
				if p.advance(); p.tok == rparen {
					p.advance()
					return &ForInStmt{line: at, Target: p.variable(key), Array: p.variable(array)}
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
func (p *parser) simple(at line) Stmt {
	switch p.tok {
	case kwPrint, kwPrintf:
		return p.printStatement(at)
	case kwDelete:
		return p.deleteStatement(at)
	case kwBreak, kwContinue:
		if p.loops == 0 {
			p.fail("%s outside a loop", p.text)
		}
		kind := JumpBreak
		if p.tok == kwContinue {
			kind = JumpContinue
		}
		p.advance()
		return &JumpStmt{line: at, Kind: kind}
	case kwNext:
		p.advance()
		return &JumpStmt{line: at, Kind: JumpNext}
	case kwNextFile:
		p.advance()
		return &JumpStmt{line: at, Kind: JumpNextFile}
	case kwExit:
		p.advance()
		return &JumpStmt{line: at, Kind: JumpExit, Value: p.optional()}
	case kwReturn:
		if !p.inBody {
			p.fail("return outside a function")
		}
		p.advance()
		return &JumpStmt{line: at, Kind: JumpReturn, Value: p.optional()}
	}
	return &ExprStmt{at, p.expression()}
}

func (p *parser) optional() Expr {
	switch p.tok {
	case newline, semicolon, rbrace, eof:
		return nil
	}
	return p.expression()
}

func (p *parser) deleteStatement(at line) Stmt {
	p.advance()
	if p.tok != name {
		p.unexpected()
		return &ExprStmt{}
	}
	s := &DeleteStmt{line: at, Array: p.variable(p.text)}
	if p.advance(); p.tok == lbracket {
		s.Index = p.subscripts()
	}
	return s
}

func (p *parser) printStatement(at line) Stmt {
	s := &PrintStmt{line: at, Format: p.tok == kwPrintf}
	p.advance()
	outer := p.noGreater
	p.noGreater = true
	switch p.tok {
	case newline, semicolon, rbrace, eof, Gt, AppendTo, Pipe:
	default:
		s.Args = p.list()
		if len(s.Args) == 1 {
			if g, ok := s.Args[0].(*groupExpr); ok {
				s.Args = g.list
			}
		}
	}
	p.noGreater = outer
	for _, x := range s.Args {
		p.single(x)
	}
	if s.Format && len(s.Args) == 0 {
		p.fail("printf without a format")
	}
	switch p.tok {
	case Gt, AppendTo, Pipe:
		s.Kind = p.tok
		p.advance()
		p.noGreater = true
		s.To = p.binary(bindConcat)
		p.noGreater = outer
		p.single(s.To)
	}
	return s
}

// list reads expressions between commas.
func (p *parser) list() []Expr {
	var list []Expr
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
func (p *parser) single(x Expr) {
	if _, ok := x.(*groupExpr); ok {
		p.fail("unexpected list in parentheses")
	}
}
