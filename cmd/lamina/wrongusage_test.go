package main

import (
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
)

// TestWrongUsage: a flag that makes no sense is wrong usage, whatever it is about.
func TestWrongUsage(t *testing.T) {
	b := newBench(t)
	for _, flags := range [][]string{
		{"--arg", "A"}, {"--without", "/bin/x"}, {"--skip-scripts", "x:foo"}, {"--target", "a"}, {"--label", "a=b"}, {"--build-arg", "A=b"},
		{"--platform", "linux/amd64", "--platform", "linux/amd64"}, {"--lock", "L", "--no-lock"},
		{"--repository", "ftp://x/y"}, {"--repository", "alpine:x"}, {"--repository", ""}, {"curl@"}, {">8"}, {""},
	} {
		// The base is not looked for.
		if code, stdout, stderr := b.lamina(append([]string{"build", "--base", "oci:missing:t", "-o", "oci:out:t"}, flags...)...); code != exit.Usage || stdout != "" {
			t.Errorf("build %q: exit code %d, %s%s", flags, code, stdout, stderr)
		}
	}
	if code, _, stderr := b.lamina("build", "--base", "scratch", "--platform", "linux/amd64", "-o", "oci:out:t"); code != exit.Done {
		t.Fatal(stderr)
	}
	for _, flags := range [][]string{
		{"--target", "a"}, {"--image", "a"}, {"--arg", "A=b"}, {"--build-arg", "A=b"}, {"--context", "."}, {"--label", "a=b"}, {"--without", "x"},
		{"--skip-scripts", "x"}, {"--base", "scratch"}, {"--build-context", "a=."},
	} {
		if code, stdout, stderr := b.lamina(append([]string{"verify", "oci:out:t"}, flags...)...); code != exit.Usage || stdout != "" {
			t.Errorf("verify %q: exit code %d, %s%s", flags, code, stdout, stderr)
		}
	}
}
