package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/oci/record"
)

// secureRegistry is Debian's registry on the loopback interface, with a certificate that it has signed itself, and
// for a user who has a password.
type secureRegistry struct {
	*e2e
	address string
	log     *bytes.Buffer
	heard   strings.Builder // all that programs have printed
}

const (
	registryUser     = "somebody"
	registryPassword = "MARKER-f00ba7"
	// The line that htpasswd prints for them, with bcrypt.
	registryLogin = "somebody:$2y$05$sJtW4Q2Xybo3yVl/OK9E/OxGLjH5BkpBN0JKIMiyzSk5W4Ut9C7gu"
)

func (e *e2e) startSecureRegistry() *secureRegistry {
	e.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.Fatal(err)
	}
	r := &secureRegistry{e2e: e, address: l.Addr().String(), log: new(bytes.Buffer)}
	l.Close()
	write := func(name, content string) string {
		if err := os.MkdirAll(filepath.Dir(e.path(name)), 0o755); err != nil {
			e.Fatal(err)
		}
		if err := os.WriteFile(e.path(name), []byte(content), 0o644); err != nil {
			e.Fatal(err)
		}
		return e.path(name)
	}
	certificate, key := selfSigned(e.T)
	auth := base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + registryPassword))
	write("docker/config.json", fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, r.address, auth))
	config := write("secure.yml", fmt.Sprintf(`version: 0.1
log: {level: info, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: %s}}
auth: {htpasswd: {realm: here, path: %s}}
http: {addr: %q, tls: {certificate: %s, key: %s}}
`, e.path("secure"), write("htpasswd", registryLogin+"\n"), r.address, write("certs/ca.crt", certificate), write("key.pem", key)))
	server := exec.Command("docker-registry", "serve", config)
	server.Stdout, server.Stderr = r.log, r.log
	if err := server.Start(); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { server.Process.Kill(); server.Wait() })
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(certificate))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) { // until the server listens
		response, err := client.Get("https://" + r.address + "/v2/")
		if err == nil {
			response.Body.Close()
			return r
		}
		if time.Now().After(deadline) {
			e.Fatalf("%v\n%s", err, r.log)
		}
	}
}

// selfSigned returns a certificate for 127.0.0.1 and names of hosts, and its key.
func selfSigned(t *testing.T, hosts ...string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: hosts, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// lamina runs the program as nobody and returns the last line that it printed. With a login it knows password and certificate.
func (r *secureRegistry) lamina(hasLogin bool, args ...string) (string, error) {
	r.Helper()
	cmd := exec.Command("setpriv", append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
		"--no-new-privs", r.e2e.lamina}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + r.path("certs/ca.crt"), "HOME=" + r.path("nobody")}
	if hasLogin {
		cmd.Env = append(cmd.Env, "DOCKER_CONFIG="+r.path("docker"))
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	r.heard.Write(out)
	r.heard.Write(stderr.Bytes())
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return lines[len(lines)-1], nil
}

func (r *secureRegistry) mustLamina(args ...string) string {
	r.Helper()
	out, err := r.lamina(true, args...)
	if err != nil {
		r.Fatalf("%v: %v", args, err)
	}
	return out
}

// requests counts those in the registry's log that have all of that in one line.
func (r *secureRegistry) requests(parts ...string) int {
	n := 0
lines:
	for line := range strings.Lines(r.log.String()) {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue lines
			}
		}
		n++
	}
	return n
}

// TestEndToEndRegistry builds for a registry, from a registry, and pushes; others find all of it there.
func TestEndToEndRegistry(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, skopeo, docker-registry and LAMINA_CORPUS")
	}
	e := newE2E(t)
	r := e.startSecureRegistry()
	key := filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub")
	repository := filepath.Join(e.corpus, "repo")
	spec := []string{
		"build", "-f", e.path("spec/corpus.yaml"), "--base", "rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
		"--repository", repository, "--key", key, "--platform", "linux/amd64", "--cache-dir", e.path("cache"), "-o",
	}
	in := func(name string) string { return "docker://" + r.address + "/" + name }
	skopeo := []string{"--authfile", e.path("docker/config.json"), "--cert-dir", e.path("certs")}
	digestOf := func(name string) string {
		t.Helper()
		return strings.TrimSpace(e.run("skopeo", append([]string{"inspect", "--format", "{{.Digest}}", in(name)}, skopeo...)...))
	}

	layout := r.mustLamina(append(spec, "oci:"+e.path("image")+":latest")...)
	named := r.mustLamina(append(spec, in("me/nginx:1"))...)
	if want := r.address + "/me/nginx@" + layout; named != want {
		t.Errorf("the last line is %q, want %q", named, want)
	}
	if got := digestOf("me/nginx:1"); got != layout {
		t.Errorf("skopeo finds %s, want %s", got, layout)
	}
	if got := r.mustLamina("verify", in("me/nginx:1"), "--repository", repository, "--cache-dir", e.path("cache")); got != "reproduced "+layout {
		t.Errorf("verify: %q", got)
	}

	// This registry has no API for referrers: the record is found by the tag that stands in for it.
	var beside struct {
		Manifests []struct{ ArtifactType, Digest string }
	}
	raw := e.run("skopeo", append([]string{"inspect", "--raw", in("me/nginx:" + strings.Replace(layout, ":", "-", 1))}, skopeo...)...)
	if err := json.Unmarshal([]byte(raw), &beside); err != nil || len(beside.Manifests) != 1 || beside.Manifests[0].ArtifactType != record.ProvenanceType {
		t.Fatalf("skopeo finds as referrers: %v\n%s", err, raw)
	}
	var record struct{ Subject struct{ Digest string } }
	raw = e.run("skopeo", append([]string{"inspect", "--raw", in("me/nginx@" + beside.Manifests[0].Digest)}, skopeo...)...)
	if err := json.Unmarshal([]byte(raw), &record); err != nil || record.Subject.Digest != layout {
		t.Errorf("skopeo reads of the record: %v\n%s", err, raw)
	}
	r.mustLamina("inspect", in("me/nginx:1"), "--cache-dir", e.path("cache"))
	if !regexp.MustCompile(`(?m)^provenance +\d+ inputs, built by https://`).MatchString(r.heard.String()) {
		t.Errorf("inspect does not show the record:\n%s", r.heard.String())
	}

	// Blobs that the registry has are not sent again.
	sent := func() int { return r.requests(`http.request.method=PUT`, "/blobs/uploads/", "response completed") }
	before := sent()
	if before == 0 {
		t.Fatalf("no upload in the registry's log:\n%s", r.log)
	}
	r.mustLamina("push", "oci:"+e.path("image")+":latest", in("me/nginx:2"))
	if n := sent() - before; n != 0 {
		t.Errorf("%d blobs were sent again", n)
	}
	if a, b := digestOf("me/nginx:1"), digestOf("me/nginx:2"); a != b {
		t.Errorf("pushed twice: %s and %s", a, b)
	}

	// A base from there is read by its digest; for another repository its layers are mounted.
	before = sent()
	built := r.mustLamina("build", "--base", in("me/nginx@"+layout), "--repository", repository, "--key", key, "--cache-dir", e.path("cache"), "-o",
		in("you/jq:1"), "jq")
	if n := sent() - before; n != 3+1 {
		t.Errorf("%d blobs were sent, want layer, config, record and its empty config", n)
	}
	if n := r.requests("mount=", "http.response.status=201"); n != 2 {
		t.Errorf("%d blobs were mounted, want the two layers of the base", n)
	}
	var report struct{ Layers []struct{ Digest string } }
	raw = e.run("skopeo", append([]string{"inspect", "--raw", in("you/jq:1")}, skopeo...)...)
	if err := json.Unmarshal([]byte(raw), &report); err != nil || len(report.Layers) != 3 {
		t.Errorf("%d layers, %v, want those of the base and one more", len(report.Layers), err)
	}
	e.run("skopeo", "copy", "-q", "--src-authfile", e.path("docker/config.json"), "--src-cert-dir", e.path("certs"), "docker://"+built,
		"docker-archive:"+e.path("jq.tar")+":you/jq:1")
	if _, err := r.lamina(true, "diff", "docker-archive:"+e.path("jq.tar"), in("you/jq:1")); err == nil || strings.Contains(r.heard.String(), "usr/bin/jq") {
		t.Errorf("skopeo's copy has the same compressed layers, or other files: %v", err)
	}

	if _, err := r.lamina(false, "build", "--base", in("me/nginx:1"), "-o", "oci:"+e.path("never")); err == nil ||
		!strings.Contains(err.Error(), "log in: podman login "+r.address) {
		t.Errorf("without a login: %v", err)
	}
	if _, err := r.lamina(true, "push", "oci:"+e.path("image")+":latest", "docker://127.0.0.1:1/x/y:1"); err == nil ||
		!strings.Contains(err.Error(), "cannot reach 127.0.0.1:1") {
		t.Errorf("to nobody: %v", err)
	}

	// The password is nowhere but in the login.
	secrets := []string{registryPassword, base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + registryPassword))}
	for _, secret := range secrets {
		if strings.Contains(r.heard.String(), secret) {
			t.Error("the password was printed")
		}
	}
	for _, dir := range []string{"cache", "image", "secure", "nobody"} {
		err := filepath.WalkDir(e.path(dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return nil
			}
			content, err := os.ReadFile(path)
			for _, secret := range secrets {
				if bytes.Contains(content, []byte(secret)) {
					t.Errorf("the password is in %s", path)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
