package solver

// applyConstraint makes the providers of a name feel that x, or the world if
// x < 0, depends on it (apk/FORMAT.md 7.2).
func (s *solver) applyConstraint(x pkgID, d *dep) {
	if !d.conflict {
		s.require(d.name)
	}
	providers := s.providers(d.name)
	if !s.step(len(providers)) {
		return
	}
	for _, p := range providers {
		ok := s.satisfied(x, d, p)
		q := &s.pkgs[p.pkg]
		if !ok {
			q.conflicts++
		}
		if q.selectable && q.conflicts > 0 {
			s.disqualify(p.pkg)
		}
		if ok {
			s.inherit(q, x)
		}
	}
}

// require counts one more who needs a name.
func (s *solver) require(id nameID) {
	n := &s.names[id]
	n.req++
	if n.req == 1 {
		s.enqueue(id, false)
		s.wakeIIF(id)
		s.markDirty(id)
	}
}

// inherit passes on to p what x, or the world if x < 0, allows and wants.
func (s *solver) inherit(p *pkg, x pkgID) {
	if x >= 0 {
		from := &s.pkgs[x]
		p.flags |= from.inherits
		p.inherits |= from.inherits
		p.allowed |= from.allowed
	} else {
		p.flags |= s.globalFlags
		p.inherits |= s.globalFlags
		p.allowed |= s.worldTag
		p.preferred = s.worldTag
		p.tagPref = s.repos(p)&s.tagReposOf(p.preferred) != 0
	}
	p.tagOK = p.tagOK || s.repos(p)&s.tagReposOf(p.allowed) != 0
}

// disqualify takes a package out of the selection.
func (s *solver) disqualify(id pkgID) {
	p := &s.pkgs[id]
	p.selectable = false
	s.wakeDeps(p.name)
	for i := range p.provides {
		s.wakeDeps(p.provides[i].name)
	}
	s.wakeNames(p)
}

// wakeNames wakes what a package could bring in by install_if.
func (s *solver) wakeNames(p *pkg) {
	s.wakeIIF(p.name)
	for i := range p.provides {
		s.wakeIIF(p.provides[i].name)
	}
}

func (s *solver) wakeDeps(id nameID) {
	rdeps := s.rdeps(id)
	s.step(len(rdeps))
	for _, m := range rdeps {
		if n := &s.names[m]; n.seen {
			n.reDeps = true
			s.markDirty(m)
		}
	}
}

func (s *solver) wakeIIF(id nameID) {
	riif := s.riif(id)
	s.step(len(riif))
	for _, m := range riif {
		if n := &s.names[m]; n.seen && !n.noIIF {
			n.reIIF = true
			s.markDirty(m)
		}
	}
}

// markDirty lines a name up for reconsider.
func (s *solver) markDirty(id nameID) {
	n := &s.names[id]
	if n.dirty || n.fixed || n.req == 0 && !n.reIIF {
		return
	}
	n.dirty = true
	s.dirtyNames.push(id)
}

// fifo is a queue of names.
type fifo struct {
	items []nameID
	head  int
}

func (q *fifo) push(id nameID) { q.items = append(q.items, id) }

func (q *fifo) pop() (id nameID, ok bool) {
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
		return 0, false
	}
	q.head++
	return q.items[q.head-1], true
}

// reconsider looks again at what can still be chosen for a name, and passes on
// what all of it has in common.
func (s *solver) reconsider(id nameID) {
	n := &s.names[id]
	reDeps, reIIF := n.reDeps, n.reIIF
	n.reDeps, n.reIIF = false, false
	var (
		options  int32
		first    = pkgID(-1)
		badTags  int
		autosel  bool
		iif      bool
		noIIF    = true
		required = n.req > 0
	)
	providers := s.providers(id)
	for _, p := range providers {
		q := &s.pkgs[p.pkg]
		q.merged = false
		if reDeps && q.selectable {
			s.checkDepends(p.pkg)
		}
		if !q.selectable {
			continue
		}
		if reIIF {
			s.checkInstallIf(p.pkg)
		}
		iif = iif || q.iifHit
		noIIF = noIIF && q.iifDead
		autosel = autosel || q.iifHit
		if !required {
			continue
		}
		q.merged = true
		if first < 0 {
			first = p.pkg
		}
		s.intersect(q, p, options)
		if !q.tagOK {
			badTags++
		}
		options++
		autosel = autosel || s.autoOK(p)
	}
	autoselChanged := n.autosel != autosel
	n.options = options > 1 || badTags > 0
	n.hasIIF, n.noIIF, n.autosel = iif, noIIF, autosel
	if s.v2 {
		s.enqueue(id, false)
	}
	if first >= 0 {
		for _, p := range providers {
			s.pkgs[p.pkg].used = s.pkgs[p.pkg].merged
		}
		s.passOn(id, first, options)
	}
	n.rdepsDone = s.allDecided(s.rdeps(id))
	s.enqueue(id, autoselChanged)
}

// checkDepends disqualifies a package that has a dependency nothing can satisfy.
func (s *solver) checkDepends(id pkgID) {
	p := &s.pkgs[id]
	for i := range p.depends {
		if !s.satisfiable(id, &p.depends[i]) {
			s.disqualify(id)
			return
		}
	}
}

func (s *solver) satisfiable(x pkgID, d *dep) bool {
	n := &s.names[d.name]
	if n.fixed {
		return s.satisfied(x, d, n.chosen)
	}
	if n.req == 0 && s.satisfied(x, d, nobody) {
		return true
	}
	for i, p := range s.providers(d.name) {
		if s.pkgs[p.pkg].selectable && s.satisfied(x, d, p) {
			return s.step(i)
		}
	}
	s.step(len(s.providers(d.name)))
	return false
}

// checkInstallIf finds out whether all that a package is to be installed with
// was chosen.
func (s *solver) checkInstallIf(id pkgID) {
	p := &s.pkgs[id]
	if !p.iifHit && !p.iifDead {
		p.iifHit = true
		for i := range p.installIf {
			d := &p.installIf[i]
			n := &s.names[d.name]
			if !n.fixed {
				if d.conflict && !s.v2 {
					n.iifProbe = true
					s.enqueue(d.name, false)
				}
				p.iifHit = false
				break
			}
			if !s.satisfied(id, d, n.chosen) {
				p.iifHit, p.iifDead = false, true
				break
			}
		}
	}
	if p.iifHit {
		for i := range p.installIf {
			s.inherit(p, s.names[p.installIf[i].name].chosen.pkg)
		}
	}
	s.step(len(p.installIf))
}

// intersect narrows what all options so far depend on and provide to what this
// one does as well: a counter of a name equals the number of options as long
// as the name is common to all.
func (s *solver) intersect(p *pkg, as provider, option int32) {
	for i := range p.depends {
		if d := &p.depends[i]; !d.conflict {
			if n := &s.names[d.name]; n.commonDep == option {
				n.commonDep++
			}
		}
	}
	provides := func(id nameID, virtual bool) {
		if n := &s.names[id]; n.commonProvide == option {
			n.commonProvide++
			n.virtualSeen = option > 0 && n.virtualSeen || virtual
		}
	}
	provides(p.name, as.version == "")
	for i := range p.provides {
		provides(p.provides[i].name, p.provides[i].version == "")
	}
	s.step(len(p.depends) + len(p.provides))
}

func complete(counter *int32, options int32) bool {
	ok := *counter == options
	*counter = 0
	return ok
}

// passOn applies what all options of a name have in common.
func (s *solver) passOn(id nameID, first pkgID, options int32) {
	p := &s.pkgs[first]
	for i := range p.depends {
		d := &p.depends[i]
		n := &s.names[d.name]
		if !complete(&n.commonDep, options) {
			continue
		}
		if options == 1 {
			s.applyConstraint(first, d)
		} else if n.req == 0 {
			s.require(d.name)
			for _, q := range s.providers(d.name) {
				s.inherit(&s.pkgs[q.pkg], first)
			}
		}
	}
	provided := func(x nameID) {
		if n := &s.names[x]; complete(&n.commonProvide, options) {
			s.mustProvide(x, id, n.virtualSeen)
		}
	}
	provided(p.name)
	for i := range p.provides {
		provided(p.provides[i].name)
	}
}

// mustProvide disqualifies the providers of x that do not provide id as well:
// whatever is chosen for id takes x too.
func (s *solver) mustProvide(x, id nameID, skipVirtual bool) {
	if x == id {
		return
	}
	for _, q := range s.providers(x) {
		p := &s.pkgs[q.pkg]
		if p.name == id || !p.selectable || skipVirtual && q.version == "" {
			continue
		}
		leave := false
		for i := range p.provides {
			if p.provides[i].name == id || skipVirtual && p.provides[i].version == "" {
				leave = true
				break
			}
		}
		if !leave {
			s.disqualify(q.pkg)
		}
	}
	s.step(len(s.providers(x)))
}

func (s *solver) allDecided(names []nameID) bool {
	for i, m := range names {
		if n := &s.names[m]; n.seen && !n.fixed {
			s.step(i)
			return false
		}
	}
	s.step(len(names))
	return true
}

// autoOK tells whether a provider may be chosen without being asked for.
func (s *solver) autoOK(p provider) bool {
	q := &s.pkgs[p.pkg]
	return p.version != "" || q.meta.ProviderPriority != 0 || s.names[q.name].req > 0
}
