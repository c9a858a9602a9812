package layer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A segment is the part of a layer that is written and compressed on its own.
// What is in one depends on the trees alone, and its bytes on nothing outside it.
type segment struct {
	difference
	pkg *stage.Package // whose files these are, in its order; nil for the first and the last segment
	end bool           // the last segment: the tar ends with it
}

// plan cuts a layer into segments: whiteouts; then each package's files; then what
// comes from no package, which is also what differs most from one build to the next.
// Each directory stands in the first segment that has something below it, so that a
// package that stays the same goes on having the same segment. Segments with nothing in
// them are left out.
func plan(d *difference, packages []*stage.Package) ([]*segment, error) {
	segments := make([]*segment, 0, len(packages)+2)
	segments = append(segments, &segment{difference: difference{whiteouts: d.whiteouts}})
	byPackage := make(map[*stage.Package]*segment, len(packages))
	for _, pkg := range packages {
		s := &segment{pkg: pkg}
		byPackage[pkg] = s
		segments = append(segments, s)
	}
	last := &segment{end: true}
	segments = append(segments, last)
	for _, f := range d.files {
		s, pkg := last, packageOf(f.node)
		if pkg != nil {
			if s = byPackage[pkg]; s == nil {
				return nil, fmt.Errorf("%s is from package %s, which is not in the layer", f.names[0], pkg.Package.ID())
			}
		}
		s.files = append(s.files, f)
	}
	for _, s := range segments {
		if s.pkg != nil {
			slices.SortStableFunc(s.files, func(a, b *fileEntry) int { return cmp.Compare(entryOf(a.node), entryOf(b.node)) })
		}
	}
	placeDirectories(d.directories, segments)
	return slices.DeleteFunc(segments, (*segment).empty), nil
}

// placeDirectories gives each directory to the first segment that needs it, or to the
// last.
func placeDirectories(directories []dirEntry, segments []*segment) {
	last := len(segments) - 1
	needed := make(map[string]int, len(directories))
	for _, dir := range directories {
		needed[dir.path] = last
	}
	need := func(path string, segment int) {
		for path != "" {
			path = strings.TrimSuffix(path[:strings.LastIndexByte(path, '/')+1], "/")
			if at, listed := needed[path]; listed {
				if at <= segment {
					return // and so are those above it
				}
				needed[path] = segment
			}
		}
	}
	for i, s := range segments[:last] {
		for _, path := range s.whiteouts {
			need(path, i)
		}
		for _, f := range s.files {
			for _, name := range f.names {
				need(name, i)
			}
		}
	}
	for _, dir := range directories {
		s := segments[needed[dir.path]]
		s.directories = append(s.directories, dir)
	}
}

func (s *segment) String() string {
	if s.pkg == nil {
		return "segment of no package"
	}
	return "segment of package " + s.pkg.Package.ID()
}

func (s *segment) empty() bool {
	return !s.end && len(s.directories)+len(s.whiteouts)+len(s.files) == 0
}

// limit returns a number of bytes that the segment's tar does not exceed.
func (s *segment) limit() int64 {
	n := int64(len(s.whiteouts)+len(s.directories)) * entryLimit
	if s.end {
		n += 2 * 512
	}
	for _, path := range s.whiteouts {
		n += int64(len(path))
	}
	for _, dir := range s.directories {
		n += int64(len(dir.path)) + xattrLimit(dir.node)
	}
	for _, f := range s.files {
		n += f.limit()
	}
	return n
}

// entryLimit is for a header, a PAX header, the padding after its records and after the
// content, and records but for their texts.
const entryLimit = 4*512 + 128

func (f *fileEntry) limit() int64 {
	n := f.node.Size + int64(len(f.node.Target)) + xattrLimit(f.node)
	for _, name := range f.names {
		n += entryLimit + int64(len(name)+len(f.names[0])) + xattrLimit(f.node)
	}
	return n
}

func xattrLimit(n *tree.Node) int64 {
	var limit int64
	for name, value := range n.Xattrs {
		limit += int64(len(name) + len(value) + 64)
	}
	return limit
}
