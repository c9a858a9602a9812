package repository

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"oras.land/oras-go/v2/registry/remote/retry"

	"github.com/lamina-oci/lamina/apk"
)

// Time-outs: of a connection, of the wait for a response's header, and of the
// wait for the next bytes of its body.
const (
	connectTimeout = 15 * time.Second
	headerTimeout  = 30 * time.Second
	idleTimeout    = 30 * time.Second
)

// maxRedirects and maxResumes bound what a server can make of one request.
const (
	maxRedirects = 5
	maxResumes   = 5
)

// maxIndexFile and maxPackageFile bound downloads whose size is not known, in bytes.
const (
	maxIndexFile   = 256 << 20
	maxPackageFile = 16 << 30
)

// NewHTTPClient returns a client as a zero [Client] uses it: with time-outs,
// the proxies of the environment, and retries with growing delays where a server
// is busy or fails (408, 429 with its Retry-After, 5xx) or a connection breaks.
func NewHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext
	transport.ResponseHeaderTimeout = headerTimeout
	transport.DisableCompression = true // what is signed are the bytes as they are
	transport.MaxIdleConnsPerHost = maxParallel
	return &http.Client{Transport: retry.NewTransport(transport), CheckRedirect: checkRedirect}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if req.URL.Scheme != "https" && via[0].URL.Scheme == "https" {
		return errors.New("redirected from https to " + req.URL.Scheme)
	}
	return nil
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http == nil {
		c.http = NewHTTPClient()
	}
	return c.http
}

// fetchIndex returns an index from a server, or the cache's if the server says
// that it has not changed. Its signature is the caller's to check.
func (c *Client) fetchIndex(ctx context.Context, where string) (*os.File, error) {
	sum := sha256.Sum256([]byte(where))
	name, err := c.path("indexes", hex.EncodeToString(sum[:])+".tar.gz")
	if err != nil {
		return nil, err
	}
	if c.Offline {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &OfflineError{URL: redact(where)}
		}
		return f, err
	}
	d := download{client: c.client(), url: where, limit: maxIndexFile}
	if info, err := os.Stat(name); err == nil {
		d.since = info.ModTime() // is the server's Last-Modified
	}
	if err := d.to(ctx, name); err != nil {
		return nil, err
	}
	return os.Open(name)
}

// forgetIndex removes an index from the cache.
func (c *Client) forgetIndex(where string) {
	sum := sha256.Sum256([]byte(where))
	if name, err := c.path("indexes", hex.EncodeToString(sum[:])+".tar.gz"); err == nil {
		os.Remove(name)
	}
}

// fetchPackage returns the file that a package was downloaded to. A file of the
// cache is taken if it has the right size.
func (c *Client) fetchPackage(ctx context.Context, where string, p *apk.Package) (string, error) {
	name, err := c.path("packages", p.Identity.Hex()+".apk")
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && (p.Size == 0 || info.Size() == int64(p.Size)) {
		return name, nil
	}
	if c.Offline {
		return "", &OfflineError{URL: redact(where)}
	}
	d := download{client: c.client(), url: where, limit: maxPackageFile, size: int64(p.Size)}
	return name, d.to(ctx, name)
}

// OfflineError says that something is neither in a folder nor in the cache.
type OfflineError struct{ URL string }

func (e *OfflineError) Error() string {
	return e.URL + " is not in the cache, and no network is to be used"
}

// path returns a file's place in the folder for downloads, which is made.
func (c *Client) path(kind, name string) (string, error) {
	dir, err := c.dir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, kind)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make cache folder: %w", err)
	}
	return filepath.Join(dir, name), nil
}

// download is one file to be fetched.
type download struct {
	client *http.Client
	url    string
	limit  int64     // bytes that are accepted at most
	size   int64     // that it must have; 0 if not known
	since  time.Time // of what is there already; zero if nothing is

	received int64
	etag     string // of the response that received is from
	modified time.Time
}

// to writes the file under a temporary name and renames it. If the server has
// nothing newer than since, the file stays as it is.
func (d *download) to(ctx context.Context, name string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".download-")
	if err != nil {
		return fmt.Errorf("make cache file: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	fresh, err := d.fetch(ctx, f)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", redact(d.url), err)
	}
	if !fresh {
		return nil
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write cache file: %w", err)
	}
	if !d.modified.IsZero() {
		if err := os.Chtimes(f.Name(), d.modified, d.modified); err != nil {
			return fmt.Errorf("write cache file: %w", err)
		}
	}
	return os.Rename(f.Name(), name)
}

// fetch receives the body, going on where a connection broke. It reports false if
// the server says that nothing has changed.
func (d *download) fetch(ctx context.Context, f *os.File) (bool, error) {
	for attempt := 0; ; attempt++ {
		fresh, err := d.request(ctx, f)
		if err == nil {
			return fresh, nil
		}
		var broken *brokenBody
		if !errors.As(err, &broken) || attempt == maxResumes || ctx.Err() != nil {
			return false, err
		}
	}
}

// brokenBody is a body that ended too early.
type brokenBody struct{ err error }

func (e *brokenBody) Error() string { return "connection broke: " + e.err.Error() }
func (e *brokenBody) Unwrap() error { return e.err }

func (d *download) request(ctx context.Context, f *os.File) (bool, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return false, errors.New("the URL is not valid")
	}
	req.Header.Set("User-Agent", "lamina")
	switch {
	case d.received > 0 && d.etag != "":
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.received))
		req.Header.Set("If-Range", d.etag)
	case !d.since.IsZero():
		req.Header.Set("If-Modified-Since", d.since.UTC().Format(http.TimeFormat))
	}
	response, err := d.client.Do(req)
	if err != nil {
		return false, requestError(err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotModified:
		return false, nil
	case http.StatusPartialContent:
	case http.StatusOK:
		if d.received > 0 { // from the beginning after all
			if err := f.Truncate(0); err != nil {
				return false, err
			}
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return false, err
			}
			d.received = 0
		}
	case http.StatusNotFound, http.StatusGone:
		return false, fmt.Errorf("%s: %w", response.Status, fs.ErrNotExist)
	default:
		return false, errors.New(response.Status)
	}
	d.etag = response.Header.Get("ETag")
	d.modified, _ = http.ParseTime(response.Header.Get("Last-Modified"))
	return true, d.receive(f, response.Body, cancel)
}

// requestError drops the URL that http puts in front, with what is secret in it.
func requestError(err error) error {
	for {
		inner := errors.Unwrap(err)
		if _, ok := err.(interface{ Timeout() bool }); !ok || inner == nil {
			return err
		}
		err = inner
	}
}

// receive appends the body to the file and checks its length.
func (d *download) receive(f *os.File, body io.Reader, cancel context.CancelCauseFunc) error {
	limit := d.limit
	if d.size > 0 {
		limit = d.size
	}
	idle := time.AfterFunc(idleTimeout, func() { cancel(fmt.Errorf("no data for %s", idleTimeout)) })
	defer idle.Stop()
	buf := make([]byte, 128<<10)
	for {
		n, err := body.Read(buf)
		idle.Reset(idleTimeout)
		if d.received+int64(n) > limit {
			return fmt.Errorf("is larger than the %d bytes that are expected at most", limit)
		}
		if _, err := f.Write(buf[:n]); err != nil {
			return fmt.Errorf("write cache file: %w", err)
		}
		d.received += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return &brokenBody{err}
		}
	}
	if d.size > 0 && d.received != d.size {
		return fmt.Errorf("has %d bytes, but the index says %d", d.received, d.size)
	}
	return nil
}
