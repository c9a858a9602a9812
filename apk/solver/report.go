package solver

import (
	"cmp"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// report finds out what apk would say about a goal that failed (apk/FORMAT.md
// 7.6): world items that nothing provides, then each package of the change set
// with what is against it, followed by those of its dependencies that nothing
// provides.
func (s *solver) report() *UnsatisfiableError {
	for _, c := range s.setChanges {
		if c.new >= 0 {
			s.pkgs[c.new].marked = true
		}
	}
	s.cover()
	e := &UnsatisfiableError{Errors: min(s.errors, 99)}
	s.reportMissing(e, s.world)
	for _, c := range s.setChanges {
		if c.new >= 0 {
			s.reportPackage(e, c.new)
			s.reportMissing(e, s.pkgs[c.new].depends)
		}
	}
	return e
}

// cover finds the names that count as provided: those of the chosen packages
// that can be reached from the world by depends and install_if: a package may
// have been chosen for the sake of another one that was given up in the end. One
// that is there by install_if or for a name without a version alone, and so would
// not be chosen by itself, does not stand for names without a version.
func (s *solver) cover() {
	const there, wanted = 1, 2
	type visit struct {
		id  pkgID
		how uint8
	}
	reached := make(map[pkgID]uint8)
	var queue []visit
	reach := func(id pkgID, how uint8) {
		if s.pkgs[id].marked && reached[id] < how {
			reached[id] = how
			queue = append(queue, visit{id, how})
		}
	}
	follow := func(deps []dep) {
		for i := range deps {
			if d := &deps[i]; !d.conflict {
				for _, p := range s.providers(d.name) {
					if p.version != "" || s.pkgs[p.pkg].meta.ProviderPriority != 0 {
						reach(p.pkg, wanted)
					} else {
						reach(p.pkg, there)
					}
				}
			}
		}
	}
	follow(s.world)
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		p := &s.pkgs[v.id]
		s.names[p.name].covered = true
		for i := range p.provides {
			if v.how == wanted || p.provides[i].version != "" {
				s.names[p.provides[i].name].covered = true
			}
		}
		follow(p.depends)
		s.eachName(v.id, func(n nameID) {
			for _, m := range s.riif(n) {
				for _, q := range s.providers(m) {
					if s.pkgs[q.pkg].marked && reached[q.pkg] == 0 && s.conditionsCovered(q.pkg) {
						reach(q.pkg, there)
					}
				}
			}
		})
	}
}

func (s *solver) conditionsCovered(id pkgID) bool {
	p := &s.pkgs[id]
	for i := range p.installIf {
		if d := &p.installIf[i]; d.conflict == s.names[d.name].covered {
			return false
		}
	}
	return len(p.installIf) > 0
}

func (s *solver) reportMissing(e *UnsatisfiableError, deps []dep) {
	for i := range deps {
		d := &deps[i]
		n := &s.names[d.name]
		if d.conflict || n.covered {
			continue
		}
		n.covered = true
		problem := Problem{kind: missingName, Name: s.text(d.name)}
		if len(s.providers(d.name)) > 0 {
			problem.kind = virtualName
			problem.Facts = append(problem.Facts,
				Fact{factNote, []FactItem{{Text: "please select one of the 'provided by' packages explicitly"}}},
				Fact{factProvidedBy, s.providedBy(d.name)})
		}
		if items := s.requiredBy(d.name); items != nil {
			problem.Facts = append(problem.Facts, Fact{factRequiredBy, items})
		}
		e.Problems = append(e.Problems, problem)
	}
}

// providedBy lists who provides a name: by the package's name alone if all of
// its versions do.
func (s *solver) providedBy(id nameID) []FactItem {
	count := make(map[nameID]int)
	for _, p := range s.providers(id) {
		count[s.pkgs[p.pkg].name]++
	}
	var items []FactItem
	for _, p := range s.providers(id) {
		q := &s.pkgs[p.pkg]
		switch n := count[q.name]; {
		case n == len(s.providers(q.name)):
			items = append(items, FactItem{Text: s.text(q.name)})
			count[q.name] = 0
		case n > 0:
			items = append(items, FactItem{Package: q.meta})
			count[q.name]--
		}
	}
	return items
}

func (s *solver) requiredBy(id nameID) []FactItem {
	var items []FactItem
	for i := range s.world {
		if d := &s.world[i]; d.name == id && !d.conflict {
			items = append(items, s.worldItem(i))
		}
	}
	done := make(map[pkgID]bool)
	for _, m := range s.rdeps(id) {
		for _, p := range s.providers(m) {
			q := &s.pkgs[p.pkg]
			if !q.marked || done[p.pkg] {
				continue
			}
			done[p.pkg] = true
			for i := range q.depends {
				if d := &q.depends[i]; d.name == id && !d.conflict {
					items = append(items, FactItem{Package: q.meta, Dependency: &q.meta.Depends[i]})
					break
				}
			}
		}
	}
	return items
}

// worldItem is an item of the goal as apk prints it: apk 2 leaves out its tag.
func (s *solver) worldItem(i int) FactItem {
	d := s.goal[i]
	if s.v2 {
		d.Tag = ""
	}
	return FactItem{Dependency: &d}
}

func (s *solver) reportPackage(e *UnsatisfiableError, id pkgID) {
	p := &s.pkgs[id]
	problem := Problem{kind: badPackage, Name: p.meta.Name, Package: p.meta}
	add := func(label string, items []FactItem) {
		if len(items) > 0 {
			problem.Facts = append(problem.Facts, Fact{label, items})
		}
	}
	if !s.v2 && s.uninstallable(p) {
		add(factError, []FactItem{{Text: "uninstallable"}})
		if !archFits(p.meta.Arch, s.req.Archs) {
			add(factArch, []FactItem{{Text: p.meta.Arch}})
		}
		add(factDepends, brokenItems(p.meta.Depends))
		add(factProvides, brokenItems(p.meta.Provides))
		add(factInstallIf, brokenItems(p.meta.InstallIf))
	}
	add(factMaskedIn, s.maskedIn(p))
	add(factConflicts, s.conflictsOf(id))
	bad, good := s.wantedBy(id)
	add(factBreaks, bad)
	if len(problem.Facts) > 0 {
		add(factSatisfies, good)
		e.Problems = append(e.Problems, problem)
	}
}

func archFits(arch string, archs []string) bool {
	if len(archs) == 0 || arch == "" || arch == "noarch" {
		return true
	}
	for _, a := range archs {
		if a == arch {
			return true
		}
	}
	return false
}

func brokenItems(deps []apk.Dependency) []FactItem {
	var items []FactItem
	for i := range deps {
		if deps[i].Broken {
			items = append(items, FactItem{Text: deps[i].String()})
		}
	}
	return items
}

// maskedIn says why a package may not be taken from the repositories that have it.
func (s *solver) maskedIn(p *pkg) []FactItem {
	repos := p.packageInfo.repos
	switch {
	case p.file > 0 && p.meta.Size == 0: // a package that apk makes up has no file
		return []FactItem{{Text: "cache"}}
	case p.installed != nil, p.file > 0, p.cached:
		return nil
	case repos&s.reachable == 0:
		return []FactItem{{Text: "--no-network"}}
	case repos&s.tagReposOf(untagged|1<<s.newTag(p)) != 0:
		return nil
	}
	var items []FactItem
	for i, r := range s.tagRepos {
		if repos&r != 0 {
			items = append(items, FactItem{Text: "@" + s.tags[i]})
		}
	}
	return items
}

// conflictsOf lists the chosen packages that have a name of this one too,
// unless both have it without a version.
func (s *solver) conflictsOf(id pkgID) []FactItem {
	p := &s.pkgs[id]
	var items []FactItem
	for _, q := range s.providers(p.name) {
		if other := &s.pkgs[q.pkg]; q.pkg != id && other.marked {
			items = append(items, FactItem{Package: other.meta})
		}
	}
	for i := range p.provides {
		d := &p.provides[i]
		self := false // met the entry of this very item
		for _, q := range s.providers(d.name) {
			other := &s.pkgs[q.pkg]
			if !other.marked || d.version == "" && q.version == "" {
				continue
			}
			if !self && q.pkg == id && q.version == d.version {
				self = true
				continue
			}
			items = append(items, FactItem{Package: other.meta, Dependency: &p.meta.Provides[i]})
		}
	}
	return items
}

// wantedBy lists the dependencies of the world and of the chosen packages that
// concern a package: those it breaks and those it satisfies.
func (s *solver) wantedBy(id pkgID) (bad, good []FactItem) {
	add := func(x pkgID, d *dep, item FactItem) {
		switch s.relate(x, d, id) {
		case breaks:
			bad = append(bad, item)
		case satisfies:
			good = append(good, item)
		}
	}
	for i := range s.world {
		add(-1, &s.world[i], s.worldItem(i))
	}
	p := &s.pkgs[id]
	done := make(map[pkgID]bool)
	visit := func(name nameID) {
		for _, m := range s.rdeps(name) {
			for _, r := range s.providers(m) {
				q := &s.pkgs[r.pkg]
				if !q.marked || done[r.pkg] {
					continue
				}
				done[r.pkg] = true
				for i := range q.depends {
					add(r.pkg, &q.depends[i], FactItem{Package: q.meta, Dependency: &q.meta.Depends[i]})
				}
			}
		}
	}
	visit(p.name)
	for i := range p.provides {
		visit(p.provides[i].name)
	}
	if !s.v2 {
		sortWanted(bad)
		sortWanted(good)
	}
	return bad, good
}

// sortWanted puts dependencies into the order in which apk 3 lists them: those of the
// world first, then by package, then by operator.
func sortWanted(list []FactItem) {
	sort.SliceStable(list, func(i, j int) bool { return compareWanted(list[i], list[j]) < 0 })
}

func compareWanted(a, b FactItem) int {
	switch {
	case a.Package == b.Package:
	case a.Package == nil:
		return -1
	case b.Package == nil:
		return 1
	default:
		if c := cmp.Or(nametable.Compare(a.Package.Name, b.Package.Name), strings.Compare(a.Package.Version, b.Package.Version)); c != 0 {
			return c
		}
	}
	return operatorRank(a.Dependency) - operatorRank(b.Dependency)
}

func operatorRank(d *apk.Dependency) int {
	rank := 0
	for i, bit := range []apk.Op{apk.Equal, apk.Less, apk.Greater, apk.Fuzzy} {
		if d.Op&bit != 0 {
			rank |= 1 << i
		}
	}
	if d.Op == apk.AnyVersion {
		rank = 7
	}
	if d.Conflict {
		rank |= 16
	}
	return rank
}
