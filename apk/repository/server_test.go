package repository_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// server is a repository behind a handler, which notes requests and can be told to
// answer otherwise first.
type server struct {
	files map[string][]byte

	mu       sync.Mutex
	requests []string           // "GET /path", with what matters of the header
	faults   []http.HandlerFunc // each answers one request, in order
}

// sample is what most tests fetch: big enough for a connection to break in it.
var sample = fixtures.Repository{Packages: []fixtures.Package{
	{Name: "big", Files: []fixtures.File{{Path: "big", Content: fixtures.Workload{Bytes: 500_000, Files: 1}.Package(0).Files[0].Content}}},
	{Name: "small", Files: []fixtures.File{{Path: "small", Content: "small\n"}}},
}}

func newServer(t testing.TB, r fixtures.Repository) *server {
	t.Helper()
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	return &server{files: files}
}

// start listens on the loopback interface and returns the repository's URL.
func (s *server) start(t testing.TB) string {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	note := "GET " + r.URL.Path
	for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since", "Authorization"} {
		if v := r.Header.Get(name); v != "" {
			note += " " + name + ":" + v
		}
	}
	s.mu.Lock()
	s.requests = append(s.requests, note)
	var fault http.HandlerFunc
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	s.mu.Unlock()
	if fault != nil { // nil answers as usual
		fault(w, r)
		return
	}
	content, ok := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", etag(content))
	http.ServeContent(w, r, "", fixtures.BuildTime, bytes.NewReader(content))
}

func etag(content []byte) string { return fmt.Sprintf(`"%d"`, len(content)) }

// seen returns the requests so far, and forgets them.
func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.requests
	s.requests = nil
	return list
}

// status answers with a status and header fields "Name: value".
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, field := range header {
			name, value, _ := strings.Cut(field, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
	}
}

// cut answers with the beginning of the file, and breaks the connection.
func (s *server) cut(at int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		for _, field := range header {
			name, value, _ := strings.Cut(field, ": ")
			w.Header().Set(name, value)
		}
		w.Write(content[:at])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// memory is a network without sockets, for tests with a clock of their own.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { m.once.Do(func() { close(m.done) }); return nil }
func (m *memory) Addr() net.Addr { return &net.TCPAddr{} }

func (m *memory) dial(ctx context.Context, network, address string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.conns <- there:
		return here, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// inMemory serves h on a network in memory and returns a client for it, whatever the
// host. To be used inside a synctest bubble: time passes there when all wait.
func inMemory(t *testing.T, h http.Handler) *http.Client {
	m := &memory{conns: make(chan net.Conn), done: make(chan struct{})}
	s := &http.Server{Handler: h}
	go s.Serve(m)
	transport := &http.Transport{DialContext: m.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return &http.Client{Transport: transport}
}

// at is the repository at a URL.
func at(url string) repository.Repository { return repository.Repository{URL: url} }

// index fetches the index for x86_64 with apk 3's rules.
func index(c *repository.Client, r repository.Repository) (*apk.Index, error) {
	return c.Index(context.Background(), r, "x86_64", fixtures.KeyRing(), apk.V3)
}

// find returns a package of an index that must have it.
func find(t testing.TB, x *apk.Index, name string) *apk.Package {
	t.Helper()
	for _, p := range x.Packages {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("the index has no %s", name)
	return nil
}

// entry returns what the sample's index says of a package.
func (s *server) entry(t testing.TB, name string) *apk.Package {
	t.Helper()
	x, err := apk.ReadIndexArchive(bytes.NewReader(s.files["x86_64/APKINDEX.tar.gz"]), fixtures.KeyRing(), apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	return find(t, x, name)
}

func read(t testing.TB, s *repository.Source) []byte {
	t.Helper()
	f, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// onlyFile returns the one file in a directory of the cache; another, such as one
// with a temporary name, is an error.
func onlyFile(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Fatalf("%s has %v, want one file", dir, entries)
	}
	return filepath.Join(dir, entries[0].Name())
}

// quiet is for a server whose clients hang up on it.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
