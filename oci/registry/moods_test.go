package registry_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ggcrname "github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// moods are ways of registries, each with what public reports have of it. Push and pull must work wherever crane's
// library or skopeo manages.
var moods = []struct {
	name  string
	moods string // separated by commas
	warns string // in a warning
}{
	{"by the spec", "", ""},
	{"200 for a manifest", "manifest-200", ""},
	{"202 for a manifest", "manifest-202", ""},
	{"204 for a manifest", "manifest-204", ""},
	{"200 for a blob", "stored-200", ""},
	{"202 for a blob", "stored-202", ""},
	{"204 for a blob", "stored-204", ""},
	{"200 for the begin of an upload", "begin-200", ""},
	{"201 for the begin of an upload", "begin-201", ""},
	{"204 for the begin of an upload", "begin-204", ""},
	{"uploads on another port", "other-port", ""},
	{"uploads on another port, with a login", "token,other-port-wants-login", ""},
	{"uploads under another name", "other-name", ""},
	{"uploads at a relative Location", "relative", ""},
	{"a Location with a query", "state", ""},
	{"a Location with a query on another port", "state,other-port", ""},
	{"blobs by PATCH alone, 400", "monolithic-400", ""},
	{"blobs by PATCH alone, 405, on another port", "monolithic-405,other-port,state", ""},
	{"blobs by PATCH alone, 501", "monolithic-501,patch-204", ""},
	{"blobs by PUT alone", "no-patch", ""},
	{"HEAD and GET without a length", "no-length", ""},
	{"no Docker-Content-Digest", "no-digest", ""},
	{"a Docker-Content-Digest that is not one", "odd-digest", ""},
	{"a token", "token", ""},
	{"Negotiate and NTLM before Bearer", "token,negotiate-first", ""},
	{"Basic before Bearer", "token,basic-first", ""},
	{"all challenges in one header", "token,one-header", ""},
	{"letter case of a challenge", "token,odd-case", ""},
	{"spaces in a challenge", "token,spaces", ""},
	{"a challenge at /v2/ alone", "token,challenge-at-ping", ""},
	{"404 without a login", "token,hides", ""},
	{"manifests as application/json", "type application/json", `with Content-Type "application/json"; treating them as application/vnd.`},
	{"manifests as text", "type text/plain; charset=utf-8", "treating them as application/vnd."},
	{"manifests without a type", "type ", "treating them as application/vnd."},
	{"manifests by redirect", "manifest-redirect", ""},
	{"manifests by redirect to another host", "manifest-redirect-away,token", ""},
	{"blobs by redirect, for GET alone", "blob-redirect,token", ""},
	{"400 for referrers", "referrers-400", ""},
	{"403 for referrers", "referrers-403", ""},
	{"405 for referrers", "referrers-405", ""},
	{"501 for referrers", "referrers-501", ""},
	{"no artifacts", "no-artifacts-400", "accepts the image but rejects its referrers (text/about): 127.0.0.1"},
	{"no artifacts, 415", "no-artifacts-415", "accepts the image but rejects its referrers"},
	{"no artifacts, 403", "no-artifacts-403", "accepts the image but rejects its referrers"},
	{"no subject", "no-subject", "accepts the image but rejects its referrers"},
	{"no empty config", "no-empty-config", "accepts the image but rejects its referrers"},
	{"no index under the fallback tag", "no-fallback-tag", "accepts the image but rejects its referrers"},
}

func moodsOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// TestRegistryMoods pushes an index with referrers to registries of all moods, pushes it again, and pulls it.
func TestRegistryMoods(t *testing.T) {
	from := ocitest.WriteIndexed(t)
	for _, c := range moods {
		t.Run(c.name, func(t *testing.T) {
			r := newMoodyRegistry(t, moodsOf(c.moods)...)
			var warnings []string
			access := func() *registry.Registries {
				return &registry.Registries{Cache: cachetest.Open(t.TempDir()), Warn: func(text string) { warnings = append(warnings, text) }}
			}
			var pushed v1.Descriptor
			for _, time := range []string{"first", "second"} {
				var err error
				if pushed, err = ocitest.CopyTo(t, from, r.ref("x:1"), access()); err != nil {
					t.Fatalf("%s push: %v", time, err)
				}
			}
			if r.tags["1"] != pushed.Digest.String() {
				t.Errorf("the tag is %s, want %s", r.tags["1"], pushed.Digest)
			}
			back := ocitest.LayoutReference(filepath.Join(t.TempDir(), "back"), "v1")
			if got, err := ocitest.CopyTo(t, r.ref("x:1"), back, access()); err != nil || got.Digest != pushed.Digest {
				t.Errorf("pull: %v, %v", got.Digest, err)
			}
			if r.leaked && !r.is("other-port-wants-login") && !r.is("other-port") {
				t.Error("the login went to another host")
			}
			isWarned := slices.ContainsFunc(warnings, func(text string) bool { return c.warns != "" && strings.Contains(text, c.warns) })
			if isWarned != (c.warns != "") || c.warns == "" && len(warnings) > 0 {
				t.Errorf("warnings: %q, want %q", warnings, c.warns)
			}
		})
	}
}

// TestRegistryMoodsOfPeers: where crane's library or skopeo pushes an image, so do we. It also shows that the moods are
// those of registries that others work with.
func TestRegistryMoodsOfPeers(t *testing.T) {
	dir := ocitest.ForeignLayout(t, map[string]ggcr.Image{"v1": ocitest.OciImage(t, "linux/amd64")})
	image := ocitest.OciImage(t, "linux/amd64")
	skopeo, _ := exec.LookPath("skopeo")
	for _, c := range moods {
		t.Run(c.name, func(t *testing.T) {
			results := map[string]error{}
			r := newMoodyRegistry(t, moodsOf(c.moods)...)
			name, err := ggcrname.ParseReference(r.ref("x:1").Name)
			if err != nil {
				t.Fatal(err)
			}
			results["crane"] = remote.Write(name, image, remote.WithRetryStatusCodes())
			if skopeo != "" {
				r = newMoodyRegistry(t, moodsOf(c.moods)...)
				results["skopeo"] = exec.Command(skopeo, "--insecure-policy", "copy", "--dest-tls-verify=false", "oci:"+dir+":v1", r.ref("x:1").String()).Run()
			}
			r = newMoodyRegistry(t, moodsOf(c.moods)...)
			_, own := ocitest.CopyTo(t, ocitest.LayoutReference(dir, "v1"), r.ref("x:1"), &registry.Registries{})
			for peer, err := range results {
				t.Logf("%s: %v", peer, err)
				if err == nil && own != nil {
					t.Errorf("%s pushes, but we do not: %v", peer, own)
				}
			}
		})
	}
}

// TestManifestsUnderTagsAlone: an image of one platform needs no manifest under its digest.
func TestManifestsUnderTagsAlone(t *testing.T) {
	r := newMoodyRegistry(t, "tags-alone")
	from := ocitest.LayoutReference(ocitest.ForeignLayout(t, map[string]ggcr.Image{"v1": ocitest.OciImage(t, "linux/amd64")}), "v1")
	if _, err := ocitest.CopyTo(t, from, r.ref("x:1"), &registry.Registries{}); err != nil {
		t.Error(err)
	}
	if _, err := ocitest.CopyTo(t, ocitest.WriteIndexed(t), r.ref("x:2"), &registry.Registries{}); err == nil ||
		!strings.Contains(err.Error(), "answers 405 Method Not Allowed") {
		t.Errorf("an index: %v", err)
	}
}

// TestImmutableTag: an image that has the tag already is pushed again without a word; another one is not.
func TestImmutableTag(t *testing.T) {
	for _, mood := range []string{"immutable", "immutable,no-digest", "immutable,immutable-digests", "immutable,no-length"} {
		r := newMoodyRegistry(t, moodsOf(mood)...)
		from := ocitest.LayoutReference(
			ocitest.ForeignLayout(t, map[string]ggcr.Image{"v1": ocitest.OciImage(t, "linux/amd64"), "v2": ocitest.OciImage(t, "linux/arm64")}), "v1")
		for range 2 {
			if _, err := ocitest.CopyTo(t, from, r.ref("x:1"), &registry.Registries{}); err != nil {
				t.Fatalf("%s: %v", mood, err)
			}
		}
		if n := r.requests("PUT /v2/x/manifests/1"); mood == "immutable" && n != 1 {
			t.Errorf("the tag was put %d times", n)
		}
		from.Name = "v2"
		_, err := ocitest.CopyTo(t, from, r.ref("x:1"), &registry.Registries{})
		if err == nil || !strings.Contains(err.Error(), "answers 400 Bad Request (no)") {
			t.Errorf("%s, another image: %v", mood, err)
		}
	}
}

// TestRegistryBase: an image of a registry that serves manifests as files is a base, for a platform of its index.
func TestRegistryBase(t *testing.T) {
	r := newMoodyRegistry(t, "type application/json", "no-digest", "no-length")
	if _, err := ocitest.CopyTo(t, ocitest.WriteIndexed(t), r.ref("x:1"), &registry.Registries{}); err != nil {
		t.Fatal(err)
	}
	base, err := transport.OpenBase(t.Context(), r.ref("x:1"), oci.Platform{OS: "linux", Architecture: "arm64"},
		transport.Options{Registries: &registry.Registries{}})
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	if base.Platform.Architecture != "arm64" {
		t.Errorf("got %s", base.Platform)
	}
}
