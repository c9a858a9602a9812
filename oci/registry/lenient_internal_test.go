package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestChooseChallenge(t *testing.T) {
	for _, c := range []struct {
		headers []string
		want    string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"Negotiate"}, ""},
		{[]string{"Bearer"}, ""}, // nowhere to get a token
		{[]string{`Basic realm="r"`}, `Basic realm="r"`},
		{[]string{"basic"}, `Basic realm=""`},
		{[]string{`Bearer realm="https://a/t",service="s",scope="repository:x:pull"`}, `Bearer realm="https://a/t",service="s",scope="repository:x:pull"`},
		{[]string{`bEARER  Realm = "https://a/t" , SERVICE = s`}, `Bearer realm="https://a/t",service="s"`},
		{[]string{"Negotiate", `Basic realm="r"`, `Bearer realm="https://a/t"`}, `Bearer realm="https://a/t"`},
		{[]string{`Negotiate, NTLM TlRMTVNTUAAC==, Basic realm="a, b", charset="UTF-8", Bearer realm="https://a/t",service="s"`},
			`Bearer realm="https://a/t",service="s"`},
		{[]string{`Digest realm="r", nonce="a=b", Basic realm="r"`}, `Basic realm="r"`},
		{[]string{`Basic realm="say \"hi\""`}, `Basic realm="say \"hi\""`},
		{[]string{`Bearer realm="https://a/t`}, `Bearer realm="https://a/t"`},
		{[]string{`, ,Bearer ,realm="https://a/t",,`}, `Bearer realm="https://a/t"`},
		{[]string{`Bearer error="invalid_token",realm="https://a/t"`}, `Bearer realm="https://a/t",error="invalid_token"`},
		{[]string{"\x00"}, ""},
	} {
		if got := chooseChallenge(c.headers); got != c.want {
			t.Errorf("%q: got %s, want %s", c.headers, got, c.want)
		}
	}
}

func FuzzChooseChallenge(f *testing.F) {
	f.Add(`Negotiate, NTLM TlRMTVNTUAAC==, Basic realm="a, b", Bearer realm="https://a/t",service=s`)
	f.Fuzz(func(t *testing.T, header string) {
		once := chooseChallenge([]string{header})
		if again := chooseChallenge([]string{once}); strings.IndexFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) < 0 && again != once {
			t.Errorf("%q: %q, then %q", header, once, again)
		}
	})
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, header ...string) *http.Response {
	w := httptest.NewRecorder()
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(status)
	return w.Result()
}

// TestUploadLocation: where an upload goes, and that the login goes no farther than the registry's own host.
func TestUploadLocation(t *testing.T) {
	for _, c := range []struct {
		name, host, location string
		want                 string // the URL of the PUT; "" for none
		login                bool
	}{
		{"same host", "https://r.example", "https://r.example/u?a=b", "https://r.example/u?a=b&digest=D", true},
		{"a path", "https://r.example", "/u", "https://r.example/u?digest=D", true},
		{"another host", "https://r.example", "https://s.example/u?a=%2F", "https://s.example/u?a=%2F&digest=D", false},
		{"a host above", "https://r.example.org", "https://example.org/u", "https://example.org/u?digest=D", false},
		{"a host below", "https://r.example", "https://up.r.example/u", "https://up.r.example/u?digest=D", true},
		{"a host that ends alike", "https://r.example", "https://evilr.example/u", "https://evilr.example/u?digest=D", false},
		{"another port", "https://r.example", "https://r.example:8443/u", "https://r.example:8443/u?digest=D", true},
		{"https that does not know of it", "https://r.example:5000", "http://r.example/u", "https://r.example:5000/u?digest=D", true},
		{"another host in the clear", "https://r.example", "http://s.example/u", "", false},
		{"this machine by another name", "http://127.0.0.1:5000", "http://localhost:5000/u", "http://localhost:5000/u?digest=D", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var put *http.Request
			scheme, host, _ := strings.Cut(c.host, "://")
			transport := &lenientTransport{host: host, base: roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPost {
					response := answer(http.StatusAccepted, "Location", c.location)
					response.Request = r
					return response, nil
				}
				put = r
				return answer(http.StatusCreated), nil
			})}
			post, _ := http.NewRequest(http.MethodPost, c.host+"/v2/x/blobs/uploads/", nil)
			response, err := transport.RoundTrip(post)
			if err != nil {
				t.Fatal(err)
			}
			location, err := response.Location()
			if err != nil {
				t.Fatal(err)
			}
			// As oras-go goes on, which stays on the host and on its scheme.
			if location.Host != host || location.Scheme != scheme {
				if c.want != "" {
					t.Errorf("Location: %s", location)
				}
				return
			}
			q := location.Query()
			q.Set("digest", "D")
			location.RawQuery = q.Encode()
			request, _ := http.NewRequest(http.MethodPut, location.String(), strings.NewReader("blob"))
			request.Header.Set("Authorization", "Bearer T")
			if _, err := transport.RoundTrip(request); err != nil {
				t.Fatal(err)
			}
			if got := put.URL.String(); got != c.want {
				t.Errorf("put to %s, want %s", got, c.want)
			}
			if hasLogin := put.Header.Get("Authorization") != ""; hasLogin != c.login {
				t.Errorf("login: %v, want %v", hasLogin, c.login)
			}
		})
	}
}

// TestUploadPatchStaysEncrypted: a Location after PATCH may not lead to another host in the clear.
func TestUploadPatchStaysEncrypted(t *testing.T) {
	transport := &lenientTransport{host: "r.example", base: roundTrip(func(r *http.Request) (*http.Response, error) {
		response := answer(http.StatusAccepted, "Location", "http://s.example/u")
		response.Request = r
		return response, nil
	})}
	transport.patches.Store(true)
	request, _ := http.NewRequest(http.MethodPut, "https://r.example/v2/x/blobs/uploads/1?digest=D", io.NopCloser(strings.NewReader("blob")))
	request.ContentLength = 4
	if _, err := transport.RoundTrip(request); err == nil || err.Error() != `blob upload Location "s.example" downgrades scheme from https` {
		t.Error(err)
	}
}

// TestProtocol: http is spoken where https is not, but not where a certificate is wrong.
func TestProtocol(t *testing.T) {
	refused := errors.New("dial tcp 127.0.0.1:443: connect: connection refused")
	ok := answer(http.StatusUnauthorized)
	for _, c := range []struct {
		name        string
		https, http any // a response or an error
		want        bool
	}{
		{"https", ok, ok, false},
		{"http on the port", errors.New("http: server gave HTTP response to HTTPS client"), ok, true},
		{"port 443 is closed, 80 is not", refused, ok, true},
		{"a proxy does not connect to the port", errors.New("Forbidden"), ok, true},
		{"nothing answers", refused, refused, false},
		{"a wrong certificate", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, ok, false},
	} {
		got := isPlain(context.Background(), roundTrip(func(r *http.Request) (*http.Response, error) {
			result := c.https
			if r.URL.Scheme == "http" {
				result = c.http
			}
			if err, isError := result.(error); isError {
				return nil, err
			}
			return answer(http.StatusUnauthorized), nil
		}), "localhost")
		if got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
