package convert_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/oci/spec"
)

// writeFiles writes files into a new directory, and returns the path of the first.
func writeFiles(t *testing.T, nameAndText ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(nameAndText); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, nameAndText[i]), []byte(nameAndText[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, nameAndText[0])
}

// checkNotes compares notes, without the directory of the file.
func checkNotes(t *testing.T, r *convert.Result, dir string, want ...string) {
	t.Helper()
	var got []string
	for _, n := range r.Notes {
		got = append(got, strings.ReplaceAll(n.String(), dir+string(filepath.Separator), ""))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes, wanted with -, got with +:\n%s", diff)
	}
}

// TestSum: what has no SHA-256 is asked for once, and what cannot be had is a note.
func TestSum(t *testing.T) {
	name := writeFiles(t, "apko.yaml", `contents:
  packages: [a]
  keyring: ["https://example.org/a.pub", "https://example.org/b.pub", "https://alpinelinux.org/keys/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub"]
  repositories: [x]
archs: [amd64]
`)
	var asked []string
	sum := strings.Repeat("ab", 32)
	result, err := convert.File(name, convert.Options{Sum: func(where string) (string, error) {
		asked = append(asked, where)
		if strings.HasSuffix(where, "b.pub") {
			return "", errors.New("no such file")
		}
		return sum, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []string{"https://example.org/a.pub", "https://example.org/b.pub"}) || strings.Count(string(result.Spec), sum) != 2 ||
		strings.Count(string(result.Spec), strings.Repeat("0", 64)) != 2 {
		t.Errorf("asked %q\n%s", asked, result.Spec)
	}
	checkNotes(t, result, filepath.Dir(name),
		"apko.yaml:3: note: key https://example.org/a.pub has the SHA-256 that it has now: check that it is the one that you mean",
		"apko.yaml:3: the SHA-256 of key https://example.org/b.pub is not known: no such file: write the sha256 of the file that you mean in place of the zeros")
}

const apkoWeb = `contents:
  keyring: [corpus@lamina-1.rsa.pub]
  repositories: [REPO]
  packages:
    - alpine-baselayout-data
    - jq
accounts:
  run-as: nonroot
  users:
    - username: nonroot
      uid: 65532
      gid: 65532
    - {username: job, uid: 1000, shell: /bin/ash, homedir: /srv/job}
  groups:
    - groupname: nonroot
      gid: 65532
      members: [nonroot]
paths:
  - {path: /data, type: directory, uid: 65532, gid: 65532, permissions: 0o750}
  - {path: /data/sub, type: directory, permissions: 0o700}
  - {path: /data, type: permissions, uid: 1, gid: 2, permissions: 0o711, recursive: true}
  - {path: /etc/empty, type: empty-file, uid: 3, gid: 4, permissions: 0o640}
  - {path: /usr/bin/query, type: hardlink, source: /usr/bin/jq, permissions: 0o755}
  - {path: /usr/bin/q, type: symlink, source: jq}
environment: {PRICE: $5}
entrypoint:
  command: /usr/bin/jq -r '.a b' "x\"y" # a comment
cmd: --arg a b\ c
work-dir: /data
stop-signal: SIGQUIT
volumes: [/data]
archs: [x86_64]
annotations: {org.opencontainers.image.title: web}
vcs-url: https://git.example.org/web@0123
`

// TestApko: the image of the converted spec has what apko's own code writes (pkg/build of chainguard-dev/apko): lines of passwd and group,
// home directories 0700 of their users, paths with their owners and modes, words split as by a shell, variables that it adds, and
// annotations that are labels too.
func TestApko(t *testing.T) {
	b := newBuilder(t)
	repo := filepath.Join(b.corpus, "repo")
	key, err := os.ReadFile(filepath.Join(b.corpus, "keys", "corpus@lamina-1.rsa.pub"))
	if err != nil {
		t.Fatal(err)
	}
	name := writeFiles(t, "apko.yaml", strings.Replace(apkoWeb, "REPO", repo, 1), "corpus@lamina-1.rsa.pub", string(key))
	result, err := convert.File(name, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkNotes(t, result, filepath.Dir(name), "apko.yaml:13: note: user job: its group 1000 has no name, and is called job in the spec")
	files, config := b.build(b.read(name, result), filepath.Join(b.dir, "image"))
	for path, want := range map[string]string{
		"home/nonroot": "1 0700 65532:65532", "srv/job": "1 0700 1000:1000", "data": "1 0711 1:2", "data/sub": "1 0711 1:2", "etc/empty": "0 0640 3:4",
		"usr/bin/jq": "0 0755 0:0", "usr/bin/query": "0 0755 0:0",
	} {
		if !strings.HasPrefix(files[path], want+" ") {
			t.Errorf("%s is %s, want %s", path, files[path], want)
		}
	}
	if !strings.Contains(files["usr/bin/query"], ", usr/bin/jq ") || !strings.HasSuffix(files["usr/bin/q"], " jq") {
		t.Errorf("links: %s, %s", files["usr/bin/query"], files["usr/bin/q"])
	}
	if want := `"` + repo + `\n"`; !strings.HasSuffix(files["etc/apk/repositories"], want) || files["etc/apk/keys/corpus@lamina-1.rsa.pub"] == "" {
		t.Errorf("%s, want %s; %s", files["etc/apk/repositories"], want, files["etc/apk/keys/corpus@lamina-1.rsa.pub"])
	}
	for file, lines := range map[string][]string{
		"etc/passwd": {"nonroot:x:65532:65532:Account created by apko:/home/nonroot:/bin/sh", "job:x:1000:1000:Account created by apko:/srv/job:/bin/ash"},
		"etc/group":  {"nonroot:x:65532:nonroot", "job:x:1000:job"},
	} {
		text := b.contents[file]
		for _, line := range lines {
			if !slices.Contains(strings.Split(text, "\n"), line) {
				t.Errorf("%s has no line %s:\n%s", file, line, text)
			}
		}
	}
	annotations := map[string]any{
		"org.opencontainers.image.title": "web", "org.opencontainers.image.source": "https://git.example.org/web", "org.opencontainers.image.revision": "0123",
	}
	want := map[string]any{
		"User": "nonroot", "Entrypoint": []any{"/usr/bin/jq", "-r", ".a b", `x"y`}, "Cmd": []any{"--arg", "a", "b c"}, "WorkingDir": "/data", "StopSignal": "SIGQUIT",
		"Volumes": map[string]any{"/data": map[string]any{}}, "Labels": annotations,
		"Env": []any{"PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin", "PRICE=$5", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("config, wanted with -, got with +:\n%s", diff)
	}
}

// read reads a spec that stands beside a file.
func (b *builder) read(name string, result *convert.Result) *spec.Spec {
	b.Helper()
	file := filepath.Join(filepath.Dir(name), "lamina.yaml")
	if err := os.WriteFile(file, result.Spec, 0o644); err != nil {
		b.Fatal(err)
	}
	document, err := spec.Read(file, spec.ReadOptions{})
	if err != nil {
		b.Fatalf("%v\n%s", err, result.Spec)
	}
	s, err := document.Spec()
	if err != nil {
		b.Fatalf("%v\n%s", err, result.Spec)
	}
	return s
}

// TestApkoInclude: lists of the included file come first, other values count where the file has none; places are in the file that has them.
func TestApkoInclude(t *testing.T) {
	name := writeFiles(t, "apko.yaml", `include: common.yaml
contents: {packages: [own]}
environment: {A: own}
archs: [amd64]
entrypoint: {type: service-bundle, services: {web: nginx -c x}}
`, "common.yaml", `contents:
  packages: [common]
  repositories: ["https://dl-cdn.alpinelinux.org/alpine/v3.22/main"]
  keyring: ["https://alpinelinux.org/keys/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub"]
environment: {A: common, B: common}
archs: [arm64]
entrypoint: {command: common}
unknown: 1
certificates: {additional: [{name: x, content: no}]}
`)
	result, err := convert.File(name, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Converted from apko.yaml by "lamina convert".
base: scratch
platforms: [linux/amd64]
repositories: ["https://dl-cdn.alpinelinux.org/alpine/v3.22/main"]
keys:
  - {url: "https://alpinelinux.org/keys/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub", sha256: 207e4696d3c05f7cb05966aee557307151f1f00217af4143c1bcaf33b8df733f}
packages: [common, own, s6]
files:
  - {path: /etc/apk/repositories, content: "https://dl-cdn.alpinelinux.org/alpine/v3.22/main\n"}
  - {path: /etc/apk/keys/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub, url: "https://alpinelinux.org/keys/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub", sha256: 207e4696d3c05f7cb05966aee557307151f1f00217af4143c1bcaf33b8df733f}
  - path: /sv/web/run
    content: |
      #!/bin/execlineb
      nginx -c x
    mode: 0755
config:
  entrypoint: [/bin/s6-svscan, /sv]
  env:
    A: own
    B: common
    PATH: /usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin
    SSL_CERT_FILE: /etc/ssl/certs/ca-certificates.crt
`
	if diff := cmp.Diff(want, string(result.Spec)); diff != "" {
		t.Errorf("wanted with -, got with +:\n%s", diff)
	}
	checkNotes(t, result, filepath.Dir(name),
		"common.yaml:8: unknown is not known and left out: say it in the spec if it matters",
		"common.yaml:9: certificates.additional[0] is not a certificate in PEM and left out: correct it")

	name = writeFiles(t, "apko.yaml", "include: apko.yaml\narchs: [amd64]\ncontents: {packages: [a]}\n")
	if result, err = convert.File(name, convert.Options{}); err != nil {
		t.Fatal(err)
	}
	checkNotes(t, result, filepath.Dir(name), "apko.yaml:1: include apko.yaml: more than 8 files include each other: put what it says into the file, and convert again")
	name = writeFiles(t, "apko.yaml", "include: ../x.yaml\narchs: [amd64]\ncontents: {packages: [a]}\n")
	if result, err = convert.File(name, convert.Options{}); err != nil {
		t.Fatal(err)
	}
	checkNotes(t, result, filepath.Dir(name), "apko.yaml:1: include ../x.yaml: path escapes from parent: put what it says into the file, and convert again")
	name = writeFiles(t, "apko.yaml", "include: missing.yaml\narchs: [amd64]\ncontents: {packages: [a]}\n")
	if result, err = convert.File(name, convert.Options{}); err != nil {
		t.Fatal(err)
	}
	checkNotes(t, result, filepath.Dir(name), "apko.yaml:1: include missing.yaml: no such file or directory: put what it says into the file, and convert again")
}

const dhiWeb = `# syntax=dhi.io/build:2-alpine3.23
name: Web 1.x
image: dhi.io/web
variant: runtime
tags: [1-alpine, 1.2-alpine]
platforms: [linux/amd64]
vars: {VERSION: 1.2-r0, HOST: "https://example.org/${VERSION}"}
contents:
  repositories:
    - https://dl-cdn.alpinelinux.org/alpine/v3.23/main
    - https://dl-cdn.alpinelinux.org/alpine/v3.23/community
  packages: [alpine-baselayout-data, "web=${VERSION}"]
  keyring: [https://example.org/web.rsa.pub]
  files:
    - {url: "${HOST}/a.conf", path: /etc/a.conf, uid: 5, gid: 6, mode: "0640", checksum: "sha256:207e4696d3c05f7cb05966aee557307151f1f00217af4143c1bcaf33b8df733f"}
    - {url: "https://example.org/x.git#main", path: /src}
  artifacts:
    - {name: "dhi.io/pkg:1", includes: ["opt/pkg/**"], uid: 0, gid: 0}
  builds:
    - name: change
      pipeline:
        - {name: link, work-dir: /etc, environment: {A: b c}, runs: "ln -s a.conf b.conf\n"}
      outputs: [{source: /, target: /, diff: true}]
    - name: compile
      pipeline: [{uses: go/build@v1}]
      outputs: [{source: /out, target: /usr/bin}]
accounts:
  root: true
  run-as: web
  users: [{name: web, uid: 65532, gid: 65532}]
  groups: [{name: web, gid: 65532, members: [web]}]
os-release: {name: Web, id: alpine, version-id: "3.23", pretty-name: "Web ${VERSION}"}
environment: {V: "${VERSION}", SHELL_VARIABLE: "${OTHER}", E: "#{ target.arch }"}
paths:
  - {type: directory, path: /srv, uid: 65532, gid: 65532, mode: "0755", recursive: true}
  - {type: file, path: /etc/f, content: "f\n", mode: "0600"}
  - {type: emptyfile, path: /etc/e}
  - {type: symlink, path: /l, source: /srv}
  - {type: delete, path: /etc/motd}
  - {type: file, path: /etc/x, content: x, platforms: []}
annotations: {a: b}
labels: {c: d}
entrypoint: [web]
cmd: [-g, daemon off;]
ports: [8080/tcp]
work-dir: /srv
stop-signal: SIGQUIT
colour: red
`

// TestDHI: each member of a definition (.spec.json of docker-hardened-images/catalog) has its place in the spec, or a note with its line.
func TestDHI(t *testing.T) {
	name := writeFiles(t, "1.yaml", dhiWeb)
	result, err := convert.File(name, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Web 1.x
# Converted from 1.yaml by "lamina convert".
# Its names are dhi.io/web:1-alpine, 1.2-alpine.
base: scratch
platforms: [linux/amd64]
repositories: ["alpine:3.23"]
keys:
  - {url: "https://example.org/web.rsa.pub", sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
packages: [alpine-baselayout-data, web=1.2-r0]
os-release: {ID: alpine, NAME: Web, PRETTY_NAME: Web 1.2-r0, VERSION_ID: "3.23"}
groups:
  - {name: web, gid: 65532, members: [web]}
users:
  - {name: web, uid: 65532, group: web}
files:
  - {path: /etc/a.conf, url: "https://example.org/1.2-r0/a.conf", sha256: 207e4696d3c05f7cb05966aee557307151f1f00217af4143c1bcaf33b8df733f, mode: 0640, owner: "5:6"}
  - {path: /opt/pkg, from: "docker://dhi.io/pkg:1", source: /opt/pkg, merge: true}
run:
  - |
    export A='b c'
    cd /etc || exit
    ln -s a.conf b.conf
steps:
  - files:
      - {path: /srv, type: directory, mode: 0755, owner: "65532:65532"}
      - {path: /srv, type: permissions, mode: 0755, owner: "65532:65532", recursive: true}
      - {path: /etc/f, content: "f\n", mode: 0600}
      - {path: /etc/e, content: ""}
      - {path: /l, type: symlink, target: /srv}
      - {path: /etc/motd, type: absent}
config:
  entrypoint: [web]
  cmd: [-g, daemon off;]
  exposedPorts: [8080/tcp]
  env: {E: "#{ target.arch }", SHELL_VARIABLE: "\\${OTHER}", V: 1.2-r0}
  user: web
  workingDir: /srv
  stopSignal: SIGQUIT
  labels: {c: d}
annotations: {a: b}
`
	if diff := cmp.Diff(want, string(result.Spec)); diff != "" {
		t.Errorf("wanted with -, got with +:\n%s", diff)
	}
	checkNotes(t, result, filepath.Dir(name),
		"1.yaml:4: note: variant is left out: it says nothing about the image's content",
		"1.yaml:13: the SHA-256 of key https://example.org/web.rsa.pub is not known: write the sha256 of the file that you mean in place of the zeros",
		"1.yaml:16: contents.files[1]: a spec downloads single files by http, and https://example.org/x.git#main is left out: download it yourself, and give its place in the context directory: source or tree",
		"1.yaml:20: note: the build change becomes run, over the files of the image itself",
		"1.yaml:24: the build compile is left out: build it elsewhere, and bring in what it makes with files (source, tree, url or from)",
		"1.yaml:33: the expression #{ target.arch } is not evaluated: write its value",
		"1.yaml:40: paths[5] is not for all platforms, and left out: say it in a spec for these platforms",
		"1.yaml:48: colour is not known and left out: say it in the spec if it matters")
}

// TestDHIBuild: a definition over the corpus's packages builds, and has the accounts, paths and os-release that it says.
func TestDHIBuild(t *testing.T) {
	b := newBuilder(t)
	key, err := os.ReadFile(filepath.Join(b.corpus, "keys", "corpus@lamina-1.rsa.pub"))
	if err != nil {
		t.Fatal(err)
	}
	name := writeFiles(t, "1.yaml", strings.Replace(`image: dhi.io/web
platforms: [linux/amd64]
contents:
  repositories: [REPO]
  keyring: [corpus@lamina-1.rsa.pub]
  packages: [alpine-baselayout-data, busybox, jq]
  builds:
    - name: change
      contents: {packages: [busybox]}
      pipeline:
        - name: files
          runs: |
            set -eux -o pipefail
            ln -s jq /usr/bin/q
            cat >/etc/web.conf <<'CONF'
            root /srv/$host;
            CONF
            chown -R 65532:65532 /etc/web.conf
      outputs: [{source: /, target: /, uid: 0, gid: 0, diff: true}]
accounts:
  run-as: nonroot
  users: [{name: nonroot, uid: 65532, gid: 65532}]
  groups: [{name: nonroot, gid: 65532, members: [nonroot]}]
os-release: {name: Web, id: alpine, version-id: "3.19"}
paths:
  - {type: directory, path: /srv/web, uid: 65532, gid: 65532, mode: "0750"}
  - {type: delete, path: /etc/motd}
entrypoint: [jq]
ports: [8080]
`, "REPO", filepath.Join(b.corpus, "repo"), 1), "corpus@lamina-1.rsa.pub", string(key))
	result, err := convert.File(name, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkNotes(t, result, filepath.Dir(name), "1.yaml:8: note: the build change becomes run, over the files of the image itself")
	files, config := b.build(b.read(name, result), filepath.Join(b.dir, "image"))
	for path, want := range map[string]string{
		"srv/web": "1 0750 65532:65532", "etc/web.conf": "0 0644 65532:65532", "usr/bin/q": "2 0777 0:0", "etc/os-release": "0 0644 0:0",
	} {
		if !strings.HasPrefix(files[path], want+" ") {
			t.Errorf("%s is %s, want %s", path, files[path], want)
		}
	}
	if !strings.HasSuffix(files["etc/web.conf"], `"root /srv/$host;\n"`) || !strings.HasSuffix(files["etc/os-release"], `"ID=alpine\nNAME=Web\nVERSION_ID=3.19\n"`) || files["etc/motd"] != "" {
		t.Errorf("%s; %s; %s", files["etc/web.conf"], files["etc/os-release"], files["etc/motd"])
	}
	delete(config, "Env") // over scratch, that is PATH as docker has it
	if want := map[string]any{"User": "nonroot", "Entrypoint": []any{"jq"}, "ExposedPorts": map[string]any{"8080/tcp": map[string]any{}}}; !cmp.Equal(want, config) {
		t.Errorf("config %v, want %v", config, want)
	}
	if !strings.Contains(b.contents["etc/group"], "\nnonroot:x:65532:nonroot\n") {
		t.Errorf("group:\n%s", b.contents["etc/group"])
	}
}
