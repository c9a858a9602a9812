package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestManPages writes pages for all commands; man reads them without a warning, and finds what the help says.
func TestManPages(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing happens at the same time")
	}
	b := newBench(t)
	for _, dir := range []string{"man1", "again"} {
		if code, _, stderr := b.lamina("man", dir); code != exit.Done {
			t.Fatal(stderr)
		}
	}
	pages, err := filepath.Glob("man1/*.1")
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	// Every command and topic has a page, also those below another.
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" { // cobra's own
			return
		}
		if name := "man1/" + strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"; !slices.Contains(pages, name) {
			t.Errorf("there is no %s", name)
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newCommand(io.Discard, io.Discard))
	// The spec's page shows YAML as it is: people copy from it.
	_, block, _ := strings.Cut(mustReadText(t, "man1/lamina-spec.1"), "\n.nf\n")
	block, _, _ = strings.Cut(block, "\n.fi\n")
	plain := strings.NewReplacer(`\-`, "-", `\(aq`, "'", `\(ha`, "^", `\(ti`, "~", `\(ga`, "`", `\e`, `\`).Replace(block)
	if plain+"\n" != indent(spec.Example) {
		t.Errorf("the spec's page is not the example:\n%s", cmp.Diff(indent(spec.Example), plain+"\n"))
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
		if filepath.Base(page) == "lamina-spec.1" {
			shown := strings.ReplaceAll(string(out), "\n       ", "\n")
			for line := range strings.Lines(indent(spec.Example)) {
				if !strings.Contains(shown, "\n"+line) {
					t.Errorf("man does not show the line %q of a spec as it is", line)
				}
			}
		}
		if filepath.Base(page) == "lamina-build.1" && (!strings.Contains(string(out), "--platform OS/ARCH[/VARIANT]") ||
			!strings.Contains(string(out), "lamina build -f lamina.yaml -o oci:image:latest")) {
			t.Errorf("%s:\n%s", page, out)
		}
	}
}
