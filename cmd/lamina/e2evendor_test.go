package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestEndToEndVendor keeps what a lock pins in Debian's registry, and builds from it once the repository and the base are gone, and after
// the registry's garbage collection, which removes what has no tag.
func TestEndToEndVendor(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, skopeo, docker-registry and LAMINA_CORPUS")
	}
	e := newE2E(t)
	address := e.startRegistry()
	if err := os.CopyFS(e.path("repo"), os.DirFS(e.corpus+"/repo")); err != nil {
		t.Fatal(err)
	}
	lamina := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(e.lamina, args...)
		cmd.Dir = e.dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.path("home")}
		lines := strings.Split(strings.TrimSpace(e.must(cmd)), "\n")
		return lines[len(lines)-1]
	}
	empty := func() {
		if err := os.RemoveAll(e.path("home")); err != nil {
			t.Fatal(err)
		}
	}
	lamina("build", "-q", "--base", "rootfs:"+e.corpus+"/alpine-minirootfs-3.19.4-x86_64.tar.gz", "--repository", e.path("repo"),
		"--key", e.corpus+"/keys/corpus@lamina-1.rsa.pub", "-o", "docker://"+address+"/alpine:3.19")
	write := func(packages string) {
		t.Helper()
		text := fmt.Sprintf("base: docker://%s/alpine:3.19\nrepositories: [%s]\nkeys: [%s/keys/corpus@lamina-1.rsa.pub]\npackages: [%s]\n", address,
			e.path("repo"), e.corpus, packages)
		if err := os.WriteFile(e.path("lamina.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("nginx, jq")
	want := lamina("build", "-q", "--no-lock", "-o", "oci:image:free")
	vendored := lamina("lock", "--vendor", "docker://"+address+"/app-packages:main")

	// A second lock takes the tag, and the first artifact has none.
	first, err := os.ReadFile(e.path("lamina.lock"))
	if err != nil {
		t.Fatal(err)
	}
	write("nginx")
	smaller := lamina("build", "-q", "--no-lock", "-o", "oci:image:smaller")
	lamina("lock")
	second, err := os.ReadFile(e.path("lamina.lock"))
	if err != nil {
		t.Fatal(err)
	}
	restore := func(packages string, text []byte) {
		t.Helper()
		write(packages)
		if err := os.WriteFile(e.path("lamina.lock"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		empty()
	}

	if err := os.Rename(e.path("repo"), e.path("gone")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(e.path("registry/docker/registry/v2/repositories/alpine")); err != nil { // as of another registry that is gone
		t.Fatal(err)
	}
	restore("nginx, jq", first)
	if got := lamina("build", "-q", "-o", "oci:image:locked"); got != want {
		t.Errorf("with the first lock %s, want %s", got, want)
	}
	restore("nginx", second)
	if got := lamina("build", "-q", "-o", "oci:image:locked"); got != smaller {
		t.Errorf("with the second lock %s, want %s", got, smaller)
	}

	// skopeo copies an artifact, and a build is content with the copy.
	e.run("skopeo", "copy", "-q", "--preserve-digests", "--src-tls-verify=false", "docker://"+address+"/app-packages:main", "oci:"+e.path("copied")+":main")
	empty()
	if got := lamina("build", "-q", "--vendor", "oci:copied:main", "-o", "oci:image:copied"); got != smaller {
		t.Errorf("from skopeo's copy %s, want %s", got, smaller)
	}

	// Garbage collection, as the page on locks says.
	collect := func(arguments ...string) {
		t.Helper()
		e.must(exec.Command("docker-registry", append(append([]string{"garbage-collect"}, arguments...), e.path("registry.yml"))...))
	}
	collect()
	restore("nginx, jq", first)
	if got := lamina("build", "-q", "-o", "oci:image:locked"); got != want {
		t.Errorf("after garbage collection %s, want %s", got, want)
	}
	collect("--delete-untagged")
	restore("nginx", second)
	if got := lamina("build", "-q", "-o", "oci:image:locked"); got != smaller {
		t.Errorf("of the tagged artifact, after garbage collection of what has no tag: %s, want %s", got, smaller)
	}
	_, after, _ := strings.Cut(vendored, "@")
	restore("nginx, jq", first)
	cmd := exec.Command(e.lamina, "build", "-q", "-o", "oci:image:locked")
	cmd.Dir, cmd.Env = e.dir, []string{"HOME=" + e.path("home")}
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), after) {
		t.Errorf("the artifact without a tag is still there, or the error does not name %s: %s", after, out)
	}
}
