package solver

import (
	"slices"

	"github.com/lamina-oci/lamina/apk"
)

// Step is one link of the chain from the world to a package.
type Step struct {
	// Package is who asks; nil stands for the world.
	Package *apk.Package
	// Dependency is what it asks for. With InstallIf it is the other way round:
	// an item of Provider's install_if that Package satisfies, the last to be met.
	Dependency apk.Dependency
	InstallIf  bool
	// Provider is the chosen package that the step leads to.
	Provider *apk.Package
}

// String prints a step such as "world[nginx] -> nginx-1.24.0-r15".
func (s Step) String() string {
	text := FactItem{Package: s.Package, Dependency: &s.Dependency}.String()
	if s.InstallIf {
		text = s.Package.ID() + " completes install_if[" + s.Dependency.String() + "]"
	}
	return text + " -> " + s.Provider.ID()
}

// maxChains bounds what Explain returns for one package.
const maxChains = 100

// Explain returns why packages of a name, or that provide it, are part of the
// solution: for each of them all shortest chains of steps from the world, 100 at
// most. Chains come in the order of the world and of the changes. The result is
// empty if no package has the name, or if nothing requires those that do.
func (sol *Solution) Explain(g apk.Generation, name string) [][]Step {
	r := reacher{checker: checker{g: g, have: make(map[string][]offer)}, nodes: make(map[*apk.Package]*node)}
	var targets []*node
	for i := range sol.Changes {
		p := sol.Changes[i].New
		if p == nil {
			continue
		}
		if r.add(p) != nil { // a conflict that the request said to ignore
			continue
		}
		n := &node{pkg: p, depth: -1}
		r.nodes[p] = n
		r.order = append(r.order, n)
		hasName := func(d apk.Dependency) bool { return d.Name == name }
		if p.Name == name || slices.ContainsFunc(p.Provides, hasName) {
			targets = append(targets, n)
		}
	}
	r.walk(sol.World)
	var chains [][]Step
	for _, n := range targets {
		chains = append(chains, n.chains(maxChains)...)
	}
	return chains
}

// reacher walks the chosen packages breadth first.
type reacher struct {
	checker
	nodes map[*apk.Package]*node
	order []*node
	queue []*node
}

type node struct {
	pkg   *apk.Package
	depth int // steps from the world; -1 while not reached
	in    []edge
	unmet int // conditions of install_if that are not met yet
}

type edge struct {
	from *node // nil: world
	step Step
}

func (r *reacher) walk(world []apk.Dependency) {
	waiting := make(map[*node][]condition)
	for _, n := range r.order {
		for i := range n.pkg.InstallIf {
			d := &n.pkg.InstallIf[i]
			if from := r.provider(n.pkg, d); from != nil && !d.Conflict {
				n.unmet++
				waiting[from] = append(waiting[from], condition{n, d})
			}
		}
	}
	for i := range world {
		r.follow(nil, nil, &world[i], 1)
	}
	for len(r.queue) > 0 {
		n := r.queue[0]
		r.queue = r.queue[1:]
		for i := range n.pkg.Depends {
			r.follow(n, n.pkg, &n.pkg.Depends[i], n.depth+1)
		}
		for _, c := range waiting[n] {
			if c.of.unmet--; c.of.unmet == 0 {
				r.reach(c.of, n.depth+1, edge{n, Step{Package: n.pkg, Dependency: *c.item, InstallIf: true, Provider: c.of.pkg}})
			}
		}
	}
}

type condition struct {
	of   *node
	item *apk.Dependency
}

func (r *reacher) follow(from *node, dependant *apk.Package, d *apk.Dependency, depth int) {
	if d.Conflict {
		return
	}
	if n := r.provider(dependant, d); n != nil {
		r.reach(n, depth, edge{from, Step{Package: dependant, Dependency: *d, Provider: n.pkg}})
	}
}

// provider returns the first chosen package that satisfies d, or nil.
func (r *reacher) provider(dependant *apk.Package, d *apk.Dependency) *node {
	for _, o := range r.have[d.Name] {
		if d.SatisfiedBy(r.g, dependant, o.pkg, o.version) {
			return r.nodes[o.pkg]
		}
	}
	return nil
}

func (r *reacher) reach(n *node, depth int, e edge) {
	if n.depth < 0 {
		n.depth = depth
		r.queue = append(r.queue, n)
	}
	if n.depth == depth && len(n.in) < maxChains {
		n.in = append(n.in, e)
	}
}

// chains lists at most limit chains that end at n.
func (n *node) chains(limit int) [][]Step {
	var out [][]Step
	for _, e := range n.in {
		if e.from == nil {
			out = append(out, []Step{e.step})
		} else {
			for _, before := range e.from.chains(limit - len(out)) {
				out = append(out, append(before, e.step))
			}
		}
		if len(out) >= limit {
			return out[:limit]
		}
	}
	return out
}
