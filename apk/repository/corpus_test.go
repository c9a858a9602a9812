package repository_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/corpustest"
)

// TestCorpus fetches Alpine's own packages over http and checks each of them.
func TestCorpus(t *testing.T) {
	corpus := corpustest.Path(t)
	corpus = filepath.Join(corpus, "alpine-3.19")
	const name = "corpus@lamina-1.rsa.pub"
	pem, err := os.ReadFile(filepath.Join(corpus, "keys", name))
	if err != nil {
		t.Fatal(err)
	}
	keys := new(apk.KeyRing)
	if err := keys.Add(name, pem); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(corpus, "repo"))))
	defer server.Close()
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	x, err := c.Index(t.Context(), at(server.URL), "x86_64", keys, apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	var list []repository.Wanted
	for _, p := range x.Packages {
		list = append(list, repository.Wanted{Repositories: []repository.Repository{at(server.URL)}, Package: p})
	}
	if len(list) < 190 {
		t.Errorf("only %d packages", len(list))
	}
	for _, offline := range []bool{false, true} {
		c.Offline = offline
		if err := c.Fetch(t.Context(), list, "x86_64").Wait(); err != nil {
			t.Error(err)
		}
	}
}
