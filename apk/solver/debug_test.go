package solver

import "fmt"

func (s *solver) dump() {
	for _, c := range s.setChanges {
		o, n := "-", "-"
		if c.old >= 0 {
			o = s.pkgs[c.old].meta.ID()
		}
		if c.new >= 0 {
			n = s.pkgs[c.new].meta.ID()
			if s.pkgs[c.new].failed {
				n += " FAILED"
			}
		}
		fmt.Println("  set", o, "->", n)
	}
	for i := range s.names {
		n := &s.names[i]
		if n.seen || n.fixed {
			ch := "-"
			if n.chosen.pkg >= 0 {
				ch = s.pkgs[n.chosen.pkg].meta.ID() + " as " + n.chosen.version
			}
			fmt.Println("  name", s.text(nameID(i)), "fixed", n.fixed, ch, "req", n.req, "iif", n.hasIIF)
		}
	}
}

func init() { debugHook = func(s *solver) { s.dump() } }
