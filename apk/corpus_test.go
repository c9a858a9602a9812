package apk

import (
	"os"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// corpusDirectory returns a path in the corpus of real Alpine data. Without it the
// test is skipped, but in CI it must be there.
func corpusDirectory(t testing.TB, elem ...string) string {
	t.Helper()
	return corpustest.Path(t, elem...)
}

// casesDirectory is where apk-tools' own cases are.
func casesDirectory(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("LAMINA_SOLVER_CASES"); dir != "" {
		return dir
	}
	return corpusDirectory(t, "apk-tools")
}
