package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// cacheServer keeps what is PUT, as nginx with WebDAV does, and serves the repository of a bench below /repo/.
type cacheServer struct {
	*httptest.Server
	mu     sync.Mutex
	files  map[string]string
	asked  []string // METHOD /path, and the status
	refuse bool     // answer nothing below /cache/

	loggedIn bool // by the user "user"
}

func startCacheServer(t *testing.T, repo string) *cacheServer {
	s := &cacheServer{files: make(map[string]string)}
	packages := http.StripPrefix("/repo/", http.FileServer(http.Dir(repo)))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if user, _, _ := r.BasicAuth(); user == "user" {
			s.loggedIn = true
		}
		content, ok := s.files[r.URL.Path]
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
		switch {
		case strings.HasPrefix(r.URL.Path, "/repo/"):
			packages.ServeHTTP(w, r)
		case s.refuse:
			w.WriteHeader(http.StatusForbidden)
		case r.Method == http.MethodPut:
			body, _ := io.ReadAll(r.Body)
			s.files[r.URL.Path] = string(body)
		case ok:
			io.WriteString(w, content)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// heard returns how many requests there were since the last call whose text has a part.
func (s *cacheServer) heard(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if strings.Contains(a, part) {
			n++
		}
	}
	s.asked = nil
	return n
}

// pod makes what follows run on another machine: without a cache, and with another secret.
func (b *bench) pod(name string) {
	b.t.Setenv("XDG_CACHE_HOME", filepath.Join(b.dir, name, "cache"))
	b.t.Setenv("XDG_CONFIG_HOME", filepath.Join(b.dir, name, "config"))
}

// TestSharedCache: one machine builds and fills a shared cache, and each command on another one makes the same of it, without a package from the
// repository. A server that refuses everything costs a warning.
func TestSharedCache(t *testing.T) {
	b := newBench(t)
	server := startCacheServer(t, filepath.Join(b.dir, "repo"))
	spec := "base: rootfs:../base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [" + server.URL +
		"/repo]\nkeys: [../fixtures@lamina.rsa.pub]\npackages: [nginx]\n"
	b.directory("web")
	b.file("web/lamina.yaml", spec)
	url := server.URL + "/cache"
	to, from := "--cache-to="+url, "--cache-from="+url

	b.pod("first")
	code, want, stderr := b.lamina("build", "-f", "web/lamina.yaml", "-o", "oci:out:first", to, "--progress", "plain")
	if code != 0 || !strings.Contains(stderr, "lamina: shared cache: 0 read (0 B)") {
		t.Fatalf("%d: %s", code, stderr)
	}
	if n := server.heard(".apk"); n != 2 {
		t.Errorf("%d requests for packages, want 2", n)
	}
	b.pod("second")
	code, got, stderr := b.lamina("build", "-f", "web/lamina.yaml", "-o", "oci:out:second", from, "--progress", "json")
	if code != 0 || got != want || !strings.Contains(stderr, `{"message":"shared cache: `) || strings.Contains(stderr, "warning") {
		t.Errorf("%d: %swant %s%s", code, got, want, stderr)
	}
	if n := server.heard(".apk"); n != 0 {
		t.Errorf("%d requests for packages, want none", n)
	}
	if code, _, stderr := b.lamina("build", "-q", "-f", "web/lamina.yaml", "-o", "oci:out:again", from); code != 0 || server.heard("/cache/") != 0 {
		t.Errorf("with a warm cache of its own, a build asks the shared one: %d %s", code, stderr)
	}

	b.pod("lock")
	if code, _, stderr := b.lamina("lock", "-q", "-f", "web/lamina.yaml", from, to); code != 0 || server.heard(".apk") != 0 {
		t.Errorf("lock: %d %s", code, stderr)
	}
	b.pod("resolve")
	if code, _, stderr := b.lamina("resolve", "-q", "-f", "web/lamina.yaml", from); code != 0 || server.heard("/cache/cas/") == 0 {
		t.Errorf("resolve: %d %s", code, stderr)
	}
	b.pod("bake")
	code, baked, stderr := b.lamina("bake", "-q", "web", "-o", "oci:baked:{name}", from, to)
	if code != 0 || baked != "web "+want || server.heard(".apk") != 0 {
		t.Errorf("bake: %d %q, want %q: %s", code, baked, "web "+want, stderr)
	}
	// The parts of the layer that verify compares with are not taken from anywhere.
	b.pod("verify")
	code, verified, stderr := b.lamina("verify", "oci:out:first", "--key", "fixtures@lamina.rsa.pub", from)
	if code != 0 || !strings.HasPrefix(verified, "reproduced ") || server.heard(".apk") != 0 {
		t.Errorf("verify: %d %q %s", code, verified, stderr)
	}
	for _, kind := range []string{"segments", "listings", "trees", "layers", "chains"} {
		if entries, _ := os.ReadDir(filepath.Join(b.dir, "verify", "cache", "lamina", kind)); len(entries) > 0 {
			t.Errorf("verify has read %s", kind)
		}
	}

	server.refuse = true
	b.pod("refused")
	code, got, stderr = b.lamina("build", "-f", "web/lamina.yaml", "-o", "oci:out:refused", from, to)
	if code != 0 || got != want || strings.Count(stderr, "warning: ") != 1 ||
		!strings.Contains(stderr, "shared cache "+url+": it answers GET with 403 Forbidden; continuing without it (give a user") {
		t.Errorf("%d: %q, want %q: %s", code, got, want, stderr)
	}
}

// TestSharedCacheIsVerified: forged packages and indexes in a shared cache, in lists with the right digests, are detected as they would be in the
// repository, and fetched from there.
func TestSharedCacheIsVerified(t *testing.T) {
	b := newBench(t)
	random := make([]byte, 5000)
	rand.NewChaCha8([32]byte{}).Read(random)
	b.repository(fixtures.Repository{Packages: []fixtures.Package{
		{Name: "nginx", Version: "1.26.2-r0", Files: []fixtures.File{{Path: "usr/sbin/nginx", Mode: 0o755, Content: string(random)}}}}})
	server := startCacheServer(t, filepath.Join(b.dir, "repo"))
	build := func(pod string, args ...string) (digest, stderr string) {
		t.Helper()
		b.pod(pod)
		command := []string{"build", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "--repository", server.URL + "/repo",
			"--key", "fixtures@lamina.rsa.pub", "-o", "oci:out:" + pod, "nginx"}
		code, out, stderr := b.lamina(append(command, args...)...)
		if code != 0 {
			t.Fatal(stderr)
		}
		return out, stderr
	}
	want, _ := build("first", "--cache-to", server.URL+"/cache")
	forged := make(map[string]int)
	entry := regexp.MustCompile(`(?s)(packages|indexes)/[A-Za-z0-9.]+\x12.\x0a\x40([0-9a-f]{64})`) // a path and a digest, as protocol buffers
	for name, text := range server.files {
		if !strings.HasPrefix(name, "/cache/ac/") {
			continue
		}
		for _, found := range entry.FindAllStringSubmatch(text, -1) {
			content := []byte(server.files["/cache/cas/"+found[2]])
			if len(content) == 0 {
				continue // it is in the list
			}
			content[len(content)-200] ^= 1
			sum := fmt.Sprintf("%x", sha256.Sum256(content))
			server.files["/cache/cas/"+sum] = string(content)
			text = strings.ReplaceAll(text, found[2], sum)
			forged[found[1]]++
		}
		server.files[name] = text
	}
	if forged["packages"] == 0 || forged["indexes"] == 0 {
		t.Fatalf("nothing to forge: %v", forged)
	}
	server.heard("")
	got, stderr := build("second", "--cache-from", server.URL+"/cache")
	if got != want || !strings.Contains(stderr, "warning: cached package ") || !strings.Contains(stderr, "warning: cached index ") {
		t.Errorf("%q, want %q: %s", got, want, stderr)
	}
	if n := server.heard(".apk"); n != 1 {
		t.Errorf("%d requests for packages, want 1", n)
	}
}

// TestSharedCacheIsBelieved: a forged part of a layer in a shared cache gets into the image of a build that reads from there, as the help says, and
// into no other: with the same cache directory, a build without --cache-from makes the right image.
func TestSharedCacheIsBelieved(t *testing.T) {
	b := newBench(t)
	random := make([]byte, 5000)
	rand.NewChaCha8([32]byte{}).Read(random)
	b.repository(fixtures.Repository{Packages: []fixtures.Package{
		{Name: "nginx", Version: "1.26.2-r0", Files: []fixtures.File{{Path: "usr/sbin/nginx", Mode: 0o755, Content: string(random)}}}}})
	server := startCacheServer(t, filepath.Join(b.dir, "repo"))
	build := func(pod string, args ...string) (digest string) {
		t.Helper()
		b.pod(pod)
		command := []string{"build", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "--repository", server.URL + "/repo",
			"--key", "fixtures@lamina.rsa.pub", "-o", "oci:out:" + pod, "nginx"}
		code, out, stderr := b.lamina(append(command, args...)...)
		if code != 0 {
			t.Fatal(stderr)
		}
		return out
	}
	want := build("first", "--cache-to", server.URL+"/cache")
	segment := regexp.MustCompile(`(?s)segments/[0-9a-f]+\x12.\x0a\x40([0-9a-f]{64})\x10(..)`)
	forged := 0
	for name, text := range server.files {
		if !strings.HasPrefix(name, "/cache/ac/") {
			continue
		}
		if strings.Contains(text, "chains/") {
			delete(server.files, name) // the list of this very build, which knows the digest of its layer
			continue
		}
		for _, found := range segment.FindAllStringSubmatch(text, -1) {
			blob := server.files["/cache/cas/"+found[1]]
			if blob == "" {
				continue // a small one, which is in the list
			}
			content := forgeSegment(t, blob, string(random[2000:2100]))
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
			server.files["/cache/cas/"+sum] = content
			text = strings.Replace(text, found[1]+"\x10"+found[2], sum+"\x10"+string(binary.AppendUvarint(nil, uint64(len(content)))), 1)
			forged++
		}
		server.files[name] = text
	}
	if forged != 1 {
		t.Fatalf("%d segments", forged)
	}
	if got := build("second", "--cache-from", server.URL+"/cache"); got == want {
		t.Error("the forged segment was not used: the test shows nothing")
	}
	if got := build("second", "--cache-from", server.URL+"/cache"); got == want {
		t.Error("the second build with --cache-from")
	}
	if got := build("second"); got != want {
		t.Errorf("without --cache-from: %s, want %s", got, want)
	}
}

// forgeSegment alters a text in the tar of a segment (layer/segmentcache.go).
func forgeSegment(t *testing.T, segment, text string) string {
	t.Helper()
	const tail, noTar = 8 + len(cache.Mark{}) + 16, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	z, err := gzip.NewReader(strings.NewReader(segment[:len(segment)-tail]))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(plain, []byte(text)) {
		t.Fatalf("%d bytes, %v", len(plain), err)
	}
	plain = bytes.Replace(plain, []byte(text), bytes.Repeat([]byte("F"), len(text)), 1)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(plain)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	marker := cache.PlainMarker()
	marker.Write(packed.Bytes())
	mark := marker.Mark()
	return packed.String() + string(binary.BigEndian.AppendUint64(nil, uint64(len(plain)))) + string(mark[:]) + noTar
}

// TestSharedCacheOfLocks: "lock" of several specs fills a shared cache and reads from it, as "lock" of one does.
func TestSharedCacheOfLocks(t *testing.T) {
	b := newBench(t)
	server := startCacheServer(t, filepath.Join(b.dir, "repo"))
	b.directory("specs")
	for _, name := range []string{"nginx", "zlib"} {
		b.file("specs/"+name+".yaml", "base: rootfs:../base.tar.gz\nplatforms: [linux/amd64]\nrepositories: ["+server.URL+
			"/repo]\nkeys: [../fixtures@lamina.rsa.pub]\npackages: ["+name+"]\n")
	}
	b.pod("first")
	if code, _, stderr := b.lamina("lock", "specs/nginx.yaml", "specs/zlib.yaml", "--cache-to="+server.URL+"/cache"); code != 0 || server.heard("PUT") == 0 {
		t.Fatalf("%d, or nothing was written: %s", code, stderr)
	}
	b.pod("second")
	code, out, stderr := b.lamina("lock", "--check", "specs/nginx.yaml", "specs/zlib.yaml", "--cache-from="+server.URL+"/cache")
	if code != 0 || !strings.Contains(out, "2 unchanged") || strings.Contains(stderr, "warning") {
		t.Errorf("%d: %s%s", code, out, stderr)
	}
	if n := server.heard(".apk"); n != 0 {
		t.Errorf("%d requests for packages, want none", n)
	}
}

// TestSharedCacheVariables: variables stand in for the flags, but for builds that use no cache or no network.
func TestSharedCacheVariables(t *testing.T) {
	b := newBench(t)
	server := startCacheServer(t, filepath.Join(b.dir, "repo"))
	t.Setenv("LAMINA_CACHE_FROM", server.URL+"/one "+server.URL+"/two")
	t.Setenv("LAMINA_CACHE_TO", server.URL+"/two")
	build := func(args ...string) {
		t.Helper()
		code, _, stderr := b.lamina(append([]string{"build", "-q", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "--repository", "repo",
			"--key", "fixtures@lamina.rsa.pub", "-o", "oci:out:x", "zlib"}, args...)...)
		if code != 0 {
			t.Fatal(stderr)
		}
	}
	for _, flag := range []string{"--no-cache", "--offline"} {
		if build(flag); server.heard("") != 0 {
			t.Errorf("%s: the shared cache was asked", flag)
		}
	}
	b.pod("first")
	if build(); server.heard("PUT /two/ac/") != 2 {
		t.Error("nothing was written to LAMINA_CACHE_TO")
	}
	b.pod("second")
	if build("--cache-from", server.URL+"/three"); server.heard("/one/") != 0 {
		t.Error("the flag does not count instead of the variable")
	}
}

// TestSharedCacheIsMisnamed: an invalid URL is reported before anything is done, and never with its password.
func TestSharedCacheIsMisnamed(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--cache-from", "cache.example"}, "shared cache cache.example: neither a registry nor a URL\n  give docker://HOST/REPOSITORY"},
		{[]string{"--cache-to", "ftp://user:MARKER@cache.example/"}, "shared cache ftp://xxxxx@cache.example/: neither"},
		{[]string{"--cache-from", "https://"}, "want https://HOST/PATH"},
		{[]string{"--cache-from", "docker://registry.example/cache@sha256:" + strings.Repeat("0", 64)}, "a shared cache has no digest"},
		{[]string{"--cache-from", "https://cache.example", "--no-cache"}, "--cache-from cannot be combined with --no-cache\n  remove one of the two"},
		{[]string{"--cache-to", "https://cache.example", "--offline"}, "--cache-to cannot be combined with --offline"},
	} {
		code, _, stderr := b.lamina(
			append([]string{"build", "--base", "scratch", "--platform", "linux/amd64", "-o", "oci:out:x", "--repository", "repo"}, test.args...)...)
		if code != exit.Usage || !strings.Contains(stderr, test.want) || strings.Contains(stderr, "MARKER") {
			t.Errorf("%q: %d %s", test.args, code, stderr)
		}
	}
	server := startCacheServer(t, filepath.Join(b.dir, "repo"))
	server.refuse = true
	url := strings.Replace(server.URL, "://", "://user:MARKER@", 1) + "/cache"
	code, _, stderr := b.lamina("build", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "-o", "oci:out:x", "--repository", "repo", "--key",
		"fixtures@lamina.rsa.pub",
		"--cache-from", url, "--cache-to", url, "zlib")
	if code != exit.Done || !strings.Contains(stderr, "warning: shared cache http://xxxxx@") || strings.Contains(stderr, "MARKER") || !server.loggedIn {
		t.Errorf("%d %v %s", code, server.loggedIn, stderr)
	}
	t.Setenv("LAMINA_CACHE_KEY", "short")
	if code, _, stderr := b.lamina("build", "--base", "scratch", "--platform", "linux/amd64", "-o", "oci:out:x", "--repository", "repo", "--cache-from",
		"https://cache.example"); code != exit.Failed ||
		!strings.Contains(stderr, "at least 16 bytes") {
		t.Errorf("%d %s", code, stderr)
	}
	const warning = "lamina: warning: cache: no key to seal entries with: LAMINA_CACHE_KEY has 5 bytes; want at least 16; only downloads are kept\n"
	if code, _, stderr := b.lamina("build", "--base", "rootfs:base.tar.gz", "-o", "oci:out:x", "--repository", "repo", "zlib"); code != exit.Done ||
		!strings.Contains(stderr, warning) {
		t.Errorf("%d %s", code, stderr)
	}
}
