package assemble_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestKeyURL: a key comes from its URL once, then from the cache, and only with the SHA-256 that the spec gives; a rebuild needs no
// server.
func TestKeyURL(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if r.URL.Path != "/keys/"+fixtures.KeyName {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(fixtures.PublicKeyPEM))
	}))
	defer server.Close()
	sum := sha256.Sum256([]byte(fixtures.PublicKeyPEM))
	in := newInputs(t, fixtures.Base{NoKey: true}, nginx())
	in.platform = oci.Platform{OS: "linux", Architecture: "amd64"}
	key := spec.Key{Name: fixtures.KeyName, URL: server.URL + "/keys/" + fixtures.KeyName, SHA256: hex.EncodeToString(sum[:])}
	in.env.Client = &repository.Client{CacheDir: filepath.Join(in.dir, "cache")}
	in.spec.Keys = []spec.Key{key}
	image := in.record("image")
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
	in.env.Client = &repository.Client{CacheDir: filepath.Join(in.dir, "cache"), Offline: true}
	in.build("offline")
	server.Close()
	if was, now, err := in.rebuild(image); err != nil || was != now {
		t.Errorf("rebuilt as %s of %s, %v", now, was, err)
	}
	in.env.Client = &repository.Client{Offline: true}
	_, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
	if offline := new(repository.OfflineError); !errors.As(err, &offline) || len(offline.URLs) != 1 || !strings.HasSuffix(offline.URLs[0], "@lamina.rsa.pub") {
		t.Errorf("offline without a cache: %v", err)
	}
	for _, test := range []struct {
		content, sum, want, hint string
	}{
		{fixtures.PublicKeyPEM, strings.Repeat("0", 64), "it has the SHA-256 " + hex.EncodeToString(sum[:]), "correct the sha256"},
		{strings.Repeat("x", 65<<10), hex.EncodeToString(sum[:]), "65536 bytes", ""},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(test.content)) }))
		in.env.Client = &repository.Client{}
		in.spec.Keys = []spec.Key{{Name: fixtures.KeyName, URL: server.URL + "/" + fixtures.KeyName, SHA256: test.sum}}
		_, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
		part := new(assemble.Error)
		if !errors.As(err, &part) || part.Part != "key" || !strings.Contains(err.Error(), test.want) || !strings.Contains(hint.Of(err), test.hint) {
			t.Errorf("%v; %q, want %s; %s", err, hint.Of(err), test.want, test.hint)
		}
		server.Close()
	}
}

// TestOSRelease: the image has a name of its own, its packages are still Alpine's, and a rebuild gives the same.
func TestOSRelease(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", Files: []fixtures.File{
		{Path: "etc/os-release", Content: "ID=alpine\nVERSION_ID=3.22.1\n"}, {Path: "etc/alpine-release", Content: "3.22.1\n"},
	}}, nginx())
	in.spec.OSRelease = map[string]string{"ID": "example", "VERSION_ID": "7"}
	in.spec.Files = []stage.File{{Path: "/usr/sbin/web", Action: stage.Link, Target: "/etc/os-release"}}
	image := in.record("image")
	_, opened := in.open(image)
	if was, now, err := in.rebuild(image); err != nil || was != now {
		t.Errorf("rebuilt as %s of %s, %v", now, was, err)
	}
	files := tree.New()
	for _, l := range opened.Layers {
		if err := l.ReadInto(t.Context(), files); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"etc/os-release", "usr/sbin/web"} {
		if text, err := files.ReadFile(name, 999); err != nil || string(text) != "ID=example\nVERSION_ID=7\n" {
			t.Errorf("%s: %v, %q", name, err, text)
		}
	}
	if d := record.ReadDistro(files); d != (record.Distro{ID: "alpine", Version: "3.22.1"}) {
		t.Errorf("the packages are of %+v", d)
	}
	last := opened.Config.History[len(opened.Config.History)-1]
	if last.CreatedBy != "lamina build nginx; os-release: ID VERSION_ID" {
		t.Errorf("created by %q", last.CreatedBy)
	}
}
