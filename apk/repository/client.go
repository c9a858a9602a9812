package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
)

// Client fetches indexes and packages. The zero value works, without a cache.
// Its methods may be called concurrently; fields may not be changed then.
type Client struct {
	// HTTP sends requests; nil means a client with time-outs, retries with
	// back-off and the proxies of the environment, see [NewHTTPClient].
	HTTP *http.Client

	// CacheDir keeps downloads, for this and other processes. Empty means a
	// temporary folder, which Close removes.
	CacheDir string

	// Offline means to use folders and the cache only.
	Offline bool

	// Warn, if not nil, is told what is odd but does not matter.
	Warn func(string)

	mu      sync.Mutex
	scratch string
	http    *http.Client
}

// maxParallel is how many fetches run at once.
const maxParallel = 8

// Close removes what was kept for this client only.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scratch == "" {
		return nil
	}
	dir := c.scratch
	c.scratch = ""
	return os.RemoveAll(dir)
}

// dir returns the folder for downloads.
func (c *Client) dir() (string, error) {
	if c.CacheDir != "" {
		return c.CacheDir, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scratch == "" {
		dir, err := os.MkdirTemp("", "lamina-")
		if err != nil {
			return "", err
		}
		c.scratch = dir
	}
	return c.scratch, nil
}

func (c *Client) warn(format string, args ...any) {
	if c.Warn != nil {
		c.Warn(fmt.Sprintf(format, args...))
	}
}

// Indexes returns the verified indexes of repositories, in their order. A
// repository that is named twice is read once. All are needed: the first that
// fails, in the order of the list, is the error.
func (c *Client) Indexes(ctx context.Context, list []Repository, arch string, keys *apk.KeyRing, g apk.Generation) ([]*apk.Index, error) {
	indexes := make([]*apk.Index, len(list))
	errs := make([]error, len(list))
	first := make(map[string]int)
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, r := range list {
		if _, ok := first[r.URL]; ok {
			continue
		}
		first[r.URL] = i
		group.Go(func() error {
			indexes[i], errs[i] = c.Index(ctx, r, arch, keys, g)
			return nil
		})
	}
	group.Wait()
	for i, r := range list {
		if errs[i] != nil {
			return nil, errs[i]
		}
		indexes[i] = indexes[first[r.URL]]
	}
	return indexes, nil
}

// Index returns the verified index of a repository for an architecture. One for
// another architecture is refused.
func (c *Client) Index(ctx context.Context, r Repository, arch string, keys *apk.KeyRing, g apk.Generation) (*apk.Index, error) {
	where, err := r.IndexURL(arch)
	if err != nil {
		return nil, fmt.Errorf("index of %s: %w", r, err)
	}
	index, err := c.readIndex(ctx, r, where, keys, g)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NoIndexError{URL: redact(where), Arch: arch, Others: r.archs()}
	}
	if err != nil {
		return nil, err
	}
	for _, p := range index.Packages {
		if p.Arch != "" && p.Arch != "noarch" && p.Arch != arch {
			return nil, fmt.Errorf("read index %s: package %s is for %s, not %s", redact(where), p.ID(), p.Arch, arch)
		}
	}
	for _, w := range index.Warnings {
		c.warn("index %s: %s", redact(where), w)
	}
	return index, nil
}

// readIndex reads and verifies an index. A damaged one in the cache is fetched anew.
func (c *Client) readIndex(ctx context.Context, r Repository, where string, keys *apk.KeyRing, g apk.Generation) (*apk.Index, error) {
	for again := false; ; again = true {
		var content *os.File
		var err error
		if r.Local() {
			content, err = openLocal(where)
		} else {
			content, err = c.fetchIndex(ctx, where)
		}
		if err != nil {
			return nil, err
		}
		index, err := apk.ReadIndexArchive(content, keys, g)
		content.Close()
		if err == nil {
			return index, nil
		}
		if r.Local() || c.Offline || again {
			return nil, fmt.Errorf("read index %s: %w", redact(where), err)
		}
		c.forgetIndex(where)
	}
}

// NoIndexError says that there is no index where one should be.
type NoIndexError struct {
	URL    string
	Arch   string
	Others []string // architectures that there are, if that can be seen
}

func (e *NoIndexError) Error() string {
	s := fmt.Sprintf("read index %s: there is none for %s", e.URL, e.Arch)
	for i, other := range e.Others {
		if i == 0 {
			s += "; there is one for " + other
		} else {
			s += ", " + other
		}
	}
	return s
}

// archs lists the architectures that a folder has an index for.
func (r Repository) archs() []string {
	if !r.Local() {
		return nil
	}
	entries, err := os.ReadDir(r.URL)
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		if where, err := r.IndexURL(e.Name()); err == nil {
			if _, err := os.Stat(where); err == nil {
				list = append(list, e.Name())
			}
		}
	}
	return list
}

func openLocal(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: not a regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Package returns where a package can be read from, as often as needed, after
// it was downloaded if need be. Whoever reads it checks its identity and hashes.
func (c *Client) Package(ctx context.Context, r Repository, p *apk.Package, arch string) (Source, error) {
	where, err := r.PackageURL(p, arch)
	if err != nil {
		return Source{}, err
	}
	if r.Local() {
		info, err := os.Stat(where)
		if err != nil {
			return Source{}, err
		}
		if p.Size != 0 && info.Size() != int64(p.Size) {
			return Source{}, fmt.Errorf("%s has %d bytes, but the index says %d", where, info.Size(), p.Size)
		}
		return Source{name: where, where: where}, nil
	}
	name, err := c.fetchPackage(ctx, where, p)
	return Source{name: name, where: redact(where)}, err
}

// Source is a package file on this machine.
type Source struct {
	name  string
	where string
}

// Open opens the file. It may be called concurrently.
func (s Source) Open() (io.ReadCloser, error) { return os.Open(s.name) }

// String returns where the package came from.
func (s Source) String() string { return s.where }
