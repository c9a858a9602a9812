package oci

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofrs/flock"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestSweep: what a killed process has left goes when the next one begins, but nothing of one that lives, that may live, or
// that is not ours.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * staleAge)
	mkdir := func(name string, hasLock bool, at time.Time) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(path, "deep"), 0o755); err != nil {
			t.Fatal(err)
		}
		if hasLock {
			if err := os.WriteFile(filepath.Join(path, stagingLock), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead := mkdir(StagingPrefix+rand.Text(), true, old)
	older := mkdir(StagingPrefix+rand.Text(), false, old)
	alive := mkdir(StagingPrefix+rand.Text(), true, old)
	fresh := mkdir(StagingPrefix+rand.Text(), true, time.Now())
	foreign := mkdir(StagingPrefix+"notes", true, old)
	held := flock.New(filepath.Join(alive, stagingLock))
	if isHeld, err := held.TryLock(); !isHeld || err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	d, err := NewDestination(t.Context(), outputIn(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	for path, isThere := range map[string]bool{dead: false, older: false, alive: true, fresh: true, foreign: true, d.staged.Dir: true} {
		if _, err := os.Stat(path); (err == nil) != isThere {
			t.Errorf("%s: %v, want there %v", filepath.Base(path), err, isThere)
		}
	}
	// Its own lock is held.
	if isFree, _ := flock.New(filepath.Join(d.staged.Dir, stagingLock)).TryLock(); isFree {
		t.Error("nobody would see that the process lives")
	}
}

// outputIn is an output whose blobs are gathered in a directory.
type outputIn string

func (o outputIn) String() string          { return string(o) }
func (o outputIn) Stage() (Staging, error) { return Staging{Dir: string(o)}, nil }
func (outputIn) Has(context.Context, v1.Descriptor) (string, bool, error) {
	return "", false, nil
}
func (outputIn) Defer(context.Context, BlobSource, v1.Descriptor) (bool, error) { return false, nil }
func (outputIn) Publish(context.Context, *Staged, v1.Descriptor, []v1.Descriptor) error {
	return nil
}
