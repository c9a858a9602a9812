//go:build unix

package cache_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// TestOwn: a cache that somebody else may have written to is left alone, with one warning.
func TestOwn(t *testing.T) {
	chown := func(name string) error { return os.Chown(name, 12345, -1) }
	mode := func(mode os.FileMode) func(string) error {
		return func(name string) error { return os.Chmod(name, mode) }
	}
	for _, c := range []struct {
		name, path string
		change     func(name string) error
		want       string // after the path; empty: the cache is used
		asRoot     bool
	}{
		{"own", "", mode(0o700), "", false},
		{"readable", "", mode(0o755), "", false},
		{"group may write", "", mode(0o770), " has mode 0770, which lets others write to it: the cache is not used", false},
		{"all may write", "", mode(0o1777), " has mode 0777, which lets others write to it: the cache is not used", false},
		{"another's", "", chown, " belongs to uid 12345, and this is uid 0: the cache is not used", true},
		{"directory of a kind", "trees", mode(0o707), " has mode 0707, which lets others write to it: the cache is not used", false},
		{"directory of a kind is another's", "trees", chown, " belongs to uid 12345, and this is uid 0: the cache is not used", true},
		{"entry", "trees/aa", mode(0o666), " has mode 0666, which lets others write to it; rebuilding it", false},
		{"entry is another's", "trees/aa", chown, " belongs to uid 12345, and this is uid 0; rebuilding it", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.asRoot && os.Geteuid() != 0 {
				t.Skip("only root can give files away")
			}
			f, dir := open(t)
			f.Write(cache.Trees, "aa", []byte("x"))
			changed := filepath.Join(dir, c.path)
			if err := c.change(changed); err != nil {
				t.Fatal(err)
			}
			var warnings []string
			f = cachetest.Open(dir)
			f.Warn = func(w string) { warnings = append(warnings, w) }
			_, err := f.Read(cache.Trees, "aa", 9)
			if (c.want == "") != (err == nil) || err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v", err)
			}
			if _, err := f.Read(cache.Trees, "bb", 9); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v", err)
			}
			f.Write(cache.Trees, "cc", []byte("y"))
			f.Link(cache.Trees, "dd", 4, func(name string) error { return os.WriteFile(name, nil, 0o600) })
			_, missing := os.Stat(filepath.Join(dir, "trees", "cc"))
			if isUsed := missing == nil; isUsed != (c.want == "" || c.path == "trees/aa") {
				t.Errorf("something was put into it: %v", isUsed)
			}
			f.Write(cache.Chains, "aa", []byte("z"))
			if _, err := os.Stat(filepath.Join(dir, "chains")); (err == nil) != (c.want == "" || c.path != "") {
				t.Errorf("directory of another kind: %v", err)
			}
			if c.want == "" {
				c.want = "-"
			} else if want := "cache: " + changed + c.want; len(warnings) != 1 || warnings[0] != want {
				t.Errorf("warnings %q, want %s", warnings, want)
			}
		})
	}
}

// TestModes: nobody else may look into a cache, whatever the umask.
func TestModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	f, dir := open(t)
	f.Write(cache.Trees, "aa", []byte("x"))
	for name, want := range map[string]fs.FileMode{"": fs.ModeDir | 0o700, "trees": fs.ModeDir | 0o700, "trees/aa": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}
