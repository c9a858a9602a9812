package mounts

import (
	"errors"
	"fmt"
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
	if _, err := Reserve(base, []string{"/"}); err == nil || !strings.Contains(err.Error(), "it is the root") {
		t.Errorf("the root: %v", err)
	}
}

// TestHidden: what is below a mount is there again afterwards, with its hard links, owners and modes.
func TestHidden(t *testing.T) {
	base := tree.New()
	write := func(name, content string) {
		t.Helper()
		if err := base.MkdirAll(path.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := base.WriteFile(name, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write("app/x/kept", "kept")
	write("app/file", "file")
	write("etc/conf", "conf")
	for _, err := range []error{
		base.Mkdir("app/empty", 0o700), base.Link("etc/conf", "app/hard"), base.Symlink("/etc/conf", "link"), base.Symlink("app", "dirlink"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	describe := func() (all []string) {
		for name, n := range base.All() {
			content, _ := n.Read(100)
			all = append(all, fmt.Sprint(name, n.Type, n.Mode, n.UID, n.Links(), string(content)))
		}
		slices.Sort(all)
		return all
	}
	before := describe()
	unmount, err := Reserve(base, []string{"/dirlink", "/app/x", "/app/empty/new", "/link"})
	if err != nil {
		t.Fatal(err)
	}
	if names, err := base.ReadDir("app"); err != nil || len(names) > 0 {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := base.Stat("etc/conf"); !errors.Is(err, tree.ErrNotExist) {
		t.Errorf("the file is not hidden: %v", err)
	}
	write("app/x/other", "other")
	write("app/empty/new/deep", "deep")
	write("app/added", "added")
	write("etc/conf", "another")
	if n, err := base.Stat("app"); err == nil {
		n.Mode, n.UID = 0o1777, 7
	}
	if err := unmount(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, describe()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}

	if unmount, err = Reserve(base, []string{"/app"}); err != nil {
		t.Fatal(err)
	}
	if err := base.RemoveAll("app"); err != nil {
		t.Fatal(err)
	}
	if err := unmount(); err == nil || !strings.Contains(err.Error(), "unmount app: a command has removed or moved it") {
		t.Errorf("a mount point that was removed: %v", err)
	}
}
