package solver

import (
	"context"
	"slices"
	"sync"
)

// Catalogs keeps indexes as they are prepared for solving, which takes most of the time of [Solve], for those who solve more than once
// over the same ones. The zero value is empty and ready, and may be used concurrently. It keeps the last few that were used.
type Catalogs struct {
	mu   sync.Mutex
	kept []*keptCatalog // the last one that was used at the end
}

const maxCatalogs = 8

type keptCatalog struct {
	repositories []Repository
	prepare      func() (*catalog, error)
}

// Solve is [Solve] with a catalog that may be there already. A nil c keeps none.
func (c *Catalogs) Solve(ctx context.Context, req Request) (*Solution, error) {
	catalog, err := c.of(req.Repositories)
	if err != nil {
		return nil, err
	}
	return catalog.solve(ctx, req)
}

// of returns the catalog of repositories: see [newCatalog].
func (c *Catalogs) of(repositories []Repository) (*catalog, error) {
	if c == nil {
		return newCatalog(repositories)
	}
	c.mu.Lock()
	at := slices.IndexFunc(c.kept, func(k *keptCatalog) bool { return slices.Equal(k.repositories, repositories) })
	var k *keptCatalog
	if at >= 0 {
		k = c.kept[at]
		c.kept = slices.Delete(c.kept, at, at+1)
	} else {
		k = &keptCatalog{repositories: slices.Clone(repositories)}
		k.prepare = sync.OnceValues(func() (*catalog, error) { return newCatalog(k.repositories) })
	}
	c.kept = append(c.kept, k)
	if len(c.kept) > maxCatalogs {
		c.kept = slices.Delete(c.kept, 0, len(c.kept)-maxCatalogs)
	}
	c.mu.Unlock()
	return k.prepare()
}
