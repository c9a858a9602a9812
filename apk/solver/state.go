package solver

import (
	"context"
	"fmt"

	"github.com/lamina-oci/lamina/apk"
)

// solver is the state of one run: apk/FORMAT.md 7.2 is its description, and names
// of fields and functions are taken from there where they say enough.
type solver struct {
	ctx context.Context
	v2  bool // the generation; v3 otherwise
	// beforeAutosel is apk 2 before it let autosel take part in the order of
	// decisions; see pending.go. Which release that was is inferred: 2.14.4 and
	// 2.14.10 were observed on the same requests.
	beforeAutosel bool
	catalog       *catalog
	req           *Request
	goal          []apk.Dependency // sorted
	world         []dep            // parallel to goal

	// names and pkgs have those of the catalog first, under the same numbers.
	// They do not grow after setup, so pointers into them stay good.
	names      []name
	pkgs       []pkg
	extraNames []string          // texts of names[len(catalog.names):]
	extraIDs   map[string]nameID // the reverse
	extraInfo  []packageInfo     // of pkgs[len(catalog.packages):]
	firstFile  pkgID             // those from here on came as files, after everything else
	early      int32             // how many names the world and the databases mention
	earlyNames []nameID          // those, in order
	listMark   int32             // see reverse
	installed  []pkgID           // in the order of the database

	tags      []string  // the first is ""
	tagRepos  []repoSet // parallel to tags: repositories of a tag
	reachable repoSet

	worldTag    tagSet // while world items are applied, the tag of the item; else empty
	globalFlags Flags  // while world items are applied, the flags of the request; else none

	orderCounter uint32
	dirtyNames   fifo
	pending      pendingNames
	errors       int

	setChanges []setChange

	work  int64
	depth int
	err   error
}

// tagSet has a bit for each tag; untagged is the set of only "".
type tagSet uint32

const untagged tagSet = 1

// name is the state of one name.
type name struct {
	overlay    *overlay
	rdeps      []nameID // names of packages that depend on it; see reverse
	riif       []nameID // names of packages that have it in install_if
	rdepsKnown bool
	riifKnown  bool
	userFlags  bool // the request has flags for it
	listMark   int32
	earlyRank  int32 // 1-based place of its first mention in world or databases, or 0

	seen      bool
	fixed     bool
	rdepsDone bool
	options   bool
	autosel   bool
	hasIIF    bool
	noIIF     bool
	reDeps    bool
	reIIF     bool
	iifProbe  bool
	dirty     bool
	chosen    provider
	req       uint32
	order     int32
	chain     int32 // longest chain of depends below it, as far as discover saw
	concrete  bool  // all its providers have it as their own name

	// Scratch of reconsider.
	commonDep, commonProvide int32
	virtualSeen              bool

	pending pendingState
	set     setName
	covered bool // report: a chosen package has it, or it was reported as missing
}

// pkg is the state of one package.
type pkg struct {
	*packageInfo
	installed  *apk.InstalledPackage
	tag        uint8 // the recorded tag of an installed one
	file       int32 // 1-based index in Request.Files
	cached     bool
	replaced   bool // stands in the catalog, but the databases have a record of it
	seen       bool
	available  bool
	selectable bool
	tagOK      bool
	tagPref    bool
	used       bool
	merged     bool
	iifHit     bool
	iifDead    bool
	failed     bool
	inSet      bool
	marked     bool // report: chosen
	flags      Flags
	inherits   Flags // what its dependencies inherit
	allowed    tagSet
	preferred  tagSet
	conflicts  uint32
	chain      int32
	provided   int // cursor of discover into provides
}

// overlay holds what this request adds to a name of the catalog.
type overlay struct {
	providers  []provider // all of them, in load order
	dependants []pkgID    // of packages that are not in the catalog
	installIf  []pkgID
}

// nobody is what a name is fixed to when no package is chosen for it.
var nobody = provider{pkg: -1}

// providers returns the packages that have a name, in load order.
func (s *solver) providers(id nameID) []provider {
	if o := s.names[id].overlay; o != nil {
		return o.providers
	}
	if int(id) >= len(s.catalog.names) {
		return nil
	}
	return s.catalog.providers.at(id)
}

// tagReposOf is tagrepos of the specification: the repositories of some tags.
func (s *solver) tagReposOf(tags tagSet) repoSet {
	var repos repoSet
	for i, r := range s.tagRepos {
		if tags&(1<<i) != 0 {
			repos |= r
		}
	}
	return repos
}

// repos is repos(pkg) of the specification.
func (s *solver) repos(p *pkg) repoSet {
	if p.installed == nil {
		return p.packageInfo.repos
	}
	return p.packageInfo.repos | s.tagRepos[p.tag]
}

// satisfied tells whether a dependency of x, or of the world if x < 0, is met
// by a provider of its name (apk/FORMAT.md 4.3).
func (s *solver) satisfied(x pkgID, d *dep, p provider) bool {
	switch {
	case p.pkg < 0:
		return d.conflict
	case d.conflict && p.pkg == x && !s.v2:
		return true
	case d.op.IsChecksum() && (s.v2 || !d.conflict):
		return s.hasIdentity(p.pkg, d.version)
	case d.op&(apk.Less|apk.Equal|apk.Greater) == apk.Less|apk.Equal|apk.Greater, d.op == apk.AnyVersion:
		return !d.conflict
	case s.v2 && p.version == "":
		return d.conflict
	}
	r := s.req.Generation.CompareVersions(p.version, d.version, d.op&apk.Fuzzy != 0)
	return (r&d.op&^apk.Fuzzy != 0) != d.conflict
}

func (s *solver) hasIdentity(id pkgID, text string) bool {
	sum, err := apk.ParseChecksum(text)
	return err == nil && sum.Key() == s.pkgs[id].key
}

var errTooMuchWork = fmt.Errorf("package selection takes more than %d steps", int64(maxWork))

// maxWork bounds the steps of a run, each the look at one provider or
// dependency. Real requests take some millions.
const maxWork = 4e9

// step counts work and looks at the context now and then. It returns false
// when the run is to end.
func (s *solver) step(n int) bool {
	before := s.work
	s.work += int64(n) + 1
	if before>>16 != s.work>>16 && s.err == nil {
		if s.err = s.ctx.Err(); s.err == nil && s.work > maxWork {
			s.err = errTooMuchWork
		}
	}
	return s.err == nil
}
