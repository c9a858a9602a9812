package solver

import (
	"math/bits"

	"github.com/lamina-oci/lamina/apk"
)

// run discovers, propagates and decides until nothing is left (apk/FORMAT.md 7.2).
func (s *solver) run() {
	for i := range s.world {
		if !s.goal[i].Broken {
			s.discover(s.world[i].name)
		}
	}
	s.globalFlags = s.req.Flags
	for i := range s.world {
		if !s.goal[i].Broken {
			s.worldTag = 1 << s.tagNumber(s.goal[i].Tag)
			s.applyConstraint(-1, &s.world[i])
		}
	}
	s.globalFlags, s.worldTag = 0, 0
	for s.step(0) {
		for {
			id, ok := s.dirtyNames.pop()
			if !ok {
				break
			}
			if n := &s.names[id]; n.dirty {
				n.dirty = false
				s.reconsider(id)
			}
		}
		id := s.dequeue()
		if id < 0 {
			return
		}
		s.decide(id)
	}
}

// decide is select of the specification: it fixes a name for good.
func (s *solver) decide(id nameID) {
	n := &s.names[id]
	best := nobody
	if n.req > 0 || n.hasIIF {
		for _, p := range s.providers(id) {
			q := &s.pkgs[p.pkg]
			if n.req == 0 && !(q.iifHit && q.tagOK && q.selectable) {
				continue
			}
			if s.autoOK(p) && s.prefer(p, best) > 0 {
				best = p
			}
		}
		s.step(len(s.providers(id)))
	}
	if best.pkg < 0 {
		s.assign(id, nobody)
		if n.req > 0 {
			s.errors++
		}
		return
	}
	p := &s.pkgs[best.pkg]
	if !p.selectable || !p.tagOK {
		s.fail(best.pkg)
	}
	s.assign(p.name, provider{best.pkg, p.meta.Version})
	for i := range p.provides {
		s.assign(p.provides[i].name, provider{best.pkg, p.provides[i].version})
	}
	for i := range p.depends {
		s.applyConstraint(best.pkg, &p.depends[i])
	}
}

// fail is mark_error of the specification.
func (s *solver) fail(id pkgID) {
	if id >= 0 && !s.pkgs[id].failed {
		s.pkgs[id].failed = true
		s.errors++
	}
}

// assign fixes a name to a provider, or to nobody.
func (s *solver) assign(id nameID, to provider) {
	n := &s.names[id]
	if n.fixed {
		if to.version != "" || n.chosen.version != "" {
			s.fail(to.pkg)
			s.fail(n.chosen.pkg)
		}
		return
	}
	n.fixed, n.chosen = true, to
	n.dirty, n.pending = false, pendingState{}
	if to.pkg >= 0 && !s.v2 && n.req == 0 && s.pkgs[to.pkg].iifHit {
		p := &s.pkgs[to.pkg]
		for i := range p.installIf {
			if d := &p.installIf[i]; !s.names[d.name].fixed {
				s.applyConstraint(to.pkg, d)
			}
		}
	}
	for _, p := range s.providers(id) {
		if p.pkg != to.pkg && (p.version != "" || to.version != "") {
			s.disqualify(p.pkg)
		}
	}
	s.step(len(s.providers(id)))
	s.wakeDeps(id)
	if to.pkg >= 0 {
		s.wakeNames(&s.pkgs[to.pkg])
	} else {
		s.wakeIIF(id)
	}
}

// prefer compares two providers of a name; it is positive if a is better
// (apk/FORMAT.md 7.3).
func (s *solver) prefer(a, b provider) int {
	if b.pkg < 0 {
		return 1
	}
	p, q := &s.pkgs[a.pkg], &s.pkgs[b.pkg]
	flags := p.flags | q.flags
	sameName := p.name == q.name
	if s.v2 && flags&remove != 0 {
		if r := yes(p.flags&remove == 0, q.flags&remove == 0); r != 0 {
			return r
		}
	}
	if flags&Latest != 0 && p.allowed == untagged && q.allowed == untagged {
		if r := yes(p.tagOK, q.tagOK); r != 0 {
			return r
		}
		if flags&Available != 0 {
			if r := yes(p.available, q.available); r != 0 {
				return r
			}
		} else if flags&Reinstall != 0 {
			if r := yes(p.selectable, q.selectable); r != 0 {
				return r
			}
		}
	} else if r := s.preferState(p, q, flags, a, b); r != 0 {
		return r
	}
	if !s.v2 || a.version != "" && b.version != "" {
		if r := s.compareVersions(a.version, b.version); r != 0 {
			return r
		}
	}
	if sameName {
		if r := s.compareVersions(p.meta.Version, q.meta.Version); r != 0 {
			return r
		}
	}
	priority := int(p.meta.ProviderPriority) - int(q.meta.ProviderPriority)
	installed := yes(p.installed != nil, q.installed != nil)
	switch {
	case s.v2 && installed != 0:
		return installed
	case priority != 0:
		return priority
	case installed != 0 && flags&remove == 0:
		return installed
	}
	if r := yes(p.selectable, q.selectable); r != 0 {
		return r
	}
	return lowest(q.packageInfo.repos) - lowest(p.packageInfo.repos)
}

// preferState compares by everything that is not a version.
func (s *solver) preferState(p, q *pkg, flags Flags, a, b provider) int {
	installed := yes(p.installed != nil, q.installed != nil)
	keep := s.req.SelfUpgrade && flags&Upgrade == 0 || flags&KeepInstalled != 0
	if r := yes(p.selectable, q.selectable); r != 0 {
		return r
	}
	if r := yes(p.used, q.used); r != 0 {
		return r
	}
	if r := yes(p.conflicts < q.conflicts, q.conflicts < p.conflicts); r != 0 {
		return r
	}
	if keep && installed != 0 {
		return installed
	}
	if r := yes(p.tagOK, q.tagOK); r != 0 {
		return r
	}
	if flags&Available != 0 {
		if r := yes(p.available, q.available); r != 0 {
			return r
		}
	}
	if r := yes(p.tagPref, q.tagPref); r != 0 {
		return r
	}
	if s.v2 {
		if flags&Upgrade == 0 {
			return installed
		}
	} else if flags&(Upgrade|remove) == 0 && (p.name == q.name || a.version != "" || b.version != "") {
		return installed
	}
	return 0
}

// yes compares two truths.
func yes(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (s *solver) compareVersions(a, b string) int {
	switch s.req.Generation.CompareVersions(a, b, false) {
	case apk.Less:
		return -1
	case apk.Greater:
		return 1
	}
	return 0
}

// lowest returns the 1-based number of the first repository of a set, or 0.
func lowest(repos repoSet) int {
	if repos == 0 {
		return 0
	}
	return bits.TrailingZeros32(uint32(repos)) + 1
}
