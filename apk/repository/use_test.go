package repository_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
)

// TestLastUse: using an entry of the cache renews its time, so that it is pruned last.
func TestLastUse(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	p := s.entry(t, "small")
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	offline := &repository.Client{CacheDir: c.CacheDir, Offline: true}
	defer offline.Close()
	use := map[string]func(*repository.Client) error{
		"indexes":  func(c *repository.Client) error { _, err := index(c, r); return err },
		"packages": func(c *repository.Client) error { return packageError(c, r, p) },
	}
	for kind, use := range use {
		if err := use(c); err != nil {
			t.Fatal(err)
		}
		name := onlyFile(t, filepath.Join(c.CacheDir, kind))
		for _, step := range []struct {
			name  string
			c     *repository.Client
			ago   time.Duration
			noted bool
		}{
			{"long ago", c, 48 * time.Hour, true},
			{"offline", offline, 48 * time.Hour, true},
			{"not long ago", c, 50 * time.Minute, false},
			{"by a clock that is ahead", c, -48 * time.Hour, true},
		} {
			before := time.Now().Add(-step.ago).Truncate(time.Second)
			if err := os.Chtimes(name, before, before); err != nil {
				t.Fatal(err)
			}
			if err := use(step.c); err != nil {
				t.Errorf("%s, %s: %v", kind, step.name, err)
			}
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if noted := !info.ModTime().Equal(before); noted != step.noted || noted && time.Since(info.ModTime()).Abs() > time.Minute {
				t.Errorf("%s, %s: %v became %v", kind, step.name, before, info.ModTime())
			}
		}
	}
}

// TestPackagesLock: nothing is taken from the cache while somebody prunes it, and nobody
// prunes it before the client is closed.
func TestPackagesLock(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	p := s.entry(t, "small")
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	name := filepath.Join(c.CacheDir, "packages.lock")
	pruning := flock.New(name)
	defer pruning.Close()
	if isLocked, err := pruning.TryLock(); !isLocked {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Package(ctx, r, p, "x86_64", apk.V3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while somebody prunes: %v", err)
	}
	if got := s.seen(); len(got) > 0 {
		t.Errorf("while somebody prunes: requests %q", got)
	}
	var warnings []string
	c.Warn = func(text string) {
		warnings = append(warnings, text)
		pruning.Unlock()
	}
	source, err := c.Package(t.Context(), r, p, "x86_64", apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	if want := "waiting for another process, which is pruning the cache " + c.CacheDir; !slices.Equal(warnings, []string{want}) {
		t.Errorf("warnings %q, want %q", warnings, want)
	}
	if isLocked, err := pruning.TryLock(); isLocked || err != nil {
		t.Errorf("while the client is in use: %v, %v", isLocked, err)
	}
	if got := read(t, source); !bytes.Equal(got, s.files["x86_64/small-1.0-r0.apk"]) {
		t.Error("the package is not what the server has")
	}
	c.Close()
	if isLocked, err := pruning.TryLock(); !isLocked {
		t.Errorf("after Close: %v", err)
	}
}

// TestUnlockable: a cache that cannot be locked serves as well.
func TestUnlockable(t *testing.T) {
	s := newServer(t, sample)
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	if err := os.Mkdir(filepath.Join(c.CacheDir, "packages.lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := packageError(c, at(s.start(t)), s.entry(t, "small")); err != nil {
		t.Error(err)
	}
}
