package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestInitAsksTheBase reads bases in all places where they may be, and says what they are.
func TestInitAsksTheBase(t *testing.T) {
	b := newBench(t)
	const release = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME=\"Alpine Linux v3.22\"\n"
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Repositories: []string{b.serve()},
		Files: []fixtures.File{{Path: "etc/os-release", Content: release}}})
	b.file("bare.yaml", "base: scratch\nplatforms: [linux/amd64, linux/arm64]\nfiles: [{path: /etc/os-release, content: \"PRETTY_NAME='Bare 1'\\n\"}]\n")
	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer hub.Close()
	remote := "docker://" + strings.TrimPrefix(hub.URL, "http://") + "/base:1"
	for _, args := range [][]string{
		{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:base:1", "-o", "docker-archive:base.tar:base:1", "-o", remote},
		{"build", "-f", "bare.yaml", "-o", "oci:bare:1"},
	} {
		if code, _, stderr := b.lamina(args...); code != exit.Done {
			t.Fatal(stderr)
		}
	}
	const alpine = "# The base image: Alpine Linux v3.22, apk-tools 2.14.9-r2, linux/amd64. Its layers stay unchanged.\nbase: "
	for _, test := range []struct {
		base string
		want []string
	}{
		{"rootfs:base.tar.gz", []string{alpine + "rootfs:base.tar.gz\n", "# repositories: ["}},
		{"oci:base:1", []string{alpine + "oci:base:1\n", "# repositories: [", "# platforms: [linux/amd64]\n"}},
		{"docker-archive:base.tar", []string{alpine}},
		{remote, []string{alpine + remote + "\n"}},
		{"oci:bare:1", []string{"# The base image: Bare 1, without apk-tools, linux/amd64. Its", "\nrepositories:\n- alpine:3.22\n",
			"# platforms: [linux/amd64, linux/arm64]\n"}},
		{"scratch", []string{"\nrepositories:\n- alpine:3.22\n"}},
	} {
		os.Remove("lamina.yaml")
		code, stdout, stderr := b.lamina("init", "--base", test.base, "nginx")
		if code != exit.Done || stdout != "lamina.yaml\n" || stderr != "" {
			t.Fatalf("%s: %d, %q, %q", test.base, code, stdout, stderr)
		}
		text := mustReadText(t, "lamina.yaml")
		for _, want := range append(test.want, "packages:\n- nginx\n") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", test.base, want, text)
			}
		}
		if !strings.HasPrefix(text, "# yaml-language-server: $schema=https://") {
			t.Errorf("no line for editors:\n%s", text)
		}
	}
	os.Remove("lamina.yaml")
	if code, _, stderr := b.lamina("init", "--base", "docker://127.0.0.1:1/base"); code != exit.Done ||
		!strings.Contains(stderr, "warning: the spec does not describe the base") {
		t.Errorf("a base that cannot be read: %d, %s", code, stderr)
	}
	if code, _, stderr := b.lamina("init"); code != exit.Failed || !strings.Contains(stderr, "lamina.yaml already exists") {
		t.Errorf("a spec that exists: %d, %s", code, stderr)
	}
	if code, _, _ := b.lamina("init", "-f", "other.yaml", "--base", "alpine:3.22"); code != exit.Usage {
		t.Errorf("a base without a transport: %d", code)
	}
}

// TestInitFrom builds a spec, writes the one that makes the image's last layer, and builds that: the same image, with or
// without a record of the first build.
func TestInitFrom(t *testing.T) {
	b := newBench(t)
	packages := append(goodPackages(), fixtures.Package{Name: "web", Version: "2-r0", Files: []fixtures.File{{Path: "etc/web.conf", Content: "port 80\n"},
		{Path: "etc/web.d/a", Content: "a"}},
		Scripts: map[string]string{"pre-install": "#!/bin/sh\nadduser -S -D -H -s /sbin/nologin web 2>/dev/null\nexit 0\n"}})
	b.repository(fixtures.Repository{Packages: packages})
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Passwd: "root:x:0:0:root:/root:/bin/sh\n", Group: "root:x:0:root\n",
		Files: []fixtures.File{{Path: "etc/motd", Content: "welcome\n"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"}}})
	b.file("big", strings.Repeat("0123456789abcdef", 1000))
	b.file("binary", "\x00\x01\x02")
	b.file("spec.yaml", `base: rootfs:base.tar.gz
repositories: [repo]
keys: [fixtures@lamina.rsa.pub]
packages: ["nginx>1.26", web]
groups: [{name: staff2, gid: 1500}]
users: [{name: app, uid: 1000, group: staff2, home: /srv/app, shell: /sbin/nologin}]
files:
  - {path: /etc/web.conf, content: "port 8080 # ${port}\n", mode: 0600, owner: "app:staff2"}
  - {path: /srv/site/big.txt, source: big}
  - {path: /srv/site/run, source: binary, mode: 0755}
  - {path: /srv/site/empty, type: directory, mode: 0700, owner: "app:staff2"}
  - {path: /srv/link, type: symlink, target: site/run}
  - {path: /srv/again, type: hardlink, target: /srv/site/run}
  - {path: /etc/motd, type: absent}
config:
  entrypoint: [/usr/sbin/nginx]
  cmd: [-g, "daemon off;"]
  env: {MODE: "a b", EMPTY: ""}
  user: app
  workingDir: /srv
  exposedPorts: [80/tcp]
  volumes: [/srv/site]
  stopSignal: SIGQUIT
  labels: {title: web}
`)
	build := func(output string, args ...string) string {
		t.Helper()
		code, stdout, stderr := b.lamina(append([]string{"build", "-o", output}, args...)...)
		if code != exit.Done {
			t.Fatal(stderr)
		}
		return strings.TrimSpace(stdout)
	}
	want := build("oci:image:with", "-f", "spec.yaml")
	if got := build("oci:image-without:x", "-f", "spec.yaml", "--provenance=false"); got != want {
		t.Fatalf("%s without a record, %s with", got, want)
	}
	for _, image := range []string{"oci:image:with", "oci:image-without:x"} {
		dir := b.directory(strings.NewReplacer(":", "-").Replace(image))
		code, _, stderr := b.lamina("init", "--from", image, "-f", filepath.Join(dir, "lamina.yaml"), "--base", "rootfs:base.tar.gz", "--repository", "repo",
			"--key", "fixtures@lamina.rsa.pub")
		if code != exit.Done {
			t.Fatal(stderr)
		}
		text := mustReadText(t, filepath.Join(dir, "lamina.yaml"))
		for _, part := range []string{"packages: [nginx>1.26, web]\n", "env: {EMPTY: \"\", MODE: a b}\n", "source: files/srv/site/big.txt", "name: app",
			"port 8080", "type: absent"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: no %q in\n%s", image, part, text)
			}
		}
		for _, part := range []string{"/etc/passwd", "zlib", "web.d", "name: web"} {
			if strings.Contains(text, part) {
				t.Errorf("%s: has %q", image, part)
			}
		}
		again := "oci:" + filepath.Join(dir, "again") + ":x"
		build(again, "-f", filepath.Join(dir, "lamina.yaml"))
		var differences []struct {
			Packages, Files, Annotations []any
			Config                       []struct{ Path string }
		}
		_, stdout, stderr := b.lamina("diff", image, again, "--json")
		if err := json.Unmarshal([]byte(stdout), &differences); err != nil {
			t.Fatal(err, stderr)
		}
		if d := differences[0]; len(d.Packages)+len(d.Files)+len(d.Config)+len(d.Annotations) > 0 {
			t.Errorf("%s: the image of this spec differs:\n%s\n%s", image, text, cmp.Diff(nil, d))
		}
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"init", "--from", "oci:image:with", "-f", "new.yaml", "nginx"}, exit.Usage, "--from: takes no PACKAGE"},
		{[]string{"init", "-f", "new.yaml", "--platform", "linux/amd64"}, exit.Usage, "--platform: applies only to --from"},
		{[]string{"init", "-f", "new.yaml", "--from", "image:with"}, exit.Usage, "no transport"},
		{[]string{"init", "-f", "new.yaml", "--from", "oci:image:none"}, exit.Failed, "none"},
	} {
		if code, _, stderr := b.lamina(test.args...); code != test.code || !strings.Contains(stderr, test.want) {
			t.Errorf("%v: %d, %s", test.args, code, stderr)
		}
	}
}

// TestInitFromAlpine takes an image of Alpine's own packages, whose scripts make accounts and links, without its record: packages
// alone are in the spec, and it makes the same image.
func TestInitFromAlpine(t *testing.T) {
	corpus := corpustest.Path(t, "alpine-3.19")
	b := newBench(t)
	from := []string{"--base", "rootfs:" + filepath.Join(corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"), "--repository", filepath.Join(corpus, "repo"),
		"--key", filepath.Join(corpus, "keys", "corpus@lamina-1.rsa.pub")}
	command := append([]string{"build", "--provenance=false", "-o", "oci:image:one", "nginx", "nginx-openrc", "ca-certificates"}, from...)
	code, want, stderr := b.lamina(command...)
	if code != exit.Done {
		t.Fatal(stderr)
	}
	if code, _, stderr := b.lamina(append([]string{"init", "--from", "oci:image:one"}, from...)...); code != exit.Done || stderr != "" {
		t.Fatal(stderr)
	}
	text := mustReadText(t, "lamina.yaml")
	if !strings.Contains(text, "\npackages: [ca-certificates, nginx, nginx-openrc]\n") || strings.Contains(text, "files:") || strings.Contains(text, "users:") {
		t.Errorf("the spec has other things than packages:\n%s", text)
	}
	_, got, stderr := b.lamina("build", "-o", "oci:image:two", "--provenance=false")
	if layer := func(digest string) string {
		code, stdout, stderr := b.lamina("inspect", "oci:image:"+digest, "--json")
		var report struct{ Layers []struct{ Digest string } }
		if err := json.Unmarshal([]byte(stdout), &report); code != exit.Done || err != nil {
			t.Fatal(err, stderr)
		}
		return report.Layers[len(report.Layers)-1].Digest
	}; got == "" || layer("one") != layer("two") {
		t.Errorf("%s makes %s, want the layer of %s: %s", text, got, want, stderr)
	}
}

// TestInitFromScratch: in an image of one layer everything is new, also the accounts that Alpine's own packages bring.
func TestInitFromScratch(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many programs")
	}
	corpus := corpustest.Path(t, "alpine-3.19")
	b := newBench(t)
	from := []string{"--repository", filepath.Join(corpus, "repo")}
	keys, err := filepath.Glob(filepath.Join(corpus, "keys", "*.pub"))
	if err != nil || len(keys) < 2 {
		t.Fatal(keys, err)
	}
	for _, key := range keys {
		from = append(from, "--key", key)
	}
	code, want, stderr := b.lamina(append([]string{"build", "--base", "scratch", "--platform", "linux/amd64", "--provenance=false", "-o", "oci:image:one",
		"alpine-baselayout", "busybox", "apk-tools", "nginx"}, from...)...)
	if code != exit.Done {
		t.Fatal(stderr)
	}
	if code, _, stderr := b.lamina(append([]string{"init", "--from", "oci:image:one"}, from...)...); code != exit.Done ||
		!strings.Contains(stderr, "note: accounts with numbers below 1000 are left out") {
		t.Fatal(code, stderr)
	}
	if code, got, stderr := b.lamina("build", "--provenance=false", "-o", "oci:image:two"); code != exit.Done || got != want {
		t.Errorf("%s\nmakes %s, want %s: %s", mustReadText(t, "lamina.yaml"), got, want, stderr)
	}
}

// TestInitFromWritesBesideTheSpec: names come from an image; no link leads out of the directory, and nothing is written over.
func TestInitFromWritesBesideTheSpec(t *testing.T) {
	b := newBench(t)
	b.file("binary", "\x00new")
	b.file("spec.yaml", "base: scratch\nplatforms: [linux/amd64]\nfiles: [{path: /srv/a, source: binary}]\n")
	if code, _, stderr := b.lamina("build", "-f", "spec.yaml", "-o", "oci:image:x"); code != exit.Done {
		t.Fatal(stderr)
	}
	outside := b.directory("outside")
	for name, prepare := range map[string]func(dir string) error{
		"a link to a directory elsewhere": func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "files", "srv")) },
		"a file that exists": func(dir string) error {
			if err := os.MkdirAll(filepath.Join(dir, "files", "srv"), 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "files", "srv", "a"), []byte("old"), 0o644)
		},
	} {
		dir := filepath.Join(b.directory(name), "spec")
		if err := os.MkdirAll(filepath.Join(dir, "files"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := prepare(dir); err != nil {
			t.Skip(err) // links on Windows
		}
		code, _, stderr := b.lamina("init", "--from", "oci:image:x", "-f", filepath.Join(dir, "lamina.yaml"))
		if code != exit.Failed || !strings.Contains(stderr, "write ") || !strings.Contains(stderr, "/srv/a") {
			t.Errorf("%s: %d, %s", name, code, stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "lamina.yaml")); err == nil {
			t.Errorf("%s: there is a spec", name)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("written elsewhere: %v, %v", entries, err)
	}
	if text := mustReadText(t, "a file that exists/spec/files/srv/a"); text != "old" {
		t.Errorf("written over: %q", text)
	}
}
