package shell

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/busybox"
)

// A text is parsed or refused; what is not refused has none of what the evaluator does
// not know.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"echo a", "((1))", "<(a)", "a &", "x=(1)", "${x@Q}", "[[ a =~ b ]]", "select x in a; do :; done", "echo ${!a*}", "@(a|b)", "$[1]", "a |& b", "coproc a", strings.Repeat("(", 2000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parse(new(busybox.Session), []byte(text), "")
		if err != nil {
			var unsupported *busybox.UnsupportedError
			if !errors.As(err, &unsupported) || unsupported.Reason == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if err := check(new(busybox.Session), file); err != nil {
			t.Fatalf("%q: once more: %v", text, err)
		}
	})
}
