package assemble

import (
	"context"
	"errors"
	"strings"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/sharedcache"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/transport"
)

// ShareOptions say which servers share the cache with other machines: docker://HOST/REPOSITORY[:TAG], or the https:// URL of a server that
// speaks Bazel's remote cache protocol.
type ShareOptions struct {
	// From are servers to read from. Anyone who may write to them decides what images contain, since parts of layers are taken from there as they
	// are. Packages, indexes and bases are verified as if they came from elsewhere.
	From []string

	// To are servers that [Env.Publish] writes to.
	To []string

	// Name identifies what is built, such as the text of the spec: its next build finds at once what this one used. It may be empty.
	Name string

	// Key, if not nil, is a secret of at least 16 bytes. It is written with, and only what was written with it is read, so that
	// the servers need not be trusted.
	Key []byte

	Progress func(SharedProgress) // may be nil; may be called concurrently
}

type (
	// SharedProgress is how far the transfer of one entry has come.
	SharedProgress = sharedcache.Progress
	// SharedStats count the entries that were fetched from servers and sent to them.
	SharedStats = sharedcache.Stats
)

// Share makes servers the second level of the cache, which must be new. The context ends all reading from them. A server that fails is left
// out, with a warning. With an offline client, nothing is shared. The error is that
// a server's name is malformed.
func (e *Env) Share(ctx context.Context, o ShareOptions) error {
	switch {
	case len(o.From)+len(o.To) == 0 || e.Client != nil && e.Client.Offline:
		return nil
	case e.Cache == nil:
		return errors.New("a shared cache needs a cache on this machine")
	case o.Key != nil && len(o.Key) < 16:
		return errors.New("the key of a shared cache needs at least 16 bytes")
	}
	client, registries := repository.NewHTTPClient(), new(registry.Registries)
	if e.Registries != nil {
		registries.PlainHTTP = e.Registries.PlainHTTP
	}
	stores := make(map[string]sharedcache.Store)
	open := func(texts []string) (list []sharedcache.Store, err error) {
		for _, text := range texts {
			name := strings.TrimRight(text, "/")
			if stores[name] == nil {
				if stores[name], err = transport.OpenSharedCache(text, client, registries); err != nil {
					return nil, err
				}
			}
			list = append(list, stores[name])
		}
		return list, nil
	}
	from, err := open(o.From)
	if err != nil {
		return err
	}
	to, err := open(o.To)
	if err != nil {
		return err
	}
	e.shared = sharedcache.New(ctx, sharedcache.Options{Folder: e.Cache, From: from, To: to, Name: o.Name, Key: o.Key, Warn: e.Warn, Progress: o.Progress})
	if e.Client != nil && e.Client.CacheDir == e.Cache.Dir() {
		e.Client.Shared = e.Cache
	}
	return nil
}

// Publish writes what builds have used and made since Share to the servers, as far as they lack it. Failures are warnings. It returns what
// was fetched and sent since Share.
func (e *Env) Publish(ctx context.Context) SharedStats {
	if e.shared == nil {
		return SharedStats{}
	}
	e.shared.Publish(ctx)
	return e.shared.Stats()
}
