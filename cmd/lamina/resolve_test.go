package main

import (
	"archive/tar"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestResolveDockerfile: resolve shows what each apk of a Dockerfile does, and --why what is there in the end.
func TestResolveDockerfile(t *testing.T) {
	b := newBench(t)
	b.repository(fixtures.Repository{Packages: []fixtures.Package{
		{Name: "jq", Version: "1.7.1-r0", Depends: "oniguruma"},
		{Name: "oniguruma", Version: "6.9.9-r0", Files: []fixtures.File{{Path: "usr/lib/libonig.so.5", Content: "onig"}}},
		{Name: "make", Version: "4.4.1-r2"},
	}})
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
		{Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}}})
	b.file("Dockerfile", `FROM small
RUN apk add --no-cache -t .deps make && apk add --no-cache jq && apk del .deps
RUN apk add --no-cache jp || :
`)
	resolve := func(args ...string) (int, string, string) {
		return b.lamina(append([]string{"resolve", "-q", "--repository", "repo", "--build-context", "small=rootfs:base.tar.gz", "."}, args...)...)
	}
	const virtual = "20060102.150405" // of the newest package
	code, stdout, stderr := resolve()
	_, version, _ := strings.Cut(stdout, "Installing .deps (")
	version, _, _ = strings.Cut(version, ")")
	if len(version) != len(virtual) {
		t.Errorf("version %q of .deps is not a time", version)
	}
	want := `apk add --no-cache -t .deps make:
(1/2) Installing make (4.4.1-r2)
(2/2) Installing .deps (` + version + `)

apk add --no-cache jq:
(1/2) Installing oniguruma (6.9.9-r0)
(2/2) Installing jq (1.7.1-r0)

apk del .deps:
(1/2) Purging .deps (` + version + `)
(2/2) Purging make (4.4.1-r2)

apk add --no-cache jp:
failed: no such package: jp: searched repo
`
	if code != exit.Done || stdout != want {
		t.Errorf("exit code %d, %s\ngot:\n%s\nwant:\n%s", code, stderr, stdout, want)
	}

	if code, stdout, stderr := resolve("--why", "oniguruma"); code != exit.Done ||
		stdout != "world[jq] -> jq-1.7.1-r0\njq-1.7.1-r0[oniguruma] -> oniguruma-6.9.9-r0\n" {
		t.Errorf("--why oniguruma: exit code %d, %s\n%s", code, stdout, stderr)
	}
	if code, _, stderr := resolve("--why", "make"); code != exit.Failed || !strings.Contains(stderr, "nothing of that name is part of the result") {
		t.Errorf("--why make, which was removed again: exit code %d, %s", code, stderr)
	}

	code, stdout, stderr = resolve("--json")
	var found struct {
		Changes      []any
		Transactions []struct {
			Command, Failure string
			World            []string
			Changes          []struct{ Action, Name string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &found); err != nil || code != exit.Done {
		t.Fatalf("exit code %d, %v: %s", code, err, stderr)
	}
	if len(found.Changes) != 0 || len(found.Transactions) != 4 {
		t.Fatalf("got %+v", found)
	}
	last := found.Transactions[2]
	if last.Command != "apk del .deps" || strings.Join(last.World, " ") != "apk-tools jq" || len(last.Changes) != 2 || last.Changes[0].Action != "purging" ||
		found.Transactions[3].Failure == "" {
		t.Errorf("got %+v", found.Transactions)
	}
}

// TestResolveOtherRoot: --why looks into the roots that commands make, and the JSON names them.
func TestResolveOtherRoot(t *testing.T) {
	b := newBench(t)
	b.repository(fixtures.Repository{Packages: []fixtures.Package{{Name: "jq", Depends: "oniguruma"}, {Name: "oniguruma"}, {Name: "make"}}})
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
		{Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}}})
	b.file("Dockerfile", `FROM small
RUN apk add make && apk add -p /r --initdb --keys-dir /etc/apk/keys --repositories-file /etc/apk/repositories jq
`)
	resolve := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := b.lamina(append([]string{"resolve", "-q", "--repository", "repo", "--build-context", "small=rootfs:base.tar.gz", "."}, args...)...)
		if code != exit.Done {
			t.Errorf("exit code %d, %s", code, stderr)
		}
		return stdout
	}
	want := "world[make] -> make-1.0-r0\n\nworld[jq] -> jq-1.0-r0\njq-1.0-r0[oniguruma] -> oniguruma-1.0-r0\n"
	if got := resolve("--why", "make", "--why", "oniguruma"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var found struct {
		Transactions []struct {
			Root  string
			World []string
		}
	}
	if err := json.Unmarshal([]byte(resolve("--json")), &found); err != nil || len(found.Transactions) != 2 {
		t.Fatalf("%v: %+v", err, found)
	}
	if own, other := found.Transactions[0], found.Transactions[1]; own.Root != "" || other.Root != "/r" || strings.Join(other.World, " ") != "jq" {
		t.Errorf("got %+v", found)
	}
}

// TestResolveScripts: resolve --scripts says of each script and command whether it runs, and which programs do nothing, without building
// anything; the JSON has the members of docs/results.md.
func TestResolveScripts(t *testing.T) {
	documented := documentedResults(t)[6]
	b := newBench(t)
	elf := func(path string) fixtures.File { return fixtures.File{Path: path, Mode: 0o755, Content: "\x7fELF"} }
	b.repository(fixtures.Repository{Packages: []fixtures.Package{
		{Name: "fonts", Files: []fixtures.File{elf("usr/bin/fc-cache"), elf("usr/bin/index-fonts"), elf("sbin/modprobe")}, Triggers: "/usr/bin",
			Scripts: map[string]string{
				"pre-install":  "#!/bin/sh\nfc-cache || true\n",
				"post-install": "#!/bin/sh\nfc-cache -f\nmodprobe fuse\nif [ -e /none ]; then index-fonts; fi\n",
				"trigger":      "#!/bin/sh\nfor dir; do\n\tindex-fonts $dir\ndone\n"}},
		{Name: "skipped", Scripts: map[string]string{"post-install": "#!/bin/sh\nexit 1\n"}, Files: []fixtures.File{{Path: "etc/x", Content: "x"}}},
		{Name: "python", Scripts: map[string]string{"post-install": "#!/usr/bin/python3\n"}, Files: []fixtures.File{{Path: "etc/y", Content: "x"}}},
	}})
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
		{Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}}})
	b.file("lamina.yaml", `base: rootfs:base.tar.gz
repositories: [repo]
packages: [fonts, skipped]
scripts: {skip: [{name: skipped, types: [post-install]}]}
steps: [{packages: [python]}, {run: [fc-cache]}]
`)
	code, stdout, stderr := b.lamina("resolve", "-q", "--scripts")
	want := `fonts-1.0-r0 pre-install: runs
fonts-1.0-r0 post-install: runs
  line 2: fc-cache: left out: fontconfig makes its caches again when it is first used
  line 3: modprobe: does nothing: no system is running
skipped-1.0-r0 post-install: skipped
fonts-1.0-r0 trigger: refused
  line 3: index-fonts: refused: "index-fonts" is a program that cannot be interpreted
python-1.0-r0 post-install: refused
  line 1: the interpreter "/usr/bin/python3" is not supported: only the shell is
run 1: runs
  line 1: fc-cache: left out: fontconfig makes its caches again when it is first used
`
	if code != exit.Failed || stdout != want {
		t.Errorf("exit code %d, got:\n%s\nwant:\n%s", code, stdout, want)
	}
	if !strings.Contains(stderr, "scripts cannot be interpreted in 2 places") ||
		!strings.Contains(stderr, "scripts: {without: [index-fonts], skip: [{name: python, types: [post-install]}]}") {
		t.Errorf("stderr: %s", stderr)
	}
	_, stdout, _ = b.lamina("resolve", "-q", "--scripts", "--json")
	if diff := cmp.Diff(shapeOf(t, documented), shapeOf(t, stdout)); diff != "" {
		t.Errorf("resolve --scripts --json (-documented +printed):\n%s", diff)
	}

	b.file("Dockerfile", "FROM small AS first\nRUN apk add fonts\nFROM small\nCOPY --from=first /usr/bin/index-fonts /\nRUN apk add fonts; fc-cache\n")
	code, stdout, _ = b.lamina("resolve", "-q", "--scripts", "--repository", "repo", "--build-context", "small=rootfs:base.tar.gz", "-f", "Dockerfile", ".")
	for _, line := range []string{"stage 0: fonts-1.0-r0 trigger: refused\n", "\nfonts-1.0-r0 trigger: refused\n", "stage 0: Dockerfile:2: RUN: runs\n",
		"\nDockerfile:5: RUN: runs\n  line 1: fc-cache: left out"} {
		if code != exit.Failed || !strings.Contains("\n"+stdout, line) {
			t.Errorf("exit code %d, and %q is missing in:\n%s", code, line, stdout)
		}
	}

	// A Dockerfile has no place for what is to be left out: flags say it, for all stages.
	build := []string{"build", "-q", "--repository", "repo", "--build-context", "small=rootfs:base.tar.gz", "-f", "Dockerfile", "-o", "oci:image", "."}
	code, _, stderr = b.lamina(build...)
	if hint := "without a spec: --without index-fonts\n"; code != exit.Failed || !strings.Contains(stderr, hint) ||
		!strings.Contains(stderr, "Dockerfile:2: ") || !strings.Contains(stderr, "Dockerfile:5: ") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for _, flags := range [][]string{{"--without", "index-fonts"}, {"--skip-scripts", "skipped,fonts:trigger"}} {
		if code, _, stderr := b.lamina(append(build, flags...)...); code != exit.Done {
			t.Errorf("%q: exit code %d, %s", flags, code, stderr)
		}
	}

	// Commands that call such programs are no errors either.
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "bin/busybox", Mode: 0o755, Content: "busybox"}, {Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}, elf("usr/bin/npm"),
		elf("usr/bin/pip")}})
	b.file("Dockerfile", "FROM small\nRUN npm audit && pip check\n")
	b.file("lamina.yaml", "base: rootfs:base.tar.gz\nrun: [npm audit && pip check]\nscripts: {without: [npm]}\n")
	for _, command := range [][]string{build, {"build", "-q", "-f", "lamina.yaml", "-o", "oci:image", "--without", "pip"}} {
		if code, _, stderr := b.lamina(append(command, "--without", "npm,pip")...); code != exit.Done {
			t.Errorf("%q: exit code %d, %s", command, code, stderr)
		}
	}
	if code, _, stderr := b.lamina("build", "-q", "-f", "lamina.yaml", "-o", "oci:image"); code != exit.Failed || strings.Contains(stderr, "npm") ||
		!strings.Contains(stderr, "pip is a program") {
		t.Errorf("exit code %d, %s", code, stderr)
	}

	for flag, want := range map[string]string{
		"--without=usr/bin/x": `lamina: --without: "usr/bin/x" is not the name of a program` +
			"\n  give the name alone, without its directory, such as fc-cache\n",
		"--skip-scripts=:trigger": `lamina: --skip-scripts: ":trigger": no name of a package` +
			"\n  give PACKAGE, or PACKAGE:TYPE for one type of its scripts\n",
		"--skip-scripts=fonts:post": `lamina: --skip-scripts: "fonts:post": "post" is not a type of script` +
			"\n  types are pre-install, post-install, pre-upgrade, post-upgrade, pre-deinstall, post-deinstall and trigger; " +
			"of commit hooks, pre-commit and post-commit\n",
	} {
		if code, _, stderr := b.lamina(append(build, "--without=npm,pip", flag)...); code != exit.Usage || stderr != want {
			t.Errorf("%s: exit code %d, %q, want %q", flag, code, stderr, want)
		}
	}
}
