package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/terminal"
)

// Cache is what cache --json prints. Fields may be added, never changed.
type Cache struct {
	Directory string `json:"folder"`
	cacheKinds
}

type cacheKinds struct {
	Count int         `json:"count"`
	Size  int64       `json:"size"` // bytes
	Kinds []CacheKind `json:"kinds"`
}

// CacheKind is how much of one kind there is.
type CacheKind struct {
	Kind      cache.Kind `json:"kind"`
	Count     int        `json:"count"`
	Size      int64      `json:"size"` // bytes
	OldestUse *time.Time `json:"oldestUse,omitempty"`
	LastUse   *time.Time `json:"lastUse,omitempty"`
}

// NewCache describes a cache directory, or entries of it.
func NewCache(directory string, kinds []cache.Usage) Cache {
	return Cache{Directory: directory, cacheKinds: describeKinds(kinds)}
}

func describeKinds(list []cache.Usage) cacheKinds {
	out := cacheKinds{Kinds: []CacheKind{}}
	for _, u := range list {
		kind := CacheKind{Kind: u.Kind, Count: u.Count, Size: u.Bytes}
		if u.Count > 0 {
			oldest, last := u.Oldest.UTC().Truncate(time.Second), u.Newest.UTC().Truncate(time.Second)
			kind.OldestUse, kind.LastUse = &oldest, &last
		}
		out.Count += u.Count
		out.Size += u.Bytes
		out.Kinds = append(out.Kinds, kind)
	}
	return out
}

// Write prints the directory and a table.
func (r *Cache) Write(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s\n", terminal.OneLine(r.Directory)); err != nil {
		return err
	}
	return r.printTable(w, "KIND")
}

// printTable prints the kinds of which there is something, and the sum.
func (k *cacheKinds) printTable(w io.Writer, title string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\n%s\tFILES\tSIZE\tOLDEST USE\tLAST USE\n", title)
	for _, kind := range k.Kinds {
		if kind.Count > 0 {
			const layout = "2006-01-02 15:04 MST"
			fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\n", kind.Kind, kind.Count, terminal.FormatBytes(kind.Size), kind.OldestUse.Format(layout),
				kind.LastUse.Format(layout))
		}
	}
	fmt.Fprintf(t, "total\t%d\t%s\n", k.Count, terminal.FormatBytes(k.Size))
	return t.Flush()
}

// Pruned is what cache prune --json prints. Fields may be added, never changed.
type Pruned struct {
	Cache
	DryRun bool `json:"dryRun"`
	InUse  int  `json:"inUse"`
}

// Write prints the directory, a table and how much is in use.
func (r *Pruned) Write(w io.Writer) error {
	title := "REMOVED"
	if r.DryRun {
		title = "WOULD BE REMOVED"
	}
	if _, err := fmt.Fprintf(w, "%s\n", terminal.OneLine(r.Directory)); err != nil {
		return err
	}
	if err := r.printTable(w, title); err != nil || r.InUse == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d more are in use and stay\n", r.InUse)
	return err
}
