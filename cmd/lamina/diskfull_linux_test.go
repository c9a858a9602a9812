package main

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/fixtures"
)

// downloadName is a temporary file's, with letters and a number that are others each time.
var downloadName = regexp.MustCompile(`\.(download|new)-([A-Z2-7]{26}-)?\d+`)

// TestDiskFull fills the file system of the output, and that of the cache.
func TestDiskFull(t *testing.T) {
	noise := make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{})
	random.Read(noise)
	large := fixtures.Package{Name: "large", Files: []fixtures.File{{Path: "usr/share/noise", Content: hex.EncodeToString(noise)}}}

	golden := readMessages(t, "testdata/diskfull.golden")
	for _, test := range []struct{ name, output string }{
		{"output", "oci:small:latest"},
		{"output in a folder to be made", "oci:small/a/b:latest"},
		{"archive", "oci-archive:small/image.tar"},
		{"cache", "oci:out:latest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.repository(fixtures.Repository{Packages: []fixtures.Package{large}})
			b.directory("small")
			if err := syscall.Mount("tmpfs", "small", "tmpfs", 0, "size=256k"); err != nil {
				t.Skipf("only root can mount a small file system: %v", err)
			}
			t.Cleanup(func() { syscall.Unmount("small", syscall.MNT_DETACH) })
			args := []string{"build", "--base", "rootfs:base.tar.gz", "-o", test.output, "large"}
			repository := "repo"
			if test.name == "cache" {
				server := httptest.NewServer(http.FileServer(http.Dir("repo")))
				defer server.Close()
				repository = server.URL
				args = append(args, "--cache-dir", "small/cache")
			}
			before := b.snapshot("small")
			code, stdout, stderr := b.lamina(append(args, "--repository", repository)...)
			// Without room for a cache, the build does without.
			if isBuilt := test.name == "cache"; isBuilt && (code != 0 || stdout == "") || !isBuilt && (code != 1 || stdout != "") {
				t.Errorf("exit code %d, stdout %q", code, stdout)
			}
			stderr = downloadName.ReplaceAllString(strings.ReplaceAll(stderr, repository+"/", "repo/"), ".$1-N")
			// The base's layers are copied while the new one is made: either finds the disk full first.
			stderr = strings.Replace(stderr, "copy layer of rootfs:base.tar.gz:", "write layer:", 1)
			golden.check(t, test.name, stderr)
			after := b.snapshot("small")
			for name := range after {
				// Whole files and directories may stay in the cache.
				if strings.HasPrefix(name, "small/cache") && !downloadName.MatchString(name) {
					delete(after, name)
				}
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("something was left behind (-before +after):\n%s", diff)
			}
		})
	}
}

// TestDiskFullSpec: a spec that is cut short does not stay, where the next run would find it and refuse to replace it.
func TestDiskFullSpec(t *testing.T) {
	b := newBench(t)
	b.directory("small")
	if err := syscall.Mount("tmpfs", "small", "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("only root can mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount("small", syscall.MNT_DETACH) })
	b.file("small/full", strings.Repeat("x", 4096))
	before := b.snapshot("small")
	code, _, stderr := b.lamina("init", "-f", "small/lamina.yaml", "nginx")
	if want := "lamina: write spec: write small/lamina.yaml: no space left on device\n"; code != 1 || !strings.HasPrefix(stderr, want) {
		t.Errorf("%d, %s; want 1, %s", code, stderr, want)
	}
	if diff := cmp.Diff(before, b.snapshot("small")); diff != "" {
		t.Errorf("something was left behind (-before +after):\n%s", diff)
	}
}
