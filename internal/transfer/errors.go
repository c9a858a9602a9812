package transfer

import (
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// IsTransient reports whether another try may succeed after err: connections that break or stall, timeouts,
// temporary failures of name servers, and errors marked by [Transient].
func IsTransient(err error) bool {
	var marked *markedError
	var network *net.OpError
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &marked):
		return marked.isTransient
	case errors.As(err, &timeout) && timeout.Timeout(),
		errors.As(err, &name) && name.IsTemporary,
		errors.As(err, &network) && (network.Op == "read" || network.Op == "write"):
		return true
	}
	for _, transient := range []error{ErrStalled, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE} {
		if errors.Is(err, transient) {
			return true
		}
	}
	return false
}

// IsTimeout reports whether err is that a server was silent until the time was up. Name servers have short timeouts of their own.
func IsTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, ErrStalled) || errors.As(err, &timeout) && timeout.Timeout() && !errors.As(err, new(*net.DNSError))
}

// IsTransientStatus reports whether another try may succeed after a status: 408, 429 and the 5xx that are
// about the server's condition rather than about the request (501 and 505).
func IsTransientStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500 && status <= 599
}

// Transient marks an error as worth another try, not before a delay that the server named; 0 if it named none.
func Transient(err error, after time.Duration) error {
	return &markedError{err: err, isTransient: true, after: after}
}

// Permanent marks an error as not worth another try.
func Permanent(err error) error { return &markedError{err: err} }

type markedError struct {
	err         error
	isTransient bool
	after       time.Duration
}

func (e *markedError) Error() string { return e.err.Error() }
func (e *markedError) Unwrap() error { return e.err }
