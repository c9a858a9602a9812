package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// dockerDaemon is Debian's docker, with all that it keeps in the test's directory, and the containerd that it brings along.
type dockerDaemon struct {
	*e2e
	host       string // its socket, as a URL
	containerd string // the socket of containerd
}

func (e *e2e) startDocker() *dockerDaemon {
	e.Helper()
	for _, name := range []string{"dockerd", "docker", "ctr"} {
		if _, err := exec.LookPath(name); err != nil {
			e.Fatal(err)
		}
	}
	d := &dockerDaemon{e, "unix://" + e.path("docker.sock"), e.path("docker-exec/containerd/containerd.sock")}
	log := new(bytes.Buffer)
	daemon := exec.Command("dockerd", "-H", d.host, "--data-root", e.path("docker-data"), "--exec-root", e.path("docker-exec"), "--pidfile",
		e.path("docker.pid"),
		"--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip-forward=false", "--ip-masq=false")
	daemon.Stdout, daemon.Stderr = log, log
	if err := daemon.Start(); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() {
		daemon.Process.Signal(os.Interrupt)
		daemon.Wait()
		exec.Command("umount", "-l", e.path("docker-exec/netns/default")).Run() // which it leaves mounted
	})
	for deadline := time.Now().Add(2 * time.Minute); d.docker("version").Run() != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.Skipf("dockerd does not come up here:\n%s", log)
		}
	}
	return d
}

func (d *dockerDaemon) docker(args ...string) *exec.Cmd {
	return exec.Command("docker", append([]string{"-H", d.host}, args...)...)
}

// TestEndToEndDocker has docker and containerd take images as they come from Lamina, and Lamina one that comes from docker.
func TestEndToEndDocker(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, dockerd, docker, ctr, skopeo and LAMINA_CORPUS")
	}
	e := newE2E(t)
	d := e.startDocker()
	layout, archive := "oci:"+e.path("image")+":latest", e.path("app.tar")
	e.digest = e.build(layout)
	if got := e.build("docker-archive:" + archive + ":me/app:1"); got != e.digest {
		t.Errorf("as a docker-archive the manifest is %s, want %s", got, e.digest)
	}

	var manifest struct{ Config struct{ Digest string } }
	if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--raw", layout)), &manifest); err != nil {
		t.Fatal(err)
	}
	if out := e.must(d.docker("load", "-i", archive)); strings.TrimSpace(out) != "Loaded image: me/app:1" {
		t.Errorf("docker load: %s", out)
	}
	if id := strings.TrimSpace(e.must(d.docker("image", "inspect", "--format", "{{.Id}}", "me/app:1"))); id != manifest.Config.Digest {
		t.Errorf("docker's image is %s, want the config's digest %s", id, manifest.Config.Digest)
	}
	container := strings.TrimSpace(
		e.must(d.docker("run", "-d", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "me/app:1")))
	t.Cleanup(func() { d.docker("rm", "-f", container).Run() })
	page := fetch(e.T, "http://localhost:8888/", func() string {
		out, _ := d.docker("logs", container).CombinedOutput()
		return string(out)
	})
	if want := mustReadText(t, e.path("spec/index.html")); page != want {
		t.Errorf("the start page is not the spec's:\n%s", page)
	}
	e.run("skopeo", "copy", "-q", "--dest-daemon-host", d.host, layout, "docker-daemon:me/app:2")
	if id := strings.TrimSpace(e.must(d.docker("image", "inspect", "--format", "{{.Id}}", "me/app:2"))); id != manifest.Config.Digest {
		t.Errorf("by skopeo docker's image is %s, want %s", id, manifest.Config.Digest)
	}

	// The archive that docker saves is the same image, and can be a base.
	saved := e.path("saved.tar")
	e.must(d.docker("save", "-o", saved, "me/app:1"))
	e.run(e.lamina, "diff", "docker-archive:"+saved+":me/app:1", "docker-archive:"+archive)
	e.run(e.lamina, "diff", "docker-archive:"+saved+":@0", "docker-archive:"+archive+":me/app:1")

	// For containerd the tag in an archive is the whole name; nothing is converted.
	const name = "registry.example/me/app:1"
	ociArchive := e.path("app.oci.tar")
	e.build("oci-archive:" + ociArchive + ":" + name)
	ctr := func(args ...string) string {
		return e.run("ctr", append([]string{"--address", d.containerd, "images"}, args...)...)
	}
	ctr("import", ociArchive)
	found := false
	for line := range strings.Lines(ctr("ls")) {
		fields := strings.Fields(line)
		found = found || fields[0] == name && slices.Contains(fields, e.digest) && slices.Contains(fields, "linux/amd64")
	}
	if !found {
		t.Errorf("containerd does not have %s as %s:\n%s", name, e.digest, ctr("ls"))
	}
}
