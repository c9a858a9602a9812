package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestSkip: scripts are left out by package, type and platform.
func TestSkip(t *testing.T) {
	const text = "base: scratch\nscripts:\n  skip:\n    - eudev\n    - {name: busybox, types: [trigger], platforms: [linux/arm64]}\n" +
		"    - {name: nginx, types: [pre-install, post-install]}\n"
	var d spec.Document
	if err := d.Parse([]byte(text), "lamina.yaml"); err != nil {
		t.Fatal(err)
	}
	s, err := d.Spec()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		arch string
		want []string
	}{
		{"amd64", []string{"eudev", "nginx:pre-install", "nginx:post-install"}},
		{"arm64", []string{"eudev", "nginx:pre-install", "nginx:post-install", "busybox:trigger"}},
	} {
		if diff := cmp.Diff(c.want, s.SkippedOn(oci.Platform{OS: "linux", Architecture: c.arch})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.arch, diff)
		}
	}
	for entry, want := range map[string]string{
		"{name: a, types: [install]}":    `lamina.yaml:3:29: "install" is not a type of script`,
		"{types: [trigger]}":             "lamina.yaml:3:11: no name of a package",
		"{name: a, platforms: [x]}":      `lamina.yaml:3:33: platform "x": want OS/ARCHITECTURE`,
		"{name: a, kinds: [trigger]}":    "kinds",
		"{name: a, types: {trigger: 1}}": "lamina.yaml:3:",
	} {
		var d spec.Document
		err := d.Parse([]byte("base: scratch\nscripts:\n  skip: [ "+entry+" ]\n"), "lamina.yaml")
		if err == nil {
			_, err = d.Spec()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", entry, err, want)
		}
	}
}
