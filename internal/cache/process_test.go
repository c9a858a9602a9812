package cache_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// TestMain lets tests run this binary as another process that uses a cache.
func TestMain(m *testing.M) {
	child := map[string]func(dir string) error{"crowd": crowd, "endless": endless, "unfinished": unfinished}[os.Getenv("LAMINA_TEST_CHILD")]
	if child == nil {
		os.Exit(m.Run())
	}
	if err := child(os.Getenv("LAMINA_TEST_CACHE")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(t *testing.T, what, dir string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "LAMINA_TEST_CHILD="+what, "LAMINA_TEST_CACHE="+dir)
	return cmd
}

// content returns the key of an entry and what it must hold.
func content(n int) (key string, data []byte) {
	sum := sha256.Sum256([]byte{byte(n)})
	return fmt.Sprintf("%x", sum), bytes.Repeat(sum[:], 1+n*100)
}

// check opens an entry, which may be missing but not be another one.
func check(f *cache.Directory, n int) error {
	key, want := content(n)
	e, err := f.Open(cache.Segments, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer e.Close()
	got := make([]byte, e.Size)
	if _, err := e.ReadAt(got, 0); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("entry %d has %d bytes, and not those that it should have", n, len(got))
	}
	return nil
}

// crowd has many goroutines write, read and prune the same few entries.
func crowd(dir string) error {
	f := cache.Open(dir, cachetest.Secret)
	var all sync.Mutex
	var errs []error
	report := func(err error) {
		all.Lock()
		defer all.Unlock()
		errs = append(errs, err)
	}
	f.Warn = func(w string) { report(errors.New(w)) }
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 150 {
				n := rand.N(8)
				key, data := content(n)
				switch rand.N(8) {
				case 0:
					w := f.Create(cache.Segments, key)
					w.Write(data)
					w.Abort()
				case 1:
					if _, err := f.Prune(context.Background(), cache.PrunePolicy{All: true}); err != nil {
						report(err)
					}
				case 2, 3, 4:
					w := f.Create(cache.Segments, key)
					w.Write(data[:len(data)/2])
					w.Write(data[len(data)/2:])
					w.Commit()
				default:
					if err := check(f, n); err != nil {
						report(err)
					}
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// TestCrowd: entries are whole or missing while other processes write and prune them.
func TestCrowd(t *testing.T) {
	_, dir := open(t)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if out, err := child(t, "crowd", dir).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	if err := crowd(dir); err != nil {
		t.Error(err)
	}
	group.Wait()
	for _, name := range files(t, dir) {
		if strings.Contains(name, ".new-") {
			t.Errorf("%s was left", name)
		}
	}
}

// endless writes entries until it is killed.
func endless(dir string) error {
	f := cache.Open(dir, cachetest.Secret)
	for i := 0; ; i++ {
		key, data := content(i % 8)
		w := f.Create(cache.Segments, key)
		for len(data) > 0 {
			n := min(len(data), 512)
			w.Write(data[:n])
			data = data[n:]
		}
		w.Commit()
		fmt.Println("written")
	}
}

// unfinished stops in the midst of an entry.
func unfinished(dir string) error {
	w := cache.Open(dir, cachetest.Secret).Create(cache.Segments, "abcd")
	w.Write(sample(piece)) // half of it
	fmt.Println("written")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// kill runs a child and kills it once it has written a line so many times.
func kill(t *testing.T, what, dir string, lines int) {
	t.Helper()
	cmd := child(t, what, dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, lines*len("written\n"))); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	cmd.Wait()
}

// TestKilled: a process that is killed leaves whole entries, and hidden files that the next process removes, as does pruning.
// While their process lives, neither does, however old they are.
func TestKilled(t *testing.T) {
	f, dir := open(t)
	kill(t, "unfinished", dir, 1)
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half an entry: %v", err)
	}
	hidden := func() []string {
		return slices.DeleteFunc(files(t, dir), func(name string) bool { return !strings.HasPrefix(name, "segments/.new-") })
	}
	if len(hidden()) != 1 {
		t.Errorf("%q", files(t, dir))
	}
	f.Write(cache.Segments, "abcd", []byte("all of it"))
	if b, err := f.Read(cache.Segments, "abcd", 100); err != nil || string(b) != "all of it" {
		t.Errorf("%q, %v", b, err)
	}
	if got := hidden(); len(got) != 0 {
		t.Errorf("%q", got)
	}
	living := f.Create(cache.Segments, "abce")
	defer living.Abort()
	io.WriteString(living, "more")
	kill(t, "unfinished", dir, 1)
	if got := hidden(); len(got) != 2 {
		t.Errorf("%q", got)
	}
	pruned, err := f.Prune(t.Context(), cache.PrunePolicy{Now: time.Now().Add(25 * time.Hour)})
	if err != nil || pruned.Count != 1 || pruned.Bytes != piece {
		t.Errorf("%+v, %v", pruned, err)
	}
	kill(t, "unfinished", dir, 1)
	next := cache.Open(dir, cachetest.Secret)
	if b, err := next.Read(cache.Segments, "abcd", 100); err != nil || string(b) != "all of it" {
		t.Errorf("%q, %v", b, err)
	}
	living.Commit()
	if b, err := next.Read(cache.Segments, "abce", 100); err != nil || string(b) != "more" {
		t.Errorf("%q, %v", b, err)
	}
	f.Close()
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the directory has %v, %v", entries, err)
	}
}

func TestKilledAnyTime(t *testing.T) {
	f, dir := open(t)
	for i := range 12 {
		kill(t, "endless", dir, 1+17*i)
		for n := range 8 {
			if err := check(f, n); err != nil {
				t.Error(err)
			}
		}
	}
}
