package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEndToEndImages builds the specs of fixtures/images from packages of the corpus, and runs them in podman.
func TestEndToEndImages(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, podman, runc and LAMINA_CORPUS")
	}
	e := newE2E(t)
	if err := os.CopyFS(e.path("images"), os.DirFS("../../fixtures/images")); err != nil {
		t.Fatal(err)
	}
	e.Cleanup(func() { e.podman("rmi", "-a", "-f").Run() })
	for name, check := range map[string]func(e *e2e, image string){
		"static": (*e2e).staticSite, "ssh": (*e2e).sshServer, "time": (*e2e).timeServer, "tools": (*e2e).tools,
		"backup": (*e2e).backup, "ca": (*e2e).companyCA, "git": (*e2e).gitServer,
	} {
		t.Run(name, func(t *testing.T) {
			e := e.with(t)
			image := "oci:" + e.path("out-"+name) + ":latest"
			e.run(e.lamina, "build", "-f", e.path(filepath.Join("images", name, "lamina.yaml")), "-o", image, "-q", "--no-cache",
				"--base", "rootfs:"+filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"), "--platform", "linux/amd64",
				"--repository", filepath.Join(e.corpus, "repo"), "--key", filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub"))
			check(e, image)
		})
	}
}

// TestEndToEndProgram builds the service whose program comes from another image: over Alpine, and over a base that has neither
// apk nor a shell, as distroless images are.
func TestEndToEndProgram(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, podman, runc and LAMINA_CORPUS")
	}
	e := newE2E(t)
	e.Cleanup(func() { e.podman("rmi", "-a", "-f").Run() })
	compile := exec.Command("go", "build", "-o", e.path("app"), "../../fixtures/images/app")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	e.must(compile)
	write := func(name, text string) string {
		e.Helper()
		if err := os.WriteFile(e.path(name), []byte(text), 0o644); err != nil {
			e.Fatal(err)
		}
		return e.path(name)
	}
	e.run(e.lamina, "build", "-q", "-o", "oci:"+e.path("program")+":1", "-f", write("program.yaml",
		"base: scratch\nplatforms: [linux/amd64]\nfiles: [{path: /app, source: app, mode: 0755}]\n"))
	e.run(e.lamina, "build", "-q", "-o", "oci:"+e.path("bare")+":1", "-f", write("bare.yaml", `base: scratch
platforms: [linux/amd64]
files:
  - {path: /etc/passwd, content: "root:x:0:0:root:/root:/sbin/nologin\n"}
  - {path: /etc/group, content: "root:x:0:\n"}
  - {path: /tmp, type: directory, mode: 01777}
`))
	for name, base := range map[string]string{
		"alpine": "rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"), "bare": "oci:" + e.path("bare") + ":1",
	} {
		t.Run(name, func(t *testing.T) {
			e := e.with(t)
			image := "oci:" + e.path("out-"+name) + ":latest"
			e.run(e.lamina, "build", "-f", "../../fixtures/images/app/lamina.yaml", "-o", image, "-q", "--no-cache", "--upgrade=all",
				"--base", base, "--platform", "linux/amd64", "--context", filepath.Dir(e.path("program")), "--arg", "APP=oci:program:1",
				"--repository", filepath.Join(e.corpus, "repo"), "--key", filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub"))
			out := e.must(e.podman("run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", image))
			if want := "user 1000 1000\nhome /home/app\nzone 01:00 CET\ncertificates true\n"; out != want {
				e.Errorf("got %q, want %q", out, want)
			}
		})
	}
}

// start runs an image, and returns what runs a command inside.
func (e *e2e) start(image string, args ...string) (inside func(args ...string) string) {
	e.Helper()
	options := []string{"run", "-d", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"}
	container := strings.TrimSpace(e.must(e.podman(append(append(options, args...), image)...)))
	e.Cleanup(func() { e.podman("rm", "-f", "-t", "2", container).Run() })
	return func(args ...string) string {
		e.Helper()
		return e.must(e.podman(append([]string{"exec", container}, args...)...))
	}
}

// once runs a command in a container of its own.
func (e *e2e) once(image string, args ...string) string {
	e.Helper()
	options := []string{"run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", image}
	return e.must(e.podman(append(options, args...)...))
}

// listens waits until a port of the loopback interface is open.
func (e *e2e) listens(port string) {
	e.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			e.Fatalf("nothing listens on port %s: %v", port, err)
		}
	}
}

func (e *e2e) staticSite(image string) {
	inside := e.start(image)
	state := func() string { return "" }
	if page := fetch(e.T, "http://localhost:8888/", state); !strings.Contains(page, "A static site") {
		e.Errorf("page: %s", page)
	}
	if style := fetch(e.T, "http://localhost:8888/css/style.css", state); style != "h1 { color: teal }\n" {
		e.Errorf("style sheet: %s", style)
	}
	if list := inside("ls", "/srv/www/css"); list != "style.css\n" {
		e.Errorf("css: %s", list)
	}
	if ps := inside("ps", "-o", "user,args"); !strings.Contains(ps, "nginx    nginx: worker process") {
		e.Errorf("no worker process of user nginx:\n%s", ps)
	}
}

func (e *e2e) sshServer(image string) {
	inside := e.start(image)
	e.listens("2222")
	if id := inside("id", "git"); !strings.HasPrefix(id, "uid=1002(git) gid=1002(git)") {
		e.Errorf("id git: %s", id)
	}
	if stat := inside("stat", "-c", "%U:%G %a", "/home/git"); stat != "git:git 2755\n" {
		e.Errorf("home: %s", stat)
	}
}

func (e *e2e) timeServer(image string) {
	for path, want := range map[string]string{"/run/chrony": "chrony:chrony 750\n", "/var/lib/chrony": "chrony:chrony 755\n"} {
		out := e.must(e.podman("run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
			"--entrypoint", "stat", image, "-c", "%U:%G %a", path))
		if out != want {
			e.Errorf("%s: %s, want %s", path, out, want)
		}
	}
	var config struct {
		Config struct {
			Healthcheck struct {
				Test     []string
				Interval int64
			}
		} `json:"config"`
	}
	if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--raw", "--config", image)), &config); err != nil {
		e.Fatal(err)
	}
	if h := config.Config.Healthcheck; strings.Join(h.Test, " ") != "CMD chronyc tracking" || h.Interval != 30e9 {
		e.Errorf("health check %+v", h)
	}
}

func (e *e2e) tools(image string) {
	out := e.once(image, "sh", "-c",
		"pwd; for t in git jq wget; do $t --version | head -n 1; done; openssl version; ssh -V 2>&1; sha512sum --version | head -n 1")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, want := range []string{"/work", "git version", "jq-1.", "GNU Wget", "OpenSSL 3", "OpenSSH_9", "sha512sum (GNU coreutils)"} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			e.Errorf("line %d: want %s…\n%s", i+1, want, out)
		}
	}
}

func (e *e2e) backup(image string) {
	inside := e.start(image)
	inside("/usr/local/bin/backup")
	if log := inside("cat", "/var/log/backup.log"); !strings.HasSuffix(log, " CET\n") && !strings.HasSuffix(log, " CEST\n") {
		e.Errorf("the time zone is not Vienna's: %s", log)
	}
	if stat := inside("stat", "-c", "%a", "/etc/crontabs/root"); stat != "600\n" {
		e.Errorf("crontab: %s", stat)
	}
	if jobs := inside("crontab", "-l"); !strings.Contains(jobs, "/usr/local/bin/backup") {
		e.Errorf("crontab -l: %s", jobs)
	}
}

func (e *e2e) companyCA(image string) {
	out := e.once(image, "sh", "-c",
		"grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; ls /usr/share/ca-certificates/mozilla | wc -l; readlink /etc/ssl/certs/ca-cert-company.pem")
	lines := strings.Fields(out)
	if len(lines) != 3 || lines[2] != "/usr/local/share/ca-certificates/company.crt" {
		e.Fatalf("got %q", out)
	}
	inBundle, mozillas := lines[0], lines[1]
	if count := e.once(image, "sh", "-c", "echo $(("+inBundle+" - "+mozillas+"))"); count != "1\n" {
		e.Errorf("the bundle has %s certificates, Mozilla's list %s", inBundle, mozillas)
	}
}

// gitServer clones a repository over ssh, as a user whose key is in a volume.
func (e *e2e) gitServer(image string) {
	if _, err := exec.LookPath("ssh"); err != nil {
		e.Skip("no ssh here")
	}
	keys := e.path("keys")
	if err := os.Mkdir(keys, 0o755); err != nil {
		e.Fatal(err)
	}
	e.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", e.path("key"))
	public, err := os.ReadFile(e.path("key.pub"))
	if err != nil {
		e.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(keys, "git"), public, 0o644); err != nil {
		e.Fatal(err)
	}
	inside := e.start(image, "-v", keys+":/keys:ro")
	e.listens("2223")
	inside("sh", "-c", "git init -q --bare /srv/git/repo.git && chown -R git /srv/git")
	clone := exec.Command("git", "clone", "-q", "ssh://git@127.0.0.1:2223/srv/git/repo.git", e.path("clone"))
	clone.Env = append(os.Environ(),
		"GIT_SSH_COMMAND=ssh -i "+e.path("key")+" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes")
	e.must(clone)
	if _, err := os.Stat(e.path("clone/.git")); err != nil {
		e.Error(err)
	}
}
