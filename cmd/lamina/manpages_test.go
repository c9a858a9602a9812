package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestManPages writes pages for all commands; man reads them without a warning, and finds what the help says.
func TestManPages(t *testing.T) {
	b := newBench(t)
	for _, dir := range []string{"man1", "again"} {
		if code, _, stderr := b.lamina("man", dir); code != exitDone {
			t.Fatal(stderr)
		}
	}
	pages, err := filepath.Glob("man1/*.1")
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	man, err := exec.LookPath("man")
	for _, page := range pages {
		text := mustReadText(t, page)
		if text != mustReadText(t, filepath.Join("again", filepath.Base(page))) {
			t.Errorf("%s: other bytes the second time", page)
		}
		for _, part := range []string{".TH ", ".SH NAME\n", ".SH DESCRIPTION\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: has no %q", page, part)
			}
		}
		if err != nil {
			continue
		}
		cmd := exec.Command(man, "--warnings", "-l", page)
		cmd.Env = append(os.Environ(), "MANWIDTH=100", "LC_ALL=C.UTF-8", "PAGER=cat", "SOURCE_DATE_EPOCH=0")
		var warnings strings.Builder
		cmd.Stderr = &warnings
		out, failed := cmd.Output()
		if failed != nil || warnings.Len() > 0 {
			t.Errorf("%s: %v, %s", page, failed, warnings.String())
		}
		if filepath.Base(page) == "lamina-build.1" && (!strings.Contains(string(out), "--platform OS/ARCH[/VARIANT]") || !strings.Contains(string(out), "lamina build -f lamina.yaml -o oci:image:latest")) {
			t.Errorf("%s:\n%s", page, out)
		}
	}
}
