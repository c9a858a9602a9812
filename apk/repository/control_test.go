package repository_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/fixtures"
)

// breaksAfter answers a request with the beginning of a file.
func (s *server) breaksAfter(name string, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", etag(s.files[name]))
		w.Header().Set("Content-Length", fmt.Sprint(len(s.files[name])))
		w.Write(s.files[name][:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// TestControlFirst: the control segment of a package is handed over once, also when the connection breaks within it, and an error ends
// the download.
func TestControlFirst(t *testing.T) {
	const name = "x86_64/big-1.0-r0.apk"
	for _, test := range []struct {
		name   string
		broken []int // after so many bytes
	}{{"whole", nil}, {"broken in the signature", []int{100}}, {"broken in the control segment", []int{700, 1}}, {"broken in the data", []int{100_000}}} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, sample)
			url := s.start(t)
			c := &repository.Client{CacheDir: t.TempDir()}
			defer c.Close()
			index, err := c.Index(t.Context(), repository.Repository{URL: url}, "x86_64", fixtures.KeyRing(), apk.V2)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range test.broken {
				s.faults = append(s.faults, s.breaksAfter(name, n))
			}
			calls := 0
			wanted := repository.Wanted{Package: index.Packages[0], Generation: apk.V2, Repositories: []repository.Repository{{URL: url}}, Control: func(c *apk.Control) error {
				if calls++; c.Name != "big" || c.DataHash == "" {
					t.Errorf("the control segment is of %q", c.Name)
				}
				return nil
			}}
			if _, err := c.Packages(t.Context(), []repository.Wanted{wanted}, "x86_64"); err != nil || calls != 1 {
				t.Fatalf("%d calls, %v", calls, err)
			}

			refused := errors.New("refused")
			other := &repository.Client{CacheDir: t.TempDir()}
			defer other.Close()
			wanted.Control = func(*apk.Control) error { return refused }
			if _, err := other.Packages(t.Context(), []repository.Wanted{wanted}, "x86_64"); !errors.Is(err, refused) {
				t.Errorf("got %v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(other.CacheDir, "packages", "*")); len(left) > 0 {
				t.Errorf("the cache has %v", left)
			}
		})
	}
}

// TestControlOnly: the control segment comes from a directory, the cache or the beginning of a download, which is not kept.
func TestControlOnly(t *testing.T) {
	s := newServer(t, sample)
	url := s.start(t)
	dir := t.TempDir()
	for name, content := range s.files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	index, err := c.Index(t.Context(), repository.Repository{URL: url}, "x86_64", fixtures.KeyRing(), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	only := func(c *repository.Client, where string) string {
		var names []string
		var list []repository.Wanted
		for _, p := range index.Packages {
			list = append(list, repository.Wanted{Package: p, Generation: apk.V2, ControlOnly: true, Repositories: []repository.Repository{{URL: where}},
				Control: func(c *apk.Control) error { names = append(names, c.Name); return nil }})
		}
		for _, w := range list { // one after the other, for the order
			if _, err := c.Packages(t.Context(), []repository.Wanted{w}, "x86_64"); err != nil {
				return err.Error()
			}
		}
		return strings.Join(names, " ")
	}
	if got := only(c, url); got != "big small" {
		t.Errorf("from the server: %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(c.CacheDir, "packages", "*")); len(left) > 0 {
		t.Errorf("the cache has %v", left)
	}
	if got := only(c, dir); got != "big small" {
		t.Errorf("from the directory: %s", got)
	}
	offline := &repository.Client{CacheDir: c.CacheDir, Offline: true}
	defer offline.Close()
	if got := only(offline, url); !strings.Contains(got, "not in the cache") {
		t.Errorf("offline: %s", got)
	}
	for _, p := range index.Packages {
		if _, err := c.Package(t.Context(), repository.Repository{URL: url}, p, "x86_64", apk.V2); err != nil {
			t.Fatal(err)
		}
	}
	if got := only(offline, url); got != "big small" {
		t.Errorf("from the cache: %s", got)
	}
}

// TestControlOfAnother: the control segment of a package that is not the index's is not handed over.
func TestControlOfAnother(t *testing.T) {
	s := newServer(t, sample)
	url := s.start(t)
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	index, err := c.Index(t.Context(), repository.Repository{URL: url}, "x86_64", fixtures.KeyRing(), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	s.files["x86_64/big-1.0-r0.apk"] = s.files["x86_64/small-1.0-r0.apk"]
	p := *index.Packages[0]
	p.Size = 0
	_, err = c.Packages(t.Context(), []repository.Wanted{{Package: &p, Generation: apk.V2, Repositories: []repository.Repository{{URL: url}},
		Control: func(*apk.Control) error { t.Error("it was handed over"); return nil }}}, "x86_64")
	if err == nil || !strings.Contains(err.Error(), "identity") {
		t.Errorf("got %v", err)
	}
}
