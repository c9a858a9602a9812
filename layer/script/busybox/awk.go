package busybox

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/benhoyt/goawk/interp"
	"github.com/benhoyt/goawk/lexer"
	"github.com/benhoyt/goawk/parser"
)

// awk runs GoAWK without files and programs. The files that awk would read become its
// standard input, where nothing in the program can tell the difference.
func awk(c *Call) (int, error) {
	opts, args, err := c.getopt("+F:v:f:e:", nil)
	if err != nil {
		return 0, err
	}
	var source []string
	var vars []string
	for _, o := range opts {
		switch o.letter {
		case 'F':
			if o.value == "t" {
				o.value = `\t`
			}
			vars = append(vars, "FS", o.value)
		case 'v':
			name, value, ok := strings.Cut(o.value, "=")
			if !ok {
				return c.usage(), nil
			}
			vars = append(vars, name, value)
		case 'e':
			source = append(source, o.value)
		case 'f':
			content, err := c.open(o.value, true)
			if Fatal(err) {
				return 0, err
			} else if err != nil {
				return c.complain("can't open '%s': %s", o.value, Reason(err)), nil
			}
			source = append(source, string(content))
		}
	}
	if source == nil {
		if len(args) == 0 {
			return c.usage(), nil
		}
		source, args = args[:1], args[1:]
	}
	text := []byte(strings.Join(source, "\n"))
	if what := awkRefused(text, len(args)); what != "" {
		return 0, c.Unsupported(c.Line, "awk: %s is not supported", what)
	}
	program, err := parser.ParseProgram(text, nil)
	if err != nil {
		return 0, c.Unsupported(c.Line, "awk: %v", err)
	}
	input, status, err := c.awkInput(args, program)
	if err != nil {
		return 0, err
	}
	return c.awkRun(program, input, vars, status)
}

// awkRefused names what in a program depends on chance or on files as such, or "".
func awkRefused(text []byte, files int) string {
	l := lexer.NewLexer(text)
	type token struct {
		kind lexer.Token
		text string
	}
	var last [3]token // before the one at hand
	for {
		_, kind, name := l.Scan()
		if kind == lexer.EOF || kind == lexer.ILLEGAL {
			return "" // the parser says why
		}
		switch {
		case kind == lexer.IN && last[2].kind == lexer.NAME && last[1].kind == lexer.LPAREN && last[0].kind == lexer.FOR:
			return `"for (… in …)", whose order is not defined,`
		case kind == lexer.F_RAND || kind == lexer.F_SRAND:
			return kind.String()
		case kind == lexer.F_SYSTEM, kind == lexer.GETLINE, kind == lexer.PIPE, kind == lexer.APPEND:
			return kind.String()
		case kind == lexer.NAME && (name == "FILENAME" || name == "ARGV" || name == "ARGC" || name == "ARGIND" || name == "ENVIRON"):
			return name
		case kind == lexer.NAME && (name == "systime" || name == "strftime" || name == "mktime" || name == "gensub"):
			return name
		case files > 1 && (kind == lexer.NAME && name == "FNR" || kind == lexer.NEXTFILE):
			return "FNR or nextfile with several files"
		}
		last = [3]token{last[1], last[2], {kind, name}}
		// "/" begins an expression where no value can have ended.
		if kind == lexer.DIV || kind == lexer.DIV_ASSIGN {
			switch before := last[1].kind; before {
			case lexer.NAME, lexer.NUMBER, lexer.STRING, lexer.RPAREN, lexer.RBRACKET, lexer.DOLLAR, lexer.INCR, lexer.DECR:
			default:
				l.ScanRegex()
			}
		}
	}
}

// awkInput is the content of all files, each ended by a newline.
func (c *Call) awkInput(names []string, program *parser.Program) (input []byte, status int, err error) {
	if len(names) == 0 {
		if onlyBegin(program) {
			return nil, 0, nil
		}
		input, err = c.read()
		return input, 0, err
	}
	for _, name := range names {
		if strings.Contains(name, "=") {
			return nil, 0, c.Unsupported(c.Line, "awk: the assignment %q among the files is not supported: use -v", name)
		}
		content, err := c.open(name, true)
		if Fatal(err) {
			return nil, 0, err
		} else if err != nil {
			if !onlyBegin(program) {
				status = c.complain("%s: %s", name, Reason(err))
			}
			continue
		}
		if input = append(input, content...); len(names) > 1 && len(input) > 0 && input[len(input)-1] != '\n' {
			input = append(input, '\n')
		}
		if len(input) > MaxInput {
			return nil, 0, c.exceeded("awk: input of more than %d bytes", MaxInput)
		}
	}
	return input, status, nil
}

func onlyBegin(program *parser.Program) bool {
	text := program.String()
	return strings.HasPrefix(text, "BEGIN") && !strings.Contains(text, "\n}\n\n")
}

func (c *Call) awkRun(program *parser.Program, input []byte, vars []string, status int) (int, error) {
	if bytes.IndexByte(input, 0) >= 0 {
		return 0, c.Unsupported(c.Line, "awk: input with a NUL is not supported")
	}
	machine, err := interp.New(program)
	if err != nil {
		return 0, c.Unsupported(c.Line, "awk: %v", err)
	}
	out := &boundedBuffer{to: &c.Out}
	var messages bytes.Buffer
	exit, err := machine.ExecuteContext(c.Ctx, &interp.Config{
		Stdin: bytes.NewReader(input), Output: out, Error: &messages, Argv0: "awk",
		NoExec: true, NoFileWrites: true, NoFileReads: true, NoArgVars: true,
		Vars: slices.Concat([]string{}, vars), Environ: []string{},
	})
	c.Err.Write(messages.Bytes())
	switch {
	case c.Ctx.Err() != nil:
		return 0, c.spend(checkInterval)
	case errors.Is(out.err, errTooMuch):
		return 0, c.exceeded("awk: prints more than %d bytes", MaxInput)
	case err != nil:
		return 0, c.Unsupported(c.Line, "awk: %v", err)
	case exit != 0:
		return exit, nil
	}
	return status, nil
}

var errTooMuch = errors.New("too much is written")

// boundedBuffer fails when more is written than any command may.
type boundedBuffer struct {
	to      *bytes.Buffer
	written int
	err     error
}

var _ io.Writer = (*boundedBuffer)(nil)

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.written += len(p); b.written > MaxInput {
		b.err = errTooMuch
		return 0, b.err
	}
	return b.to.Write(p)
}
