package syntax

import "fmt"

// Error is a program that cannot be parsed.
type Error struct {
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Bounds of a program.
const (
	maxSource  = 1 << 20 // bytes
	maxNesting = 500     // of statements and expressions within each other
)

// Parse reads a program. The variables special have the first slots, in their order. The error is a *[Error].
func Parse(src string, special []string) (*Program, error) {
	if len(src) > maxSource {
		return nil, &Error{Line: 1, Text: fmt.Sprintf("program is longer than %d bytes", maxSource)}
	}
	p := &parser{
		lexer:     lexer{src: src, line: 1},
		program:   &Program{Slots: make(map[string]int)},
		functions: make(map[string]*Function),
	}
	for _, name := range special {
		p.slot(name)
	}
	p.advance()
	for p.tok != eof && p.err == nil {
		p.item()
	}
	for _, f := range p.program.Functions {
		if !f.defined {
			p.failAt(f.line, "call of undefined function %s", f.name)
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
	functions map[string]*Function
	locals    map[string]int // of the function being read
	err       error
	depth     int
	changes   int // expressions so far that may set a variable, an element or a field
	loops     int
	inBody    bool // of a function
	noGreater bool // ">" redirects
	assigns   int  // where the only token begins that may be assigned to: busybox accepts no assignment as an operand
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
		p.err = &Error{Line: line, Text: fmt.Sprintf(format, args...)}
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
func (p *parser) expect(tok Token) {
	if p.tok != tok {
		p.unexpected()
		return
	}
	p.advance()
}

// It is not inlined, which saves space.
//
//go:noinline
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
	slot, ok := p.program.Slots[name]
	if !ok {
		slot = len(p.program.Globals)
		p.program.Slots[name] = slot
		p.program.Globals = append(p.program.Globals, name)
	}
	return slot
}

func (p *parser) variable(name string) *VarExpr {
	if slot, ok := p.locals[name]; ok {
		return &VarExpr{Name: name, Slot: slot, Local: true}
	}
	if name == "ERRNO" {
		p.fail("ERRNO is not supported")
	}
	return &VarExpr{Name: name, Slot: p.slot(name)}
}

// function returns a function by name, which may be defined later.
func (p *parser) function(name string) *Function {
	f := p.functions[name]
	if f == nil {
		f = &Function{name: name, line: p.line}
		p.functions[name] = f
		p.program.Functions = append(p.program.Functions, f)
	}
	return f
}

// item reads a rule or function.
func (p *parser) item() {
	switch p.tok {
	case newline:
		p.advance()
		return
	case kwBegin:
		p.advance()
		p.program.Begin = append(p.program.Begin, p.braces())
	case kwEnd:
		p.advance()
		p.program.End = append(p.program.End, p.braces())
	case kwFunction:
		p.definition()
	default:
		p.rule()
	}
	if p.newlines(); p.tok == semicolon {
		p.advance()
	}
}

func (p *parser) rule() {
	r := &Rule{Line: p.line, Index: len(p.program.Rules)}
	if p.tok != lbrace {
		r.Pattern = p.expression()
		if p.tok == comma {
			p.advance()
			p.newlines()
			r.Last = p.expression()
		}
	}
	if p.tok == lbrace {
		r.Body = p.braces()
	} else {
		r.Print = true
		switch p.tok {
		case newline, eof:
		case semicolon:
			p.advance() // a second one may follow
		default:
			p.unexpected()
		}
	}
	p.program.Rules = append(p.program.Rules, r)
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
		p.locals[p.text] = len(f.Params)
		f.Params = append(f.Params, p.text)
		p.advance()
		if p.newlines(); p.tok != comma {
			break
		}
		p.advance()
	}
	p.expect(rparen)
	p.newlines()
	p.inBody = true
	f.Body = p.braces()
	p.inBody, p.locals = false, nil
}
