package registry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// A lenientTransport lies beneath oras-go, which takes the distribution-spec at its word, and gives it what the spec has
// in place of what registries answer: statuses, headers and challenges that crane and skopeo accept. It leaves content
// alone, whose digests are verified above, and the answers of other hosts (token servers, storage behind redirects).
type lenientTransport struct {
	base http.RoundTripper
	host string // of the API
	warn func(string)

	probing   sync.Once
	challenge string // of /v2/; "" if it has none that is understood

	mu      sync.Mutex
	uploads map[string]*url.URL // Locations on other hosts, by the number that stands for them

	patches atomic.Bool // whether blobs go by PATCH, since the registry refuses them in one PUT
	warned  atomic.Bool
}

var apiPath = regexp.MustCompile(`^/v2/.+/(blobs/uploads|blobs|manifests|referrers)/`)

// uploadParameter stands in a URL on the registry's host for a Location on another one.
const uploadParameter = "lamina-upload"

// RoundTrip implements [http.RoundTripper].
func (t *lenientTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if n := request.URL.Query().Get(uploadParameter); n != "" && request.URL.Host == t.host {
		return t.upload(request, t.uploadAt(n, request.URL.Query().Get("digest")))
	}
	kind := ""
	if m := apiPath.FindStringSubmatch(request.URL.Path + "/"); m != nil {
		kind = m[1]
	}
	if kind == "blobs/uploads" && request.Method == http.MethodPut {
		return t.upload(request, request.URL)
	}
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if request.URL.Host != t.host {
		mendRedirectedHead(request, response)
		return response, nil
	}
	t.mendChallenge(request, response)
	if d := response.Header.Get("Docker-Content-Digest"); d != "" && digest.Digest(d).Validate() != nil {
		response.Header.Del("Docker-Content-Digest")
	}
	switch kind {
	case "blobs/uploads":
		t.mendUpload(request, response)
	case "blobs":
		if request.Method == http.MethodHead && response.ContentLength < 0 {
			response.ContentLength = 0 // the spec's SHOULD; that the blob is there is all that matters
		}
	case "referrers":
		mendReferrers(response)
	case "manifests":
		t.mendManifest(request, response)
	}
	return response, nil
}

// CloseIdleConnections is for [http.Client.CloseIdleConnections].
func (t *lenientTransport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// mendRedirectedHead takes a HEAD of a blob that storage refuses for an answer: the URL that it was redirected to is
// signed for GET alone, and only blobs that are there are redirected.
func mendRedirectedHead(request *http.Request, response *http.Response) {
	isRefused := response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusMethodNotAllowed
	if request.Method == http.MethodHead && request.Response != nil && isRefused {
		response.StatusCode = http.StatusOK
		response.ContentLength = max(0, response.ContentLength)
	}
}

// mendChallenge gives oras-go, which reads one challenge, the one that it can answer: of several, of any letter case, or
// that of /v2/ where the answer itself has none. Some registries hide repositories, with 403 or 404, instead of asking.
func (t *lenientTransport) mendChallenge(request *http.Request, response *http.Response) {
	isAnonymous := request.Header.Get("Authorization") == ""
	isHidden := isAnonymous && (response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusNotFound)
	if response.StatusCode != http.StatusUnauthorized && !isHidden {
		return
	}
	chosen := chooseChallenge(response.Header.Values("WWW-Authenticate"))
	if chosen == "" && isAnonymous {
		t.probing.Do(func() { t.challenge = t.probe(request) })
		chosen = t.challenge
	}
	if chosen == "" || isHidden && !strings.HasPrefix(chosen, "Bearer ") {
		return
	}
	if isHidden {
		response.StatusCode, response.Status = http.StatusUnauthorized, ""
	}
	response.Header.Set("WWW-Authenticate", chosen)
}

// probe asks /v2/ for its challenge, as other clients do first of all.
func (t *lenientTransport) probe(request *http.Request) string {
	ping, err := http.NewRequestWithContext(request.Context(), http.MethodGet, request.URL.Scheme+"://"+t.host+"/v2/", nil)
	if err != nil {
		return ""
	}
	ping.Header.Set("User-Agent", request.Header.Get("User-Agent"))
	response, err := t.base.RoundTrip(ping)
	if err != nil {
		return ""
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		return ""
	}
	return chooseChallenge(response.Header.Values("WWW-Authenticate"))
}

// mendUpload accepts any success for the begin of an upload, and a Location on another host.
func (t *lenientTransport) mendUpload(request *http.Request, response *http.Response) {
	if request.Method != http.MethodPost {
		return
	}
	location, err := response.Location()
	if err != nil {
		return
	}
	if isSuccess(response.StatusCode) && (response.StatusCode != http.StatusCreated || request.URL.Query().Get("mount") == "") {
		response.StatusCode = http.StatusAccepted
	}
	if request.URL.Scheme == "https" && location.Scheme == "http" {
		// A proxy that ends TLS in front of a registry that does not know of it. Requests to another host
		// in the clear are left to oras-go.
		if !strings.EqualFold(location.Hostname(), request.URL.Hostname()) {
			return
		}
		location.Scheme, location.Host = "https", request.URL.Host
		response.Header.Set("Location", location.String())
	}
	if location.Host == request.URL.Host && location.Scheme == request.URL.Scheme {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.uploads == nil {
		t.uploads = make(map[string]*url.URL)
	}
	n := strconv.Itoa(len(t.uploads))
	t.uploads[n] = location
	response.Header.Set("Location", request.URL.Scheme+"://"+request.URL.Host+"/v2/?"+uploadParameter+"="+n)
}

// uploadAt returns where the upload of that number goes.
func (t *lenientTransport) uploadAt(n, dgst string) *url.URL {
	t.mu.Lock()
	defer t.mu.Unlock()
	location := t.uploads[n]
	if location == nil {
		return nil
	}
	return withDigest(location, dgst)
}

func withDigest(location *url.URL, dgst string) *url.URL {
	at := *location
	if at.RawQuery != "" {
		at.RawQuery += "&"
	}
	at.RawQuery += "digest=" + url.QueryEscape(dgst)
	return &at
}

// upload sends a blob to a URL: in one PUT or, for a registry that has refused that, by PATCH and an empty PUT, as other
// clients send it. A refused body is gone, so the caller has to begin again.
func (t *lenientTransport) upload(request *http.Request, at *url.URL) (*http.Response, error) {
	if at == nil {
		request.Body.Close()
		return nil, errors.New("upload was not started")
	}
	put := t.uploadRequest(request, at)
	if !t.patches.Load() || request.ContentLength == 0 {
		response, err := t.base.RoundTrip(put)
		if err != nil {
			return nil, err
		}
		t.mendChallenge(request, response)
		mendStored(response)
		if slices.Contains([]int{400, 404, 405, 411, 415, 501}, response.StatusCode) && request.ContentLength > 0 {
			t.patches.Store(true)
			response.Body.Close()
			err := fmt.Errorf("%s answers %d %s to an upload in one request", t.host, response.StatusCode, http.StatusText(response.StatusCode))
			return nil, transfer.Transient(err, 0)
		}
		return response, nil
	}
	dgst := at.Query().Get("digest")
	patch := t.uploadRequest(request, withoutDigest(at))
	patch.Method = http.MethodPatch
	response, err := t.base.RoundTrip(patch)
	if err != nil || !isSuccess(response.StatusCode) {
		return response, err
	}
	response.Body.Close()
	location, err := response.Location()
	if err != nil {
		location = withoutDigest(at)
	}
	if at.Scheme == "https" && location.Scheme != "https" {
		if !strings.EqualFold(location.Hostname(), at.Hostname()) {
			return nil, fmt.Errorf("blob upload Location %q downgrades scheme from https", location.Host)
		}
		location.Scheme, location.Host = at.Scheme, at.Host
	}
	end := t.uploadRequest(request, withDigest(location, dgst))
	end.Body, end.GetBody, end.ContentLength = http.NoBody, nil, 0
	if response, err = t.base.RoundTrip(end); err == nil {
		mendStored(response)
	}
	return response, err
}

func withoutDigest(location *url.URL) *url.URL {
	at := *location
	q := at.Query()
	q.Del("digest")
	at.RawQuery = q.Encode()
	return &at
}

// uploadRequest returns the request for another URL. The login is sent within the registry's own host, its
// subdomains, and this machine.
func (t *lenientTransport) uploadRequest(request *http.Request, at *url.URL) *http.Request {
	sent := request.Clone(request.Context())
	sent.URL, sent.Host = at, ""
	own, other := (&url.URL{Host: t.host}).Hostname(), at.Hostname()
	if !strings.EqualFold(own, other) && !strings.HasSuffix(strings.ToLower(other), "."+strings.ToLower(own)) && !(isLoopback(t.host) && isLoopback(at.Host)) {
		sent.Header.Del("Authorization")
	}
	return sent
}

// mendStored accepts any success for something that was uploaded.
func mendStored(response *http.Response) {
	if isSuccess(response.StatusCode) {
		response.StatusCode = http.StatusCreated
	}
	if d := response.Header.Get("Docker-Content-Digest"); d != "" && digest.Digest(d).Validate() != nil {
		response.Header.Del("Docker-Content-Digest")
	}
}

// isSuccess reports whether a status is one that registries answer in the place of another: 200, 201, 202 and 204.
func isSuccess(status int) bool { return slices.Contains([]int{200, 201, 202, 204}, status) }

// mendReferrers has a registry without the API for referrers say so: not all do with 404 and no more.
func mendReferrers(response *http.Response) {
	if slices.Contains([]int{400, 403, 404, 405, 406, 415, 501}, response.StatusCode) {
		response.Body.Close()
		response.StatusCode, response.Body, response.ContentLength = http.StatusNotFound, http.NoBody, 0
	}
}

// maxManifest bounds a manifest whose answer must be read to know what it is, in bytes: 16 MiB.
const maxManifest = 16 << 20

// mendManifest gives a manifest its media type and length where the registry leaves them out, and accepts any success of
// an upload. An error in the middle of a manifest is one of its body, so that the request is repeated.
func (t *lenientTransport) mendManifest(request *http.Request, response *http.Response) {
	if request.Method == http.MethodPut {
		mendStored(response)
		return
	}
	if response.StatusCode != http.StatusOK || request.Method != http.MethodGet {
		return
	}
	given := response.Header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(given)
	isKnown := err == nil && !slices.Contains(plainTypes, mediaType)
	if isKnown && response.ContentLength >= 0 {
		return
	}
	data, err := bounded.ReadAll(response.Body, maxManifest)
	response.Body.Close()
	response.Body, response.ContentLength = io.NopCloser(io.MultiReader(bytes.NewReader(data), failingReader{err})), int64(len(data))
	if err != nil {
		response.Header.Set("Docker-Content-Digest", digest.FromBytes(data).String())
	}
	if isKnown {
		return
	}
	found := manifestType(data)
	if found != "" {
		response.Header.Set("Content-Type", found)
	} else if given == "" || err != nil {
		response.Header.Set("Content-Type", "application/octet-stream")
	}
	if found != "" && t.warn != nil && !t.warned.Swap(true) {
		t.warn(fmt.Sprintf("%s serves manifests with Content-Type %q; treating them as %s", t.host, given, found))
	}
}

// A failingReader ends with an error, or without one.
type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, cmp.Or(r.err, io.EOF) }

// plainTypes are what servers give files that they know nothing of.
var plainTypes = []string{"", "application/json", "text/json", "text/plain", "text/html", "application/octet-stream", "binary/octet-stream"}

// manifestType returns the media type of a manifest or index by its own member, or by the members that it has.
func manifestType(data []byte) string {
	var document struct {
		MediaType                 string
		Manifests, Config, Layers json.RawMessage
	}
	switch err := json.Unmarshal(data, &document); {
	case err != nil:
		return ""
	case imagedoc.IsManifest(document.MediaType):
		return document.MediaType
	case document.MediaType != "":
		return ""
	case document.Manifests != nil && document.Config == nil && document.Layers == nil:
		return v1.MediaTypeImageIndex
	case document.Config != nil && document.Layers != nil && document.Manifests == nil:
		return v1.MediaTypeImageManifest
	}
	return ""
}
