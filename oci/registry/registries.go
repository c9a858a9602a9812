package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/retry"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
)

// Registries configures access to registries. The zero value suits most callers; nil is the zero value
// without memory. It may be used concurrently, and remembers the properties of each host.
//
// Users and passwords are those stored by podman login and docker login, credential helpers
// included: $REGISTRY_AUTH_FILE, containers/auth.json in $XDG_RUNTIME_DIR and in ~/.config, and config.json in
// $DOCKER_CONFIG or ~/.docker. They may be for a host and, but for docker's, for a namespace or repository in it. A helper
// is a program that is run if a file names one.
//
// Servers are verified against the system's certificates, those of $SSL_CERT_FILE, and the *.crt files in certs.d/HOST
// below /etc/containers, /etc/docker and ~/.config/containers; *.cert and *.key there are a client's.
// Proxies come from the environment.
type Registries struct {
	// PlainHTTP means to speak http where a host does not speak https. Hosts that are this machine
	// need not be asked for.
	PlainHTTP bool

	// Offline means that nothing but the cache is read.
	Offline bool

	// Cache, if not nil, has blobs that were pulled before, and what tags stood for.
	Cache *cache.Directory

	// Warn, if not nil, gets what a registry could not do and the transfer went on without. It may be called concurrently.
	Warn func(string)

	// Progress, if not nil, is told of blobs that go to or come from a registry. It may be called concurrently and
	// should return soon.
	Progress func(Transfer)

	mu    sync.Mutex
	hosts map[string]*registryHost // by host and login

	reading  sync.Once
	logins   logins
	loginErr error // which matters only where a login is wanted
}

// Transfer is the progress of one blob.
type Transfer = transfer.Progress

// watch counts what is read of a blob that is on its way.
func (r *Registries) watch(blob io.ReadCloser, upload bool, desc v1.Descriptor) io.ReadCloser {
	if r == nil || r.Progress == nil {
		return blob
	}
	return &watchedBlob{blob, r.Progress, Transfer{Upload: upload, Name: desc.Digest.String(), Total: desc.Size}}
}

// watchedBlob tells how far it was read.
type watchedBlob struct {
	io.ReadCloser
	tell func(Transfer)
	Transfer
}

func (b *watchedBlob) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.Done += int64(n)
	b.tell(b.Transfer)
	return n, err
}

// registryHost is what is known of a host.
type registryHost struct {
	once   sync.Once
	client *auth.Client
	plain  bool
	err    error
}

// maxReferrerPages bounds a list that a registry hands out in pages.
const maxReferrerPages = 100

// errOffline says that something is not in the cache.
var errOffline = errors.New("not in the cache, and --offline forbids fetching it: build once without --offline")

// open returns a client for the repository of a name.
func (r *Registries) open(ctx context.Context, n oci.Name) (*remote.Repository, error) {
	if r == nil {
		r = new(Registries)
	}
	if r.Offline {
		return nil, errOffline
	}
	repository, err := remote.NewRepository(n.InRegistry())
	if err != nil {
		return nil, err
	}
	r.reading.Do(func() { r.logins, r.loginErr = readLogins() })
	key := n.Host + "\x00" + r.logins.scope(n)
	host := r.host(key)
	host.once.Do(func() {
		login := func(ctx context.Context) (auth.Credential, error) {
			if r.loginErr != nil {
				return auth.EmptyCredential, r.loginErr
			}
			return r.logins.credential(ctx, n)
		}
		host.connect(ctx, repository, login, r.PlainHTTP || isLoopback(n.Host), r.warn)
	})
	if host.err != nil {
		r.forget(key, host)
		return nil, host.err
	}
	repository.Client, repository.PlainHTTP = host.client, host.plain
	repository.SkipReferrersGC = true // registries rarely let anybody delete
	repository.ReferrerListMaxPages = maxReferrerPages
	return repository, nil
}

func (r *Registries) host(name string) *registryHost {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hosts == nil {
		r.hosts = make(map[string]*registryHost)
	}
	if r.hosts[name] == nil {
		r.hosts[name] = new(registryHost)
	}
	return r.hosts[name]
}

func (r *Registries) forget(name string, host *registryHost) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hosts[name] == host {
		delete(r.hosts, name)
	}
}

// warn is Warn that may be nil.
func (r *Registries) warn(text string) {
	if r != nil && r.Warn != nil {
		r.Warn(text)
	}
}

// loginFunc returns the user and password for a host, or neither.
type loginFunc func(context.Context) (auth.Credential, error)

// connect makes the client, and finds out which protocol the host speaks if there is a choice.
func (h *registryHost) connect(ctx context.Context, repository *remote.Repository, login loginFunc, mayBePlain bool, warn func(string)) {
	host := repository.Reference.Host() // that of the API, which for docker.io is another one
	transport, err := newRegistryTransport(host)
	if err != nil {
		h.err = err
		return
	}
	stalls := &transfer.StallTransport{Base: transport, Timeout: stallTimeout, Notice: warn}
	h.client = &auth.Client{
		Client: &http.Client{Transport: &lenientTransport{
			base: &retry.Transport{Base: stalls, Policy: func() retry.Policy { return retryPolicy{} }},
			host: host, warn: warn,
		}},
		Cache: auth.NewCache(),
		Credential: func(ctx context.Context, asking string) (auth.Credential, error) {
			if asking != host { // where an upload was sent on to, say
				return auth.EmptyCredential, nil
			}
			return login(ctx)
		},
	}
	h.client.SetUserAgent("lamina")
	if mayBePlain {
		h.client.BlockedRealmPrefixes = []netip.Prefix{} // its tokens may come from here, too
	}
	if !mayBePlain {
		return
	}
	h.plain = isPlain(ctx, stalls, host)
}

// isPlain reports whether a host speaks http and not https. A wrong certificate is no reason to use http; a failure of
// another kind may be a port that speaks http, or is closed, or that a proxy does not connect to.
func isPlain(ctx context.Context, transport http.RoundTripper, host string) bool {
	err := answers(ctx, transport, "https://"+host+"/v2/")
	return err != nil && !errors.As(err, new(*tls.CertificateVerificationError)) && answers(ctx, transport, "http://"+host+"/v2/") == nil
}

// answers reports why nothing answers at a URL.
func answers(ctx context.Context, transport http.RoundTripper, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err == nil {
		response.Body.Close()
	}
	return err
}

// newRegistryTransport returns a transport with the time-outs that a registry needs, and a host's own certificates.
func newRegistryTransport(host string) (*http.Transport, error) {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 15 * time.Second,
		// A registry answers an upload when it has stored and hashed all of it.
		ResponseHeaderTimeout: 5 * time.Minute,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   2 * maxTransfers, // a shared cache sends as many requests at once
		DisableCompression:    true,
	}
	if pool := transfer.RootCAs(); pool != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	for _, dir := range certificateDirectories(host) {
		if err := addCertificates(t, dir); err != nil {
			return nil, fmt.Errorf("certificates of %s: %w", host, err)
		}
	}
	return t, nil
}

// certificateDirectories are where docker and podman look for certificates of a host.
func certificateDirectories(host string) []string {
	if runtime.GOOS == "windows" {
		return nil // a colon cannot be in a name there
	}
	directories := []string{"/etc/docker/certs.d", "/etc/containers/certs.d"}
	if home, err := os.UserHomeDir(); err == nil {
		directories = append(directories, filepath.Join(home, ".config/containers/certs.d"))
	}
	for i := range directories {
		directories[i] = filepath.Join(directories[i], host)
	}
	return directories
}

// addCertificates adds the authorities (*.crt) and client certificates (*.cert with *.key) in a directory.
func addCertificates(t *http.Transport, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.c*rt"))
	if err != nil || len(files) == 0 {
		return err
	}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = new(tls.Config)
	}
	for _, file := range files {
		switch filepath.Ext(file) {
		case ".crt":
			if t.TLSClientConfig.RootCAs == nil {
				if t.TLSClientConfig.RootCAs, err = x509.SystemCertPool(); err != nil {
					t.TLSClientConfig.RootCAs = x509.NewCertPool()
				}
			}
			pem, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
				return fmt.Errorf("%s: contains no PEM certificate", file)
			}
		case ".cert":
			pair, err := tls.LoadX509KeyPair(file, file[:len(file)-len("cert")]+"key")
			if err != nil {
				return err
			}
			t.TLSClientConfig.Certificates = append(t.TLSClientConfig.Certificates, pair)
		}
	}
	return nil
}

// isLoopback says whether a host is this machine.
func isLoopback(host string) bool {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
