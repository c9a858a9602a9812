package main

import (
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestScriptsDoNotReachTheTerminal: -v shows what scripts print with its control characters as text.
func TestScriptsDoNotReachTheTerminal(t *testing.T) {
	b := newBench(t)
	b.repository(fixtures.Repository{Packages: append(goodPackages(), fixtures.Package{
		Name:    "loud",
		Scripts: map[string]string{"post-install": "#!/bin/sh\nprintf '\\033]0;title\\007\\033[2Jgr\\303\\274n\\r\\n'\n"},
		Files:   []fixtures.File{{Path: "usr/lib/loud", Content: "x"}},
	})})
	code, _, stderr := b.lamina("build", "-v", "--progress", "none", "--base", "rootfs:base.tar.gz", "--repository", "repo", "-o", "oci:out:latest", "loud")
	if want := `\x1b]0;title\x07\x1b[2Jgrün\x0d` + "\n"; code != 0 || !strings.Contains(stderr, want) || strings.ContainsAny(stderr, "\x1b\x07\r") {
		t.Errorf("got %d, %q, want %q in it", code, stderr, want)
	}
}
