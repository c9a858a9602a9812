package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/tempdir"
)

// Client fetches indexes and packages. The zero value works, without a cache.
// Its methods may be called concurrently; fields may not be changed then.
type Client struct {
	// HTTP sends requests; nil means what a client with timeouts and no cookie jar. Retries and
	// the time-out for a server that sends nothing are the Client's own.
	HTTP *http.Client

	// CacheDir keeps downloads, for this and other processes. A directory that others may write to
	// is not used, and of one that cannot be written to what is there already; either is reported to Warn.
	// Empty means a temporary directory, which Close removes.
	CacheDir string

	// Shared, if not nil, is the cache in CacheDir, whose shared cache is asked for packages, indexes and files that are missing there, and told
	// which are used. They are verified as if they came from their repository.
	Shared *cache.Directory

	// Memory, if not nil, has indexes that were read before in this process, and gets those that are read.
	Memory *Memory

	// Offline means to use directories and the cache only.
	Offline bool

	// Warn, if not nil, is told what is odd but does not matter, and Progress how
	// downloads go. Both may be called concurrently.
	Warn     func(string)
	Progress func(Progress)

	inUse   packagesLock
	process cache.Process

	checking sync.Once // sets isForeign

	mu         sync.Mutex
	scratch    *tempdir.Dir          // nil until it is needed
	isForeign  bool                  // others may write to CacheDir
	isReadOnly bool                  // CacheDir cannot be written to
	begun      map[string]*beginning // of packages whose control segments were read, by their names in the cache
	begunSize  int64                 // bytes of them
	http       *http.Client
	anonymous  *http.Client
}

// Progress is the state of one download.
type Progress struct {
	URL      string // without credentials
	Received int64  // bytes
	Size     int64  // bytes; 0 if it is not known
	Done     bool   // the last report of this download, which succeeded
}

// maxParallel is how many fetches run at once.
const maxParallel = 8

// Close removes the client's temporary files. Afterwards, sources of a client without
// a CacheDir cannot be opened, and those of one with it may be pruned.
func (c *Client) Close() error {
	c.inUse.release()
	c.process.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, client := range [...]*http.Client{c.http, c.anonymous} {
		if client != nil && c.HTTP == nil {
			client.CloseIdleConnections()
		}
	}
	if c.scratch == nil {
		return nil
	}
	dir := c.scratch
	c.scratch = nil
	return dir.Remove()
}

func (c *Client) warn(format string, args ...any) {
	if c.Warn != nil {
		c.Warn(fmt.Sprintf(format, args...))
	}
}

// Indexes returns the verified indexes of repositories, in their order, or the errors of those that fail. A
// repository that is named twice is read once.
func (c *Client) Indexes(ctx context.Context, list []Repository, arch string, keys *apk.KeyRing, g apk.Generation) ([]*apk.Index, []error) {
	indexes := make([]*apk.Index, len(list))
	errs := make([]error, len(list))
	first := make(map[Repository]int)
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, r := range list {
		r.Tag = ""
		if _, ok := first[r]; ok {
			continue
		}
		first[r] = i
		group.Go(func() error {
			indexes[i], errs[i] = c.Index(ctx, r, arch, keys, g)
			return nil
		})
	}
	group.Wait()
	for i, r := range list {
		r.Tag = ""
		indexes[i], errs[i] = indexes[first[r]], errs[first[r]]
	}
	return indexes, errs
}

// Index returns the verified index of a repository for an architecture. An index
// with packages of another architecture is refused. If the index is missing, the error is a
// [*NoIndexError]; for a signature, it wraps an [*apk.UntrustedError].
func (c *Client) Index(ctx context.Context, r Repository, arch string, keys *apk.KeyRing, g apk.Generation) (*apk.Index, error) {
	if r.IsMissing {
		return nil, &NoIndexError{URL: r.Name(), Arch: arch, Directory: redact.URL(r.URL), isMissing: true, isOfImage: true}
	}
	if r.IsInImage {
		return nil, fmt.Errorf("repository %s: %w", r, errInImage)
	}
	where, err := r.IndexURL(arch)
	if err != nil {
		return nil, fmt.Errorf("index of %s: %w", r, err)
	}
	return c.Memory.index(where, arch, keys, g, func() (*apk.Index, error) { return c.readIndex(ctx, r, where, arch, keys, g) })
}

func (c *Client) readIndex(ctx context.Context, r Repository, where, arch string, keys *apk.KeyRing, g apk.Generation) (index *apk.Index, err error) {
	if r.Local() {
		index, err = readLocalIndex(where, keys, g)
	} else {
		index, err = c.fetchIndex(ctx, where, keys, g)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, c.noIndex(ctx, r, where, arch, err)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range index.Packages {
		if p.Arch != "" && p.Arch != "noarch" && p.Arch != arch {
			return nil, fmt.Errorf("read index %s: package %.100s is for %.100s, not %s; check the URL and the platform",
				redact.URL(where), p.ID(), p.Arch, arch)
		}
	}
	for _, w := range index.Warnings {
		c.warn("index %s: %s", redact.URL(where), w)
	}
	return index, nil
}

// OpenIndex opens the file that [Client.Index] has read, as it is in the repository. It may have changed since.
func (c *Client) OpenIndex(r Repository, arch string) (io.ReadCloser, error) {
	where, err := r.IndexURL(arch)
	if err != nil {
		return nil, fmt.Errorf("index of %s: %w", r, err)
	}
	if r.Local() {
		return diskio.OpenRegular(where)
	}
	return c.openFetchedIndex(where)
}

func readLocalIndex(name string, keys *apk.KeyRing, g apk.Generation) (*apk.Index, error) {
	f, err := diskio.OpenRegular(name)
	if err != nil {
		err = fmt.Errorf("read index %s: %w", name, diskio.Reason(err))
		if errors.Is(err, syscall.ENOTDIR) {
			err = hint.With(err, whatRepositoryIs)
		}
		return nil, err
	}
	defer f.Close()
	index, err := apk.ReadIndexArchive(f, keys, g)
	if err != nil {
		return nil, hint.Default(fmt.Errorf("read index %s: %w", name, err), howToMend)
	}
	return index, nil
}

// file is a package file on this machine.
type file struct {
	name       string
	where      string
	generation apk.Generation
	keys       *apk.KeyRing
}

// packageFrom returns where the package can be read from, after it was downloaded if need be. A download is checked before it gets
// into the cache, and a cached file each time.
func (c *Client) packageFrom(ctx context.Context, r Repository, w Wanted, arch string) (file, error) {
	p, sum := w.Package, w.SHA256
	where, err := r.PackageURL(p, arch)
	if err != nil {
		return file{}, fmt.Errorf("package of %s: %w", r, err)
	}
	if !r.Local() {
		name, err := c.fetchPackage(ctx, where, w)
		return file{name, redact.URL(where), w.Generation, w.Keys}, err
	}
	info, err := os.Stat(where)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file{}, &missingFileError{where, sum != ""}
	case err != nil:
		return file{}, fmt.Errorf("read package: %w", err)
	case !info.Mode().IsRegular():
		return file{}, fmt.Errorf("read package %s: not a regular file", where)
	case p.Size != 0 && uint64(info.Size()) != p.Size:
		source := "index"
		if sum != "" {
			source = "lock"
		}
		return file{}, hint.Errorf("read package %s: it has %d bytes, but the %s says %d", where, info.Size(), source, p.Size).With(howToMend)
	}
	return file{where, where, w.Generation, w.Keys}, nil
}

// howToMend is the remedy for an index that is damaged, or does not match its packages.
const howToMend = "fetch the repository again, or, if it is yours, rebuild its index (apk index)"

// Hint returns the remedy.
func (e *missingFileError) Hint() string {
	if e.locked {
		return ""
	}
	return howToMend
}

// missingFileError says that a directory does not have a package.
type missingFileError struct {
	name   string
	locked bool // asked for by its SHA-256, so that no index was read
}

func (e *missingFileError) Error() string {
	if e.locked {
		return fmt.Sprintf("read package %s: no such file", e.name)
	}
	return fmt.Sprintf("read package %s: no such file, but the index lists it", e.name)
}

func (e *missingFileError) Is(target error) bool { return target == fs.ErrNotExist }

// Wanted is a package and the repositories to fetch it from.
type Wanted struct {
	Package *apk.Package

	Generation apk.Generation // that reads it
	Keys       *apk.KeyRing   // trusted to sign packages in apk 3's own format: see [apk.Control.CheckPackage]

	// Repositories are asked in order until one has it. There is at least one.
	Repositories []Repository

	// SHA256 is that of the whole file, in hexadecimal; empty means that the
	// package's identity is enough. Only downloads are held against it: it saves
	// taking from the cache what would be refused later.
	SHA256 string
}

// Fetching is a download of packages that may still be running.
type Fetching struct {
	Packages []*Source // one for each item of the list

	done chan struct{} // closed when nothing is fetched any more
	err  error
}

// Source is a package file, which may still be downloading. Its methods may be called concurrently.
type Source struct {
	come chan struct{} // closed when the file is here or the download has failed
	file file
	err  error
}

// Wait returns when the file is here. The error is that of the download or of ctx.
func (s *Source) Wait(ctx context.Context) error {
	select {
	case <-s.come:
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Open waits for the file and opens it.
func (s *Source) Open() (io.ReadCloser, error) {
	if <-s.come; s.err != nil {
		return nil, s.err
	}
	return diskio.OpenRegular(s.file.name)
}

// String returns where the package comes from, without credentials. It waits, too.
func (s *Source) String() string {
	<-s.come
	return s.file.where
}

// Package fetches one package; arch is that of the index. See [Client.Fetch].
func (c *Client) Package(ctx context.Context, r Repository, p *apk.Package, arch string, g apk.Generation) (*Source, error) {
	f := c.Fetch(ctx, []Wanted{{Package: p, Generation: g, Repositories: []Repository{r}}}, arch)
	return f.Packages[0], f.Wait()
}

// Fetch begins to download packages, some at once, unless they are here, and does not wait for them. They arrive roughly in the order of the
// list; arch is that of the index. A download is checked before it gets into the cache, and a cached file each time; readers
// of files in a directory must check it against the index. Either way the reader must not trust that files stay as they were.
//
// The caller must call Wait before it returns, even if it has cancelled ctx: until then, downloads may still be running.
func (c *Client) Fetch(ctx context.Context, list []Wanted, arch string) *Fetching {
	f := &Fetching{Packages: make([]*Source, len(list)), done: make(chan struct{})}
	for i := range list {
		f.Packages[i] = &Source{come: make(chan struct{})}
	}
	go func() {
		defer close(f.done)
		f.err = c.fetch(ctx, list, arch, f.Packages)
	}()
	return f
}

func (c *Client) fetch(ctx context.Context, list []Wanted, arch string, packages []*Source) error {
	missing := make([][]string, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParallel)
	for i, w := range list {
		group.Go(func() error {
			s := packages[i]
			defer close(s.come)
			s.file, s.err = c.find(w, func(r Repository) (file, error) { return c.packageFrom(ctx, r, w, arch) })
			if offline := new(OfflineError); errors.As(s.err, &offline) {
				missing[i] = offline.URLs
				return nil
			}
			return s.err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if all := slices.Concat(missing...); len(all) > 0 {
		return &OfflineError{URLs: all}
	}
	return nil
}

// Wait returns when nothing is fetched any more. The first error has stopped all downloads; files missing offline are reported together,
// in the order of the list, in one [*OfflineError].
func (f *Fetching) Wait() error {
	<-f.done
	return f.err
}

// find asks one repository after the other. The error is about the first that could
// have had the package.
func (c *Client) find(w Wanted, from func(Repository) (file, error)) (file, error) {
	var first error
	for _, r := range w.Repositories {
		source, err := from(r)
		offline := new(OfflineError)
		isElsewhere := errors.Is(err, fs.ErrNotExist) || errors.As(err, &offline)
		if !isElsewhere {
			return source, err
		}
		// That a server was not asked says more than that a directory has nothing.
		if first == nil || !errors.As(first, &offline) && errors.As(err, &offline) {
			first = err
		}
	}
	return file{}, first
}
