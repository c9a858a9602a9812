package program_test

import (
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/program"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestRead has what execve(2) says of interpreters, and what POSIX says of files that are none of the kernel's formats.
func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, content string
		isScript      bool
		interpreter   []string
		isShell       bool
		isText        bool
	}{
		{"a script of sh", "#!/bin/sh\necho\n", true, []string{"/bin/sh"}, true, false},
		{"with an option", "#!/bin/sh -e\n", true, []string{"/bin/sh", "-e"}, true, false},
		{"with space", "#! \t/bin/ash\t\n", true, []string{"/bin/ash"}, true, false},
		{"of Bash", "#!/bin/bash\n", true, []string{"/bin/bash"}, true, false},
		{"of busybox", "#!/bin/busybox sh\n", true, []string{"/bin/busybox", "sh"}, true, false},
		{"by env", "#!/usr/bin/env sh\n", true, []string{"/usr/bin/env", "sh"}, true, false},
		{"of Python by env", "#!/usr/bin/env python3\n", true, []string{"/usr/bin/env", "python3"}, false, false},
		{"of Perl", "#!/usr/bin/perl -w\n", true, []string{"/usr/bin/perl", "-w"}, false, false},
		{"without an interpreter", "#!\necho\n", true, nil, false, false},
		{"without a line's end", "#!/bin/sh", true, []string{"/bin/sh"}, true, false},
		{"text", "echo hello\n", false, nil, false, true},
		{"nothing", "", false, nil, false, true},
		{"space before", " #!/bin/sh\n", false, nil, false, true},
		{"a program", "\x7fELF\x02", false, nil, false, false},
		{"bytes", "a\x00b", false, nil, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := program.Read(node(t, test.content))
			if p.IsScript != test.isScript || !slices.Equal(p.Interpreter, test.interpreter) || p.IsShellScript() != test.isShell {
				t.Errorf("%+v, of a shell: %t", p, p.IsShellScript())
			}
			text := p.PlainText()
			if (text != nil) != test.isText || text != nil && string(text) != test.content {
				t.Errorf("the text is %q", text)
			}
		})
	}
}

// TestReadLarge: the content of a large file is not known.
func TestReadLarge(t *testing.T) {
	p := program.Read(node(t, "#!/bin/sh\n"+string(make([]byte, busybox.MaxBodySize))))
	if p.IsScript || p.PlainText() != nil || p.IsShellScript() {
		t.Errorf("%+v", p)
	}
}

// TestPlainTextIsACopy: what a caller does to the text does not change the file.
func TestPlainTextIsACopy(t *testing.T) {
	p := program.Read(node(t, "echo\n"))
	p.PlainText()[0] = 'x'
	if got := string(p.PlainText()); got != "echo\n" {
		t.Errorf("the text is %q afterwards", got)
	}
}

func node(t *testing.T, content string) *tree.Node {
	t.Helper()
	root := tree.New()
	if err := root.WriteFile("f", []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	n, err := root.Stat("f")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
