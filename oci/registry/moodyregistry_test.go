package registry_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
)

// A moodyRegistry is a registry in memory that departs from the distribution-spec in the ways that its moods name, as
// real ones do. Second is its other name, under which it takes uploads or serves storage.
type moodyRegistry struct {
	*httptest.Server
	second *httptest.Server
	moods  []string

	mu        sync.Mutex
	blobs     map[string][]byte
	manifests map[string]storedManifest // by digest
	tags      map[string]string
	parts     map[string][]byte // uploads that are not finished
	log       []string          // METHOD path
	leaked    bool              // a login came to the other name
}

type storedManifest struct {
	data      []byte
	mediaType string
}

func newMoodyRegistry(t testing.TB, moods ...string) *moodyRegistry {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, home)
	}
	t.Setenv("REGISTRY_AUTH_FILE", filepath.Join(home, "auth.json"))
	r := &moodyRegistry{
		moods: moods, blobs: map[string][]byte{}, manifests: map[string]storedManifest{}, tags: map[string]string{}, parts: map[string][]byte{},
	}
	quiet := log.New(io.Discard, "", 0)
	r.second = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) { r.serve(w, request, true) }))
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) { r.serve(w, request, false) }))
	r.Config.ErrorLog, r.second.Config.ErrorLog = quiet, quiet
	r.second.Start()
	r.Server.Start()
	t.Cleanup(r.Close)
	t.Cleanup(r.second.Close)
	return r
}

func (r *moodyRegistry) ref(name string) oci.Reference {
	return oci.Reference{Transport: oci.TransportRegistry, Name: strings.TrimPrefix(r.URL, "http://") + "/" + name}
}

func (r *moodyRegistry) is(mood string) bool { return slices.Contains(r.moods, mood) }

// status returns the number in the mood PREFIX-NUMBER.
func (r *moodyRegistry) status(prefix string, usual int) int {
	for _, mood := range r.moods {
		var n int
		if _, err := fmt.Sscanf(mood, prefix+"-%d", &n); err == nil {
			return n
		}
	}
	return usual
}

func (r *moodyRegistry) requests(part string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, line := range r.log {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

var moodyPath = regexp.MustCompile(`^/v2/(.+?)/(blobs/uploads|blobs|manifests|referrers)/?(.*)$`)

func (r *moodyRegistry) serve(w http.ResponseWriter, request *http.Request, isSecond bool) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, request.Method+" "+request.URL.RequestURI())
	if request.URL.Path == "/token" {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"token":"T"}`)
		return
	}
	if isSecond && request.Header.Get("Authorization") != "" {
		r.leaked = true
	}
	if (!isSecond || r.is("other-port-wants-login")) && !r.admits(w, request) {
		return
	}
	if request.URL.Path == "/v2/" || request.URL.Path == "/v2" {
		return
	}
	if strings.HasPrefix(request.URL.Path, "/storage/") {
		r.store(w, request)
		return
	}
	m := moodyPath.FindStringSubmatch(request.URL.Path)
	switch {
	case m == nil:
		fail(w, http.StatusNotFound, "NOT_FOUND")
	case m[2] == "referrers":
		fail(w, r.status("referrers", http.StatusNotFound), "NOT_FOUND")
	case m[2] == "blobs":
		r.blob(w, request, m[3])
	case m[2] == "blobs/uploads":
		r.upload(w, request, m[3], body)
	case request.Method == http.MethodPut:
		r.putManifest(w, request, m[3], body)
	default:
		r.manifest(w, request, m[3])
	}
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"no"}]}`, code)
}

// admits answers a request without a login, if the registry wants one.
func (r *moodyRegistry) admits(w http.ResponseWriter, request *http.Request) bool {
	given := request.Header.Get("Authorization")
	bearer := fmt.Sprintf(`Bearer realm="%s/token",service="s",scope="repository:x:pull,push"`, r.URL)
	isPing := strings.TrimSuffix(request.URL.Path, "/") == "/v2"
	challenges := []string{bearer}
	switch {
	case r.is("basic"):
		if given == "Basic dTpw" { // u:p
			return true
		}
		challenges = []string{`Basic realm="r"`}
	case !r.is("token") || given == "Bearer T":
		return true
	}
	switch {
	case r.is("negotiate-first"):
		challenges = append([]string{"Negotiate", "NTLM TlRMTVNTUAAC=="}, challenges...)
	case r.is("basic-first"):
		challenges = append([]string{`Basic realm="r"`}, challenges...)
	case r.is("one-header"):
		challenges = []string{`Negotiate, Basic realm="a, b", ` + bearer}
	case r.is("odd-case"):
		challenges = []string{strings.NewReplacer("Bearer realm", "bEARER   Realm", "service", "SERVICE").Replace(bearer)}
	case r.is("spaces"):
		challenges = []string{strings.NewReplacer(`",`, `" , `, "realm=", "realm = ").Replace(bearer)}
	}
	if r.is("challenge-at-ping") && !isPing {
		challenges = nil
	}
	for _, c := range challenges {
		w.Header().Add("WWW-Authenticate", c)
	}
	if r.is("hides") && !isPing {
		w.Header().Del("WWW-Authenticate")
		fail(w, http.StatusNotFound, "NAME_UNKNOWN")
		return false
	}
	fail(w, http.StatusUnauthorized, "UNAUTHORIZED")
	return false
}

func (r *moodyRegistry) blob(w http.ResponseWriter, request *http.Request, dgst string) {
	data, ok := r.blobs[dgst]
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "BLOB_UNKNOWN")
	case r.is("blob-redirect"):
		http.Redirect(w, request, r.second.URL+"/storage/"+dgst, http.StatusTemporaryRedirect)
	case request.Method == http.MethodHead && r.is("no-length"):
		w.Header().Set("Transfer-Encoding", "chunked")
		w.(http.Flusher).Flush()
	default:
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data)
	}
}

// store serves what other URLs redirect to, signed for GET.
func (r *moodyRegistry) store(w http.ResponseWriter, request *http.Request) {
	name := strings.TrimPrefix(request.URL.Path, "/storage/")
	if request.Method != http.MethodGet {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if manifest, ok := r.manifests[name]; ok {
		w.Header().Set("Content-Type", manifest.mediaType)
		w.Write(manifest.data)
		return
	}
	w.Write(r.blobs[name])
}

func (r *moodyRegistry) upload(w http.ResponseWriter, request *http.Request, id string, body []byte) {
	here := r.URL
	switch {
	case r.is("other-port"), r.is("other-port-wants-login"):
		here = r.second.URL
	case r.is("other-name"):
		here = strings.Replace(r.URL, "127.0.0.1", "localhost", 1)
	case r.is("relative"):
		here = ""
	}
	at := here + strings.TrimSuffix(request.URL.Path, "/")
	switch request.Method {
	case http.MethodPost:
		id = fmt.Sprint(len(r.log))
		r.parts[id] = nil
		at += "/" + id
		if r.is("state") {
			at += "?_state=a%2Fb%3D%3D"
		}
		w.Header().Set("Location", at)
		w.WriteHeader(r.status("begin", http.StatusAccepted))
	case http.MethodPatch:
		if r.is("no-patch") {
			fail(w, http.StatusMethodNotAllowed, "UNSUPPORTED")
			return
		}
		r.parts[id] = append(r.parts[id], body...)
		w.Header().Set("Location", at)
		w.Header().Set("Range", fmt.Sprintf("0-%d", len(r.parts[id])-1))
		w.WriteHeader(r.status("patch", http.StatusAccepted))
	case http.MethodPut:
		if len(body) > 0 && r.status("monolithic", 0) != 0 {
			fail(w, r.status("monolithic", 0), "UNSUPPORTED")
			return
		}
		data := append(r.parts[id], body...)
		dgst := request.URL.Query().Get("digest")
		if digest.FromBytes(data).String() != dgst {
			fail(w, http.StatusBadRequest, "DIGEST_INVALID")
			return
		}
		r.blobs[dgst] = data
		w.WriteHeader(r.status("stored", http.StatusCreated))
	}
}

func (r *moodyRegistry) putManifest(w http.ResponseWriter, request *http.Request, reference string, body []byte) {
	var manifest struct {
		ArtifactType string
		Config       v1.Descriptor
		Subject      *v1.Descriptor
	}
	if err := json.Unmarshal(body, &manifest); err != nil {
		fail(w, http.StatusBadRequest, "MANIFEST_INVALID")
		return
	}
	dgst := digest.FromBytes(body).String()
	isTag := !strings.HasPrefix(reference, "sha256:")
	switch {
	case manifest.ArtifactType != "" && r.status("no-artifacts", 0) != 0:
		fail(w, r.status("no-artifacts", 0), "MANIFEST_INVALID")
	case manifest.Subject != nil && r.is("no-subject"),
		manifest.Config.MediaType == v1.MediaTypeEmptyJSON && r.is("no-empty-config"),
		strings.HasPrefix(reference, "sha256-") && r.is("no-fallback-tag"):
		fail(w, http.StatusBadRequest, "MANIFEST_INVALID")
	case isTag && r.is("immutable") && r.tags[reference] != "":
		fail(w, http.StatusBadRequest, "TAG_INVALID")
	case !isTag && r.is("immutable-digests") && r.manifests[dgst].data != nil:
		fail(w, http.StatusConflict, "MANIFEST_EXISTS")
	case !isTag && r.is("tags-alone"):
		fail(w, http.StatusMethodNotAllowed, "UNSUPPORTED")
	default:
		r.manifests[dgst] = storedManifest{body, request.Header.Get("Content-Type")}
		if isTag {
			r.tags[reference] = dgst
		}
		if r.is("odd-digest") {
			w.Header().Set("Docker-Content-Digest", "unknown")
		} else if !r.is("no-digest") {
			w.Header().Set("Docker-Content-Digest", dgst)
		}
		w.WriteHeader(r.status("manifest", http.StatusCreated))
	}
}

func (r *moodyRegistry) manifest(w http.ResponseWriter, request *http.Request, reference string) {
	dgst := reference
	if known, ok := r.tags[reference]; ok {
		dgst = known
	}
	manifest, ok := r.manifests[dgst]
	if !ok {
		fail(w, http.StatusNotFound, "MANIFEST_UNKNOWN")
		return
	}
	switch {
	case r.is("manifest-redirect"):
		http.Redirect(w, request, r.URL+"/storage/"+dgst, http.StatusTemporaryRedirect)
		return
	case r.is("manifest-redirect-away"):
		http.Redirect(w, request, r.second.URL+"/storage/"+dgst, http.StatusTemporaryRedirect)
		return
	}
	mediaType := manifest.mediaType
	for _, mood := range r.moods {
		if text, ok := strings.CutPrefix(mood, "type "); ok {
			mediaType = text
		}
	}
	w.Header().Set("Content-Type", mediaType)
	switch {
	case r.is("odd-digest"):
		w.Header().Set("Docker-Content-Digest", "unknown")
	case !r.is("no-digest"):
		w.Header().Set("Docker-Content-Digest", dgst)
	}
	if r.is("no-length") {
		w.(http.Flusher).Flush()
	} else {
		w.Header().Set("Content-Length", fmt.Sprint(len(manifest.data)))
	}
	w.Write(manifest.data)
}
