package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/transfer"
)

// TestRetries fetches a package from a server that has its troubles. Time is that
// of a synctest bubble: it is exact, and nobody waits for it.
func TestRetries(t *testing.T) {
	s := newServer(t, sample)
	p := s.entry(t, "big")
	content := s.files["x86_64/big-1.0-r0.apk"]
	const get = "GET /x86_64/big-1.0-r0.apk"
	tag := etag(content)
	times := func(n int, f http.HandlerFunc) []http.HandlerFunc {
		var list []http.HandlerFunc
		for range n {
			list = append(list, f)
		}
		return list
	}
	resumed := func(at int) string { return fmt.Sprintf("%s Range:bytes=%d- If-Range:%s", get, at, tag) }
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	date := func(w http.ResponseWriter, r *http.Request) {
		status(http.StatusServiceUnavailable, "Retry-After: "+time.Now().Add(90*time.Second).UTC().Format(http.TimeFormat))(w, r)
	}
	chunked := func(at int) http.HandlerFunc { // an end that the client cannot tell from a cut: only closing the connection marks it
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", tag)
			w.Header().Set("Transfer-Encoding", "identity")
			w.Write(content[:at])
		}
	}
	for _, c := range []struct {
		name     string
		faults   []http.HandlerFunc
		requests []string
		min, max time.Duration // that it took
		err      string
	}{
		{"sound", nil, []string{get}, 0, 0, ""},
		{"500 then ok", times(1, status(500)), []string{get, get}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"502, 503, 504, 408", []http.HandlerFunc{status(502), status(503), status(504), status(408)},
			[]string{get, get, get, get, get}, 3 * time.Second, 4500 * time.Millisecond, ""},
		{"500 for good", times(9, status(500)), []string{get, get, get, get, get, get}, 6200 * time.Millisecond, 9300 * time.Millisecond,
			"fetch URL: 500 Internal Server Error (tried 6 times)"},
		{"429 with seconds", times(1, status(429, "Retry-After: 100")), []string{get, get}, 100 * time.Second, 100 * time.Second, ""},
		{"429 without", times(1, status(429)), []string{get, get}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"429 with nonsense", times(1, status(429, "Retry-After: -soon")), []string{get, get}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"503 with a date", times(1, date), []string{get, get}, 89 * time.Second, 90 * time.Second, ""},
		{"429 with an hour", times(1, status(429, "Retry-After: 3600")), []string{get}, 0, 0,
			"fetch URL: 429 Too Many Requests: Retry-After is 1h0m0s, above the limit of 2m0s"},
		{"404 is final", times(1, status(404)), []string{get}, 0, 0,
			"fetch URL: 404 Not Found: the index lists it, but the server does not have it; the repository may have changed since, or be changing now"},

		{"cut and resumed", []http.HandlerFunc{s.cut(1000, "ETag: "+tag)}, []string{get, resumed(1000)}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"cut before anything", []http.HandlerFunc{s.cut(0, "ETag: "+tag)}, []string{get, get}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"cut without ETag", []http.HandlerFunc{s.cut(1000)}, []string{get, get}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"cut with a weak ETag", []http.HandlerFunc{s.cut(1000, "ETag: W/"+tag)}, []string{get, get}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"cut, then another state", []http.HandlerFunc{s.cut(1000, `ETag: "old"`)},
			[]string{get, get + ` Range:bytes=1000- If-Range:"old"`}, 200 * time.Millisecond, 300 * time.Millisecond, ""},
		{"cut, then 500", []http.HandlerFunc{s.cut(1000, "ETag: "+tag), status(500)}, []string{get, resumed(1000), resumed(1000)},
			600 * time.Millisecond, 900 * time.Millisecond, ""},
		{"cut, then no such range", []http.HandlerFunc{s.cut(1000, "ETag: "+tag), status(416)}, []string{get, resumed(1000), get},
			600 * time.Millisecond, 900 * time.Millisecond, ""},
		{"cut, then the wrong range", []http.HandlerFunc{s.cut(1000, "ETag: "+tag), status(206, "Content-Range: bytes 5-9/10")},
			[]string{get, resumed(1000), get}, 600 * time.Millisecond, 900 * time.Millisecond, ""},
		{"always cut at once", times(9, s.cut(7)), []string{get, get, get, get, get, get}, 6200 * time.Millisecond, 9300 * time.Millisecond,
			"fetch URL: the connection broke after 7 bytes: unexpected EOF (tried 6 times)"},
		{"always cut with progress", []http.HandlerFunc{s.cut(70_000, "ETag: "+tag), s.cutRange(80_000), s.cutRange(140_000), status(500), status(500),
			status(500), status(500)},
			[]string{get, resumed(70_000), resumed(80_000), resumed(140_000), resumed(140_000), resumed(140_000), resumed(140_000), resumed(140_000)},
			4 * time.Second, 10 * time.Second, ""},
		{"short without a length", times(1, chunked(1000)), []string{get, resumed(1000)}, 200 * time.Millisecond, 300 * time.Millisecond, ""},

		{"no answer", times(1, hang), []string{get, get}, 30200 * time.Millisecond, 30300 * time.Millisecond, ""},
		{"never an answer", times(9, hang), []string{get, get}, 60200 * time.Millisecond, 60300 * time.Millisecond,
			"fetch URL: the server sent nothing for 30s (tried 2 times)"},
		{"no end", times(1, s.stall(1000)), []string{get, resumed(1000)}, 30200 * time.Millisecond, 30300 * time.Millisecond, ""},
		{"slow", times(1, s.slow(10*time.Second)), []string{get}, 60 * time.Second, 100 * time.Minute, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s.seen()
				s.faults = c.faults
				var mu sync.Mutex
				var warned []string
				client := &repository.Client{CacheDir: dir, HTTP: inMemory(t, s), Warn: func(text string) {
					mu.Lock()
					defer mu.Unlock()
					warned = append(warned, text)
				}}
				defer client.Close()
				r := at("http://a.example")
				start := time.Now()
				source, err := client.Package(t.Context(), r, p, "x86_64", apk.V3)
				took := time.Since(start)
				where, _ := r.PackageURL(p, "x86_64")
				if want := strings.Replace(c.err, "URL", where, 1); want != "" && (err == nil || err.Error() != want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				if c.err == "" && err != nil {
					t.Error(err)
				}
				if err == nil && !bytes.Equal(read(t, source), content) {
					t.Error("the package is not what the server has")
				}
				if diff := cmp.Diff(c.requests, s.seen()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if took < c.min || took > c.max {
					t.Errorf("took %s, want %s to %s", took, c.min, c.max)
				}
				mu.Lock()
				defer mu.Unlock()
				if took >= transfer.NoticeAfter && c.name != "slow" && (len(warned) == 0 || !strings.HasPrefix(warned[0], "waiting for a.example, ")) {
					t.Errorf("nothing says whom it waits for: %q", warned)
				}
			})
			want := 1
			if c.err != "" {
				want = 0
			}
			if files, _ := os.ReadDir(filepath.Join(dir, "packages")); len(files) != want {
				t.Errorf("the cache has %v", files)
			}
		})
	}
}

// cutRange answers a range up to a byte of the file, and breaks the connection.
func (s *server) cutRange(to int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
		var from int
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		w.Header().Set("ETag", etag(content))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(content[from:to])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// stall answers with the beginning of the file and then sends nothing.
func (s *server) stall(at int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
		w.Header().Set("ETag", etag(content))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:at])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// slow sends a piece now and then, which is fine.
func (s *server) slow(pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		for len(content) > 20_000 {
			w.Write(content[:20_000])
			w.(http.Flusher).Flush()
			content = content[20_000:]
			time.Sleep(pause) // of the bubble's clock
		}
		w.Write(content)
	}
}

// TestLimits has servers that send more than there should be.
func TestLimits(t *testing.T) {
	s := newServer(t, sample)
	p := *s.entry(t, "small")
	endless := func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}
	s.faults = []http.HandlerFunc{endless}
	r := at(s.start(t))
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	want := fmt.Sprintf("it is larger than the limit of %d bytes", p.Size)
	if err := packageError(c, r, &p); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	// An index has no size, but a limit.
	s.faults = []http.HandlerFunc{status(200, "Content-Length: 1000000000000")}
	if _, err := index(c, r); err == nil || !strings.Contains(err.Error(), "it is larger than the limit of 67108864 bytes") {
		t.Errorf("got %v", err)
	}
	// A package of unknown size is taken as it comes, by its identity.
	p.Size = 0
	if err := packageError(c, r, &p); err != nil {
		t.Error(err)
	}
	p.Identity = s.entry(t, "big").Identity
	if err := packageError(c, r, &p); err == nil || !strings.Contains(err.Error(), "altered or replaced") {
		t.Errorf("got %v", err)
	}
}

func TestCancel(t *testing.T) {
	s := newServer(t, sample)
	p := s.entry(t, "big")
	for name, fault := range map[string]http.HandlerFunc{
		"waiting for a header": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"waiting for a body":   s.stall(10),
		"waiting to try again": status(http.StatusServiceUnavailable, "Retry-After: 60"),
	} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			s.faults = []http.HandlerFunc{fault}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			c := &repository.Client{CacheDir: dir, HTTP: inMemory(t, s)}
			defer c.Close()
			_, err := c.Package(ctx, at("http://a.example"), p, "x86_64", apk.V3)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
				t.Errorf("%s: after %s: %v", name, time.Since(start), err)
			}
		})
		if files, _ := os.ReadDir(filepath.Join(dir, "packages")); len(files) > 0 {
			t.Errorf("%s: left behind: %v", name, files)
		}
	}
}
