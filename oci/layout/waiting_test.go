package layout_test

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/gofrs/flock"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestWaiting: a build that finds a layout locked by another says so and continues when the lock is free.
func TestWaiting(t *testing.T) {
	from := ocitest.TestBase(t).Reference
	to := ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "v1")
	if _, err := ocitest.CopyTo(t, from, to, nil); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		lock := flock.New(filepath.Join(to.Path, "oci-layout"))
		defer lock.Close()
		var warnings []string
		warn := func(text string) {
			warnings = append(warnings, text)
			lock.Unlock()
		}
		store, err := transport.OpenStore(t.Context(), from, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		d, err := transport.Create(t.Context(), to, transport.Options{Warn: warn})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abort()
		acquire := func() {
			if isLocked, err := lock.TryLock(); !isLocked {
				t.Fatal(err)
			}
		}
		acquire()
		desc, _, err := d.CopyImage(t.Context(), store, from.Name, nil) // looks at the blobs that the layout has
		if err != nil {
			t.Fatal(err)
		}
		acquire()
		if err := d.Commit(t.Context(), desc); err != nil {
			t.Fatal(err)
		}
		want := "waiting for another process, which is changing the layout " + to.Path
		if !slices.Equal(warnings, []string{want, want}) {
			t.Errorf("%q", warnings)
		}
	})
}
