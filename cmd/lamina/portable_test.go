package main

import (
	"os"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestLineEnds: specs, Dockerfiles and .dockerignore with the line ends of Windows mean the same, and so does a file that
// nobody may execute if its mode is given: the checkouts of Windows have both.
func TestLineEnds(t *testing.T) {
	b := newBench(t)
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Passwd: "root:x:0:0:root:/root:/bin/sh\n", Group: "root:x:0:root\n",
		Files: []fixtures.File{{Path: "bin/sh", Mode: 0o755, Content: "sh"}}})
	spec := "base: rootfs:base.tar.gz\nrepositories: [repo]\nkeys: [fixtures@lamina.rsa.pub]\npackages:\n  - nginx\nrun:\n  - |\n    if true; then\n" +
		"      echo one >/one\n    fi\n" +
		"files:\n  - path: /two\n    content: |\n      first\n      second\n  - {path: /run.sh, source: run.sh, mode: 0755}\nconfig:\n  cmd: [/run.sh]\n"
	dockerfile := "FROM base\n# of shell\nRUN echo one \\\n    two >/one\nCOPY --chmod=755 run.sh /\nCOPY context /srv\nRUN <<EOF\necho three >/three\nEOF\n" +
		"ENV A=b\nCMD [\"/run.sh\"]\n"
	b.directory("context")
	b.file("context/kept", "kept\n")
	b.file("context/left.tmp", "out\n")
	b.file("run.sh", "#!/bin/sh\n")
	var digests [2][2]string
	for i, mode := range []os.FileMode{0o755, 0o644} {
		if err := os.Chmod("run.sh", mode); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"lamina.yaml": spec, "Dockerfile": dockerfile, ".dockerignore": "**/*.tmp\n*.gz\nout\n"} {
			if i == 1 {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			b.file(name, text)
		}
		for j, args := range [][]string{{"-f", "lamina.yaml"}, {"-f", "Dockerfile", "--build-context", "base=rootfs:base.tar.gz", "."}} {
			code, stdout, stderr := b.lamina(append([]string{"build", "-o", "oci:lines:x"}, args...)...)
			if code != exit.Done {
				t.Fatal(stderr)
			}
			digests[i][j] = stdout
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("%v with the line ends of Unix, %v with those of Windows", digests[0], digests[1])
	}
}
