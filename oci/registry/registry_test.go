package registry_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	orasoci "oras.land/oras-go/v2/content/oci"
	orasregistry "oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// testRegistry is a registry in memory whose answers can be replaced, and that remembers what it was asked.
type testRegistry struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // METHOD /path?query
	// fault answers a request in place of the registry if it returns true.
	fault func(w http.ResponseWriter, r *http.Request) bool
}

func newTestRegistry(t testing.TB, start func(http.Handler) *httptest.Server, options ...ggcrregistry.Option) *testRegistry {
	t.Helper()
	// Nobody's settings but the test's.
	home := t.TempDir()
	for _, name := range []string{"HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, home)
	}
	t.Setenv("REGISTRY_AUTH_FILE", filepath.Join(home, "auth.json"))
	r := new(testRegistry)
	inside := ggcrregistry.New(append(options, ggcrregistry.Logger(log.New(io.Discard, "", 0)))...)
	r.Server = start(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		r.asked = append(r.asked, request.Method+" "+request.URL.String())
		fault := r.fault
		r.mu.Unlock()
		if fault == nil || !fault(w, request) {
			inside.ServeHTTP(w, request)
		}
	}))
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(r.Close)
	return r
}

func (r *testRegistry) host() string {
	_, host, _ := strings.Cut(r.URL, "://")
	return host
}

// ref names an image in the registry.
func (r *testRegistry) ref(name string) oci.Reference {
	return oci.Reference{Transport: oci.TransportRegistry, Name: r.host() + "/" + name}
}

// setFault sets what answers in the registry's place from now on; nil for nothing.
func (r *testRegistry) setFault(fault func(w http.ResponseWriter, r *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = fault
}

// last is the request that came last.
func (r *testRegistry) last() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[len(r.asked)-1]
}

// count returns how many requests there were with that method and that in their URL, and forgets nothing.
func (r *testRegistry) count(method, part string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, a := range r.asked {
		if strings.HasPrefix(a, method+" ") && strings.Contains(a, part) {
			n++
		}
	}
	return n
}

func (r *testRegistry) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = nil
}

// put has the registry have an image, without any of our code.
func (r *testRegistry) put(t testing.TB, name string, image ggcr.Image) {
	t.Helper()
	repository, tag, _ := strings.Cut(name, ":")
	send := func(path, mediaType string, content []byte) {
		t.Helper()
		request, err := http.NewRequest(http.MethodPut, r.URL+"/v2/"+repository+path, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", mediaType)
		response, err := r.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %s", path, response.Status)
		}
	}
	blob := func(content []byte) {
		t.Helper()
		send("/blobs/uploads/1?digest="+imagedoc.Describe("", content).Digest.String(), "application/octet-stream", content)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		content, err := layer.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		blob(data)
	}
	config, err := image.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	blob(config)
	manifest, err := image.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	send("/manifests/"+tag, v1.MediaTypeImageManifest, manifest)
	r.forget()
}

// keepApart makes a registry of the one in memory whose repositories do not share blobs, but by mounting them.
func (r *testRegistry) keepApart() {
	has := make(map[string]bool) // repository@digest
	uploaded := regexp.MustCompile(`^/v2/(.+)/blobs/uploads/`)
	asked := regexp.MustCompile(`^/v2/(.+)/blobs/(sha256:.+)$`)
	r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		q := request.URL.Query()
		if m := uploaded.FindStringSubmatch(request.URL.Path); m != nil {
			if request.Method == http.MethodPut {
				has[m[1]+"@"+q.Get("digest")] = true
			}
			if request.Method == http.MethodPost && has[q.Get("from")+"@"+q.Get("mount")] {
				has[m[1]+"@"+q.Get("mount")] = true
				w.Header().Set("Docker-Content-Digest", q.Get("mount"))
				w.WriteHeader(http.StatusCreated)
				return true
			}
			return false
		}
		if m := asked.FindStringSubmatch(request.URL.Path); m != nil && !has[m[1]+"@"+m[2]] {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	})
}

// TestRegistryRoundTrip pushes an index with referrers, with and without the API for these, and pulls it again: all
// is there, byte for byte, and others find it.
func TestRegistryRoundTrip(t *testing.T) {
	from := ocitest.WriteIndexed(t)
	for _, hasAPI := range []bool{false, true} {
		r := newTestRegistry(t, httptest.NewServer, ggcrregistry.WithReferrersSupport(hasAPI))
		directory := cachetest.Open(t.TempDir())
		desc, err := ocitest.CopyTo(t, from, r.ref("a/b:1"), &registry.Registries{Cache: directory})
		if err != nil {
			t.Fatal(err)
		}
		if last := r.last(); last != "PUT /v2/a/b/manifests/1" {
			t.Errorf("the last request is %s, want the tag", last)
		}
		for _, name := range []string{"a/b:1", "a/b@" + desc.Digest.String(), "a/b:9@" + desc.Digest.String()} {
			back := ocitest.LayoutReference(filepath.Join(t.TempDir(), "back"), "both")
			if got, err := ocitest.CopyTo(t, r.ref(name), back, &registry.Registries{}); err != nil || got.Digest != desc.Digest {
				t.Errorf("%s: %v, %v", name, got.Digest, err)
				continue
			}
			if want, got := readDirectory(t, from.Path), readDirectory(t, back.Path); !equalBlobs(want, got) {
				t.Errorf("%s: other blobs than those that were pushed", name)
			}
			store, err := transport.OpenStore(t.Context(), back, nil)
			if err != nil {
				t.Fatal(err)
			}
			images, err := ocitest.Images(t.Context(), store, "both")
			if err != nil || len(images) != 2 {
				t.Fatalf("%d images, %v", len(images), err)
			}
			for _, image := range images {
				about, err := ocitest.Referrers(t.Context(), store, image.Manifest.Digest, "text/about")
				if err != nil || len(about) != 1 || string(about[0].Data) != "about "+image.Platform.String() {
					t.Errorf("%s: referrers %v, %v", name, about, err)
				}
			}
		}
		store, err := transport.OpenStore(t.Context(), r.ref("a/b:1"), &registry.Registries{Cache: directory})
		if err != nil {
			t.Fatal(err)
		}
		images, err := ocitest.Images(t.Context(), store, r.ref("a/b:1").Name)
		if err != nil || len(images) != 2 {
			t.Fatal(images, err)
		}
		about, err := ocitest.Referrers(t.Context(), store, images[1].Manifest.Digest, "text/about")
		if err != nil || len(about) != 1 || string(about[0].Data) != "about linux/arm64" {
			t.Errorf("in the registry, referrers API %v: %v, %v", hasAPI, about, err)
		}

		// A registry without the API that says so in its own way.
		if !hasAPI {
			for _, status := range []int{http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotImplemented} {
				r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
					isAsked := strings.Contains(request.URL.Path, "/referrers/")
					if isAsked {
						w.WriteHeader(status)
					}
					return isAsked
				})
				fresh, err := transport.OpenStore(t.Context(), r.ref("a/b:1"), &registry.Registries{Cache: directory})
				if err != nil {
					t.Fatal(err)
				}
				if about, err := ocitest.Referrers(t.Context(), fresh, images[1].Manifest.Digest, "text/about"); err != nil || len(about) != 1 {
					t.Errorf("referrers API answers %d: %v, %v", status, about, err)
				}
				if _, err := ocitest.CopyTo(t, from, r.ref(fmt.Sprintf("c/d%d:1", status)), &registry.Registries{Cache: directory}); err != nil {
					t.Errorf("referrers API answers %d: push: %v", status, err)
				} else if !r.hasTag(fmt.Sprintf("c/d%d", status), strings.Replace(images[1].Manifest.Digest.String(), ":", "-", 1)) {
					t.Errorf("referrers API answers %d: the tag that stands in for it is not there", status)
				}
			}
			r.setFault(nil)
		}

		// Another reader of the registry, and of the layout, finds the document.
		listed, err := oci.ListReferrers(t.Context(), store, images[1].Manifest.Digest, "")
		if err != nil || len(listed) != 1 || listed[0].Document.Digest != digest.FromString("about linux/arm64") {
			t.Fatal(listed, err)
		}
		repository, err := remote.NewRepository(r.host() + "/a/b")
		if err != nil {
			t.Fatal(err)
		}
		repository.PlainHTTP = true
		layout, err := orasoci.NewFromFS(t.Context(), os.DirFS(from.Path))
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []content.ReadOnlyGraphStorage{repository, layout} {
			found, err := orasregistry.Referrers(t.Context(), other, images[1].Manifest, "")
			if err != nil || len(found) != len(listed) ||
				!slices.ContainsFunc(found, func(d v1.Descriptor) bool { return d.Digest == listed[0].Manifest.Digest }) {
				t.Errorf("%T, referrers API %v: found %v, %v; want %v", other, hasAPI, found, err, listed)
			}
		}
	}
}

// TestRegistrySendsWhatIsNew: what the registry has is not sent again, what another of its repositories has is mounted, and
// not even read.
func TestRegistrySendsWhatIsNew(t *testing.T) {
	r := newTestRegistry(t, httptest.NewServer)
	r.keepApart()
	r.put(t, "base/image:1", ocitest.OciImage(t, "linux/amd64"))
	registries := &registry.Registries{Cache: cachetest.Open(t.TempDir())}
	build := func(to oci.Reference) {
		t.Helper()
		ctx := t.Context()
		base, err := transport.OpenBase(ctx, r.ref("base/image:1"), oci.Platform{}, transport.Options{Registries: registries})
		if err != nil {
			t.Fatal(err)
		}
		defer base.Close()
		d, err := transport.Create(ctx, to, transport.Options{Registries: registries})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abort()
		added, diffID := ocitest.AddLayer(t, d, "added")
		image, err := base.Compose(oci.ComposeOptions{Layer: oci.AddedLayer{Descriptor: added, DiffID: diffID}})
		if err == nil {
			err = d.WriteImage(ctx, base, image)
		}
		if err == nil {
			err = d.Commit(ctx, image.ManifestDescriptor)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, fetched, mounted, uploaded int) {
		t.Helper()
		got := fmt.Sprint(r.count("GET", "/blobs/"), r.count("POST", "mount="), r.count("PUT", "/blobs/"))
		if want := fmt.Sprint(fetched, mounted, uploaded); got != want {
			t.Errorf("%s: blobs fetched, mounted, uploaded: %s, want %s\n%s", what, got, want, strings.Join(r.asked, "\n"))
		}
		r.forget()
	}
	build(r.ref("new/image:1"))
	check("to a new repository", 1, 2, 2) // the base's config; its layers; new layer and config
	build(r.ref("new/image:2"))
	check("again", 0, 0, 0)
	build(r.ref("base/image:2"))
	check("to the base's repository", 0, 0, 2)

	layout := ocitest.LayoutReference(filepath.Join(t.TempDir(), "layout"), "x")
	build(layout)
	check("to a layout", 2, 0, 0) // layers
	build(ocitest.LayoutReference(filepath.Join(t.TempDir(), "layout"), "x"))
	check("to another layout", 0, 0, 0)
	if _, err := ocitest.CopyTo(t, layout, r.ref("third/image:1"), registries); err != nil {
		t.Fatal(err)
	}
	// The image says what it was built on; there the registry has all of it by now.
	check("from the layout", 0, 4, 0)
}

// TestRegistryOffline: an image that was pulled once needs no network again, by tag and by digest.
func TestRegistryOffline(t *testing.T) {
	r := newTestRegistry(t, httptest.NewServer)
	r.put(t, "base:1", ocitest.OciImage(t, "linux/amd64"))
	dir := t.TempDir()
	read := func(ref oci.Reference, offline bool) (string, error) {
		base, err := transport.OpenBase(t.Context(), ref, oci.Platform{},
			transport.Options{Registries: &registry.Registries{Cache: cachetest.Open(dir), Offline: offline}})
		if err != nil {
			return "", err
		}
		defer base.Close()
		tr := tree.New()
		for _, layer := range base.Layers {
			if err := layer.ReadInto(t.Context(), tr); err != nil {
				return "", err
			}
		}
		return base.Manifest.Digest.String(), nil
	}
	want := "open " + r.ref("base:1").String() + ": not in the cache, and --offline forbids fetching it: build once without --offline"
	if _, err := read(r.ref("base:1"), true); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	dgst, err := read(r.ref("base:1"), false)
	if err != nil {
		t.Fatal(err)
	}
	byDigest := r.ref("base@" + dgst)
	if _, err := read(byDigest, false); err != nil {
		t.Fatal(err)
	}
	r.Close()
	for _, ref := range []oci.Reference{r.ref("base:1"), byDigest} {
		if got, err := read(ref, true); err != nil || got != dgst {
			t.Errorf("%s: %s, %v", ref, got, err)
		}
	}
	if _, err := read(byDigest, false); err != nil {
		t.Errorf("the content of a digest never changes, but the registry was asked for it: %v", err)
	}
	// Damage is found, and cannot be mended offline.
	for _, file := range glob(t, dir, "pulled/*") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := read(byDigest, true); err == nil || !strings.Contains(err.Error(), "build once without --offline") {
		t.Errorf("damaged: %v", err)
	}
}

func glob(t testing.TB, dir, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	return files
}

// TestRegistryFaults has a server that fails in each way, once or always.
func TestRegistryFaults(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"errors":[{"code":"X","message":"says\nthe server"}]}`)
		}
	}
	send := func(size, announced int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(announced))
			w.Write(make([]byte, size))
			if size < announced {
				panic(http.ErrAbortHandler)
			}
		}
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	isLayer := func(r *http.Request) bool { return r.Method == "GET" && strings.Contains(r.URL.Path, "/blobs/") }
	IsManifest := func(r *http.Request) bool { return r.Method == "GET" && strings.Contains(r.URL.Path, "/manifests/") }
	isUpload := func(r *http.Request) bool { return r.Method == "PUT" && strings.Contains(r.URL.Path, "/blobs/") }
	isTag := func(r *http.Request) bool {
		return r.Method == "PUT" && strings.HasSuffix(r.URL.Path, "/manifests/new")
	}
	type testCase struct {
		name   string
		push   bool // rather than pull
		hits   func(*http.Request) bool
		times  int // 0: always
		answer http.HandlerFunc
		want   string // in the error and, behind "|", its hint; "" for none
	}
	for _, test := range []testCase{
		{"500 once", false, isLayer, 1, status(500), ""},
		{"503 with a date", false, IsManifest, 1, status(503, "Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT"), ""},
		{"429 twice", false, IsManifest, 2, status(429, "Retry-After", "0"), ""},
		{"429 for an hour", false, IsManifest, 0, status(429, "Retry-After", "3600"),
			"HOST answers 429 Too Many Requests (says the server)|try again later, or log in for a higher limit"},
		{"manifest 401", false, IsManifest, 0, status(401),
			"HOST answers 401 Unauthorized (says the server)|log in: podman login HOST or docker login HOST"},
		{"manifest 403", false, IsManifest, 0, status(403),
			"HOST answers 403 Forbidden (says the server)|log in as a user who may do this in base: podman login HOST or docker login HOST"},
		{"manifest 404", false, IsManifest, 0, status(404), "HOST has no 1 in base"},
		{"blob 404", false, isLayer, 0, status(404), "HOST has no blob sha256:"},
		{"manifest is another", false, IsManifest, 0, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", v1.MediaTypeImageManifest)
			w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
			io.WriteString(w, "{}")
		}, "sha256:0000"},
		{"manifest without end", false, IsManifest, 0, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", v1.MediaTypeImageManifest)
			for range 32 {
				w.Write(make([]byte, 1<<20))
			}
		}, "HOST"},
		{"blob cut once", false, isLayer, 1, send(10, 100), ""},
		{"blob is another", false, isLayer, 0, nil, "content does not match the digest"},
		{"blob of another length", false, isLayer, 0, send(5000, 5000), "mismatch Content-Length"},
		{"connection cut once", false, isLayer, 1, cut, ""},
		{"upload cut once", true, isUpload, 1, cut, ""},
		{"upload 500 once", true, isUpload, 1, status(500), ""},
		{"upload 403", true, isUpload, 0, status(403), "HOST answers 403 Forbidden (says the server)|log in as a user who may do this in out: podman login HOST or docker login HOST"},
		{"tag 403", true, isTag, 0, status(403), "HOST answers 403 Forbidden"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newTestRegistry(t, httptest.NewServer)
			from, to := r.ref("base:1"), ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "new")
			if test.push {
				from, to = ocitest.LayoutReference(ocitest.ForeignLayout(t, map[string]ggcr.Image{"x": ocitest.OciImage(t, "linux/arm64")}),
					"x"), r.ref("out:new")
			} else {
				r.put(t, "base:1", ocitest.OciImage(t, "linux/amd64"))
			}
			times := 0
			answer := test.answer
			if answer == nil {
				answer = corrupted(t, r)
			}
			r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
				r.mu.Lock()
				isHit := test.hits(request) && request.Header.Get("X-Again") == "" && (test.times == 0 || times < test.times)
				if isHit {
					times++
				}
				r.mu.Unlock()
				if isHit {
					answer(w, request)
				}
				return isHit
			})
			_, err := ocitest.CopyTo(t, from, to, &registry.Registries{Cache: cachetest.Open(t.TempDir())})
			want := strings.ReplaceAll(test.want, "HOST", r.host())
			if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error()+"|"+hint.Of(err), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("an error of several lines: %q", err)
			}
			r.setFault(nil)
			r.mu.Lock()
			failed := times
			r.mu.Unlock()
			if failed == 0 || failed < test.times {
				t.Errorf("%d requests failed, want %d", failed, test.times)
			}
			if isThere := r.hasTag("out", "new"); test.push && isThere != (err == nil) {
				t.Errorf("the tag is there: %v, error %v", isThere, err)
			}
			if _, failed := os.Stat(to.Path); !test.push && (failed == nil) != (err == nil) {
				t.Errorf("the layout: %v, error %v", failed, err)
			}
		})
	}
}

// hasTag asks the registry itself.
func (r *testRegistry) hasTag(repository, tag string) bool {
	response, err := http.Get(r.URL + "/v2/" + repository + "/manifests/" + tag)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// TestRegistryResume has a server that breaks off in the middle of a blob: what it has sent is not asked for again, if it
// sends parts.
func TestRegistryResume(t *testing.T) {
	for _, test := range []struct {
		name     string
		breaks   int
		isHonest bool // sends the parts that are asked for
		isRanged bool // sends parts at all
		want     string
	}{
		{"once", 1, true, true, ""},
		{"often, with much in between", 12, true, true, ""},
		{"always at once", 1000, true, true, "unexpected EOF"},
		{"no parts after all", 1, true, false, ""},
		{"other bytes", 1, false, true, "content does not match the digest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && test.breaks > 1 {
				t.Skip("takes seconds")
			}
			image, err := random.Image(20<<20, 1)
			if err != nil {
				t.Fatal(err)
			}
			r := newTestRegistry(t, httptest.NewServer)
			r.put(t, "base:1", image)
			layers, err := image.Layers()
			if err != nil {
				t.Fatal(err)
			}
			hash, _ := layers[0].Digest()
			blob, err := layers[0].Compressed()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(blob)
			if err != nil {
				t.Fatal(err)
			}
			isMuch := test.breaks < 1000
			var sent, breaks int
			r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
				if request.Method != "GET" || !strings.HasSuffix(request.URL.Path, "/blobs/"+hash.String()) {
					return false
				}
				from := 0
				part := request.Header.Get("Range")
				if part != "" && test.isRanged {
					if _, err := fmt.Sscanf(part, "bytes=%d-", &from); err != nil {
						t.Errorf("range %q: %v", part, err)
					}
				}
				rest := content[from:]
				if !test.isHonest && from > 0 {
					rest = make([]byte, len(rest))
				}
				r.mu.Lock()
				breaks++
				isBroken := breaks <= test.breaks
				r.mu.Unlock()
				w.Header().Set("Accept-Ranges", "bytes")
				w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
				if from > 0 {
					w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
					w.WriteHeader(http.StatusPartialContent)
				}
				if isBroken {
					rest = rest[:min(len(rest), 1000)]
					if isMuch {
						rest = content[from:min(from+3<<19, len(content))]
					}
				}
				n, _ := w.Write(rest)
				r.mu.Lock()
				sent += n
				r.mu.Unlock()
				if isBroken {
					w.(http.Flusher).Flush()
					panic(http.ErrAbortHandler)
				}
				return true
			})
			_, err = ocitest.CopyTo(t, r.ref("base:1"), ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "x"),
				&registry.Registries{Cache: cachetest.Open(t.TempDir())})
			if (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if test.want == "" && test.isRanged && sent != len(content) {
				t.Errorf("%d bytes were sent of %d", sent, len(content))
			}
		})
	}
}

// TestRegistrySilence has a server that falls silent in the middle of what it sends or takes, once or always.
func TestRegistrySilence(t *testing.T) {
	registry.SetStallTimeout(t, time.Second)
	for _, test := range []struct {
		name, path string
		push       bool
		times      int
	}{
		{"blob, once", "/blobs/", false, 1},
		{"blob, always", "/blobs/", false, transfer.MaxStalls},
		{"manifest, once", "/manifests/", false, 1},
		{"upload, once", "/blobs/uploads/", true, 1},
		{"upload, always", "/blobs/uploads/", true, transfer.MaxStalls},
	} {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && test.times > 1 {
				t.Skip("takes seconds")
			}
			r := newTestRegistry(t, httptest.NewServer)
			from, to := r.ref("base:1"), ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "x")
			if test.push {
				image, err := random.Image(16<<20, 1) // more than the system takes for a server
				if err != nil {
					t.Fatal(err)
				}
				from, to = ocitest.LayoutReference(ocitest.ForeignLayout(t, map[string]ggcr.Image{"x": image}), "x"), r.ref("out:new")
			} else {
				r.put(t, "base:1", ocitest.OciImage(t, "linux/amd64"))
			}
			over := make(chan bool)
			defer close(over)
			times := 0
			r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
				isHit := strings.Contains(request.URL.Path, test.path) && (test.push && request.Method == "PUT" && request.ContentLength > 1<<20 ||
					!test.push && request.Method == "GET")
				r.mu.Lock()
				isHit = isHit && times < test.times
				if isHit {
					times++
				}
				r.mu.Unlock()
				if !isHit {
					return false
				}
				if !test.push {
					w.Header().Set("Content-Type", v1.MediaTypeImageManifest)
					if strings.Contains(request.URL.Path, "/manifests/") {
						w.Header().Set("Docker-Content-Digest", digest.FromString("").String())
					}
					w.Write([]byte("{"))
					w.(http.Flusher).Flush()
				}
				<-over
				panic(http.ErrAbortHandler)
			})
			_, err := ocitest.CopyTo(t, from, to, &registry.Registries{Cache: cachetest.Open(t.TempDir())})
			if isOnce := test.times == 1; isOnce != (err == nil) || !isOnce && !strings.Contains(err.Error(), "nothing for 1s") {
				t.Error(err)
			}
		})
	}
}

// TestRegistryNeverAnswers has a server that takes every request and answers none, as behind a proxy that drops packets.
func TestRegistryNeverAnswers(t *testing.T) {
	registry.SetStallTimeout(t, 50*time.Millisecond)
	r := newTestRegistry(t, httptest.NewServer)
	requests := 0
	r.setFault(func(w http.ResponseWriter, request *http.Request) bool {
		if request.URL.Path == "/v2/" {
			return false // it was there a moment ago
		}
		r.mu.Lock()
		requests++
		r.mu.Unlock()
		<-request.Context().Done()
		panic(http.ErrAbortHandler)
	})
	_, err := ocitest.CopyTo(t, r.ref("base:1"), ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "x"), new(registry.Registries))
	if err == nil || !strings.HasSuffix(err.Error(), ": the server sent nothing for 50ms") || hint.Of(err) == "" {
		t.Errorf("%v (%s)", err, hint.Of(err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if requests != transfer.MaxStalls {
		t.Errorf("%d requests, want %d", requests, transfer.MaxStalls)
	}
}

// corrupted answers with what the registry has, but for one bit.
func corrupted(t *testing.T, r *testRegistry) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		again, err := http.NewRequest(request.Method, r.URL+request.URL.Path, nil)
		if err != nil {
			t.Error(err)
			return
		}
		again.Header.Set("X-Again", "1")
		response, err := http.DefaultClient.Do(again)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || len(body) == 0 {
			t.Errorf("%d bytes, %v", len(body), err)
			return
		}
		body[len(body)/2] ^= 1
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	}
}

const (
	testUser     = "somebody"
	testPassword = "MARKER-f00ba7"
)

// wantAuthorization answers 401 unless the request has what header says.
func wantAuthorization(header, challenge string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == header {
			return false
		}
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
}

// TestRegistryLogin has a registry that wants a password, or a token that is had for one. Neither is ever seen.
func TestRegistryLogin(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(testUser+":"+testPassword))
	for _, kind := range []string{"basic", "token"} {
		for _, file := range []string{"auth.json", "config.json"} {
			for _, isRight := range []bool{true, false} {
				r := newTestRegistry(t, httptest.NewServer)
				r.put(t, "base:1", ocitest.OciImage(t, "linux/amd64"))
				if kind == "basic" {
					r.setFault(wantAuthorization(basic, `Basic realm="here"`))
				} else {
					tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
						if !wantAuthorization(basic, `Basic realm="here"`)(w, request) {
							io.WriteString(w, `{"token":"TOKEN-`+testPassword+`"}`)
						}
					}))
					t.Cleanup(tokens.Close)
					r.setFault(wantAuthorization("Bearer TOKEN-"+testPassword, `Bearer realm="`+tokens.URL+`/token",service="here"`))
				}
				password := testPassword
				if !isRight {
					password += "x"
				}
				login := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, r.host(), base64.StdEncoding.EncodeToString([]byte(testUser+":"+password)))
				if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), file), []byte(login), 0o600); err != nil {
					t.Fatal(err)
				}
				out := filepath.Join(t.TempDir(), "out")
				directory := t.TempDir()
				_, err := ocitest.CopyTo(t, r.ref("base:1"), ocitest.LayoutReference(out, "x"), &registry.Registries{Cache: cachetest.Open(directory)})
				if isRight != (err == nil) {
					t.Errorf("%s, %s, right %v: %v", kind, file, isRight, err)
				}
				if err != nil && (strings.Contains(err.Error(), testPassword) || !strings.Contains(hint.Of(err), "podman login")) {
					t.Errorf("%s: %v", kind, err)
				}
				for name, content := range readDirectory(t, directory) {
					if strings.Contains(string(content), testPassword) {
						t.Errorf("%s: the password is in the cache: %s", kind, name)
					}
				}
				for name, content := range readDirectory(t, out) {
					if strings.Contains(string(content), testPassword) {
						t.Errorf("%s: the password is in the image: %s", kind, name)
					}
				}
			}
		}
	}
}

// TestRegistryTLS has a server whose certificate nobody knows, until it is put where docker and podman have it.
func TestRegistryTLS(t *testing.T) {
	r := newTestRegistry(t, httptest.NewTLSServer)
	r.put(t, "base:1", ocitest.OciImage(t, "linux/amd64"))
	out := ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "x")
	_, err := ocitest.CopyTo(t, r.ref("base:1"), out, &registry.Registries{PlainHTTP: true})
	want := r.host() + ": its certificate is from an unknown authority|put the authority's certificate into /etc/containers/certs.d/" + r.host() +
		"/ca.crt, or set SSL_CERT_FILE to its path"
	if err == nil || err.Error()+"|"+hint.Of(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	dir := filepath.Join(os.Getenv("HOME"), ".config/containers/certs.d", r.host())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), ca, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ocitest.CopyTo(t, r.ref("base:1"), out, nil); err != nil {
		t.Error(err)
	}
}

// readDirectory returns all files below a directory.
func readDirectory(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	if _, err := os.Stat(dir); err != nil {
		return files
	}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// equalBlobs compares the blobs of two layouts.
func equalBlobs(a, b map[string][]byte) bool {
	names := func(m map[string][]byte) []string {
		var list []string
		for name := range m {
			if strings.HasPrefix(name, "blobs") {
				list = append(list, name)
			}
		}
		slices.Sort(list)
		return list
	}
	for _, name := range names(a) {
		if string(a[name]) != string(b[name]) {
			return false
		}
	}
	return slices.Equal(names(a), names(b))
}

// TestBrokenLogins: who needs no login is not troubled by them.
func TestBrokenLogins(t *testing.T) {
	r := newTestRegistry(t, httptest.NewServer)
	r.put(t, "base:1", ocitest.OciImage(t, "linux/amd64"))
	if err := os.WriteFile(os.Getenv("REGISTRY_AUTH_FILE"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ocitest.CopyTo(t, r.ref("base:1"), ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "x"), &registry.Registries{}); err != nil {
		t.Error(err)
	}
	r.setFault(wantAuthorization("Basic ?", `Basic realm="here"`))
	_, err := ocitest.CopyTo(t, r.ref("base:1"), ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "x"), &registry.Registries{})
	if want := os.Getenv("REGISTRY_AUTH_FILE") + ": unexpected end of JSON input"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestMissingTag: the remedy names tags that there are, those like the missing one first; where there are none, it is another.
func TestMissingTag(t *testing.T) {
	r := newTestRegistry(t, httptest.NewServer)
	for _, tag := range []string{"1.26", "1.27", "latest", "sha256-" + strings.Repeat("0", 64)} { // the last one is of a list of referrers
		r.put(t, "base:"+tag, ocitest.OciImage(t, "linux/amd64"))
	}
	for tag, want := range map[string]string{"lates": "give one of the tags that it has: latest, 1.26, 1.27",
		"nosuch": "give one of the tags that it has: 1.26, 1.27, latest"} {
		_, err := transport.OpenBase(t.Context(), r.ref("base:"+tag), oci.Platform{}, transport.Options{})
		if err == nil || hint.Of(err) != want {
			t.Errorf("%s: %v; %q, want %q", tag, err, hint.Of(err), want)
		}
	}
	for _, name := range []string{"other:1", "base@sha256:" + strings.Repeat("0", 64)} {
		if _, err := transport.OpenBase(t.Context(), r.ref(name), oci.Platform{}, transport.Options{}); err == nil || !strings.HasPrefix(hint.Of(err), "check the name") {
			t.Errorf("%s: %v; %q", name, err, hint.Of(err))
		}
	}
}
