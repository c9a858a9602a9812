package vouch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
)

// A Check holds the packages of a lock against the keys that are trusted, while they arrive.
type Check struct {
	Locked         *lock.Platform
	Changes        []solver.Change // of the lock
	Keys           *apk.KeyRing
	Generation     apk.Generation
	Arch           string
	Client         *repository.Client
	Repositories   []repository.Repository
	Vendored       *vendored.Source // nil for none
	AllowUntrusted bool             // lets packages in that no key vouches for
	Concurrency    int              // at least 1
	Warn           func(format string, args ...any)

	// Packages are set by Start, for each change. They open when they are here and vouched for.
	Packages []*Package

	// Vouchers are the result: the key that vouches for the new package of each change; "" for none.
	Vouchers []string
	// Read are the indexes that were read for that, with those of this machine under no name.
	Read []lock.Index

	done chan struct{}
	err  error
}

// A Package is one whose file is here, and for which a trusted key vouches, when Wait has returned nil.
type Package struct {
	*repository.Source
	settled chan struct{} // closed when err is known
	err     error
}

// Wait returns when it is settled whether the package may be used. It may be called concurrently.
func (p *Package) Wait(ctx context.Context) error {
	select {
	case <-p.settled:
		return p.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Open waits, too.
func (p *Package) Open() (io.ReadCloser, error) {
	if <-p.settled; p.err != nil {
		return nil, p.err
	}
	return p.Source.Open()
}

// Start begins to read what each package says of itself, and where that does not settle it, signed indexes. There is an item of packages for
// each change, nil for one without a file. If it ends with an error, failed is called. The caller must call Wait.
func (c *Check) Start(ctx context.Context, packages []*repository.Source, failed func()) {
	c.done = make(chan struct{})
	c.Packages = make([]*Package, len(packages))
	for i, source := range packages {
		if source != nil {
			c.Packages[i] = &Package{Source: source, settled: make(chan struct{})}
		}
	}
	go func() {
		defer close(c.done)
		isSettled := make([]bool, len(packages))
		if c.err = c.run(ctx, isSettled); c.err != nil {
			failed()
		}
		for i, pkg := range c.Packages {
			if pkg != nil && !isSettled[i] {
				pkg.err = c.err
				close(pkg.settled)
			}
		}
	}()
}

// Wait returns when all is settled. An error may be an [*AlteredError].
func (c *Check) Wait() error {
	<-c.done
	return c.err
}

// run settles the packages that need nothing but themselves.
func (c *Check) run(ctx context.Context, isSettled []bool) error {
	c.Vouchers = make([]string, len(c.Packages))
	reasons := make([]error, len(c.Packages)) // why a package's own signature is not enough
	contradictions := make([]string, len(c.Packages))
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(c.Concurrency)
	for i, pkg := range c.Packages {
		if pkg == nil {
			continue
		}
		group.Go(func() error {
			control, key, err := pkg.Control(groupContext, c.Keys)
			if control == nil {
				return err
			}
			change, own := &c.Locked.Changes[i], control.Package
			own.Identity = control.Identity
			if id, err := apk.ParseChecksum(change.Identity); err == nil && control.HasIdentity(id) {
				own.Identity = id // one of several
			}
			contradictions[i] = change.Contradicts(&own)
			if change.InstalledSize > 0 && change.DataHash != control.DataHash { // no index has it
				return &AlteredError{own.ID(), fmt.Sprintf("dataHash %q, but the package %q", change.DataHash, control.DataHash)}
			}
			c.Vouchers[i], reasons[i] = key, err
			if isSettled[i] = err == nil && contradictions[i] == ""; isSettled[i] {
				close(pkg.settled)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return c.byIndexes(ctx, reasons, contradictions)
}

// byIndexes looks for signed indexes for the packages that their own files do not settle.
func (c *Check) byIndexes(ctx context.Context, reasons []error, contradictions []string) error {
	var indexes []*apk.Index
	isRead := false
	var unvouched *unvouchedError
	for i := range c.Locked.Changes {
		if reasons[i] == nil && contradictions[i] == "" {
			continue
		}
		if !isRead {
			isRead, indexes = true, c.signedIndexes(ctx)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		change := &c.Locked.Changes[i]
		id := c.Changes[i].New.ID()
		isListed := false
		for _, index := range indexes {
			if record := find(index, c.Changes[i].New); record != nil {
				isListed = true
				c.Vouchers[i] = index.SignedBy
				if contradictions[i] != "" {
					contradictions[i] = change.Contradicts(record)
				}
			}
		}
		if contradictions[i] != "" {
			return &AlteredError{id, contradictions[i]}
		}
		if !isListed && !c.AllowUntrusted {
			if unvouched == nil {
				unvouched = &unvouchedError{Err: reasons[i]}
			}
			unvouched.Packages = append(unvouched.Packages, id)
		}
	}
	if unvouched != nil {
		return unvouched
	}
	return nil
}

// find returns the record of a package in an index, nil if it does not list the very package.
func find(index *apk.Index, wanted *apk.Package) *apk.Package {
	for _, p := range index.Packages {
		if p.Name == wanted.Name && p.Identity.Key() == wanted.Identity.Key() {
			return p
		}
	}
	return nil
}

// signedIndexes returns the indexes that a trusted key has signed: those among the vendored packages, and those of the
// repositories as far as they can be read.
func (c *Check) signedIndexes(ctx context.Context) []*apk.Index {
	var all []*apk.Index
	if c.Vendored != nil {
		if err := c.Vendored.FetchIndexes(ctx, c.Arch); err != nil {
			c.Warn("%v", err)
		}
		dir := filepath.Join(c.Vendored.Dir, c.Arch)
		files, err := os.ReadDir(dir)
		if err != nil {
			files = nil // then nothing is vendored for this architecture
		}
		for _, file := range files {
			if !strings.HasPrefix(file.Name(), "APKINDEX") || !strings.HasSuffix(file.Name(), ".tar.gz") {
				continue
			}
			if index := readIndexFile(filepath.Join(dir, file.Name()), c.Keys, c.Generation); index != nil {
				all = append(all, index)
			}
		}
	}
	for _, r := range c.Repositories {
		index, err := c.Client.Index(ctx, r, c.Arch, c.Keys, c.Generation)
		if err != nil {
			continue // it is one of several places, and none of them needs to exist
		}
		all = append(all, index)
		name := r.Name()
		if r.Local() {
			name = "" // a record has no places of this machine
		}
		c.Read = append(c.Read, lock.Index{Repository: name, Tag: r.Tag, Digest: digest.NewDigestFromEncoded(digest.SHA256, index.SHA256)})
	}
	return all
}

func readIndexFile(name string, keys *apk.KeyRing, g apk.Generation) *apk.Index {
	f, err := diskio.OpenRegular(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	index, err := apk.ReadIndexArchive(f, keys, g)
	if err != nil {
		return nil
	}
	return index
}

// AlteredError says that a lock contradicts a package, or its record in a signed index.
type AlteredError struct {
	Package       string // its ID
	Contradiction string // what the lock has, and the package
}

func (e *AlteredError) Error() string {
	return fmt.Sprintf("package %s: the lock has %s: it was altered", e.Package, e.Contradiction)
}

// unvouchedError says that no trusted key vouches for packages of a lock.
type unvouchedError struct {
	Packages []string // IDs; at least one
	Err      error    // of the first; may be an [*apk.UntrustedError]
}

func (e *unvouchedError) Error() string {
	more := ""
	if n := len(e.Packages) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("package %s%s: no trusted key has signed it or an index that lists it: %v", e.Packages[0], more, e.Err)
}

func (e *unvouchedError) Unwrap() error { return e.Err }

// Hint returns the remedy.
func (e *unvouchedError) Hint() string {
	var untrusted *apk.UntrustedError
	if errors.As(e.Err, &untrusted) && untrusted.Bad {
		return "fetch the package again; do not use altered files"
	}
	key := "pass the public key of its maker (--key FILE)"
	if untrusted != nil && len(untrusted.SignedBy) > 0 {
		key = fmt.Sprintf("if you trust %s, pass its public key (--key FILE)", strings.Join(untrusted.SignedBy, " or "))
	}
	return key + "; --allow-untrusted gives up this check"
}
