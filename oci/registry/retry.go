package registry

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"oras.land/oras-go/v2/registry/remote/errcode"
)

const (
	// maxTransfers is how many blobs go to or come from a registry at once.
	maxTransfers = 4

	// maxTries is how often a request or a transfer is begun before its failure counts.
	maxTries = 5

	// maxRetryAfter is how long a server may ask to be left alone. Beyond that, the one who waits
	// had better know why.
	maxRetryAfter = time.Minute
)

// retryPolicy says which answers of a registry are worth another try, and when. It
// respects Retry-After (RFC 9110 10.2.3).
type retryPolicy struct{}

// Retry returns how long to wait, less than nothing for no more tries.
func (retryPolicy) Retry(attempt int, response *http.Response, err error) (time.Duration, error) {
	if attempt >= maxTries-1 || err != nil && !isTransient(err) {
		return -1, nil
	}
	if err != nil {
		return backoff(attempt), nil
	}
	if !isTransientStatus(response.StatusCode) {
		return -1, nil
	}
	if wait := retryAfter(response.Header); wait > maxRetryAfter {
		return -1, nil
	} else if wait > 0 {
		return wait, nil
	}
	return backoff(attempt), nil
}

// backoff is 0.2 s, doubled each time, and up to a quarter more.
func backoff(attempt int) time.Duration {
	wait := 200 * time.Millisecond << attempt
	return wait + rand.N(wait/4)
}

func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return time.Until(at)
	}
	return 0
}

func isTransientStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// permanentError marks a failure not worth retrying.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// isTransient reports whether a retry may succeed.
func isTransient(err error) bool {
	if errors.As(err, new(*permanentError)) {
		return false
	}
	if answer := (*errcode.ErrorResponse)(nil); errors.As(err, &answer) {
		// Other requests were repeated by the policy; an upload's body cannot be.
		return answer.Method == http.MethodPut && isTransientStatus(answer.StatusCode)
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return true
	}
	for _, passing := range []error{io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, net.ErrClosed, errStalled} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// retrying calls transfer until it succeeds, fails permanently, or has failed maxTries times. Each call starts over.
func retrying(ctx context.Context, transfer func() error) error {
	for attempt := 0; ; attempt++ {
		err := transfer()
		if err == nil || ctx.Err() != nil || attempt == maxTries-1 || !isTransient(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(backoff(attempt)):
		}
	}
}
