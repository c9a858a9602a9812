package stage

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/lamina-oci/lamina/apk"
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

// readPackages reads and verifies the files of all packages that are to be
// installed, several at once. The answer has an item for each change, nil for those
// without a file. Of several errors the one of the first change is returned, however
// many packages are read at once.
func (s *Stage) readPackages(ctx context.Context, changes []Change) ([]*readPackage, error) {
	read, errs := make([]*readPackage, len(changes)), make([]error, len(changes))
	var files []int // changes with a file
	var packages []*apk.Package
	for i := range changes {
		if c := &changes[i]; c.New != nil && !c.stays() && c.New.InstalledSize != 0 {
			files, packages = append(files, i), append(packages, c.New)
		}
	}
	var (
		next, failed atomic.Int64 // indexes into files: the next to read, the first that failed
		reporting    sync.Mutex
		done         int
		workers      sync.WaitGroup
	)
	failed.Store(int64(len(files)))
	draft := s.drafts(packages)
	work := func() {
		for {
			at := next.Add(1) - 1
			if at >= failed.Load() || ctx.Err() != nil {
				return // what comes before the failed one is being read to its end
			}
			i := files[at]
			read[i], errs[i] = s.readPackage(ctx, &changes[i], func(p *Package) *draftedPackage { return draft(int(at), p) })
			if errs[i] != nil {
				for first := failed.Load(); at < first && !failed.CompareAndSwap(first, at); first = failed.Load() {
				}
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
		workers.Go(work)
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if first := failed.Load(); first < int64(len(files)) {
		c := &changes[files[first]]
		return nil, packageError(c.New, c.Source, errs[files[first]])
	}
	return read, nil
}

func (s *Stage) concurrency() int {
	if s.options.Concurrency > 0 {
		return s.options.Concurrency
	}
	return runtime.GOMAXPROCS(0)
}

// readPackage reads one package to its end. That it is the package of the index is
// known before anything of it is looked at (apk/FORMAT.md 14.1). What the cache
// knows of the very same file is not found out once more.
func (s *Stage) readPackage(ctx context.Context, c *Change, draft func(*Package) *draftedPackage) (*readPackage, error) {
	if c.Source == nil {
		return nil, errors.New("no package file to install it from")
	}
	staged := &Package{Package: c.New, Source: c.Source, Generation: s.options.Generation, memory: s.options.Contents, keys: s.options.Keys, readers: s.readers}
	drafted, verified := draft(staged), false
	defer func() { drafted.end(verified) }()
	if known := s.readListing(c.New); known != nil {
		isSame, err := staged.isFile(ctx, known.sum)
		if err != nil {
			return nil, err
		}
		if isSame {
			return &readPackage{staged, known}, nil
		}
	}
	found, err := staged.list(ctx, drafted)
	if err != nil {
		return nil, err
	}
	verified = true
	s.writeListing(c.New, found)
	return &readPackage{staged, found}, nil
}

// isFile says whether the package file is the one with that hash, and takes from it
// what the listing does not have.
func (p *Package) isFile(ctx context.Context, sum [sha256.Size]byte) (bool, error) {
	hash := sha256.New()
	r, in, err := p.Open(ctx, hash)
	if err != nil {
		return false, err
	}
	defer in.Close()
	control, err := r.Control()
	if err != nil {
		return false, err
	}
	p.setControl(control)
	if err := readAllRaw(in); err != nil {
		return false, err
	}
	p.SHA256 = [sha256.Size]byte(hash.Sum(nil))
	return p.SHA256 == sum, nil
}

// list inflates and verifies the package file as a whole.
func (p *Package) list(ctx context.Context, drafted *draftedPackage) (*listing, error) {
	hash := sha256.New()
	r, in, err := p.Open(ctx, hash)
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
			l.sum, l.text = p.SHA256, string(text)
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
		typ: treeType(e.Type), hardLink: e.Type == apk.EntryHardLink, ordinal: ordinal,
	}
}

func treeType(t apk.EntryType) tree.Type {
	switch t {
	case apk.EntryDirectory:
		return tree.Directory
	case apk.EntrySymlink:
		return tree.Symlink
	case apk.EntryCharDevice:
		return tree.CharDevice
	case apk.EntryBlockDevice:
		return tree.BlockDevice
	case apk.EntryFIFO:
		return tree.FIFO
	}
	return tree.Regular
}
