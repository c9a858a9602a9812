package repository

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/internal/members"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/tempdir"
)

// The cache has two directories. A file in either is written under a temporary name
// and renamed, so that processes may share it; each is checked whenever it is
// read, so that nobody has to trust it.
//
//	packages/<identity>.apk     a package file as it came
//	indexes/<SHA-256 of the URL>.index
//	                            an indexHeader, padded to indexHeaderSize, and
//	                            behind it an index as it came
//	packages.lock               see packagesLock

// maxIndexFile and maxPackageFile bound downloads whose size is not known, in bytes.
const (
	maxIndexFile   = members.MaxIndex
	maxPackageFile = 16 << 30
)

// cacheError says that the cache cannot be written to.
type cacheError struct{ err error }

func (e *cacheError) Error() string { return e.err.Error() }
func (e *cacheError) Unwrap() error { return e.err }

// path returns a file's place in the cache, and otherwise, or if isNew in a cache that cannot be written to, in a
// temporary directory.
func (c *Client) path(kind, name string, isNew bool) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hasCache() && !(isNew && c.isReadOnly) {
		return filepath.Join(c.CacheDir, kind, name), nil
	}
	if c.scratch == nil {
		dir, err := tempdir.Make("", tempdir.Prefix, 0o700)
		if err != nil {
			return "", err
		}
		c.scratch = dir
	}
	return filepath.Join(c.scratch.Path(), kind, name), nil
}

// hasCache says whether there is a cache that is the user's own. The caller holds c.mu.
func (c *Client) hasCache() bool {
	if c.CacheDir == "" {
		return false
	}
	c.checking.Do(func() {
		for _, dir := range []string{c.CacheDir, filepath.Join(c.CacheDir, "packages"), filepath.Join(c.CacheDir, "indexes"),
			filepath.Join(c.CacheDir, "files")} {
			if err := cache.CheckDir(dir); err != nil {
				c.warn("cache: %v", err)
				c.isForeign = true
				return
			}
		}
		cache.Sweep(c.CacheDir)
	})
	return !c.isForeign
}

// replace downloads a file to its place, and returns that. A cache that cannot be written to is reported once, and
// the file goes to a temporary directory.
func (c *Client) replace(ctx context.Context, d *download, kind, name string, check func(*os.File) error) (string, error) {
	for {
		target, err := c.path(kind, name, true)
		if err != nil {
			return "", err
		}
		if err = os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			err = &cacheError{fmt.Errorf("create cache directory: %w", err)}
		} else {
			err = d.replace(ctx, target, c.temporary(target), check)
		}
		if broken := new(cacheError); !errors.As(err, &broken) || filepath.Dir(filepath.Dir(target)) != filepath.Clean(c.CacheDir) {
			return target, err
		}
		c.leaveCache(err)
	}
}

// temporary returns how the name begins under which a file is downloaded: see internal/cache, which prunes them.
func (c *Client) temporary(target string) string {
	const begin = ".download-"
	if dir := filepath.Dir(filepath.Dir(target)); dir == filepath.Clean(c.CacheDir) {
		return c.process.Prefix(dir, begin)
	}
	return begin // in a directory of this process
}

// leaveCache notes that the cache cannot be written to.
func (c *Client) leaveCache(err error) {
	c.mu.Lock()
	isNew := !c.isReadOnly
	c.isReadOnly = true
	c.mu.Unlock()
	if isNew {
		c.warn("cache: %v; nothing more is put into it", err)
	}
}

// OfflineError means that files are neither in a local directory nor in the cache.
type OfflineError struct {
	URLs []string // without credentials; at least one
}

func (e *OfflineError) Error() string {
	const most = 5
	names := e.URLs
	more := ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	verb := "is"
	if len(e.URLs) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s%s %s not in the cache, and network access is disabled", strings.Join(names, ", "), more, verb)
}

// Hint returns the remedy.
func (e *OfflineError) Hint() string {
	return "run once without --offline and with the same --cache-dir to fill the cache"
}

// fetchPackage returns the file that a package was downloaded to. One of the cache
// is taken if it is the package; otherwise it is thrown away.
func (c *Client) fetchPackage(ctx context.Context, where string, w Wanted) (string, error) {
	p := w.Package
	if p.Identity.IsZero() {
		return "", fmt.Errorf("fetch %s: the index has no identity for it", redact.URL(where))
	}
	name, err := c.path("packages", packageFile(p), false)
	if err != nil {
		return "", err
	}
	c.holdPackages(ctx)
	begun := c.beginningOf(w)
	if begun != nil && begun.isWhole && begun.sha256 == w.SHA256 {
		if _, err := os.Stat(name); err == nil { // as it was verified
			return name, nil
		}
	}
	if begun == nil {
		c.fetchShared(cache.Packages, name)
	}
	switch err := verifyFile(name, w); {
	case err == nil:
		markUsed(name)
		c.Shared.Note(cache.Packages, packageFile(p))
		return name, nil
	case !errors.Is(err, fs.ErrNotExist):
		c.Shared.Reject(cache.Packages, packageFile(p))
		c.warn("cached package %s: %v; fetching it again", name, err)
	}
	if c.Offline {
		return "", &OfflineError{URLs: []string{redact.URL(where)}}
	}
	d := c.packageDownload(where, w)
	d.begun = begun
	return c.replacePackage(ctx, d, w)
}

// packageFile is the name of a package's file in the cache.
func packageFile(p *apk.Package) string { return p.Identity.Hex() + ".apk" }

// packageDownload begins the download of a package.
func (c *Client) packageDownload(where string, w Wanted) *download {
	d := c.download("package", where)
	d.limit, d.size = maxPackageFile, int64(min(w.Package.Size, maxPackageFile+1))
	return d
}

// replacePackage downloads a package, and returns the name of its file. If only a part was requested, the error is errEnough, and the
// part is kept.
func (c *Client) replacePackage(ctx context.Context, d *download, w Wanted) (string, error) {
	name, err := c.replace(ctx, d, "packages", packageFile(w.Package), func(f *os.File) error {
		if d.partial > 0 {
			if err := c.keepBeginning(d, w, f); err != nil {
				return err
			}
			return errEnough
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := verify(f, w)
		return err
	})
	if err == nil && d.look != nil {
		c.Shared.Note(cache.Packages, packageFile(w.Package))
		return name, c.keepBeginning(d, w, nil)
	}
	switch isMissing := errors.Is(err, fs.ErrNotExist); {
	case isMissing && w.SHA256 != "":
		err = fmt.Errorf("%w: the lock lists it, but the server does not have it; repositories drop old packages", err)
	case isMissing:
		err = fmt.Errorf("%w: the index lists it, but the server does not have it; the repository may have changed since, or be changing now", err)
		err = hint.With(err, howToAwait)
	}
	if err != nil && !errors.Is(err, errEnough) && verifyFile(name, w) == nil {
		err = nil // another process has put it there, and on Windows it cannot be replaced
	}
	if err == nil {
		c.Shared.Note(cache.Packages, packageFile(w.Package))
	}
	return name, err
}

// fetchShared asks the shared cache for a file that the cache lacks. Readers of the file verify it.
func (c *Client) fetchShared(kind cache.Kind, name string) {
	if c.Shared == nil || c.Offline || filepath.Dir(name) != filepath.Join(c.Shared.Dir(), string(kind)) {
		return
	}
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		c.Shared.Fetch(kind, filepath.Base(name))
	}
}

// indexHeader says what a cached index was answered with.
type indexHeader struct {
	Format string `json:"format"` // indexFormat
	URL    string `json:"url"`    // without credentials
	Newest age    `json:"newest"` // of the indexes that came from there
	validators
}

const (
	indexFormat     = "lamina-index-1"
	indexHeaderSize = 4096
)

// fetchIndex reads an index from a server, or the cache's if the server says that
// it has not changed. Only a verified index gets into the cache.
func (c *Client) fetchIndex(ctx context.Context, where string, keys *apk.KeyRing, g apk.Generation) (*apk.Index, error) {
	base := indexName(where)
	name, err := c.path("indexes", base, false)
	if err != nil {
		return nil, err
	}
	c.fetchShared(cache.Indexes, name)
	header, cached := openIndex(name)
	if cached != nil {
		defer cached.Close()
		markUsed(name)
	}
	if c.Offline {
		if cached == nil {
			return nil, &OfflineError{URLs: []string{redact.URL(where)}}
		}
		index, err := readIndex(cached, keys, g)
		if err != nil {
			return nil, hint.Default(fmt.Errorf("read cached index %s: %w", redact.URL(where), err), "run once without --offline to fetch it again")
		}
		c.checkAge(where, index, header)
		return index, nil
	}

	d := c.download("index", where)
	d.limit, d.offset, d.have = maxIndexFile, indexHeaderSize, header.validators
	var index *apk.Index
	check := func(f *os.File) error {
		var err error
		if index, err = readIndex(f, keys, g); err != nil {
			return err
		}
		newest := header.Newest
		if now := ageOf(index); newest.isBefore(now) {
			newest = now
		}
		return writeIndexHeader(f, indexHeader{Format: indexFormat, URL: redact.URL(where), Newest: newest, validators: d.came})
	}
	_, err = c.replace(ctx, d, "indexes", base, check)
	if errors.Is(err, errUnchanged) {
		index, err = readIndex(cached, keys, g)
		if err == nil {
			c.Shared.Note(cache.Indexes, base)
			c.checkAge(where, index, header)
			return index, nil
		}
		c.warn("cached index %s: %v; fetching it again", redact.URL(where), err)
		d.have = validators{}
		_, err = c.replace(ctx, d, "indexes", base, check)
	}
	if err != nil && index == nil {
		return nil, err
	}
	// An index that was verified serves even if it could not be put into the cache.
	if err != nil {
		c.warn("%v", err)
	} else {
		c.Shared.Note(cache.Indexes, base)
	}
	c.checkAge(where, index, header)
	return index, nil
}

// indexName returns the name of the file that an index is kept in.
func indexName(where string) string {
	sum := sha256.Sum256([]byte(where))
	return hex.EncodeToString(sum[:]) + ".index"
}

// openFetchedIndex opens an index that was fetched, behind its header.
func (c *Client) openFetchedIndex(where string) (io.ReadCloser, error) {
	for _, isNew := range []bool{true, false} { // a newer one is in a temporary directory if the cache cannot be written
		name, err := c.path("indexes", indexName(where), isNew)
		if err != nil {
			return nil, err
		}
		if _, file := openIndex(name); file != nil {
			return file, nil
		}
	}
	return nil, fmt.Errorf("index %s: %w", redact.URL(where), fs.ErrNotExist)
}

// openIndex opens a cached index, or nil if it cannot be used.
func openIndex(name string) (header indexHeader, f *os.File) {
	f, err := diskio.OpenRegular(name)
	if err != nil {
		return header, nil
	}
	b := make([]byte, indexHeaderSize)
	if _, err = io.ReadFull(f, b); err == nil {
		err = json.Unmarshal(bytes.TrimRight(b, " \n"), &header)
	}
	if err != nil || header.Format != indexFormat {
		f.Close()
		return indexHeader{}, nil
	}
	return header, f
}

func writeIndexHeader(f *os.File, header indexHeader) error {
	b, err := json.Marshal(header)
	if err != nil {
		return err
	}
	if len(b) >= indexHeaderSize { // a server that sends such an ETag is not asked with it
		b, err = json.Marshal(indexHeader{Format: indexFormat, Newest: header.Newest})
		if err != nil {
			return err
		}
	}
	b = append(b, bytes.Repeat([]byte(" "), indexHeaderSize-1-len(b))...)
	_, err = f.WriteAt(append(b, '\n'), 0)
	return err
}

// readIndex reads what is behind the header.
func readIndex(f *os.File, keys *apk.KeyRing, g apk.Generation) (*apk.Index, error) {
	return apk.ReadIndexArchive(io.NewSectionReader(f, indexHeaderSize, maxIndexFile), keys, g)
}
