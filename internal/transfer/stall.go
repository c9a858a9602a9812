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

// NoticeAfter is how long a server may be silent before a [StallTransport] says that it is waited for.
const NoticeAfter = 10 * time.Second

// A StallTransport ends requests whose server stalls: neither sends the header of the response, nor more of a body that
// is read, nor accepts more of one that is sent, for the Timeout. For the header of the response to an upload, the timeouts
// of Base count: a server that answers only when it has stored all of a large body needs longer.
type StallTransport struct {
	Base    http.RoundTripper // nil for http.DefaultTransport
	Timeout time.Duration

	// Notice, if not nil, is told in a line for people which server has been silent for [NoticeAfter], and which one
	// is asked again only after so long because its Retry-After says so. It may be called concurrently, and with the same line again.
	Notice func(string)
}

// RoundTrip implements [http.RoundTripper].
func (t *StallTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	ctx, cancel := context.WithCancelCause(request.Context())
	newTimer := func(verb string) *stallTimer {
		timer := &stallTimer{end: time.AfterFunc(t.Timeout, func() { cancel(&stalledError{verb, t.Timeout}) }), timeout: t.Timeout}
		if t.Notice != nil {
			timer.notice = time.AfterFunc(NoticeAfter, func() {
				t.Notice(fmt.Sprintf("waiting for %s, which has %s nothing for %s", request.URL.Host, verb, NoticeAfter))
			})
		}
		return timer
	}
	isUpload := request.Method == http.MethodPut || request.Method == http.MethodPatch
	request = request.WithContext(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		isUpload = true
		timer := newTimer("accepted")
		timer.stop() // until the base reads
		request.Body = &sentBody{ReadCloser: request.Body, timer: timer}
	}
	timer := newTimer("sent")
	if isUpload {
		timer.end.Stop()
	}
	response, err := base.RoundTrip(request)
	timer.stop()
	if err != nil {
		err = stalledOr(ctx, err)
		cancel(nil)
		return nil, err
	}
	if after := RetryAfter(response.Header); t.Notice != nil && IsTransientStatus(response.StatusCode) && after >= NoticeAfter && after <= MaxWait {
		t.Notice(fmt.Sprintf("waiting for %s, which is to be asked again in %s (%s)", request.URL.Host, after.Round(time.Second), response.Status))
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

// stallTimer says after a while that a server is silent, and cancels the request in the end.
type stallTimer struct {
	end, notice *time.Timer // notice is nil if nobody is told
	timeout     time.Duration
}

func (t *stallTimer) restart() {
	t.end.Reset(t.timeout)
	if t.notice != nil {
		t.notice.Reset(NoticeAfter)
	}
}

func (t *stallTimer) stop() {
	t.end.Stop()
	if t.notice != nil {
		t.notice.Stop()
	}
}

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
	b.timer.stop()
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
	b.timer.stop()
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
	b.timer.stop()
	if err != nil && err != io.EOF {
		err = stalledOr(b.ctx, err)
	}
	return n, err
}

func (b *receivedBody) Close() error {
	b.timer.stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
