package repository_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
)

// TestSum: the sum is that of what the server has now, and nothing of it is kept.
func TestSum(t *testing.T) {
	content := "one"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/file" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(content))
	}))
	defer server.Close()
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	for _, content = range []string{"one", "two"} {
		want := sha256.Sum256([]byte(content))
		if got, err := c.Sum(t.Context(), server.URL+"/file"); err != nil || got != hex.EncodeToString(want[:]) {
			t.Errorf("%s: got %s, %v", content, got, err)
		}
	}
	if _, err := c.Sum(t.Context(), server.URL+"/missing"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a missing file: %v", err)
	}
	c.Offline = true
	if _, err := c.Sum(t.Context(), server.URL+"/file"); !errors.As(err, new(*repository.OfflineError)) {
		t.Errorf("offline: %v", err)
	}
}
