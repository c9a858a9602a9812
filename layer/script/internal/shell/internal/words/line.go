package words

import (
	"bytes"
	"strings"
)

// Splitter is a line on its way to the variables of read, byte by byte: what a backslash stood before belongs to its field in any case.
// It must not be used concurrently.
type Splitter struct {
	IFS    string // "" for a line that stays whole
	Fields int    // how many variables there are; 0 for as many as there are fields

	Keep bool // as in Bash: a byte with a backslash before it begins a field, and stays at the end of the line

	values  []string
	kept    int
	last    []byte // the field that is read
	between int    // 0 within a field, 2 where one other than space may follow that belongs to no field, else 1
	begun   bool
}

// Len returns how many bytes the field that is read has.
func (l *Splitter) Len() int { return len(l.last) }

func (l *Splitter) separates(b byte) bool { return strings.IndexByte(l.IFS, b) >= 0 }

func (l *Splitter) space(b byte) bool {
	return l.separates(b) && strings.IndexByte(" \t\n\v\f\r", b) >= 0
}

// AddEscaped adds a byte with a backslash before it. It begins no field: space behind it is left out there.
func (l *Splitter) AddEscaped(b byte) {
	if l.last = append(l.last, b); l.Keep {
		l.kept, l.begun, l.between = len(l.last), true, 0
	}
}

// Add adds a byte without a backslash.
func (l *Splitter) Add(b byte) {
	if !l.begun {
		l.begun, l.between = true, 1
	}
	if l.between > 0 && l.separates(b) {
		if l.space(b) {
			return
		}
		if l.between--; l.between == 1 {
			return
		}
	}
	l.between = 0
	if (l.Fields == 0 || len(l.values)+1 < l.Fields) && l.separates(b) {
		l.values, l.last, l.kept = append(l.values, string(l.last)), l.last[:0], 0
		if l.between = 1; l.space(b) {
			l.between = 2
		}
		return
	}
	l.last = append(l.last, b)
}

// Finish returns a value for each variable. It takes space off the end of the last field, and a separator if the field is the only one that
// is left.
func (l *Splitter) Finish() []string {
	trim := func(b []byte) []byte {
		for len(b) > l.kept && l.space(b[len(b)-1]) {
			b = b[:len(b)-1]
		}
		return b
	}
	if l.Fields == 0 {
		if len(l.last) > 0 {
			l.values = append(l.values, string(l.last))
		}
		return l.values
	}
	l.last = trim(l.last)
	if n := len(l.last) - 1; n >= l.kept && l.separates(l.last[n]) {
		if only := trim(l.last[:n]); !bytes.ContainsAny(only, l.IFS) {
			l.last = only
		}
	}
	l.values = append(l.values, string(l.last))
	for len(l.values) < l.Fields {
		l.values = append(l.values, "")
	}
	return l.values
}
