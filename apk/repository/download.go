package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A request that fails for a reason that may pass is sent again: after firstDelay,
// then twice that and so on, each delay a little shorter or longer by chance. What
// arrived stays, where the server can go on from there.
const (
	maxRetries = 5 // in a row without progress
	firstDelay = 250 * time.Millisecond

	// maxRetryAfter is how long a server may ask to wait.
	maxRetryAfter = 2 * time.Minute

	// minProgress is what must have arrived for retries to be counted anew, in bytes.
	minProgress = 64 << 10

	// stallTimeout is how long a server may send nothing, be it the header or
	// more of the body.
	stallTimeout = 30 * time.Second
)

// download is one file to be fetched.
type download struct {
	client   *http.Client
	what     string // "index" or "package"
	url      string
	progress func(Progress)
	limit    int64 // bytes that are accepted at most
	size     int64 // that it must have; 0 if not known
	offset   int64 // where the file's content begins

	have validators // of what is there already
	came validators // of what was received

	received int64
	furthest int64  // what received was at most
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
func (d *download) replace(ctx context.Context, name string, check func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".download-")
	if err != nil {
		return fmt.Errorf("create cache file: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := d.fetch(ctx, f); err != nil {
		return fmt.Errorf("fetch %s: %w", redact(d.url), err)
	}
	if err := check(f); err != nil {
		return fmt.Errorf("read %s %s: %w", d.what, redact(d.url), err)
	}
	d.report(true)
	err = f.Chmod(0o644) // nothing of it is secret, and other users may share the cache
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write cache file: %w", err)
	}
	return nil
}

// fetch receives the body into f, in as many requests as it takes.
func (d *download) fetch(ctx context.Context, f *os.File) error {
	if err := d.restart(f); err != nil {
		return err
	}
	d.furthest, d.resume = 0, ""
	for failures := 0; ; {
		err := d.request(ctx, f)
		var passing *transientError
		if err == nil || ctx.Err() != nil || !errors.As(err, &passing) {
			return err
		}
		if d.received >= d.furthest+minProgress {
			d.furthest, failures = d.received, 0
		}
		if failures++; failures > maxRetries {
			return fmt.Errorf("%w (tried %d times)", err, failures)
		}
		delay := max(passing.after, backOff(failures))
		if delay > maxRetryAfter {
			return fmt.Errorf("%w: the server requested a wait of %s", err, delay.Round(time.Second))
		}
		if err := wait(ctx, delay); err != nil {
			return err
		}
	}
}

// transientError marks a failure worth retrying.
type transientError struct {
	err   error
	after time.Duration // that the server asks to wait, at least
}

func (e *transientError) Error() string { return e.err.Error() }
func (e *transientError) Unwrap() error { return e.err }

// backOff is how long to wait after so many failures, give or take a fifth.
func backOff(failures int) time.Duration {
	d := firstDelay << (failures - 1)
	return d - d/5 + rand.N(2*d/5)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// restart forgets what was received.
func (d *download) restart(f *os.File) error {
	d.received = 0
	err := f.Truncate(d.offset)
	if err == nil {
		_, err = f.Seek(d.offset, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("write cache file: %w", err)
	}
	return nil
}

// request sends one request and receives what it can.
func (d *download) request(parent context.Context, f *os.File) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	stalled := fmt.Errorf("the server sent nothing for %s", stallTimeout)
	alive := time.AfterFunc(stallTimeout, func() { cancel(stalled) })
	defer alive.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return errors.New("the URL is malformed")
	}
	d.setHeader(req.Header)
	response, err := d.client.Do(req)
	if err != nil {
		if context.Cause(ctx) == stalled {
			return &transientError{err: stalled}
		}
		return requestError(err)
	}
	defer response.Body.Close()
	if err := d.answer(response, f); err != nil {
		return err
	}
	err = d.receive(f, response.Body, func() { alive.Reset(stallTimeout) })
	if context.Cause(ctx) == stalled {
		return &transientError{err: stalled}
	}
	return err
}

func (d *download) setHeader(h http.Header) {
	h.Set("User-Agent", "lamina")
	h.Set("Accept-Encoding", "identity") // what is signed are the bytes as they are
	if d.received > 0 && d.resume != "" {
		h.Set("Range", fmt.Sprintf("bytes=%d-", d.received))
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
		if err := d.restart(f); err != nil {
			return err
		}
	case code == http.StatusPartialContent && strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", d.received)):
	case code == http.StatusNotModified && d.have != (validators{}):
		return errUnchanged
	case code == http.StatusNotFound || code == http.StatusGone:
		return &missingError{status}
	case code == http.StatusPartialContent || code == http.StatusRequestedRangeNotSatisfiable:
		d.resume = "" // from the beginning, then
		return &transientError{err: errors.New(status)}
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500:
		return &transientError{err: errors.New(status), after: retryAfter(response.Header.Get("Retry-After"))}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("%s: check the user and password in the URL, if it needs them", status)
	default:
		return errors.New(status)
	}
	d.came = validators{ETag: response.Header.Get("ETag"), LastModified: response.Header.Get("Last-Modified")}
	d.resume = ""
	if strings.HasPrefix(d.came.ETag, `"`) { // only a strong one promises the same bytes (RFC 9110, 13.1.5)
		d.resume = d.came.ETag
	}
	if total := d.received + response.ContentLength; response.ContentLength >= 0 {
		return d.checkSize(total)
	}
	return nil
}

// missingError says that there is nothing at the URL.
type missingError struct{ status string }

func (e *missingError) Error() string        { return e.status }
func (e *missingError) Is(target error) bool { return target == fs.ErrNotExist }

// retryAfter reads seconds or a date; 0 if there is neither.
func retryAfter(value string) time.Duration {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}

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

// requestError tells what may pass from what will not, and drops the URL that http
// puts in front, with what is secret in it.
func requestError(err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	var redacted error = &redactedError{err}
	var op *net.OpError
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(),
		errors.As(err, &name) && name.IsTemporary,
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), // in the midst of connecting
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write"):
		return &transientError{err: redacted}
	}
	return redacted
}

// redactedError is an error whose text may name URLs: of redirects and proxies.
type redactedError struct{ err error }

func (e *redactedError) Error() string { return redactText(e.err.Error()) }
func (e *redactedError) Unwrap() error { return e.err }

// receive appends the body to the file and checks its length. It calls alive
// whenever something arrived.
func (d *download) receive(f *os.File, body io.Reader, alive func()) error {
	buf := make([]byte, 128<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			alive()
		}
		limit := d.limit
		if d.size > 0 {
			limit = d.size
		}
		if d.received+int64(n) > limit {
			return fmt.Errorf("it is larger than the limit of %d bytes", limit)
		}
		if _, err := f.Write(buf[:n]); err != nil {
			return fmt.Errorf("write cache file: %w", err)
		}
		d.received += int64(n)
		d.report(false)
		if err != nil && err != io.EOF {
			return &transientError{err: fmt.Errorf("the connection broke after %d bytes: %w", d.received, &redactedError{err})}
		}
		if err == io.EOF && d.size > 0 && d.received < d.size {
			// Without a Content-Length a cut looks like the end.
			return &transientError{err: d.checkSize(d.received)}
		}
		if err == io.EOF {
			return nil
		}
	}
}

func (d *download) report(done bool) {
	if d.progress != nil {
		d.progress(Progress{URL: redact(d.url), Received: d.received, Size: d.size, Done: done})
	}
}
