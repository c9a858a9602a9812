package page

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/oci/inspect"
)

// tile is a rectangle of a map.
type tile struct {
	Name, Title string
	Size        int64
	kind        string // its colour, as the style sheet calls it: "", "added", "added brought", "changed" or "gone"
	isRest      bool   // all that are too small to have one each
	rect
}

func (t tile) class() string {
	if t.isRest {
		return "tile rest"
	}
	return strings.TrimSpace("tile " + t.kind)
}

// maxTiles is how many tiles a map has; the rest is one.
const maxTiles = 60

// addedIf is the kind of what is from the last layer, and of all else.
func addedIf(isAdded bool) string {
	if isAdded {
		return "added"
	}
	return ""
}

func packageTiles(r *inspect.Report, kindOf func(inspect.Package) string) []tile {
	var tiles []tile
	for _, p := range r.Packages {
		tiles = append(tiles, tile{Name: p.Name, Title: p.Name + " " + p.Version, Size: p.Size, kind: kindOf(p)})
	}
	return layOut(tiles)
}

// directoryTiles are those of the directories that have no more than a third of everything, or nothing below them that is listed. What
// kindOf gets is a directory without those below it that have tiles of their own.
func directoryTiles(r *inspect.Report, kindOf func(inspect.Directory) string) []tile {
	var all int64
	for _, f := range r.Directories {
		if strings.Count(f.Path, "/") == 1 {
			all += f.Size
		}
	}
	var tiles []tile
	var visit func(path string, f inspect.Directory)
	visit = func(path string, f inspect.Directory) {
		rest := f
		if f.Size*3 > all {
			for _, below := range r.Directories {
				if strings.HasPrefix(below.Path, path+"/") && strings.Count(below.Path, "/") == strings.Count(path, "/")+1 {
					visit(below.Path, below)
					rest.Size -= below.Size
					rest.Added -= below.Added
				}
			}
		}
		if rest.Size > 0 {
			tiles = append(tiles, tile{Name: path, Title: path, Size: rest.Size, kind: kindOf(rest)})
		}
	}
	for _, f := range r.Directories {
		if strings.Count(f.Path, "/") == 1 {
			visit(f.Path, f)
		}
	}
	return layOut(tiles)
}

// layOut gives each tile its place.
func layOut(tiles []tile) []tile {
	tiles = slices.DeleteFunc(tiles, func(t tile) bool { return t.Size <= 0 })
	sort.SliceStable(tiles, func(i, j int) bool {
		return cmp.Or(cmp.Compare(tiles[j].Size, tiles[i].Size), cmp.Compare(tiles[i].Name, tiles[j].Name)) < 0
	})
	if len(tiles) > maxTiles {
		rest := tile{isRest: true}
		for _, t := range tiles[maxTiles-1:] {
			rest.Size += t.Size
		}
		rest.Name = fmt.Sprintf("%d more", len(tiles)-maxTiles+1)
		rest.Title = rest.Name
		tiles = append(tiles[:maxTiles-1], rest)
		sort.SliceStable(tiles, func(i, j int) bool { return tiles[i].Size > tiles[j].Size })
	}
	sizes := make([]float64, len(tiles))
	for i, t := range tiles {
		sizes[i] = float64(t.Size)
	}
	for i, place := range squarify(sizes) {
		tiles[i].rect = place
	}
	return tiles
}
