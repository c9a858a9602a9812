package solver

import (
	"slices"
	"sync"
)

// Catalogs keeps catalogs for those who solve more than once over the same indexes. The zero value is empty and ready, and may be used
// concurrently. It keeps the last few that were used.
type Catalogs struct {
	mu   sync.Mutex
	kept []*keptCatalog // the last one that was used at the end
}

const maxCatalogs = 8

type keptCatalog struct {
	repositories []Repository
	prepare      func() (*Catalog, error)
}

// Of returns the catalog of repositories: see [NewCatalog].
func (c *Catalogs) Of(repositories []Repository) (*Catalog, error) {
	if c == nil {
		return NewCatalog(repositories)
	}
	c.mu.Lock()
	at := slices.IndexFunc(c.kept, func(k *keptCatalog) bool { return slices.Equal(k.repositories, repositories) })
	var k *keptCatalog
	if at >= 0 {
		k = c.kept[at]
		c.kept = slices.Delete(c.kept, at, at+1)
	} else {
		k = &keptCatalog{repositories: slices.Clone(repositories)}
		k.prepare = sync.OnceValues(func() (*Catalog, error) { return NewCatalog(k.repositories) })
	}
	c.kept = append(c.kept, k)
	if len(c.kept) > maxCatalogs {
		c.kept = slices.Delete(c.kept, 0, len(c.kept)-maxCatalogs)
	}
	c.mu.Unlock()
	return k.prepare()
}
