package convert

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A document is a spec in the making. Changes of the root file system are added in the order in which they happen. The first part of
// it that fits the fixed order of a spec is at the top, the rest are its steps.
type document struct {
	header       []string // lines of the comment at its beginning
	base         string
	platforms    []string
	repositories []string
	keys         []*yaml.Node
	osRelease    map[string]string
	steps        []*step
	config       config
	annotations  map[string]string

	// isOrdered means that apk does nothing before the first step, as in a Dockerfile.
	isOrdered bool
}

// step has the lists of a step.
type step struct {
	packages []string
	upgrade  string
	groups   []*yaml.Node
	users    []*yaml.Node
	files    []*yaml.Node
	run      []string
	at       rank   // of the last list that it has
	user     string // who runs run
}

// rank is the place of a list in the fixed order.
type rank int

const (
	rankStart rank = iota
	rankPackages
	rankGroups
	rankUsers
	rankFiles
	rankRun
)

// config are the settings of the image, in the order in which a spec has them.
type config struct {
	entrypoint, cmd, exposedPorts, volumes []string // nil for none
	env                                    map[string]string
	user, workingDir, stopSignal           string
	healthcheck                            *yaml.Node
	shell                                  []string
	labels                                 map[string]string
	author                                 string
}

func newDocument() *document { return &document{steps: []*step{{}}} }

// next returns the step that a list of a rank may be added to. It is not inlined, which saves space.
//
//go:noinline
func (d *document) next(r rank) *step {
	last := d.steps[len(d.steps)-1]
	if r < last.at || r == rankPackages && last.at == rankPackages {
		last = new(step)
		d.steps = append(d.steps, last)
	}
	last.at = r
	return last
}

func (d *document) addPackages(upgrade string, names ...string) {
	s := d.next(rankPackages)
	s.packages, s.upgrade = append(s.packages, names...), upgrade
}

func (d *document) addGroup(entry *yaml.Node) {
	s := d.next(rankGroups)
	s.groups = append(s.groups, entry)
}

func (d *document) addUser(entry *yaml.Node) {
	s := d.next(rankUsers)
	s.users = append(s.users, entry)
}

func (d *document) addFile(entry *yaml.Node) {
	s := d.next(rankFiles)
	s.files = append(s.files, entry)
}

func (d *document) addRun(text string) { d.addRunAs("", text) }

// addRunAs adds shell text that a user runs; "" is root. Only steps have a user, and the same one for all of their texts.
func (d *document) addRunAs(user, text string) {
	s := d.next(rankRun)
	if s.user != user && (len(s.run) > 0 || s == d.steps[0]) {
		s = &step{at: rankRun}
		d.steps = append(d.steps, s)
	}
	s.user, s.run = user, append(s.run, text)
}

// text returns the spec as YAML, with its keys in the order in which "lamina help spec" has them.
func (d *document) text() ([]byte, error) {
	root := new(entry)
	root.text("base", d.base)
	root.words("platforms", d.platforms)
	root.words("repositories", d.repositories)
	root.list("keys", d.keys)
	if first := d.steps[0]; d.isOrdered && len(first.packages) == 0 && first.upgrade == "" {
		root.given("packages", []string{})
	}
	d.steps[0].write(root, d.osRelease)
	var rest []*yaml.Node
	for _, s := range d.steps[1:] {
		e := new(entry)
		s.write(e, nil)
		rest = append(rest, e.node(0))
	}
	root.list("steps", rest)
	root.nest("config", d.config.entry())
	root.nest("annotations", texts(d.annotations))
	out := root.node(0)
	if len(out.Content) == 0 {
		return []byte(comment(d.header) + "{}\n"), nil
	}
	body, err := yaml.Dump(out, yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false),
		yaml.WithQuotePreference(yaml.QuoteDouble))
	return append([]byte(comment(d.header)), body...), err
}

// comment returns lines as a comment.
func comment(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
				return ' '
			}
			return r
		}, line)
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	return b.String()
}

func (s *step) write(e *entry, osRelease map[string]string) {
	e.words("packages", s.packages)
	e.text("upgrade", s.upgrade)
	e.nest("os-release", texts(osRelease))
	e.list("groups", s.groups)
	e.list("users", s.users)
	e.list("files", s.files)
	e.text("user", s.user)
	e.scripts("run", s.run)
}

func (c *config) entry() *entry {
	e := new(entry)
	e.given("entrypoint", c.entrypoint)
	e.given("cmd", c.cmd)
	e.given("exposedPorts", c.exposedPorts)
	e.given("volumes", c.volumes)
	e.nest("env", texts(c.env))
	e.text("user", c.user)
	e.text("workingDir", c.workingDir)
	e.text("stopSignal", c.stopSignal)
	if c.healthcheck != nil {
		e.add("healthcheck", c.healthcheck)
	}
	e.words("shell", c.shell)
	e.nest("labels", texts(c.labels))
	e.text("author", c.author)
	return e
}

// An entry is a mapping in the making. Empty values are left out.
type entry struct{ content []*yaml.Node }

func (e *entry) add(key string, value *yaml.Node) { e.content = append(e.content, scalar(key), value) }

// node returns the mapping.
func (e *entry) node(style yaml.Style) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: style, Content: e.content}
}

// flow returns the mapping as one line, or with a line for each key if a text has several lines itself.
func (e *entry) flow() *yaml.Node {
	style := yaml.FlowStyle
	for _, n := range e.content {
		if n.Kind == yaml.ScalarNode && strings.Contains(strings.TrimRight(n.Value, "\n"), "\n") {
			n.Style, style = yaml.LiteralStyle, 0
		}
	}
	return e.node(style)
}

func (e *entry) text(key, value string) *entry {
	if value != "" {
		e.add(key, scalar(value))
	}
	return e
}

// exact adds a text that may be empty.
func (e *entry) exact(key, value string) *entry {
	e.add(key, scalar(value))
	return e
}

func (e *entry) flag(key string, value bool) *entry {
	if value {
		e.add(key, tagged("!!bool", "true"))
	}
	return e
}

func (e *entry) number(key string, value *uint64) *entry {
	if value != nil {
		e.add(key, tagged("!!int", strconv.FormatUint(*value, 10)))
	}
	return e
}

// mode adds permissions in octal.
func (e *entry) mode(key string, value *uint16) *entry {
	if value != nil {
		e.add(key, octal(*value))
	}
	return e
}

func octal(mode uint16) *yaml.Node {
	return tagged("!!int", fmt.Sprintf("%04o", mode))
}

// words adds a list on one line, unless it is empty.
func (e *entry) words(key string, values []string) *entry {
	if len(values) > 0 {
		e.given(key, values)
	}
	return e
}

// given adds a list on one line unless it is nil.
func (e *entry) given(key string, values []string) {
	if values == nil {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, value := range values {
		list.Content = append(list.Content, scalar(value))
	}
	e.add(key, list)
}

// scripts adds shell texts. One that YAML would put in quotes, or that has several lines, is a block of its own.
func (e *entry) scripts(key string, values []string) {
	var nodes []*yaml.Node
	for _, value := range values {
		n := scalar(value)
		needsQuotes := strings.ContainsAny(value, `'"`) && (strings.Contains(value, ": ") || strings.Contains(value, " #"))
		if isBlock(value) && (needsQuotes || strings.Contains(value, "\n")) {
			n.Style = yaml.LiteralStyle
			n.Value = strings.TrimRight(value, "\n") + "\n"
		}
		nodes = append(nodes, n)
	}
	e.list(key, nodes)
}

// isBlock reports whether a text can be written as a literal block as it is.
func isBlock(text string) bool {
	return text != "" && text[0] != ' ' && text[0] != '\n' && text[0] != '\t' && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffd
	}) && !strings.HasSuffix(text, "\n\n")
}

func (e *entry) list(key string, nodes []*yaml.Node) {
	if len(nodes) > 0 {
		e.add(key, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: nodes})
	}
}

// nest adds a mapping, on one line if it is short.
func (e *entry) nest(key string, inner *entry) *entry {
	if len(inner.content) == 0 {
		return e
	}
	style, length := yaml.FlowStyle, len(key)
	for _, n := range inner.content {
		if length += len(n.Value) + 2; n.Kind != yaml.ScalarNode {
			length += 1000
		}
	}
	if length > 100 {
		style = 0
	}
	e.add(key, inner.node(style))
	return e
}

// texts returns a mapping of texts in the order of their names.
func texts(values map[string]string) *entry {
	e := new(entry)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		e.exact(name, values[name])
	}
	return e
}

func scalar(value string) *yaml.Node {
	return tagged("!!str", value)
}

// tagged is called in a hundred places, and a node is large to fill in.
//
//go:noinline
func tagged(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}
