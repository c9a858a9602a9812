package busybox

import (
	"bytes"
	"iter"
)

// Messages is what a command prints to standard error. It knows where in standard output
// each message belongs: to one that goes to the same file both come in the order in which
// they were printed, since busybox hands on what it has before it prints a message.
type Messages struct {
	bytes.Buffer
	out    *bytes.Buffer // standard output, once the command runs
	places []place
}

// place is where messages begin: at an offset of theirs and one of the output.
type place struct{ message, out int }

func (m *Messages) note() {
	if m.out == nil || len(m.places) > 0 && m.places[len(m.places)-1].out == m.out.Len() {
		return
	}
	m.places = append(m.places, place{m.Len(), m.out.Len()})
}

// Write appends a message.
func (m *Messages) Write(p []byte) (int, error) {
	m.note()
	return m.Buffer.Write(p)
}

// WriteString appends a message.
func (m *Messages) WriteString(s string) (int, error) {
	m.note()
	return m.Buffer.WriteString(s)
}

// Printed yields what the command has printed with the number of the descriptor, 1 or 2, in
// the order in which it was.
func (c *Call) Printed() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		out, messages := c.Out.Bytes(), c.Err.Bytes()
		shown := 0
		for i, at := range c.Err.places {
			end := len(messages)
			if i+1 < len(c.Err.places) {
				end = c.Err.places[i+1].message
			}
			if !yield(1, out[shown:at.out]) || !yield(2, messages[at.message:end]) {
				return
			}
			shown = at.out
		}
		if len(c.Err.places) == 0 && !yield(2, messages) {
			return
		}
		yield(1, out[shown:])
	}
}

// DropPrinted forgets what was printed, once it is handed on.
func (c *Call) DropPrinted() {
	c.Out.Reset()
	c.Err.Reset()
	c.Err.places = nil
}

// take adds what another command has printed.
func (c *Call) take(sub *Call) {
	for fd, b := range sub.Printed() {
		switch {
		case len(b) == 0:
		case fd == 1:
			c.Out.Write(b)
		default:
			c.Err.Write(b)
		}
	}
	sub.DropPrinted()
}
