package tempdir

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// TestSweep: files that a killed process left are removed when the next one begins, but not those of one that lives, that may live, or
// that is not ours.
func TestSweep(t *testing.T) {
	const prefix = "lamina-"
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	old := time.Now().Add(-2 * staleAge)
	mkdir := func(name string, hasLock bool, at time.Time, hostNames ...string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(path, "deep"), 0o755); err != nil {
			t.Fatal(err)
		}
		if hasLock {
			if err := os.WriteFile(filepath.Join(path, lockName), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, host := range hostNames {
			if err := os.WriteFile(filepath.Join(path, hostName), []byte(host), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead := mkdir(prefix+rand.Text(), true, old)
	older := mkdir(prefix+rand.Text(), false, old)
	alive := mkdir(prefix+rand.Text(), true, old)
	fresh := mkdir(prefix+rand.Text(), true, time.Now())
	foreign := mkdir(prefix+"notes", true, old)
	want := map[string]bool{dead: false, older: false, alive: true, fresh: true, foreign: true}
	// Leftovers of a process of this machine are found at once, but not those of one that still runs.
	here := host()
	if here == "" {
		t.Logf("%s does not say which machine it is", runtime.GOOS)
	}
	want[mkdir(prefix+rand.Text(), true, time.Now(), here)] = here == ""
	living := mkdir(prefix+rand.Text(), true, time.Now(), here)
	want[living] = true
	// Of other machines, and of one that was killed while it wrote its name, only the age says something.
	want[mkdir(prefix+rand.Text(), true, time.Now(), "another")] = true
	want[mkdir(prefix+rand.Text(), true, old, "another")] = false
	want[mkdir(prefix+rand.Text(), true, time.Now(), here[:len(here)/2])] = true
	want[mkdir(prefix+rand.Text(), true, time.Now(), here+"\n")] = true
	want[mkdir("other-"+rand.Text(), true, old, here)] = true
	if runtime.GOOS != "windows" {
		link := filepath.Join(dir, prefix+rand.Text())
		if err := os.Symlink(mkdir("target", true, old, here), link); err != nil {
			t.Fatal(err)
		}
		want[link], want[filepath.Join(dir, "target")] = true, true
	}
	if os.Geteuid() == 0 && runtime.GOOS != "windows" {
		others := mkdir(prefix+rand.Text(), true, old, here)
		if err := os.Chown(others, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		want[others] = true
	}
	for _, path := range []string{alive, living} {
		held := flock.New(filepath.Join(path, lockName))
		if isHeld, err := held.TryLock(); !isHeld || err != nil {
			t.Fatal(err)
		}
		defer held.Close()
	}
	d, err := Make("", prefix, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	want[d.Path()] = true
	for path, isThere := range want {
		if _, err := os.Stat(path); (err == nil) != isThere {
			t.Errorf("%s: %v, want there %v", filepath.Base(path), err, isThere)
		}
	}
	// Its own lock is held.
	if isFree, _ := flock.New(filepath.Join(d.Path(), lockName)).TryLock(); isFree {
		t.Error("the process does not seem to live")
	}
	if name, err := os.ReadFile(filepath.Join(d.Path(), hostName)); here != "" && (err != nil || string(name) != here) {
		t.Errorf("its host is %q, %v", name, err)
	}
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Path()); err == nil {
		t.Error("the directory was not removed")
	}
}
