package sharedcache_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/sharedcache"
)

// answerWith returns an answer to requests of a method below a path.
func answerWith(method, path string, answer http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.HasPrefix(r.URL.Path, path) {
			return false
		}
		answer(w, r)
		return true
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// body sends a body that is announced as long as size.
func body(size int, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(size))
		fmt.Fprint(w, content)
	}
}

// stall sends the beginning of a body and then nothing.
func stall(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if beginning != "" {
			fmt.Fprint(w, beginning)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
}

// drip sends a byte now and then, so that there is progress all the time.
func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000000")
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-every.C:
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
		}
	}
}

// TestBadServers: whatever a server does when it is read, the entry is missing, there is a warning, and a server that fails
// is left alone from then on.
func TestBadServers(t *testing.T) {
	large := len(entriesOfAllKinds()[cache.Segments])
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "of another server") }))
	t.Cleanup(other.Close)
	var loop http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }
	for _, test := range []struct {
		name   string
		path   string // of the requests that are answered so
		answer http.HandlerFunc
		goesOn bool   // the server is asked for other entries
		warns  string // part of the warning; "" for none
	}{
		{"no list", "/ac/", status(http.StatusNotFound), true, ""},
		{"malformed list", "/ac/", body(5, "\xff\xff\xff\xff\xff"), true, "malformed"},
		{"page of a proxy in place of the list", "/ac/", body(21, "<html>welcome!</html>"), true, "malformed"},
		{"endless list", "/ac/", func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				if _, err := fmt.Fprint(w, strings.Repeat("x", 64<<10)); err != nil {
					return
				}
			}
		}, false, "larger than|too long"},
		{"half a list", "/ac/", body(1000, "half"), false, "EOF"},
		{"list stalls", "/ac/", stall(""), false, "too long"},
		{"list stalls in its middle", "/ac/", stall("\x12"), false, "too long"},
		{"list drips", "/ac/", drip, false, "too long"},
		{"login for lists", "/ac/", status(http.StatusUnauthorized), false, "401 Unauthorized"},
		{"forbidden lists", "/ac/", status(http.StatusForbidden), false, "403 Forbidden"},
		{"broken server", "/ac/", status(http.StatusInternalServerError), false, "500 Internal Server Error"},
		{"redirects without end", "/ac/", loop, false, "redirects"},
		{"no content", "/ac/", status(http.StatusNoContent), true, ""},
		{"no blob", "/cas/", status(http.StatusNotFound), true, ""},
		{"other bytes", "/cas/", body(large, strings.Repeat("x", large)), true, "other bytes"},
		{"other bytes, fewer", "/cas/", body(100, strings.Repeat("x", 100)), true, "other bytes"},
		{"other bytes, without end", "/cas/", func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := fmt.Fprint(w, strings.Repeat("x", 64<<10)); err != nil {
					return
				}
			}
		}, true, "other bytes"},
		{"no bytes", "/cas/", status(http.StatusOK), true, "other bytes"},
		{"blob of another server", "/cas/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) },
			true, "other bytes"},
		{"half a body", "/cas/", body(large, strings.Repeat("x", large/2)), false, "EOF"},
		{"blob stalls", "/cas/", stall(""), false, "too long"},
		{"blob stalls in its middle", "/cas/", stall("x"), false, "too long"},
		{"blob drips", "/cas/", drip, false, "too long"},
		{"range in place of the blob", "/cas/", status(http.StatusPartialContent), false, "206 Partial Content"},
		{"broken server of blobs", "/cas/", status(http.StatusBadGateway), false, "502 Bad Gateway"},
		{"connection closed", "/cas/", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, "EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			k := startKeeper(t)
			k.fill(t, "build")
			k.answer = answerWith(http.MethodGet, test.path, test.answer)
			m := k.machine(t, "build", true, false, timeoutFor(test.warns))
			if _, err := m.get(cache.Segments); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the entry: %v", err)
			}
			k.heard()
			m.get(cache.Listings)
			m.get(cache.Trees)
			if test.path == "/cas/" {
				if asked := len(k.heard()) > 0; asked != test.goesOn {
					t.Errorf("asked for another entry: %v", asked)
				}
			}
			switch {
			case test.warns == "" && len(m.warnings) > 0:
				t.Errorf("warnings %q, want none", m.warnings)
			case test.warns != "" && (len(m.warnings) == 0 || !hasOneOf(m.warnings[0], test.warns) || !strings.Contains(m.warnings[0], k.URL)):
				t.Errorf("warnings %q, want one with %q and the URL", m.warnings, test.warns)
			case len(m.warnings) > 1 && !test.goesOn:
				t.Errorf("%d warnings: %q", len(m.warnings), m.warnings)
			}
		})
	}
}

// timeoutFor returns an option for a machine: requests end soon where the warning is that they take too long, and else whenever the server
// answers.
func timeoutFor(warns string) func(*sharedcache.Options) {
	return func(o *sharedcache.Options) {
		if o.Timeout = 5 * time.Second; warns == "too long" {
			o.Timeout = 300 * time.Millisecond
		}
	}
}

// hasOneOf reports whether a text has one of several parts, which | separates.
func hasOneOf(text, parts string) bool {
	return slices.ContainsFunc(strings.Split(parts, "|"), func(part string) bool { return strings.Contains(text, part) })
}

// TestLiar: a server that sends other bytes again and again is not asked any more.
func TestLiar(t *testing.T) {
	k := startKeeper(t)
	m := k.machine(t, "build", false, true)
	for n := range 10 {
		m.Write(cache.Pulled, keyOf(fmt.Sprint(n)), []byte(strings.Repeat(fmt.Sprint(n, " "), 10_000)))
	}
	m.shared.Publish(t.Context())
	k.answer = answerWith(http.MethodGet, "/cas/", body(3, "lie"))
	k.heard()
	reader := k.machine(t, "build", true, false)
	for n := range 10 {
		if _, err := reader.Read(cache.Pulled, keyOf(fmt.Sprint(n)), 1<<20); err == nil {
			t.Error("a lie was believed")
		}
	}
	if got, want := k.heard(), []string{"GET /ac", "GET /cas", "GET /cas", "GET /cas"}; !slices.Equal(got, want) || len(reader.warnings) != 2 {
		t.Errorf("%v, want %v; %q", got, want, reader.warnings)
	}
}

// TestBadServersToWriteTo: any failure to write to a server gives one warning, and reading from it still works.
func TestBadServersToWriteTo(t *testing.T) {
	for _, test := range []struct {
		name   string
		method string
		path   string
		answer http.HandlerFunc
		warns  string
	}{
		{"full", http.MethodPut, "/cas/", status(http.StatusInsufficientStorage), "507 Insufficient Storage"},
		{"full for lists", http.MethodPut, "/ac/", status(http.StatusInsufficientStorage), "507 Insufficient Storage"},
		{"too large", http.MethodPut, "/cas/", status(http.StatusRequestEntityTooLarge), "413 Request Entity Too Large"},
		{"read only", http.MethodPut, "/cas/", status(http.StatusMethodNotAllowed), "405 Method Not Allowed"},
		{"login", http.MethodPut, "/cas/", status(http.StatusUnauthorized), "401 Unauthorized"},
		{"forbidden", http.MethodPut, "/ac/", status(http.StatusForbidden), "403 Forbidden"},
		{"missing parent", http.MethodPut, "/cas/", status(http.StatusConflict), "409 Conflict"},
		{"no such path", http.MethodPut, "/cas/", status(http.StatusNotFound), "404 Not Found"},
		{"broken", http.MethodPut, "/cas/", status(http.StatusInternalServerError), "500 Internal Server Error"},
		{"stalls", http.MethodPut, "/cas/", stall(""), "too long"},
		{"takes the body and stalls", http.MethodPut, "/cas/", func(_ http.ResponseWriter, r *http.Request) {
			for buffer := make([]byte, 64<<10); ; {
				if _, err := r.Body.Read(buffer); err != nil {
					break
				}
			}
			<-r.Context().Done()
		}, "too long"},
		{"redirects PUT to GET", http.MethodPut, "/cas/", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusSeeOther)
		}, "404 Not Found|redirects"},
		{"no HEAD", http.MethodHead, "/cas/", status(http.StatusMethodNotAllowed), ""},
		{"HEAD stalls", http.MethodHead, "/cas/", stall(""), "too long"},
		{"HEAD lies", http.MethodHead, "/cas/", status(http.StatusOK), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			k := startKeeper(t)
			k.answer = answerWith(test.method, test.path, test.answer)
			m := k.machine(t, "build", true, true, timeoutFor(test.warns))
			for _, kind := range cache.SharedKinds() {
				m.put(kind, entriesOfAllKinds()[kind])
			}
			m.shared.Publish(t.Context())
			switch {
			case test.warns == "" && len(m.warnings) > 0:
				t.Errorf("warnings %q, want none", m.warnings)
			case test.warns != "" && (len(m.warnings) != 1 || !hasOneOf(m.warnings[0], test.warns)):
				t.Errorf("warnings %q, want one with %q", m.warnings, test.warns)
			}
			if got, err := m.Read(cache.Segments, nameIn(cache.Segments), 1<<20); err != nil || string(got) != entriesOfAllKinds()[cache.Segments] {
				t.Errorf("the entry in the folder: %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestRedirectedPut: a server may have another one store what is sent, with status 307.
func TestRedirectedPut(t *testing.T) {
	behind, front := startKeeper(t), startKeeper(t)
	front.answer = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, behind.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	front.fill(t, "build")
	if got, err := front.machine(t, "build", true, false).get(cache.Segments); got != entriesOfAllKinds()[cache.Segments] {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestServerIsGone: a server that is gone costs one warning.
func TestServerIsGone(t *testing.T) {
	k := startKeeper(t)
	k.Close()
	m := k.machine(t, "build", true, true)
	if _, err := m.get(cache.Segments); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	m.put(cache.Segments, "segment")
	m.shared.Publish(t.Context())
	if len(m.warnings) != 1 || !strings.Contains(m.warnings[0], "refused") {
		t.Errorf("%q", m.warnings)
	}
}

// TestSlowInAll: a server that answers every request late is given up.
func TestSlowInAll(t *testing.T) {
	k := startKeeper(t)
	m := k.machine(t, "build", false, true)
	for n := range 20 {
		m.Write(cache.Pulled, keyOf(fmt.Sprint(n)), []byte(strings.Repeat(fmt.Sprint(n, " "), 10_000)))
	}
	m.shared.Publish(t.Context())
	k.heard()
	k.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		late := time.NewTimer(250 * time.Millisecond) // of which 20 ms are usual, and 78 for the body
		defer late.Stop()
		select {
		case <-late.C:
		case <-r.Context().Done():
		}
		return false
	}
	reader := k.machine(t, "build", true, false, func(o *sharedcache.Options) { o.Timeout = 400 * time.Millisecond })
	for n := range 20 {
		reader.Read(cache.Pulled, keyOf(fmt.Sprint(n)), 1<<20)
	}
	if got := len(k.heard()); got >= 20 || len(reader.warnings) != 1 {
		t.Errorf("%d requests, %q", got, reader.warnings)
	}
}
