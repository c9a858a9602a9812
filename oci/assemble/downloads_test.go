package assemble_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestDownloads: what commands read from the network is in the lock and the record, and with either the image is made again whatever
// the server has by then.
func TestDownloads(t *testing.T) {
	content := "one\n"
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.String())
		if strings.HasPrefix(r.URL.Path, "/none") {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, content)
	}))
	defer server.Close()
	in := newInputs(t, fixtures.Base{APKTools: "2.14.4-r0", Files: []fixtures.File{
		{Path: "bin/wget", Mode: 0o755, Content: "program"}, {Path: "bin/mkdir", Mode: 0o755, Content: "program"},
		{Path: "bin/cat", Mode: 0o755, Content: "program"},
	}}, nginx())
	in.env.Client = &repository.Client{CacheDir: filepath.Join(in.dir, "cache")}
	t.Cleanup(func() { in.env.Client.Close() })
	in.spec.Files = []stage.File{{Path: "/srv/added", Origin: &stage.Origin{URL: server.URL + "/added"}}}
	in.spec.Run = []string{
		"wget -O /srv/a " + server.URL + "/a",
		"wget -qO - '" + server.URL + "/a?token=secret' | cat > /srv/b; wget -O /srv/m '" + server.URL +
			"/a;token=secret/m'; wget -O /srv/again " + server.URL + "/a",
		"wget -O /srv/none " + server.URL + "/none || echo none > /srv/failed",
	}
	result, image := in.build("free")
	want := []string{"a 644 0:0 one\n", "added 644 0:0 one\n", "again 644 0:0 one\n", "b 644 0:0 one\n", "failed 644 0:0 none\n", "m 644 0:0 one\n"}
	if diff := cmp.Diff(want, below(t, image, "srv")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/added", "/a", "/a?token=secret", "/a;token=secret/m", "/none"}, requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}

	pinned := in.lock()
	sum := sumOf("one\n")
	if diff := cmp.Diff([]lock.Download{
		{URL: server.URL + "/added", SHA256: sum, Size: 4},
		{URL: server.URL + "/a", SHA256: sum, Size: 4},
		{URL: server.URL + "/a", Query: sumOf("token=secret"), SHA256: sum, Size: 4},
		{URL: server.URL + "/a", Query: sumOf("token=secret/m"), SHA256: sum, Size: 4},
		{URL: server.URL + "/none", Status: 404},
	}, pinned.Platforms[0].Downloads); diff != "" {
		t.Errorf("the lock's downloads (-want +got):\n%s", diff)
	}
	vendored := in.vendorLocked()
	ref := in.record("recorded")

	content, requests = "another\n", nil
	if image, rebuilt, err := in.rebuild(ref); err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
	in.spec.Lock, in.spec.Vendor = pinned, vendored
	in.env.Client = &repository.Client{Offline: true}
	locked, _ := in.build("locked")
	if locked.Manifest.Digest != result.Manifest.Digest || len(requests) != 0 {
		t.Errorf("with the lock %s, without %s; requests %q", locked.Manifest.Digest, result.Manifest.Digest, requests)
	}
	in.spec.Vendor = ""
	in.fails("file", "is not in the cache, and network access is disabled")
	in.env.Client = new(repository.Client)
	in.fails("file", "it has the SHA-256 "+sumOf("another\n")+", and not "+sum)

	in.spec.Vendor = vendored
	in.spec.Steps = []spec.Step{{Run: []string{"wget " + server.URL + "/a"}, IsOffline: true}}
	in.fails("run", "wget: reading from the network is not supported here")
	in.spec.Steps = nil
	in.spec.Run = append(in.spec.Run, "wget -O /srv/c "+server.URL+"/c?secret")
	in.fails("run", "the lock does not have "+server.URL+"/c, which a command reads")
	in.spec.Run = in.spec.Run[:2]
	in.fails("lock", "the lock has 5 downloads, and the build makes 4")
}
