package main

import (
	"archive/tar"
	"bytes"
	"os"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestDamagedLock: with one bit of a lock changed, wherever it is, a build ends with an error or in the same image.
func TestDamagedLock(t *testing.T) {
	if testing.Short() {
		t.Skip("builds hundreds of times")
	}
	for _, version := range []string{"2.14.9-r2", "3.0.1-r0"} {
		t.Run(version, func(t *testing.T) {
			b := newBench(t)
			// The base's own package is in the repository too, which is where its size is known from.
			installed := fixtures.Package{Name: "musl", Version: "1.2.5-r9", Files: []fixtures.File{{Path: "lib/ld-musl.so.1", Content: "musl"}}}
			b.repository(fixtures.Repository{Packages: append(goodPackages(), installed)})
			b.base(fixtures.Base{APKTools: version, World: []string{"musl"}, Installed: []fixtures.Package{installed}, Files: []fixtures.File{
				{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
				{Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"}}})
			b.file("one.yaml", "base: rootfs:base.tar.gz\nrepositories: [repo]\npackages: [nginx]\n")
			b.file("two.Dockerfile", `FROM small AS made
RUN apk add -t .deps zlib && echo made > /made
FROM small
RUN apk add nginx; apk add nosuch; true
COPY --from=made /made /made
`)
			for name, args := range map[string][]string{
				"one": {"-f", "one.yaml"},
				"two": {"-f", "two.Dockerfile", "--repository", "repo", "--build-context", "small=rootfs:base.tar.gz", "."},
			} {
				if code, _, stderr := b.lamina(append([]string{"lock", "--lock", "good.lock"}, args...)...); code != exit.Done {
					t.Fatalf("%s: %s", name, stderr)
				}
				good, err := os.ReadFile("good.lock")
				if err != nil {
					t.Fatal(err)
				}
				build := func(text []byte) (int, string, string) {
					b.file("damaged.lock", string(text))
					return b.lamina(append([]string{"build", "-q", "--lock", "damaged.lock", "-o", "oci:damaged:latest"}, args...)...)
				}
				code, want, stderr := build(good)
				if code != exit.Done {
					t.Fatalf("%s: %s", name, stderr)
				}
				refused, damaged := 0, 0
				for at := 0; at < len(good); at += 19 {
					text := bytes.Clone(good)
					text[at] ^= 1 << (at % 7)
					damaged++
					switch code, got, stderr := build(text); {
					case code == exit.Failed:
						refused++
					case code != exit.Done:
						t.Errorf("%s: byte %d: exit code %d: %s", name, at, code, stderr)
					case got != want:
						t.Errorf("%s: byte %d, in %q: another image, without an error", name, at, text[max(0, at-40):min(len(text), at+20)])
					}
				}
				if refused < damaged/2 {
					t.Errorf("%s: only %d of %d damaged locks were refused", name, refused, damaged)
				}
			}
		})
	}
}

// TestLockedPackageGone: what to do where a server has dropped a package that a lock wants.
func TestLockedPackageGone(t *testing.T) {
	b := newBench(t)
	server := b.serve()
	b.file("spec.yaml", "base: rootfs:base.tar.gz\nrepositories: ["+server+"]\npackages: [nginx]\n")
	b.must("lock", "-f", "spec.yaml", "--no-cache")
	const name = "/x86_64/nginx-1.26.2-r0.apk"
	if err := os.Remove("repo" + name); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := b.lamina("build", "-q", "-f", "spec.yaml", "--no-cache")
	if want := "lamina: fetch " + server + name + ": 404 Not Found: the lock lists it, but the server does not have it; repositories drop old packages\n" +
		"  give a place that has the file of the lock, --vendor PLACE or --repository URL; or write a new lock: lamina lock\n"; code != 1 || stderr != want {
		t.Errorf("%d, %s; want 1, %s", code, stderr, want)
	}
}
