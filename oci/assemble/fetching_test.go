package assemble_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci/lock"
)

// heard is a writer that closes a channel when it has got a text.
type heard struct {
	text string
	come chan struct{}
	once sync.Once
}

func (h *heard) Write(p []byte) (int, error) {
	if strings.Contains(string(p), h.text) {
		h.once.Do(func() { close(h.come) })
	}
	return len(p), nil
}

// TestStagedWhileFetching: the second package is sent, or refused, only after the script of the first has run.
func TestStagedWhileFetching(t *testing.T) {
	packages := []fixtures.Package{
		{Name: "one", Files: []fixtures.File{{Path: "etc/one", Content: "1"}}, Scripts: map[string]string{"post-install": "#!/bin/sh\necho one is here\n"}},
		{Name: "two", Depends: "one", Files: []fixtures.File{{Path: "usr/share/two", Content: incompressible(100_000)}}},
	}
	for _, c := range []struct {
		name     string
		isLocked bool
		run      []string
	}{
		{"packages", false, nil},
		{"packages with a lock", true, nil},
		{"packages of a command", false, []string{"apk add two"}},
		{"packages of a command with a lock", true, []string{"apk add two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			local := newInputs(t, scriptBase, packages...)
			local.spec.Packages, local.spec.Run = []string{"two"}, c.run
			part := "package"
			if c.run != nil {
				local.spec.Packages, part = nil, "run"
			}
			want, _ := local.build("image")
			var pinned *lock.Lock
			if c.isLocked {
				pinned = local.lock()
			}
			for _, refuses := range []bool{false, true} {
				output := &heard{text: "one is here", come: make(chan struct{})}
				in := servedWith(t, packages, func(w http.ResponseWriter, r *http.Request, isRest bool) bool {
					if !isRest || !strings.Contains(r.URL.Path, "/two-") {
						return false
					}
					<-output.come
					if refuses {
						http.NotFound(w, r)
					}
					return refuses
				})
				in.spec.Packages, in.spec.Run, in.spec.Lock, in.env.Output = local.spec.Packages, c.run, pinned, output
				if refuses {
					in.fails(part, "two-1.0-r0.apk: 404 Not Found")
				} else if got, _ := in.build("image"); got.Layer.Digest != want.Layer.Digest {
					t.Errorf("layer %s, want %s", got.Layer.Digest, want.Layer.Digest)
				}
			}
		})
	}
}

// TestUnvouchedWhileFetching: with a lock, the script of a package does not run before a trusted key vouches for it, and the lock agrees.
func TestUnvouchedWhileFetching(t *testing.T) {
	packages := []fixtures.Package{
		{Name: "one", Fault: fixtures.Unsigned, Files: []fixtures.File{{Path: "etc/one", Content: "1"}},
			Scripts: map[string]string{"post-install": "#!/bin/sh\necho one is here\n"}},
		{Name: "two", Depends: "one", Files: []fixtures.File{{Path: "usr/share/two", Content: incompressible(100_000)}}},
	}
	local := newInputs(t, scriptBase, packages...)
	local.spec.Packages = []string{"two"}
	pinned := local.lock()
	altered := local.lock()
	for i := range altered.Platforms[0].Changes {
		if c := &altered.Platforms[0].Changes[i]; c.Name == "one" {
			c.Depends = []string{"two"}
		}
	}
	for _, c := range []struct {
		lock *lock.Lock
		part string
		want string
	}{
		{pinned, "package", "package one-1.0-r0: no trusted key has signed it or an index that lists it"},
		{altered, "lock", "package one-1.0-r0: the lock has"},
	} {
		var output bytes.Buffer
		in := servedWith(t, packages, func(w http.ResponseWriter, r *http.Request, isRest bool) bool {
			if strings.Contains(r.URL.Path, "APKINDEX") {
				http.NotFound(w, r)
				return true
			}
			return false
		})
		in.spec.Packages, in.spec.Lock, in.env.Output = []string{"two"}, c.lock, &output
		in.fails(c.part, c.want)
		if output.Len() > 0 {
			t.Errorf("a script has run: %s", &output)
		}
	}
}

// TestErrorWhileFetching: a download that fails is the error though others end with it, and not if the stage has failed before. Whichever
// it is, downloads that still run are ended.
func TestErrorWhileFetching(t *testing.T) {
	large := incompressible(100_000)
	packages := []fixtures.Package{
		{Name: "one", Files: []fixtures.File{{Path: "etc/same", Content: "1"}}},
		{Name: "other", Files: []fixtures.File{{Path: "etc/same", Content: "2"}}},
		{Name: "slow", Files: []fixtures.File{{Path: "usr/share/slow", Content: large}}},
		{Name: "wrong", Files: []fixtures.File{{Path: "usr/share/wrong", Content: large}}},
	}
	in := servedWith(t, packages, func(w http.ResponseWriter, r *http.Request, isRest bool) bool {
		switch {
		case isRest && strings.Contains(r.URL.Path, "/slow-"):
			<-r.Context().Done()
		case isRest && strings.Contains(r.URL.Path, "/wrong-"):
			http.NotFound(w, r)
		default:
			return false
		}
		return true
	})
	in.spec.Packages = []string{"slow", "wrong"}
	in.fails("package", "wrong-1.0-r0.apk: 404 Not Found: the index lists it")
	in.spec.Packages = []string{"one", "other", "slow"}
	in.fails("package", "other-1.0-r0")
}

// servedWith makes a request whose repository is on a server: answer is asked about each request, and whether it is for the rest of a
// package whose scripts were read, and says whether it has answered.
func servedWith(t *testing.T, packages []fixtures.Package, answer func(w http.ResponseWriter, r *http.Request, isRest bool) bool) *inputs {
	in := newInputs(t, scriptBase, packages...)
	files := http.FileServer(http.Dir(in.spec.Repositories[0]))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isRest := strings.HasSuffix(r.URL.Path, ".apk") && r.Header.Get("Range") != fmt.Sprintf("bytes=0-%d", firstPart-1)
		if !answer(w, r, isRest) {
			w.Header().Set("ETag", `"1"`)
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	in.spec.Repositories = []string{server.URL}
	in.env.Client = &repository.Client{CacheDir: t.TempDir()}
	t.Cleanup(func() { in.env.Client.Close() })
	return in
}
