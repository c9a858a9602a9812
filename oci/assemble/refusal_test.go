package assemble_test

import (
	"archive/tar"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// refusedInputs is a request whose packages and commands need what cannot be interpreted in several places, and things that look like it
// and do no harm.
func refusedInputs(t *testing.T) *inputs {
	elf := func(path string) fixtures.File { return fixtures.File{Path: path, Mode: 0o755, Content: "\x7fELF"} }
	in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		elf("bin/busybox"), {Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"},
	}},
		fixtures.Package{Name: "alpha", Files: []fixtures.File{elf("usr/bin/alpha-index")}, Scripts: map[string]string{
			"post-install": "#!/bin/sh\ntrue\nalpha-index --all && echo done >/etc/alpha\n[ -e /etc/alpha ] || exit 3\n"}},
		fixtures.Package{Name: "beta",
			Files: []fixtures.File{elf("usr/sbin/beta-tool"), {Path: "usr/bin/beta-script", Mode: 0o755, Content: "#!/bin/sh\necho script >/etc/beta\n"}},
			Scripts: map[string]string{
				"pre-install":  "#!/bin/sh\nbeta-tool\ncommand -v beta-tool && beta-tool\nexit 0\n",                                           // not there yet
				"post-install": "#!/bin/sh\nbeta-script\nif [ -e /nowhere ]; then beta-tool; fi\nbeta-missing || true\ntrue || beta-tool\n"}}, // goes through
		fixtures.Package{Name: "gamma", Files: []fixtures.File{elf("usr/bin/gamma-cache"), {Path: "usr/share/gamma/x", Content: "x"}}, Triggers: "/usr/share/*",
			Scripts: map[string]string{"post-install": "#!/usr/bin/python3\n", "trigger": "#!/bin/sh\nfor d; do gamma-cache $d; done\n"}},
	)
	in.spec.Packages = []string{"alpha", "beta", "gamma"}
	in.spec.Run = []string{"p=gamma-cache\n$p --verify", "false", "umask $((1", "p=alpha-index; $p"}
	return in
}

// TestAllRefusals: one build lists all that cannot be interpreted, with the lines, and how to leave it out; nothing is written.
func TestAllRefusals(t *testing.T) {
	in := refusedInputs(t)
	err := in.fails("package", "scripts cannot be interpreted in")
	refused := new(assemble.RefusedError)
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refused.Refusals {
		got = append(got, strings.Join([]string{r.Script, r.Program}, " ")+": "+r.Reason)
	}
	const program = " is a program that cannot be interpreted"
	want := []string{
		`alpha-1.0-r0.post-install alpha-index: "alpha-index"` + program,
		`gamma-1.0-r0.post-install : the interpreter "/usr/bin/python3" is not supported: only the shell is`,
		`gamma-1.0-r0.trigger gamma-cache: "gamma-cache"` + program,
		`run 1 gamma-cache: "gamma-cache"` + program,
		"run 3 : reached EOF without matching `$((` with `))`",
		`run 4 alpha-index: "alpha-index"` + program,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if line := refused.Refusals[0].Line; line != 3 {
		t.Errorf("alpha-index is in line %d, not 3", line)
	}
	if hint := assemble.Hint(err); !strings.HasPrefix(hint,
		"to leave out what they do, add to the spec: scripts: {without: [alpha-index, gamma-cache], skip: [{name: gamma, types: [post-install]}]}") {
		t.Errorf("the hint is %q", hint)
	}

	// The settings that the hint names are enough for the packages.
	in.spec.LeaveOut = []string{"alpha-index", "gamma-cache"}
	in.spec.SkipScripts = []string{"gamma:post-install"}
	in.spec.Run = nil
	in.build("image")
}

// TestRefusedOnPlatforms: what several platforms refuse is listed once, and what only some do with their names.
func TestRefusedOnPlatforms(t *testing.T) {
	in := severalInputs(t, "x86_64", "aarch64")
	for arch, script := range map[string]string{"x86_64": "#!/bin/sh\n", "aarch64": "#!/usr/bin/lua\n"} {
		err := (fixtures.Repository{Arch: arch, Packages: []fixtures.Package{
			{Name: "both", Files: []fixtures.File{{Path: "etc/b", Content: "b"}}, Scripts: map[string]string{"post-install": "#!/usr/bin/python3\n"}},
			{Name: "one", Files: []fixtures.File{{Path: "etc/o", Content: "o"}}, Scripts: map[string]string{"pre-install": script}},
		}}).Write(in.spec.Repositories[0])
		if err != nil {
			t.Fatal(err)
		}
	}
	in.spec.Packages, in.spec.Run = []string{"both", "one"}, nil
	plans, err := in.resolveAll(t.Context(), platforms(t, "linux/amd64", "linux/arm64"))
	if err != nil {
		t.Fatal(err)
	}
	defer plans.Close()
	_, _, err = plans.Write(t.Context(), oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "failed"), Name: "x"},
		assemble.WriteOptions{})
	refused := new(assemble.RefusedError)
	if !errors.As(err, &refused) || len(refused.Refusals) != 2 {
		t.Fatal(err)
	}
	if first, second := refused.Refusals[0].Error(), refused.Refusals[1].Error(); !strings.HasPrefix(first, "package both-1.0-r0 ") ||
		!strings.HasPrefix(second, "linux/arm64: package one-1.0-r0 ") {
		t.Errorf("%s\n%s", first, second)
	}
}
