package awk

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the answers of busybox to testdata/answers.json")

const answersFile = "testdata/answers.json"

// testCase is a program with its arguments and standard input.
type testCase struct {
	stdin string
	args  []string
}

func (c testCase) key() string { return strings.Join(append([]string{c.stdin}, c.args...), "\x1f") }

// readAnswers reads what busybox answered to the cases.
func readAnswers(t *testing.T) map[string]answer {
	t.Helper()
	b, err := os.ReadFile(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	var recorded map[string]answer
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	answers := make(map[string]answer)
	for key, a := range recorded {
		answers[key] = answer{fromLatin1(a.Stdout), fromLatin1(a.Stderr), a.Status}
	}
	return answers
}

// toLatin1 and fromLatin1 carry bytes through JSON, each as a character.
func toLatin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func fromLatin1(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
	}
	return b.String()
}

// TestCases compares with the recorded answers of busybox 1.36.1.
func TestCases(t *testing.T) {
	answers := readAnswers(t)
	for _, c := range allCases() {
		want, ok := answers[c.key()]
		if !ok {
			t.Errorf("%q: no recorded answer: run with -update and the corpus", c.args)
			continue
		}
		if got := run(c.args, c.stdin); got != want {
			t.Errorf("%q\nstdin %q\n- %+v\n+ %+v", c.args, c.stdin, want, got)
		}
	}
}
