package sharedcache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/transfer"
)

// HTTP is a server of Bazel's remote cache protocol over HTTP: GET, HEAD and PUT of /ac/SHA256 and /cas/SHA256 below a URL. bazel-remote, BuildBuddy
// and others speak it, and so does any server that keeps what is PUT, such as nginx with WebDAV.
type HTTP struct {
	base   string // without a slash at the end
	client *http.Client
}

// NewHTTP returns the server at a URL, whose requests the client sends.
func NewHTTP(text string, client *http.Client) (*HTTP, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: the URL is malformed", redact.URL(text))
	case u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%s: want https://HOST/PATH without a query", redact.URL(text))
	}
	return &HTTP{strings.TrimRight(text, "/"), client}, nil
}

// String implements [Store].
func (h *HTTP) String() string { return redact.URL(h.base) }

// List implements [Store].
func (h *HTTP) List(ctx context.Context, name string, limit int64) (text []byte, err error) {
	err = retry(ctx, func() error {
		response, err := h.request(ctx, http.MethodGet, listPath(name), 0, nil)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err = bounded.ReadAll(response.Body, limit)
		return unnamed(err)
	})
	return text, err
}

func listPath(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "/ac/" + hex.EncodeToString(sum[:])
}

// Open implements [Store].
func (h *HTTP) Open(ctx context.Context, sum string, size int64) (io.ReadCloser, error) {
	response, err := h.request(ctx, http.MethodGet, "/cas/"+sum, 0, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Has implements [Store].
func (h *HTTP) Has(ctx context.Context, sum string, size int64) (bool, error) {
	err := retry(ctx, func() error {
		response, err := h.request(ctx, http.MethodHead, "/cas/"+sum, 0, nil)
		if err == nil {
			response.Body.Close()
		}
		return err
	})
	status := (*statusError)(nil)
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &status) && (status.code == http.StatusMethodNotAllowed || status.code == http.StatusNotImplemented) {
		return false, nil
	}
	return err == nil, err
}

// Put implements [Store].
func (h *HTTP) Put(ctx context.Context, sum string, size int64, open func() (io.ReadCloser, error)) error {
	return h.put(ctx, "/cas/"+sum, size, open)
}

// PutList implements [Store].
func (h *HTTP) PutList(ctx context.Context, name string, list []byte, _ []Item) error {
	return h.put(ctx, listPath(name), int64(len(list)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(list)), nil })
}

func (h *HTTP) put(ctx context.Context, path string, size int64, open func() (io.ReadCloser, error)) error {
	return retry(ctx, func() error {
		response, err := h.request(ctx, http.MethodPut, path, size, open)
		if err != nil {
			return err
		}
		io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be used again
		response.Body.Close()
		if response.Request.Method != http.MethodPut {
			return fmt.Errorf("it redirects PUT %s, and not with status 307 or 308", redact.Text(path))
		}
		return nil
	})
}

// request sends one request and returns a response of success, whose body the caller closes.
func (h *HTTP) request(ctx context.Context, method, path string, size int64, open func() (io.ReadCloser, error)) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, h.base+path, nil)
	if err != nil {
		return nil, errors.New("the URL is malformed")
	}
	if open != nil {
		if request.Body, err = open(); err != nil {
			return nil, err
		}
		request.GetBody, request.ContentLength = open, size
		request.Header.Set("Content-Type", "application/octet-stream")
	}
	request.Header.Set("User-Agent", "lamina")
	request.Header.Set("Accept-Encoding", "identity") // digests are of the bytes as they are
	response, err := h.client.Do(request)
	if err != nil {
		return nil, unnamed(err)
	}
	if response.StatusCode >= 200 && response.StatusCode <= 299 && response.StatusCode != http.StatusPartialContent {
		return response, nil
	}
	response.Body.Close()
	status := &statusError{response.StatusCode, method}
	switch code := response.StatusCode; {
	case (code == http.StatusNotFound || code == http.StatusGone) && method != http.MethodPut:
		return nil, fs.ErrNotExist
	case code == http.StatusInsufficientStorage: // no room: another try does not help
		return nil, transfer.Permanent(status)
	case transfer.IsTransientStatus(code):
		return nil, transfer.Transient(status, transfer.RetryAfter(response.Header))
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return nil, hint.With(status, "give a user and password: LAMINA_LOGIN_HOST=USER:PASSWORD or an entry of ~/.netrc; see lamina help environment")
	}
	return nil, status
}

type statusError struct {
	code   int
	method string
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("it answers %s with %d %s", e.method, e.code, http.StatusText(e.code)))
}

// unnamed drops the URL that net/http puts in front, which may have secrets, from an error.
func unnamed(err error) error {
	if inner := (*url.Error)(nil); errors.As(err, &inner) {
		return inner.Err
	}
	return err
}
