package solver

import (
	"fmt"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// maxPackages bounds what is taken from all indexes together; the largest real
// collections have some 30,000.
const maxPackages = 1 << 24

// Limits of apk 3 itself; apk 2 takes one repository less (apk/FORMAT.md 6.1).
const (
	maxRepositories = 32
	maxTags         = 16 // with the empty one
)

// catalog is what a list of repositories offers, prepared for solving: names as
// dense numbers and, for each, who has or mentions it. It does not change and
// may be used concurrently.
type catalog struct {
	repositories []catalogRepository

	// names are in the order in which they were first mentioned: ties in the
	// order of names are broken by it (apk/FORMAT.md 7.1).
	names   []string
	buckets []uint16
	ids     map[string]nameID

	packages   []packageInfo
	byIdentity map[identity]pkgID

	providers  table[provider] // of a name, in load order
	dependants table[pkgID]    // packages whose depends have the name
	installIf  table[pkgID]    // packages whose install_if has the name
}

type (
	nameID   int32
	pkgID    int32
	identity = [20]byte
	repoSet  uint32 // a bit for each repository
)

type catalogRepository struct {
	tags      []string
	loaded    bool
	reachable bool
	slot      int // the first of it in Request.Repositories
}

// packageInfo is what does not change about a package while solving.
type packageInfo struct {
	meta      *apk.Package
	key       identity
	name      nameID
	repos     repoSet
	depends   []dep // parallel to the lists of meta
	provides  []dep
	installIf []dep
}

// dep is an apk.Dependency with its name as a number.
type dep struct {
	name     nameID
	op       apk.Op
	conflict bool
	version  string
}

// provider is a package that has a name, by itself or as an item of its
// provides; an empty version means none. See nobody for the lack of one.
type provider struct {
	pkg     pkgID
	version string
}

// newCatalog prepares repositories in the order of etc/apk/repositories.
func newCatalog(repositories []Repository) (*catalog, error) {
	n := 0
	for _, r := range repositories {
		if r.Index != nil {
			n += len(r.Index.Packages)
		}
	}
	if n > maxPackages {
		return nil, fmt.Errorf("%d packages, more than the limit of %d", n, maxPackages)
	}
	c := &catalog{
		ids:        make(map[string]nameID, 3*n),
		byIdentity: make(map[identity]pkgID, n),
		packages:   make([]packageInfo, 0, n),
	}
	byName := make(map[string]int)
	for slot, r := range repositories {
		at, known := byName[r.Name]
		if !known || r.Name == "" {
			at = len(c.repositories)
			if at == maxRepositories {
				return nil, fmt.Errorf("more than %d repositories", maxRepositories)
			}
			byName[r.Name] = at
			c.repositories = append(c.repositories, catalogRepository{
				loaded: r.Index != nil, reachable: !r.Unreachable, slot: slot,
			})
			if r.Index != nil {
				c.addIndex(r.Index, 1<<at)
			}
		}
		c.repositories[at].tags = append(c.repositories[at].tags, r.Tag)
	}
	c.link()
	return c, nil
}

// addIndex merges the packages of one index: one whose identity is known only
// gains a repository.
func (c *catalog) addIndex(index *apk.Index, repo repoSet) {
	for _, p := range index.Packages {
		for name := range p.Mentions {
			c.intern(name)
		}
		key := p.Identity.Key()
		if at, known := c.byIdentity[key]; known {
			c.packages[at].repos |= repo
			continue
		}
		c.byIdentity[key] = pkgID(len(c.packages))
		info := newPackageInfo(p, c.intern)
		info.repos = repo
		c.packages = append(c.packages, info)
	}
}

// newPackageInfo turns names into numbers.
func newPackageInfo(p *apk.Package, intern func(string) nameID) packageInfo {
	info := packageInfo{meta: p, key: p.Identity.Key(), name: intern(p.Name)}
	deps := make([]dep, 0, len(p.Depends)+len(p.Provides)+len(p.InstallIf))
	list := func(items []apk.Dependency) []dep {
		from := len(deps)
		for i := range items {
			deps = append(deps, newDep(&items[i], intern))
		}
		return deps[from:len(deps):len(deps)]
	}
	info.depends, info.provides, info.installIf = list(p.Depends), list(p.Provides), list(p.InstallIf)
	return info
}

func newDep(d *apk.Dependency, intern func(string) nameID) dep {
	return dep{name: intern(d.Name), op: d.Op, conflict: d.Conflict, version: d.Version}
}

func (c *catalog) intern(name string) nameID {
	id, known := c.ids[name]
	if !known {
		id = nameID(len(c.names))
		c.ids[name] = id
		c.names = append(c.names, name)
		c.buckets = append(c.buckets, bucketOf(name))
	}
	return id
}

func bucketOf(name string) uint16 { return uint16(nametable.Bucket(name)) }

// link builds the tables from names to packages.
func (c *catalog) link() {
	var providers tableBuilder[provider]
	var dependants, installIf tableBuilder[pkgID]
	for i := range c.packages {
		p, id := &c.packages[i], pkgID(i)
		providers.add(p.name, provider{id, p.meta.Version})
		for _, d := range p.provides {
			providers.add(d.name, provider{id, d.version})
		}
		for _, d := range p.depends {
			dependants.add(d.name, id)
		}
		for _, d := range p.installIf {
			installIf.add(d.name, id)
		}
	}
	c.providers = providers.build(len(c.names))
	c.dependants = dependants.build(len(c.names))
	c.installIf = installIf.build(len(c.names))
}

// table maps dense numbers to lists in one allocation.
type table[T any] struct {
	start []int32
	items []T
}

func (t *table[T]) at(i nameID) []T { return t.items[t.start[i]:t.start[i+1]] }

type tableBuilder[T any] struct {
	keys  []nameID
	items []T
}

func (b *tableBuilder[T]) add(key nameID, item T) {
	b.keys = append(b.keys, key)
	b.items = append(b.items, item)
}

// build groups the items by key and keeps their order within a key.
func (b *tableBuilder[T]) build(keys int) table[T] {
	t := table[T]{start: make([]int32, keys+1), items: make([]T, len(b.items))}
	for _, k := range b.keys {
		t.start[k+1]++
	}
	for i := range keys {
		t.start[i+1] += t.start[i]
	}
	next := make([]int32, keys)
	copy(next, t.start)
	for i, k := range b.keys {
		t.items[next[k]] = b.items[i]
		next[k]++
	}
	return t
}
