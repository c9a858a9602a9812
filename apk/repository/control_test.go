package repository_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// controls returns the names in the control segments that are read, one after the other.
func controls(t *testing.T, c *repository.Client, index *apk.Index, where string) (string, error) {
	t.Helper()
	var names []string
	for _, p := range index.Packages {
		list := []repository.Wanted{{Package: p, Generation: apk.V2, Repositories: []repository.Repository{at(where)}}}
		err := c.Controls(t.Context(), list, "x86_64", func(_ int, c *apk.Control) bool { names = append(names, c.Name); return true })
		if err != nil {
			return strings.Join(names, " "), err
		}
	}
	return strings.Join(names, " "), nil
}

// withTag is a handler's answer with another validator; "" for none.
func (s *server) withTag(tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if tag != "" {
			w.Header().Set("ETag", tag)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.files[strings.TrimPrefix(r.URL.Path, "/")]))
	}
}

// whole answers with all of a file, whatever is asked for.
func (s *server) whole(w http.ResponseWriter, r *http.Request) {
	w.Write(s.files[strings.TrimPrefix(r.URL.Path, "/")])
}

// TestControls: control segments are read from parts of files, and downloads of the packages go on behind them.
func TestControls(t *testing.T) {
	const big, part, rest = "GET /x86_64/big-1.0-r0.apk", " Range:bytes=0-4095", " Range:bytes=4096-"
	s := newServer(t, sample)
	tag := ` If-Range:` + etag(s.files["x86_64/big-1.0-r0.apk"])
	for _, test := range []struct {
		name   string
		faults []http.HandlerFunc // for the first requests of the big package
		want   []string
	}{
		{"ranges", nil, []string{big + part, big + rest + tag}},
		{"no ranges", []http.HandlerFunc{s.whole}, []string{big + part}},
		{"no validator", []http.HandlerFunc{s.withTag("")}, []string{big + part, big}},
		{"weak validator", []http.HandlerFunc{s.withTag(`W/"1"`)}, []string{big + part, big}},
		{"changed since", []http.HandlerFunc{s.withTag(`"old"`)}, []string{big + part, big + rest + ` If-Range:"old"`}},
		{"broken in the part", []http.HandlerFunc{s.partBroken(700)}, []string{big + part, big + " Range:bytes=700-4095" + tag, big + rest + tag}},
		{"broken in the rest", []http.HandlerFunc{nil, nil, s.restBroken(4096, 100_000)},
			[]string{big + part, big + rest + tag, big + " Range:bytes=100000-" + tag}},
		{"not satisfiable", []http.HandlerFunc{status(416)}, []string{big + part, big}},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := s.start(t)
			c := &repository.Client{CacheDir: t.TempDir()}
			defer c.Close()
			index, err := c.Index(t.Context(), at(url), "x86_64", fixtures.KeyRing(), apk.V2)
			if err != nil {
				t.Fatal(err)
			}
			s.seen()
			s.faults = test.faults
			if got, err := controls(t, c, index, url); err != nil || got != "big small" {
				t.Fatalf("read %q, %v", got, err)
			}
			for _, p := range index.Packages {
				source, err := c.Package(t.Context(), at(url), p, "x86_64", apk.V2)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(read(t, source), s.files["x86_64/"+p.ID()+".apk"]) {
					t.Errorf("%s is another", p.ID())
				}
			}
			// A small package is read as a whole at once.
			seen := slices.DeleteFunc(s.seen(), func(request string) bool { return request == "GET /x86_64/small-1.0-r0.apk" })
			if diff := cmp.Diff(test.want, seen); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// partBroken answers a request for the first part with some bytes of it.
func (s *server) partBroken(n int) http.HandlerFunc { return s.broken(0, n, 4095) }

// restBroken answers a request for what is behind an offset with the bytes to another.
func (s *server) restBroken(from, to int) http.HandlerFunc { return s.broken(from, to, -1) }

func (s *server) broken(from, to, last int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
		last := last
		if last < 0 {
			last = len(content) - 1
		}
		w.Header().Set("ETag", etag(content))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, last, len(content)))
		w.Header().Set("Content-Length", fmt.Sprint(last+1-from))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(content[from:to])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// TestLongControl: more is requested of a package whose control segment is longer than the first part.
func TestLongControl(t *testing.T) {
	long := fixtures.Repository{Packages: []fixtures.Package{{
		Name: "long", Files: sample.Packages[0].Files,
		Scripts: map[string]string{"post-install": "#!/bin/sh\n# " + fixtures.Workload{Bytes: 30_000, Files: 1}.Package(0).Files[0].Content},
	}}}
	s := newServer(t, long)
	url := s.start(t)
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	index, err := c.Index(t.Context(), at(url), "x86_64", fixtures.KeyRing(), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	s.seen()
	if got, err := controls(t, c, index, url); err != nil || got != "long" {
		t.Fatalf("read %q, %v", got, err)
	}
	requests := s.seen()
	if len(requests) < 2 || !strings.Contains(requests[1], "Range:bytes=4096-16383") {
		t.Errorf("requests: %q", requests)
	}
	if _, err := c.Package(t.Context(), at(url), index.Packages[0], "x86_64", apk.V2); err != nil {
		t.Fatal(err)
	}
}

// TestControlsADB: in apk 3's own format, the part that has the scripts names all files, too, and may be longer.
func TestControlsADB(t *testing.T) {
	var files []fixtures.File
	for i := range 500 {
		files = append(files, fixtures.File{Path: fmt.Sprintf("usr/share/%d/%d", i%7, i*i), Content: fmt.Sprint(i)})
	}
	s := newServer(t, fixtures.Repository{Format: fixtures.ADBFormat, Packages: []fixtures.Package{
		{Name: "big", Files: sample.Packages[0].Files}, {Name: "many", Files: files}, sample.Packages[1],
	}})
	url := s.start(t)
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	ring := fixtures.KeyRing()
	if err := ring.Add(fixtures.ECKeyName, []byte(fixtures.ECPublicKeyPEM)); err != nil {
		t.Fatal(err)
	}
	r := repository.Repository{URL: url, ADB: true}
	index, err := c.Index(t.Context(), r, "x86_64", ring, apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	s.seen()
	var list []repository.Wanted
	for _, p := range index.Packages {
		list = append(list, repository.Wanted{Package: p, Generation: apk.V3, Keys: ring, Repositories: []repository.Repository{r}})
	}
	names := make([]string, len(list))
	if err := c.Controls(t.Context(), list, "x86_64", func(i int, c *apk.Control) bool { names[i] = c.Name; return true }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"big", "many", "small"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := c.Fetch(t.Context(), list, "x86_64").Wait(); err != nil {
		t.Fatal(err)
	}
	requests := make(map[string]int)
	for _, request := range s.seen() {
		_, name, _ := strings.Cut(strings.Fields(request)[1], "x86_64/")
		requests[name]++
	}
	want := map[string]int{"big-1.0-r0.apk": 2, "many-1.0-r0.apk": 3, "small-1.0-r0.apk": 1}
	if diff := cmp.Diff(want, requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestControlsEnough: once control segments are enough, no file is read to its end, and none gets into the cache.
func TestControlsEnough(t *testing.T) {
	s := newServer(t, sample)
	url := s.start(t)
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	index, err := c.Index(t.Context(), at(url), "x86_64", fixtures.KeyRing(), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.faults = append(s.faults, func(w http.ResponseWriter, r *http.Request) { // without ranges
			content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
			w.Write(content[:min(len(content), 64<<10)])
			w.(http.Flusher).Flush()
			if len(content) > 64<<10 {
				<-r.Context().Done() // the client must not wait for the rest
			}
		})
	}
	wanted := []repository.Wanted{{Package: find(t, index, "big"), Generation: apk.V2, Repositories: []repository.Repository{at(url)}}}
	if err := c.Controls(t.Context(), wanted, "x86_64", func(int, *apk.Control) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(c.CacheDir, "packages", "*")); len(left) > 0 {
		t.Errorf("the cache has %v", left)
	}
}

// TestControlsLocal: control segments come from a directory or the cache without a request.
func TestControlsLocal(t *testing.T) {
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
	index, err := c.Index(t.Context(), at(url), "x86_64", fixtures.KeyRing(), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	isHere := func(where string) bool {
		return c.IsHere(repository.Wanted{Package: index.Packages[0], Repositories: []repository.Repository{at(where)}}, "x86_64")
	}
	if !isHere(dir) || isHere(url) {
		t.Error("the package is in the directory and not in the cache")
	}
	if got, err := controls(t, c, index, dir); err != nil || got != "big small" {
		t.Errorf("from the directory: %s, %v", got, err)
	}
	offline := &repository.Client{CacheDir: c.CacheDir, Offline: true}
	defer offline.Close()
	if _, err := controls(t, offline, index, url); err == nil || !strings.Contains(err.Error(), "not in the cache") {
		t.Errorf("offline: %v", err)
	}
	for _, p := range index.Packages {
		if _, err := c.Package(t.Context(), at(url), p, "x86_64", apk.V2); err != nil {
			t.Fatal(err)
		}
	}
	s.seen()
	if got, err := controls(t, offline, index, url); err != nil || got != "big small" || !isHere(url) {
		t.Errorf("from the cache: %s, %v", got, err)
	}
}

// TestControlOfAnother: the control segment of a package that is not the index's is not handed over, and the package is refused.
func TestControlOfAnother(t *testing.T) {
	s := newServer(t, sample)
	url := s.start(t)
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	index, err := c.Index(t.Context(), at(url), "x86_64", fixtures.KeyRing(), apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	s.files["x86_64/big-1.0-r0.apk"] = s.files["x86_64/small-1.0-r0.apk"]
	p := *find(t, index, "big")
	p.Size = 0
	wanted := []repository.Wanted{{Package: &p, Generation: apk.V2, Repositories: []repository.Repository{at(url)}}}
	err = c.Controls(t.Context(), wanted, "x86_64", func(int, *apk.Control) bool {
		t.Error("the control segment of another package was passed on")
		return true
	})
	if err == nil || !strings.Contains(err.Error(), "identity") {
		t.Errorf("got %v", err)
	}
}
