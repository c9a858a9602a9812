package spec

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("lamina.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("lamina.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSchemaKeys: the schema has the keys of the parser, all and no others, and says something of each.
func TestSchemaKeys(t *testing.T) {
	type node struct {
		Description string
		Properties  map[string]*node
		Items       *node
	}
	var root node
	if err := json.Unmarshal([]byte(Schema), &root); err != nil {
		t.Fatal(err)
	}
	var compare func(path string, typ reflect.Type, n *node)
	compare = func(path string, typ reflect.Type, n *node) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			if typ.Kind() == reflect.Slice && n.Items != nil {
				n = n.Items
			}
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || n.Properties == nil {
			if n.Properties != nil {
				t.Errorf("%s: the schema has keys, but the parser has none", path)
			}
			return
		}
		var keys []string
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := f.Tag.Get("yaml")
			if key == "" {
				continue
			}
			keys = append(keys, key)
			below := n.Properties[key]
			if below == nil {
				t.Errorf("%s: the schema lacks the key %s", path, key)
				continue
			}
			if below.Description == "" {
				t.Errorf("%s: the schema does not describe %s", path, key)
			}
			compare(path+"."+key, f.Type, below)
		}
		for key := range n.Properties {
			if !slices.Contains(keys, key) {
				t.Errorf("%s: the parser does not know the key %s", path, key)
			}
		}
	}
	compare("", reflect.TypeFor[Document](), &root)
}

// TestSchema: what the parser takes is valid by the schema, and what it refuses for its form is not.
func TestSchema(t *testing.T) {
	schema := compiledSchema(t)
	for _, text := range []string{
		Example, "{}", "base: scratch", "packages: [1.10, yes, 5, nginx]", "packages:", "config: {cmd: []}",
		"config: {env: {A: 010, B: no, C: ''}, exposedPorts: [80, 443/tcp]}", "annotations: {v: 1.10}",
		"files: [{path: /a, source: a, mode: 755}, {path: /b, source: b, mode: '0o4755'}, {path: /c, type: directory}]",
		"files: [{path: /a, source: b, mode: 77777}]", "files: [{path: /a, source: b, mode: '8'}]", "files: [{path: /a, source: b, type: socket}]",
		"compression: gzip:9", "compression: zstd", "compression: zstd:9", "compression: lz4", "compression: gzip:0", "compression: 'gzip:'",
		"bsae: scratch", "packages: {a: b}", "packages: [{a: b}]", "packages: [[a]]", "packages: nginx", "config: [a]", "config: {Cmd: []}",
		"config: {env: [A]}", "config: {env: {A: [b]}}", "config: {labels: {a: {b: c}}}", "scripts: [a]", "scripts: {skip: {}}", "scripts: {run: []}",
		"files: {path: /a}", "files: [a]", "files: [{source: b}]", "files: [{path: a, source: b}]", "files: [{path: /a, source: b, colour: red}]",
		"include: []", "include: {a: b}", "include: [[a]]",
		"keys: [a.pub, {url: 'https://example.org/a.pub', sha256: '" + strings.Repeat("0", 64) + "'}]", "keys: [{url: 'https://example.org/a.pub'}]",
		"keys: [{url: a, sha256: b}]",
		"os-release: {PRETTY_NAME: a b, VERSION_ID: 3.22}", "os-release: {a-b: c}", "os-release: [a]",
		"files: [{path: /a, type: hardlink, target: /b}, {path: /c, tree: c, merge: true}]",
		"base: [a]", "base: {a: b}", "annotations: [a]", "platforms: linux/amd64", "[]", "text",
	} {
		var s Document
		parsed := s.Parse([]byte(text), "x")
		var value any
		if err := yaml.Load([]byte(text), &value); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(encoded)))
		if err != nil {
			t.Fatal(err)
		}
		if valid := schema.Validate(document); (parsed == nil) != (valid == nil) {
			t.Errorf("%q:\nparser: %v\nschema: %v", text, parsed, valid)
		}
	}
}
