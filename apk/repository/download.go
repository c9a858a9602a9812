package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/transfer"
)

// stallTimeout is how long a server may send nothing, neither the header nor more
// of the body.
const stallTimeout = 30 * time.Second

// download is one file to be fetched.
type download struct {
	client   *http.Client
	what     string // "index" or "package"
	url      string
	progress func(Progress)
	limit    int64 // bytes that are accepted at most
	size     int64 // that it must have; 0 if not known
	offset   int64 // where the file's content begins

	header http.Header // sent in addition to the client's own; may be nil
	stay   bool        // do not follow redirects: their status is the answer
	target string      // the name that the file gets if it is known only once the content is

	have validators // of what is there already
	came validators // of what was received

	look    *look      // at what is received; may be nil
	partial int64      // so many bytes are enough, if the server sends ranges; 0 means all
	begun   *beginning // which an earlier request has received; may be nil

	received int64
	resume   string // strong ETag of the response that received is from
}

// validators are what a server knows a state of a file by.
type validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
}

func (c *Client) download(what, where string) *download {
	return &download{client: c.client(), what: what, url: where, progress: c.Progress}
}

// errUnchanged says that the server has what is there already.
var errUnchanged = errors.New("not modified")

// replace fetches the file under a temporary name, has it checked and renames it.
// On an error, name stays as it is.
func (d *download) replace(ctx context.Context, name, temporary string, check func(*os.File) error) error {
	f, err := atomicfile.Create(name, temporary)
	if err != nil {
		return &cacheError{fmt.Errorf("create cache file: %w", err)}
	}
	f.Perm = 0o600
	defer f.Abort()
	if err := d.fetch(ctx, f.File); err != nil {
		return fmt.Errorf("fetch %s: %w", redact.URL(d.url), err)
	}
	if err := check(f.File); err != nil {
		return hint.Default(fmt.Errorf("read %s %s: %w", d.what, redact.URL(d.url), err), howToMend)
	}
	d.report(true)
	if d.target != "" {
		f.Target = filepath.Join(filepath.Dir(name), d.target)
	}
	if err := f.Commit(); err != nil { // unsynced: readers of the cache verify it
		return &cacheError{fmt.Errorf("write cache file: %w", err)}
	}
	return nil
}

// fetch receives the body into f, in as many requests as it takes.
func (d *download) fetch(ctx context.Context, f *os.File) error {
	if err := d.restart(f); err != nil {
		return err
	}
	d.resume = ""
	if err := d.takeBeginning(f); err != nil {
		return err
	}
	var tries transfer.Tries
	for {
		err := d.request(ctx, f)
		if err == nil && d.needsMore() {
			continue
		}
		if err == nil {
			return nil
		}
		if err := tries.Again(ctx, err, d.received); err != nil {
			return err
		}
	}
}

// restart forgets what was received.
func (d *download) restart(f *os.File) error {
	d.received = 0
	if d.look != nil {
		d.look.last = 0
	}
	err := f.Truncate(d.offset)
	if err == nil {
		_, err = f.Seek(d.offset, io.SeekStart)
	}
	if err != nil {
		return &cacheError{fmt.Errorf("write cache file: %w", err)}
	}
	return nil
}

// request sends one request and receives what it can.
func (d *download) request(ctx context.Context, f *os.File) error {
	if d.received > 0 && d.resume == "" { // it cannot be continued
		if err := d.restart(f); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return errors.New("the URL is malformed")
	}
	d.setHeader(req.Header)
	client := d.client
	if d.stay {
		same := *d.client
		same.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		client = &same
	}
	response, err := client.Do(req)
	if err != nil {
		return requestError(err)
	}
	defer response.Body.Close()
	if err := d.answer(response, f); err != nil {
		return err
	}
	return d.receive(f, response.Body)
}

func (d *download) setHeader(h http.Header) {
	h.Set("User-Agent", "lamina")
	h.Set("Accept-Encoding", "identity") // what is signed are the bytes as they are
	maps.Copy(h, d.header)
	switch {
	case d.partial > 0:
		h.Set("Range", fmt.Sprintf("bytes=%d-%d", d.received, d.partial-1))
	case d.received > 0:
		h.Set("Range", fmt.Sprintf("bytes=%d-", d.received))
	}
	if d.received > 0 {
		h.Set("If-Range", d.resume)
		return
	}
	if d.have.ETag != "" {
		h.Set("If-None-Match", d.have.ETag)
	}
	if d.have.LastModified != "" {
		h.Set("If-Modified-Since", d.have.LastModified)
	}
}

// answer looks at a response's header. Without an error, its body is to be appended
// to the file.
func (d *download) answer(response *http.Response, f *os.File) error {
	status := strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", http.StatusText(response.StatusCode)))
	switch code := response.StatusCode; {
	case code == http.StatusOK:
		d.partial = 0 // it is the whole file in any case
		if err := d.restart(f); err != nil {
			return err
		}
	case code == http.StatusPartialContent && strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", d.received)):
	case code == http.StatusNotModified && d.have != (validators{}):
		return errUnchanged
	case code == http.StatusNotFound || code == http.StatusGone:
		return &missingError{statusError{code, status}}
	case code == http.StatusPartialContent || code == http.StatusRequestedRangeNotSatisfiable:
		d.resume, d.partial = "", 0 // from the beginning, then
		return transfer.Transient(errors.New(status), 0)
	case transfer.IsTransientStatus(code):
		return transfer.Transient(hint.With(errors.New(status), howToAwait), transfer.RetryAfter(response.Header))
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return hint.With(&statusError{code, status}, howToLogIn)
	default:
		return hint.With(&statusError{code, status}, "check the URL, and that no proxy answers in place of the server")
	}
	d.came = validators{ETag: response.Header.Get("ETag"), LastModified: response.Header.Get("Last-Modified")}
	d.resume = ""
	if strings.HasPrefix(d.came.ETag, `"`) { // only a strong one promises the same bytes (RFC 9110, 13.1.5)
		d.resume = d.came.ETag
	}
	total := response.ContentLength
	if total >= 0 {
		total += d.received
	}
	if d.partial > 0 {
		if total = totalOf(response.Header); total >= 0 && total <= d.partial {
			d.partial = 0
		}
	}
	if total >= 0 {
		return d.checkSize(total)
	}
	return nil
}

// totalOf returns the size of the whole of which a response is a part, or -1 if it is not known (RFC 9110, 14.4).
func totalOf(h http.Header) int64 {
	_, text, _ := strings.Cut(h.Get("Content-Range"), "/")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}

const howToLogIn = "give a user and password: LAMINA_LOGIN_HOST=USER:PASSWORD (see lamina help environment), HTTP_AUTH, an entry of ~/.netrc, or the URL"

// howToAwait is the remedy for a server that fails, or does not have what it should.
const howToAwait = "try again later, or use another mirror"

// statusError is an answer without the content that was asked for.
type statusError struct {
	code int
	text string // with the code
}

func (e *statusError) Error() string { return e.text }

// missingError says that there is nothing at the URL.
type missingError struct{ statusError }

func (e *missingError) Is(target error) bool { return target == fs.ErrNotExist }
func (e *missingError) Unwrap() error        { return &e.statusError }

// checkSize checks the size that the whole file has or will have.
func (d *download) checkSize(total int64) error {
	if d.size > 0 && total != d.size {
		return fmt.Errorf("it has %d bytes, but the index says %d", total, d.size)
	}
	if total > d.limit {
		return fmt.Errorf("it is larger than the limit of %d bytes", d.limit)
	}
	return nil
}

// requestError drops the URL that http puts in front, with the secrets in it.
func requestError(err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	if errors.As(err, new(*net.OpError)) {
		return hint.With(&redactedError{err}, "check the URL and the network; a proxy is taken from HTTP_PROXY and HTTPS_PROXY")
	}
	if transfer.IsTimeout(err) {
		return hint.With(&redactedError{err}, howToAwait)
	}
	return &redactedError{err}
}

// redactedError is an error whose text may name URLs: of redirects and proxies.
type redactedError struct{ err error }

func (e *redactedError) Error() string { return redact.Text(e.err.Error()) }
func (e *redactedError) Unwrap() error { return e.err }

// receive appends the body to the file and checks its length.
func (d *download) receive(f *os.File, body io.Reader) error {
	size := int64(128 << 10)
	if d.partial > 0 {
		size = min(size, d.partial-d.received)
		body = io.LimitReader(body, d.partial-d.received)
	}
	buf := make([]byte, size)
	for {
		n, err := body.Read(buf)
		limit := d.limit
		if d.size > 0 {
			limit = d.size
		}
		if d.received+int64(n) > limit {
			return fmt.Errorf("it is larger than the limit of %d bytes", limit)
		}
		if _, err := f.Write(buf[:n]); err != nil {
			return transfer.Permanent(&cacheError{fmt.Errorf("write cache file: %w", err)})
		}
		d.received += int64(n)
		d.report(false)
		if err := d.lookAt(f); err != nil {
			return transfer.Permanent(err)
		}
		switch {
		case errors.Is(err, transfer.ErrStalled):
			return hint.With(err, howToAwait)
		case err != nil && err != io.EOF:
			return transfer.Transient(fmt.Errorf("the connection broke after %d bytes: %w", d.received, &redactedError{err}), 0)
		}
		if err == io.EOF && d.partial > 0 && (d.received == d.partial || d.size == 0) {
			return nil
		}
		if err == io.EOF && d.size > 0 && d.received < d.size {
			// Without a Content-Length a cut looks like the end.
			return transfer.Transient(d.checkSize(d.received), 0)
		}
		if err == io.EOF {
			return nil
		}
	}
}

func (d *download) report(done bool) {
	if d.progress != nil && d.partial == 0 {
		d.progress(Progress{URL: redact.URL(d.url), Received: d.received, Size: d.size, Done: done})
	}
}
