package solver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
)

// solver is the state of one run: SPEC-apk.md 7.2 is its description, and names
// of fields and functions are taken from there where they say enough.
type solver struct {
	ctx     context.Context
	v2      bool // the generation; v3 otherwise
	catalog *Catalog
	req     *Request
	goal    []apk.Dependency // sorted
	world   []dep            // parallel to goal

	// names and pkgs have those of the catalog first, under the same numbers.
	// They do not grow after setup, so pointers into them stay good.
	names      []name
	pkgs       []pkg
	extraNames []string          // texts of names[len(catalog.names):]
	extraIDs   map[string]nameID // the reverse
	extraInfo  []packageInfo     // of pkgs[len(catalog.packages):]
	firstFile  pkgID             // those from here on came as files, after everything else
	early      int32             // how many names the world and the databases mention
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
	userFlags  bool  // the request has flags for it
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

func newSolver(ctx context.Context, c *Catalog, req *Request) (*solver, error) {
	s := &solver{
		ctx: ctx, v2: req.Generation == apk.V2, catalog: c, req: req,
		goal: SortWorld(req.goal()), extraIDs: make(map[string]nameID), tags: []string{""},
	}
	if err := s.setupTags(); err != nil {
		return nil, err
	}
	s.setupNames()
	s.setupPackages()
	s.setupFlags()
	return s, nil
}

// setupTags numbers the tags in the order in which apk meets them and finds
// the repositories of each.
func (s *solver) setupTags() error {
	for _, d := range s.req.World {
		s.tagNumber(d.Tag)
	}
	if s.req.Installed != nil {
		for _, p := range s.req.Installed.Packages {
			s.tagNumber(p.RepositoryTag)
		}
	}
	s.tagRepos = make([]repoSet, len(s.tags))
	for i, r := range s.catalog.repositories {
		if r.reachable {
			s.reachable |= 1 << i
		}
		for _, tag := range r.tags {
			n := s.tagNumber(tag)
			if n >= len(s.tagRepos) {
				s.tagRepos = append(s.tagRepos, 0)
			}
			if r.loaded {
				s.tagRepos[n] |= 1 << i
			}
		}
	}
	for _, d := range s.goal {
		s.tagNumber(d.Tag)
	}
	if len(s.tags) > maxTags {
		return fmt.Errorf("more than %d repository tags", maxTags-1)
	}
	s.tagRepos = append(s.tagRepos, make([]repoSet, len(s.tags)-len(s.tagRepos))...)
	return nil
}

func (s *solver) tagNumber(tag string) int {
	if i := slices.Index(s.tags, tag); i >= 0 {
		return i
	}
	if len(s.tags) <= maxTags {
		s.tags = append(s.tags, tag)
	}
	return len(s.tags) - 1
}

// setupNames numbers the names that are not in the catalog, and remembers
// which the world and the databases mention before any index does.
func (s *solver) setupNames() {
	var order []nameID
	first := func(text string) { order = append(order, s.intern(text)) }
	for _, d := range s.req.World {
		first(d.Name)
	}
	if s.req.Installed != nil {
		for _, p := range s.req.Installed.Packages {
			for text := range p.Mentions {
				first(text)
			}
			for _, d := range p.Replaces {
				first(d.Name)
			}
		}
	}
	if s.req.Cached != nil {
		for _, p := range s.req.Cached.Packages {
			for text := range p.Mentions {
				first(text)
			}
		}
	}
	for _, d := range s.goal {
		s.intern(d.Name)
	}
	for _, p := range s.req.Files {
		for text := range p.Mentions {
			s.intern(text)
		}
	}
	for _, f := range s.req.NameFlags {
		s.intern(f.Name)
	}
	s.names = make([]name, len(s.catalog.names)+len(s.extraNames))
	for i := range s.names {
		s.names[i].chosen = nobody
	}
	for _, id := range order {
		if n := &s.names[id]; n.earlyRank == 0 {
			s.early++
			n.earlyRank = s.early
		}
	}
	for i := range s.goal {
		s.world = append(s.world, newDep(&s.goal[i], s.intern))
	}
}

func (s *solver) intern(text string) nameID {
	if id, known := s.catalog.ids[text]; known {
		return id
	}
	id, known := s.extraIDs[text]
	if !known {
		id = nameID(len(s.catalog.names) + len(s.extraNames))
		s.extraIDs[text] = id
		s.extraNames = append(s.extraNames, text)
	}
	return id
}

func (s *solver) text(id nameID) string {
	if int(id) < len(s.catalog.names) {
		return s.catalog.names[id]
	}
	return s.extraNames[int(id)-len(s.catalog.names)]
}

// setupPackages puts the packages of the databases before those of the
// catalog and the files behind them.
func (s *solver) setupPackages() {
	shared := len(s.catalog.packages)
	extra := len(s.req.Files)
	if s.req.Installed != nil {
		extra += len(s.req.Installed.Packages)
	}
	if s.req.Cached != nil {
		extra += len(s.req.Cached.Packages)
	}
	s.extraInfo = make([]packageInfo, 0, extra)
	s.pkgs = make([]pkg, shared, shared+extra)
	for i := range s.catalog.packages {
		s.pkgs[i].packageInfo = &s.catalog.packages[i]
	}
	known := make(map[identity]pkgID)
	if s.req.Installed != nil {
		for _, ip := range s.req.Installed.Packages {
			p, id := s.addPackage(&ip.Package, known)
			if p.installed == nil {
				p.installed, p.tag = ip, uint8(s.tagNumber(ip.RepositoryTag))
				s.installed = append(s.installed, id)
			}
		}
	}
	if s.req.Cached != nil {
		for _, cp := range s.req.Cached.Packages {
			p, _ := s.addPackage(cp, known)
			p.cached = true
		}
	}
	early := pkgID(len(s.pkgs))
	s.overlayProviders(pkgID(shared), early)
	s.firstFile = early
	for i, fp := range s.req.Files {
		id, have := s.catalog.byIdentity[fp.Identity.Key()]
		if _, isKnown := known[fp.Identity.Key()]; isKnown || !have {
			_, id = s.addPackage(fp, known)
		}
		s.pkgs[id].file = int32(i + 1)
	}
	s.overlayProviders(early, pkgID(len(s.pkgs)))
}

// addPackage adds a package that comes before the catalog, or finds the one of
// the same identity among those added. Its record takes the place of the
// catalog's.
func (s *solver) addPackage(meta *apk.Package, known map[identity]pkgID) (*pkg, pkgID) {
	key := meta.Identity.Key()
	if id, have := known[key]; have {
		return &s.pkgs[id], id
	}
	id := pkgID(len(s.pkgs))
	known[key] = id
	info := newPackageInfo(meta, s.intern)
	if at, have := s.catalog.byIdentity[key]; have {
		s.pkgs[at].replaced = true
		info.repos = s.catalog.packages[at].repos
	}
	s.extraInfo = append(s.extraInfo, info)
	s.pkgs = append(s.pkgs, pkg{packageInfo: &s.extraInfo[len(s.extraInfo)-1]})
	return &s.pkgs[id], id
}

// overlayProviders enters the packages [from, to) with the names they mention.
func (s *solver) overlayProviders(from, to pkgID) {
	before := int(from) == len(s.catalog.packages) // the databases' ones come first
	var touched []nameID
	touch := func(id nameID) *overlay {
		n := &s.names[id]
		if n.overlay == nil {
			n.overlay = &overlay{}
			if !before {
				n.overlay.providers = s.catalogProviders(id)
			}
			touched = append(touched, id)
		}
		return n.overlay
	}
	for id := from; id < to; id++ {
		p := &s.pkgs[id]
		o := touch(p.name)
		o.providers = append(o.providers, provider{id, p.meta.Version})
		for _, d := range p.provides {
			o := touch(d.name)
			o.providers = append(o.providers, provider{id, d.version})
		}
		for _, d := range p.depends {
			o := touch(d.name)
			o.dependants = append(o.dependants, id)
		}
		for _, d := range p.installIf {
			o := touch(d.name)
			o.installIf = append(o.installIf, id)
		}
		if at, have := s.catalog.byIdentity[p.key]; have && before {
			for _, d := range s.catalog.packages[at].provides {
				touch(d.name)
			}
		}
	}
	if before {
		for _, id := range touched {
			o := s.names[id].overlay
			o.providers = append(o.providers, s.catalogProviders(id)...)
		}
	}
}

// catalogProviders returns a copy of the catalog's list without packages that
// the databases have.
func (s *solver) catalogProviders(id nameID) []provider {
	if int(id) >= len(s.catalog.names) {
		return nil
	}
	list := s.catalog.providers.at(id)
	out := make([]provider, 0, len(list)+1)
	for _, p := range list {
		if !s.pkgs[p.pkg].replaced {
			out = append(out, p)
		}
	}
	return out
}

func (s *solver) setupFlags() {
	for _, f := range s.req.NameFlags {
		id := s.intern(f.Name)
		s.names[id].userFlags = true
		for _, p := range s.providers(id) {
			s.pkgs[p.pkg].flags |= f.Flags | f.Inherit
			s.pkgs[p.pkg].inherits |= f.Inherit
		}
	}
}

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
// by a provider of its name (SPEC-apk.md 4.3).
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

var errTooMuchWork = errors.New("gave up: the packages depend on each other in too many ways")

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
