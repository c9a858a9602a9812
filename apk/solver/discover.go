package solver

// discovery is one level of the recursion by which names are discovered, kept
// on a list of its own: chains in an index can be longer than a stack should be.
type discovery struct {
	name   nameID
	step   discoveryStep
	i      int32  // provider
	j      int32  // item of it, or of a riif
	inside bool   // ofProvides: provider i was begun
	riif   nameID // ofProvides: whose riif is walked, or -1
}

type discoveryStep uint8

const (
	ofDepends discoveryStep = iota
	ofRiif
	ofProvides
	ofInstallIf
)

// discover visits a name and everything that its packages could bring in. The
// order in which visits end is the order in which names are decided later on
// (apk/FORMAT.md 7.2).
func (s *solver) discover(id nameID) {
	if s.names[id].seen {
		return
	}
	stack := []discovery{s.enter(id)}
	for len(stack) > 0 && s.step(1) {
		top := &stack[len(stack)-1]
		next := s.nextToDiscover(top)
		switch {
		case next < 0:
			stack = stack[:len(stack)-1]
		case !s.names[next].seen:
			stack = append(stack, s.enter(next))
		}
	}
}

func (s *solver) enter(id nameID) discovery {
	n := &s.names[id]
	n.seen, n.noIIF = true, true
	return discovery{name: id, riif: -1}
}

// nextToDiscover returns the next name that d leads to, which may have been
// seen already, or -1.
func (s *solver) nextToDiscover(d *discovery) nameID {
	providers := s.providers(d.name)
	if d.step == ofDepends {
		if next := s.nextDepends(d, providers); next >= 0 {
			return next
		}
		d.step, d.i, d.j = ofRiif, 0, 0
	}
	if d.step == ofRiif {
		if !s.v2 {
			if next := s.nextRiif(d.name, &d.j); next >= 0 {
				return next
			}
		}
		d.step, d.i, d.j = ofProvides, 0, 0
	}
	if d.step == ofProvides {
		if next := s.nextProvides(d, providers); next >= 0 {
			return next
		}
		s.setOrder(d.name)
		d.step, d.i, d.j = ofInstallIf, 0, 0
	}
	if !s.v2 {
		for ; int(d.i) < len(providers); d.i, d.j = d.i+1, 0 {
			p := &s.pkgs[providers[d.i].pkg]
			if int(d.j) < len(p.installIf) {
				d.j++
				return p.installIf[d.j-1].name
			}
		}
	}
	return -1
}

func (s *solver) nextDepends(d *discovery, providers []provider) nameID {
	n := &s.names[d.name]
	for ; int(d.i) < len(providers); d.i, d.j = d.i+1, 0 {
		p := &s.pkgs[providers[d.i].pkg]
		if d.j == 0 && !p.seen {
			s.meet(p)
			d.j = 1
		}
		if d.j > 0 {
			if item := int(d.j) - 1; item < len(p.depends) {
				d.j++
				return p.depends[item].name
			}
			for k := range p.depends {
				p.chain = max(p.chain, s.names[p.depends[k].name].chain+1)
			}
		}
		n.chain = max(n.chain, p.chain)
		n.noIIF = n.noIIF && p.iifDead
	}
	return -1
}

// nextRiif walks the names of a riif list by the cursor.
func (s *solver) nextRiif(id nameID, cursor *int32) nameID {
	list := s.riif(id)
	if int(*cursor) < len(list) {
		*cursor++
		return list[*cursor-1]
	}
	return -1
}

// nextProvides walks, for each provider, the riif of its own name and the names
// that it provides. All levels of the recursion share one cursor into a
// package's provides: what is before it was seen, and of no interest to any.
func (s *solver) nextProvides(d *discovery, providers []provider) nameID {
	for int(d.i) < len(providers) {
		p := &s.pkgs[providers[d.i].pkg]
		if !d.inside {
			d.inside, d.riif, d.j = true, p.name, 0
		}
		if d.riif >= 0 {
			if next := s.nextRiif(d.riif, &d.j); next >= 0 {
				return next
			}
			d.riif = -1
		}
		for p.provided < len(p.provides) {
			next := p.provides[p.provided].name
			p.provided++
			if s.names[next].seen {
				continue
			}
			if s.v2 {
				d.riif, d.j = next, 0
			}
			return next
		}
		d.i, d.inside = d.i+1, false
	}
	return -1
}

// meet sets up a package that is seen for the first time.
func (s *solver) meet(p *pkg) {
	p.seen = true
	p.allowed, p.preferred = untagged, untagged
	p.available = p.file > 0 || p.packageInfo.repos&s.reachable != 0
	p.selectable = p.available || p.cached || p.meta.InstalledSize == 0 || p.installed != nil
	if !s.v2 && s.uninstallable(p) {
		p.selectable = false
	}
	p.iifDead = len(p.installIf) == 0 || s.req.Flags&Available != 0 && !p.available
	p.tagPref = p.file > 0 || p.meta.InstalledSize == 0 || s.repos(p)&s.tagRepos[0] != 0
	p.tagOK = p.tagPref || p.installed != nil || p.cached
}

func (s *solver) uninstallable(p *pkg) bool {
	return p.meta.Uninstallable != "" || !archFits(p.meta.Arch, s.req.Archs)
}

// setOrder gives a name its place in the order of decisions. Apk 3 prefers
// names that are a package's own and, by way of an overflow, those that the
// request has flags for.
func (s *solver) setOrder(id nameID) {
	n := &s.names[id]
	own, providers := 0, s.providers(id)
	for _, p := range providers {
		if s.pkgs[p.pkg].name == id {
			own++
		}
	}
	n.concrete = own == len(providers)
	s.orderCounter++
	order := s.orderCounter
	if !s.v2 && own > 0 {
		order += 1 << 30
	}
	if !s.v2 && !n.userFlags {
		order += 1 << 31
	}
	n.order = int32(order)
}
