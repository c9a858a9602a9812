package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
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
		{exit.Done, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:one"}},
		{exit.Done, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:two", "openrc"}},
		{exit.Done, []string{"verify", "oci:image:one", "--repository", "nginx/repository"}},
		{exit.Failed, []string{"verify", "oci:image:two", "-f", "nginx/lamina.yaml"}},
		{exit.Usage, []string{"verify", "oci:image:one", "--nonsense"}},
		{exit.Unknown, []string{"verify", "oci:image:one"}},
		{exit.Unknown, []string{"verify", "oci:image:three"}},
		{exit.Usage, []string{"verify", "image:one"}},
		{exit.Usage, []string{"inspect", "image:one"}},
		{exit.Usage, []string{"sbom", "image:one"}},
		{exit.Usage, []string{"push", "oci:image:one", "registry.example/image"}},
		{exit.Usage, []string{"push", "oci:image:one", "oci:image:two"}},
		{exit.Usage, []string{"diff", "oci:image:one", "image:two"}},
		{exit.Done, []string{"diff", "oci:image:one", "oci:image:one"}},
		{exit.Failed, []string{"diff", "oci:image:one", "oci:image:two"}},
		{exit.Usage, []string{"diff", "oci:image:one"}},
		{exit.Usage, []string{"help", "nonsense"}},
		{exit.Usage, []string{"help", "cache", "nonsense"}},
		{exit.Done, []string{"help", "cache"}},
		{exit.Done, []string{"completion"}},
		{exit.Done, []string{"completion", "bash"}},
		{exit.Usage, []string{"completion", "nonsense"}},
		{exit.Usage, []string{"cache", "nonsense", "--all"}},
		{exit.Usage, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:one", "--platform", ""}},
		{exit.Usage, []string{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:one", "--platform", "amd64"}},
		{exit.Unknown, []string{"diff", "oci:image:one", "oci:image:three"}},
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
