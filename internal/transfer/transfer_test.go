package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lamina-oci/lamina/internal/transfer"
)

func TestIsTransient(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true},
		{syscall.ECONNRESET, true},
		{syscall.ECONNABORTED, true},
		{syscall.EPIPE, true},
		{net.ErrClosed, true},
		{transfer.ErrStalled, true},
		{&net.OpError{Op: "read", Err: errors.New("broken")}, true},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, false},
		{&net.DNSError{IsTemporary: true}, true},
		{&net.DNSError{IsNotFound: true}, false},
		{&net.DNSError{IsTimeout: true}, true},
		{context.Canceled, false},
		{errors.New("x509: no"), false},
		{transfer.Transient(errors.New("x"), 0), true},
		{transfer.Permanent(io.EOF), false},
		{transfer.Permanent(transfer.Transient(io.EOF, 0)), false},
	} {
		if got := transfer.IsTransient(c.err); got != c.want {
			t.Errorf("%#v: %v", c.err, got)
		}
	}
	for status, want := range map[int]bool{200: false, 401: false, 404: false, 408: true, 429: true, 500: true, 501: false, 502: true, 503: true, 504: true,
		505: false, 520: true, 600: false} {
		if got := transfer.IsTransientStatus(status); got != want {
			t.Errorf("status %d: %v", status, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]time.Duration{
			"": 0, "7": 7 * time.Second, "-5": 0, "soon": 0, "99999999999999999999": 0,
			time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat): 90 * time.Second,
			time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):       0,
		} {
			if got := transfer.RetryAfter(http.Header{"Retry-After": {text}}); got != want {
				t.Errorf("%q: %s, want %s", text, got, want)
			}
		}
	})
}

// TestDo counts tries and measures waits on the clock of a synctest bubble.
func TestDo(t *testing.T) {
	always := func(err error) func(int) error { return func(int) error { return err } }
	for _, c := range []struct {
		name     string
		transfer func(try int) error
		tries    int
		min, max time.Duration
		err      string
	}{
		{"success", always(nil), 1, 0, 0, ""},
		{"permanent", always(errors.New("no")), 1, 0, 0, "no"},
		{"always cut", always(io.ErrUnexpectedEOF), 6, 6200 * time.Millisecond, 9300 * time.Millisecond, "unexpected EOF (tried 6 times)"},
		{"always silent", always(transfer.ErrStalled), 2, 200 * time.Millisecond, 300 * time.Millisecond, "the server stalled (tried 2 times)"},
		{"always late", always(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), 2, 200 * time.Millisecond, 300 * time.Millisecond,
			"dial: i/o timeout (tried 2 times)"},
		{"name server always late", always(&net.DNSError{Err: "timeout", Name: "a.example", IsTimeout: true}), 6, 6200 * time.Millisecond,
			9300 * time.Millisecond, "lookup a.example: timeout (tried 6 times)"},
		{"marked permanent", always(transfer.Permanent(io.EOF)), 1, 0, 0, "EOF"},
		{"long wait", always(transfer.Transient(errors.New("429"), time.Hour)), 1, 0, 0, "429: Retry-After is 1h0m0s, above the limit of 2m0s"},
		{"the longest wait", func(try int) error {
			if try == 1 {
				return transfer.Transient(errors.New("429"), transfer.MaxWait)
			}
			return nil
		}, 2, transfer.MaxWait, transfer.MaxWait, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, start := 0, time.Now()
				err := transfer.Do(t.Context(), func() error { tries++; return c.transfer(tries) })
				if took := time.Since(start); tries != c.tries || took < c.min || took > c.max {
					t.Errorf("%d tries in %s, want %d in %s to %s", tries, took, c.tries, c.min, c.max)
				}
				if got := text(err); got != c.err {
					t.Errorf("got %q, want %q", got, c.err)
				}
				if err != nil && transfer.IsTransient(err) {
					t.Error("the error that ends a transfer is transient")
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := transfer.Do(ctx, func() error { return transfer.Transient(io.EOF, time.Minute) })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestProgress shows that failures with progress between them are not counted.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries transfer.Tries
		for i := range int64(50) {
			if err := tries.Again(t.Context(), io.EOF, (i+1)*transfer.MinProgress); err != nil {
				t.Fatal(err)
			}
		}
		count := 1
		for ; tries.Again(t.Context(), io.EOF, 51*transfer.MinProgress-1) == nil; count++ {
		}
		if count != transfer.MaxTries-1 { // the last one with progress counts, too
			t.Errorf("ended after %d failures", count)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// silent is a body that sends some bytes and then nothing.
type silent struct {
	ctx context.Context
	r   io.Reader
}

func (b silent) Read(p []byte) (int, error) {
	if n, err := b.r.Read(p); err == nil {
		return n, nil
	}
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}
func (b silent) Close() error { return nil }

func TestStall(t *testing.T) {
	hang := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for _, c := range []struct {
		name   string
		method string
		base   roundTrip
		body   io.Reader
		after  time.Duration
		notice string
		err    string
	}{
		{"header", "GET", hang, nil, 30 * time.Second, "waiting for a.example, which has sent nothing for 10s", "the server sent nothing for 30s"},
		{"header of an upload", "PUT", func(r *http.Request) (*http.Response, error) {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Hour):
			}
			return nil, errors.New("the base's timeout")
		}, nil, time.Hour, "waiting for a.example, which has sent nothing for 10s", "the base's timeout"},
		{"body", "GET", func(r *http.Request) (*http.Response, error) {
			return &http.Response{Body: silent{r.Context(), strings.NewReader("abc")}}, nil
		}, nil, 30 * time.Second, "waiting for a.example, which has sent nothing for 10s", "the server sent nothing for 30s"},
		{"upload", "PUT", func(r *http.Request) (*http.Response, error) {
			r.Body.Read(make([]byte, 1))
			return hang(r)
		}, strings.NewReader("abc"), 30 * time.Second, "waiting for a.example, which has accepted nothing for 10s", "the server accepted nothing for 30s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				request, err := http.NewRequestWithContext(t.Context(), c.method, "http://user:secret@a.example/path", c.body)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				var mu sync.Mutex
				var notices []string
				transport := &transfer.StallTransport{Base: c.base, Timeout: 30 * time.Second, Notice: func(text string) {
					if since := time.Since(start); since != transfer.NoticeAfter {
						t.Errorf("after %s: %s", since, text)
					}
					mu.Lock()
					defer mu.Unlock()
					notices = append(notices, text)
				}}
				response, err := transport.RoundTrip(request)
				if err == nil {
					_, err = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
				if took := time.Since(start); text(err) != c.err || took != c.after {
					t.Errorf("after %s: %v", took, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if !slices.Contains(notices, c.notice) {
					t.Errorf("notices %q, want %q", notices, c.notice)
				}
				if errors.Is(err, transfer.ErrStalled) != transfer.IsTransient(err) {
					t.Errorf("%v: a stall is transient", err)
				}
			})
		})
	}
	// A delay that the server imposes is told, if it is long and waited for.
	for after, want := range map[string]string{
		"9": "", "10": "waiting for a.example, which is to be asked again in 10s (429 Too Many Requests)", "3600": "",
	} {
		said := ""
		base := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 429, Status: "429 Too Many Requests", Header: http.Header{"Retry-After": {after}}, Body: http.NoBody}, nil
		})
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://a.example", nil)
		response, err := (&transfer.StallTransport{Base: base, Timeout: time.Minute, Notice: func(text string) { said = text }}).RoundTrip(request)
		if err != nil || said != want {
			t.Errorf("Retry-After %s: %q, %v", after, said, err)
		}
		response.Body.Close()
	}
	// A reader that pauses is not a server that stalls.
	synctest.Test(t, func(t *testing.T) {
		base := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{Body: io.NopCloser(strings.NewReader("abc"))}, nil
		})
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://a.example", nil)
		response, err := (&transfer.StallTransport{Base: base, Timeout: time.Second, Notice: func(text string) { t.Error(text) }}).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // of the bubble's clock
		if data, err := io.ReadAll(response.Body); err != nil || string(data) != "abc" {
			t.Errorf("%q, %v", data, err)
		}
		response.Body.Close()
	})
}

// cutBody breaks off every few bytes, and may refuse to seek.
type cutBody struct {
	*strings.Reader
	left, cut int
	seekErr   error
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (b *cutBody) Seek(offset int64, whence int) (int64, error) {
	if b.seekErr != nil {
		return 0, b.seekErr
	}
	b.left = b.cut
	return b.Reader.Seek(offset, whence)
}
func (b *cutBody) Close() error { return nil }

func TestResume(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB
	for _, c := range []struct {
		name        string
		body        io.ReadCloser
		want        int
		isTransient bool
		err         string
	}{
		{"resumed", &cutBody{strings.NewReader(content), 5, 100_000, nil}, len(content), false, ""},
		{"no progress", &cutBody{strings.NewReader(content), 5, 5, nil}, 30, false, "unexpected EOF (tried 6 times)"},
		{"range refused", &cutBody{strings.NewReader(content), 5, 5, errors.New("416")}, 5, true, "unexpected EOF"},
		{"request failed", &cutBody{strings.NewReader(content), 5, 5, syscall.ECONNRESET}, 5, false, syscall.ECONNRESET.Error()},
		{"cannot seek", io.NopCloser(strings.NewReader(content[:5])), 5, false, ""},
		{"short", &cutBody{strings.NewReader(content[:5]), 99, 99, nil}, 5, false, "EOF (tried 6 times)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := io.ReadAll(transfer.Resume(t.Context(), c.body, int64(len(content))))
				if string(got) != content[:c.want] || text(err) != c.err {
					t.Errorf("%d bytes, %v", len(got), err)
				}
				if err != nil && transfer.IsTransient(err) != c.isTransient {
					t.Errorf("transient: %v", !c.isTransient)
				}
			})
		})
	}
}
