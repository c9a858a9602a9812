package busybox

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

// sedRun is a script that runs over the lines of one input.
type sedRun struct {
	c        *Call
	commands []*sedCommand
	quiet    bool
	out      sedOutput

	input       [][]byte     // lines still to come, as far as they are known
	stdin       *stdinReader // gives more of them, if it is the only input
	files       []string     // are opened when those before them have no more lines
	status      int          // 1 if one of them cannot be opened
	problem     error        // with reading
	line        int
	pattern     []byte
	end         byte // of the line in the pattern space: a newline, a NUL, or one of the other two
	hold        []byte
	appended    [][]byte // to be printed before the next line is read
	substituted bool
	last        *regex.Expression // the expression that "//" stands for
	quit        bool
	kept        int                   // bytes of both spaces and of written, as they are counted
	written     map[string]*sedOutput // files of the command w
}

// sedOutput is where lines go.
type sedOutput struct {
	*bytes.Buffer
	last byte // a newline or a NUL if what was printed last ended in one
}

const (
	noEnd   = 'x' // of a last line without newline
	lastNUL = 'l' // of a last line with a NUL, behind which busybox begins a new line
)

// reset starts over with another file to be edited in place. A range that has begun goes on.
func (s *sedRun) reset(input [][]byte) *bytes.Buffer {
	out := new(bytes.Buffer)
	s.input, s.out = input, sedOutput{out, '\n'}
	for _, cmd := range s.commands {
		cmd.over, cmd.last = false, 0
	}
	return out
}

// more reports whether there is a line still to come.
func (s *sedRun) more() bool {
	if len(s.input) == 0 && s.stdin != nil && s.problem == nil {
		line, err := s.stdin.line()
		if s.problem = err; line != nil && err == nil {
			s.input, s.problem = s.split(line)
		}
	}
	for len(s.input) == 0 && len(s.files) > 0 && s.problem == nil {
		name := s.files[0]
		s.files = s.files[1:]
		content, err := s.c.open(name, true)
		switch {
		case Fatal(err):
			s.problem = err
		case err != nil && !errors.Is(err, tree.ErrIsDir):
			s.status = s.c.complain("%s: %s", name, Reason(err))
		default:
			s.input, s.problem = s.split(content)
		}
	}
	return len(s.input) > 0
}

// split returns the lines of a text with what ends them, which is a NUL as well where busybox runs.
func (s *sedRun) split(text []byte) ([][]byte, error) {
	list, err := s.c.lines(text)
	if bytes.IndexByte(text, 0) < 0 || s.c.isOther() || err != nil {
		return list, err
	}
	var parts [][]byte
	for _, line := range list {
		for part := range bytes.SplitAfterSeq(line, []byte{0}) {
			if len(part) > 0 {
				parts = append(parts, part)
			}
		}
	}
	return parts, s.c.spend(8 * len(parts))
}

// flush prints what is to follow the line that was read last.
func (s *sedRun) flush() {
	for _, text := range s.appended {
		s.put(text, '\n')
	}
	s.appended = nil
}

// next takes the next line into what the caller makes of it.
func (s *sedRun) next() []byte {
	s.flush()
	line := s.input[0]
	s.input = s.input[1:]
	s.line++
	s.more() // busybox reads one line ahead to know the last one
	text := line[:len(line)-1]
	s.end = line[len(text)]
	switch {
	case s.end == '\n':
	case s.end != 0 || s.c.isOther():
		text, s.end = line, noEnd
	case !s.more():
		s.end = lastNUL
	}
	return text
}

func (s *sedRun) put(text []byte, end byte) { s.out.put(text, end) }

// put prints a line. One that had no newline gets it only if more is printed.
func (o *sedOutput) put(text []byte, end byte) {
	if o.last != '\n' && o.last != 0 {
		o.WriteByte('\n')
		o.last = '\n'
	}
	o.Write(text)
	if len(text) > 0 {
		o.last = noEnd
	}
	switch end {
	case '\n', 0:
		o.WriteByte(end)
		o.last = end
	case lastNUL:
		o.WriteByte(0)
		o.last = noEnd
	}
}

func (s *sedRun) run() error {
	s.line, s.quit, s.out.last = 0, false, '\n'
	for !s.quit && s.more() {
		s.pattern = bytes.Clone(s.next())
		s.substituted = false
		again := true
		for again {
			var err error
			if again, err = s.cycle(); err != nil {
				return err
			}
		}
		s.flush()
		if err := s.bounded(); err != nil {
			return err
		}
	}
	return s.problem
}

func (s *sedRun) bounded() error {
	if s.problem != nil {
		return s.problem
	}
	size := len(s.pattern) + len(s.hold)
	for _, file := range s.written {
		size += file.Len()
	}
	if len(s.pattern) > MaxInput || len(s.hold) > MaxInput || s.out.Len() > MaxInput {
		return s.c.exceeded("sed: more than %d bytes", MaxInput)
	}
	s.c.content += size - s.kept
	s.kept = size
	if err := s.c.Bounded(); err != nil {
		return err
	}
	return s.c.spend(8 + s.kept/8)
}

// find matches an expression. Its work is counted with the next command.
func (s *sedRun) find(re *regex.Expression, text []byte, notBOL bool) []int {
	s.c.spend(re.Cost(len(text)))
	return re.Find(text, notBOL)
}

// cycle runs the commands on the pattern space and prints it. It returns true if D
// wants them to be run once more without another line.
func (s *sedRun) cycle() (again bool, err error) {
	for i := 0; i < len(s.commands); i++ {
		if err := s.bounded(); err != nil {
			return false, err
		}
		cmd := s.commands[i]
		selected := s.selects(cmd)
		var err error
		if cmd.name == '{' {
			if !selected {
				if i, err = s.blockEnd(i); err != nil {
					return false, err
				}
			}
			continue
		}
		if !selected {
			continue
		}
		if cmd.from.kind == regexAddress { // also in a range that has begun
			s.last = cmd.from.re
		}
		switch cmd.name {
		case 'b', 't', 'T':
			if cmd.name != 'b' && s.substituted != (cmd.name == 't') {
				continue
			}
			if cmd.name == 't' {
				s.substituted = false
			}
			if cmd.text == "" {
				i = len(s.commands)
			} else if i, err = s.label(cmd.text); err != nil {
				return false, err
			}
		case 'd':
			return false, nil
		case 'D':
			if _, rest, ok := bytes.Cut(s.pattern, []byte("\n")); ok {
				s.pattern = rest
				return true, nil
			}
			return false, nil
		case 'c':
			if !cmd.matching {
				s.put([]byte(cmd.text), '\n')
			}
			return false, nil
		case 'n':
			if !s.quiet {
				s.put(s.pattern, s.end)
			}
			if !s.more() {
				return false, nil
			}
			s.pattern = bytes.Clone(s.next())
			s.substituted = false
		case 'N':
			if !s.more() {
				i = len(s.commands)
				break
			}
			s.pattern = append(append(s.pattern, '\n'), s.next()...)
		case 'q':
			s.quit = true
			s.input = s.input[min(1, len(s.input)):] // the line that was read ahead
			i = len(s.commands)
		default:
			if err := s.simple(cmd); err != nil {
				return false, err
			}
		}
	}
	if !s.quiet {
		s.put(s.pattern, s.end)
	}
	return false, nil
}

// simple runs a command that has no effect on which one comes next.
func (s *sedRun) simple(cmd *sedCommand) error {
	switch cmd.name {
	case '=': // goes on in a line that had no newline
		fmt.Fprintln(s.out, s.line)
	case 'p':
		s.put(s.pattern, '\n')
	case 'P':
		text, _, _ := bytes.Cut(s.pattern, []byte("\n"))
		s.put(text, '\n')
	case 's':
		return s.substitute(cmd)
	case 'y':
		for i, b := range s.pattern {
			if to, ok := cmd.table[rune(b)]; ok {
				s.pattern[i] = byte(to)
			}
		}
	case 'a':
		s.appended = append(s.appended, []byte(cmd.text))
	case 'i':
		s.put([]byte(cmd.text), '\n')
	case 'w':
		s.written[cmd.text].put(s.pattern, s.end)
	case 'r':
		content, err := s.c.open(cmd.text, false)
		if Fatal(err) {
			return err
		}
		list, err := s.c.records(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			s.appended = append(s.appended, chomp(line))
		}
	case 'g':
		s.pattern = bytes.Clone(s.hold)
	case 'G':
		s.pattern = append(append(s.pattern, '\n'), s.hold...)
		s.end = '\n'
	case 'h':
		s.hold = bytes.Clone(s.pattern)
	case 'H':
		s.hold = append(append(s.hold, '\n'), s.pattern...)
	case 'x':
		s.pattern, s.hold = s.hold, s.pattern
		s.end = '\n'
	}
	return nil
}

func (s *sedRun) blockEnd(i int) (int, error) {
	depth := 0
	for ; i < len(s.commands); i++ {
		switch s.commands[i].name {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i, nil
			}
		}
	}
	return 0, sedError("unterminated {")
}

func (s *sedRun) label(name string) (int, error) {
	for i, cmd := range s.commands {
		if cmd.name == ':' && cmd.text == name {
			return i, nil
		}
	}
	return 0, sedError("can't find label for jump to '" + name + "'")
}

// selects reports whether a command applies to the pattern space, and follows its range.
func (s *sedRun) selects(cmd *sedCommand) bool {
	before := cmd.matching
	matched := before
	if !matched {
		switch cmd.from.kind {
		case noAddress: // a range without a beginning never begins
			if cmd.to.kind == noAddress || cmd.to.kind == zeroAddress {
				return !cmd.invert
			}
		case lineAddress:
			// A range that begins late begins nevertheless.
			matched = !cmd.over && (cmd.from.line == s.line || cmd.to.kind != noAddress && cmd.to.kind != zeroAddress && cmd.from.line <= s.line)
		case lastAddress:
			matched = !s.more()
		case regexAddress:
			if matched = s.find(cmd.from.re, s.pattern, false) != nil; matched {
				s.last = cmd.from.re
			}
		}
	}
	if !matched {
		return cmd.invert
	}
	if !before || cmd.last == 0 {
		cmd.last = cmd.to.line
		if cmd.to.kind == plusAddress {
			cmd.last += s.line
		}
	}
	cmd.over = cmd.over || cmd.from.kind == lineAddress
	switch cmd.to.kind {
	case noAddress, zeroAddress:
		cmd.matching = false
	case lineAddress, plusAddress:
		cmd.matching = cmd.last > s.line
	case lastAddress:
		cmd.matching = s.more()
	case regexAddress:
		cmd.matching = !before || s.find(cmd.to.re, s.pattern, false) == nil
	}
	return !cmd.invert
}
