package solver

import (
	"fmt"

	"github.com/lamina-oci/lamina/apk"
)

// check looks at a finished solution with nothing but the packages themselves:
// that every dependency of the goal and of every package is met, that no
// conflict is violated, and that no name is taken twice.
func check(req *Request, goal []apk.Dependency, sol *Solution) error {
	c := checker{
		g:    req.Generation,
		have: make(map[string][]offer, 4*len(sol.Changes)),
	}
	for i := range sol.Changes {
		if p := sol.Changes[i].New; p != nil {
			if err := c.add(p); err != nil {
				return err
			}
		}
	}
	for i := range goal {
		if d := &goal[i]; !d.Broken && !c.met(nil, d) {
			return fmt.Errorf("world item %q is not satisfied", d.String())
		}
	}
	for i := range sol.Changes {
		p := sol.Changes[i].New
		if p == nil {
			continue
		}
		for j := range p.Depends {
			if !c.met(p, &p.Depends[j]) {
				return fmt.Errorf("dependency %q of %s is not satisfied", p.Depends[j].String(), p.ID())
			}
		}
	}
	return nil
}

type checker struct {
	g    apk.Generation
	have map[string][]offer
}

// offer is a package that has a name; an empty version means no version.
type offer struct {
	pkg     *apk.Package
	version string
}

// add enters the names of a package. One with a version belongs to it alone.
func (c *checker) add(p *apk.Package) error {
	names := append([]apk.Dependency{{Name: p.Name, Version: p.Version}}, p.Provides...)
	for i := range names {
		name, version := names[i].Name, names[i].Version
		for _, o := range c.have[name] {
			if o.pkg != p && (version != "" || o.version != "") {
				return fmt.Errorf("both %s and %s have the name %q", o.pkg.ID(), p.ID(), name)
			}
		}
		c.have[name] = append(c.have[name], offer{p, version})
	}
	return nil
}

// met tells whether the packages that are there satisfy a dependency: one of
// them, or all if it is a conflict.
func (c *checker) met(dependant *apk.Package, d *apk.Dependency) bool {
	for _, o := range c.have[d.Name] {
		if d.SatisfiedBy(c.g, dependant, o.pkg, o.version) != d.Conflict {
			return !d.Conflict
		}
	}
	return d.Conflict
}
