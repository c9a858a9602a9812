package transport

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/sharedcache"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/registry"
)

// OpenSharedCache returns the server of a shared cache: docker://HOST/REPOSITORY[:TAG], or https:// or http:// with the URL above /ac/ and
// /cas/. It sends no request. The client is for the latter.
func OpenSharedCache(text string, client *http.Client, registries *registry.Registries) (sharedcache.Store, error) {
	const remedy = "give docker://HOST/REPOSITORY, or the https:// URL of a server that speaks Bazel's remote cache protocol"
	scheme, _, _ := strings.Cut(text, "://")
	var store sharedcache.Store
	var err error
	switch strings.ToLower(scheme) {
	case "http", "https":
		store, err = sharedcache.NewHTTP(text, client)
	case string(oci.TransportRegistry):
		var ref oci.Reference
		if ref, err = oci.ParseReference(text); err == nil {
			store, err = registries.OpenSharedCache(ref.Name)
		}
	default:
		err = fmt.Errorf("%s: neither a registry nor a URL", redact.URL(text))
	}
	if err != nil {
		return nil, hint.Default(fmt.Errorf("shared cache %w", err), remedy)
	}
	return store, nil
}
