package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// stallTimeout is how long a server may send nothing, or take nothing, in the middle of a transfer. Tests have less.
var stallTimeout = 60 * time.Second

var errStalled = errors.New("the server stopped sending in the middle of a transfer")

// stallTransport ends requests of servers that fall silent after they have answered, or while something is sent to them.
// Before and between these, the time-outs of http.Transport count.
type stallTransport struct{ http.RoundTripper }

func (t *stallTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	newTimer := func() *time.Timer { // which does not run yet
		timer := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
		timer.Stop()
		return timer
	}
	request = request.WithContext(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = &sentBody{ReadCloser: request.Body, timer: newTimer()}
	}
	response, err := t.RoundTripper.RoundTrip(request)
	if err != nil {
		err = stalledOr(ctx, err)
		cancel(nil)
		return nil, err
	}
	response.Body = &receivedBody{ReadCloser: response.Body, ctx: ctx, cancel: cancel, timer: newTimer()}
	return response, nil
}

// stalledOr returns errStalled in place of what came of it.
func stalledOr(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// sentBody is what is sent: its timer runs while nobody asks for more.
type sentBody struct {
	io.ReadCloser
	mu      sync.Mutex // Close may come in the middle of Read
	timer   *time.Timer
	isEnded bool
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.timer.Stop()
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.isEnded = b.isEnded || err != nil
	if !b.isEnded {
		b.timer.Reset(stallTimeout)
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

// receivedBody is what is received: its timer runs while more is asked for.
type receivedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func (b *receivedBody) Read(p []byte) (int, error) {
	b.timer.Reset(stallTimeout)
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
