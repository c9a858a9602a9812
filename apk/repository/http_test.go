package repository_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
)

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.ReplaceAll(to, "PATH", r.URL.Path), http.StatusFound)
	}
}

func TestRedirects(t *testing.T) {
	s := newServer(t, sample)
	target := s.start(t)
	secure := func(h http.Handler) (*http.Client, string) {
		server := httptest.NewTLSServer(h)
		t.Cleanup(server.Close)
		return server.Client(), server.URL
	}
	plain := func(h http.Handler) (*http.Client, string) {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return nil, server.URL
	}
	for _, c := range []struct {
		name  string
		start func(http.Handler) (*http.Client, string)
		to    string
		err   string
	}{
		{"to another server", plain, target + "PATH", ""},
		{"loop", plain, "PATH", "fetch URL: more than 5 redirects"},
		{"https to http", secure, target + "PATH", "fetch URL: redirected from https to http"},
		{"to a file", plain, "file:///etc/passwd", "fetch URL: unsupported protocol scheme \"file\""},
		{"to nowhere", plain, "http://%zz/", "fetch URL: failed to parse Location header"},
		{"secret in a bad one", plain, "http://u:secret@[::1/", "fetch URL: failed to parse Location header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, u := c.start(redirect(c.to))
			s.seen()
			_, err := index(closing(t, &repository.Client{HTTP: client}), at(u))
			want := strings.Replace(c.err, "URL", u+"/x86_64/APKINDEX.tar.gz", 1)
			if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error names a password: %v", err)
			}
		})
	}
}

// TestCredentials has a user and password in the URL: its server gets them, and
// nobody else.
func TestCredentials(t *testing.T) {
	s := newServer(t, sample)
	other := newServer(t, sample)
	u := strings.Replace(s.start(t), "http://", "http://user:secret@", 1)
	otherURL := strings.Replace(other.start(t), "127.0.0.1", "localhost", 1)
	s.faults = []http.HandlerFunc{nil, redirect(otherURL + "PATH"), status(401)}
	c := &repository.Client{CacheDir: t.TempDir(), Warn: func(w string) { t.Error(w) }, Progress: func(p repository.Progress) {
		if strings.Contains(p.URL, "secret") {
			t.Errorf("progress names a password: %s", p.URL)
		}
	}}
	x, err := index(c, at(u))
	if err != nil {
		t.Fatal(err)
	}
	source, err := c.Package(t.Context(), at(u), find(t, x, "small"), "x86_64", apk.V3)
	if err != nil || strings.Contains(source.String(), "secret") {
		t.Errorf("source %s, %v", source, err)
	}
	err = packageError(c, at(u), find(t, x, "big"))
	if err == nil || !strings.Contains(err.Error(), "401 Unauthorized") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	for _, r := range s.seen() {
		if !strings.Contains(r, "Authorization:Basic dXNlcjpzZWNyZXQ=") {
			t.Errorf("the server got %s", r)
		}
	}
	for _, r := range other.seen() {
		if strings.Contains(r, "Authorization") {
			t.Errorf("the other server got %s", r)
		}
	}
	cached, err := os.ReadFile(onlyFile(t, c.CacheDir+"/indexes"))
	if err != nil || bytes.Contains(cached, []byte("secret")) {
		t.Errorf("the password is in the cache: %v", err)
	}
}

// TestConnections has real sockets break.
func TestConnections(t *testing.T) {
	s := newServer(t, sample)
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(s)
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew && connections.Add(1) == 1 {
			c.(*net.TCPConn).SetLinger(0)
			c.Close() // a reset, before there is an answer
		}
	}
	server.Start()
	defer server.Close()
	if _, err := index(closing(t, &repository.Client{}), at(server.URL)); err != nil {
		t.Errorf("after a reset: %v", err)
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := "http://user:secret@" + listener.Addr().String()
	listener.Close()
	_, err = index(closing(t, &repository.Client{}), at(u))
	if err == nil || !strings.HasPrefix(err.Error(), "fetch "+strings.Replace(u, "user:secret", "xxxxx", 1)+"/x86_64/APKINDEX.tar.gz: dial tcp ") {
		t.Errorf("nobody listens: %v", err)
	}

	secure := httptest.NewTLSServer(s)
	defer secure.Close()
	secure.Config.ErrorLog = quiet()
	if _, err := index(closing(t, &repository.Client{}), at(secure.URL)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
}

// countPackages is what a test does that runs itself in a new process, which the URL of a repository tells it: it prints how many
// packages the index lists, and ends the process. Without a URL it does nothing.
func countPackages(u string) {
	if u == "" {
		return
	}
	c := new(repository.Client)
	x, err := index(c, at(u))
	c.Close()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(len(x.Packages), "packages")
	os.Exit(0)
}

// TestProxy runs itself in a new process, since Go reads the proxy variables once.
func TestProxy(t *testing.T) {
	countPackages(os.Getenv("LAMINA_TEST_PROXIED"))
	s := newServer(t, sample)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "a.example" { // the whole URL is in the request line
			http.Error(w, "not for a proxy", http.StatusBadRequest)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	run := func(env ...string) (string, error) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestProxy$")
		cmd.Env = append(os.Environ(), "LAMINA_TEST_PROXIED=http://a.example")
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("HTTP_PROXY=" + proxy.URL); err != nil || out != "2 packages\n" {
		t.Errorf("through a proxy: %v\n%s", err, out)
	}
	if n := len(s.seen()); n != 1 {
		t.Errorf("%d requests came through", n)
	}
	out, err := run("HTTP_PROXY=http://user:secret@127.0.0.1:bad")
	if err == nil || !strings.Contains(out, "proxy") || strings.Contains(out, "secret") {
		t.Errorf("a bad proxy: %v\n%s", err, out)
	}
}

// closing closes a client when the test ends, so that it leaves no temporary directory behind.
func closing(t *testing.T, c *repository.Client) *repository.Client {
	t.Cleanup(func() { c.Close() })
	return c
}
