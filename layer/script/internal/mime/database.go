package mime

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/ghash"
	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

const freeSpace = "http://www.freedesktop.org/standards/shared-mime-info"

// database is what was read from the files of packages.
type database struct {
	types        ghash.Table[*mimeType]
	globs        ghash.Table[[]*glob] // by pattern
	namespaces   ghash.Table[*namespace]
	subclasses   ghash.Table[[]string]
	aliases      ghash.Table[string]
	icons        ghash.Table[string]
	genericIcons ghash.Table[string]
	magics       []*magic
	treeMagics   []*magic
	entries      int // how many things of any kind there are
	nodes        int // that documents may still have
}

type mimeType struct {
	name     string
	children []*xmltree.Node
	comments map[string]*xmltree.Node // by language
}

// glob is one glob pattern; the one that stands for <glob-deleteall/> has the pattern noGlobs.
type glob struct {
	weight        int
	pattern, name string
	caseSensitive bool
}

const noGlobs = "__NOGLOBS__"

type namespace struct{ uri, local, name string }

// count refuses too many entries.
func (d *database) count() error {
	if d.entries++; d.entries > maxEntries {
		return fmt.Errorf("%w: more than %d entries", xmltree.ErrUnsupported, maxEntries)
	}
	return nil
}

// Database returns the files that update-mime-database writes into its directory, for which it reads the XML files of
// the directory packages in it: in byte order of their names, and Override.xml last. Names are relative to the
// directory, such as "mime.cache" and "text/plain.xml". The second result lists in order the files of this kind that
// the program removes, as their types are no longer there.
//
// A file of packages that is not a well-formed document, or not one of this kind, is left out, as by the program.
// In types that it refuses only a part has an effect, as there.
func Database(dir fs.FS) (files map[string][]byte, removed []string, err error) {
	d := &database{nodes: maxNodes}
	if err := d.readPackages(dir); err != nil {
		return nil, nil, err
	}
	if files, err = d.files(); err != nil {
		return nil, nil, err
	}
	removed, err = d.stale(dir)
	removed = slices.DeleteFunc(removed, func(name string) bool { return files[name] != nil })
	return files, removed, err
}

func (d *database) readPackages(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, "packages")
	if err != nil {
		return fmt.Errorf("reading packages: %w", err)
	}
	if len(entries) > maxEntries {
		return fmt.Errorf("more than %d files in packages", maxEntries)
	}
	var names []string
	override := false
	for _, entry := range entries {
		if name := entry.Name(); name == "Override.xml" {
			override = true
		} else if strings.HasSuffix(name, ".xml") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if override {
		names = append(names, "Override.xml")
	}
	total := 0
	for _, name := range names {
		name = path.Join("packages", name)
		data, err := readFile(dir, name)
		if err != nil {
			return err
		}
		if total += len(data); total > maxTotal {
			return fmt.Errorf("more than %d bytes in packages", maxTotal)
		}
		root, err := xmltree.Parse(data, &d.nodes)
		if err == nil {
			err = d.load(root)
		}
		if errors.Is(err, xmltree.ErrUnsupported) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// readFile returns the content of a file, or nothing for a missing one, a directory, and a link that leads nowhere.
func readFile(dir fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(dir, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	defer f.Close()
	data, err := bounded.ReadAll(f, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}

// load reads one document.
func (d *database) load(root *xmltree.Node) error {
	if root.Space != freeSpace || root.Name != "mime-info" {
		return nil
	}
	for _, n := range root.Children {
		if n.Kind != xmltree.Element || n.Space != freeSpace || n.Name != "mime-type" {
			continue
		}
		name, _ := n.Attribute("type")
		media, subtype, ok := strings.Cut(name, "/")
		if !ok || strings.Contains(subtype, "/") {
			continue
		}
		if media == "." || media == ".." {
			return fmt.Errorf("%w: the type %q", xmltree.ErrUnsupported, name)
		}
		t, ok := d.types.Get(name)
		if !ok {
			t = &mimeType{name: name}
			d.types.Set(name, t)
			if err := d.count(); err != nil {
				return err
			}
		}
		for _, field := range n.Children {
			if field.Kind != xmltree.Element {
				continue
			}
			keep, err := true, error(nil)
			if field.Space == freeSpace {
				keep, err = d.field(t, field)
			}
			if errors.Is(err, xmltree.ErrUnsupported) {
				return err
			}
			if err != nil {
				break // the program leaves out the rest of this element
			}
			if !keep {
				continue
			}
			if t.add(copyField(field)); len(t.children) > maxChildren {
				return fmt.Errorf("%w: more than %d elements of the type %q", xmltree.ErrUnsupported, maxChildren, name)
			}
		}
	}
	return nil
}

// copyField returns a copy of an element for the XML file of a type. Where it is in the default namespace of the database, it has no
// declarations at all, as the program drops them with the one that it does not need.
func copyField(n *xmltree.Node) *xmltree.Node {
	n = n.Copy()
	if n.Space == freeSpace && n.Prefix == "" {
		n.Declared = nil
	}
	return n
}

// add appends a node to the XML file of the type. A comment takes the place of an earlier one in its language.
func (t *mimeType) add(n *xmltree.Node) {
	if n.Space == freeSpace && n.Name == "comment" {
		lang, ok := n.AttributeNS(xmltree.XMLSpace, "lang")
		key := fmt.Sprint(ok, lang)
		if earlier := t.comments[key]; earlier != nil {
			t.children = slices.DeleteFunc(t.children, func(old *xmltree.Node) bool { return old == earlier })
		}
		if t.comments == nil {
			t.comments = map[string]*xmltree.Node{}
		}
		t.comments[key] = n
	}
	t.children = append(t.children, n)
}

var errField = errors.New("a field that the program refuses")

// field reads an element of a type. It tells whether the element is also written to the XML file of the type.
func (d *database) field(t *mimeType, n *xmltree.Node) (keep bool, err error) {
	switch n.Name {
	case "comment", "acronym", "expanded-acronym":
		return true, nil
	}
	if err := d.count(); err != nil {
		return false, err
	}
	switch n.Name {
	case "glob":
		return true, d.addGlob(t, n)
	case "glob-deleteall":
		list, _ := d.globs.Get(noGlobs)
		d.globs.Set(noGlobs, append(list, &glob{pattern: noGlobs, name: t.name}))
		return true, nil
	case "magic":
		return false, d.addMagic(t, n)
	case "magic-deleteall":
		d.magics = append(d.magics, noMagic(t.name))
		return false, nil
	case "treemagic":
		return false, d.addTreeMagic(t, n)
	case "alias":
		name, _ := n.Attribute("type")
		if !strings.Contains(name, "/") {
			return false, errField
		}
		d.aliases.Set(name, t.name)
		return true, nil
	case "sub-class-of":
		name, _ := n.Attribute("type")
		if !strings.Contains(name, "/") {
			return false, errField
		}
		list, _ := d.subclasses.Get(t.name)
		d.subclasses.Set(t.name, append(list, name))
		return true, nil
	case "icon", "generic-icon":
		name, ok := n.Attribute("name")
		if ok && n.Name == "icon" {
			d.icons.Set(t.name, name)
		} else if ok {
			d.genericIcons.Set(t.name, name)
		}
		return ok, nil
	case "root-XML":
		uri, ok := n.Attribute("namespaceURI")
		local, ok2 := n.Attribute("localName")
		if !ok || !ok2 || uri == "" && local == "" || strings.ContainsAny(uri+local, " \n") {
			return false, errField
		}
		d.namespaces.Set(uri+" "+local, &namespace{uri, local, t.name})
		return false, nil
	}
	return false, nil
}

// addGlob reads a glob pattern. One whose weight is refused is there with weight -1, as in the program.
func (d *database) addGlob(t *mimeType, n *xmltree.Node) error {
	pattern, _ := n.Attribute("pattern")
	if pattern == "" {
		return errField
	}
	g := &glob{weight: 50, pattern: pattern, name: t.name}
	var err error
	if s, ok := n.Attribute("weight"); ok {
		g.weight, err = percentage(s)
	}
	if errors.Is(err, xmltree.ErrUnsupported) {
		return err
	}
	if s, _ := n.Attribute("case-sensitive"); s == "true" {
		g.caseSensitive = true
	} else {
		g.pattern = asciiLower(pattern)
	}
	if len(g.pattern) > maxPattern {
		return fmt.Errorf("%w: a pattern of more than %d bytes", xmltree.ErrUnsupported, maxPattern)
	}
	if g.pattern == "*" {
		return fmt.Errorf("%w: the pattern \"*\", for which mime.cache has what is in memory by chance", xmltree.ErrUnsupported)
	}
	list, _ := d.globs.Get(g.pattern)
	d.globs.Set(g.pattern, append(list, g))
	return err
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// percentage reads a weight or a priority, or returns -1 with an error.
func percentage(s string) (int, error) {
	v, rest, err := parseNumber(s, 10)
	if err != nil {
		return -1, err
	}
	if rest != "" || s == "" || v < 0 || v > 100 {
		return -1, errField
	}
	return int(v), nil
}

// staleMedia are the directories in which the program looks for files of types that are no longer there.
var staleMedia = []string{"all", "application", "audio", "font", "image", "inode", "message", "model", "multipart", "text", "video",
	"x-content", "x-epoc", "x-scheme-handler"}

// stale returns the names of XML files in the directories of media whose types are not in the database.
func (d *database) stale(dir fs.FS) ([]string, error) {
	var names []string
	for _, media := range staleMedia {
		entries, err := fs.ReadDir(dir, media)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", media, err)
		}
		if len(entries) > maxEntries {
			return nil, fmt.Errorf("more than %d files in %s", maxEntries, media)
		}
		for _, entry := range entries {
			subtype, ok := strings.CutSuffix(entry.Name(), ".xml")
			if _, known := d.types.Get(media + "/" + subtype); ok && !known && !entry.IsDir() {
				names = append(names, path.Join(media, entry.Name()))
			}
		}
	}
	return names, nil
}
