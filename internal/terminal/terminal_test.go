package terminal_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/internal/terminal"
)

var cases = map[string]string{
	"":                          "",
	"plain\ttext\n":             "plain\ttext\n",
	"Grüße, 世界 ✓":               "Grüße, 世界 ✓",
	"\x1b[2Jgone":               `\x1b[2Jgone`,
	"\x1b]0;title\x07":          `\x1b]0;title\x07`,
	"over\rwrite\b\x00\x7f":     `over\x0dwrite\x08\x00\x7f`,
	"\u009b31m":                 `\u009b31m`,
	"\x9b31m":                   `\x9b31m`,
	"invoice\u202efdp.exe":      `invoice\u202efdp.exe`,
	"\u2066a\u2069\u200e\u061c": `\u2066a\u2069\u200e\u061c`,
	"half \xe4\xb8":             `half \xe4\xb8`,
}

func TestEscape(t *testing.T) {
	for text, want := range cases {
		if got := terminal.Escape(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestWriter cuts each text at every place.
func TestWriter(t *testing.T) {
	for text, want := range cases {
		for cut := range len(text) + 1 {
			var b bytes.Buffer
			w := terminal.NewWriter(&b)
			for _, part := range []string{text[:cut], text[cut:], "."} {
				if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatalf("%q: %d, %v", part, n, err)
				}
			}
			if got := b.String(); got != want+"." {
				t.Errorf("%q cut at %d: got %q, want %q", text, cut, got, want+".")
			}
		}
	}
}

// FuzzEscape: no byte that a terminal acts on is left, and escaping twice gives the same text.
func FuzzEscape(f *testing.F) {
	for text := range cases {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := terminal.Escape(text)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\r\x07\u009b\u202e") || terminal.Escape(got) != got {
			t.Errorf("%q: got %q", text, got)
		}
	})
}

func TestCount(t *testing.T) {
	for n, want := range []string{"0 layers", "1 layer", "2 layers"} {
		if got := terminal.Count(n, "layer"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
