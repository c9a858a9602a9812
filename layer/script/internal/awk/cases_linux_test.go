package awk

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestAnswers asks busybox again for the recorded answers.
func TestAnswers(t *testing.T) {
	r := newReference(t)
	answers := make(map[string]answer)
	for _, c := range allCases() {
		answers[c.key()] = r.run(t, c.args, c.stdin)
	}
	if *update {
		for key, a := range answers {
			answers[key] = answer{toLatin1(a.Stdout), toLatin1(a.Stderr), a.Status}
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "\t")
		if err := e.Encode(answers); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(answersFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	recorded := readAnswers(t)
	for key, want := range answers {
		if recorded[key] != want {
			t.Errorf("%q: busybox answers %+v, recorded is %+v", key, want, recorded[key])
		}
	}
}
