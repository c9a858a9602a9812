// Package terminal makes text that others wrote safe to print: scripts, packages, servers
// and files have no say over the terminal of who reads a message.
package terminal

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Escape returns a text in which what a terminal would act on is written as in Go source:
// control characters other than newline and tab, those of the C1 set, marks that change the
// direction of text, and bytes that are not UTF-8. Other text is returned as it is.
func Escape(s string) string {
	clean := true
	for _, r := range s {
		clean = clean && !acts(r)
	}
	if clean && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1, acts(r) && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case acts(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// OneLine returns a text as one line: quoted as in Go source if it has control characters or is not UTF-8.
func OneLine(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		s = fmt.Sprintf("%q", s)
	}
	return s
}

// Count is "1 layer", or "2 layers".
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// acts reports whether a terminal does something else with a rune than to show it.
func acts(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ', 0x7f <= r && r <= 0x9f:
		return true
	}
	// Unicode's bidirectional marks, embeddings, overrides and isolates, and line separators.
	return r == 0x061c || r == 0x200e || r == 0x200f || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}

// Writer escapes what it hands on. A character whose bytes come in several writes is
// escaped as bytes that are not UTF-8, unless it is complete with the next write.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	rest []byte // the beginning of a character
}

// NewWriter returns a writer to w. It may be used concurrently.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write implements [io.Writer].
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	whole := len(text)
	for i := max(0, whole-utf8.UTFMax+1); i < whole; i++ {
		if utf8.RuneStart(text[i]) && !utf8.FullRune(text[i:]) {
			whole = i
			break
		}
	}
	escaped := Escape(string(text[:whole]))
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.w, escaped); err != nil {
		return 0, err
	}
	return len(p), nil
}

// FormatBytes returns a size in the units of SI, as docker and podman print it.
func FormatBytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for ; value >= 999.5 && unit < 4; unit++ {
		value /= 1000
	}
	return fmt.Sprintf("%.3g %cB", value, " kMGT"[unit])
}
