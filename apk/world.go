package apk

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// maxWorld bounds the world file, in bytes: an item takes up to two hundred times of its own in the solver.
const maxWorld = 256 << 10

// ReadWorld reads etc/apk/world: items separated by blanks and line ends, in the
// order of the file.
func ReadWorld(r io.Reader, g Generation) ([]Dependency, error) {
	text, err := bounded.ReadAll(r, maxWorld)
	if err != nil {
		return nil, err
	}
	var world []Dependency
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		items, err := ParseDependencies(line, g)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		world = append(world, items...)
	}
	return world, nil
}

// WriteWorld writes a world in apk's order, an item a line; an empty world is
// an empty line (apk/FORMAT.md 11).
func WriteWorld(w io.Writer, world []Dependency, g Generation) error {
	sorted := SortWorld(world)
	b := bufio.NewWriter(w)
	for i := range sorted {
		b.WriteString(sorted[i].Format(g))
		b.WriteByte('\n')
	}
	if len(sorted) == 0 {
		b.WriteByte('\n')
	}
	return b.Flush()
}

// SortWorld returns a sorted copy, the order in which apk solves and writes a
// world: by name without regard to ASCII case, then by bytes.
func SortWorld(world []Dependency) []Dependency {
	sorted := slices.Clone(world)
	sort.SliceStable(sorted, func(i, j int) bool { return nametable.Compare(sorted[i].Name, sorted[j].Name) < 0 })
	return sorted
}
