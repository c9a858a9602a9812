package solver

import (
	"fmt"
	"slices"
)

// setChange is one entry of the change set; -1 stands for no package.
type setChange struct{ old, new pkgID }

// setName is the state of a name while the change set is made.
type setName struct {
	installed pkgID  // 1-based: the installed package of this name
	owner     nameID // 1-based: the name of the installed package that has this name with a version
	req       uint16 // installed or chosen packages that depend on it; wraps as apk's does
	processed bool
	removed   bool
}

// maxDepth bounds the recursion over dependencies while the change set is made.
const maxDepth = 100_000

var errTooDeep = fmt.Errorf("dependencies are nested more than %d levels deep", maxDepth)

// makeChangeSet orders what was decided, depth first: dependencies before
// dependants, the world in its order, and packages with an install_if behind
// the last package that brought them in (apk/FORMAT.md 7.5).
func (s *solver) makeChangeSet() {
	for _, id := range s.installed {
		p := &s.pkgs[id]
		s.names[p.name].set.installed = id + 1
		s.names[p.name].set.owner = p.name + 1
		for i := range p.provides {
			if d := &p.provides[i]; d.version != "" {
				s.names[d.name].set.owner = p.name + 1
			}
		}
	}
	for _, id := range s.installed {
		s.trackAdded(&s.pkgs[id])
	}
	for _, id := range s.installed {
		if n := &s.names[s.pkgs[id].name]; n.set.req == 0 && n.chosen.pkg < 0 {
			s.remove(id)
		}
	}
	for i := range s.world {
		if !s.goal[i].Broken {
			s.need(-1, &s.world[i])
		}
	}
	for _, id := range s.installed {
		s.change(s.pkgs[id].name)
	}
}

// need puts in what d asks for and tells whether it was met.
func (s *solver) need(x pkgID, d *dep) {
	n := &s.names[d.name]
	if !s.satisfied(x, d, n.chosen) {
		s.fail(x)
	}
	s.change(d.name)
	if n.chosen.pkg >= 0 && s.pkgs[n.chosen.pkg].failed {
		s.fail(x)
	}
}

// change puts in what was chosen for a name, after everything it needs.
func (s *solver) change(id nameID) {
	n := &s.names[id]
	if n.set.processed {
		return
	}
	s.preprocess(id)
	chosen := n.chosen.pkg
	if chosen < 0 || s.pkgs[chosen].inSet || !s.descend() {
		return
	}
	defer s.ascend()
	p := &s.pkgs[chosen]
	p.inSet = true
	s.preprocess(p.name)
	for i := range p.provides {
		s.preprocess(p.provides[i].name)
	}
	old := s.names[p.name].set.installed - 1
	if old >= 0 {
		s.removeByInstallIf(&s.pkgs[old])
	}
	for i := range p.depends {
		s.need(chosen, &p.depends[i])
	}
	s.setChanges = append(s.setChanges, setChange{old, chosen})
	s.addByInstallIf(p)
	s.trackAdded(p)
	if old >= 0 {
		s.trackRemoved(&s.pkgs[old])
	}
}

// preprocess removes installed packages that have to make room for what was
// chosen for a name.
func (s *solver) preprocess(id nameID) {
	n := &s.names[id]
	if n.set.processed {
		return
	}
	n.set.processed = true
	if old := n.set.installed - 1; old >= 0 {
		if n.chosen.pkg < 0 || s.pkgs[n.chosen.pkg].name != id {
			s.remove(old)
		}
	}
	for _, p := range s.providers(id) {
		own := &s.names[s.pkgs[p.pkg].name]
		if own.set.installed-1 == p.pkg && own.chosen.pkg < 0 {
			s.remove(p.pkg)
		}
	}
	s.step(len(s.providers(id)))
}

// remove takes an installed package away, after everything installed that
// depends on it.
func (s *solver) remove(id pkgID) {
	p := &s.pkgs[id]
	n := &s.names[p.name]
	if p.inSet || n.chosen.pkg >= 0 && s.pkgs[n.chosen.pkg].name == p.name || !s.descend() {
		return
	}
	defer s.ascend()
	n.set.removed = true
	p.inSet = true
	s.removeDependants(p.name, id)
	for i := range p.provides {
		s.removeDependants(p.provides[i].name, id)
	}
	s.removeByInstallIf(p)
	s.setChanges = append(s.setChanges, setChange{id, -1})
	s.trackRemoved(p)
}

func (s *solver) removeDependants(name nameID, gone pkgID) {
	for _, m := range s.rdeps(name) {
		for _, r := range s.providers(m) {
			q := &s.pkgs[r.pkg]
			if q.installed == nil {
				continue
			}
			for i := range q.depends {
				if relation := s.relate(r.pkg, &q.depends[i], gone); relation == satisfies {
					s.remove(r.pkg)
				}
			}
		}
		s.step(len(s.providers(m)))
	}
}

// relation is what a package is to a dependency.
type relation uint8

const (
	irrelevant relation = iota
	satisfies
	breaks
)

// relate looks at the first way in which p has the name of x's dependency d. A
// package's own name is looked at as if x were another package.
func (s *solver) relate(x pkgID, d *dep, p pkgID) relation {
	q := &s.pkgs[p]
	met := false
	if d.name == q.name {
		met = s.satisfied(-1, d, provider{p, q.meta.Version})
	} else {
		i := slices.IndexFunc(q.provides, func(item dep) bool { return item.name == d.name })
		if i < 0 {
			return irrelevant
		}
		met = s.satisfied(x, d, provider{p, q.provides[i].version})
	}
	if met {
		return satisfies
	}
	return breaks
}

func (s *solver) trackAdded(p *pkg) {
	for i := range p.depends {
		if owner := s.owner(&p.depends[i]); owner != nil {
			owner.set.req++
		}
	}
}

// trackRemoved removes what nothing depends on any more.
func (s *solver) trackRemoved(p *pkg) {
	for i := range p.depends {
		owner := s.owner(&p.depends[i])
		if owner == nil {
			continue
		}
		owner.set.req--
		if installed := s.names[p.depends[i].name].set.installed; owner.set.req == 0 && installed > 0 {
			s.remove(installed - 1)
		}
	}
}

// owner returns the name that keeps count of who depends on d's name.
func (s *solver) owner(d *dep) *name {
	if owner := s.names[d.name].set.owner; owner > 0 && !d.conflict {
		return &s.names[owner-1]
	}
	return nil
}

// addByInstallIf puts in the packages that p was the last condition for.
func (s *solver) addByInstallIf(p *pkg) {
	s.addByName(p.name)
	for i := range p.provides {
		s.addByName(p.provides[i].name)
	}
}

func (s *solver) addByName(id nameID) {
	riif := s.riif(id)
	s.step(len(riif))
	for _, m := range riif {
		if n := &s.names[m]; n.chosen.pkg >= 0 && n.seen && !n.set.processed && s.conditionsAreIn(n.chosen.pkg) {
			s.change(m)
		}
	}
}

func (s *solver) conditionsAreIn(id pkgID) bool {
	p := &s.pkgs[id]
	for i := range p.installIf {
		d := &p.installIf[i]
		n := &s.names[d.name]
		if !n.set.processed && (s.v2 || !d.conflict) || !s.satisfied(id, d, n.chosen) {
			return false
		}
	}
	return true
}

// removeByInstallIf removes the packages that p brought in.
func (s *solver) removeByInstallIf(p *pkg) {
	s.removeByName(p.name)
	for i := range p.provides {
		s.removeByName(p.provides[i].name)
	}
}

func (s *solver) removeByName(id nameID) {
	riif := s.riif(id)
	s.step(len(riif))
	for _, m := range riif {
		n := &s.names[m]
		if n.set.installed == 0 || n.chosen.pkg >= 0 || n.set.processed || n.set.removed {
			continue
		}
		q := &s.pkgs[n.set.installed-1]
		for i := range q.installIf {
			condition := &s.names[q.installIf[i].name]
			if condition.set.removed && condition.chosen.pkg < 0 && n.set.req == 0 {
				s.remove(n.set.installed - 1)
			}
		}
	}
}

// descend bounds the recursion: an index can hold chains of any length.
func (s *solver) descend() bool {
	if s.depth == maxDepth && s.err == nil {
		s.err = errTooDeep
	}
	s.depth++
	if s.err != nil {
		s.depth--
		return false
	}
	return true
}

func (s *solver) ascend() { s.depth-- }
