package main

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestLockedBase: a lock keeps a base in a registry, also when its tag has moved on.
func TestLockedBase(t *testing.T) {
	b := newBench(t)
	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer hub.Close()
	tag := "docker://" + strings.TrimPrefix(hub.URL, "http://") + "/base:1"
	must := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := b.lamina(args...)
		if code != exit.Done {
			t.Fatalf("%v: %s", args, stderr)
		}
		return stdout
	}
	b.repository(fixtures.Repository{Packages: goodPackages()})
	push := func(world string) {
		t.Helper()
		b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{world}, Repositories: []string{b.serve()}})
		must("build", "--base", "rootfs:base.tar.gz", "-o", tag)
	}
	push("apk-tools")
	b.file("lamina.yaml", "base: "+tag+"\npackages: [nginx]\n")
	before := must("build", "-o", "oci:image:free")
	must("lock")
	if locked := must("build", "-o", "oci:image:locked"); locked != before {
		t.Errorf("with the lock %s, without %s", locked, before)
	}
	push("zlib")
	if locked := must("build", "-o", "oci:image:again"); locked != before {
		t.Errorf("when the tag has moved: %s, want %s", locked, before)
	}
	if free := must("build", "--no-lock", "-o", "oci:image:moved"); free == before {
		t.Error("the tag has not moved")
	}
	if offline := must("build", "--offline", "-o", "oci:image:offline"); offline != before {
		t.Errorf("offline: %s, want %s", offline, before)
	}
}
