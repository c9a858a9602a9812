package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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
		"nginx":    func() string { return "http://" + e.startNginx("/cache/") + "/cache/team" },
		"registry": func() string { return "docker://" + e.startRegistry() + "/team/cache" },
	} {
		t.Run(name, func(t *testing.T) {
			e := e.with(t)
			url := start()
			build := func(pod string, args ...string) (digest, said string) {
				return e.pod(name+"-"+pod, append([]string{"-o", "oci:" + e.path(name+"-"+pod) + "/image:latest"}, args...)...)
			}
			if digest, said := build("first", "--cache-from", url, "--cache-to", url); digest != want || !strings.Contains(said, "shared cache: 0 read (0 B), ") {
				t.Errorf("the first pod: %s, want %s\n%s", digest, want, said)
			}
			digest, said := build("second", "--cache-from", url)
			if digest != want || strings.Contains(said, "warning") || strings.Contains(said, "shared cache: 0 read") || !strings.Contains(said, ", 0 written (0 B)") {
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
		url := "http://" + e.startNginx("/cache/", "client_max_body_size 10k;") + "/cache"
		digest, said := e.pod("full", "-o", "oci:"+e.path("full")+"/image:latest", "--cache-to", url)
		if digest != want || !strings.Contains(said, "413 Request Entity Too Large; nothing more is written to it") {
			t.Errorf("%s, want %s\n%s", digest, want, said)
		}
	})
	t.Run("read only", func(t *testing.T) {
		e := e.with(t)
		url := "http://" + e.startNginx("/elsewhere/") + "/cache"
		digest, said := e.pod("read-only", "-o", "oci:"+e.path("read-only")+"/image:latest", "--cache-to", url)
		if digest != want || !strings.Contains(said, "405 Not Allowed; nothing more is written to it") && !strings.Contains(said, "405 Method Not Allowed; nothing more is written to it") {
			t.Errorf("%s, want %s\n%s", digest, want, said)
		}
	})
}

// pod builds as nobody on a machine of that name, and returns the digest with what was printed on stderr.
func (e *e2e) pod(name string, args ...string) (digest, stderr string) {
	e.Helper()
	cmd := exec.Command("setpriv", append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
		e.lamina, "build", "-f", e.path("spec/corpus.yaml"), "--base", "rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
		"--repository", filepath.Join(e.corpus, "repo"), "--key", filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub"), "--platform", "linux/amd64", "--progress", "plain"}, args...)...)
	cmd.Dir = e.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.path(name)}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		e.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, said.String())
	}
	lines := strings.Fields(out.String())
	return lines[len(lines)-1], said.String()
}

// startNginx starts Debian's nginx on the loopback interface, which takes what is PUT below a location, and returns its address.
func (e *e2e) startNginx(location string, settings ...string) string {
	e.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir, err := os.MkdirTemp(e.dir, "nginx-")
	if err != nil {
		e.Fatal(err)
	}
	if len(settings) == 0 {
		settings = []string{"client_max_body_size 0;"}
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, `daemon off; user root; pid %[1]s/pid; error_log %[1]s/error.log;
events {}
http {
  access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  server {
    listen %[2]s; root %[1]s/data; %[3]s
    location = / { return 200; }
    location %[4]s { dav_methods PUT; create_full_put_path on; }
  }
}
`, dir, address, strings.Join(settings, " "), location), 0o644); err != nil {
		e.Fatal(err)
	}
	server := exec.Command("nginx", "-c", config)
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { server.Process.Signal(syscall.SIGTERM); server.Wait() }) // its worker, too, would outlive a kill
	e.fetch("http://"+address+"/", log.String)
	return address
}
