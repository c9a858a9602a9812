package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinked builds the program as it is given away, and looks at its size and at what is linked in: neither grows
// without somebody saying so in testdata/linked.txt, or here.
func TestLinked(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	const mostBytes, mostModules = 18<<20 + 776<<10, 28 // of which protobuf, which Docker's parser brings, is more than 1 MB, Bash 0.2 and GNU's tools 0.15; revisions that Go stamps move it by a page or two
	const list = "testdata/linked.txt"
	program := filepath.Join(t.TempDir(), "lamina")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() >= mostBytes {
		t.Errorf("the program has %d bytes, want less than %d", info.Size(), mostBytes)
	}
	linked, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, m := range linked.Deps {
		modules = append(modules, m.Path)
	}
	slices.Sort(modules)
	if len(modules) >= mostModules {
		t.Errorf("%d modules are linked in, want less than %d", len(modules), mostModules)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(string(text)), modules); diff != "" {
		t.Errorf("what is linked in is not what %s has; if that is meant, change the list (-list +linked):\n%s", list, diff)
	}
}
