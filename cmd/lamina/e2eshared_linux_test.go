package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEndToEndSharedCache shares a cache by the servers that users have: Debian's registry, and Debian's nginx with WebDAV, which Bazel's
// documentation names as a remote cache. Pods build a real nginx as nobody, without a capability, each with an empty cache of its own.
func TestEndToEndSharedCache(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, nginx, docker-registry and LAMINA_CORPUS")
	}
	e := newE2E(t)
	want := e.build("oci:"+e.path("alone")+":latest", "HOME="+e.path("alone-home"))
	for name, start := range map[string]func() string{
		"nginx":    func() string { return startNginx(e.T, e.dir) + "/team" },
		"registry": func() string { return "docker://" + e.startRegistry() + "/team/cache" },
	} {
		t.Run(name, func(t *testing.T) {
			e := e.with(t)
			url := start()
			build := func(pod string, args ...string) (digest, said string) {
				return e.pod(name+"-"+pod, append([]string{"-o", "oci:" + e.path(name+"-"+pod) + "/image:latest"}, args...)...)
			}
			if digest, said := build("first", "--cache-from", url, "--cache-to", url); digest != want ||
				!strings.Contains(said, "shared cache: 0 read (0 B), ") {
				t.Errorf("the first pod: %s, want %s\n%s", digest, want, said)
			}
			digest, said := build("second", "--cache-from", url)
			if digest != want || strings.Contains(said, "warning") || strings.Contains(said, "shared cache: 0 read") ||
				!strings.Contains(said, ", 0 written (0 B)") {
				t.Errorf("the second pod: %s, want %s\n%s", digest, want, said)
			}
			if !strings.Contains(said, " reused, ") {
				t.Errorf("the second pod has not reused parts of the layer:\n%s", said)
			}
			if digest, said := build("third", "--cache-from", url, "--cache-to", url); digest != want || !strings.Contains(said, ", 0 written (0 B)") {
				t.Errorf("the third pod writes what is there: %s\n%s", digest, said)
			}
		})
	}
	t.Run("full", func(t *testing.T) {
		e := e.with(t)
		url := startNginx(e.T, e.dir, "client_max_body_size 0;", "client_max_body_size 10k;")
		digest, said := e.pod("full", "-o", "oci:"+e.path("full")+"/image:latest", "--cache-to", url)
		if digest != want || !strings.Contains(said, "413 Request Entity Too Large; nothing more is written to it") {
			t.Errorf("%s, want %s\n%s", digest, want, said)
		}
	})
	t.Run("without login", func(t *testing.T) {
		e := e.with(t)
		url := startNginx(e.T, e.dir, "{PLAIN}password", "{PLAIN}another")
		digest, said := e.pod("without-login", "-o", "oci:"+e.path("without-login")+"/image:latest", "--cache-from", url, "--cache-to", url)
		if digest != want || !strings.Contains(said, "401 Unauthorized; nothing more is written to it") || strings.Contains(said, "password") &&
			!strings.Contains(said, "a user and password") {
			t.Errorf("%s, want %s\n%s", digest, want, said)
		}
	})
}

// pod builds as nobody on a machine of that name, and returns the digest with what was printed on stderr.
func (e *e2e) pod(name string, args ...string) (digest, stderr string) {
	e.Helper()
	cmd := exec.Command("setpriv", append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
		"--inh-caps=-all", "--no-new-privs",
		e.lamina, "build", "-f", e.path("spec/corpus.yaml"), "--base", "rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
		"--repository", filepath.Join(e.corpus, "repo"), "--key", filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub"), "--platform", "linux/amd64",
		"--progress", "plain"}, args...)...)
	cmd.Dir = e.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.path(name), "LAMINA_LOGIN_127_0_0_1=pod:password"}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		e.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, said.String())
	}
	lines := strings.Fields(out.String())
	return lines[len(lines)-1], said.String()
}
