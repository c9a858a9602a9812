package stage

import (
	"sync"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage/internal/accounts"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A Drafter prepares something from packages while they are read and verified, assuming that they will be staged unchanged. Whether
// that proved true it has to find out from the staged tree.
//
// Its methods are called from several goroutines at once, those of one [PackageDraft] from one. Packages begin in order.
type Drafter interface {
	// Begin receives the packages that will be read. The function it returns is called once for each of them, nearly in order, until
	// reading one fails.
	Begin(packages []*apk.Package) func(i int, p *Package) PackageDraft
}

// A PackageDraft receives a package's files in their order. Its failures do not affect the stage.
type PackageDraft interface {
	// File receives a regular file with content: the node that will be staged, and the reader that has the content.
	File(name string, n *tree.Node, r *apk.PackageReader)
	// Link receives another name of such a file.
	Link(name, target string, n *tree.Node)
	// End is called last, in any case. Unless verified, the files received are not to be used: reading failed, or the package was not
	// read because the cache has a listing of it.
	End(verified bool)
}

// draftedPackage follows the entries of a package as [installation] does.
type draftedPackage struct {
	to     PackageDraft
	in     installation
	owners *draftOwners
	files  map[string]*tree.Node // regular ones with content
}

// draftOwners finds owners by what the root had before anything was staged. It may be used concurrently.
type draftOwners struct {
	mu     sync.Mutex
	owners *accounts.Owners
}

// drafts returns a function that starts to draft the package i of these, or one that does nothing.
func (s *Stage) drafts(packages []*apk.Package) func(i int, p *Package) *draftedPackage {
	if s.options.Draft == nil {
		return func(int, *Package) *draftedPackage { return nil }
	}
	begin, owners := s.options.Draft.Begin(packages), &draftOwners{owners: s.owners.Snapshot()}
	return func(i int, p *Package) *draftedPackage {
		return &draftedPackage{
			to: begin(i, p), owners: owners, files: make(map[string]*tree.Node),
			in: installation{stage: s, staged: p, record: new(record)},
		}
	}
}

func (o *draftOwners) of(e *entry) apk.Ownership {
	o.mu.Lock()
	defer o.mu.Unlock()
	return apk.Ownership{UID: o.owners.User(e.user, e.uid), GID: o.owners.Group(e.group, e.gid), Mode: e.mode}
}

// entry is called when the reader has come to an entry. A nil draftedPackage does nothing.
func (d *draftedPackage) entry(e *entry, r *apk.PackageReader) {
	switch {
	case d == nil || e.typ != tree.Regular:
	case e.hardLink:
		n := d.files[e.link]
		if n == nil {
			return
		}
		d.in.relink(n, e, d.owners.of(e))
		d.files[e.path] = n
		d.to.Link(e.path, e.link, n)
	case e.size > 0:
		n, _, err := d.in.node(e, d.owners.of(e))
		if err != nil {
			return // staging it fails too
		}
		d.files[e.path] = n
		d.to.File(e.path, n, r)
	}
}

// end is called in any case.
func (d *draftedPackage) end(verified bool) {
	if d != nil {
		d.to.End(verified)
	}
}
