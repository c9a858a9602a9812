package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestEndToEndReleases builds over a base of each of Alpine's releases, and compares the image's root with what the real apk 2.14 does to
// the same base with the same packages. That of 3.19 is Alpine's own root file system. The others are made, with the facts of
// docs/bases.md and with 3.19's busybox in them. Bases with apk 3 are compared by what is known of its databases, since no apk 3 is
// here to run: recordings of it are compared in layer/stage.
func TestEndToEndReleases(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, umoci and LAMINA_CORPUS")
	}
	e := newE2E(t)
	minirootfs := filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz")
	host := e.path("host") // where the real apk is
	if err := os.Mkdir(host, 0o755); err != nil {
		t.Fatal(err)
	}
	e.run("tar", "xzpf", minirootfs, "-C", host, "--numeric-owner")
	repository := fixtures.Repository{Packages: fixtures.ReleasePackages()}
	for _, dir := range []string{e.path("repository"), filepath.Join(host, "repository")} {
		if err := repository.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{e.path(fixtures.KeyName), filepath.Join(host, fixtures.KeyName)} {
		if err := os.WriteFile(name, []byte(fixtures.PublicKeyPEM), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(host, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	releases := fixtures.Releases()
	merged := releases[len(releases)-1]
	merged.Name += "-usr-merge" // as a new installation may have it, though no root file system of Alpine's has
	for _, release := range append(releases, merged) {
		t.Run(release.Name, func(t *testing.T) {
			e := e.with(t)
			base := minirootfs
			if release.Name != "3.19" {
				made := release.Base(read("bin/busybox"), strings.Fields(read("etc/busybox-paths.d/busybox")))
				made.UsrMerge = release == merged
				made.Files = append(made.Files, fixtures.File{Path: "lib/ld-musl-x86_64.so.1", Mode: 0o755, Content: read("lib/ld-musl-x86_64.so.1")})
				archive, err := made.TarGzip()
				if err != nil {
					t.Fatal(err)
				}
				if base = e.path("base-" + release.Name + ".tar.gz"); os.WriteFile(base, archive, 0o644) != nil {
					t.Fatal("the base cannot be written")
				}
			}
			e.buildAsNobody([]string{"--base", "rootfs:" + base, "-o", "oci:" + e.path("image-"+release.Name) + ":1", "--repository", e.path("repository"),
				"--key", e.path(fixtures.KeyName), "service", "settings>1.0-r0"}, "SOURCE_DATE_EPOCH="+strconv.FormatInt(time.Now().Unix(), 10))
			e.run("umoci", "unpack", "--image", e.path("image-"+release.Name)+":1", e.path("bundle-"+release.Name))
			image := e.path("bundle-" + release.Name + "/rootfs")
			if release.Name != "3.19" {
				e.rootOfRelease(image)
			}
			if apk.GenerationOf(release.APKTools) == apk.V3 {
				e.databaseOfAPK3(image)
				return
			}
			if _, err := os.Lstat(filepath.Join(image, "lib/apk/db/scripts.tar.gz")); err == nil {
				t.Error("an apk 2 has no scripts.tar.gz")
			}
			root := "/root-" + release.Name
			if err := os.Mkdir(host+root, 0o755); err != nil {
				t.Fatal(err)
			}
			e.run("tar", "xzpf", base, "-C", host+root, "--numeric-owner")
			e.run("mknod", "-m", "666", host+root+"/dev/null", "c", "1", "3") // for the scripts
			e.run("cp", filepath.Join(host, fixtures.KeyName), host+root+"/etc/apk/keys/")
			e.run("chroot", host, "apk", "--root", root, "--no-network", "--no-progress", "--repositories-file", "/dev/null", "-X", "/repository",
				"--keys-dir", root+"/etc/apk/keys", "add", "service", "settings>1.0-r0")
			if diff := cmp.Diff(listing(e, host+root), listing(e, image)); diff != "" {
				t.Errorf("root (-apk +lamina):\n%s", diff)
			}
		})
	}
}

// listing describes all files of a root, and the databases of apk that are text in full. The scripts archive is the tar that apk 2
// writes, in which there is no time of a run.
func listing(e *e2e, root string) []string {
	e.Helper()
	list := e.must(exec.Command("sh", "-c", `cd "$0" && find . -printf '%P %y %m %U:%G %l\n' && find . -type f -exec sha256sum {} +`, root))
	var lines []string
	for line := range strings.Lines(list) {
		path := strings.TrimPrefix(strings.Fields(line + " .")[0], "./")
		if path == "dev/null" || path == "etc/apk/keys/"+fixtures.KeyName || strings.HasSuffix(line, "./etc/apk/keys/"+fixtures.KeyName+"\n") {
			continue // of the reference
		}
		lines = append(lines, line)
	}
	for _, name := range []string{"installed", "triggers"} {
		content, err := os.ReadFile(filepath.Join(root, "lib/apk/db", name))
		if err != nil {
			e.Fatal(err)
		}
		lines = append(lines, strings.SplitAfter(string(content), "\n")...)
	}
	slices.Sort(lines)
	return lines
}

// rootOfRelease checks what both generations make of the packages over a base that is made.
func (e *e2e) rootOfRelease(root string) {
	e.Helper()
	for name, want := range map[string]string{
		"etc/apk/world": "apk-tools\nbusybox\nservice\nsettings>1.0-r0\n", "etc/settings.conf": "as it was changed\n",
		"etc/settings.conf.apk-new": "as it comes now\n",
		"etc/service.conf":          "port=8080\n", "var/log/service.log": "no ping\n", "var/lib/service/state": "state\n",
	} {
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != want {
			e.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := os.Lstat(filepath.Join(root, "usr/share/settings/old")); err == nil {
		e.Error("a file of the version before is still there")
	}
	if target, err := os.Readlink(filepath.Join(root, "sbin/zcip")); err != nil || target != "/bin/busybox" {
		e.Errorf("busybox's trigger: %v, %q", err, target)
	}
}

// databaseOfAPK3 checks what the recordings of apk 3 say of the databases in any root.
func (e *e2e) databaseOfAPK3(root string) {
	e.Helper()
	if _, err := os.Lstat(filepath.Join(root, "lib/apk/db/scripts.tar")); err == nil {
		e.Error("apk 3 has no scripts.tar")
	}
	names := e.run("tar", "tzf", filepath.Join(root, "lib/apk/db/scripts.tar.gz"))
	if !regexp.MustCompile(`(?m)^service-1\.0-r0\.X1[0-9a-f]{40}\.post-install$`).MatchString(names) {
		e.Errorf("scripts:\n%s", names)
	}
	if text, err := os.ReadFile(filepath.Join(root, "lib/apk/db/installed")); err != nil ||
		!strings.Contains(string(text), "F:usr/bin\nR:service-a\na:0:0:755\nZ:") {
		e.Errorf("the files of service are not in order: %v\n%s", err, text)
	}
}
