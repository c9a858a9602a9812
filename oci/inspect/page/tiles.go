package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/oci/inspect"
)

// tile is a rectangle of a map.
type tile struct {
	Name, Title string
	Size        int64
	IsAdded     bool // by the last layer
	isRest      bool // all that are too small to have one each
	rect
}

func (t tile) class() string {
	switch {
	case t.isRest:
		return "tile rest"
	case t.IsAdded:
		return "tile added"
	}
	return "tile"
}

// maxTiles is how many tiles a map has; the rest is one.
const maxTiles = 60

func packageTiles(r *inspect.Report) []tile {
	var tiles []tile
	for _, p := range r.Packages {
		tiles = append(tiles, tile{Name: p.Name, Title: p.Name + " " + p.Version, Size: p.Size, IsAdded: isAdded(r, p.Layer)})
	}
	return layOut(tiles)
}

// folderTiles are those of the folders that have no more than a third of everything, or nothing below them that is listed.
func folderTiles(r *inspect.Report) []tile {
	var all int64
	for _, f := range r.Folders {
		if strings.Count(f.Path, "/") == 1 {
			all += f.Size
		}
	}
	var tiles []tile
	var visit func(path string, f inspect.Folder)
	visit = func(path string, f inspect.Folder) {
		rest := f
		if f.Size*3 > all {
			for _, below := range r.Folders {
				if strings.HasPrefix(below.Path, path+"/") && strings.Count(below.Path, "/") == strings.Count(path, "/")+1 {
					visit(below.Path, below)
					rest.Size -= below.Size
					rest.Added -= below.Added
				}
			}
		}
		if rest.Size > 0 {
			tiles = append(tiles, tile{Name: path, Title: path, Size: rest.Size, IsAdded: rest.Added*2 > rest.Size && len(r.Layers) > 1})
		}
	}
	for _, f := range r.Folders {
		if strings.Count(f.Path, "/") == 1 {
			visit(f.Path, f)
		}
	}
	return layOut(tiles)
}

// layOut gives each tile its place.
func layOut(tiles []tile) []tile {
	tiles = slices.DeleteFunc(tiles, func(t tile) bool { return t.Size <= 0 })
	slices.SortStableFunc(tiles, func(a, b tile) int { return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Name, b.Name)) })
	if len(tiles) > maxTiles {
		rest := tile{isRest: true}
		for _, t := range tiles[maxTiles-1:] {
			rest.Size += t.Size
		}
		rest.Name = fmt.Sprintf("%d more", len(tiles)-maxTiles+1)
		rest.Title = rest.Name
		tiles = append(tiles[:maxTiles-1], rest)
		slices.SortStableFunc(tiles, func(a, b tile) int { return cmp.Compare(b.Size, a.Size) })
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
