package awk

import "fmt"

// SyntaxError is a program that cannot be parsed.
type SyntaxError struct {
	Line int
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Bounds of a program.
const (
	maxSource  = 1 << 20 // bytes
	maxNesting = 500     // of statements and expressions within each other
)

// Parse reads a program. The error is a *[SyntaxError].
func Parse(src string) (*Program, error) {
	if len(src) > maxSource {
		return nil, &SyntaxError{Line: 1, Text: fmt.Sprintf("program is longer than %d bytes", maxSource)}
	}
	p := &parser{
		lexer:     lexer{src: src, line: 1},
		program:   &Program{slots: make(map[string]int)},
		functions: make(map[string]*function),
	}
	for _, name := range specialNames {
		p.slot(name)
	}
	p.advance()
	for p.tok != eof && p.err == nil {
		p.item()
	}
	for _, f := range p.program.functions {
		if !f.defined {
			p.failAt(f.line, "call of undefined function %s", f.name)
		} else if _, ok := p.program.slots[f.name]; ok {
			p.failAt(f.line, "function %s is used as a variable", f.name)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.program, nil
}

// parser reads a program from the left. Its first error stays, and from then on every token
// is eof, so that all loops end.
type parser struct {
	lexer
	program   *Program
	functions map[string]*function
	locals    map[string]int // of the function being read
	err       error
	depth     int
	loops     int
	inBody    bool // of a function
	noGreater bool // ">" redirects
}

func (p *parser) advance() {
	if p.err != nil {
		p.tok = eof
		return
	}
	if text := p.next(); text != "" {
		p.fail("%s", text)
	}
}

func (p *parser) fail(format string, args ...any) { p.failAt(p.line, format, args...) }

func (p *parser) failAt(line int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Line: line, Text: fmt.Sprintf(format, args...)}
	}
	p.tok = eof
}

// enter counts nesting; the caller leaves again.
func (p *parser) enter() bool {
	if p.depth++; p.depth > maxNesting {
		p.fail("more than %d statements and expressions within each other", maxNesting)
		return false
	}
	return true
}

func (p *parser) leave() { p.depth-- }

func (p *parser) unexpected() {
	if p.tok == eof {
		p.fail("unexpected end of program")
		return
	}
	p.fail("unexpected %q", p.src[p.start:min(p.pos, p.start+40)])
}

// expect reads a token that must be next.
func (p *parser) expect(tok token) {
	if p.tok != tok {
		p.unexpected()
		return
	}
	p.advance()
}

func (p *parser) newlines() {
	for p.tok == newline {
		p.advance()
	}
}

func (p *parser) terminators() {
	for p.tok == newline || p.tok == semicolon {
		p.advance()
	}
}

// slot returns the number of a global variable.
func (p *parser) slot(name string) int {
	slot, ok := p.program.slots[name]
	if !ok {
		slot = len(p.program.globals)
		p.program.slots[name] = slot
		p.program.globals = append(p.program.globals, name)
	}
	return slot
}

func (p *parser) variable(name string) *varExpr {
	if slot, ok := p.locals[name]; ok {
		return &varExpr{name: name, slot: slot, local: true}
	}
	if name == "ERRNO" {
		p.fail("ERRNO is not supported")
	}
	return &varExpr{name: name, slot: p.slot(name)}
}

// function returns a function by name, which may be defined later.
func (p *parser) function(name string) *function {
	f := p.functions[name]
	if f == nil {
		f = &function{name: name, line: p.line}
		p.functions[name] = f
		p.program.functions = append(p.program.functions, f)
	}
	return f
}

// item reads a rule or function.
func (p *parser) item() {
	switch p.tok {
	case newline, semicolon:
		p.advance()
	case kwBegin:
		p.advance()
		p.newlines()
		p.program.begin = append(p.program.begin, p.braces())
	case kwEnd:
		p.advance()
		p.newlines()
		p.program.end = append(p.program.end, p.braces())
	case kwFunction:
		p.definition()
	default:
		p.rule()
	}
}

func (p *parser) rule() {
	r := &rule{line: p.line, index: len(p.program.rules)}
	if p.tok != lbrace {
		r.pattern = p.expression()
		if p.tok == comma {
			p.advance()
			p.newlines()
			r.last = p.expression()
		}
	}
	if p.tok == lbrace {
		r.body = p.braces()
	} else {
		r.print = true
		if p.tok != newline && p.tok != semicolon && p.tok != eof {
			p.unexpected()
		}
	}
	p.program.rules = append(p.program.rules, r)
}

func (p *parser) definition() {
	p.advance()
	if p.tok != name && p.tok != funcName {
		p.unexpected()
		return
	}
	f := p.function(p.text)
	if f.defined {
		p.fail("function %s is defined twice", f.name)
		return
	}
	f.defined = true
	p.advance()
	p.expect(lparen)
	p.locals = make(map[string]int)
	for p.newlines(); p.tok == name; p.newlines() {
		if _, ok := p.locals[p.text]; ok {
			p.fail("function %s has two parameters %s", f.name, p.text)
		}
		p.locals[p.text] = len(f.params)
		f.params = append(f.params, p.text)
		p.advance()
		if p.newlines(); p.tok != comma {
			break
		}
		p.advance()
	}
	p.expect(rparen)
	p.newlines()
	p.inBody = true
	f.body = p.braces()
	p.inBody, p.locals = false, nil
}

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
	// "else" may follow newlines and a semicolon, which otherwise end the statement.
	back := p.lexer
	if p.terminators(); p.tok == kwElse {
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
	list := []expr{p.ternary()}
	for p.tok == comma {
		p.advance()
		p.newlines()
		list = append(list, p.ternary())
	}
	return list
}

// single refuses (a, b) where a value must be.
func (p *parser) single(x expr) {
	if _, ok := x.(*groupExpr); ok {
		p.fail("unexpected list in parentheses")
	}
}
