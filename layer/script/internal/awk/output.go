package awk

import (
	"io"
	"maps"
	"slices"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
)

// output is where print writes.
type output struct {
	w io.Writer
	c io.Closer // nil: not closed here
}

func newOutput(w io.Writer, c io.Closer) *output { return &output{w, c} }

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
	if m.halted() || !m.spend(int64(len(s))) {
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
	switch {
	case m.halted():
		return nil
	case r.Kind == syntax.Pipe:
		m.unsupported("a command that print writes to")
		return nil
	}
	if o := m.outputs[name]; o != nil {
		return o
	}
	o := m.create(name, r.Kind == syntax.AppendTo)
	if o != nil {
		m.outputs[name] = o
	}
	return o
}

func (m *machine) create(name string, more bool) *output {
	switch name {
	case "/dev/stdout":
		return m.stdout
	case "/dev/stderr":
		return newOutput(m.config.Stderr, nil)
	}
	switch {
	case m.config.Create == nil:
		m.unsupported("writing the file %q", name)
		return nil
	case len(m.outputs) >= maxFiles:
		m.fail(&LimitError{Line: m.line, What: "files open at once", Limit: maxFiles})
		return nil
	case m.files[name] != nil:
		m.unsupported("writing %q while it is read", name)
		return nil
	}
	w, err := m.config.Create(name, more)
	if err != nil {
		m.fail(&RuntimeError{Text: "can't open '" + name + "': " + m.reasonOf(err)})
		return nil
	}
	return newOutput(w, w)
}

// close closes what was read from or written to by that name. It returns the status of a command, as pclose(3) does.
func (m *machine) close(name string) (status int) {
	if o := m.outputs[name]; o != nil {
		m.closeOutput(o)
		delete(m.outputs, name)
	}
	if r := m.files[name]; r != nil {
		r.close(m)
		delete(m.files, name)
		status = r.status
	}
	return status
}

func (m *machine) closeOutput(o *output) {
	if o.c != nil {
		if err := o.c.Close(); err != nil {
			m.fail(err)
		}
	}
}

// closeAll ends the run.
func (m *machine) closeAll() {
	m.settle()
	for _, name := range slices.Sorted(maps.Keys(m.outputs)) {
		m.close(name)
	}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		m.close(name)
	}
	m.main.skip(m)
}
