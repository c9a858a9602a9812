package stage

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// readPackage is a package that was read once, to its end: it is what its identity
// and its data hash say.
type readPackage struct {
	staged *Package
	found  *listing
}

// entry is an entry of the data segment.
type entry struct {
	path         string // no slash at either end
	link         string // target of a symbolic or hard link
	user, group  string
	xattrs       []apk.Xattr
	mtime        int64 // Unix seconds
	size         int64
	uid, gid     uint32
	major, minor uint32
	ordinal      int
	mode         uint16
	typ          tree.Type
	hardLink     bool
	checksum     apk.Checksum
	xattrSum     apk.Checksum
}

// reading is the packages of a transaction while they are read and verified, several at once.
type reading struct {
	changes []Change
	items   []readItem // one for each change
	end     context.CancelFunc
	workers sync.WaitGroup
}

type readItem struct {
	done chan struct{} // closed when the package was read, or reading it failed; nil for a change without a file
	read *readPackage
	err  error
}

// readPackages starts to read the files of all packages that are to be installed. The reading must be closed.
func (s *Stage) readPackages(ctx context.Context, changes []Change) *reading {
	r := &reading{changes: changes, items: make([]readItem, len(changes))}
	ctx, r.end = context.WithCancel(ctx)
	var files []int // changes with a file
	var packages []*apk.Package
	for i := range changes {
		if c := &changes[i]; c.New != nil && !c.stays() && c.New.InstalledSize != 0 {
			files, packages = append(files, i), append(packages, c.New)
			r.items[i].done = make(chan struct{})
		}
	}
	var (
		next      atomic.Int64 // index into files
		reporting sync.Mutex
		done      int
	)
	draft := s.drafts(packages)
	work := func() {
		for {
			at := next.Add(1) - 1
			if at >= int64(len(files)) || ctx.Err() != nil {
				return
			}
			item := &r.items[files[at]]
			item.read, item.err = s.readPackage(ctx, &changes[files[at]], func(p *Package) *draftedPackage { return draft(int(at), p) })
			close(item.done)
			if item.err != nil {
				next.Store(int64(len(files))) // those before are being read to their end
				return
			}
			if s.options.Progress != nil {
				reporting.Lock()
				done++
				s.options.Progress(done, len(files))
				reporting.Unlock()
			}
		}
	}
	for range min(s.concurrency(), len(files)) {
		r.workers.Go(work)
	}
	return r
}

// take returns the package of a change once it was read, nil for a change without a file. It must be called in order, and not after an
// error: what comes behind the first package that failed may never be read.
func (r *reading) take(ctx context.Context, i int) (*readPackage, error) {
	item := &r.items[i]
	if item.done == nil {
		return nil, ctx.Err()
	}
	select {
	case <-item.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if item.err != nil {
		return nil, cmp.Or(ctx.Err(), packageError(r.changes[i].New, r.changes[i].Source, item.err))
	}
	read := item.read
	item.read = nil // a long list of entries
	return read, nil
}

// close ends what is being read.
func (r *reading) close() {
	r.end()
	r.workers.Wait()
}

func (s *Stage) concurrency() int {
	if s.options.Concurrency > 0 {
		return s.options.Concurrency
	}
	return runtime.GOMAXPROCS(0)
}

// readPackage reads one package to its end. That it is the package of the index is
// known before anything of it is looked at (apk/FORMAT.md 14.1). Facts that the cache
// has of the very same file are not worked out again.
func (s *Stage) readPackage(ctx context.Context, c *Change, draft func(*Package) *draftedPackage) (*readPackage, error) {
	if c.Source == nil {
		return nil, errors.New("no package file to install it from")
	}
	staged := &Package{Package: c.New, Source: c.Source, Generation: s.options.Generation, memory: s.options.Contents, keys: s.options.Keys, readers: s.readers,
		IsOfOtherRoot: s.isOther}
	drafted, verified := draft(staged), false
	defer func() { drafted.end(verified) }()
	if known := s.readListing(c.New); known != nil {
		isSame, err := staged.isFile(ctx, known, s.options.Cache)
		if err != nil {
			return nil, err
		}
		if isSame {
			return &readPackage{staged, known}, nil
		}
	}
	found, err := staged.list(ctx, drafted, s.options.Cache.Marker())
	if err != nil {
		return nil, err
	}
	verified = true
	s.writeListing(c.New, found)
	return &readPackage{staged, found}, nil
}

// isFile says whether the package file is the one that was listed, and takes from it what the listing does not have.
func (p *Package) isFile(ctx context.Context, known *listing, directory *cache.Directory) (bool, error) {
	if marker := directory.MarkerLike(known.mark); marker != nil {
		if err := p.pass(ctx, marker); err != nil {
			return false, err
		}
		if p.SHA256 = known.sum; marker.Is(known.mark) {
			return true, nil
		}
	}
	hash := sha256.New()
	err := p.pass(ctx, hash)
	p.SHA256 = [sha256.Size]byte(hash.Sum(nil))
	return err == nil && p.SHA256 == known.sum, err
}

// pass reads the package file to its end without inflating its data; all gets all of it.
func (p *Package) pass(ctx context.Context, all io.Writer) error {
	r, in, err := p.Open(ctx, all)
	if err != nil {
		return err
	}
	defer in.Close()
	control, err := r.Control()
	if err != nil {
		return err
	}
	p.setControl(control)
	return readAllRaw(in)
}

// list inflates and verifies the package file as a whole.
func (p *Package) list(ctx context.Context, drafted *draftedPackage, marker *cache.Marker) (*listing, error) {
	hash := sha256.New()
	r, in, err := p.Open(ctx, io.MultiWriter(hash, marker))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	control, err := r.Control()
	if err != nil {
		return nil, err
	}
	p.setControl(control)
	l := new(listing)
	var text []byte
	for {
		read, err := r.Next()
		if err == io.EOF {
			p.SHA256 = [sha256.Size]byte(hash.Sum(nil))
			l.sum, l.mark, l.text = p.SHA256, marker.Mark(), string(text)
			return l, in.Close()
		}
		if err != nil {
			return nil, err
		}
		e := entryOf(read, l.count)
		l.count++
		text = e.encode(text)
		drafted.entry(&e, r)
	}
}

func entryOf(e *apk.Entry, ordinal int) entry {
	return entry{
		path: e.Name, link: e.Target, user: e.User, group: e.Group,
		xattrs: e.Xattrs, xattrSum: apk.XattrDigest(e.Xattrs), checksum: e.Checksum,
		mtime: e.ModTime, size: e.Size, uid: e.UID, gid: e.GID, mode: e.Mode,
		major: e.DevMajor, minor: e.DevMinor,
		typ: treeType(e.Type), hardLink: e.Type == tar.TypeLink, ordinal: ordinal,
	}
}

func treeType(t byte) tree.Type {
	switch t {
	case tar.TypeDir:
		return tree.Directory
	case tar.TypeSymlink:
		return tree.Symlink
	case tar.TypeChar:
		return tree.CharDevice
	case tar.TypeBlock:
		return tree.BlockDevice
	case tar.TypeFifo:
		return tree.FIFO
	}
	return tree.Regular
}
