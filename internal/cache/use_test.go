package cache

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSharedFile: an output's file that the cache has a second name of stays as it is, whatever is done with the entry.
func TestSharedFile(t *testing.T) {
	for _, kind := range []Kind{Blobs, Pulled} {
		dir := t.TempDir()
		output := filepath.Join(dir, "output")
		long := time.Now().Add(-1000 * time.Hour).Truncate(time.Second)
		if err := os.WriteFile(output, []byte("layer"), 0o644); err != nil {
			t.Fatal(err)
		}
		f := Open(filepath.Join(dir, "cache"), func() ([]byte, error) { return make([]byte, MinSecret), nil })
		f.Link(kind, "ab12", 4, func(name string) error { return os.Link(output, name) })
		if err := os.Chtimes(output, long, long); err != nil {
			t.Fatal(err)
		}
		e, err := f.Open(kind, "ab12")
		if err != nil {
			t.Skipf("no hard links here: %v", err)
		}
		e.Close()
		if info, err := os.Stat(output); err != nil || !info.ModTime().Equal(long) {
			t.Errorf("%s: the output's time is %v, want %v (%v)", kind, info.ModTime(), long, err)
		}
		// It counts as used now.
		if pruned, err := f.Prune(t.Context(), PrunePolicy{MaxAge: time.Hour}); err != nil || pruned.Count != 0 {
			t.Errorf("%s: %d entries were pruned that were just used, %v", kind, pruned.Count, err)
		}
		if pruned, err := f.Prune(t.Context(), PrunePolicy{All: true}); err != nil || pruned.Count != 1 || pruned.Bytes != 5 {
			t.Errorf("%s: pruned %+v, %v", kind, pruned, err)
		}
		if left, err := os.ReadDir(filepath.Join(dir, "cache", string(kind))); err != nil || len(left) != 0 {
			t.Errorf("%s: left behind: %v, %v", kind, left, err)
		}
		if text, err := os.ReadFile(output); err != nil || string(text) != "layer" {
			t.Errorf("%s: the output has %q, %v", kind, text, err)
		}
	}
}
