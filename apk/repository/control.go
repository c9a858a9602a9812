package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/redact"
)

// The control segment of a package comes first in its file. Where all control segments are needed before any data, a server is asked
// for the first bytes of each file, and later for the rest, so that a package costs two requests and is transferred once. Servers that
// send no ranges answer with the whole file, which is kept.

const (
	// firstPart is how much of a package is requested for its control segment, in bytes: of Alpine's packages, more than 99 of 100
	// have it there. If not, more is requested.
	firstPart = 4 << 10

	// smallPackage is the size of packages that are requested as a whole, in bytes: so much arrives in the same round trip as a part, for
	// it is about the initial window of a connection (RFC 6928).
	smallPackage = 14 << 10

	// lastLook bounds what is looked at for a control segment, in bytes.
	lastLook = 4 << 20

	// maxBeginnings bounds the beginnings of packages that are kept in memory, in bytes.
	maxBeginnings = 64 << 20

	// maxParallelParts is how many parts are requested at once: they are short, and what they take is the way to the server and back.
	maxParallelParts = 24
)

// Controls calls take with the control segments of packages, by the numbers in the list, in any order and concurrently. Of a package
// that is neither in a directory nor in the cache, the server is asked for the beginning only, and [Client.Packages] continues there. A
// package of a few KiB, or of a server that sends no ranges, is downloaded as a whole; once take has returned false, such
// downloads end with the control segment.
//
// A control segment without the package's identity is not handed over, and it is no error either: that comes with the whole package.
func (c *Client) Controls(ctx context.Context, list []Wanted, arch string, take func(i int, control *apk.Control) (goOn bool)) error {
	enough := make(chan struct{})
	stop := sync.OnceFunc(func() { close(enough) })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParallelParts)
	for i, w := range list {
		group.Go(func() error {
			l := look{wanted: w, enough: enough, take: func(control *apk.Control) {
				if !take(i, control) {
					stop()
				}
			}}
			_, err := c.find(w, func(r Repository) (file, error) { return file{}, c.control(ctx, r, &l, arch) })
			return err
		})
	}
	return group.Wait()
}

// IsHere reports whether a package is, as far as its name shows, in a directory or in the cache.
func (c *Client) IsHere(w Wanted, arch string) bool {
	for _, r := range w.Repositories {
		if name, err := c.local(r, w, arch); err == nil {
			if _, err := os.Stat(name); err == nil {
				return true
			}
		}
	}
	return false
}

// local returns the name of the file that a package has in a directory, or in the cache.
func (c *Client) local(r Repository, w Wanted, arch string) (string, error) {
	if r.Local() {
		return r.PackageURL(w.Package, arch)
	}
	return c.path("packages", packageFile(w.Package), false)
}

// control reads the control segment of a package, from where it is or else from the beginning of a download.
func (c *Client) control(ctx context.Context, r Repository, l *look, arch string) error {
	where, err := r.PackageURL(l.wanted.Package, arch)
	if err != nil {
		return fmt.Errorf("package of %s: %w", r, err)
	}
	name, err := c.local(r, l.wanted, arch)
	if err != nil {
		return err
	}
	if !r.Local() {
		c.fetchShared(cache.Packages, name)
	}
	f, err := diskio.OpenRegular(name)
	if err == nil {
		defer f.Close()
		l.at(f)
		return nil
	}
	switch {
	case r.Local() && errors.Is(err, fs.ErrNotExist):
		return &missingFileError{where, l.wanted.SHA256 != ""}
	case r.Local():
		return fmt.Errorf("read package: %w", err)
	}
	if c.Offline {
		return &OfflineError{URLs: []string{redact.URL(where)}}
	}
	if content := c.begunContent(where, l.wanted); content != nil {
		l.at(bytes.NewReader(content))
		return nil
	}
	c.holdPackages(ctx)
	d := c.packageDownload(where, l.wanted)
	d.look = l
	if d.size == 0 || d.size > smallPackage {
		d.partial = firstPart
	}
	_, err = c.replacePackage(ctx, d, l.wanted)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a download of which the control segment was enough.
var errEnough = errors.New("the rest is not needed")

// look looks for a control segment in what has been received.
type look struct {
	wanted Wanted
	take   func(*apk.Control)
	enough <-chan struct{} // closed when nothing else is needed

	last   int64 // how much there was when it was last looked at
	isDone bool
}

// at hands over the control segment, if there is all of it. An invalid file is found at its end.
func (l *look) at(r io.Reader) {
	control, err := apk.NewPackageReader(r, l.wanted.Generation).Control()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return
	}
	l.isDone = true
	if err == nil && control.CheckPackage(l.wanted.Package, l.wanted.Keys) == nil {
		l.take(control)
	}
}

// lookAt looks for the control segment if enough has been received since the last time. The error is errEnough if nothing else is needed.
func (d *download) lookAt(f *os.File) error {
	l := d.look
	if l == nil {
		return nil
	}
	isEnd := d.received == d.partial || d.received == d.size
	if !l.isDone && (isEnd || d.received >= max(l.last*2, 1<<10)) {
		l.last = d.received
		l.at(io.NewSectionReader(f, d.offset, d.received))
		l.isDone = l.isDone || d.received >= lastLook
	}
	if l.isDone && d.partial == 0 {
		select {
		case <-l.enough:
			return errEnough
		default:
		}
	}
	return nil
}

// needsMore reports whether more must be requested after a part, and of how much.
func (d *download) needsMore() bool {
	if d.partial == 0 || d.look == nil || d.look.isDone || d.received < d.partial {
		return false
	}
	if d.partial *= 4; d.size > 0 && d.partial >= d.size {
		d.partial = 0
	}
	return true
}

// beginning is what has been received of a package, or that all of it was.
type beginning struct {
	content []byte
	etag    string // strong
	url     string
	sha256  string // that it was checked against, if it is whole
	isWhole bool   // and in its place
}

// keepBeginning notes what a download of a part has received, if it can be continued. The rest of a package that is whole is not noted.
func (c *Client) keepBeginning(d *download, w Wanted, f io.ReaderAt) error {
	b := &beginning{url: d.url, etag: d.resume, sha256: w.SHA256, isWhole: d.partial == 0}
	if !b.isWhole {
		if d.resume == "" {
			return nil
		}
		b.content = make([]byte, d.received)
		if _, err := f.ReadAt(b.content, d.offset); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := packageFile(w.Package)
	if old := c.begun[name]; old != nil {
		c.begunSize -= int64(len(old.content))
		delete(c.begun, name)
	}
	if c.begunSize += int64(len(b.content)); c.begunSize > maxBeginnings {
		c.begunSize -= int64(len(b.content))
		return nil
	}
	if c.begun == nil {
		c.begun = make(map[string]*beginning)
	}
	c.begun[name] = b
	return nil
}

// beginningOf returns what is known of a package, once.
func (c *Client) beginningOf(w Wanted) *beginning {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := packageFile(w.Package)
	b := c.begun[name]
	if b != nil {
		delete(c.begun, name)
		c.begunSize -= int64(len(b.content))
	}
	return b
}

// begunContent returns what an earlier request has received of a package; nil for nothing.
func (c *Client) begunContent(where string, w Wanted) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.begun[packageFile(w.Package)]; b != nil && b.url == where {
		return b.content
	}
	return nil
}

// takeBeginning begins with what an earlier request has received.
func (d *download) takeBeginning(f *os.File) error {
	b := d.begun
	if d.begun = nil; b == nil || b.isWhole || b.url != d.url {
		return nil
	}
	if _, err := f.Write(b.content); err != nil {
		return &cacheError{fmt.Errorf("write cache file: %w", err)}
	}
	d.received, d.resume = int64(len(b.content)), b.etag
	return nil
}
