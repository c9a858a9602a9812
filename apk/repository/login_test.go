package repository_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
)

// guarded is a server that asks for a login, user and secret.
func guarded(t *testing.T, s *server) *httptest.Server {
	t.Helper()
	g := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "user" || password != "se:cret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="Private Area"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// TestLoginWithBody: a body is sent again in full when a server requires a login.
func TestLoginWithBody(t *testing.T) {
	var got []string
	g := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, string(body))
		if user, _, ok := r.BasicAuth(); !ok || user != "user" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer g.Close()
	t.Setenv("HTTP_AUTH", "basic:*:user:se:cret")
	request, err := http.NewRequest(http.MethodPut, g.URL, strings.NewReader("the body"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := repository.NewHTTPClient().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || !slices.Equal(got, []string{"the body", "the body"}) {
		t.Errorf("%s, %q", response.Status, got)
	}
}

// TestLogins: apk's ways to log in to a repository.
func TestLogins(t *testing.T) {
	for _, c := range []struct {
		name, auth, netrc string
		want              string // in the error
	}{
		{"HTTP_AUTH, any realm", "basic:*:user:se:cret", "", ""},
		{"HTTP_AUTH, another realm, which apk does not look at", "Basic:Members:user:se:cret", "", ""},
		{"HTTP_AUTH for the host", "basic:127.0.0.1:user:se:cret", "", ""},
		{"HTTP_AUTH for another host", "basic:packages.example:user:se:cret", "", "401 Unauthorized"},
		{"HTTP_AUTH, a wrong password", "basic:*:user:wrong", "", "401 Unauthorized"},
		{"HTTP_AUTH, malformed", "basic:user:secret", "", "401 Unauthorized"},
		{"HTTP_AUTH, another scheme", "digest:*:user:se:cret", "", "401 Unauthorized"},
		{"netrc", "", "machine other.example login x password y\nmachine 127.0.0.1\n\tlogin user\n\tpassword se:cret\n", ""},
		{"netrc, by its default", "", "machine other.example login x password y default login user account a password se:cret", ""},
		{"netrc, for others", "", "machine other.example login user password se:cret", "401 Unauthorized"},
		{"netrc behind HTTP_AUTH for another host", "basic:packages.example:x:y", "machine 127.0.0.1 login user password se:cret", ""},
		{"HTTP_AUTH where netrc has another login", "basic:*:user:se:cret", "machine 127.0.0.1 login x password y", ""},
		{"none", "", "", "401 Unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, sample)
			t.Setenv("HTTP_AUTH", c.auth)
			file := filepath.Join(t.TempDir(), "netrc")
			if err := os.WriteFile(file, []byte(c.netrc), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("NETRC", file)
			_, err := index(closing(t, &repository.Client{}), at(guarded(t, s).URL))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			const want = "give a user and password: LAMINA_LOGIN_HOST=USER:PASSWORD (see lamina help environment), HTTP_AUTH, an entry of ~/.netrc, " +
				"or the URL"
			if err != nil && hint.Of(err) != want {
				t.Errorf("remedy: %q", hint.Of(err))
			}
			if err != nil && strings.Contains(err.Error(), "cret") {
				t.Errorf("the error names a password: %v", err)
			}
		})
	}
}

// TestLoginsOfVariables: LAMINA_LOGIN_ and LAMINA_TOKEN_ with a host's name are for that host alone, before other logins.
func TestLoginsOfVariables(t *testing.T) {
	s := newServer(t, sample)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user+":"+password != "user:se:cret" && r.Header.Get("Authorization") != "Bearer t0ken" {
			w.WriteHeader(http.StatusForbidden) // without asking for a login
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	t.Setenv("NETRC", os.DevNull)
	t.Setenv("HTTP_AUTH", "basic:127.0.0.1:user:wrong")
	for _, c := range []struct{ name, variables, want string }{
		{"a login", "LAMINA_LOGIN_127_0_0_1=user:se:cret", ""},
		{"a token", "LAMINA_TOKEN_127_0_0_1=t0ken", ""},
		{"a wrong one", "LAMINA_TOKEN_127_0_0_1=se:cret", "403 Forbidden"},
		{"another host's", "LAMINA_LOGIN_127_0_0_2=user:se:cret", "403 Forbidden"},
		{"no colon", "LAMINA_LOGIN_127_0_0_1=secret", "LAMINA_LOGIN_127_0_0_1 has no colon between user and password"},
		{"a line break", "LAMINA_LOGIN_127_0_0_1=user:se:cret\n", "the login of the environment for 127.0.0.1 contains a line break"},
		{"both", "LAMINA_LOGIN_127_0_0_1=user:se:cret LAMINA_TOKEN_127_0_0_1=secret", "LAMINA_LOGIN_127_0_0_1 and LAMINA_TOKEN_127_0_0_1 are both set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for variable := range strings.SplitSeq(c.variables, " ") {
				name, value, _ := strings.Cut(variable, "=")
				t.Setenv(name, value)
			}
			_, err := index(closing(t, &repository.Client{}), at(server.URL))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error()+hint.Of(err), "cret")) {
				t.Errorf("the error names a password: %v", err)
			}
		})
	}
}

// TestLoginsOfVariablesStay: a login of a variable does not go to where its server redirects to.
func TestLoginsOfVariablesStay(t *testing.T) {
	t.Setenv("LAMINA_LOGIN_127_0_0_1", "user:se:cret")
	open, other := newServer(t, sample), newServer(t, sample)
	open.faults = []http.HandlerFunc{redirect(strings.Replace(other.start(t), "127.0.0.1", "localhost", 1) + "PATH")}
	if _, err := index(closing(t, &repository.Client{}), at(open.start(t))); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(open.seen(), func(r string) bool { return strings.Contains(r, "Authorization") }) {
		t.Error("the login did not go to its host")
	}
	if slices.ContainsFunc(other.seen(), func(r string) bool { return strings.Contains(r, "Authorization") }) {
		t.Error("the login went to another host")
	}
}

// TestLoginsOfHosts: a login for the very host goes out at once, since not all servers ask: some answer 403.
func TestLoginsOfHosts(t *testing.T) {
	s := newServer(t, sample)
	hides := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "user" || password != "secret" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer hides.Close()
	t.Setenv("NETRC", "/dev/null")
	for realm, want := range map[string]bool{"127.0.0.1": true, "*": false} {
		t.Setenv("HTTP_AUTH", "basic:"+realm+":user:secret")
		if _, err := index(closing(t, &repository.Client{}), at(hides.URL)); (err == nil) != want {
			t.Errorf("realm %s: %v", realm, err)
		}
	}
}

// TestLoginsStay: a login goes to servers that ask for one, and not to where they redirect to.
func TestLoginsStay(t *testing.T) {
	t.Setenv("HTTP_AUTH", "basic:*:user:se:cret")
	open := newServer(t, sample)
	if _, err := index(closing(t, &repository.Client{}), at(open.start(t))); err != nil {
		t.Fatal(err)
	}
	other := newServer(t, sample)
	elsewhere := strings.Replace(guarded(t, other).URL, "127.0.0.1", "localhost", 1)
	open.faults = []http.HandlerFunc{redirect(elsewhere + "PATH")}
	if _, err := index(closing(t, &repository.Client{}), at(open.start(t))); err == nil || !strings.HasSuffix(err.Error(), "401 Unauthorized") {
		t.Errorf("redirected: %v", err)
	}
	if slices.ContainsFunc(slices.Concat(open.seen(), other.seen()), func(r string) bool { return strings.Contains(r, "Authorization") }) {
		t.Error("a login was sent to a server that did not request one")
	}
}

// TestCertificates runs itself in a new process, since Go reads SSL_CERT_FILE once.
func TestCertificates(t *testing.T) {
	countPackages(os.Getenv("LAMINA_TEST_TLS"))
	s := newServer(t, sample)
	dir := t.TempDir()
	certificate, key, pool := clientPair(t, dir)
	server := httptest.NewUnstartedServer(s)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server.StartTLS()
	defer server.Close()
	authority := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(dir, "both.pem")
	var text []byte
	for _, file := range []string{certificate, key} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, data...)
	}
	if err := os.WriteFile(both, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"all", []string{"SSL_CERT_FILE=" + authority, "SSL_CLIENT_CERT_FILE=" + certificate, "SSL_CLIENT_KEY_FILE=" + key}, "2 packages\n"},
		{"key and certificate in one file", []string{"SSL_CERT_FILE=" + authority, "SSL_CLIENT_CERT_FILE=" + both}, "2 packages\n"},
		{"an unknown authority", []string{"SSL_CLIENT_CERT_FILE=" + both}, "certificate signed by unknown authority"},
		{"no client certificate", []string{"SSL_CERT_FILE=" + authority}, "certificate required"},
		{"no key", []string{"SSL_CERT_FILE=" + authority, "SSL_CLIENT_CERT_FILE=" + certificate}, "client certificate of SSL_CLIENT_CERT_FILE: "},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCertificates$")
		cmd.Env = append(append(os.Environ(), "LAMINA_TEST_TLS="+server.URL), c.env...)
		out, err := cmd.CombinedOutput()
		if !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}

// clientPair makes a certificate for a client, which is its own authority.
func clientPair(t *testing.T, dir string) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key, pool
}
