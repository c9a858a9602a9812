package busybox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
)

// sedCommand is one command of a sed script.
type sedCommand struct {
	name     byte
	from, to sedAddress
	invert   bool

	text        string            // of a, c, i, the file of r, w and s, and the label of ":", b, t and T
	re          *regex.Expression // of s; nil for the last one used
	replacement string
	which       int // of s: the match that is replaced, 0 for all
	print       bool
	table       map[rune]rune // of y

	// State of the range while the script runs.
	matching bool
	over     bool // a range that begins at a line has begun
	last     int  // the line at which the current range ends, for "+N"
}

// sedAddress is an address; the zero value means no address.
type sedAddress struct {
	kind sedAddressKind
	line int
	re   *regex.Expression
}

type sedAddressKind uint8

const (
	noAddress sedAddressKind = iota
	lineAddress
	lastAddress
	regexAddress
	plusAddress // so many lines after the first
	zeroAddress // line 0, which as a first address is as good as none
)

// sedParser reads a script. An error with busybox' own message is a sedError.
type sedParser struct {
	rest     string // of the current line, with those that backslashes join to it
	lines    []string
	flags    regex.Flags
	quiet    bool
	commands []*sedCommand
	previous *regex.Expression // of the last address: what "//" stands for in the next
}

type sedError string

func (e sedError) Error() string { return string(e) }

// sedUnsupported is a command that is right but not supported here.
type sedUnsupported string

func (e sedUnsupported) Error() string { return string(e) + " is not supported" }

// parseSed returns the commands before an error, too.
func parseSed(text string, extended bool) (*sedParser, error) {
	p := &sedParser{lines: strings.Split(text, "\n"), flags: regex.Flags{Extended: extended}}
	for p.nextLine() {
		for {
			p.rest = strings.TrimLeft(p.rest, "; \t\v\f\r\n")
			if p.rest == "" {
				break
			}
			if p.rest[0] == '#' {
				comment, rest, _ := strings.Cut(p.rest, "\n")
				p.quiet = p.quiet || comment == "#n"
				p.rest = rest
				continue
			}
			if err := p.command(); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// nextLine takes a line with the lines that it goes on in.
func (p *sedParser) nextLine() bool {
	if len(p.lines) == 0 {
		return false
	}
	n := 1
	for n < len(p.lines) && continues(p.lines[n-1]) {
		n++
	}
	p.rest = strings.Join(p.lines[:n], "\n")
	p.lines = p.lines[n:]
	return true
}

// continues reports whether a line ends in a backslash that is not itself escaped.
func continues(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

func (p *sedParser) skipSpace() { p.rest = strings.TrimLeft(p.rest, " \t\n\v\f\r") }

func (p *sedParser) command() error {
	cmd := &sedCommand{which: 1}
	var err error
	if cmd.from, err = p.address(); err != nil {
		return err
	}
	if cmd.from.kind == zeroAddress {
		cmd.from.kind = noAddress
	}
	if strings.HasPrefix(p.rest, ",") {
		p.rest = p.rest[1:]
		if rest, ok := strings.CutPrefix(p.rest, "+"); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
			p.rest = rest
			cmd.to = sedAddress{kind: plusAddress, line: p.number()}
		} else if cmd.to, err = p.address(); err != nil {
			return err
		}
		if cmd.to.kind == noAddress {
			return sedError("no address after comma")
		}
	}
	p.skipSpace()
	if strings.HasPrefix(p.rest, "!") {
		cmd.invert = true
		p.rest = p.rest[1:]
		p.skipSpace()
	}
	if p.rest == "" {
		return sedError("missing command")
	}
	cmd.name, p.rest = p.rest[0], p.rest[1:]
	if err := p.arguments(cmd); err != nil {
		return err
	}
	p.commands = append(p.commands, cmd)
	return nil
}

// maxLine bounds line numbers, which are never that large.
const maxLine = 1 << 30

func (p *sedParser) number() (n int) {
	for p.rest != "" && '0' <= p.rest[0] && p.rest[0] <= '9' {
		n = min(n*10+int(p.rest[0]-'0'), maxLine)
		p.rest = p.rest[1:]
	}
	return n
}

func (p *sedParser) address() (sedAddress, error) {
	if p.rest == "" {
		return sedAddress{}, nil
	}
	switch b := p.rest[0]; {
	case '0' <= b && b <= '9':
		if n := p.number(); n > 0 {
			return sedAddress{kind: lineAddress, line: n}, nil
		}
		return sedAddress{kind: zeroAddress}, nil
	case b == '$':
		p.rest = p.rest[1:]
		return sedAddress{kind: lastAddress}, nil
	case b == '/' || b == '\\':
		if b == '\\' {
			p.rest = p.rest[1:]
		}
		text, err := p.delimited(false)
		if err != nil {
			return sedAddress{}, err
		}
		re, err := compileSed(text, p.flags)
		if err != nil {
			return sedAddress{}, err
		}
		if re == nil {
			if re = p.previous; re == nil {
				return sedAddress{}, sedError("no previous regexp")
			}
		}
		p.previous = re
		return sedAddress{kind: regexAddress, re: re}, nil
	}
	return sedAddress{}, nil
}

// compileSed returns nil for the empty expression, which is the last one used.
func compileSed(text string, flags regex.Flags) (*regex.Expression, error) {
	if text == "" {
		return nil, nil
	}
	re, err := regex.Parse(text, flags)
	var bad regex.Error
	if errors.As(err, &bad) {
		return nil, sedError(fmt.Sprintf("bad regex '%s': %v", text, err))
	}
	return re, err
}

// delimited reads the text between a delimiter and its next occurrence, which
// is left in front unless it is the last one. In an expression the delimiter may be in
// brackets; escapes of newline, tabulator, return and the delimiter are resolved.
func (p *sedParser) delimited(replacement bool) (string, error) {
	if p.rest == "" {
		return "", sedError("bad format in substitution expression")
	}
	delimiter := p.rest[0]
	body := p.rest[1:]
	bracket := -1
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		ch := body[i]
		switch {
		case bracket >= 0 && ch == ']' && i != bracket+1 && !(i == bracket+2 && body[i-1] == '^'):
			bracket = -1
		case bracket < 0 && ch == '\\' && i+1 < len(body):
			i++
			switch next := body[i]; {
			case next == 'n':
				b.WriteByte('\n')
			case next == 't':
				b.WriteByte('\t')
			case next == 'r':
				b.WriteByte('\r')
			case next == delimiter && !replacement:
				b.WriteByte(delimiter)
			default:
				b.WriteByte('\\')
				b.WriteByte(next)
			}
			continue
		case bracket >= 0 && ch == '\\' && i+1 < len(body) && strings.IndexByte("ntr", body[i+1]) >= 0:
			i++
			b.WriteByte(map[byte]byte{'n': '\n', 't': '\t', 'r': '\r'}[body[i]])
			continue
		case bracket < 0 && ch == '[' && !replacement:
			bracket = i
		case bracket < 0 && ch == delimiter:
			p.rest = body[i+1:]
			return b.String(), nil
		}
		b.WriteByte(ch)
	}
	return "", sedError(fmt.Sprintf("unmatched '%c'", delimiter))
}

// twoParts reads what s and y have between three delimiters.
func (p *sedParser) twoParts() (first, second string, err error) {
	if p.rest == "" {
		return "", "", sedError("bad format in substitution expression")
	}
	delimiter := p.rest[:1]
	if first, err = p.delimited(false); err != nil {
		return "", "", err
	}
	p.rest = delimiter + p.rest
	second, err = p.delimited(true)
	return first, second, err
}

func (p *sedParser) arguments(cmd *sedCommand) error {
	switch cmd.name {
	case 's':
		return p.substitution(cmd)
	case 'y':
		return p.transliteration(cmd)
	case 'a', 'i', 'c', 'r':
		if cmd.to.kind != noAddress && cmd.to.kind != zeroAddress && cmd.name != 'c' {
			return sedError(fmt.Sprintf("command '%c' uses only one address", cmd.name))
		}
		if cmd.name != 'r' {
			p.textArgument(cmd)
			return nil
		}
		return p.fileName(cmd)
	case 'w':
		return p.fileName(cmd)
	case ':', 'b', 't', 'T':
		if cmd.name == ':' && cmd.from.kind != noAddress {
			return sedUnsupported("an address before a label")
		}
		p.skipSpace()
		end := strings.IndexAny(p.rest, "; \t\n\v\r")
		if end < 0 {
			end = len(p.rest)
		}
		cmd.text, p.rest = p.rest[:end], p.rest[end:]
		return nil
	case '{', '}', '=', 'd', 'D', 'g', 'G', 'h', 'H', 'n', 'N', 'p', 'P', 'q', 'x':
		return nil
	case 'l':
		return sedUnsupported("command l")
	}
	return sedError(fmt.Sprintf("unsupported command %c", cmd.name))
}

// fileName reads the name of a file, to the end of the line.
func (p *sedParser) fileName(cmd *sedCommand) error {
	p.skipSpace()
	if cmd.text, p.rest, _ = strings.Cut(p.rest, "\n"); cmd.text == "" {
		return sedError("empty filename")
	}
	return nil
}

// textArgument reads the text of a, i and c: what comes after space, a backslash or a
// newline, to the end of the line.
func (p *sedParser) textArgument(cmd *sedCommand) {
	text := strings.TrimLeft(p.rest, " \t\v\f\r")
	p.rest = ""
	if rest, ok := strings.CutPrefix(text, `\`); ok {
		text = rest
		if after := strings.TrimLeft(text, " \t\v\f\r"); strings.HasPrefix(after, "\n") {
			text = after[1:]
		}
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
			if at := strings.IndexByte("ntr", text[i]); at >= 0 {
				b.WriteByte("\n\t\r"[at])
				continue
			}
		}
		b.WriteByte(text[i])
	}
	cmd.text = b.String()
}

func (p *sedParser) substitution(cmd *sedCommand) error {
	pattern, replacement, err := p.twoParts()
	if err != nil {
		return err
	}
	cmd.replacement = replacement
	flags := p.flags
	for done := false; !done && p.rest != ""; {
		switch b := p.rest[0]; {
		case '0' <= b && b <= '9':
			if n := p.number(); !strings.HasPrefix(pattern, "^") {
				cmd.which = n
			}
			continue
		case b == 'g':
			cmd.which = 0
		case b == 'p':
			cmd.print = true
		case b == 'i' || b == 'I':
			flags.IgnoreCase = true
		case b == 'w':
			p.rest = p.rest[1:]
			if err := p.fileName(cmd); err != nil {
				return err
			}
			continue
		case b == 'e' || b == 'm' || b == 'M':
			return sedUnsupported(fmt.Sprintf("flag %c of s", b))
		case isSpace(b):
		case b == '#' || b == ';' || b == '}':
			done = true
			continue
		default:
			return sedError("bad option in substitution expression")
		}
		p.rest = p.rest[1:]
	}
	cmd.re, err = compileSed(pattern, flags)
	return err
}

func (p *sedParser) transliteration(cmd *sedCommand) error {
	delimiter := p.rest[:min(1, len(p.rest))]
	from, to, err := p.twoParts()
	if err != nil {
		return err
	}
	cmd.table = make(map[rune]rune)
	source, target := []rune(from), []rune(strings.ReplaceAll(to, `\`+delimiter, delimiter))
	for i := range source {
		if source[i] >= 0x80 || i < len(target) && target[i] >= 0x80 {
			return sedUnsupported("y with other characters than ASCII's")
		}
		if _, ok := cmd.table[source[i]]; i < len(target) && !ok {
			cmd.table[source[i]] = target[i]
		}
	}
	return nil
}
