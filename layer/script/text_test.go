package script_test

import (
	"errors"
	"testing"

	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestRunText runs text without a file, over a tree that has no program.
func TestRunText(t *testing.T) {
	tr := tree.New()
	o := script.Options{Tree: tr, Standalone: true}
	if err := script.RunText(t.Context(), o, "run 1", `mkdir -p /srv && echo "$A $PATH" >/srv/a && cd /srv && touch b`,
		map[string]string{"A": "x", "PATH": "/bin"}); err != nil {
		t.Fatal(err)
	}
	if b, err := tr.ReadFile("srv/a", 99); err != nil || string(b) != "x /bin\n" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := tr.Stat("srv/b"); err != nil {
		t.Error(err)
	}
	var exit *script.ExitError
	if err := script.RunText(t.Context(), o, "run 2", "ls /nosuch; false", nil); !errors.As(err, &exit) ||
		exit.Error() != "run 2: exit status 1: ls: /nosuch: No such file or directory" {
		t.Errorf("got %v", err)
	}
	var unsupported *script.UnsupportedError
	if err := script.RunText(t.Context(), o, "run 3", "true\ncoproc x", nil); !errors.As(err, &unsupported) {
		t.Errorf("got %v", err)
	}
	// docker runs /bin/sh -c TEXT.
	if err := script.RunText(t.Context(), o, "run 4", `echo "$0 $- $#" > /srv/c; set -e; echo "$-" >> /srv/c`, nil); err != nil {
		t.Error(err)
	}
	if b, err := tr.ReadFile("srv/c", 100); err != nil || string(b) != "/bin/sh c 0\nce\n" {
		t.Errorf("%q, %v", b, err)
	}
	o.Standalone = false
	if err := script.RunText(t.Context(), o, "run 4", "mkdir /x", nil); err == nil || err.Error() != "run 4: exit status 127: /bin/sh: mkdir: not found" {
		t.Errorf("got %v", err)
	}
}
