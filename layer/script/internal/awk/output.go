package awk

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
)

// output is where print writes.
type output struct {
	w     io.Writer
	c     io.Closer     // nil: not closed here
	input *bytes.Buffer // of a command, which runs when this is closed; nil for others
}

func newOutput(w io.Writer, c io.Closer) *output { return &output{w: w, c: c} }

// print is the statement print or printf. Where it writes is worked out first.
func (m *machine) print(s *syntax.PrintStmt) {
	to := m.target(&s.Redirect)
	switch {
	case to == nil:
	case s.Format:
		m.write(to, m.sprintf(s.Args))
	case len(s.Args) == 0:
		m.write(to, m.join(m.text(m.whole()), m.text(m.globals[varORS].val)))
	default:
		m.printAll(to, s.Args)
	}
}

// printAll writes the arguments of print, each before the next one is evaluated, which may print as well or end the program.
func (m *machine) printAll(to *output, args []syntax.Expr) {
	for i, x := range args {
		m.write(to, m.textBy(m.eval(x), varOFMT))
		behind := varOFS
		if i == len(args)-1 {
			behind = varORS
		}
		m.write(to, m.text(m.globals[behind].val))
	}
}

func (m *machine) printRecord() {
	passing := m.passing
	m.write(m.stdout, m.join(m.text(m.whole()), m.text(m.globals[varORS].val)))
	m.passing = passing
}

func (m *machine) write(to *output, s string) {
	if m.halted() || !m.spend(int64(len(s))) || to.input != nil && !m.hold(int64(len(s))) {
		return
	}
	if _, err := io.WriteString(to.w, s); err != nil {
		m.fail(err)
	}
}

// target returns the output of a redirection; nil after an error.
func (m *machine) target(r *syntax.Redirect) *output {
	if m.halted() {
		return nil
	}
	if r.Kind == 0 {
		return m.stdout
	}
	name := m.text(m.eval(r.To))
	if m.halted() {
		return nil
	}
	if e := m.outputs.Get(name); e != nil {
		return e.Value
	}
	o := m.create(name, r.Kind)
	if o != nil {
		m.outputs.Insert(name).Value = o
	}
	return o
}

func (m *machine) create(name string, kind syntax.Token) *output {
	isPipe := kind == syntax.Pipe
	switch {
	case isPipe:
	case name == "/dev/stdout":
		return m.stdout
	case name == "/dev/stderr":
		return newOutput(m.config.Stderr, nil)
	}
	switch {
	case isPipe && m.config.Command == nil:
		m.unsupported("a command that print writes to")
		return nil
	case !isPipe && m.config.Create == nil:
		m.unsupported("writing the file %q", name)
		return nil
	case m.outputs.Len() >= maxFiles:
		m.fail(&LimitError{Line: m.line, What: "files open at once", Limit: maxFiles})
		return nil
	case m.files[name] != nil:
		m.unsupported("writing %q while it is read", name)
		return nil
	}
	if isPipe {
		input := new(bytes.Buffer)
		return &output{w: input, input: input}
	}
	w, err := m.config.Create(name, kind == syntax.AppendTo)
	if err != nil {
		m.fail(&RuntimeError{Text: "can't open '" + name + "': " + m.reasonOf(err)})
		return nil
	}
	return newOutput(w, w)
}

// close closes what was read from or written to by that name. It returns the status of a command, as pclose(3) does.
func (m *machine) close(name string) (status int) {
	if e := m.outputs.Get(name); e != nil {
		m.outputs.Remove(name)
		status = m.closeOutput(name, e.Value)
	}
	if r := m.files[name]; r != nil {
		r.close(m)
		delete(m.files, name)
		status = r.status
	}
	return status
}

func (m *machine) closeOutput(name string, o *output) (status int) {
	if o.c != nil {
		if err := o.c.Close(); err != nil {
			m.fail(err)
		}
	}
	if o.input == nil {
		return 0
	}
	size := o.input.Len()
	if failed := (*RuntimeError)(nil); m.err == nil || errors.As(m.err, &failed) {
		status = m.run(name, o.input, nil) << 8
	}
	m.hold(-int64(size))
	return status
}

// closeAll ends the run. Commands run after all that the program has printed is there, in the order of busybox's table of files.
func (m *machine) closeAll() {
	m.settle()
	for _, isCommand := range [...]bool{false, true} {
		for _, name := range slices.Collect(m.outputs.Keys()) {
			if (m.outputs.Get(name).Value.input != nil) == isCommand {
				m.close(name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		m.close(name)
	}
	m.main.skip(m)
}
