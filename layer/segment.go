package layer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A segment is the part of a layer that is written and compressed on its own.
// Its bytes depend on nothing outside it, and those of a package's segment on the package as it is staged, so that
// images that have a package in common have its segment in common too.
type segment struct {
	difference
	pkg *stage.Package // whose files these are, in the order of its entries; nil for the first and the last segment
	end bool           // the last segment: the tar ends with it
}

// plan cuts a layer into segments: what must come before all else; each package's files; then the directories and what
// comes from no package, which is also what differs most from one build to the next. Segments with nothing in
// them are left out.
//
// Whiteouts come first since they remove what is below them too. A directory in the place of a file or a link of the base
// comes first because unpackers that see the base would follow the link, or fail at the file, where the layer has something
// below it. No other directory needs to come before what is in it: unpackers create it, and set owner, mode, time and
// attributes when its entry comes.
func plan(d *difference, packages []*stage.Package) ([]*segment, error) {
	segments := make([]*segment, 0, len(packages)+2)
	first := &segment{difference: difference{whiteouts: d.whiteouts}}
	segments = append(segments, first)
	byPackage := make(map[*stage.Package]*segment, len(packages))
	for _, pkg := range packages {
		s := &segment{pkg: pkg}
		byPackage[pkg] = s
		segments = append(segments, s)
	}
	last := &segment{end: true}
	segments = append(segments, last)
	for _, dir := range d.directories {
		s := last
		if dir.replaces {
			s = first
		}
		s.directories = append(s.directories, dir)
	}
	for _, f := range d.files {
		s, pkg := last, packageOf(f.node)
		if pkg != nil && !slices.ContainsFunc(f.names, isAccountFile) {
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
	return slices.DeleteFunc(segments, (*segment).empty), nil
}

// isAccountFile says whether a path is one of those that packages and steps with users of their own change: if it stood in its package's
// segment, nearly every image would have another one.
func isAccountFile(path string) bool { return slices.Contains(accountFiles[:], path) }

var accountFiles = [...]string{"etc/passwd", "etc/group", "etc/shadow"}

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
