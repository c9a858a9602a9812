package solver

import "slices"

// rdeps returns the names whose packages have id in their depends.
func (s *solver) rdeps(id nameID) []nameID {
	n := &s.names[id]
	if !n.rdepsKnown {
		n.rdepsKnown = true
		var shared, own []pkgID
		if int(id) < len(s.catalog.names) {
			shared = s.catalog.dependants.at(id)
		}
		if n.overlay != nil {
			own = n.overlay.dependants
		}
		n.rdeps = s.reverse(shared, own)
	}
	return n.rdeps
}

// riif returns the names whose packages have id in their install_if.
func (s *solver) riif(id nameID) []nameID {
	n := &s.names[id]
	if !n.riifKnown {
		n.riifKnown = true
		var shared, own []pkgID
		if int(id) < len(s.catalog.names) {
			shared = s.catalog.installIf.at(id)
		}
		if n.overlay != nil {
			own = n.overlay.installIf
		}
		n.riif = s.reverse(shared, own)
	}
	return n.riif
}

// reverse returns all names of some packages. Apk fills these lists while it
// walks its table of names after loading; files come later and are appended
// (SPEC-apk.md 7.1).
func (s *solver) reverse(shared, own []pkgID) []nameID {
	if len(shared)+len(own) == 0 {
		return nil
	}
	out := make([]nameID, 0, 2*(len(shared)+len(own)))
	for _, id := range shared {
		if !s.pkgs[id].replaced {
			out = s.appendNames(out, id)
		}
	}
	files := own[:0:0]
	for _, id := range own {
		if id >= s.firstFile {
			files = append(files, id)
			continue
		}
		out = s.appendNames(out, id)
	}
	slices.SortFunc(out, s.hashOrder)
	out = slices.Compact(out)
	for _, id := range files {
		for _, name := range s.appendNames(nil, id) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	s.step(len(out))
	return out
}

func (s *solver) appendNames(out []nameID, id pkgID) []nameID {
	p := &s.pkgs[id]
	out = append(out, p.name)
	for i := range p.provides {
		out = append(out, p.provides[i].name)
	}
	return out
}

// hashOrder is the order of apk's table of names: by bucket, and within one the
// name that was mentioned last comes first.
func (s *solver) hashOrder(a, b nameID) int {
	if a == b {
		return 0
	}
	if x, y := s.bucket(a), s.bucket(b); x != y {
		return int(x) - int(y)
	}
	return s.mentionRank(b) - s.mentionRank(a)
}

func (s *solver) bucket(id nameID) uint16 {
	if int(id) < len(s.catalog.buckets) {
		return s.catalog.buckets[id]
	}
	return bucketOf(s.text(id))
}

func (s *solver) mentionRank(id nameID) int {
	if r := s.names[id].earlyRank; r != 0 {
		return int(r)
	}
	return int(s.early) + 1 + int(id)
}
