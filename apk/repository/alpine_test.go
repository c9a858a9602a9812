package repository_test

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/apktest"
)

func TestAlpineShortForm(t *testing.T) {
	for text, want := range map[string]string{
		"alpine:3.22":       "https://dl-cdn.alpinelinux.org/alpine/v3.22/main https://dl-cdn.alpinelinux.org/alpine/v3.22/community",
		"alpine:v3.9":       "https://dl-cdn.alpinelinux.org/alpine/v3.9/main https://dl-cdn.alpinelinux.org/alpine/v3.9/community",
		"@edge alpine:edge": "@edge https://dl-cdn.alpinelinux.org/alpine/edge/main @edge https://dl-cdn.alpinelinux.org/alpine/edge/community",
		"alpine:latest":     "not a release of Alpine: want alpine:MAJOR.MINOR or alpine:edge",
		"alpine:3":          "not a release of Alpine: want alpine:MAJOR.MINOR or alpine:edge",
		"@x alpine:":        "not a release of Alpine: want alpine:MAJOR.MINOR or alpine:edge",
	} {
		for _, g := range []apk.Generation{apk.V2, apk.V3} {
			list, err := repository.ParseArgument(text, g, "x86_64")
			var got []string
			for _, r := range list {
				line := r.URL
				if r.Tag != "" {
					line = "@" + r.Tag + " " + line
				}
				got = append(got, line)
			}
			if err != nil {
				got = []string{err.Error()}
			}
			if strings.Join(got, " ") != want || repository.IsAlpine(text) != (err == nil) {
				t.Errorf("%s, %v: got %q, want %s", text, g, got, want)
			}
		}
	}
}

// TestAlpineKeys: each key can be used.
func TestAlpineKeys(t *testing.T) {
	for _, arch := range []string{"aarch64", "armhf", "armv7", "mips64", "ppc64le", "riscv64", "s390x", "x86", "x86_64"} {
		keys, err := repository.AlpineKeys(arch)
		if err != nil || len(keys) == 0 {
			t.Errorf("%s: %d keys, %v", arch, len(keys), err)
		}
		ring := new(apk.KeyRing)
		for name, pem := range keys {
			if err := ring.Add(name, pem); err != nil {
				t.Errorf("%s: %s: %v", arch, name, err)
			}
		}
	}
	if keys, err := repository.AlpineKeys("sparc"); err != nil || len(keys) != 0 {
		t.Errorf("%v, %v", keys, err)
	}
}

// TestAlpineKeysAreAlpines compares them with those in Alpine's own root file system.
func TestAlpineKeysAreAlpines(t *testing.T) {
	base := apktest.BaseTree(t)
	seen := make(map[[32]byte]bool)
	for _, arch := range []string{"aarch64", "armhf", "armv7", "mips64", "ppc64le", "riscv64", "s390x", "x86", "x86_64"} {
		dir := "usr/share/apk/keys/" + arch
		names, err := base.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := repository.AlpineKeys(arch)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Sorted(maps.Keys(keys))
		for name, pem := range keys {
			content, err := base.ReadFile(dir+"/"+name, 1<<20)
			if err != nil || !bytes.Equal(content, pem) {
				t.Errorf("%s: %s is another key: %v", arch, name, err)
			}
			seen[sha256.Sum256(pem)] = true
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("%s (-Alpine +here):\n%s", arch, diff)
		}
	}
	files, err := filepath.Glob("alpinekeys/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil || !seen[sha256.Sum256(content)] {
			t.Errorf("%s: no architecture has it, %v", name, err)
		}
	}
}
