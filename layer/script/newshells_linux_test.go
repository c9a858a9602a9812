package script

import (
	"strings"
	"testing"
)

// compareNewShells compares lines that "sh -c" runs each, so that what ends a shell can be seen, and so that its messages are those of a shell that
// knows no line numbers. Of standard input nothing is left to read.
func compareNewShells(t *testing.T, lines []string) {
	t.Helper()
	compareWith(t, "sh -c ", "", lines)
}

// compareBash is compareNewShells for Bash, whose messages are not compared.
func compareBash(t *testing.T, lines []string) {
	t.Helper()
	compareWith(t, "bash -c ", " 2>/dev/null", lines)
}

func compareWith(t *testing.T, before, behind string, lines []string) {
	t.Helper()
	commands := make([]string, len(lines))
	for i, line := range lines {
		commands[i] = before + Quote(line) + behind
	}
	compareEach(t, "cd /w; exec </dev/null; ", commands)
}

// linesOf are the lines of a table.
func linesOf(table string) []string { return strings.Split(strings.Trim(table, "\n"), "\n") }
