package filemode_test

import (
	"testing"

	"github.com/lamina-oci/lamina/internal/filemode"
)

func FuzzChange(f *testing.F) {
	for _, seed := range []string{"755", "u+x", "a=rwX,g-w", "+t", "u=g+s", ",", "8", "u", "=", "07777", "10000"} {
		f.Add(seed, uint16(0o644), false)
	}
	f.Fuzz(func(t *testing.T, text string, old uint16, isDirectory bool) {
		if mode, ok := filemode.Change(text, old&0o7777, isDirectory, 0o022); ok && mode > 0o7777 {
			t.Fatalf("%q on %o: %o", text, old, mode)
		}
	})
}
