package mounts

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestReserve: what is in a mount goes with it, and so do the directories that were made for it; what else was written stays.
func TestReserve(t *testing.T) {
	base := tree.New()
	for _, name := range []string{"empty", "full"} {
		if err := base.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := base.WriteFile("full/file", []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := slices.Sorted(maps.Keys(maps.Collect(base.All())))
	unmount, err := Reserve(base, []string{"/a/b/c", "empty", "/kept/d", "/file"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/b/c/inside/x", "empty/x", "kept/d/x", "kept/other", "file"} {
		if err := base.MkdirAll(path.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := base.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	covered, err := base.Stat("empty")
	if err != nil {
		t.Fatal(err)
	}
	covered.Mode, covered.UID, covered.GID = 0o1777, 5, 6 // those of the mount
	if err := unmount(); err != nil {
		t.Fatal(err)
	}
	if covered.Mode != 0o700 || covered.UID != 0 || covered.GID != 0 {
		t.Errorf("the directory below the mount has mode %o and owner %d:%d", covered.Mode, covered.UID, covered.GID)
	}
	after := slices.Sorted(maps.Keys(maps.Collect(base.All())))
	want := slices.Sorted(slices.Values(append(before, "kept", "kept/other")))
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	for _, name := range []string{"full", "full/file", "/"} {
		if _, err := Reserve(base, []string{name}); err == nil || !strings.Contains(err.Error(), "the image has something there") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
