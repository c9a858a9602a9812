package spec_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/oci/spec"
)

var update = flag.Bool("update", false, "write docs/spec.md")

// node is what the page uses of a JSON Schema.
type node struct {
	Ref         string          `json:"$ref"`
	Description string          `json:"description"`
	Type        any             `json:"type"`
	Enum        []any           `json:"enum"`
	Required    []string        `json:"required"`
	Properties  json.RawMessage `json:"properties"`
	Items       *node           `json:"items"`
	Additional  json.RawMessage `json:"additionalProperties"`
	OneOf       []*node         `json:"oneOf"`
	AnyOf       []*node         `json:"anyOf"`
	Pattern     string          `json:"pattern"`
}

type page struct {
	t    *testing.T
	defs map[string]*node
	text strings.Builder
}

// members returns the properties of an object in the order of the file.
func (p *page) members(n *node) (names []string, members map[string]*node) {
	if n.Properties == nil {
		return nil, nil
	}
	members = make(map[string]*node)
	if err := json.Unmarshal(n.Properties, &members); err != nil {
		p.t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(n.Properties)))
	d.Token()
	for d.More() {
		name, err := d.Token()
		if err != nil {
			p.t.Fatal(err)
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			p.t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return names, members
}

func (p *page) resolve(n *node) *node {
	if n == nil || n.Ref == "" {
		return n
	}
	to := p.defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
	if to == nil {
		p.t.Fatalf("no definition of %s", n.Ref)
	}
	return to
}

// alternatives returns what a value may be instead.
func (p *page) alternatives(n *node) []*node {
	var all []*node
	for _, other := range slices.Concat(n.OneOf, n.AnyOf) {
		all = append(all, p.resolve(other))
	}
	return all
}

// kind says in a word or two what a value is.
func (p *page) kind(n *node) string {
	if n != nil && n.Ref == "#/$defs/text" { // which YAML may read as a number or a boolean
		return "text"
	}
	n = p.resolve(n)
	if n == nil {
		return ""
	}
	if len(n.Enum) > 0 {
		var words []string
		for _, v := range n.Enum {
			if v != nil {
				words = append(words, fmt.Sprintf("`%v`", v))
			}
		}
		return strings.Join(words, ", ")
	}
	var words []string
	add := func(word string) {
		if word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	types, isList := n.Type.([]any)
	if !isList && n.Type != nil {
		types = []any{n.Type}
	}
	for _, name := range types {
		switch name {
		case "null":
		case "array":
			add(strings.TrimSuffix("list of "+p.kind(n.Items), " of "))
		case "object":
			add("mapping")
		case "boolean":
			add("true or false")
		default:
			add(name.(string))
		}
	}
	for _, other := range p.alternatives(n) {
		add(p.kind(other))
	}
	return strings.Join(words, " or ")
}

// object finds the mapping that a value is, or whose list it is.
func (p *page) object(n *node) *node {
	n = p.resolve(n)
	if n == nil {
		return nil
	}
	if n.Properties != nil {
		return n
	}
	if found := p.object(n.Items); found != nil {
		return found
	}
	for _, other := range p.alternatives(n) {
		if found := p.object(other); found != nil {
			return found
		}
	}
	return nil
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func (p *page) table(n *node, prefix string) {
	names, members := p.members(n)
	p.text.WriteString("| key | value | |\n|---|---|---|\n")
	for _, name := range names {
		m := members[name]
		description := m.Description
		if description == "" {
			description = p.resolve(m).Description
		}
		if slices.Contains(n.Required, name) {
			description = strings.TrimSpace(description + " Required.")
		}
		fmt.Fprintf(&p.text, "| `%s%s` | %s | %s |\n", prefix, name, cell(p.kind(m)), cell(description))
	}
	p.text.WriteString("\n")
}

// below writes the tables of the mappings in an object's members.
func (p *page) below(n *node, path string, depth int) {
	names, members := p.members(n)
	for _, name := range names {
		found := p.object(members[name])
		if found == nil || name == "images" || path == "" && name == "steps" {
			continue
		}
		full := strings.TrimPrefix(path+"."+name, ".")
		fmt.Fprintf(&p.text, "%s %s\n\n", strings.Repeat("#", min(depth, 4)), full)
		p.table(found, "")
		p.below(found, full, depth+1)
	}
}

// TestReference: docs/spec.md says of each key what the schema says. Run with -update after a change of the schema.
func TestReference(t *testing.T) {
	var root struct {
		node
		Defs map[string]*node `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(spec.Schema), &root); err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, defs: root.Defs}
	p.text.WriteString(`# The spec file

These are all keys of a spec, as ` + "`lamina schema`" + ` describes them for editors; ` + "`lamina help spec`" +
		` shows all of them in one example. This page is made
from the schema.

`)
	p.table(&root.node, "")
	p.below(&root.node, "", 2)
	const name = "../../docs/spec.md"
	want := strings.TrimRight(p.text.String(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/spec.md is not what the schema says; run this test with -update (-schema +page):\n%s", diff)
	}
}
