package layer

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// keyed is a segment with one of everything that it can have.
func keyed() (*segment, *Recipe) {
	pkg := &stage.Package{Package: &apk.Package{Name: "a"}, Control: &apk.Control{PackageInfo: apk.PackageInfo{DataHash: "aa"}}}
	file := &tree.Node{Mode: 0o644, UID: 1, GID: 2, Size: 3, ModTime: time.Unix(4, 0), Xattrs: map[string]string{"user.a": "b"}, Content: stage.PackageFile{Package: pkg, Entry: 5}}
	dir := &tree.Node{Type: tree.Directory, Mode: 0o755, ModTime: time.Unix(4, 0)}
	recipe := DefaultRecipe()
	return &segment{pkg: pkg, difference: difference{
		directories: []dirEntry{{"usr", dir}},
		whiteouts:   []string{"usr/gone"},
		files:       []*fileEntry{{node: file, names: []string{"usr/a", "usr/b"}}},
	}}, &recipe
}

// TestSegmentKey changes one thing after the other that a segment's bytes depend on.
func TestSegmentKey(t *testing.T) {
	s, r := keyed()
	key := segmentKey(s, *r)
	seen := map[string]string{key: "nothing"}
	file := func(s *segment) *tree.Node { return s.files[0].node }
	for name, change := range map[string]func(*segment, *Recipe){
		"data hash":             func(s *segment, r *Recipe) { s.pkg.Control.DataHash = "ab" },
		"generation":            func(s *segment, r *Recipe) { s.pkg.Generation = apk.V2 },
		"entry":                 func(s *segment, r *Recipe) { file(s).Content = stage.PackageFile{Package: s.pkg, Entry: 6} },
		"mode":                  func(s *segment, r *Recipe) { file(s).Mode = 0o4755 },
		"user":                  func(s *segment, r *Recipe) { file(s).UID = 7 },
		"group":                 func(s *segment, r *Recipe) { file(s).GID = 7 },
		"size":                  func(s *segment, r *Recipe) { file(s).Size = 7 },
		"time":                  func(s *segment, r *Recipe) { file(s).ModTime = time.Unix(7, 0) },
		"no time":               func(s *segment, r *Recipe) { file(s).ModTime = time.Time{} },
		"attribute":             func(s *segment, r *Recipe) { file(s).Xattrs["user.c"] = "" },
		"attribute's value":     func(s *segment, r *Recipe) { file(s).Xattrs["user.a"] = "c" },
		"no attributes":         func(s *segment, r *Recipe) { file(s).Xattrs = nil },
		"name":                  func(s *segment, r *Recipe) { s.files[0].names[0] = "usr/c" },
		"link's name":           func(s *segment, r *Recipe) { s.files[0].names[1] = "usr/c" },
		"no link":               func(s *segment, r *Recipe) { s.files[0].names = s.files[0].names[:1] },
		"names as one":          func(s *segment, r *Recipe) { s.files[0].names = []string{"usr/ausr/b"} },
		"another file":          func(s *segment, r *Recipe) { s.files = append(s.files, s.files[0]) },
		"no file":               func(s *segment, r *Recipe) { s.files = nil },
		"whiteout":              func(s *segment, r *Recipe) { s.whiteouts[0] = "usr/lost" },
		"no whiteout":           func(s *segment, r *Recipe) { s.whiteouts = nil },
		"directory":             func(s *segment, r *Recipe) { s.directories[0].path = "opt" },
		"no directory":          func(s *segment, r *Recipe) { s.directories = nil },
		"directory's mode":      func(s *segment, r *Recipe) { s.directories[0].node.Mode = 0o700 },
		"directory's owner":     func(s *segment, r *Recipe) { s.directories[0].node.UID = 7 },
		"directory's time":      func(s *segment, r *Recipe) { s.directories[0].node.ModTime = time.Unix(7, 0) },
		"directory's attribute": func(s *segment, r *Recipe) { s.directories[0].node.Xattrs = map[string]string{"a": "b"} },
		"level":                 func(s *segment, r *Recipe) { r.Level = 7 },
		"block size":            func(s *segment, r *Recipe) { r.BlockSize *= 2 },
		"compression":           func(s *segment, r *Recipe) { r.Compression = Zstd },
		"compressor":            func(s *segment, r *Recipe) { r.Compressor += "1" },
		"rules":                 func(s *segment, r *Recipe) { r.Rules++ },
	} {
		s, r := keyed()
		change(s, r)
		got := segmentKey(s, *r)
		if other, ok := seen[got]; ok {
			t.Errorf("%s: the same key as with %s changed", name, other)
		}
		seen[got] = name
	}
	for name, change := range map[string]func(*segment){
		"nothing":          func(s *segment) {},
		"package":          func(s *segment) { s.pkg.Package = &apk.Package{Name: "b"} },
		"less of a second": func(s *segment) { file(s).ModTime = time.Unix(4, 5) },
		"time zone":        func(s *segment) { file(s).ModTime = time.Unix(4, 0).In(time.FixedZone("", 3600)) },
	} {
		s, r := keyed()
		change(s)
		if got := segmentKey(s, *r); got != key {
			t.Errorf("%s: another key", name)
		}
	}
	for name, change := range map[string]func(*segment){
		"the end":      func(s *segment) { s.end = true },
		"no data hash": func(s *segment) { s.pkg.Control.DataHash = "" },
		"no control":   func(s *segment) { s.pkg.Control = nil },
	} {
		s, r := keyed()
		change(s)
		if got := segmentKey(s, *r); got != "" {
			t.Errorf("%s: key %s", name, got)
		}
	}
}

// TestPlaceDirectories compares with what the rule says: the first segment with something
// below a directory has it, before what is below.
func TestPlaceDirectories(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var paths []string
		for range 1 + random.IntN(12) {
			path := ""
			for range 1 + random.IntN(4) {
				path += "/" + strconv.Itoa(random.IntN(3))
			}
			paths = append(paths, path[1:])
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
		var directories []dirEntry
		if random.IntN(2) == 0 {
			directories = append(directories, dirEntry{path: ""})
		}
		var segments []*segment
		for range 2 + random.IntN(4) {
			segments = append(segments, &segment{})
		}
		want := make(map[string]int)
		for _, path := range paths {
			if random.IntN(3) > 0 {
				directories = append(directories, dirEntry{path: path})
			}
		}
		for _, dir := range directories {
			want[dir.path] = len(segments) - 1
		}
		for range random.IntN(8) {
			name := paths[random.IntN(len(paths))] + "/file"
			i := random.IntN(len(segments))
			if random.IntN(4) == 0 {
				segments[i].whiteouts = append(segments[i].whiteouts, name)
			} else {
				segments[i].files = append(segments[i].files, &fileEntry{names: []string{"top", name}})
			}
			for dir := range want {
				if dir == "" || strings.HasPrefix(name, dir+"/") {
					want[dir] = min(want[dir], i)
				}
			}
			if _, ok := want[""]; ok {
				want[""] = min(want[""], i)
			}
		}
		placeDirectories(directories, segments)
		got := make(map[string]int)
		for i, s := range segments {
			for j, dir := range s.directories {
				if _, twice := got[dir.path]; twice {
					t.Fatalf("%q is there twice", dir.path)
				}
				if j > 0 && slices.ContainsFunc(s.directories[j+1:], func(d dirEntry) bool { return d.path != "" && strings.HasPrefix(dir.path, d.path+"/") }) {
					t.Fatalf("%q stands before a directory that it is in", dir.path)
				}
				got[dir.path] = i
			}
		}
		for dir, i := range want {
			if got[dir] != i {
				t.Fatalf("directory %q of %v is in segment %d, want %d", dir, directories, got[dir], i)
			}
		}
	}
}
