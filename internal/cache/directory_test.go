package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
)

// open returns a cache in a new directory that must have nothing to complain about.
func open(t testing.TB) (f *cache.Directory, dir string) {
	dir = filepath.Join(t.TempDir(), "cache")
	f = cache.Open(dir, cachetest.Secret)
	f.Warn = func(w string) { t.Errorf("warning: %s", w) }
	return f, dir
}

// files returns the paths of all files below a directory.
func files(t testing.TB, dir string) []string {
	t.Helper()
	list := []string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if e != nil && e.IsDir() && strings.HasPrefix(e.Name(), ".process-") {
			return fs.SkipDir // of this process
		}
		if err == nil && !e.IsDir() {
			name, err = filepath.Rel(dir, name)
			list = append(list, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return list
}

func TestEntry(t *testing.T) {
	f, dir := open(t)
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	w := f.Create(cache.Segments, "abcd")
	io.WriteString(w, "head")
	io.WriteString(w, "content")
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Commit: %v", err)
	}
	w.Commit()
	w.Abort()
	e, err := f.Open(cache.Segments, "abcd")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := make([]byte, 7)
	if _, err := e.ReadAt(b, 4); err != nil || string(b) != "content" || e.Size != 11 {
		t.Errorf("%q, %v, size %d", b, err, e.Size)
	}
	if want := filepath.Join(dir, "segments", "abcd"); e.Name() != want {
		t.Errorf("it is in %s, not %s", e.Name(), want)
	}
	if _, err := f.Open(cache.Chains, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of another kind: %v", err)
	}
	if _, err := f.Read(cache.Segments, "abcd", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("larger than the limit: %v", err)
	}
	if got, err := f.Read(cache.Segments, "abcd", 11); err != nil || string(got) != "headcontent" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReplacing(t *testing.T) {
	f, dir := open(t)
	f.Write(cache.Trees, "abcd", []byte("old"))
	e, err := f.Open(cache.Trees, "abcd")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	f.Write(cache.Trees, "abcd", []byte("new"))
	if b, err := io.ReadAll(io.NewSectionReader(e, 0, e.Size)); err != nil || string(b) != "old" {
		t.Errorf("what is open: %q, %v", b, err)
	}
	want := "new"
	if runtime.GOOS == "windows" {
		want = "old" // what is open is not replaced there
	}
	if b, err := f.Read(cache.Trees, "abcd", 9); err != nil || string(b) != want {
		t.Errorf("%q, %v", b, err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestAbort(t *testing.T) {
	f, dir := open(t)
	w := f.Create(cache.Chains, "abcd")
	io.WriteString(w, "content")
	w.Abort()
	w.Commit()
	io.WriteString(w, "more")
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestDiscard(t *testing.T) {
	f, dir := open(t)
	var warnings []string
	f.Warn = func(w string) { warnings = append(warnings, w) }
	f.Write(cache.Listings, "abcd", []byte("x"))
	for range 2 {
		f.Discard(cache.Listings, "abcd", errors.New("listing of nginx-1-r0: it is damaged"))
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if len(warnings) != 2 || warnings[0] != "cache: listing of nginx-1-r0: it is damaged; rebuilding it" {
		t.Errorf("%q", warnings)
	}
}

// TestNames: only the digits of a hash become part of a file's name.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		kind cache.Kind
		key  string
		want string // the error of Open; empty if it succeeds
	}{
		{cache.Segments, "ab", ""},
		{cache.Segments, strings.Repeat("0123456789abcdef", 8), ""},
		{cache.Segments, strings.Repeat("0123456789abcdef", 8) + "0", "hexadecimal"},
		{cache.Segments, "", "hexadecimal"},
		{cache.Segments, "a", "hexadecimal"},
		{cache.Segments, "ABCD", "hexadecimal"},
		{cache.Segments, "abcg", "hexadecimal"},
		{cache.Segments, "../../abcd", "hexadecimal"},
		{cache.Segments, "ab/cd", "hexadecimal"},
		{cache.Segments, `ab\cd`, "hexadecimal"},
		{cache.Segments, "ab:cd", "hexadecimal"},
		{cache.Segments, "abcd\x00", "hexadecimal"},
		{cache.Segments, "sha256:abcd", "hexadecimal"},
		{"", "abcd", `kind "" is not known`},
		{"..", "abcd", `kind ".." is not known`},
		{cache.Packages, "abcd", `kind "packages" is not known`},
	} {
		f, dir := open(t)
		var warnings []string
		f.Warn = func(w string) { warnings = append(warnings, w) }
		_, err := f.Open(c.kind, c.key)
		if c.want == "" {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %q: %v", c.kind, c.key, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v", c.kind, c.key, err)
		}
		f.Write(c.kind, c.key, []byte("x"))
		f.Discard(c.kind, c.key, errors.New("x"))
		if got := files(t, filepath.Dir(dir)); len(got) != 0 || len(warnings) != 2 {
			t.Errorf("%s %q: files %q, warnings %q", c.kind, c.key, got, warnings)
		}
	}
}

// TestUnusable: a directory that cannot be used is told of once, and nothing else happens.
func TestUnusable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{name, filepath.Join(name, "below")} {
		useUnusable(t, dir)
	}
}

func useUnusable(t *testing.T, dir string) {
	t.Helper()
	f := cache.Open(dir, cachetest.Secret)
	var warnings []string
	f.Warn = func(w string) { warnings = append(warnings, w) }
	for range 3 {
		w := f.Create(cache.Segments, "abcd")
		if n, err := io.WriteString(w, "content"); n != 7 || err != nil {
			t.Errorf("%s: Write: %d, %v", dir, n, err)
		}
		w.Commit()
		w.Abort()
	}
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "cache: ") || !strings.HasSuffix(warnings[0], "; nothing more is put into it") {
		t.Errorf("%s: warnings %q", dir, warnings)
	}
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: Open: %v", dir, err)
	}
}

// TestOddFiles: a file, directory or link that is not an entry is never returned as one.
func TestOddFiles(t *testing.T) {
	f, dir := open(t)
	if err := os.MkdirAll(filepath.Join(dir, "segments", "abcd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder: %v", err)
	}
	var warnings []string
	f.Warn = func(w string) { warnings = append(warnings, w) }
	f.Write(cache.Segments, "abcd", []byte("x"))
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestNil: a nil Directory keeps nothing.
func TestNil(t *testing.T) {
	var f *cache.Directory
	f.Write(cache.Segments, "abcd", []byte("x"))
	f.Discard(cache.Segments, "abcd", errors.New("x"))
	if _, err := f.Open(cache.Segments, "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := f.Read(cache.Segments, "abcd", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if usage, err := f.Usage(t.Context()); err != nil || len(usage) == 0 {
		t.Errorf("%v, %v", usage, err)
	}
	if pruned, err := f.Prune(t.Context(), cache.PrunePolicy{All: true}); err != nil || pruned.Count != 0 {
		t.Errorf("%v, %v", pruned, err)
	}
}

// TestUse: opening an entry notes that it was used, but not each time.
func TestUse(t *testing.T) {
	for _, c := range []struct {
		name string
		ago  time.Duration
		want bool // noted
	}{
		{"long ago", 48 * time.Hour, true},
		{"over an hour ago", 61 * time.Minute, true},
		{"just now", 0, false},
		{"within the hour", 59 * time.Minute, false},
		{"by a clock that is ahead", -48 * time.Hour, true},
	} {
		f, dir := open(t)
		f.Write(cache.Segments, "abcd", []byte("x"))
		name := filepath.Join(dir, "segments", "abcd")
		before := time.Now().Add(-c.ago).Truncate(time.Second)
		if err := os.Chtimes(name, before, before); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(cache.Segments, "abcd", 1); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if noted := !info.ModTime().Equal(before); noted != c.want || noted && time.Since(info.ModTime()).Abs() > time.Minute {
			t.Errorf("%s: %v became %v", c.name, before, info.ModTime())
		}
	}
}

// BenchmarkRead is what a warm build does for each package.
func BenchmarkRead(b *testing.B) {
	f, _ := open(b)
	content := bytes.Repeat([]byte("x"), 4096)
	f.Write(cache.Listings, "abcd", content)
	b.ReportAllocs()
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := f.Read(cache.Listings, "abcd", 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	f, _ := open(b)
	content := bytes.Repeat([]byte("x"), 4096)
	b.ReportAllocs()
	b.SetBytes(int64(len(content)))
	for i := 0; b.Loop(); i++ {
		f.Write(cache.Listings, fmt.Sprintf("%08x", i*0x9e3779b1&0xffffffff), content)
	}
}
