package assemble

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/oci/lock"
)

// A plan's packages are vouched for by the signature of the index that they were chosen from. A lock says only which
// packages are wanted: with it, each must be vouched for by its own signature or by a signed index that lists it.

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

// vouch finds for each package that is installed which key vouches for it, and holds the lock against the packages. sources
// has an item for each change.
func (p *Plan) vouch(ctx context.Context, sources []*repository.Source) error {
	p.vouchers = make([]string, len(sources))
	if p.locked == nil {
		for i, c := range p.Solution.Changes {
			if c.Repository >= 0 {
				p.vouchers[i] = p.signers[c.Repository]
			}
		}
		return nil
	}
	keys, err := p.keys()
	if err != nil {
		return in(PartKey, err)
	}
	reasons := make([]error, len(sources)) // why a package's own signature is not enough
	contradictions := make([]string, len(sources))
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(p.concurrency())
	for i, source := range sources {
		if source == nil {
			continue
		}
		group.Go(func() error {
			control, key, err := source.Control(groupContext, keys)
			if control == nil {
				return in(PartPackage, err)
			}
			change, own := &p.locked.Changes[i], control.Package
			own.Identity = control.Identity
			if id, err := apk.ParseChecksum(change.Identity); err == nil && control.HasIdentity(id) {
				own.Identity = id // one of several
			}
			contradictions[i] = change.Contradicts(&own)
			if change.InstalledSize > 0 && change.DataHash != control.DataHash { // no index has it
				return in(PartLock, alteredError(&own, fmt.Sprintf("dataHash %q, but the package %q", change.DataHash, control.DataHash)))
			}
			p.vouchers[i], reasons[i] = key, err
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := p.vouchByIndexes(ctx, keys, reasons, contradictions); err != nil {
		return err
	}
	p.warnRecordedKeys()
	return nil
}

// warnRecordedKeys says which keys are trusted only because an image's record brings them.
func (p *Plan) warnRecordedKeys() {
	if !p.keysOfRecord {
		return
	}
	base := new(apk.KeyRing)
	p.root.addKeys(base, func(string, ...any) {})
	own := base.Names()
	var names []string
	count := 0
	for _, name := range p.vouchers {
		if name != "" && !slices.Contains(own, name) {
			count++
			names = append(names, name)
		}
	}
	if count > 0 {
		slices.Sort(names)
		subject := "1 package is"
		if count > 1 {
			subject = fmt.Sprintf("%d packages are", count)
		}
		p.warn("%s signed only by %s, which the image's record brings along: pass the keys that you trust (--key FILE)", subject, strings.Join(slices.Compact(names), ", "))
	}
}

func alteredError(p *apk.Package, contradiction string) error {
	return fmt.Errorf("package %s: the lock has %s: it was altered", p.ID(), contradiction)
}

// vouchByIndexes looks for signed indexes for the packages that their own files do not settle.
func (p *Plan) vouchByIndexes(ctx context.Context, keys *apk.KeyRing, reasons []error, contradictions []string) error {
	var indexes []*apk.Index
	isRead := false
	var unvouched *unvouchedError
	for i := range p.locked.Changes {
		if reasons[i] == nil && contradictions[i] == "" {
			continue
		}
		if !isRead {
			isRead, indexes = true, p.signedIndexes(ctx, keys)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		change := &p.locked.Changes[i]
		id := p.Solution.Changes[i].New.ID()
		isListed := false
		for _, index := range indexes {
			if record := find(index, p.Solution.Changes[i].New); record != nil {
				isListed = true
				p.vouchers[i] = index.SignedBy
				if contradictions[i] != "" {
					contradictions[i] = change.Contradicts(record)
				}
			}
		}
		if contradictions[i] != "" {
			return in(PartLock, alteredError(p.Solution.Changes[i].New, contradictions[i]))
		}
		if !isListed && !p.env.AllowUntrusted {
			if unvouched == nil {
				unvouched = &unvouchedError{Err: reasons[i]}
			}
			unvouched.Packages = append(unvouched.Packages, id)
		}
	}
	if unvouched != nil {
		return in(PartPackage, unvouched)
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
func (p *Plan) signedIndexes(ctx context.Context, keys *apk.KeyRing) []*apk.Index {
	var all []*apk.Index
	if p.vendored != nil {
		if err := p.vendored.fetchIndexes(ctx, p.Arch); err != nil {
			p.warn("%v", err)
		}
		dir := filepath.Join(p.vendored.dir, p.Arch)
		files, err := os.ReadDir(dir)
		if err != nil {
			files = nil // then nothing is vendored for this architecture
		}
		for _, file := range files {
			if !strings.HasPrefix(file.Name(), "APKINDEX") || !strings.HasSuffix(file.Name(), ".tar.gz") {
				continue
			}
			if index := readIndexFile(filepath.Join(dir, file.Name()), keys, p.Generation); index != nil {
				all = append(all, index)
			}
		}
	}
	for _, r := range p.repositories {
		index, err := p.env.Client.Index(ctx, r, p.Arch, keys, p.Generation)
		if err != nil {
			continue // it is one of several places, and none of them needs to exist
		}
		all = append(all, index)
		name := nameOf(r)
		if r.Local() {
			name = "" // a record has no places of this machine
		}
		p.read = append(p.read, lock.Index{Repository: name, Tag: r.Tag, Digest: digest.NewDigestFromEncoded(digest.SHA256, index.SHA256)})
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

// checkWorld holds the world and the changes of the lock against the base and the request, which say what they must cover.
func (p *Plan) checkWorld(asked []apk.Dependency) error {
	locked := p.Solution.World
	if a, b := worldText(asked), worldText(locked); a != b {
		return fmt.Errorf("the lock's world is %q, but base and packages give %q", b, a)
	}
	left := make(map[string]bool)
	for _, installed := range p.root.installed.Packages {
		left[installed.Name] = true
	}
	seen := make(map[string]bool)
	for _, c := range p.locked.Changes {
		if seen[c.Name] {
			return fmt.Errorf("the lock has two changes of package %s", c.Name)
		}
		seen[c.Name] = true
		if c.OldVersion != "" {
			delete(left, c.Name)
		} else if left[c.Name] {
			return fmt.Errorf("the lock installs package %s, which the base has", c.Name)
		}
	}
	for _, installed := range p.root.installed.Packages {
		if left[installed.Name] {
			return fmt.Errorf("the lock does not say what becomes of package %s of the base", installed.Name)
		}
	}
	return nil
}

func worldText(world []apk.Dependency) string {
	var items []string
	for _, d := range apk.SortWorld(world) {
		items = append(items, d.String())
	}
	return strings.Join(items, " ")
}
