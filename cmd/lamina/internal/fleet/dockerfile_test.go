package fleet

import (
	"os"
	"path/filepath"
	"testing"
)

// TestIsDockerfile: docker takes a Dockerfile under any name.
func TestIsDockerfile(t *testing.T) {
	const instructions, spec = "# syntax=docker/dockerfile:1\n\n  arg A=1\nFROM $A\n", "# FROM scratch\nbase: scratch\n"
	dir := t.TempDir()
	for _, c := range []struct {
		name, text string
		want       bool
		image      string // what bake calls it
	}{
		{"Dockerfile", spec, true, filepath.Base(dir)},
		{"dockerfile", spec, true, filepath.Base(dir)},
		{"Dockerfile.web", spec, true, "web"},
		{"Dockerfile-alpine", spec, true, "alpine"},
		{"Containerfile_prod", spec, true, "prod"},
		{"web.Dockerfile", spec, true, "web"},
		{"Dockerfile.lock", instructions, false, ""},
		{"Dockerfiles", spec, false, ""},
		{"web.docker", instructions, true, "web"},
		{"web", "\ufefffrom scratch\r\n", true, "web"},
		{"tab", "FROM\tscratch\n", true, "tab"},
		{"web.yaml", instructions, false, ""},
		{"web.txt", spec, false, ""},
		{"from.txt", "from: scratch\n", false, ""},
		{"empty", "", false, ""},
		{"gone", "", false, ""},
	} {
		file := filepath.Join(dir, c.name)
		if c.name != "gone" {
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := IsDockerfile(file); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
		if c.want {
			if targets, err := List([]string{file}); err != nil || len(targets) != 1 || targets[0].Name != c.image {
				t.Errorf("%s: %+v, %v, want %s", c.name, targets, err, c.image)
			}
		}
	}
}
