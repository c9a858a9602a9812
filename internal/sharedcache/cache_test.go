package sharedcache_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/sharedcache"
)

// keeper is a server that keeps what is PUT below its URL, as nginx with WebDAV does.
type keeper struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte
	requests []string
	// answer, if not nil, answers a request in place of the server, and reports whether it did.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// closing ends answers that stall: of a request whose body was not read, a server does not notice that the client is gone.
	closing context.Context
}

func startKeeper(t *testing.T) *keeper {
	k := &keeper{files: make(map[string][]byte)}
	var stop context.CancelFunc
	k.closing, stop = context.WithCancel(context.Background())
	k.Server = httptest.NewServer(http.HandlerFunc(k.serve))
	t.Cleanup(func() { stop(); k.Close() })
	return k
}

func (k *keeper) serve(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	k.requests = append(k.requests, r.Method+" "+r.URL.Path)
	answer, content := k.answer, k.files[r.URL.Path]
	k.mu.Unlock()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(k.closing, cancel)()
	r = r.WithContext(ctx)
	switch {
	case answer != nil && answer(w, r):
	case r.Method == http.MethodPut:
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		k.mu.Lock()
		k.files[r.URL.Path] = content
		k.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	case content == nil:
		http.NotFound(w, r)
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// heard returns the requests since the last call, in the order of their texts: METHOD /ac or METHOD /cas.
func (k *keeper) heard() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []string
	for _, r := range k.requests {
		list = append(list, r[:strings.LastIndexByte(r, '/')])
	}
	k.requests = nil
	slices.Sort(list)
	return list
}

// machine is a directory with a shared cache.
type machine struct {
	*cache.Directory
	shared   *sharedcache.Cache
	mu       sync.Mutex
	warnings []string
}

func (k *keeper) machine(t *testing.T, name string, reads, writes bool, change ...func(*sharedcache.Options)) *machine {
	store, err := sharedcache.NewHTTP(k.URL+"/", k.Client())
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{Directory: cache.Open(t.TempDir(), func() ([]byte, error) { return []byte("secret of " + t.Name() + name), nil })}
	warn := func(text string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.warnings = append(m.warnings, text)
	}
	m.Warn = warn
	o := sharedcache.Options{Directory: m.Directory, Name: name, Warn: warn, Timeout: 30 * time.Second}
	if reads {
		o.From = []sharedcache.Store{store}
	}
	if writes {
		o.To = []sharedcache.Store{store}
	}
	for _, f := range change {
		f(&o)
	}
	m.shared = sharedcache.New(t.Context(), o)
	t.Cleanup(func() { m.shared.Close(); m.Close() })
	return m
}

func keyOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Entries of every kind, small and large ones.
func entriesOfAllKinds() map[cache.Kind]string {
	entries := make(map[cache.Kind]string)
	for n, kind := range cache.SharedKinds() {
		content := string(kind) + " "
		if n%2 == 0 {
			content = strings.Repeat(content, 300_000/len(content))
		}
		entries[kind] = content
	}
	return entries
}

// nameIn returns the name of an entry in a kind: package apk/repository has its own.
func nameIn(kind cache.Kind) string {
	switch kind {
	case cache.Packages:
		return "X1" + keyOf("package")[:40] + ".apk"
	case cache.Indexes:
		return keyOf("index") + ".index"
	}
	return keyOf(string(kind))
}

// put makes an entry, as a build does or package apk/repository.
func (m *machine) put(kind cache.Kind, content string) {
	switch kind {
	case cache.Packages, cache.Indexes, cache.Files:
		w := m.Receive(kind, nameIn(kind))
		io.WriteString(w, content)
		w.Commit()
		m.Note(kind, nameIn(kind))
	default:
		m.Write(kind, nameIn(kind), []byte(content))
	}
}

// get returns the content of an entry, as a build does or package apk/repository.
func (m *machine) get(kind cache.Kind) (string, error) {
	switch kind {
	case cache.Packages, cache.Indexes, cache.Files:
		if !m.Fetch(kind, nameIn(kind)) {
			return "", fs.ErrNotExist
		}
		m.Note(kind, nameIn(kind))
		entry, err := m.Send(kind, nameIn(kind))
		if err != nil {
			return "", err
		}
		defer entry.Close()
		content, err := io.ReadAll(entry.File)
		return string(content), err
	}
	content, err := m.Read(kind, nameIn(kind), 1<<20)
	return string(content), err
}

// fill has a machine write entries of all kinds.
func (k *keeper) fill(t *testing.T, name string, change ...func(*sharedcache.Options)) {
	t.Helper()
	m := k.machine(t, name, false, true, change...)
	for _, kind := range cache.SharedKinds() {
		m.put(kind, entriesOfAllKinds()[kind])
	}
	m.shared.Publish(t.Context())
	if len(m.warnings) > 0 {
		t.Fatal(m.warnings)
	}
	k.heard()
}

// TestShare: one machine finds the entries of another. The same build sends no other requests than those for a list and the blobs.
func TestShare(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	m := k.machine(t, "build", true, true)
	blobs := 0
	for kind, want := range entriesOfAllKinds() {
		if got, err := m.get(kind); err != nil || got != want {
			t.Errorf("%s: %d bytes, %v; want %d", kind, len(got), err, len(want))
		}
		if len(want) > 1024 {
			blobs++
		}
	}
	if _, err := m.Read(cache.Chains, keyOf("missing"), 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing entry: %v", err)
	}
	if got, want := k.heard(), append([]string{"GET /ac"}, slices.Repeat([]string{"GET /cas"}, blobs)...); !slices.Equal(got, want) {
		t.Errorf("requests %v, want %v", got, want)
	}
	m.shared.Publish(t.Context())
	if got := k.heard(); !slices.Equal(got, []string{"GET /ac"}) { // the list of all builds
		t.Errorf("with nothing new, writing sends %v", got)
	}
	if s := m.shared.Stats(); s.Fetched != len(cache.SharedKinds()) || s.Sent != 0 || len(m.warnings) > 0 {
		t.Errorf("%+v, %v", s, m.warnings)
	}
}

// TestOtherBuild: another build finds by the list of all builds what is not of one build alone.
func TestOtherBuild(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	m := k.machine(t, "other build", true, true)
	for kind, want := range entriesOfAllKinds() {
		got, err := m.get(kind)
		isOfOne := kind == cache.Chains || kind == cache.Layers
		if isOfOne && err == nil || !isOfOne && got != want {
			t.Errorf("%s: %d bytes, %v", kind, len(got), err)
		}
	}
	m.put(cache.Chains, "of the other build")
	m.put(cache.Indexes, "another index")
	m.shared.Publish(t.Context())
	if s := m.shared.Stats(); s.Sent != 0 || len(m.warnings) > 0 { // both are small: they are in lists
		t.Errorf("%+v, %v", s, m.warnings)
	}
	for name, want := range map[string]string{"build": entriesOfAllKinds()[cache.Indexes], "other build": "another index", "third": "another index"} {
		if got, err := k.machine(t, name, true, false).get(cache.Indexes); err != nil || got != want {
			t.Errorf("%s: index of %d bytes, %v; want %d", name, len(got), err, len(want))
		}
	}
}

// TestCarried: the list of one build has the content of entries of some kilobytes, up to a bound; the list of all builds has them as blobs.
func TestCarried(t *testing.T) {
	k := startKeeper(t)
	m := k.machine(t, "build", false, true)
	content := func(n int) string { return strings.Repeat(fmt.Sprint(n, " "), 16<<10)[:16<<10] }
	for n := range 70 { // of which 64 are one MiB
		m.Write(cache.Listings, keyOf(fmt.Sprint(n)), []byte(content(n)))
	}
	m.shared.Publish(t.Context())
	k.heard()
	for name, most := range map[string]int{"build": 6, "other build": 70} {
		reader := k.machine(t, name, true, true)
		for n := range 70 {
			if got, err := reader.Read(cache.Listings, keyOf(fmt.Sprint(n)), 1<<20); err != nil || string(got) != content(n) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		blobs := 0
		for _, r := range k.heard() {
			if r == "GET /cas" {
				blobs++
			}
		}
		if blobs != most {
			t.Errorf("%s: %d blobs, want %d", name, blobs, most)
		}
		reader.shared.Publish(t.Context())
		if s := reader.shared.Stats(); s.Sent != 0 {
			t.Errorf("%s: %d entries are sent again", name, s.Sent)
		}
		k.heard()
	}
	for name, text := range k.files {
		if strings.HasPrefix(name, "/ac/") && len(text) > 1<<20+70*300 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
	}
}

// TestReadingAndWritingAreTwoThings: nothing is read from a server that is only written to, and nothing is written to one that is only read.
func TestReadingAndWritingAreTwoThings(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	writer := k.machine(t, "build", false, true)
	if _, err := writer.get(cache.Segments); err == nil {
		t.Error("an entry was read with --cache-to alone")
	}
	reader := k.machine(t, "build", true, false)
	before := maps.Clone(k.files)
	reader.put(cache.Trees, strings.Repeat("a new entry ", 1000))
	reader.get(cache.Segments)
	reader.shared.Publish(t.Context())
	if !maps.EqualFunc(before, k.files, bytes.Equal) {
		t.Error("something was written with --cache-from alone")
	}
}

// TestRejected: an entry that its reader finds to be wrong is written again.
func TestRejected(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	m := k.machine(t, "build", true, true)
	if _, err := m.get(cache.Segments); err != nil {
		t.Fatal(err)
	}
	m.Discard(cache.Segments, nameIn(cache.Segments), cache.ErrDamaged)
	better := strings.Repeat("what it should be ", 1000)
	m.put(cache.Segments, better)
	m.shared.Publish(t.Context())
	if got, err := k.machine(t, "build", true, false).get(cache.Segments); got != better {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestLost: blobs that a server has lost are written again.
func TestLost(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	maps.DeleteFunc(k.files, func(name string, _ []byte) bool { return strings.HasPrefix(name, "/cas/") })
	m := k.machine(t, "build", true, true)
	if _, err := m.get(cache.Segments); !errors.Is(err, fs.ErrNotExist) || len(m.warnings) > 0 {
		t.Errorf("%v, %v", err, m.warnings)
	}
	m.put(cache.Segments, entriesOfAllKinds()[cache.Segments])
	m.shared.Publish(t.Context())
	if got, err := k.machine(t, "build", true, false).get(cache.Segments); got != entriesOfAllKinds()[cache.Segments] {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestContextEnds: an interrupted build is not told about its shared cache.
func TestContextEnds(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	ctx, cancel := context.WithCancelCause(t.Context())
	k.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		cancel(errors.New("a signal"))
		<-r.Context().Done()
		return true
	}
	store, err := sharedcache.NewHTTP(k.URL, k.Client())
	if err != nil {
		t.Fatal(err)
	}
	directory := cache.Open(t.TempDir(), func() ([]byte, error) { return []byte("secret of this test"), nil })
	shared := sharedcache.New(ctx, sharedcache.Options{Directory: directory, Name: "build", From: []sharedcache.Store{store}, To: []sharedcache.Store{store},
		Warn: func(text string) { t.Error(text) }})
	defer shared.Close()
	directory.Write(cache.Trees, keyOf("tree"), []byte("tree"))
	if _, err := directory.Read(cache.Segments, nameIn(cache.Segments), 1<<20); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	shared.Publish(ctx)
}

func ExampleNewHTTP() {
	_, err := sharedcache.NewHTTP("https://cache.example/path?token=secret", http.DefaultClient)
	fmt.Println(err)
	// Output: https://cache.example/path?xxxxx: want https://HOST/PATH without a query
}
