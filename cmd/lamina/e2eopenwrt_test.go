package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestEndToEndOpenWrt builds an image from scratch out of a repository of OpenWrt's kind, in apk 3's own format, for a registry. podman
// pulls it from there, finds all files of the packages, and runs the program.
func TestEndToEndOpenWrt(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, podman, runc, docker-registry and LAMINA_CORPUS")
	}
	e := newE2E(t)
	repository := fixtures.OpenWrt(e.program())
	if err := repository.Write(e.path("openwrt")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"packages.adb", "hello-2026.11.01~0a1b2c3d-r1.apk"} {
		content, err := os.ReadFile(e.path("openwrt/" + name))
		if err != nil || !bytes.HasPrefix(content, []byte("ADBd")) {
			t.Fatalf("%s: %v, %.4q", name, err, content)
		}
	}
	if err := os.WriteFile(e.path("openwrt.pub"), []byte(fixtures.ECPublicKeyPEM), 0o644); err != nil {
		t.Fatal(err)
	}
	spec := fmt.Sprintf(
		"base: scratch\nplatforms: [linux/amd64]\nrepositories: [ndx %s]\nkeys: [%s]\npackages: [hello]\nconfig: {entrypoint: [/usr/sbin/hello]}\n",
		e.path("openwrt/packages.adb"), e.path("openwrt.pub"))
	if err := os.WriteFile(e.path("spec/openwrt.yaml"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	name := e.startRegistry() + "/lamina/openwrt:1"
	nobody := []string{"--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"}
	lamina := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("setpriv", append(append(nobody, e.lamina), args...)...)
		cmd.Dir = e.dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.dir}
		return e.must(cmd)
	}
	last := func(args ...string) string {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(lamina(args...)), "\n")
		return lines[len(lines)-1]
	}
	digest := last("build", "-f", e.path("spec/openwrt.yaml"), "-o", "oci:"+e.path("openwrt-image")+":1")
	if pushed := last("build", "-f", e.path("spec/openwrt.yaml"), "-o", "docker://"+name); pushed != strings.TrimSuffix(name, ":1")+"@"+digest {
		t.Errorf("pushed %q, want the digest %s", pushed, digest)
	}
	if got := last("verify", "docker://"+name, "--repository", "ndx "+e.path("openwrt/packages.adb")); got != "reproduced "+digest {
		t.Errorf("verify: %q", got)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"resolve", "-f", e.path("spec/openwrt.yaml"), "--why", "busybox"}, "base-files"},
		{[]string{"inspect", "docker://" + name}, "base-files  1690-r1 "},
		{[]string{"sbom", "docker://" + name, "--format", "spdx"}, "hello@2026.11.01~0a1b2c3d-r1"},
	} {
		if out := lamina(c.args...); !strings.Contains(out, c.want) {
			t.Errorf("lamina %v lacks %q:\n%s", c.args, c.want, out)
		}
	}
	if err := os.Chmod(e.path("spec"), 0o777); err != nil {
		t.Fatal(err)
	}
	lamina("lock", "-f", e.path("spec/openwrt.yaml"), "--vendor", e.path("vendor"))
	if err := os.Rename(e.path("openwrt"), e.path("gone")); err != nil {
		t.Fatal(err)
	}
	if got := last("build", "-f", e.path("spec/openwrt.yaml"), "--offline", "--no-cache", "-o", "oci:"+e.path("openwrt-vendored")+":1"); got != digest {
		t.Errorf("from the lock and vendored packages: %s, want %s", got, digest)
	}

	e.must(e.podman("pull", "--tls-verify=false", name))
	t.Cleanup(func() { e.podman("rmi", "-a", "-f").Run() })
	if got := strings.TrimSpace(e.must(e.podman("image", "inspect", "--format", "{{.Digest}} {{len .RootFS.Layers}}", name))); got != digest+" 1" {
		t.Errorf("podman has %q, want %s and one layer", got, digest)
	}
	container := strings.TrimSpace(e.must(e.podman("create", name)))
	t.Cleanup(func() { e.podman("rm", "-f", container).Run() })
	archive := e.must(e.podman("export", container))
	want := map[string]string{"etc/rc.d/S95hello": "link ../init.d/hello"}
	for _, p := range repository.Packages {
		for _, f := range p.Files {
			want[f.Path] = description(f)
		}
	}
	if diff := cmp.Diff(want, exported(t, archive, want)); diff != "" {
		t.Errorf("files (-packages +podman):\n%s", diff)
	}
	if got := e.must(e.podman("run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
		name)); got != "hello from an ADB package\n" {
		t.Errorf("the program prints %q", got)
	}
}

// program compiles one that needs no other file.
func (e *e2e) program() string {
	e.Helper()
	source := e.path("hello.go")
	text := "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"hello from an ADB package\\n\") }\n"
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		e.Fatal(err)
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", e.path("hello"), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	e.must(build)
	content, err := os.ReadFile(e.path("hello"))
	if err != nil {
		e.Fatal(err)
	}
	return string(content)
}

// openWrtIDs are the numbers of base-files' accounts.
var openWrtIDs = map[string]int{"": 0, "network": 101}

// description says what a file of a package must be in a root. The names of a hard link are as one file.
func description(f fixtures.File) string {
	owner := fmt.Sprintf("%d:%d", openWrtIDs[f.User], openWrtIDs[f.Group])
	mode := f.Mode
	switch f.Type {
	case tar.TypeSymlink:
		return "link " + f.Target
	case tar.TypeLink:
		return "hard link"
	case tar.TypeDir:
		return fmt.Sprintf("directory %04o %s", mode, owner)
	}
	if mode == 0 {
		mode = 0o644
	}
	return fmt.Sprintf("file %04o %s %d bytes", mode, owner, len(f.Content))
}

// exported describes those files of a container's archive that are wanted.
func exported(t *testing.T, archive string, want map[string]string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	r := tar.NewReader(strings.NewReader(archive))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.Trim(filepath.Clean(h.Name), "/")
		if want[name] == "" {
			continue
		}
		owner := fmt.Sprintf("%04o %d:%d", h.Mode&0o7777, h.Uid, h.Gid)
		switch h.Typeflag {
		case tar.TypeSymlink:
			got[name] = "link " + h.Linkname
		case tar.TypeLink:
			got[name] = "hard link"
		case tar.TypeDir:
			got[name] = "directory " + owner
		default:
			got[name] = fmt.Sprintf("file %s %d bytes", owner, h.Size)
		}
	}
}
