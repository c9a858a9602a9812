package main

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// elsewhere is a bench whose packages, key, file and base are on servers that can be gone.
func elsewhere(t *testing.T) (b *bench, gone func()) {
	b, _, gone = elsewhereIn(t)
	return b, gone
}

// elsewhereIn is elsewhere with the registry that has the base.
func elsewhereIn(t *testing.T) (b *bench, bases *vendorHub, gone func()) {
	b = newBench(t)
	b.file("file.txt", "from a URL\n")
	packages := httptest.NewServer(http.FileServer(http.Dir(b.dir)))
	bases = newVendorHub(t)
	gone = func() { packages.Close(); bases.Close() }
	t.Cleanup(gone)
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{}, Files: []fixtures.File{{Path: "etc/motd", Content: "base"}}})
	base := "docker://" + bases.host() + "/alpine:3"
	if code, _, stderr := b.lamina("build", "--base", "rootfs:base.tar.gz", "--repository", "repo", "--provenance=false", "-o", base); code != exit.Done {
		t.Fatal(stderr)
	}
	b.file("spec.yaml", fmt.Sprintf(`base: %s
repositories: [%s/repo]
keys:
  - {url: %s/%s, sha256: %s}
packages: [nginx]
files:
  - {path: /srv/file.txt, url: %s/file.txt, sha256: %s}
`, base, packages.URL, packages.URL, fixtures.KeyName, b.sum(fixtures.KeyName), packages.URL, b.sum("file.txt")))
	return b, bases, gone
}

// empty makes as if nothing had been built on this machine before.
func (b *bench) empty() {
	b.t.Helper()
	if err := os.RemoveAll(filepath.Join(b.dir, "cache")); err != nil {
		b.t.Fatal(err)
	}
}

// must runs the program, which must succeed.
func (b *bench) must(args ...string) string {
	b.t.Helper()
	code, stdout, stderr := b.lamina(args...)
	if code != exit.Done {
		b.t.Fatalf("lamina %s: %s", strings.Join(args, " "), stderr)
	}
	return strings.TrimSpace(stdout)
}

// TestVendorInRegistry: with all that the lock pins in a registry, a build needs nothing else, and gives the same image. A second artifact
// sends what is new, and a lock holds on to its own.
func TestVendorInRegistry(t *testing.T) {
	for _, form := range []string{"docker://HOST/app-packages:main", "oci:vendored:main", "oci-archive:vendored.tar:main"} {
		name, _, _ := strings.Cut(form, ":")
		t.Run(name, func(t *testing.T) {
			b, gone := elsewhere(t)
			hub := newVendorHub(t)
			place := strings.Replace(form, "HOST", hub.host(), 1)
			want := b.must("build", "-q", "-f", "spec.yaml", "--no-lock", "-o", "oci:out:free")
			stdout := b.must("lock", "-f", "spec.yaml", "--vendor", place)
			if !strings.Contains(stdout, "\nspec.lock: vendored in "+place+"@sha256:") {
				t.Errorf("lock printed %q", stdout)
			}
			first, err := os.ReadFile("spec.lock")
			if err != nil {
				t.Fatal(err)
			}
			isRegistry := strings.HasPrefix(form, "docker:")
			// Two packages, a key, a file, the base's manifest, config and two layers, and the empty config; one manifest, under the tag.
			if blobs, manifests, _ := hub.seen(); isRegistry && (blobs != 9 || manifests != 1) {
				t.Errorf("%d blobs and %d manifests were sent", blobs, manifests)
			}

			// Another package, under the same tag.
			packages := goodPackages()
			packages[0].Version = "1.26.3-r0"
			b.repository(fixtures.Repository{Packages: packages})
			b.empty()
			newest := b.must("build", "-q", "-f", "spec.yaml", "--no-lock", "-o", "oci:out:newest")
			hub.seen()
			b.must("lock", "-f", "spec.yaml")
			if blobs, manifests, _ := hub.seen(); isRegistry && (blobs != 1 || manifests != 1) {
				t.Errorf("of one new package, %d blobs and %d manifests were sent, want 1 and 1", blobs, manifests)
			}
			b.must("lock", "-f", "spec.yaml")
			if blobs, manifests, _ := hub.seen(); blobs+manifests > 0 {
				t.Errorf("of nothing new, %d blobs and %d manifests were sent", blobs, manifests)
			}

			gone()
			b.empty()
			if got := b.must("build", "-q", "-f", "spec.yaml", "-o", "oci:out:newest"); got != newest {
				t.Errorf("with the lock %s, want %s", got, newest)
			}
			b.must("verify", "oci:out:newest", "--vendor", place, "--no-cache")
			// The tag has moved on, and the first lock still holds. An archive has one artifact only.
			b.file("spec.lock", string(first))
			b.empty()
			code, got, stderr := b.lamina("build", "-q", "-f", "spec.yaml", "-o", "oci:out:again")
			if strings.HasPrefix(form, "docker:") {
				if code != exit.Done || strings.TrimSpace(got) != want {
					t.Errorf("with the first lock %s, want %s: %s", got, want, stderr)
				}
			} else if code != exit.Failed || !strings.Contains(stderr, ", but the lock was made with sha256:") {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
}

// TestVendorDockerfile: stages, their bases, images that files come from and several transactions.
func TestVendorDockerfile(t *testing.T) {
	b, gone := elsewhere(t)
	hub := newVendorHub(t)
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
		{Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}, {Path: "etc/motd", Content: "shell"}}})
	text, err := os.ReadFile("spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	base, repository := strings.TrimPrefix(lines[0], "base: docker://"), strings.Trim(strings.TrimPrefix(lines[1], "repositories: "), "[]")
	b.must("build", "-q", "--base", "rootfs:base.tar.gz", "--repository", "repo", "--provenance=false", "-o", "docker://"+base+"-shell")
	b.file("Dockerfile", fmt.Sprintf(`FROM %[1]s-shell AS made
RUN apk add zlib
FROM %[1]s-shell
COPY --from=made /usr/lib/libz.so.1 /srv/
COPY --from=%[1]s /etc/motd /srv/
ADD %[2]s/file.txt /srv/
RUN apk add nginx
`, base, strings.TrimSuffix(repository, "/repo")))
	args := []string{"-q", "-f", "Dockerfile", "--repository", repository, "--key", "fixtures@lamina.rsa.pub"}
	want := b.must(append(append([]string{"build", "--no-lock", "-o", "oci:out:free"}, args...), ".")...)
	b.must(append(append([]string{"lock", "--vendor", "docker://" + hub.host() + "/app"}, args...), ".")...)
	gone()
	b.empty()
	if got := b.must(append(append([]string{"build", "-o", "oci:out:locked"}, args...), ".")...); got != want {
		t.Errorf("with the lock %s, want %s", got, want)
	}
}

// TestVendorMounts: the layers of a base in the same registry are not sent.
func TestVendorMounts(t *testing.T) {
	b, hub, _ := elsewhereIn(t)
	hub.seen()
	b.must("lock", "-f", "spec.yaml", "--vendor", "docker://"+hub.host()+"/app-packages:main")
	// Two packages, a key, a file, the base's manifest and config, and the empty config.
	if blobs, manifests, mounts := hub.seen(); blobs != 7 || manifests != 1 || mounts != 2 {
		t.Errorf("%d blobs and %d manifests were sent and %d blobs mounted, want 7, 1 and 2", blobs, manifests, mounts)
	}
}

// TestVendorRootfs: a base that is a file is in the artifact, too.
func TestVendorRootfs(t *testing.T) {
	b := newBench(t)
	hub := newVendorHub(t)
	b.file("spec.yaml", "base: rootfs:base.tar.gz\nrepositories: [repo]\npackages: [nginx]\n")
	want := b.must("build", "-q", "-f", "spec.yaml", "-o", "oci:out:free")
	b.must("lock", "-f", "spec.yaml", "--vendor", "docker://"+hub.host()+"/app:1")
	b.empty()
	for _, name := range []string{"base.tar.gz", "repo"} {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.must("build", "-q", "-f", "spec.yaml", "-o", "oci:out:locked"); got != want {
		t.Errorf("with the lock %s, want %s", got, want)
	}
}

// TestVendorPlatforms: the bases and packages of all platforms are in the artifact, with packages that only an index vouches for. A build
// for one platform reads what that needs, bake builds with the lock, and a second build goes without the registry.
func TestVendorPlatforms(t *testing.T) {
	b := newBench(t)
	hub := newVendorHub(t)
	for _, arch := range []string{"x86_64", "aarch64"} {
		base := fixtures.Base{Arch: arch, APKTools: "2.14.9-r2", World: []string{}}
		content, err := base.TarGzip()
		if err != nil {
			t.Fatal(err)
		}
		b.file("base-"+arch+".tar.gz", string(content))
		packages := goodPackages()
		packages[1].Fault = fixtures.Unsigned
		if err := (fixtures.Repository{Arch: arch, Packages: packages}).Write("two"); err != nil {
			t.Fatal(err)
		}
	}
	b.directory("specs")
	b.file("specs/lamina.yaml", "base: rootfs:../base-${APK_ARCH}.tar.gz\nplatforms: [linux/amd64, linux/arm64]\nrepositories: [../two]\npackages: [nginx]\n")
	want := b.must("build", "-q", "-f", "specs/lamina.yaml", "-o", "oci:out:free")
	b.must("lock", "-f", "specs/lamina.yaml", "--vendor", "docker://"+hub.host()+"/app:1")
	b.empty()
	for _, name := range []string{"base-x86_64.tar.gz", "base-aarch64.tar.gz", "two"} {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.must("build", "-q", "-f", "specs/lamina.yaml", "-o", "oci:out:locked"); got != want {
		t.Errorf("with the lock %s, want %s", got, want)
	}
	b.must("build", "-q", "-f", "specs/lamina.yaml", "--platform", "linux/arm64", "-o", "oci:out:one")
	b.must("bake", "-q", "specs", "-o", "oci:baked:{name}")
	hub.Close()
	if got := b.must("build", "-q", "-f", "specs/lamina.yaml", "--offline", "-o", "oci:out:offline"); got != want {
		t.Errorf("offline %s, want %s", got, want)
	}
	b.empty()
	if code, _, stderr := b.lamina("build", "-q", "-f", "specs/lamina.yaml", "-o", "oci:out:x"); code != exit.Failed ||
		!strings.Contains(stderr, ": vendored packages in docker://"+hub.host()+"/app:1: cannot reach ") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestVendorPinnedBase: a base that the spec has by the digest of an index must be one that the index lists.
func TestVendorPinnedBase(t *testing.T) {
	b := newBench(t)
	bases, hub := newVendorHub(t), newVendorHub(t)
	for _, arch := range []string{"x86_64", "aarch64"} {
		base := fixtures.Base{Arch: arch, APKTools: "2.14.9-r2", World: []string{}}
		content, err := base.TarGzip()
		if err != nil {
			t.Fatal(err)
		}
		b.file("base-"+arch+".tar.gz", string(content))
	}
	b.repository(fixtures.Repository{Packages: goodPackages()})
	if err := (fixtures.Repository{Arch: "aarch64"}).Write("repo"); err != nil {
		t.Fatal(err)
	}
	built := b.must("build", "-q", "--base", "rootfs:base-${APK_ARCH}.tar.gz", "--platform", "linux/amd64,linux/arm64", "--repository", "repo",
		"--provenance=false", "-o", "docker://"+bases.host()+"/alpine:3")
	_, index, _ := strings.Cut(built, "@")
	spec := func(digest string) string {
		return "base: docker://" + bases.host() + "/alpine@" + digest + "\nplatforms: [linux/amd64]\nrepositories: [repo]\npackages: [nginx]\n"
	}
	b.file("spec.yaml", spec(index))
	want := b.must("build", "-q", "-f", "spec.yaml", "-o", "oci:out:free")
	b.must("lock", "-f", "spec.yaml", "--vendor", "docker://"+hub.host()+"/app:1")
	bases.Close()
	b.empty()
	if got := b.must("build", "-q", "-f", "spec.yaml", "-o", "oci:out:locked"); got != want {
		t.Errorf("with the lock %s, want %s", got, want)
	}
	other := "sha256:" + strings.Repeat("1", 64)
	b.file("spec.yaml", spec(other))
	text, err := os.ReadFile("spec.lock")
	if err != nil {
		t.Fatal(err)
	}
	b.file("spec.lock", strings.ReplaceAll(string(text), index, other))
	if code, _, stderr := b.lamina("build", "-q", "-f", "spec.yaml", "-o", "oci:out:x"); code != exit.Failed ||
		!strings.Contains(stderr, "the reference of the image has the digest "+other+", and nothing there") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestVendorVerified: packages from an artifact are verified with the lock and the keys, as those of repositories are.
func TestVendorVerified(t *testing.T) {
	b, _ := elsewhere(t)
	b.must("lock", "-f", "spec.yaml", "--vendor", "oci:vendored:main")
	build := func(what, want string) {
		t.Helper()
		b.empty()
		if code, _, stderr := b.lamina("build", "-q", "-f", "spec.yaml", "-o", "oci:out:x"); code != exit.Failed || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s", what, code, stderr)
		}
	}
	// Each blob in turn.
	blobs, err := filepath.Glob("vendored/blobs/sha256/*")
	if err != nil || len(blobs) < 8 {
		t.Fatal(blobs, err)
	}
	for _, name := range blobs {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(good) == "{}" {
			continue // which nothing reads
		}
		bad := slices.Clone(good)
		bad[len(bad)/2] ^= 1
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(name, bad, 0o644)
		build("damaged "+name, filepath.Base(name))
		os.WriteFile(name, good, 0o644)
	}
	b.must("build", "-q", "-f", "spec.yaml", "-o", "oci:out:x")

	// A whole artifact that says it is the lock's, with another package of that name.
	packages := goodPackages()
	packages[1].Files[0].Content = "another"
	b.repository(fixtures.Repository{Packages: packages})
	b.must("lock", "-f", "spec.yaml", "--lock", "other.lock", "--vendor", "oci:other:main")
	var digests [2]struct{ VendorDigest string }
	var locks [2][]byte
	for i, name := range []string{"spec.lock", "other.lock"} {
		if locks[i], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(locks[i], &digests[i]); err != nil {
			t.Fatal(err)
		}
	}
	b.must("lock", "-f", "spec.yaml", "--lock", "other.lock")
	b.file("spec.lock", strings.NewReplacer(digests[0].VendorDigest, digests[1].VendorDigest, "oci:vendored:main", "oci:other:main").Replace(string(locks[0])))
	build("another package", "zlib")
}

// TestVendorRefused: a registry that does not take it, and places that cannot keep it.
func TestVendorRefused(t *testing.T) {
	b, _ := elsewhere(t)
	hub := newVendorHub(t)
	place := "docker://" + hub.host() + "/app:1"
	for status, want := range map[int]string{
		401: "answers 401 Unauthorized", 403: "answers 403 Forbidden", 405: "answers 405 Method Not Allowed", 413: "answers 413 Request Entity Too Large",
	} {
		hub.refuse(status)
		if code, _, stderr := b.lamina("lock", "-f", "spec.yaml", "--vendor", place); code != exit.Failed || !strings.Contains(stderr, want) ||
			strings.Count(stderr, "\n") > 3 {
			t.Errorf("%d: exit code %d: %s", status, code, stderr)
		}
		if _, err := os.Stat("spec.lock"); err == nil {
			t.Errorf("%d: there is a lock", status)
		}
	}
	hub.refuse(0)
	for place, want := range map[string]string{
		"docker://" + hub.host() + "/app@sha256:" + strings.Repeat("0", 64): "give a tag",
		"oci:":                           "the path is missing",
		"docker:" + hub.host():           "write docker://",
		"rootfs:packages":                "rootfs:packages cannot keep vendored packages",
		"docker://user:secret@host/name": "has a user or password",
	} {
		if code, _, stderr := b.lamina("lock", "-f", "spec.yaml", "--vendor", place); code != exit.Failed || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s", place, code, stderr)
		}
	}
	// An image is no artifact of packages, and a missing one is named.
	b.must("lock", "-f", "spec.yaml")
	b.must("build", "-q", "-f", "spec.yaml", "-o", place)
	for _, name := range []string{place, "docker://" + hub.host() + "/app:2"} {
		if code, _, stderr := b.lamina("build", "-q", "-f", "spec.yaml", "--vendor", name, "-o", "oci:out:x"); code != exit.Failed ||
			!strings.Contains(stderr, "vendored packages in "+name+": ") {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
	}
}

// TestVendorTogether: several locks are vendored under one tag at the same time, and each holds.
func TestVendorTogether(t *testing.T) {
	b, gone := elsewhere(t)
	hub := newVendorHub(t)
	text, err := os.ReadFile("spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want [2]string
	var group sync.WaitGroup
	for i, packages := range []string{"nginx", "zlib"} {
		name := fmt.Sprintf("spec%d.yaml", i)
		b.file(name, strings.Replace(string(text), "packages: [nginx]", "packages: ["+packages+"]", 1))
		want[i] = b.must("build", "-q", "-f", name, "-o", "oci:out:"+packages)
		group.Go(func() {
			if code, _, stderr := b.lamina("lock", "-f", name, "--vendor", "docker://"+hub.host()+"/app:main"); code != exit.Done {
				t.Errorf("%s: %s", name, stderr)
			}
		})
	}
	group.Wait()
	gone()
	b.empty()
	for i := range want {
		if got := b.must("build", "-q", "-f", fmt.Sprintf("spec%d.yaml", i), "-o", "oci:out:locked"); got != want[i] {
			t.Errorf("spec%d.yaml: %s, want %s", i, got, want[i])
		}
	}
}
