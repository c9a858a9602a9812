package apk

import (
	"os"
	"path/filepath"
	"testing"
)

// corpusFolder returns a path in the corpus of real Alpine data. Without it the
// test is skipped, but in CI it must be there.
func corpusFolder(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("LAMINA_CORPUS")
	if root == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("LAMINA_CORPUS is not set")
		}
		t.Skip("LAMINA_CORPUS is not set: no real Alpine data to test with")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

// casesFolder is where apk-tools' own cases are.
func casesFolder(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("LAMINA_SOLVER_CASES"); dir != "" {
		return dir
	}
	return corpusFolder(t, "apk-tools")
}
