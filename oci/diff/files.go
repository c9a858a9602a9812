package diff

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/inspect"
)

const databasePath = "lib/apk/db/installed"

// isDatabase says whether an entry of a layer may be the list of packages, which a link
// may have moved below usr.
func isDatabase(name string) bool {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	return name == databasePath || name == "usr/"+databasePath
}

// comparePackages compares what is installed.
func (r *Report) comparePackages(before, after *root) {
	then, now := byName(before.installed), byName(after.installed)
	for _, name := range sortedNames(then, now) {
		from, to := then[name], now[name]
		change := PackageChange{Name: name}
		switch {
		case from == nil:
			change.Change, change.To = Added, to.Version
		case to == nil:
			change.Change, change.From = Removed, from.Version
		case from.Identity == to.Identity && from.Version == to.Version:
			continue
		default:
			change.Change, change.From, change.To = Rebuilt, from.Version, to.Version
			if from.Version != to.Version {
				change.Change = Upgraded
				if apk.V3.CompareVersions(from.Version, to.Version, false) == apk.Greater {
					change.Change = Downgraded
				}
			}
		}
		r.Packages = append(r.Packages, change)
	}
}

func byName(db *apk.Installed) map[string]*apk.InstalledPackage {
	all := make(map[string]*apk.InstalledPackage, len(db.Packages))
	for _, p := range db.Packages {
		all[p.Name] = p
	}
	return all
}

func sortedNames[V any](a, b map[string]V) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, isBoth := a[name]; !isBoth {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// compareFiles compares the final file systems, path by path.
func (r *Report) compareFiles(before, after *root) {
	then, now := maps.Collect(before.tree.All()), maps.Collect(after.tree.All())
	firstThen, firstNow := firstNames(then), firstNames(now)
	holderThen, holderNow := inspect.Holders(before.tree, before.installed), inspect.Holders(after.tree, after.installed)
	for _, name := range sortedNames(then, now) {
		from, to := then[name], now[name]
		change := FileChange{Path: "/" + name, Package: cmp.Or(holderNow[name], holderThen[name])}
		switch {
		case from == nil:
			change.Change, change.Type = Added, typeOf(to)
		case to == nil:
			change.Change, change.Type = Removed, typeOf(from)
		default:
			change.Change, change.Type = Changed, typeOf(to)
			change.Fields = r.fields(from, to)
			if first := [2]string{firstThen[from], firstNow[to]}; first[0] != first[1] {
				change.Fields = append(change.Fields, Field{"links", first[0], first[1]})
			}
			if change.Fields == nil {
				continue
			}
		}
		r.Files = append(r.Files, change)
	}
}

// firstNames returns for each file with several names the first of them.
func firstNames(files map[string]*tree.Node) map[*tree.Node]string {
	first := make(map[*tree.Node]string)
	for name, n := range files {
		if n.Type == tree.Directory || n.Links() < 2 {
			continue
		}
		if have, ok := first[n]; !ok || name < have {
			first[n] = name
		}
	}
	return first
}

// fields says what two files differ in.
func (r *Report) fields(a, b *tree.Node) []Field {
	fields := []Field{
		{"type", typeOf(a), typeOf(b)},
		{"mode", fmt.Sprintf("%04o", a.Mode), fmt.Sprintf("%04o", b.Mode)},
		{"owner", fmt.Sprintf("%d:%d", a.UID, a.GID), fmt.Sprintf("%d:%d", b.UID, b.GID)},
		{"time", timeOf(a), timeOf(b)},
		{"size", sizeOf(a), sizeOf(b)},
		{"content", contentOf(a), contentOf(b)},
		{"target", a.Target, b.Target},
		{"device", deviceOf(a), deviceOf(b)},
	}
	for _, name := range sortedNames(a.Xattrs, b.Xattrs) {
		fields = append(fields, Field{"attribute " + name, xattrOf(a, name), xattrOf(b, name)})
	}
	if r.ignoreTimes {
		fields = slices.DeleteFunc(fields, func(f Field) bool { return f.Name == "time" })
	}
	return different(fields)
}

// different returns the fields that differ.
func different(fields []Field) []Field {
	var all []Field
	for _, f := range fields {
		if f.From != f.To {
			all = append(all, f)
		}
	}
	return all
}

func typeOf(n *tree.Node) string {
	switch n.Type {
	case tree.Directory:
		return "directory"
	case tree.Symlink:
		return "symlink"
	case tree.CharDevice:
		return "character device"
	case tree.BlockDevice:
		return "block device"
	case tree.FIFO:
		return "fifo"
	}
	return "file"
}

func timeOf(n *tree.Node) string { return n.ModTime.UTC().Format(time.RFC3339Nano) }

func sizeOf(n *tree.Node) string {
	if n.Type != tree.Regular {
		return ""
	}
	return fmt.Sprint(n.Size)
}

func contentOf(n *tree.Node) string {
	if content, ok := n.Content.(sum); ok {
		return "sha256:" + hex.EncodeToString(content[:])
	}
	return ""
}

func deviceOf(n *tree.Node) string {
	if n.Type != tree.CharDevice && n.Type != tree.BlockDevice {
		return ""
	}
	return fmt.Sprintf("%d:%d", n.Major, n.Minor)
}

func xattrOf(n *tree.Node, name string) string {
	value, ok := n.Xattrs[name]
	if !ok {
		return ""
	}
	return fmt.Sprintf("%q", value)
}
