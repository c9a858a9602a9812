package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// A bench is a directory, made the working directory, with a sound base, a sound
// repository and an image that was built before; a test then spoils one of them.
type bench struct {
	t   *testing.T
	dir string
}

func newBench(t *testing.T) *bench {
	b := &bench{t, t.TempDir()}
	t.Chdir(b.dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(b.dir, "cache"))
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(b.dir, "config"))
	t.Setenv("TMPDIR", b.directory("tmp"))
	t.Setenv("SOURCE_DATE_EPOCH", "")
	b.base(fixtures.Base{APKTools: "3.0.1-r0"})
	b.repository(fixtures.Repository{Packages: goodPackages()})
	code, _, stderr := b.lamina("build", "--base", "scratch", "--platform", "linux/amd64", "--repository", "repo",
		"--key", b.file("fixtures@lamina.rsa.pub", fixtures.PublicKeyPEM), "-o", "oci:out:before", "zlib")
	if code != 0 {
		t.Fatalf("the build before: %s", stderr)
	}
	return b
}

// serve puts the repository on a server, and returns its URL: a base cannot name a directory of this machine. Whatever a client has
// kept, it gets the files as they are: two versions of one may be of the same second.
func (b *bench) serve() string {
	files := http.FileServer(http.Dir(filepath.Join(b.dir, "repo")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Modified-Since")
		files.ServeHTTP(w, r)
	}))
	b.t.Cleanup(server.Close)
	return server.URL
}

func goodPackages() []fixtures.Package {
	return []fixtures.Package{
		{Name: "nginx", Version: "1.26.2-r0", Depends: "zlib", Files: []fixtures.File{{Path: "usr/sbin/nginx", Mode: 0o755, Content: "nginx"}}},
		{Name: "zlib", Version: "1.3.1-r1", Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Mode: 0o755, Content: "zlib"}}},
	}
}

func (b *bench) directory(name string) string {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Join(b.dir, name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	return filepath.Join(b.dir, name)
}

func (b *bench) file(name, content string) string {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
	return name
}

func (b *bench) link(target, name string) {
	b.t.Helper()
	if err := os.Symlink(target, filepath.Join(b.dir, name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) base(base fixtures.Base) {
	b.t.Helper()
	content, err := base.TarGzip()
	if err != nil {
		b.t.Fatal(err)
	}
	b.file("base.tar.gz", string(content))
}

func (b *bench) repository(r fixtures.Repository) {
	b.t.Helper()
	if err := os.RemoveAll("repo"); err != nil {
		b.t.Fatal(err)
	}
	if err := r.Write("repo"); err != nil {
		b.t.Fatal(err)
	}
}

// lamina runs a command in this process.
func (b *bench) lamina(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// snapshot is every path of a directory with the content of files.
func (b *bench) snapshot(dir string) map[string]string {
	b.t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			all[name] = "not a file"
			return err
		}
		content, err := os.ReadFile(name)
		all[name] = string(content)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

var update = flag.Bool("update", false, "rewrite the golden files")

// invalidCommandLines are the cases of TestBadInput that fail before anything is read.
var invalidCommandLines = [...]string{"unknown command that another answers", "malformed reference", "output without a transport"}

// TestBadInput: each fault is told in one line for the cause and one for the
// remedy, with exit code 1 and everything as it was. What is told is in
// testdata/badinput.golden.
func TestBadInput(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths and the system's messages are others on Windows")
	}
	golden := readMessages(t, "testdata/badinput.golden")
	buildTo := func(output string) []string {
		return []string{"build", "--base", "rootfs:base.tar.gz", "--repository", "repo", "-o", output, "nginx"}
	}
	build := buildTo("oci:out:latest")
	with := func(p ...fixtures.Package) func(*bench) {
		return func(b *bench) { b.repository(fixtures.Repository{Packages: append(p, goodPackages()[1])}) }
	}
	faulty := func(f fixtures.Fault) func(*bench) {
		p := goodPackages()[0]
		p.Fault = f
		return with(p)
	}
	index := func(f fixtures.IndexFault) func(*bench) {
		return func(b *bench) { b.repository(fixtures.Repository{Packages: goodPackages(), IndexFault: f}) }
	}
	for _, test := range []struct {
		name  string
		spoil func(*bench)
		args  []string // default: build
	}{
		{"no such base", func(b *bench) { os.Remove("base.tar.gz") }, nil},
		{"no such layout", nil, []string{"build", "--base", "oci:nothing:latest", "nginx"}},
		{"no such tag", nil, []string{"build", "--base", "oci:out:latest", "-o", "oci:new:latest", "nginx"}},
		{"no such platform", nil, []string{"build", "--base", "oci:out:before", "--platform", "linux/arm64", "-o", "oci:out:latest", "nginx"}},
		{"base of another platform", nil, append(build, "--platform", "linux/arm64")},
		{"scratch has no platform", nil, []string{"build", "--base", "scratch", "nginx"}},
		{"base truncated", func(b *bench) {
			content, _ := os.ReadFile("base.tar.gz")
			b.file("base.tar.gz", string(content[:len(content)/2]))
		}, nil},
		{"base no tar", func(b *bench) { b.file("base.tar.gz", strings.Repeat("no tar ", 1000)) }, nil},
		{"base blob altered", func(b *bench) { b.alterBlobs("out") }, []string{"build", "--base", "oci:out:before", "-o", "oci:new:latest",
			"--repository", "repo", "nginx"}},
		{"database damaged", func(b *bench) {
			b.base(fixtures.Base{APKTools: "3.0.1-r0", Files: []fixtures.File{{Path: "lib/apk/db/installed", Content: "C:Q1broken\nP:x\n"}}})
		}, nil},
		{"record without an identity", func(b *bench) {
			b.base(fixtures.Base{APKTools: "3.0.1-r0", Files: []fixtures.File{{Path: "lib/apk/db/installed", Content: "P:x\nV:1-r0\nF:\nF:etc\n\n"}}})
		}, nil},
		{"device 0:0", with(fixtures.Package{Name: "nginx", Files: []fixtures.File{{Path: "dev/odd", Type: tar.TypeChar, Mode: 0o600}}}), nil},
		{"name of a whiteout", with(fixtures.Package{Name: "nginx", Files: []fixtures.File{{Path: "etc/.wh.motd", Content: "x"}}}), nil},
		{"index unsigned", index(fixtures.UnsignedIndex), nil},
		{"index of a stranger", index(fixtures.StrangersIndex), nil},
		{"index altered", index(fixtures.AlteredIndex), nil},
		{"index by another key of that name", func(b *bench) { b.directory("keys"); b.file("keys/"+fixtures.KeyName, otherKey(b.t)) },
			append(build, "--key", "keys/"+fixtures.KeyName)},
		{"index truncated", index(fixtures.TruncatedIndex), nil},
		{"no index", index(fixtures.NoIndex), nil},
		{"no such repository", nil, []string{"build", "--base", "rootfs:base.tar.gz", "--repository", "nowhere", "nginx"}},
		{"no repository", nil, []string{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:out:latest", "nginx"}},
		{"server not there", nil, []string{"build", "--base", "rootfs:base.tar.gz", "--repository", "http://127.0.0.1:1/alpine", "nginx"}},
		{"offline", nil, []string{"build", "--offline", "--base", "rootfs:base.tar.gz", "--repository", "http://127.0.0.1:1/alpine", "nginx"}},
		{"key missing", nil, append(build, "--key", "missing.rsa.pub")},
		{"key is none", func(b *bench) { b.file("none.rsa.pub", "not a key") }, append(build, "--key", "none.rsa.pub")},
		{"package missing", faulty(fixtures.Missing), nil},
		{"package truncated", faulty(fixtures.Truncated), nil},
		{"package altered in data", faulty(fixtures.AlteredData), nil},
		{"package altered in control", faulty(fixtures.AlteredControl), nil},
		{"package of other identity", faulty(fixtures.OtherIdentity), nil},
		{"package with wrong data hash", faulty(fixtures.WrongDataHash), nil},
		{"package with garbage behind", faulty(fixtures.TrailingGarbage), nil},
		{"unknown package", nil, append(build, "ngnix")},
		{"several unknown packages", nil, append(build, "ngnix", "zlip", "quux")},
		{"malformed package", nil, append(build, "nginx=1.2.")},
		{"unknown tag", nil, append(build, "zlib@edge")},
		{"unsatisfiable", nil, append(build, "zlib<1")},
		{"unsatisfiable below", with(fixtures.Package{Name: "nginx", Depends: "so:libx.so.1 zlib>2"}), nil},
		{"conflict", nil, append(build, "!zlib")},
		{"script with an unknown command", with(fixtures.Package{Name: "nginx", Scripts: map[string]string{"post-install": "#!/bin/sh\n:\nfrobnicate\n"},
			Files: []fixtures.File{{Path: "usr/bin/frobnicate", Mode: 0o755, Content: "\x7fELF"}}}), nil},
		{"script that fails", with(fixtures.Package{Name: "nginx", Scripts: map[string]string{"pre-install": "#!/bin/sh\necho no luck >&2\nexit 3\n"},
			Files: []fixtures.File{{Path: "usr/bin/nginx", Mode: 0o755, Content: "nginx"}}}), nil},
		{"script that fails and tells the terminal", with(fixtures.Package{Name: "nginx",
			Scripts: map[string]string{"pre-install": "#!/bin/sh\nprintf '\\033]0;title\\007\\033[2J\\302\\233x \\342\\200\\256y\\r\\n'\nexit 1\n"},
			Files:   []fixtures.File{{Path: "usr/bin/nginx", Mode: 0o755, Content: "nginx"}}}), nil},
		{"two owners of a path", with(fixtures.Package{Name: "nginx", Depends: "zlib", Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Content: "mine"}}}),
			nil},
		{"spec missing", nil, []string{"build", "-f", "missing.yaml"}},
		{"spec with unknown keys", func(b *bench) {
			b.file("spec.yaml", "base: scratch\npackges: [nginx]\nfiles:\n  - {path: /a, source: a, moed: 0644}\nconfig: {cmd: nginx}\n")
		}, []string{"build", "-f", "spec.yaml"}},
		{"spec file missing", func(b *bench) {
			b.file("spec.yaml", "base: rootfs:base.tar.gz\nfiles:\n  - {path: /a, source: nothing}\n")
		}, []string{"build", "-f", "spec.yaml"}},
		{"spec owner unknown", func(b *bench) {
			b.file("spec.yaml", "base: rootfs:base.tar.gz\nrepositories: [repo]\nfiles:\n  - {path: /run/a, type: directory, owner: \"nobody:strangers\"}\n")
		}, []string{"build", "-f", "spec.yaml"}},
		{"config user unknown", func(b *bench) {
			b.file("spec.yaml", "base: rootfs:base.tar.gz\nrepositories: [repo]\nconfig:\n  user: nosuch:root\n")
		}, []string{"build", "-f", "spec.yaml"}},
		{"spec empty", func(b *bench) { b.file("spec.yaml", "# later\n") }, []string{"build", "-f", "spec.yaml"}},
		{"two platforms in a docker-archive", nil, []string{"build", "--base", "rootfs:${APK_ARCH}.tar.gz", "--platform", "linux/amd64",
			"--platform", "linux/arm64",
			"-o", "docker-archive:image.tar", "nginx"}},
		{"two platforms of a spec in a docker-archive", func(b *bench) {
			b.file("spec.yaml", "base: rootfs:${APK_ARCH}.tar.gz\nplatforms: [linux/amd64, linux/arm64]\n")
		}, []string{"build", "-f", "spec.yaml", "-o", "docker-archive:image.tar"}},
		{"two platforms instead of a spec's in a docker-archive", func(b *bench) {
			b.file("spec.yaml", "base: rootfs:${APK_ARCH}.tar.gz\nplatforms: [linux/amd64]\n")
		}, []string{"build", "-f", "spec.yaml", "--platform", "linux/amd64,linux/arm64", "-o", "docker-archive:image.tar"}},
		{"vendor missing", nil, append(build, "--vendor", "nosuch")},
		{"vendor without a lock", nil, append(build, "--vendor", "repo")},
		{"VEX document missing", nil, append(build, "--vex", "nosuch")},
		{"VEX document of another kind", func(b *bench) { b.file("vex.json", `{"bomFormat": "CycloneDX"}`) }, append(build, "--vex", "vex.json")},
		{"base is a directory", func(b *bench) { b.directory("mine") }, []string{"build", "--base", "rootfs:mine", "nginx"}},
		{"repository is a file", func(b *bench) { b.file("notes", "") }, []string{"build", "--base", "rootfs:base.tar.gz", "--repository", "notes", "nginx"}},
		{"unknown command that another answers", nil, []string{"why", "nginx"}},
		{"malformed reference", nil, []string{"build", "--base", "alpine:3.22", "nginx"}},
		{"output without a transport", nil, buildTo("image:latest")},
		{"output is a file", func(b *bench) { b.file("taken", "content") }, buildTo("oci:taken:latest")},
		{"output is another folder", func(b *bench) { b.directory("mine"); b.file("mine/letter", "dear") }, buildTo("oci:mine:latest")},
		{"output is a registry", nil, buildTo("docker://127.0.0.1:1/nginx")},
		{"output below a dangling link", func(b *bench) { b.link("nowhere", "dangling") }, buildTo("oci:dangling/below:latest")},
		{"output is a dangling link", func(b *bench) { b.link("nowhere", "dangling") }, buildTo("oci:dangling:latest")},
		{"archive below a dangling link", func(b *bench) { b.link("nowhere", "dangling") }, buildTo("oci-archive:dangling/image.tar")},
		{"output below a loop of links", func(b *bench) { b.link("two", "one"); b.link("one", "two") }, buildTo("oci:one/below:latest")},
		{"clock malformed", func(b *bench) { b.t.Setenv("SOURCE_DATE_EPOCH", "yesterday") }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if test.spoil != nil {
				test.spoil(b)
			}
			args := test.args
			if args == nil {
				args = build
			}
			before := b.snapshot(".")
			code, stdout, stderr := b.lamina(args...)
			want := exit.Failed
			if slices.Contains(invalidCommandLines[:], test.name) {
				want = exit.Usage
			}
			if code != want || stdout != "" {
				t.Errorf("exit code %d, stdout %q; want %d and nothing", code, stdout, want)
			}
			golden.check(t, test.name, stderr)
			after := b.snapshot(".")
			for name := range after {
				if strings.HasPrefix(name, "cache") {
					delete(after, name)
				}
			}
			for name := range before {
				if strings.HasPrefix(name, "cache") {
					delete(before, name)
				}
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("something was left behind (-before +after):\n%s", diff)
			}
		})
	}
}

// otherKey is a public key that nothing is signed with.
func otherKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// messages are what commands say, by the name of the test, in a txtar archive.
type messages struct {
	want map[string]string
	got  txtar.Archive
}

// readMessages reads a golden file, which is rewritten at the test's end if that is asked for.
func readMessages(t *testing.T, file string) *messages {
	t.Helper()
	file, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	m := &messages{want: make(map[string]string)}
	if *update {
		t.Cleanup(func() {
			if err := os.WriteFile(file, txtar.Format(&m.got), 0o644); err != nil {
				t.Error(err)
			}
		})
		return m
	}
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		m.want[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	return m
}

func (m *messages) check(t *testing.T, name, got string) {
	t.Helper()
	m.got.Files = append(m.got.Files, txtar.File{Name: name, Data: []byte(got + "\n")})
	if diff := cmp.Diff(m.want[name], got); diff != "" && !*update {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
}

// alterBlobs flips a byte in each large blob of a layout.
func (b *bench) alterBlobs(layout string) {
	b.t.Helper()
	names, err := filepath.Glob(layout + "/blobs/sha256/*")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			b.t.Fatal(err)
		}
		if content[0] == '{' {
			continue
		}
		content[len(content)/2] ^= 1
		b.file(name, string(content))
	}
}
