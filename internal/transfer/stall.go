package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// ErrStalled is the error, by errors.Is, of a request that a [StallTransport] ended.
var ErrStalled = errors.New("the server stalled")

// stalledError is ErrStalled with what happened for how long.
type stalledError struct {
	verb    string
	timeout time.Duration
}

func (e *stalledError) Error() string {
	return fmt.Sprintf("the server %s nothing for %s", e.verb, e.timeout)
}
func (e *stalledError) Is(target error) bool { return target == ErrStalled }

// A StallTransport ends requests whose server stalls: neither sends more of a body that is read, nor accepts
// more of one that is sent, for the Timeout. Between these, the timeouts of Base count.
type StallTransport struct {
	Base    http.RoundTripper // nil for http.DefaultTransport
	Timeout time.Duration

	// Header means that the Timeout also bounds the time from the request to the header of the response. A server
	// that answers only when it has stored all of a large body needs longer.
	Header bool
}

// RoundTrip implements [http.RoundTripper].
func (t *StallTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	ctx, cancel := context.WithCancelCause(request.Context())
	newTimer := func(verb string) *stallTimer {
		timer := time.AfterFunc(t.Timeout, func() { cancel(&stalledError{verb, t.Timeout}) })
		return &stallTimer{timer, t.Timeout}
	}
	request = request.WithContext(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		timer := newTimer("accepted")
		timer.Stop() // until the base reads
		request.Body = &sentBody{ReadCloser: request.Body, timer: timer}
	}
	timer := newTimer("sent")
	if !t.Header {
		timer.Stop()
	}
	response, err := base.RoundTrip(request)
	timer.Stop()
	if err != nil {
		err = stalledOr(ctx, err)
		cancel(nil)
		return nil, err
	}
	response.Body = &receivedBody{ReadCloser: response.Body, ctx: ctx, cancel: cancel, timer: timer}
	return response, nil
}

// CloseIdleConnections is for [http.Client.CloseIdleConnections].
func (t *StallTransport) CloseIdleConnections() {
	if base, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// stallTimer cancels a request when it fires.
type stallTimer struct {
	*time.Timer
	timeout time.Duration
}

func (t *stallTimer) restart() { t.Reset(t.timeout) }

// stalledOr returns the error of a stall in place of the one that follows from it.
func stalledOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrStalled) {
		return cause
	}
	return err
}

// sentBody is the body of a request: its timer runs while the transport reads no more of it.
type sentBody struct {
	io.ReadCloser
	mu      sync.Mutex // Close may come in the middle of Read
	timer   *stallTimer
	isEnded bool
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.timer.Stop()
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.isEnded = b.isEnded || err != nil
	if !b.isEnded {
		b.timer.restart()
	}
	return n, err
}

func (b *sentBody) Close() error {
	b.mu.Lock()
	b.isEnded = true
	b.timer.Stop()
	b.mu.Unlock()
	return b.ReadCloser.Close()
}

// receivedBody is the body of a response: its timer runs during Read.
type receivedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *stallTimer
}

func (b *receivedBody) Read(p []byte) (int, error) {
	b.timer.restart()
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && err != io.EOF {
		err = stalledOr(b.ctx, err)
	}
	return n, err
}

func (b *receivedBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
