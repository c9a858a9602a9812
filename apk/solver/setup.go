package solver

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
)

func newSolver(ctx context.Context, c *catalog, req *Request) (*solver, error) {
	s := &solver{
		ctx: ctx, v2: req.Generation == apk.V2, beforeAutosel: toolsBefore(req, "2.14.7"),
		catalog: c, req: req,
		goal: apk.SortWorld(req.goal()), extraIDs: make(map[string]nameID), tags: []string{""},
	}
	if err := s.setupTags(); err != nil {
		return nil, err
	}
	if err := s.setupNames(); err != nil {
		return nil, err
	}
	s.setupPackages()
	s.setupFlags()
	return s, nil
}

// toolsBefore tells whether apk 2 is older than a version.
func toolsBefore(req *Request, version string) bool {
	have := req.ToolsVersion
	if have == "" && req.Installed != nil {
		if p := req.Installed.Find("apk-tools"); p != nil {
			have = p.Version
		}
	}
	return have != "" && req.Generation == apk.V2 && apk.GenerationOf(have) == apk.V2 &&
		apk.V2.CompareVersions(have, version, false) == apk.Less
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
// which the world and the databases mention before any index does. The error is a [*NoPackageError].
func (s *solver) setupNames() error {
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
	var unknown NoPackageError
	for _, f := range s.req.NameFlags {
		known := len(s.extraNames)
		if id := s.intern(f.Name); f.Flags&remove != 0 && int(id) == len(s.catalog.names)+known {
			unknown.Names = append(unknown.Names, f.Name)
		}
	}
	if unknown.Names != nil {
		return &unknown
	}
	s.names = make([]name, len(s.catalog.names)+len(s.extraNames))
	for i := range s.names {
		s.names[i].chosen = nobody
	}
	for _, id := range order {
		if n := &s.names[id]; n.earlyRank == 0 {
			s.early++
			n.earlyRank = s.early
			s.earlyNames = append(s.earlyNames, id)
		}
	}
	for i := range s.goal {
		s.world = append(s.world, newDep(&s.goal[i], s.intern))
	}
	return nil
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
	known := make(map[identity]pkgID, extra)
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
	s.overlayProviders(pkgID(shared), early, true)
	s.firstFile = early
	for i, fp := range s.req.Files {
		id, have := s.catalog.byIdentity[fp.Identity.Key()]
		if _, isKnown := known[fp.Identity.Key()]; isKnown || !have {
			_, id = s.addPackage(fp, known)
		}
		s.pkgs[id].file = int32(i + 1)
	}
	s.overlayProviders(early, pkgID(len(s.pkgs)), false)
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

// overlayProviders enters the packages [from, to) with the names they mention,
// before those of the catalog or behind them.
func (s *solver) overlayProviders(from, to pkgID, before bool) {
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
