package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// database is a file of Alpine's security database for the packages of the tests.
const database = `{"packages": [
  {"pkg": {"name": "nginx-source", "secfixes": {"1.26.1-r0": ["CVE-2024-1"], "1.26.3-r0": ["CVE-2024-3", "CVE-2024-2"], "1.27.0-r0": ["CVE-2024-9"]}}},
  {"pkg": {"name": "musl-source", "secfixes": {"1.2.5-r9": ["CVE-2025-1"], "0": ["CVE-2025-0"]}}}
]}`

// checking is a bench with a spec, whose base has a package of its own, and its lock.
type checking struct {
	*bench
	versions map[string]string
}

func newChecking(t *testing.T) *checking {
	c := &checking{newBench(t), map[string]string{"nginx": "1.26.2-r0", "zlib": "1.3.1-r1"}}
	c.publish("zlib")
	c.useBase("1.2.5-r8")
	c.file("lamina.yaml", "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repo]\npackages: [nginx]\n")
	c.file("secdb.json", database)
	c.expect(exit.Done, "lock")
	return c
}

// publish replaces the repository; content becomes that of zlib's file.
func (c *checking) publish(content string, more ...fixtures.Package) {
	c.t.Helper()
	c.repository(fixtures.Repository{Packages: append([]fixtures.Package{
		{Name: "nginx", Origin: "nginx-source", Version: c.versions["nginx"], Depends: "zlib",
			Files: []fixtures.File{{Path: "usr/sbin/nginx", Content: "nginx"}}},
		{Name: "zlib", Version: c.versions["zlib"], Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Content: content}}},
	}, more...)})
}

func (c *checking) useBase(musl string) {
	c.t.Helper()
	c.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools", "musl"},
		Installed: []fixtures.Package{
			{Name: "musl", Origin: "musl-source", Version: musl, Files: []fixtures.File{{Path: "lib/ld-musl.so.1", Content: "musl"}}}}})
}

// expect runs a command, whose exit code it knows, and returns what it prints.
func (c *checking) expect(want int, args ...string) (stdout, stderr string) {
	c.t.Helper()
	code, stdout, stderr := c.lamina(args...)
	if code != want {
		c.t.Fatalf("%v: exit code %d, want %d: %s%s", args, code, want, stdout, stderr)
	}
	return stdout, stderr
}

// TestLockByLibrary: package lamina makes the lock that the command line writes, of a spec and of a Dockerfile.
func TestLockByLibrary(t *testing.T) {
	c := newChecking(t)
	c.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Repositories: []string{c.serve()}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
		{Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}}})
	c.file("Dockerfile", "FROM alpine:3.22\nRUN apk add nginx\n")
	const name = "alpine:3.22"
	c.expect(exit.Done, "lock", "-f", "Dockerfile", "--platform", "linux/amd64", "--build-context", name+"=rootfs:base.tar.gz", ".")
	c.expect(exit.Done, "lock")
	platform, err := lamina.ParsePlatform("linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		lock string
		read func() (*lamina.Spec, error)
	}{
		{"lamina.lock", func() (*lamina.Spec, error) { return lamina.ReadSpec("lamina.yaml") }},
		{"Dockerfile.lock", func() (*lamina.Spec, error) {
			return lamina.ReadDockerfile("Dockerfile", lamina.DockerfileOptions{Context: ".", Platform: platform, Contexts: map[string]string{name: "rootfs:base.tar.gz"}})
		}},
	} {
		spec, err := test.read()
		if err != nil {
			t.Fatal(err)
		}
		spec.Platforms = []lamina.Platform{platform}
		lock, err := lamina.Lock(t.Context(), spec, nil)
		if err != nil {
			t.Fatal(err)
		}
		lock.PlaceIndexes(".")
		var text strings.Builder
		if err := lock.Write(&text); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mustReadText(t, test.lock), text.String()); diff != "" {
			t.Errorf("%s (-command line +library):\n%s", test.lock, diff)
		}
	}
}

// TestLockCheck: a check says what a lock would change, and writes nothing.
func TestLockCheck(t *testing.T) {
	const same = "lamina.lock linux/amd64: nothing changed\n"
	for _, test := range []struct {
		name   string
		change func(c *checking)
		want   string // printed; exit code 0 if it is same
	}{
		{"nothing", func(*checking) {}, same},
		{"another package in the index", func(c *checking) { c.publish("zlib", fixtures.Package{Name: "unrelated", Version: "1"}) }, same},
		{"the last version of several", func(c *checking) { c.versions["nginx"] = "1.26.3-r1"; c.publish("zlib") },
			"lamina.lock linux/amd64: nginx 1.26.2-r0 -> 1.26.3-r1 fixes CVE-2024-2, CVE-2024-3\n"},
		{"no vulnerability", func(c *checking) { c.versions["nginx"] = "1.26.2-r1"; c.publish("zlib") },
			"lamina.lock linux/amd64: nginx 1.26.2-r0 -> 1.26.2-r1\n"},
		{"lower", func(c *checking) { c.versions["nginx"] = "1.25.0-r0"; c.publish("zlib") }, "lamina.lock linux/amd64: nginx 1.26.2-r0 -> 1.25.0-r0\n"},
		{"built again", func(c *checking) { c.publish("other content") }, "lamina.lock linux/amd64: zlib 1.3.1-r1 (built or signed again)\n"},
		{"asked for more", func(c *checking) {
			c.publish("zlib", fixtures.Package{Name: "jq", Version: "1.7-r0"})
			c.file("lamina.yaml", "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repo]\npackages: [nginx, jq]\n")
			c.expect(exit.Done, "lock")
			c.file("lamina.yaml", "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repo]\npackages: [nginx]\n")
		}, "lamina.lock: package jq was removed\nlamina.lock linux/amd64: jq 1.7-r0 (gone)\n"},
		{"platforms", func(c *checking) {
			c.file("lamina.yaml", "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repo]\npackages: [nginx]\n")
			lock := mustReadText(t, "lamina.lock")
			c.file("lamina.lock", strings.Replace(lock, `"platform": "linux/amd64"`, `"platform": "linux/386"`, 1))
			os.WriteFile("lamina.lock", []byte(withoutChecksum(t, mustReadText(t, "lamina.lock"))), 0o644)
		}, "lamina.lock: platform linux/386 was removed\nlamina.lock linux/amd64: 2 packages\n"},
		{"compression", func(c *checking) {
			c.file("lamina.yaml", "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repo]\npackages: [nginx]\ncompression: zstd\n")
		}, "lamina.lock: the recipe of the layer is "},
		{"no lock", func(c *checking) { os.Remove("lamina.lock") }, "lamina.lock linux/amd64: 2 packages\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newChecking(t)
			test.change(c)
			before := c.snapshotWithoutCache()
			want := exit.Failed
			if test.want == same {
				want = exit.Done
			}
			out, _ := c.expect(want, "lock", "--check", "--secdb", "secdb.json")
			if !strings.HasPrefix(out, test.want) {
				t.Errorf("printed\n%s, want\n%s", out, test.want)
			}
			if diff := cmp.Diff(before, c.snapshotWithoutCache()); diff != "" {
				t.Errorf("the check has written: %s", diff)
			}
			c.expect(exit.Done, "lock", "-q")
			c.expect(exit.Done, "lock", "--check")
		})
	}
}

func (c *checking) snapshotWithoutCache() map[string]string {
	all := c.snapshot(c.dir)
	for name := range all {
		if rel, err := filepath.Rel(c.dir, name); err != nil ||
			slices.Contains([]string{"cache", "config", "tmp"}, strings.Split(filepath.ToSlash(rel), "/")[0]) {
			delete(all, name)
		}
	}
	return all
}

// withoutChecksum returns a lock that was edited on purpose.
func withoutChecksum(t *testing.T, text string) string {
	t.Helper()
	var lock map[string]any
	if err := json.Unmarshal([]byte(text), &lock); err != nil {
		t.Fatal(err)
	}
	delete(lock, "checksum")
	edited, err := json.Marshal(lock)
	if err != nil {
		t.Fatal(err)
	}
	return string(edited)
}

// TestLockCheckBase: the digest of a base that moved is listed, and of its packages what the new versions fix.
func TestLockCheckBase(t *testing.T) {
	c := newChecking(t)
	var before report.Lock
	c.useBase("1.2.5-r9")
	out, _ := c.expect(exit.Failed, "lock", "--check", "--json", "--secdb", "secdb.json")
	if err := json.Unmarshal([]byte(out), &before); err != nil {
		t.Fatal(err)
	}
	changes := before.Platforms[0].Changes
	if len(changes) != 2 || changes[0].Kind != "base" || changes[0].Name != "rootfs:base.tar.gz" || changes[0].From == changes[0].To ||
		!strings.HasPrefix(changes[0].From, "sha256:") || !strings.HasPrefix(changes[0].To, "sha256:") || changes[0].SecurityFix != nil {
		t.Fatalf("%s", out)
	}
	if m := changes[1]; m.Name != "musl" || m.From != "1.2.5-r8" || m.To != "1.2.5-r9" || m.SecurityFix == nil || !*m.SecurityFix ||
		!slices.Equal(m.Fixes, []string{"CVE-2025-1"}) {
		t.Errorf("%s", out)
	}
}

// TestSecdb: from where a database may come, and how one that is malformed or missing is reported.
func TestSecdb(t *testing.T) {
	c := newChecking(t)
	c.versions["nginx"] = "1.26.3-r0"
	c.publish("zlib")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v3.22/main.json":
			fmt.Fprint(w, database)
		case "/page.html":
			fmt.Fprint(w, "<html>\n")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	c.file("second.json", `{"packages": [{"pkg": {"name": "nginx-source", "secfixes": {"1.26.3-r0": ["CVE-2024-4"]}}}]}`)
	out, _ := c.expect(exit.Failed, "lock", "--check", "--secdb", server.URL+"/v3.22/main.json", "--secdb", "second.json")
	if want := "fixes CVE-2024-2, CVE-2024-3, CVE-2024-4\n"; !strings.HasSuffix(out, want) {
		t.Errorf("%s, want %s", out, want)
	}
	c.file("bad.json", "{\n\"packages\": [\n{\"pkg\": 1}]}")
	for where, want := range map[string]string{
		"bad.json":                 "lamina: --secdb bad.json: line 3: ",
		"missing.json":             "lamina: --secdb missing.json: ",
		server.URL + "/other.json": "/other.json: the server answers 404 Not Found\n",
		server.URL + "/page.html":  "/page.html: line 1: invalid character '<'",
		"ftp://example.com/x.json": "want a file, http:// or https://",
	} {
		_, stderr := c.expect(exit.Unknown, "lock", "--check", "--secdb", where)
		if !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 2 || !strings.Contains(stderr, "\n  give ") {
			t.Errorf("%s: %s, want %s", where, stderr, want)
		}
		c.expect(exit.Failed, "lock", "--secdb", where)
	}
	if _, stderr := c.expect(exit.Unknown, "lock", "--check", "--offline", "--secdb", server.URL+"/v3.22/main.json"); !strings.Contains(stderr, "offline") {
		t.Errorf("%s", stderr)
	}
	// Without a check, updates are marked too.
	if out, _ := c.expect(exit.Done, "lock", "--secdb", "secdb.json"); !strings.HasSuffix(out, "nginx 1.26.2-r0 -> 1.26.3-r0 fixes CVE-2024-2, CVE-2024-3\n") {
		t.Error(out)
	}
}

// TestLockMany: many locks are those of a run for each; a failure does not stop the others, and the report tells all.
func TestLockMany(t *testing.T) {
	page := mustReadText(t, "../../docs/results.md")
	c := newChecking(t)
	manyImages(c.bench)
	os.RemoveAll("images/docker")
	c.directory("images/docker")
	c.file("images/docker/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")
	out, stderr := c.expect(exit.Done, "lock", "images/")
	if want := "5 new, 0 changed, 0 unchanged, 0 failed\n"; !strings.HasSuffix(out, want) || stderr != "" {
		t.Errorf("%s%s, want %s", out, stderr, want)
	}
	locks := []string{"images/docker/Dockerfile.lock", "images/lib/lamina.lock", "images/pair/lamina.one.lock", "images/pair/lamina.two.lock",
		"images/web/lamina.lock"}
	alone := [][]string{{"-f", "images/docker/Dockerfile", "images/docker"}, {"-f", "images/lib/lamina.yaml"},
		{"-f", "images/pair/lamina.yaml", "--image", "one"},
		{"-f", "images/pair/lamina.yaml", "--image", "two"}, {"-f", "images/web/lamina.yaml"}}
	for i, name := range locks {
		together := mustReadText(t, name)
		os.Remove(name)
		c.expect(exit.Done, append([]string{"lock", "-q", "--no-cache"}, alone[i]...)...)
		if diff := cmp.Diff(mustReadText(t, name), together); diff != "" {
			t.Errorf("%s (-alone +together): %s", name, diff)
		}
	}
	if out, _ := c.expect(exit.Done, "lock", "--check", "images/web/lamina.yaml", "images/pair/"); !strings.HasSuffix(out,
		"0 new, 0 changed, 3 unchanged, 0 failed\n") {
		t.Error(out)
	}

	c.versions["nginx"] = "1.26.3-r0"
	c.publish("other content")
	before := c.snapshotWithoutCache()
	c.file("images/lib/lamina.yaml", strings.Replace(mustReadText(t, "images/lib/lamina.yaml"), "zlib", "nosuch", 1))
	c.file("images/pair/lamina.yaml", strings.Replace(mustReadText(t, "images/pair/lamina.yaml"), "one: {packages: [zlib]", "one: {packages: [nginx]", 1))
	args := []string{"lock", "images/", "--json", "--secdb", "secdb.json"}
	printed, stderr := c.expect(exit.Failed, append(args, "--check")...)
	if !strings.Contains(stderr, filepath.FromSlash("lamina: images/lib/lamina.lock: ")) || !strings.Contains(stderr, "nosuch") {
		t.Error(stderr)
	}
	for _, name := range locks {
		if mustReadText(t, name) != before[filepath.Join(c.dir, filepath.FromSlash(name))] {
			t.Errorf("the check has written %s", name)
		}
	}
	var parsed report.Locks
	if err := json.Unmarshal([]byte(printed), &parsed); err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for _, l := range parsed.Locks {
		statuses = append(statuses, string(l.Status))
	}
	if got := strings.Join(statuses, " "); got != "unchanged failed changed changed changed" || parsed.Changed != 3 || parsed.Failed != 1 ||
		parsed.Unchanged != 1 || parsed.New != 0 {
		t.Errorf("%s: %+v", got, parsed)
	}
	_, documented, _ := strings.Cut(page, "## lock of many")
	_, documented, _ = strings.Cut(documented, "```json")
	documented, _, _ = strings.Cut(documented, "```")
	if diff := cmp.Diff(shapeOf(t, documented), shapeOf(t, printed)); diff != "" {
		t.Errorf("docs/results.md (-documented +printed):\n%s", diff)
	}
	c.expect(exit.Failed, args...) // writes the others
	c.file("images/lib/lamina.yaml", strings.Replace(mustReadText(t, "images/lib/lamina.yaml"), "nosuch", "zlib", 1))
	if out, _ := c.expect(exit.Failed, "lock", "--check", "images/"); !strings.HasSuffix(out, "0 new, 1 changed, 4 unchanged, 0 failed\n") {
		t.Error(out)
	}
	c.expect(exit.Done, "lock", "-q", "images/")
	c.file("images/lib/lamina.yaml", "base: rootfs:nosuch.tar\n")
	for _, flags := range [][]string{nil, {"-q"}} { // --quiet leaves errors
		_, stderr := c.expect(exit.Unknown, append([]string{"lock", "--check", "images/"}, flags...)...)
		if !strings.HasPrefix(stderr, filepath.FromSlash("lamina: images/lib/lamina.lock: ")) ||
			!strings.HasSuffix(stderr, "lamina: some locks could not be compared\n") {
			t.Errorf("%q: %s", flags, stderr)
		}
	}
}

func TestLockUsage(t *testing.T) {
	c := newChecking(t)
	manyImages(c.bench)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--check", "--vendor", "packages"}, exit.Usage, "--check writes nothing"},
		{[]string{"images/", "nginx"}, exit.Usage, "nginx is neither a spec (.yaml) nor a Dockerfile nor a directory"},
		{[]string{"images/", "--lock", "x.lock"}, exit.Usage, "--lock is for one spec"},
		{[]string{"nosuch.yaml"}, exit.Failed, "nosuch.yaml: no such file or directory"},
		{[]string{"--check", "nosuch.yaml"}, exit.Unknown, "nosuch.yaml: no such file or directory"},
		{[]string{"--check", "-f", "nosuch.yaml"}, exit.Unknown, "nosuch.yaml"},
		{[]string{"--check", "--upgrade-package", "zlib", "--lock", "missing.lock"}, exit.Unknown, "--upgrade-package needs an existing lock"},
	} {
		if _, stderr := c.expect(test.code, append([]string{"lock"}, test.args...)...); !strings.Contains(stderr, test.want) {
			t.Errorf("%v: %s, want %s", test.args, stderr, test.want)
		}
	}
	c.file("lamina.lock", "{}\n")
	if _, stderr := c.expect(exit.Unknown, "lock", "--check"); !strings.Contains(stderr, "lamina.lock: has no lockVersion") {
		t.Error(stderr)
	}
}

// TestLockManyInterrupted: an interrupted check prints no verdict on locks that it has not finished.
func TestLockManyInterrupted(t *testing.T) {
	c := newChecking(t)
	manyImages(c.bench)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, stderr bytes.Buffer
	if code := run(ctx, []string{"lock", "images/"}, &out, &stderr); code != exit.Failed ||
		stderr.String() != "lamina: interrupted; each lock is the old or the new one\n" {
		t.Errorf("%d: %s", code, stderr.String())
	}
}
