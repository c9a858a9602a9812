package cache

import (
	"context"
	"time"
)

// Usage is what there is of a kind.
type Usage struct {
	Kind           Kind
	Count          int
	Bytes          int64     // of content; a file system may take more
	Oldest, Newest time.Time // last uses, an hour more or less; zero if there is nothing
}

// Usage returns what there is of each kind, in an order that stays the same. A directory
// that does not exist has nothing of any.
func (f *Directory) Usage(ctx context.Context) ([]Usage, error) {
	all, err := f.list(ctx)
	if err != nil {
		return nil, err
	}
	return sum(all), nil
}

func sum(files []stored) []Usage {
	var list []Usage
	place := make(map[Kind]int)
	for _, s := range shelves() {
		place[s.kind] = len(list)
		list = append(list, Usage{Kind: s.kind})
	}
	place[Unfinished] = len(list)
	list = append(list, Usage{Kind: Unfinished})
	for _, s := range files {
		u := &list[place[s.kind]]
		if u.Count == 0 || s.used.Before(u.Oldest) {
			u.Oldest = s.used
		}
		if u.Count == 0 || s.used.After(u.Newest) {
			u.Newest = s.used
		}
		u.Count++
		u.Bytes += s.size
	}
	return list
}
