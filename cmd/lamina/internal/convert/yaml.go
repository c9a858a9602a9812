package convert

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/hint"
)

// A yamlFile is a file in YAML that is read with notes on what in it is not as expected.
type yamlFile struct {
	*conversion
	name    string
	visited int // nodes
	vars    func(text string, line int) string
}

// maxNodes bounds what is read of a file, aliases counted as often as they occur.
const maxNodes = 200_000

// parse reads the text of a file, which is one mapping.
func (f *yamlFile) parse(text []byte) (*mapping, error) {
	root := new(yaml.Node)
	if err := yaml.Load(text, root); err != nil {
		where := f.name
		var list *yaml.LoadErrors
		one := (*yaml.LoadError)(nil)
		switch {
		case errors.As(err, &list) && len(list.Errors) > 0:
			one = list.Errors[0]
		case errors.As(err, &one):
		}
		message := strings.TrimPrefix(err.Error(), "yaml: ")
		if one != nil {
			where, message = fmt.Sprintf("%s:%d", f.name, one.Mark.Line), strings.TrimPrefix(one.Message, "yaml: ")
		}
		return nil, hint.Errorf("%s: %s", where, message).With("correct the file: it must be one document in YAML")
	}
	if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		root = root.Content[0]
	}
	if root.Kind != yaml.MappingNode {
		return nil, hint.Errorf("%s: is no mapping in YAML", f.name).With("correct the file, or say what it is with --from")
	}
	return f.mapping(root, ""), nil
}

// resolve follows aliases. A file with too many values for what it is gives nothing from there on.
func (f *yamlFile) resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if f.visited++; f.visited > maxNodes {
		if f.visited == maxNodes+1 {
			f.lose(f.name, int(n.Line), "shorten the file, or repeat fewer aliases", "the file has more than %d values", maxNodes)
		}
		return nil
	}
	return n
}

// mapping is a mapping of the file, whose keys are taken one by one. Keys that nobody has taken are noted by done.
type mapping struct {
	file *yamlFile
	path string // of keys, "" for the whole file
	line int
	keys []string
	at   map[string]*value

	// below, if not nil, is the mapping of a file that this one includes: its lists go before those of this one, its other values count
	// where this one has none.
	below *mapping
}

// value is a value of a mapping or a list.
type value struct {
	file *yamlFile
	path string
	node *yaml.Node
	line int
}

func (f *yamlFile) mapping(n *yaml.Node, path string) *mapping {
	m := &mapping{file: f, path: path, line: int(n.Line), at: make(map[string]*value)}
	m.merge(n, 0)
	return m
}

// merge adds the keys of a node, those of << after its own.
func (m *mapping) merge(n *yaml.Node, depth int) {
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, inner := n.Content[i], m.file.resolve(n.Content[i+1])
		switch {
		case inner == nil:
			return
		case key.Tag == "!!merge" || key.Value == "<<" && key.Style == 0:
			merged = append(merged, inner)
		case m.at[key.Value] == nil:
			m.keys = append(m.keys, key.Value)
			m.at[key.Value] = &value{m.file, strings.TrimPrefix(m.path+"."+key.Value, "."), inner, int(key.Line)}
		}
	}
	for _, inner := range merged {
		if inner.Kind == yaml.MappingNode && depth < 8 {
			m.merge(inner, depth+1)
		}
	}
}

// take returns a value, nil if it is missing or null, and counts it as read.
func (m *mapping) take(key string) *value {
	if m == nil {
		return nil
	}
	below := m.below.take(key)
	v := m.at[key]
	if v == nil {
		return below
	}
	delete(m.at, key)
	if v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null" {
		return below
	}
	return v
}

// done notes the keys that nobody has taken.
func (m *mapping) done() {
	if m == nil {
		return
	}
	m.below.done()
	for _, key := range m.keys {
		if v := m.at[key]; v != nil {
			m.file.lose(m.file.name, v.line, "say it in the spec if it matters", "%s is not known and left out", v.path)
		}
	}
}

// skip counts keys as read that say nothing about the image, with a note on each.
func (m *mapping) skip(why string, keys ...string) {
	for _, key := range keys {
		if v := m.take(key); v != nil {
			m.file.tell(m.file.name, v.line, "", "%s is left out: %s", v.path, why)
		}
	}
}

// text takes a text; numbers and words are taken as they are written.
func (m *mapping) text(key string) string { return m.take(key).text() }

func (v *value) text() string {
	switch {
	case v == nil:
		return ""
	case v.node.Kind != yaml.ScalarNode:
		v.wrong("a text")
		return ""
	case v.file.vars != nil:
		return v.file.vars(v.node.Value, v.line)
	}
	return v.node.Value
}

func (v *value) wrong(want string) {
	v.file.lose(v.file.name, v.line, "correct it", "%s is not %s and left out", v.path, want)
}

// flag takes true or false.
func (m *mapping) flag(key string) bool {
	v := m.take(key)
	switch text := v.text(); text {
	case "true":
		return true
	case "", "false":
	default:
		v.wrong("true or false")
	}
	return false
}

// number takes a number that is not negative, nil if it is missing.
func (m *mapping) number(key string) *uint64 {
	v := m.take(key)
	if v == nil {
		return nil
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(v.text(), "_", ""), 0, 32)
	if err != nil {
		v.wrong("a number")
		return nil
	}
	return &n
}

// mode takes permissions: octal as YAML writes it, 0o755 or 0755, or in text without a prefix.
func (m *mapping) mode(key string) *uint16 {
	v := m.take(key)
	if v == nil {
		return nil
	}
	text := v.text()
	base := 8
	if v.node.Tag == "!!int" && !strings.HasPrefix(text, "0") {
		base = 10 // so YAML has it
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "0o"), base, 16)
	if err != nil || n > 0o7777 {
		v.wrong("permissions in octal, such as 0o755")
		return nil
	}
	mode := uint16(n)
	return &mode
}

// inner takes a mapping, nil if it is missing.
func (m *mapping) inner(key string) *mapping {
	if m == nil {
		return nil
	}
	below := m.below.inner(key)
	v := m.at[key]
	if v == nil || v.node.Tag == "!!null" {
		return below
	}
	delete(m.at, key)
	inner := v.mapping()
	if inner == nil {
		return below
	}
	inner.below = below
	return inner
}

func (v *value) mapping() *mapping {
	switch {
	case v == nil:
		return nil
	case v.node.Kind != yaml.MappingNode:
		v.wrong("a mapping")
		return nil
	}
	return v.file.mapping(v.node, v.path)
}

// list takes a list.
func (m *mapping) list(key string) []*value {
	if m == nil {
		return nil
	}
	items := m.below.list(key)
	v := m.at[key]
	if v == nil {
		return items
	}
	delete(m.at, key)
	return append(items, v.list()...)
}

// list returns the items of a list.
func (v *value) list() []*value {
	switch {
	case v == nil || v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null":
		return nil
	case v.node.Kind != yaml.SequenceNode:
		v.wrong("a list")
		return nil
	}
	var items []*value
	for i, n := range v.node.Content {
		if n = v.file.resolve(n); n == nil {
			break
		}
		items = append(items, &value{v.file, fmt.Sprintf("%s[%d]", v.path, i), n, int(n.Line)})
	}
	return items
}

// texts takes a list of texts.
func (m *mapping) texts(key string) []string {
	var list []string
	for _, v := range m.list(key) {
		if text := v.text(); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// words takes a list of texts in which empty ones count, nil if it is missing.
func (m *mapping) words(key string) []string {
	v := m.take(key)
	if v == nil {
		return nil
	}
	list := []string{}
	for _, item := range v.list() {
		list = append(list, item.text())
	}
	return list
}

// pairs takes a mapping of texts, with their lines.
func (m *mapping) pairs(key string) map[string]string {
	inner := m.inner(key)
	if inner == nil {
		return nil
	}
	pairs := make(map[string]string)
	for ; inner != nil; inner = inner.below {
		for _, name := range inner.keys {
			if _, isSet := pairs[name]; isSet {
				continue
			}
			if pairs[name] = ""; inner.at[name].node.Tag != "!!null" {
				pairs[name] = inner.at[name].text()
			}
		}
	}
	return pairs
}
