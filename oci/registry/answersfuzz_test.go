package registry_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// FuzzAnswers pulls from a registry that answers whatever it likes: an image of which every byte has the digest that a
// manifest gives it, or an error with a text, and no password in it.
func FuzzAnswers(f *testing.F) {
	const config = `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`
	manifest, err := json.Marshal(v1.Manifest{MediaType: v1.MediaTypeImageManifest, Config: imagedoc.Describe(v1.MediaTypeImageConfig, []byte(config)),
		Layers: []v1.Descriptor{}})
	if err != nil {
		f.Fatal(err)
	}
	good := strings.Replace(string(manifest), `"schemaVersion":0`, `"schemaVersion":2`, 1)
	f.Add(uint16(200), v1.MediaTypeImageManifest, digest.FromString(good).String(), "", good, config)
	f.Add(uint16(200), v1.MediaTypeImageIndex, "", `</v2/n/referrers/x?n=1>; rel="next"`,
		`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0","size":-1}]}`, "")
	f.Add(uint16(401), "application/json", "md5:x", `Bearer realm="http://user:s3cretPassw0rd@h/",service="s"`,
		`{"errors":[{"code":"DENIED","message":"\u001b[2J"}]}`, "")
	f.Add(uint16(302), "", "", "http://user:s3cretPassw0rd@127.0.0.1:1/", "", "")
	f.Add(uint16(404), "text/html", "sha256:x", "", "<html>", "")
	f.Fuzz(func(t *testing.T, status uint16, mediaType, dgst, header, document, blob string) {
		if status < 200 || status > 599 || status == 429 || status >= 500 || status == 408 {
			status = 200 // others are tried again, after a while
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := document
			if strings.Contains(r.URL.Path, "/blobs/") {
				body = blob
			}
			for name, value := range map[string]string{"Content-Type": mediaType, "Docker-Content-Digest": dgst, "Link": header, "Location": header,
				"WWW-Authenticate": header} {
				w.Header().Set(name, strings.Map(func(r rune) rune {
					if r < ' ' || r > '~' {
						return -1
					}
					return r
				}, value))
			}
			w.WriteHeader(int(status))
			io.WriteString(w, body)
		}))
		defer server.Close()
		home := t.TempDir()
		for _, name := range []string{"HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"} {
			t.Setenv(name, home)
		}
		t.Setenv("REGISTRY_AUTH_FILE", "")
		// A transfer that breaks off is tried again after a while, which is not what is tested here.
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		ref := oci.Reference{Transport: oci.TransportRegistry, Name: strings.TrimPrefix(server.URL, "http://") + "/n:t"}
		check := func(err error) {
			if err == nil {
				return
			}
			if text := err.Error(); text == "" || strings.Contains(text, "//user:s3cretPassw0rd@") || strings.ContainsAny(text, "\x1b\x00") {
				t.Errorf("error %q", text)
			}
		}
		registries := &registry.Registries{PlainHTTP: true}
		base, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{Registries: registries})
		check(err)
		if err != nil {
			return
		}
		defer base.Close()
		if got := digest.FromBytes(base.RawManifest); base.Manifest.Digest.Algorithm() == digest.SHA256 && got != base.Manifest.Digest {
			t.Errorf("a manifest that is %s is taken for %s", got, base.Manifest.Digest)
		}
		for _, layer := range base.Layers {
			content, err := layer.Open(ctx)
			if err == nil {
				hash := layer.Descriptor.Digest.Verifier()
				if _, err = io.Copy(hash, content); err == nil && !hash.Verified() {
					t.Errorf("layer %s has other bytes", layer.Descriptor.Digest)
				}
				content.Close()
			}
			check(err)
		}
		_, err = oci.ListReferrers(ctx, base.Store(), base.Manifest.Digest, "")
		check(err)
	})
}
