package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEndToEnd builds a real nginx on a real Alpine root file system and hands
// it to the programs that users have: skopeo, umoci, podman with runc, and a
// registry on the loopback interface. It needs root, those programs and the
// corpus, and runs when LAMINA_E2E is set.
func TestEndToEnd(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, skopeo, umoci, podman, runc, docker-registry and LAMINA_CORPUS")
	}
	e := newE2E(t)
	image := "oci:" + e.path("image") + ":latest"
	e.digest = e.build(image)

	t.Run("Reproducible", func(t *testing.T) { e.with(t).reproducible() })
	t.Run("Verify", func(t *testing.T) { e.with(t).verify(image) })
	t.Run("Serves", func(t *testing.T) { e.with(t).serves(image) })
	t.Run("Registry", func(t *testing.T) { e.with(t).registry(image) })
	t.Run("Umoci", func(t *testing.T) { e.with(t).umoci() })
	t.Run("DockerArchive", func(t *testing.T) { e.with(t).dockerArchive(image) })
	t.Run("OCIArchive", func(t *testing.T) { e.with(t).ociArchive() })
	t.Run("Compression", func(t *testing.T) { e.with(t).compression() })
}

// e2e holds what the parts of the test share.
type e2e struct {
	*testing.T
	dir    string // a directory that every user may read and write
	corpus string // alpine-3.19 in the corpus
	lamina string // the binary under test
	digest string // of the first build's manifest
}

func newE2E(t *testing.T) *e2e {
	root := os.Getenv("LAMINA_CORPUS")
	if root == "" {
		t.Fatal("LAMINA_CORPUS is not set")
	}
	if os.Getuid() != 0 {
		t.Fatal("containers are run as root here")
	}
	// Not t.TempDir, whose parent only its owner may enter: builds run as nobody.
	dir, err := os.MkdirTemp("", "lamina-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	root, err = filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	e := &e2e{T: t, dir: dir, corpus: filepath.Join(root, "alpine-3.19"), lamina: filepath.Join(dir, "lamina")}
	build := exec.Command("go", "build", "-o", e.lamina, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	e.must(build)
	// The user of the build has no access to the checkout, only to the spec's directory.
	if err := os.CopyFS(e.path("spec"), os.DirFS("../../fixtures/nginx")); err != nil {
		t.Fatal(err)
	}
	return e
}

// with is the same for a subtest.
func (e *e2e) with(t *testing.T) *e2e {
	c := *e
	c.T = t
	return &c
}

func (e *e2e) path(name string) string { return filepath.Join(e.dir, name) }

// must runs a command to its successful end and returns what it printed.
func (e *e2e) must(cmd *exec.Cmd) string {
	e.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		e.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

func (e *e2e) run(name string, args ...string) string {
	e.Helper()
	return e.must(exec.Command(name, args...))
}

// build makes the image as nobody, without a single capability, and returns
// the digest that lamina prints.
func (e *e2e) build(output string, env ...string) string {
	e.Helper()
	return e.buildWith(output, nil, env...)
}

func (e *e2e) buildWith(output string, args []string, env ...string) string {
	e.Helper()
	own := []string{"-f", e.path("spec/corpus.yaml"), "-o", output, "--base", "rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz")}
	return e.buildAsNobody(append(own, args...), env...)
}

// buildAsNobody is build for what the arguments say.
func (e *e2e) buildAsNobody(args []string, env ...string) string {
	e.Helper()
	cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		"--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
		e.lamina, "build",
		"--repository", filepath.Join(e.corpus, "repo"),
		"--key", filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub"),
		"--platform", "linux/amd64")
	cmd.Args = append(cmd.Args, args...)
	cmd.Dir = e.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	out := e.must(cmd)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	digest := lines[len(lines)-1]
	if !strings.HasPrefix(digest, "sha256:") {
		e.Fatalf("lamina build printed %q, want the manifest's digest", out)
	}
	return digest
}

func (e *e2e) reproducible() {
	for _, env := range [][]string{nil, {"GOMAXPROCS=1"}, {"GOMAXPROCS=2"}, {"GOMAXPROCS=8"}} {
		name := "again" + strings.Join(env, "")
		if got := e.build("oci:"+e.path(name)+":x", env...); got != e.digest {
			e.Errorf("with %v: manifest %s, want %s", env, got, e.digest)
		}
	}
}

// verify builds the image again from its own record.
func (e *e2e) verify(image string) {
	out := e.run(e.lamina, "verify", image, "--repository", filepath.Join(e.corpus, "repo"))
	if want := "reproduced " + e.digest + "\n"; out != want {
		e.Errorf("verify printed %q, want %q", out, want)
	}
}

// podman is run with what works without systemd, overlayfs and raised limits.
func (e *e2e) podman(args ...string) *exec.Cmd {
	global := []string{"--root", e.path("podman"), "--runroot", e.path("podman-run"),
		"--runtime", "runc", "--cgroup-manager", "cgroupfs", "--storage-driver", "vfs"}
	return exec.Command("podman", append(global, args...)...)
}

func (e *e2e) serves(image string) {
	container := strings.TrimSpace(e.must(e.podman("run", "-d", "--network", "host",
		"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
		"-v", filepath.Join(e.corpus, "repo")+":/corpus/repo:ro",
		"-v", filepath.Join(e.corpus, "keys")+":/corpus/keys:ro", image)))
	e.Cleanup(func() {
		e.podman("rm", "-f", "-t", "2", container).Run()
		e.podman("rmi", "-a", "-f").Run()
	})
	inside := func(args ...string) string {
		e.Helper()
		return e.must(e.podman(append([]string{"exec", container}, args...)...))
	}

	page := fetch(e.T, "http://localhost:8888/", func() string {
		out, _ := e.podman("logs", container).CombinedOutput()
		return string(out)
	})
	want, err := os.ReadFile(e.path("spec/index.html"))
	if err != nil {
		e.Fatal(err)
	}
	if page != string(want) {
		e.Errorf("the start page is not the spec's:\n%s", page)
	}
	if log := inside("cat", "/var/log/nginx/access.log"); !strings.Contains(log, "GET / HTTP/1.1") {
		e.Errorf("access.log does not hold the request:\n%s", log)
	}
	if ps := inside("ps", "-o", "user,args"); !strings.Contains(ps, "nginx    nginx: worker process") {
		e.Errorf("no worker process of user nginx:\n%s", ps)
	}
	if conf := inside("nginx", "-T", "-q"); !strings.Contains(conf, "listen 8888") {
		e.Errorf("nginx does not listen on 8888:\n%s", conf)
	}
	installed := strings.Fields(inside("apk", "info"))
	for _, name := range []string{"nginx", "pcre2", "busybox"} {
		if !slices.Contains(installed, name) {
			e.Errorf("apk info does not list %s: %v", name, installed)
		}
	}
	inside("apk", "add", "--no-network", "--keys-dir", "/corpus/keys", "-X", "/corpus/repo", "jq")
	if out := inside("jq", "-n", "1+1"); strings.TrimSpace(out) != "2" {
		e.Errorf("jq -n 1+1 in the container gives %q", out)
	}
	if out := inside("apk", "audit", "--system"); strings.TrimSpace(out) != "" {
		e.Logf("apk audit --system: %s", out)
	}
}

// fetch gets a page from a server that is starting.
func fetch(t *testing.T, url string, state func() string) string {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		response, err := http.Get(url)
		if err == nil {
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("GET %s: %s: %v", url, response.Status, err)
			}
			return string(body)
		}
		if time.Now().After(deadline) {
			t.Fatalf("GET %s: %v\n%s", url, err, state())
		}
		time.Sleep(50 * time.Millisecond) // until the server listens
	}
}

// startRegistry starts Debian's registry on the loopback interface, without a password, and returns its address.
func (e *e2e) startRegistry() string {
	e.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	config := e.path("registry.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n",
		e.path("registry"), address), 0o644); err != nil {
		e.Fatal(err)
	}
	server := exec.Command("docker-registry", "serve", config)
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { server.Process.Kill(); server.Wait() })
	fetch(e.T, "http://"+address+"/v2/", log.String)
	return address
}

// registry sends the image to a registry and back: every digest must survive.
func (e *e2e) registry(image string) {
	address := e.startRegistry()
	remote := "docker://" + address + "/lamina/nginx:8888"
	back := "oci:" + e.path("back") + ":latest"
	e.run("skopeo", "copy", "-q", "--preserve-digests", "--dest-tls-verify=false", image, remote)
	e.run("skopeo", "copy", "-q", "--preserve-digests", "--src-tls-verify=false", remote, back)
	if got := e.skopeoDigest(back); got != e.digest {
		e.Errorf("the manifest came back as %s, want %s", got, e.digest)
	}
	// The record stays behind: skopeo copies what has the tag.
	only := "oci:" + e.path("only") + ":latest"
	e.run("skopeo", "copy", "-q", "--preserve-digests", image, only)
	var files [2][]string
	for i, layout := range []string{"only", "back"} {
		entries, err := os.ReadDir(e.path(layout + "/blobs/sha256"))
		if err != nil {
			e.Fatal(err)
		}
		for _, entry := range entries {
			files[i] = append(files[i], entry.Name())
		}
	}
	if !slices.Equal(files[0], files[1]) {
		e.Errorf("blobs went out as %v and came back as %v", files[0], files[1])
	}
}

func (e *e2e) skopeoDigest(ref string) string {
	e.Helper()
	return strings.TrimSpace(e.run("skopeo", "inspect", "--format", "{{.Digest}}", ref))
}

// umoci unpacks the image as root and as an ordinary user.
func (e *e2e) umoci() {
	e.run("umoci", "unpack", "--image", e.path("image")+":latest", e.path("bundle"))
	for path, mode := range map[string]os.FileMode{
		"usr/sbin/nginx": 0o755, "etc/nginx/nginx.conf": 0o644, "var/log/nginx": 0o755 | os.ModeDir, "lib/apk/db/installed": 0o644,
	} {
		info, err := os.Lstat(filepath.Join(e.path("bundle/rootfs"), path))
		if err != nil {
			e.Error(err)
		} else if info.Mode() != mode {
			e.Errorf("%s has mode %v, want %v", path, info.Mode(), mode)
		}
	}
	e.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "env", "HOME="+e.dir,
		"umoci", "unpack", "--rootless", "--image", e.path("image")+":latest", e.path("bundle-rootless"))
}

// dockerArchive compares the layers that skopeo writes for docker load.
func (e *e2e) dockerArchive(image string) {
	archive := e.path("image.tar")
	e.run("skopeo", "copy", "-q", image, "docker-archive:"+archive+":lamina/nginx:8888")
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal([]byte(e.run("tar", "xOf", archive, "manifest.json")), &manifest); err != nil {
		e.Fatal(err)
	}
	var config struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--config", "--raw", image)), &config); err != nil {
		e.Fatal(err)
	}
	if len(manifest) != 1 || len(manifest[0].Layers) != 2 || len(config.RootFS.DiffIDs) != 2 {
		e.Fatalf("archive %v, config %v: want one image of two layers", manifest, config)
	}
	for i, layer := range manifest[0].Layers {
		sum := strings.Fields(e.must(exec.Command("sh", "-c", `tar xOf "$0" "$1" | sha256sum`, archive, layer)))[0]
		if config.RootFS.DiffIDs[i] != "sha256:"+sum {
			e.Errorf("layer %d in the docker archive is %s, want %s", i, sum, config.RootFS.DiffIDs[i])
		}
	}
}

func (e *e2e) ociArchive() {
	archive := "oci-archive:" + e.path("oci.tar") + ":latest"
	if got := e.build(archive); got != e.digest {
		e.Errorf("as an archive the manifest is %s, want %s", got, e.digest)
	}
	if got := e.skopeoDigest(archive); got != e.digest {
		e.Errorf("skopeo reads manifest %s from the archive, want %s", got, e.digest)
	}
	if _, err := os.Stat(e.path("spec/image")); !errors.Is(err, os.ErrNotExist) {
		e.Errorf("the build left something beside the spec: %v", err)
	}
}

// compression has the layers tested by the compressors' own programs, and the images by those who
// run them. Neither umoci nor the format of docker save knows zstd.
func (e *e2e) compression() {
	for _, test := range []struct {
		setting, mediaType string
		tester             []string
	}{
		{"gzip:1", "application/vnd.oci.image.layer.v1.tar+gzip", []string{"gzip", "-t"}},
		{"gzip:9", "application/vnd.oci.image.layer.v1.tar+gzip", []string{"gzip", "-t"}},
		{"zstd:1", "application/vnd.oci.image.layer.v1.tar+zstd", []string{"zstd", "-tq"}},
		{"zstd:4", "application/vnd.oci.image.layer.v1.tar+zstd", []string{"zstd", "-tq"}},
	} {
		layout := e.path(strings.ReplaceAll(test.setting, ":", ""))
		image := "oci:" + layout + ":x"
		e.buildWith(image, []string{"--compression", test.setting})
		var manifest struct {
			Layers []struct{ MediaType, Digest string }
		}
		if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--raw", image)), &manifest); err != nil {
			e.Fatal(err)
		}
		last := manifest.Layers[len(manifest.Layers)-1]
		if last.MediaType != test.mediaType {
			e.Errorf("%s: media type %s", test.setting, last.MediaType)
		}
		blob, err := os.Open(filepath.Join(layout, "blobs/sha256", strings.TrimPrefix(last.Digest, "sha256:")))
		if err != nil {
			e.Fatal(err)
		}
		cmd := exec.Command(test.tester[0], test.tester[1:]...)
		cmd.Stdin = blob
		e.must(cmd)
		blob.Close()
		e.run("skopeo", "copy", "-q", image, "oci:"+layout+"-copy:x")
		if strings.HasPrefix(test.setting, "gzip") {
			e.run("umoci", "unpack", "--image", layout+":x", layout+"-bundle")
		}
		version := e.podman("run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", image, "-v")
		if out, err := version.CombinedOutput(); err != nil || !strings.Contains(string(out), "nginx version: nginx/1.22.1") {
			e.Errorf("%s: nginx -v gives %q, %v", test.setting, out, err)
		}
	}
	e.podman("rmi", "-a", "-f").Run()
}
