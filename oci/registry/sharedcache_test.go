package registry_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/sharedcache"
	"github.com/lamina-oci/lamina/oci/registry"
)

// sharing is a machine whose cache is shared by a repository.
type sharing struct {
	*cache.Directory
	shared   *sharedcache.Cache
	warnings []string
}

func (r *testRegistry) sharing(t *testing.T, reference, name string) *sharing {
	t.Helper()
	store, err := new(registry.Registries).OpenSharedCache(r.host() + "/" + reference)
	if err != nil {
		t.Fatal(err)
	}
	m := &sharing{Directory: cachetest.Open(t.TempDir())}
	stores := []sharedcache.Store{store}
	m.shared = sharedcache.New(t.Context(), sharedcache.Options{Directory: m.Directory, From: stores, To: stores, Name: name,
		Warn: func(text string) { m.warnings = append(m.warnings, text) }})
	t.Cleanup(func() { m.shared.Close(); m.Close() })
	return m
}

const key1, key2 = "0101", "0202"

var large = strings.Repeat("a large entry ", 10_000)

// fill writes a large and a small entry.
func (r *testRegistry) fill(t *testing.T, reference string) {
	t.Helper()
	m := r.sharing(t, reference, "build")
	m.Write(cache.Segments, key1, []byte(large))
	m.Write(cache.Layers, key2, []byte("small"))
	m.shared.Publish(t.Context())
	if len(m.warnings) > 0 {
		t.Fatal(m.warnings)
	}
	r.forget()
}

// TestSharedCache: one machine reads the entries of another: for a build, one manifest, its list, and a blob for each large entry.
func TestSharedCache(t *testing.T) {
	r := newTestRegistry(t, httptest.NewServer)
	r.fill(t, "team/cache")
	m := r.sharing(t, "team/cache", "build")
	for key, want := range map[string]string{key1: large, key2: "small"} {
		kind := cache.Segments
		if key == key2 {
			kind = cache.Layers
		}
		if got, err := m.Read(kind, key, 1<<20); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", kind, len(got), err)
		}
	}
	if manifests, blobs := r.count("GET", "/manifests/lamina-"), r.count("GET", "/blobs/"); manifests != 1 || blobs != 2 || len(m.warnings) > 0 {
		t.Errorf("%d manifests, %d blobs, %v", manifests, blobs, m.warnings)
	}
	r.forget()
	m.shared.Publish(t.Context())
	if n := r.count("PUT", "") + r.count("POST", ""); n != 0 {
		t.Errorf("%d requests write entries that exist", n)
	}
	if got, err := r.sharing(t, "team/cache", "other build").Read(cache.Segments, key1, 1<<20); err != nil || string(got) != large {
		t.Errorf("another build: %d bytes, %v", len(got), err)
	}
	// A tag is a cache of its own, in the same repository.
	if _, err := r.sharing(t, "team/cache:main", "build").Read(cache.Segments, key1, 1<<20); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("under another tag: %v", err)
	}
	r.fill(t, "team/cache:main")
	if got, err := r.sharing(t, "team/cache:main", "build").Read(cache.Segments, key1, 1<<20); err != nil || string(got) != large ||
		r.count("GET", "/manifests/main-") != 1 {
		t.Errorf("under its tag: %d bytes, %v", len(got), err)
	}
}

// TestSharedCacheOfBadRegistries: whatever a registry answers wrongly, the entry counts as missing, and at most one warning is printed.
func TestSharedCacheOfBadRegistries(t *testing.T) {
	answer := func(method, part string, status int, text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method || !strings.Contains(r.URL.Path, part) {
				return false
			}
			w.WriteHeader(status)
			fmt.Fprint(w, text)
			return true
		}
	}
	for _, test := range []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request) bool
		warns string
	}{
		{"no manifest", answer(http.MethodGet, "/manifests/", 404, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`), ""},
		{"forbidden", answer(http.MethodGet, "/manifests/", 403, `{"errors":[{"code":"DENIED"}]}`), "403 Forbidden"},
		{"login", answer(http.MethodGet, "/manifests/", 401, ""), "401 Unauthorized"},
		{"page in place of a manifest", answer(http.MethodGet, "/manifests/", 200, "<html>"), ""},
		{"blob of other bytes", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(large)))
			fmt.Fprint(w, strings.Repeat("x", len(large)))
			return true
		}, ""},
		{"no blobs", answer(http.MethodGet, "/blobs/", 404, `{"errors":[{"code":"BLOB_UNKNOWN"}]}`), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newTestRegistry(t, httptest.NewServer)
			r.fill(t, "team/cache")
			r.setFault(test.fault)
			m := r.sharing(t, "team/cache", "build")
			if _, err := m.Read(cache.Segments, key1, 1<<20); !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			if len(m.warnings) > 1 || test.warns != "" && (len(m.warnings) == 0 || !strings.Contains(m.warnings[0], test.warns)) {
				t.Errorf("warnings %q, want %q", m.warnings, test.warns)
			}
		})
	}
}

// TestSharedCacheBesideImages: an image whose tag looks like that of a list is not read as one.
func TestSharedCacheBesideImages(t *testing.T) {
	r := newTestRegistry(t, httptest.NewServer)
	r.fill(t, "team/cache")
	r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
		if request.Method != http.MethodGet || !strings.Contains(request.URL.Path, "/manifests/") {
			return false
		}
		w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
		fmt.Fprint(w, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[]}`)
		return true
	})
	m := r.sharing(t, "team/cache", "build")
	if _, err := m.Read(cache.Segments, key1, 1<<20); !errors.Is(err, fs.ErrNotExist) || len(m.warnings) != 1 ||
		!strings.Contains(m.warnings[0], "another artifact") {
		t.Errorf("%v, %q", err, m.warnings)
	}
}
