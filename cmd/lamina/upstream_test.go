package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// downloads are what Dockerfiles download, by path: keys, a repository that is signed with the first of them, and archives.
type downloads map[string][]byte

func (s downloads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, ok := s[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Write(content)
}

// sumOfKeyText is what "openssl rsa -pubin -text -noout | openssl sha512 -r" says of the fixtures' key (openssl 3.0 and 3.1).
const sumOfKeyText = "ad73ce26163403d314991734d03d3d8f64f34e9c2fa847d02af71750461dd4dc85a81be8829767282bf83370fdb8b1dbf80d4d48ee3bb0909d8b6357f1654d69 *stdin\n"

// newDownloads makes them. One of its packages has a program of the corpus.
func newDownloads(t *testing.T, corpus string) downloads {
	t.Helper()
	program := ""
	err := corpustest.Entries(filepath.Join(corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"), func(h *tar.Header, r io.Reader) error {
		if h.Name != "bin/busybox" {
			return nil
		}
		text, err := io.ReadAll(r)
		program = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	repository := fixtures.Repository{Packages: []fixtures.Package{
		{Name: "nginx", Version: "1.25.3-r1", Depends: "pcre2", Files: []fixtures.File{
			{Path: "usr/sbin/nginx", Mode: 0o755, Content: "program"}, {Path: "etc/nginx/nginx.conf", Content: "events {}\n"},
			{Path: "var/log/nginx", Type: tar.TypeDir, Mode: 0o755}, {Path: "var/cache/nginx", Type: tar.TypeDir, User: "nginx", Group: "nginx",
				UID: 101, GID: 101},
		}},
		{Name: "nginx-module-echo", Version: "1.25.3-r1", Depends: "nginx=1.25.3-r1",
			Files: []fixtures.File{{Path: "usr/lib/nginx/modules/echo.so", Mode: 0o755, Content: "module"}}},
		{Name: "substitute", Depends: "so:libc.musl-x86_64.so.1", Files: []fixtures.File{{Path: "usr/bin/substitute", Mode: 0o755, Content: program}}},
	}}
	packages, err := repository.Files()
	if err != nil {
		t.Fatal(err)
	}
	key := []byte(fixtures.PublicKeyPEM)
	s := downloads{
		"keys/" + fixtures.KeyName: key,
		"keys/SHA512":              fmt.Appendf(nil, "%s%x  %s\n", sumOfKeyText, sha512.Sum512(key), fixtures.KeyName),
		"tool.tar.gz":              toolTar(t),
		"tool.zip":                 toolZip(t),
	}
	for name, content := range packages {
		s["packages/alpine/v3.19/main/"+name] = content
	}
	return s
}

func toolTar(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range []struct {
		name, content string
		mode          int64
	}{{"tool-1.0/", "", 0o755}, {"tool-1.0/bin/tool", "#!/bin/sh\necho tool\n", 0o755}, {"tool-1.0/share/doc/readme", "A tool.\n", 0o640}} {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content)), Uid: 1000, Gid: 1000, ModTime: fixtures.BuildTime}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f.content)
	}
	w.Close()
	z.Close()
	return b.Bytes()
}

func toolZip(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "tool-1.0/tool", Method: zip.Deflate, Modified: fixtures.BuildTime}
	h.SetMode(0o755)
	f, err := w.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, "#!/bin/sh\necho zipped\n")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestUpstream builds a Dockerfile that downloads from servers by their real names, for which servers on loopback stand in, and
// whose base names its own repositories; then again with its lock, from what was vendored.
func TestUpstream(t *testing.T) {
	if testing.Short() {
		t.Skip("large packages")
	}
	corpus := filepath.Join(corpustest.Path(t), "alpine-3.19")
	packages := http.FileServer(http.Dir(filepath.Join(corpus, "repo")))
	mirror := http.NewServeMux()
	for _, name := range []string{"main", "community"} {
		mirror.Handle("/alpine/v3.19/"+name+"/", http.StripPrefix("/alpine/v3.19/"+name, packages))
	}
	proxy, ca := newStandIn(t, map[string]http.Handler{"nginx.org": newDownloads(t, corpus), "dl-cdn.alpinelinux.org": mirror})
	dir := t.TempDir()
	lamina := programIn(t, "HTTPS_PROXY="+proxy, "SSL_CERT_FILE="+ca, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	text, err := os.ReadFile("../../fixtures/dockerfiles/upstream.Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("FROM localhost/base\nARG SITE\n"), []byte("FROM alpine:3.19\nARG SITE=https://nginx.org\n"), 1)
	file := filepath.Join(dir, "Dockerfile")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	common := []string{"-f", file, "--build-context", "alpine:3.19=rootfs:" + filepath.Join(corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
		"--key", filepath.Join(corpus, "keys", "corpus@lamina-1.rsa.pub"), "../../fixtures/dockerfiles/context"}
	image := "oci:" + filepath.Join(dir, "image") + ":latest"
	build := func(args ...string) string {
		return lamina(append(append([]string{"build", "-q"}, args...), common...)...)
	}
	digest := build("-t", image, "--no-lock")
	lamina(append([]string{"lock", "-q", "--vendor", filepath.Join(dir, "vendor")}, common...)...)
	if locked := build("-t", "oci:"+filepath.Join(dir, "locked")+":latest", "--no-cache", "--offline"); locked != digest {
		t.Errorf("with the lock, offline: %s, want %s", locked, digest)
	}
	lamina("verify", image)
}

// copyDockerfiles copies the Dockerfiles of the fixtures and their context directory. That gets archives of one of its directories, and
// what a checkout may not have: a link, and a Dockerfile with the line ends and the mark of Windows. The same archives are served, and a
// program.
func copyDockerfiles(t *testing.T, to string, served downloads) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS("../../fixtures/dockerfiles")); err != nil {
		t.Fatal(err)
	}
	context := filepath.Join(to, "context")
	served["tool"] = []byte("#!/bin/sh\necho a tool\n")
	for _, name := range [...]string{"files.tar", "files.tar.gz", "files.tar.bz2", "files.tar.xz"} {
		file := filepath.Join(context, name)
		pack := exec.Command("tar", "-C", context, "--owner=somebody:1000", "--group=some:1001", "--mtime=@86400", "--sort=name", "--auto-compress",
			"-cf", file, "site")
		if out, err := pack.CombinedOutput(); err != nil {
			t.Skipf("GNU tar, bzip2 and xz are needed to make archives: %v: %s", err, out)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		served[name] = content
	}
	text, err := os.ReadFile(filepath.Join(to, "shell.Dockerfile"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "windows.Dockerfile"), []byte("\ufeff"+strings.ReplaceAll(string(text), "\n", "\r\n")), 0o644)
	}
	if err == nil {
		err = os.Symlink("settings.json", filepath.Join(context, "app/link"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLockedDockerfiles locks each Dockerfile of the fixtures, and builds it offline from what was vendored.
func TestLockedDockerfiles(t *testing.T) {
	if testing.Short() {
		t.Skip("builds some forty images twice")
	}
	corpus := filepath.Join(corpustest.Path(t), "alpine-3.19")
	served, dockerfiles := newDownloads(t, corpus), filepath.Join(t.TempDir(), "dockerfiles")
	copyDockerfiles(t, dockerfiles, served)
	server := httptest.NewServer(served)
	defer server.Close()
	files, err := filepath.Glob(filepath.Join(dockerfiles, "*.Dockerfile"))
	if err != nil || len(files) < 41 {
		t.Fatalf("%d Dockerfiles, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dir := t.TempDir()
			lamina := programIn(t, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			here := filepath.Join(dir, "Dockerfile")
			if err := os.WriteFile(here, text, 0o644); err != nil {
				t.Fatal(err)
			}
			common := []string{"-f", here, "--build-context", "localhost/base=rootfs:" + filepath.Join(corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
				"--repository", filepath.Join(corpus, "repo"), "--key", filepath.Join(corpus, "keys", "corpus@lamina-1.rsa.pub"),
				"--platform", "linux/amd64", "--build-arg", "SITE=" + server.URL, "--build-arg", "REPOSITORY=" + filepath.Join(corpus, "repo"),
				"--build-context", "built=" + filepath.Join(dockerfiles, "context/built"), filepath.Join(dockerfiles, "context")}
			build := func(args ...string) string {
				return lamina(append(append([]string{"build", "-q"}, args...), common...)...)
			}
			image := "oci:" + filepath.Join(dir, "image") + ":latest"
			digest := build("-t", image, "--no-lock")
			lamina(append([]string{"lock", "-q", "--vendor", filepath.Join(dir, "vendor")}, common...)...)
			if locked := build("-t", "oci:"+filepath.Join(dir, "locked")+":latest", "--no-cache", "--offline"); locked != digest {
				t.Errorf("with the lock, offline: %s, want %s", locked, digest)
			}
			lamina("verify", "--vendor", filepath.Join(dir, "vendor"), image)
		})
	}
}

// newStandIn starts a proxy that leads to handlers in place of hosts. It returns its URL and the file of the certificate that the hosts have.
func newStandIn(t *testing.T, hosts map[string]http.Handler) (proxy, ca string) {
	t.Helper()
	var names []string
	for name := range hosts {
		names = append(names, name)
	}
	certificate, key := selfSigned(t, names...)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(certificate), 0o644); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	servers := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := hosts[r.Host]; h != nil {
			h.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	servers.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	servers.StartTLS()
	t.Cleanup(servers.Close)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		back, err := net.Dial("tcp", servers.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer back.Close()
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(back, conn)
		io.Copy(conn, back)
	}))
	t.Cleanup(front.Close)
	return front.URL, ca
}

// programIn returns what runs the program with variables in its environment, and returns what it prints. A failure ends the test.
func programIn(t *testing.T, variables ...string) func(args ...string) string {
	return func(args ...string) string {
		t.Helper()
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(append(os.Environ(), "LAMINA_TEST_MAIN=1"), variables...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("lamina %s: %v\n%s", strings.Join(args, " "), err, &stderr)
		}
		return strings.TrimSpace(string(out))
	}
}
