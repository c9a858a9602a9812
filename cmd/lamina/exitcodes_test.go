package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExitCodes of the commands that compare, for scripts.
func TestExitCodes(t *testing.T) {
	fixture, err := filepath.Abs("../../fixtures/nginx")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	if err := os.CopyFS("nginx", os.DirFS(fixture)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		want int
		args []string
	}{
		{exitDone, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:one"}},
		{exitDone, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:two", "openrc"}},
		{exitDone, []string{"verify", "oci:image:one", "--repository", "nginx/repository"}},
		{exitFailed, []string{"verify", "oci:image:two", "-f", "nginx/lamina.yaml"}},
		{exitUsage, []string{"verify", "oci:image:one", "--nonsense"}},
		{exitOpen, []string{"verify", "oci:image:one"}},
		{exitOpen, []string{"verify", "oci:image:three"}},
		{exitUsage, []string{"verify", "image:one"}},
		{exitUsage, []string{"inspect", "image:one"}},
		{exitUsage, []string{"sbom", "image:one"}},
		{exitUsage, []string{"push", "oci:image:one", "registry.example/image"}},
		{exitUsage, []string{"push", "oci:image:one", "oci:image:two"}},
		{exitUsage, []string{"diff", "oci:image:one", "image:two"}},
		{exitDone, []string{"diff", "oci:image:one", "oci:image:one"}},
		{exitFailed, []string{"diff", "oci:image:one", "oci:image:two"}},
		{exitUsage, []string{"diff", "oci:image:one"}},
		{exitUsage, []string{"help", "nonsense"}},
		{exitUsage, []string{"help", "cache", "nonsense"}},
		{exitDone, []string{"help", "cache"}},
		{exitDone, []string{"completion"}},
		{exitDone, []string{"completion", "bash"}},
		{exitUsage, []string{"completion", "nonsense"}},
		{exitUsage, []string{"cache", "nonsense", "--all"}},
		{exitUsage, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:one", "--platform", ""}},
		{exitUsage, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:one", "--platform", "amd64"}},
		{exitOpen, []string{"diff", "oci:image:one", "oci:image:three"}},
	} {
		if code, _, stderr := b.lamina(step.args...); code != step.want {
			t.Errorf("%v: exit code %d, want %d: %s", step.args, code, step.want, stderr)
		}
	}
	// A record does not name directories of the machine that built the image.
	_, _, stderr := b.lamina("verify", "oci:image:one")
	if want := "  the record does not say where its local packages are: give --repository DIR, --vendor DIR or -f SPEC\n"; !strings.HasSuffix(stderr, want) {
		t.Errorf("verify without the repository: %s", stderr)
	}
}
