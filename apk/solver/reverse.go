package solver

import "slices"

// rdeps returns the names whose packages have id in their depends.
func (s *solver) rdeps(id nameID) []nameID {
	n := &s.names[id]
	if !n.rdepsKnown {
		n.rdepsKnown = true
		var own []pkgID
		if n.overlay != nil {
			own = n.overlay.dependants
		}
		n.rdeps = s.reverse(id, &s.catalog.dependants, own)
	}
	return n.rdeps
}

// riif returns the names whose packages have id in their install_if.
func (s *solver) riif(id nameID) []nameID {
	n := &s.names[id]
	if !n.riifKnown {
		n.riifKnown = true
		var own []pkgID
		if n.overlay != nil {
			own = n.overlay.installIf
		}
		n.riif = s.reverse(id, &s.catalog.installIf, own)
	}
	return n.riif
}

// reverse returns all names of the packages that a relation has for a name, in the catalog or in the solver's own. Apk fills these lists while it
// walks its table of names after loading; files come later and are appended
// (apk/FORMAT.md 7.1).
func (s *solver) reverse(id nameID, inCatalog *table[pkgID], own []pkgID) []nameID {
	var shared []pkgID
	if int(id) < len(s.catalog.names) {
		shared = inCatalog.at(id)
	}
	if len(shared)+len(own) == 0 {
		return nil
	}
	s.listMark++
	var keys []uint64
	add := func(id nameID) {
		if n := &s.names[id]; n.listMark != s.listMark {
			n.listMark = s.listMark
			keys = append(keys, s.hashKey(id))
		}
	}
	for _, id := range shared {
		if !s.pkgs[id].replaced {
			s.eachName(id, add)
		}
	}
	for _, id := range own {
		if id < s.firstFile {
			s.eachName(id, add)
		}
	}
	slices.Sort(keys)
	out := make([]nameID, len(keys))
	for i, key := range keys {
		out[i] = s.nameOfKey(key)
	}
	for _, id := range own {
		if id >= s.firstFile {
			s.eachName(id, func(id nameID) {
				if n := &s.names[id]; n.listMark != s.listMark {
					n.listMark = s.listMark
					out = append(out, id)
				}
			})
		}
	}
	s.step(len(shared) + len(own) + len(out))
	return out
}

// eachName calls f with the names of a package: its own, then what it provides.
func (s *solver) eachName(id pkgID, f func(nameID)) {
	p := &s.pkgs[id]
	f(p.name)
	for i := range p.provides {
		f(p.provides[i].name)
	}
}

// hashKey is the place of a name in apk's table of names, as a number to sort by:
// buckets ascend, and within one the name that was mentioned last comes first.
func (s *solver) hashKey(id nameID) uint64 {
	rank := s.names[id].earlyRank
	if rank == 0 {
		rank = s.early + 1 + int32(id)
	}
	return uint64(s.bucket(id))<<32 | uint64(^uint32(rank))
}

func (s *solver) nameOfKey(key uint64) nameID {
	rank := int32(^uint32(key))
	if rank <= s.early {
		return s.earlyNames[rank-1]
	}
	return nameID(rank - s.early - 1)
}

func (s *solver) bucket(id nameID) uint16 {
	if int(id) < len(s.catalog.buckets) {
		return s.catalog.buckets[id]
	}
	return bucketOf(s.text(id))
}
