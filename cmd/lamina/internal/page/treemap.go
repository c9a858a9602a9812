package page

import "fmt"

// rect is a place in a map, in percent of its width and height.
type rect struct{ x, y, w, h float64 }

// style is the place in CSS.
func (r rect) style() string {
	return fmt.Sprintf("left:%.3f%%;top:%.3f%%;width:%.3f%%;height:%.3f%%", r.x, r.y, r.w, r.h)
}

// mapRatio is how much wider a map is than high.
const mapRatio = 2.2

// squarify divides a map among sizes, which are positive and fall, so that areas are as sizes are and rectangles come close to
// squares (Bruls, Huizing and van Wijk, Squarified Treemaps).
func squarify(sizes []float64) []rect {
	var all float64
	for _, s := range sizes {
		all += s
	}
	places := make([]rect, len(sizes))
	free := rect{0, 0, 100 * mapRatio, 100}
	scale := free.w * free.h / all
	for at := 0; at < len(sizes); {
		side := min(free.w, free.h)
		// As many in this row as make it better.
		n, sum := 1, sizes[at]*scale
		for at+n < len(sizes) {
			next := sum + sizes[at+n]*scale
			if worst(sizes[at:at+n+1], scale, next, side) > worst(sizes[at:at+n], scale, sum, side) {
				break
			}
			n, sum = n+1, next
		}
		depth := sum / side
		offset := 0.0
		for i := at; i < at+n; i++ {
			length := sizes[i] * scale / depth
			if free.w >= free.h {
				places[i] = rect{free.x, free.y + offset, depth, length}
			} else {
				places[i] = rect{free.x + offset, free.y, length, depth}
			}
			offset += length
		}
		if free.w >= free.h {
			free.x, free.w = free.x+depth, free.w-depth
		} else {
			free.y, free.h = free.y+depth, free.h-depth
		}
		at += n
	}
	for i := range places {
		places[i].x /= mapRatio
		places[i].w /= mapRatio
	}
	return places
}

// worst is the ratio of the longest rectangle in a row of that area along a side.
func worst(row []float64, scale, sum, side float64) float64 {
	most, least := row[0]*scale, row[len(row)-1]*scale
	return max(side*side*most/(sum*sum), sum*sum/(side*side*least))
}
