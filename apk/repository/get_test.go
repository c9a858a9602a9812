package repository_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// Of "one" and "another one".
const (
	sumOfOne = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
)

func TestGet(t *testing.T) {
	s := newServer(t, fixtures.Repository{})
	s.files["file"] = []byte("one")
	at := s.start(t) + "/file"
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	get := func(g repository.Get) *repository.Answer {
		t.Helper()
		answer, err := c.Get(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	content := func(a *repository.Answer) string {
		t.Helper()
		text, err := os.ReadFile(a.Name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := get(repository.Get{URL: at})
	if first.Status != 200 || first.SHA256 != sumOfOne || first.Size != 3 || content(first) != "one" {
		t.Errorf("got %+v", first)
	}
	s.seen()

	// The client says which version it has, and the server does not send that one again.
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	known := new(repository.Answer)
	if err := json.Unmarshal(text, known); err != nil {
		t.Fatal(err)
	}
	if again := get(repository.Get{URL: at, Known: known}); content(again) != "one" || again.Size != 3 {
		t.Errorf("got %+v", again)
	}
	if got := s.seen(); len(got) != 1 || !strings.Contains(got[0], "If-None-Match:") {
		t.Errorf("requests %q", got)
	}

	// Pinned, the cache is enough; offline, what is known too.
	c.Offline = true
	for _, g := range []repository.Get{{URL: at, SHA256: sumOfOne}, {URL: at, Known: known}} {
		if answer := get(g); content(answer) != "one" {
			t.Errorf("got %+v", answer)
		}
	}
	if got := s.seen(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
	offline := new(repository.OfflineError)
	if _, err := c.Get(t.Context(), repository.Get{URL: at}); !errors.As(err, &offline) {
		t.Errorf("got %v", err)
	}
	c.Offline = false

	s.files["file"] = []byte("another one")
	if changed := get(repository.Get{URL: at, Known: known}); changed.Size != 11 || content(changed) != "another one" {
		t.Errorf("got %+v", changed)
	}
	if err := os.RemoveAll(filepath.Join(c.CacheDir, "files")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), repository.Get{URL: at, SHA256: sumOfOne}); err == nil || !strings.Contains(err.Error(), "and not "+sumOfOne) {
		t.Errorf("a file that has changed: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sumOfOne), []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if answer := get(repository.Get{URL: at, SHA256: sumOfOne, Dirs: []string{dir}}); content(answer) != "one" {
		t.Errorf("got %+v", answer)
	}
}

// TestGetStatus: a status that is neither a success nor a transient error is returned without another try.
func TestGetStatus(t *testing.T) {
	s := newServer(t, fixtures.Repository{})
	s.files["file"] = []byte("one")
	at := s.start(t)
	c := new(repository.Client)
	defer c.Close()
	for _, code := range []int{404, 410, 401, 403, 451, 501} {
		s.faults = []http.HandlerFunc{status(code)}
		if answer, err := c.Get(t.Context(), repository.Get{URL: at + "/file"}); err != nil || answer.Status != code || answer.Name != "" {
			t.Errorf("status %d: %+v, %v", code, answer, err)
		}
	}
	moved := []http.HandlerFunc{status(302, "Location: /file")}
	s.faults = moved
	if answer, err := c.Get(t.Context(), repository.Get{URL: at + "/moved", Stay: true}); err != nil || answer.Status != 302 {
		t.Errorf("a redirect that is not followed: %+v, %v", answer, err)
	}
	s.faults = moved
	if answer, err := c.Get(t.Context(), repository.Get{URL: at + "/moved"}); err != nil || answer.SHA256 != sumOfOne {
		t.Errorf("a redirect: %+v, %v", answer, err)
	}
	known := &repository.Answer{Status: 404}
	c.Offline = true
	if answer, err := c.Get(t.Context(), repository.Get{URL: at + "/file", Known: known}); err != nil || answer.Status != 404 {
		t.Errorf("a known status: %+v, %v", answer, err)
	}
}

// TestGetIsAnonymous: requests of scripts carry no login of the user.
func TestGetIsAnonymous(t *testing.T) {
	got := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	defer server.Close()
	t.Setenv("HTTP_AUTH", "basic:127.0.0.1:user:password")
	c := new(repository.Client)
	defer c.Close()
	if _, err := c.File(t.Context(), server.URL, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"); err != nil || got == "" {
		t.Errorf("the user's own download: Authorization %q, %v", got, err)
	}
	if _, err := c.Get(t.Context(), repository.Get{URL: server.URL}); err != nil || got != "" {
		t.Errorf("Authorization %q, %v", got, err)
	}
}
