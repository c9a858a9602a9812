package decimal

import (
	"bytes"
	"io"
	"strings"
)

// Machine is what a program runs in.
type Machine struct {
	Out   io.Writer
	Scale int               // to begin with
	Spend func(n int) error // counts work, in bytes that are handled; an error ends the program

	column int // how many characters are on the line
	width  int // after how many of them a number goes on in the next line
}

// RunBC runs a program of bc. The error is an [Error], one that wraps [ErrUnsupported], or one of Spend or Out.
func (m Machine) RunBC(program string) error {
	list, err := tokens(program)
	if err != nil {
		return err
	}
	b := &bc{Machine: m, rest: list, values: map[string]number{}, arrays: map[string]map[int]number{}, ibase: 10, obase: 10, last: integer(0)}
	b.scale, b.width = m.Scale, 68
	for err == nil && b.peek() != "" {
		if b.accept("\n") || b.accept(";") {
			continue
		}
		if b.peek() == "quit" {
			return nil
		}
		if err = b.statement(true); err == nil && !b.isEnd() {
			err = unsupported("%q", b.peek())
		}
	}
	if err == errHalt {
		return nil
	}
	return err
}

// bc runs a program while it reads it: what does not run is read all the same.
type bc struct {
	Machine
	rest                []token
	values              map[string]number
	arrays              map[string]map[int]number
	ibase, obase, scale int
	last                number
	depth               int
	loops               int  // how many loops are around what is read
	isBroken            bool // in a loop: "break" was run
	isSigned            bool // a "-" or "!" is in front, with nothing but "(" behind it

	// read is a place that was read and is not assigned to: the expression begins with it. An index is read, and has its effects, once.
	read *place
}

type halted struct{}

func (halted) Error() string { return "halt" }

var errHalt error = halted{}

// peek is not inlined, which saves space.
//
//go:noinline
func (b *bc) peek() string {
	if len(b.rest) == 0 {
		return ""
	}
	if b.rest[0].kind == 's' {
		return "\""
	}
	return b.rest[0].text
}

func (b *bc) accept(text string) bool {
	if b.peek() != text {
		return false
	}
	b.rest = b.rest[1:]
	return true
}

func (b *bc) want(text string) error {
	if !b.accept(text) {
		return unsupported("%q where %q is wanted", b.peek(), text)
	}
	return nil
}

// isEnd reports whether a statement may end here.
func (b *bc) isEnd() bool { return b.peek() == "" || strings.Contains("\n;}", b.peek()) }

const maxNesting = 100

// statement reads a statement, and runs it if runs is set.
func (b *bc) statement(runs bool) error {
	if b.depth++; b.depth > maxNesting {
		return unsupported("more than %d statements within each other", maxNesting)
	}
	defer func() { b.depth-- }()
	if err := b.Spend(16); err != nil {
		return err
	}
	runs = runs && !b.isBroken
	switch word := b.peek(); word {
	case "{":
		b.rest = b.rest[1:]
		for !b.accept("}") {
			if b.accept("\n") || b.accept(";") {
				continue
			}
			if b.peek() == "" {
				return unsupported("a block without an end")
			}
			if err := b.statement(runs); err != nil {
				return err
			}
		}
		return nil
	case "if":
		return b.branch(runs)
	case "while", "for":
		return b.loop(runs, word == "for")
	case "break":
		if b.loops == 0 {
			return unsupported("break outside of a loop")
		}
		b.rest = b.rest[1:]
		b.isBroken = b.isBroken || runs
		return nil
	case "halt":
		if b.rest = b.rest[1:]; runs {
			return errHalt
		}
		return nil
	case "print":
		b.rest = b.rest[1:]
		for {
			if err := b.item(runs, true); err != nil {
				return err
			}
			if !b.accept(",") {
				return nil
			}
		}
	case "continue", "define", "auto", "return", "limits", "quit", "read", "void":
		return unsupported("%s", word)
	}
	return b.item(runs, false)
}

// escapes are what "print" makes of a backslash with a letter.
var escapes = strings.NewReplacer(`\a`, "\a", `\b`, "\b", `\f`, "\f", `\n`, "\n", `\r`, "\r", `\t`, "\t", `\\`, "\\")

// item prints a string or an expression; an assignment prints nothing but in "print".
func (b *bc) item(runs, isPrint bool) error {
	if b.peek() == "\"" {
		text := b.rest[0].text
		b.rest = b.rest[1:]
		if !runs {
			return nil
		}
		if isPrint {
			// A newline of the text itself counts as any character.
			text = escapes.Replace(strings.ReplaceAll(text, "\n", "\x00"))
		}
		b.column += len(text)
		if n := strings.LastIndexByte(text, '\n'); n >= 0 {
			b.column = len(text) - n - 1
		}
		text = strings.ReplaceAll(text, "\x00", "\n")
		_, err := io.WriteString(b.Out, text)
		return err
	}
	value, isAssignment, err := b.expression(runs)
	if err != nil || !runs || isAssignment && !isPrint {
		return err
	}
	b.last = value
	return b.print(value, !isPrint)
}

// printNumber prints a number. A line that has its width of characters then ends with a backslash.
func (m *Machine) printNumber(text string, newline bool) error {
	var out bytes.Buffer
	for i := range len(text) {
		if m.column == m.width {
			out.WriteString("\\\n")
			m.column = 0
		}
		out.WriteByte(text[i])
		m.column++
	}
	if newline {
		out.WriteByte('\n')
		m.column = 0
	}
	if err := m.Spend(out.Len()); err != nil {
		return err
	}
	_, err := m.Out.Write(out.Bytes())
	return err
}

func (b *bc) print(value number, newline bool) error {
	if err := b.spendOn(value.digits()); err != nil {
		return err
	}
	text, err := value.format(b.obase)
	if err != nil {
		return err
	}
	return b.printNumber(text, newline)
}

func (b *bc) condition(runs bool) (bool, error) {
	value, _, err := b.expression(runs)
	return err == nil && runs && !value.isZero(), err
}

func (b *bc) branch(runs bool) error {
	b.rest = b.rest[1:]
	if err := b.want("("); err != nil {
		return err
	}
	is, err := b.condition(runs)
	if err == nil {
		err = b.want(")")
	}
	if err == nil {
		err = b.body(runs && is)
	}
	if err == nil && b.accept("else") {
		err = b.body(runs && !is)
	}
	return err
}

// body reads the statement of an "if" or a loop, which may be on the next line.
func (b *bc) body(runs bool) error {
	if b.accept("\n") && b.peek() == "\n" {
		return unsupported("an empty line before a statement")
	}
	return b.statement(runs)
}

// loop reads its parts once without running them, to find where they are, and then runs these.
func (b *bc) loop(runs, isFor bool) error {
	b.rest = b.rest[1:]
	if err := b.want("("); err != nil {
		return err
	}
	part := func(end string, runs bool) ([]token, error) {
		from := b.rest
		if b.peek() != end {
			if _, _, err := b.expression(runs); err != nil {
				return nil, err
			}
		}
		return from, b.want(end)
	}
	var test, step []token
	var err error
	if isFor {
		if _, err = part(";", runs); err == nil {
			test, err = part(";", false)
		}
		if err == nil {
			step, err = part(")", false)
		}
	} else {
		test, err = part(")", false)
	}
	if err != nil {
		return err
	}
	b.loops++
	defer func() { b.loops-- }()
	body := b.rest
	if err := b.body(false); err != nil {
		return err
	}
	after := b.rest
	for runs {
		if err := b.Spend(16); err != nil {
			return err
		}
		b.rest = test
		if b.peek() != ";" {
			if is, err := b.condition(true); err != nil || !is {
				b.rest = after
				return err
			}
		}
		b.rest = body
		if err := b.body(true); err != nil {
			return err
		}
		if b.isBroken {
			break
		}
		if b.rest = step; isFor && b.peek() != ")" {
			if _, _, err := b.expression(true); err != nil {
				return err
			}
		}
	}
	if runs {
		b.isBroken = false
	}
	b.rest = after
	return nil
}
