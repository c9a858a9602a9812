package awk

import "bytes"

// system is the function of that name: the exit status of a command.
func (m *machine) system(command expr) value {
	text := m.text(m.eval(command))
	switch {
	case m.halted() || text == "":
		return num(0)
	case m.config.Command == nil:
		m.unsupported("system")
		return value{}
	}
	m.settle()
	status, err := m.config.Command(text, nil)
	if err != nil {
		m.fail(err)
	}
	return num(float64(status))
}

// output runs a command and returns what reads its output, all of which is live until it is closed.
func (m *machine) output(command string) *reader {
	var printed bytes.Buffer
	m.settle()
	status, err := m.config.Command(command, &printed)
	if err != nil {
		m.fail(err)
	}
	m.hold(int64(printed.Cap()))
	return &reader{src: &printed, held: printed.Cap(), status: status << 8}
}
