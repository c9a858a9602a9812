// Package gsettings compiles GSettings schemas as glib-compile-schemas does: byte for byte the file gschemas.compiled.
//
// The form of schemas is that of the manual glib-compile-schemas(1) and of gio's documentation of GSettings; that of the file is GVDB
// (gvdb-format.h), with values as the GVariant specification serialises them. The order of entries in the file is that of GLib's hash tables.
// A test compares it with the real program. A fault that it warns of, and goes on without, is an error here.
package gsettings

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/ghash"
	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

// Bounds of what is read.
const (
	maxFiles    = 1 << 14
	maxFileSize = 16 << 20
)

// Compile compiles the schemas in a directory: *.gschema.xml and *.enums.xml, with the defaults of *.gschema.override. It returns nil
// if there are no schemas.
func Compile(dir fs.FS) ([]byte, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	if len(entries) > maxFiles {
		return nil, fmt.Errorf("more than %d files", maxFiles)
	}
	var files, overrides []string
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasSuffix(name, ".gschema.xml"), strings.HasSuffix(name, ".enums.xml"):
			files = append(files, name)
		case strings.HasSuffix(name, ".gschema.override"):
			overrides = append(overrides, name)
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	slices.SortFunc(files, func(a, b string) int { // enumerations first: schemas refer to them
		if isFirst := strings.HasSuffix(a, ".enums.xml"); isFirst != strings.HasSuffix(b, ".enums.xml") {
			if isFirst {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	slices.Sort(overrides)
	c := &compiler{schemas: ghash.New[*schema](), enums: make(map[string]*enumeration)}
	for _, name := range files {
		if err := readEach(dir, name, c.read); err != nil {
			return nil, err
		}
	}
	for _, name := range overrides {
		if err := readEach(dir, name, c.override); err != nil {
			return nil, err
		}
	}
	return c.write()
}

func readEach(dir fs.FS, name string, read func([]byte) error) error {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := bounded.ReadAll(f, maxFileSize)
	if err == nil {
		err = read(text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

type compiler struct {
	schemas *ghash.Table[*schema]
	enums   map[string]*enumeration
}

type schema struct {
	id, path, domain, extends, listOf string
	keys                              *ghash.Table[*key]
	isTranslated                      bool // a default is
}

type enumeration struct {
	isFlags bool
	info    stringInfo
}

// A key of a schema, or a child, which is a key that ends in a slash.
type key struct {
	typ      string
	child    string // the schema of a child
	byEnum   bool   // info is of an enumeration or of flags
	isFlags  bool
	info     stringInfo
	value    *value // the default
	unparsed string // the default's text
	l10n     byte   // m or t; 0 for none
	context  string
	minimum  *value
	maximum  *value
	desktops *ghash.Table[*value]
}

// element is one of the document: its content is read by its own function.
type element struct{ *xmltree.Node }

// attributes returns the attributes of an element; others than those known are an error.
func (e element) attributes(known string) (map[string]string, error) {
	all := make(map[string]string)
	for _, a := range e.Attributes {
		if a.Prefix != "" || !slices.Contains(strings.Fields(known), a.Name) {
			return nil, fmt.Errorf("<%s>: the attribute %s is not supported", e.Name, a.Name)
		}
		all[a.Name] = a.Value
	}
	if len(e.Declared) > 0 {
		return nil, fmt.Errorf("<%s>: the attribute xmlns is not supported", e.Name)
	}
	if e.Name != "default" && e.Name != "override" && strings.TrimSpace(e.text()) != "" {
		return nil, fmt.Errorf("<%s> has text", e.Name)
	}
	return all, nil
}

// elements are those right below an element.
func (e element) elements() []element {
	var list []element
	for _, n := range e.Children {
		if n.Kind == xmltree.Element {
			list = append(list, element{n})
		}
	}
	return list
}

// text is the text right below an element.
func (e element) text() string {
	var b strings.Builder
	for _, n := range e.Children {
		if n.Kind == xmltree.Text || n.Kind == xmltree.CDATA {
			b.WriteString(n.Text)
		}
	}
	return b.String()
}

// read adds the schemas of a file.
func (c *compiler) read(text []byte) error {
	nodes := maxNodes // of one file
	root, err := xmltree.Parse(text, &nodes)
	if err != nil {
		return err
	}
	list := element{root}
	if list.Name != "schemalist" {
		return fmt.Errorf("want <schemalist>, found <%s>", list.Name)
	}
	top, err := list.attributes("gettext-domain")
	if err != nil {
		return err
	}
	for _, e := range list.elements() {
		switch e.Name {
		case "enum", "flags":
			err = c.readEnum(e)
		case "schema":
			err = c.readSchema(e, top["gettext-domain"])
		default:
			err = fmt.Errorf("<%s> is not supported", e.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) readEnum(e element) error {
	a, err := e.attributes("id")
	if err != nil {
		return err
	}
	if a["id"] == "" || c.enums[a["id"]] != nil {
		return fmt.Errorf("<%s id=%q> has no id, or another has it", e.Name, a["id"])
	}
	out := &enumeration{isFlags: e.Name == "flags"}
	taken := make(map[int64]bool)
	for _, child := range e.elements() {
		v, err := child.attributes("nick value")
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(v["value"], 0, 64)
		if err != nil || n < math.MinInt32 || n > math.MaxUint32 || child.Name != "value" || taken[n] || out.isFlags && (n <= 0 || n&(n-1) != 0) {
			return fmt.Errorf("<%s id=%q> has the value %q, which is not supported", e.Name, a["id"], v["value"])
		}
		taken[n] = true
		if len(v["nick"]) < 2 {
			return fmt.Errorf("<%s id=%q>: nick %q has less than 2 characters", e.Name, a["id"], v["nick"])
		}
		if err := out.info.add(v["nick"], uint32(n)); err != nil {
			return err
		}
	}
	if len(out.info.words) == 0 {
		return fmt.Errorf("<%s id=%q> has no value", e.Name, a["id"])
	}
	c.enums[a["id"]] = out
	return nil
}

func (c *compiler) readSchema(e element, domain string) error {
	a, err := e.attributes("id path gettext-domain extends list-of")
	if err != nil {
		return err
	}
	_, exists := c.schemas.Get(a["id"])
	if _, ok := c.schemas.Get(a["list-of"]); exists || a["id"] == "" || a["list-of"] != "" && !ok {
		return fmt.Errorf("<schema id=%q> has no id, or another has it, or it is a list of what is not there yet", a["id"])
	}
	s := &schema{id: a["id"], path: a["path"], domain: a["gettext-domain"], extends: a["extends"], listOf: a["list-of"], keys: ghash.New[*key]()}
	if s.domain == "" {
		s.domain = domain
	}
	if s.extends != "" {
		above, ok := c.schemas.Get(s.extends)
		if !ok {
			return fmt.Errorf("schema %s extends %s, which is not there yet", s.id, s.extends)
		}
		if above.path != "" {
			return fmt.Errorf("schema %s extends %s, which has a path", s.id, s.extends)
		}
		if s.listOf == "" {
			s.listOf = above.listOf
		}
	}
	isPath := strings.HasPrefix(s.path, "/") && strings.HasSuffix(s.path, "/") && !strings.Contains(s.path, "//")
	isList := s.listOf == "" || strings.HasSuffix(s.path, ":/")
	if s.path != "" && (!isPath || !isList) {
		return fmt.Errorf("schema %s: the path %q is not supported: it begins and ends with a slash, that of a list with :/", s.id, s.path)
	}
	c.schemas.Set(s.id, s)
	for _, k := range e.elements() {
		var err error
		switch k.Name {
		case "key":
			var isTranslated bool
			isTranslated, err = c.readKey(s, k)
			s.isTranslated = s.isTranslated || isTranslated
		case "child":
			err = s.readChild(k)
		case "override":
			err = c.readOverride(s, k)
		default:
			err = fmt.Errorf("<%s> is not supported", k.Name)
		}
		if err != nil {
			return fmt.Errorf("schema %s: %w", s.id, err)
		}
	}
	return nil
}

func (s *schema) add(name string, k *key) error {
	plain := strings.TrimSuffix(name, "/")
	if strings.Trim(plain, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(plain, "-") != plain || strings.Contains(plain, "--") ||
		plain == "" || plain[0] <= '9' || len(plain) > 1024 {
		return fmt.Errorf("key %q: a name has lower-case letters, digits and single dashes, and begins with a letter", plain)
	}
	if _, exists := s.keys.Get(name); exists {
		return fmt.Errorf("key %q is there twice", plain)
	}
	s.keys.Set(name, k)
	return nil
}

func (s *schema) readChild(e element) error {
	a, err := e.attributes("name schema")
	if err != nil {
		return err
	}
	return s.add(a["name"]+"/", &key{child: a["schema"]})
}

// key finds a key of a schema, or of one that it extends.
func (c *compiler) key(s *schema, name string) *key {
	for range maxDepth {
		if k, ok := s.keys.Get(name); ok && k.child == "" {
			return k
		}
		above, ok := c.schemas.Get(s.extends)
		if !ok {
			break
		}
		s = above
	}
	return nil
}

func (c *compiler) write() ([]byte, error) {
	root := newTable()
	for id, s := range c.schemas.All {
		t := newTable()
		root.insertChild(id).table = t
		for name, k := range s.keys.All {
			if k.child != "" {
				t.insertChild(name).value = inVariant(str(k.child))
				continue
			}
			t.insertChild(name).value = inVariant(k.variant())
		}
		t.insertString(".path", s.path)
		t.insertString(".extends", s.extends)
		t.insertString(".list-of", s.listOf)
		if s.isTranslated { // else nothing needs it
			t.insertString(".gettext-domain", s.domain)
		}
	}
	return root.file()
}
