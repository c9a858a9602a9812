package assemble_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/fixtures"
	"github.com/lamina-oci/lamina/oci/assemble"
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
	local := newInputs(t, scriptBase, packages...)
	local.spec.Packages = []string{"two"}
	want, _ := local.build("image")
	for _, refuses := range []bool{false, true} {
		in := newInputs(t, scriptBase, packages...)
		in.spec.Packages = []string{"two"}
		output := &heard{text: "one is here", come: make(chan struct{})}
		files := http.FileServer(http.Dir(in.spec.Repositories[0]))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/x86_64/two-") && r.Header.Get("Range") != "bytes=0-4095" {
				<-output.come
				if refuses {
					http.NotFound(w, r)
					return
				}
			}
			w.Header().Set("ETag", `"1"`)
			files.ServeHTTP(w, r)
		}))
		in.spec.Repositories = []string{server.URL}
		in.env.Client = &repository.Client{CacheDir: t.TempDir()}
		in.env.Output = output
		if refuses {
			in.fails(assemble.PartPackage, "two-1.0-r0.apk: 404 Not Found: the index lists it")
		} else if got, _ := in.build("image"); got.Layer.Digest != want.Layer.Digest {
			t.Errorf("layer %s, want %s", got.Layer.Digest, want.Layer.Digest)
		}
		in.env.Client.Close()
		server.Close()
	}
}
