package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
)

// TestHosts is about names that mean this machine, and names that cannot be written to.
func TestHosts(t *testing.T) {
	dgst := "sha256:" + strings.Repeat("a", 64)
	for host, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "127.0.0.1:1": true, "127.9.9.9": true, "[::1]:5": true, "[::1]": true,
		"example.com": false, "localhost.example.com": false, "10.0.0.1:5000": false, "127.example.com": false,
	} {
		if isLoopback(host) != want {
			t.Errorf("%s: want %v", host, want)
		}
	}
	if _, err := CheckOutput(oci.Reference{Transport: oci.TransportRegistry, Name: "a.b/c@" + dgst}); err == nil {
		t.Error("an output has a digest")
	}
}

// TestRetryPolicy is about what is worth another try, and when.
func TestRetryPolicy(t *testing.T) {
	for _, c := range []struct {
		attempt, status int
		after           string
		least, most     time.Duration // both negative: no other try
	}{
		{0, 500, "", 200 * time.Millisecond, 300 * time.Millisecond},
		{3, 503, "", 1600 * time.Millisecond, 2400 * time.Millisecond},
		{0, 503, "7", 7 * time.Second, 7 * time.Second},
		{0, 429, "120", 2 * time.Minute, 2 * time.Minute},
		{0, 429, "121", -1, -1},
		{0, 429, "99999999999999999999", 200 * time.Millisecond, 300 * time.Millisecond},
		{0, 429, "-5", 200 * time.Millisecond, 300 * time.Millisecond},
		{5, 500, "1", -1, -1},
		{0, 200, "", -1, -1}, {0, 404, "", -1, -1}, {0, 401, "", -1, -1}, {0, 501, "", -1, -1},
	} {
		response := &http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.after}}}
		got, err := retryPolicy{}.Retry(c.attempt, response, nil)
		if err != nil || got < c.least || got > c.most {
			t.Errorf("attempt %d, status %d, Retry-After %q: %v, %v; want %v to %v", c.attempt, c.status, c.after, got, err, c.least, c.most)
		}
	}
	for _, err := range []error{io.ErrUnexpectedEOF, transfer.ErrStalled} {
		if wait, _ := (retryPolicy{}).Retry(0, nil, err); wait < 0 {
			t.Errorf("%v: no other try", err)
		}
	}
	for _, err := range []error{context.Canceled, errors.New("x509: no")} {
		if wait, _ := (retryPolicy{}).Retry(0, nil, err); wait >= 0 {
			t.Errorf("%v: another try", err)
		}
	}
}
