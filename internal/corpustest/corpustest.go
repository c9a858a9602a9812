// Package corpustest finds real Alpine data for tests. The module carries none of it.
package corpustest

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable names the directory of the corpus in the environment.
const Variable = "LAMINA_CORPUS"

// Path returns a path in the corpus. Without a corpus the test is skipped, but with CI=true it fails.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(Variable + " is not set")
		}
		t.Skip(Variable + " is not set: no real Alpine data to test with")
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}
