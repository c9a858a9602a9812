// Package download holds what a build reads by URL: what its commands ask for ("curl", "wget") and ADD, which are inputs of the build as
// an index is, and files whose SHA-256 the request knows.
//
// Within a build, a URL is fetched once. Content that commands and ADD have read is part of the lock and of the record, and with a lock it must be
// the same.
package download

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
)

// maxURLs bounds the different URLs that the commands of a build read.
const maxURLs = 10000

// maxAnswer bounds what the cache remembers of an answer, in bytes.
const maxAnswer = 64 << 10

// A Log holds what one build has read. It is for one goroutine.
type Log struct {
	Client   *repository.Client
	Cache    *cache.Directory
	Vendored *vendored.Source // nil for none

	isLocked bool
	locked   []lock.Download
	read     []lock.Download
	answers  map[lock.Download]*answer
	files    map[string]string // local files by their SHA-256
}

// answer is what a URL led to.
type answer struct {
	url string // with what a lock leaves out
	*repository.Answer
}

// LockError says that the lock has something else than the build reads.
type LockError struct{ Err error }

func (e *LockError) Error() string { return e.Err.Error() }
func (e *LockError) Unwrap() error { return e.Err }

// Lock makes the log answer as a lock says.
func (l *Log) Lock(downloads []lock.Download) { l.isLocked, l.locked = true, downloads }

// Known returns the answer to a request that was made before, or nil.
func (l *Log) Known(r script.Request) (*script.Response, error) {
	known := l.answers[describe(r)]
	if known == nil {
		return nil, nil
	}
	if known.url != r.URL {
		return nil, hint.Errorf("fetch %s: it was read with another user or password before", describe(r).URL).With("read it once, and copy the file")
	}
	return known.response(), nil
}

// Read answers a request of a command. The error is a [*LockError] where the lock does not have it.
func (l *Log) Read(ctx context.Context, r script.Request) (*script.Response, error) {
	if known, err := l.Known(r); known != nil || err != nil {
		return known, err
	}
	asked := describe(r)
	if len(l.read) == maxURLs {
		return nil, fmt.Errorf("fetch %s: commands read more than %d URLs", asked.URL, maxURLs)
	}
	get := repository.Get{URL: r.URL, Header: r.Header, Stay: r.Stay}
	ask := l.ask
	if l.isLocked {
		ask = l.askLock
	}
	got, err := ask(ctx, get, asked)
	if err != nil {
		return nil, err
	}
	if l.answers == nil {
		l.answers = make(map[lock.Download]*answer)
	}
	a := &answer{r.URL, got}
	l.answers[asked] = a
	if asked.SHA256, asked.Size = got.SHA256, got.Size; got.Status != http.StatusOK {
		asked.Status = got.Status
	}
	l.read = append(l.read, asked)
	return a.response(), nil
}

// Content returns the file that an answer of 200 brings; any other is an error.
func Content(r *script.Response, from string) (tree.Content, int64, error) {
	if r.Status != http.StatusOK {
		err := fmt.Errorf("fetch %s: the server answers %d %s", redact.URL(from), r.Status, http.StatusText(r.Status))
		return nil, 0, hint.With(err, "check the URL")
	}
	return r.Content, r.Size, nil
}

func (a *answer) response() *script.Response {
	r := &script.Response{Status: a.Status, Size: a.Size}
	if a.Name != "" {
		r.Content = localFile(a.Name)
	}
	return r
}

// describe returns what a lock tells requests apart by, without secrets.
func describe(r script.Request) lock.Download {
	d := lock.Download{URL: redact.URL(r.URL), Accept: r.Header.Get("Accept")}
	if d.Accept == "*/*" {
		d.Accept = "" // as if nothing were said
	}
	u, err := url.Parse(r.URL)
	if err == nil {
		u.User, u.Fragment, u.RawFragment = nil, "", ""
	}
	if err == nil && u.String() != d.URL {
		if where, parameters := redact.CutParameters(u.String()); parameters != "" {
			d.URL, d.Query = where, digest.FromString(parameters).Encoded()
		}
	}
	return d
}

// askLock returns what the lock says that a URL leads to.
func (l *Log) askLock(ctx context.Context, get repository.Get, asked lock.Download) (*repository.Answer, error) {
	i := slices.IndexFunc(l.locked, func(d lock.Download) bool {
		return d.URL == asked.URL && d.Query == asked.Query && d.Accept == asked.Accept
	})
	if i < 0 {
		return nil, &LockError{hint.Errorf("the lock does not have %s, which a command reads", asked.URL).With("run lamina lock again")}
	}
	pinned := l.locked[i]
	if pinned.Status != 0 {
		return &repository.Answer{Status: pinned.Status}, nil
	}
	get.SHA256 = pinned.SHA256
	var err error
	if get.Dirs, err = l.Vendored.Files(ctx, pinned.SHA256); err != nil {
		return nil, err
	}
	got, err := l.Client.Get(ctx, get)
	if err != nil {
		return nil, &LockError{err}
	}
	return got, nil
}

// ask asks the server, unless what the cache remembers still holds.
func (l *Log) ask(ctx context.Context, get repository.Get, asked lock.Download) (*repository.Answer, error) {
	key := digest.FromString(get.URL + "\n" + asked.Accept).Encoded()
	if text, err := l.Cache.Read(cache.Answers, key, maxAnswer); err == nil {
		known := new(repository.Answer)
		if json.Unmarshal(text, known) == nil {
			get.Known = known
		}
	}
	got, err := l.Client.Get(ctx, get)
	if err != nil {
		return nil, err
	}
	if text, err := json.Marshal(got); err == nil && len(text) <= maxAnswer {
		l.Cache.Write(cache.Answers, key, text)
	}
	return got, nil
}

// File fetches a file of a known SHA-256, unless what is vendored or the cache has it.
func (l *Log) File(ctx context.Context, from, sum string) (tree.Content, int64, error) {
	dirs, err := l.Vendored.Files(ctx, sum)
	if err != nil {
		return nil, 0, err
	}
	name, err := l.Client.File(ctx, from, sum, dirs...)
	if err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if l.files == nil {
		l.files = make(map[string]string)
	}
	l.files[sum] = name
	return localFile(name), info.Size(), nil
}

// Locked returns what was read, for the lock. With a lock, it must be all that the lock has.
func (l *Log) Locked() ([]lock.Download, error) {
	if l.isLocked && len(l.read) != len(l.locked) {
		return nil, &LockError{fmt.Errorf("the lock has %d downloads, and the build makes %d", len(l.locked), len(l.read))}
	}
	return slices.Clone(l.read), nil
}

// Files lists all files that were read, in no order.
func (l *Log) Files() []vendored.File {
	var list []vendored.File
	for _, a := range l.answers {
		if a.Name != "" {
			list = append(list, vendored.File{SHA256: a.SHA256, Open: localFile(a.Name).Open})
		}
	}
	for sum, name := range l.files {
		list = append(list, vendored.File{SHA256: sum, Open: localFile(name).Open})
	}
	return list
}

// localFile is the content of a file that does not change.
type localFile string

func (f localFile) Open() (io.ReadCloser, error) { return os.Open(string(f)) }
