package layer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// difference is what a layer must hold to turn one tree into another. Every
// path occurs in it once.
type difference struct {
	directories []dirEntry   // each before those in it
	whiteouts   []string     // paths of the base that are gone, in tree order
	files       []*fileEntry // everything else, in tree order of the first name
}

type dirEntry struct {
	path     string // no slash at either end; the root is ""
	node     *tree.Node
	replaces bool // something in the base that is not a directory
}

// fileEntry is a file that is not a directory, with all its names in tree order.
type fileEntry struct {
	node  *tree.Node
	names []string
}

// diff compares two trees. Files that the base has already are left out, by metadata and,
// if that is equal, by content; content is read only then.
func diff(ctx context.Context, base, staged *tree.Tree) (*difference, error) {
	d := differ{
		ctx:     ctx,
		groups:  make(map[*tree.Node]*fileEntry),
		bases:   make(map[*fileEntry][]*tree.Node),
		kept:    make(map[*tree.Node]bool),
		changed: make(map[*tree.Node]bool),
	}
	if err := d.collect("", base.Root(), staged.Root()); err != nil {
		return nil, err
	}
	for _, f := range d.files {
		if bases := d.bases[f]; len(bases) > 0 && allSame(bases) {
			same, err := d.unchanged(bases[0], f.node)
			if err != nil {
				return nil, fmt.Errorf("compare %s with the base: %w", f.names[0], err)
			}
			if same {
				continue
			}
		}
		d.changed[f.node] = true
		d.out.files = append(d.out.files, f)
	}
	d.compare("", base.Root(), staged.Root())
	return &d.out, d.out.check()
}

type differ struct {
	ctx     context.Context
	files   []*fileEntry                // in tree order; those with bases are undecided
	bases   map[*fileEntry][]*tree.Node // of the files with several names: what the base has at each, nil for nothing
	groups  map[*tree.Node]*fileEntry   // of the files with several names
	kept    map[*tree.Node]bool         // hard-linked files of the base that stay what they are
	changed map[*tree.Node]bool         // files that the layer holds
	out     difference
}

// collect finds the staged files that changed, and all that have several names:
// those can only be judged when every name is known.
func (d *differ) collect(prefix string, base, staged *tree.Node) error {
	for _, name := range staged.Names() {
		b, s := child(base, name), staged.Child(name)
		if s.Type == tree.Directory {
			if err := d.collect(prefix+name+"/", b, s); err != nil {
				return err
			}
			continue
		}
		if s.Links() <= 1 {
			same, err := d.unchanged(b, s)
			if err != nil {
				return fmt.Errorf("compare %s with the base: %w", prefix+name, err)
			}
			if !same {
				d.files = append(d.files, &fileEntry{node: s, names: []string{prefix + name}})
			}
			continue
		}
		f := d.groups[s]
		if f == nil {
			f = &fileEntry{node: s}
			d.groups[s] = f
			d.files = append(d.files, f)
		}
		f.names = append(f.names, prefix+name)
		d.bases[f] = append(d.bases[f], b)
	}
	return nil
}

// child is Child for what need not be there, or be a directory.
func child(n *tree.Node, name string) *tree.Node {
	if n == nil || n.Type != tree.Directory {
		return nil
	}
	return n.Child(name)
}

// allSame says whether all names of a file lead to one and the same in the base. If
// not, it changed as a whole: no link of the layer may lead into the base.
func allSame(bases []*tree.Node) bool {
	for _, b := range bases {
		if b != bases[0] {
			return false
		}
	}
	return true
}

// unchanged says whether the file s is what the base has in its place. One file of
// the base, however many names it has there, can only stay one file.
func (d *differ) unchanged(b, s *tree.Node) (bool, error) {
	if b == nil || d.kept[b] {
		return false, nil
	}
	if b.Type != s.Type || !sameOwnership(b, s) || !b.ModTime.Equal(s.ModTime) || b.Size != s.Size ||
		b.Target != s.Target || b.Major != s.Major || b.Minor != s.Minor {
		return false, nil
	}
	if s.Size > 0 && !tree.SameContent(b.Content, s.Content) {
		if b.Content == nil || s.Content == nil {
			return false, errNoContent
		}
		if same, err := tree.EqualContent(d.ctx, b.Content, s.Content); !same {
			return false, err
		}
	}
	if b.Links() > 1 {
		d.kept[b] = true
	}
	return true, nil
}

func sameOwnership(a, b *tree.Node) bool {
	return a.Mode == b.Mode && a.UID == b.UID && a.GID == b.GID && maps.Equal(a.Xattrs, b.Xattrs)
}

// compare lists directories and whiteouts below a directory that stays one, and
// says whether the layer has any entry there.
func (d *differ) compare(prefix string, base, staged *tree.Node) bool {
	at := len(d.out.directories)
	isNew := base == nil || base.Type != tree.Directory
	if prefix == "" {
		// In an image without a base nothing else says what the root is like, and
		// podman for one would make it 0555.
		isNew = len(base.Names()) == 0 && len(staged.Names()) > 0
	}
	below := false
	for _, name := range d.names(base, staged) {
		b, s := child(base, name), staged.Child(name)
		switch {
		case s == nil:
			d.out.whiteouts = append(d.out.whiteouts, prefix+name)
			below = true
		case s.Type == tree.Directory:
			below = d.compare(prefix+name+"/", b, s) || below
		default:
			below = below || d.changed[s]
		}
	}
	listed := isNew || !sameOwnership(base, staged) || below && !implied(staged)
	if listed {
		replaces := base != nil && base.Type != tree.Directory
		d.out.directories = append(d.out.directories, dirEntry{})
		copy(d.out.directories[at+1:], d.out.directories[at:])
		d.out.directories[at] = dirEntry{strings.TrimSuffix(prefix, "/"), staged, replaces}
	}
	return listed || below
}

// names returns the names in either directory in bytewise order.
func (d *differ) names(base, staged *tree.Node) []string {
	names := staged.Names()
	if base == nil || base.Type != tree.Directory {
		return names
	}
	names = append(names, base.Names()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// implied says whether a directory is what a runtime makes when a layer has
// something in it, but not the directory itself: overlay drivers unpack a layer
// by itself, and with docker and podman what they make up then hides the base's
// mode and owner. A directory of the base that is different, such as /tmp, is
// therefore repeated when something in it changes. (That containerd and umoci
// take them from the base does not help: a layer is read by all.)
func implied(n *tree.Node) bool {
	return n.Mode == 0o755 && n.UID == 0 && n.GID == 0 && len(n.Xattrs) == 0
}

// check refuses what a layer cannot express.
func (d *difference) check() error {
	for _, dir := range d.directories {
		if err := tree.CheckName(dir.path); err != nil {
			return err
		}
	}
	for _, path := range d.whiteouts {
		if err := tree.CheckName(path); err != nil {
			return err
		}
	}
	for _, f := range d.files {
		for _, name := range f.names {
			if err := tree.CheckName(name); err != nil {
				return unusable(f.node, err)
			}
		}
		if n := f.node; n.Type == tree.CharDevice && n.Major == 0 && n.Minor == 0 {
			return unusable(n, fmt.Errorf("%s: a layer cannot hold the device 0:0: overlay file systems take it for a whiteout", f.names[0]))
		}
		if f.node.Size > 0 && f.node.Content == nil {
			return fmt.Errorf("%s: %w", f.names[0], errNoContent)
		}
	}
	return nil
}

// unusable says which package has a file that would be taken for a removal, and what to do.
func unusable(n *tree.Node, err error) error {
	remedy := "leave out what adds it: container runtimes would not show it but hide another file"
	if pkg := packageOf(n); pkg != nil {
		err = fmt.Errorf("package %s: %w", pkg.Package.ID(), err)
		remedy = fmt.Sprintf("leave out %s: container runtimes would not show that file but hide another", pkg.Package.Name)
	}
	return hint.With(err, remedy)
}

var errNoContent = errors.New("the file has a size, but no content")

// splitPath cuts a path before its last name; the directory keeps its slash.
func splitPath(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i], path[i:]
}
