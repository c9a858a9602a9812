package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
)

// vendorHub is a registry in memory that counts what it is sent, and can refuse it. The blobs of its repositories are apart.
type vendorHub struct {
	*httptest.Server
	mu      sync.Mutex
	sent    []string        // "manifest", "blob" and "mount"
	blobs   map[string]bool // by their paths
	refusal int             // status that writes are answered with; 0 for none
}

func newVendorHub(t *testing.T) *vendorHub {
	h := &vendorHub{blobs: make(map[string]bool)}
	inside := ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0)))
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repository, rest, isBlob := strings.Cut(r.URL.Path, "/blobs/")
		query := r.URL.Query()
		h.mu.Lock()
		isMounted := false
		refusal, isElsewhere := h.refusal, r.Method == http.MethodHead && isBlob && !h.blobs[r.URL.Path]
		switch {
		case r.Method == http.MethodPut && !isBlob:
			h.sent = append(h.sent, "manifest")
		case r.Method == http.MethodPut:
			h.sent = append(h.sent, "blob")
			h.blobs[repository+"/blobs/"+query.Get("digest")] = true
		case r.Method == http.MethodPost && rest == "uploads/" && query.Has("mount"):
			if isMounted = h.blobs["/v2/"+query.Get("from")+"/blobs/"+query.Get("mount")]; isMounted {
				h.sent = append(h.sent, "mount")
				h.blobs[repository+"/blobs/"+query.Get("mount")] = true
			}
		}
		h.mu.Unlock()
		if isMounted { // inside, all repositories have the same blobs
			w.Header().Set("Location", repository+"/blobs/"+query.Get("mount"))
			w.WriteHeader(http.StatusCreated)
			return
		}
		if isElsewhere {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if refusal != 0 && r.Method == http.MethodPut {
			w.WriteHeader(refusal)
			fmt.Fprint(w, `{"errors":[{"code":"DENIED","message":"not here"}]}`)
			return
		}
		inside.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// refuse answers writes with a status from now on; 0 ends that.
func (h *vendorHub) refuse(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusal = status
}

func (h *vendorHub) host() string { return strings.TrimPrefix(h.URL, "http://") }

// seen returns how many blobs and manifests were sent, and how many blobs were mounted, and forgets them.
func (h *vendorHub) seen() (blobs, manifests, mounts int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	count := make(map[string]int)
	for _, kind := range h.sent {
		count[kind]++
	}
	h.sent = nil
	return count["blob"], count["manifest"], count["mount"]
}
