package layer

import (
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// keyed is a segment with one of everything that it can have.
func keyed() (*segment, *Recipe) {
	pkg := &stage.Package{Package: &apk.Package{Name: "a"}, DataHash: "aa"}
	file := &tree.Node{Mode: 0o644, UID: 1, GID: 2, Size: 3, ModTime: time.Unix(4, 0), Xattrs: map[string]string{"user.a": "b"},
		Content: stage.PackageFile{Package: pkg, Entry: 5}}
	dir := &tree.Node{Type: tree.Directory, Mode: 0o755, ModTime: time.Unix(4, 0)}
	recipe := DefaultRecipe()
	return &segment{pkg: pkg, difference: difference{
		directories: []dirEntry{{path: "usr", node: dir}},
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
		"data hash":             func(s *segment, r *Recipe) { s.pkg.DataHash = "ab" },
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
		"no data hash": func(s *segment) { s.pkg.DataHash = "" },
	} {
		s, r := keyed()
		change(s)
		if got := segmentKey(s, *r); got != "" {
			t.Errorf("%s: key %s", name, got)
		}
	}
}
