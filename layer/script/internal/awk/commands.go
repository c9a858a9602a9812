package awk

import (
	"bytes"
	"io"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
)

// run runs a command and returns its exit status.
func (m *machine) run(command string, stdin io.Reader, stdout io.Writer) int {
	m.settle()
	status, err := m.config.Command(command, stdin, stdout)
	if err != nil {
		m.fail(err)
	}
	return status
}

// system is the function of that name: the exit status of a command.
func (m *machine) system(command syntax.Expr) value {
	text := m.text(m.eval(command))
	switch {
	case m.halted() || text == "":
		return num(0)
	case m.config.Command == nil:
		m.unsupported("system")
		return num(0)
	}
	return num(float64(m.run(text, nil, nil)))
}

// output runs a command and returns what reads its output, all of which is live until it is closed.
func (m *machine) output(command string) *reader {
	var printed bytes.Buffer
	status := m.run(command, nil, &printed)
	m.hold(int64(printed.Cap()))
	return &reader{src: &printed, held: printed.Cap(), status: status << 8}
}
