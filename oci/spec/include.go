package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// A spec may include other files, which are parts of specs themselves: include: common.yaml, or a list of names. Mappings of both are
// merged, lists of the spec follow those of the file, and other values of the spec count instead of the file's. Platforms, an
// entrypoint, a cmd and the test of a health check are lists that count as one value.
//
// Included files lie in the spec's directory or below, for the same reason as sources do. Names and paths in them start from their own
// directory.

// Bounds of what a spec includes.
const (
	maxIncludeDepth = 8
	maxIncludes     = 64
)

// inclusion reads the files that a spec includes.
type inclusion struct {
	document *Document
	roots    []*yaml.Node // of files, the spec's own last
	problems []Problem
	count    int
}

// include merges the files that the document includes into its nodes.
func (s *Document) include() []Problem {
	in := &inclusion{document: s}
	own := contentOf(s.root)
	if own == nil || child(own, "include") == nil {
		return nil
	}
	s.included = make(map[*yaml.Node]string)
	merged := in.merge(own, "", ".", nil)
	if len(in.problems) == 0 {
		s.root, s.parts = merged, in.roots
	}
	return in.problems
}

// contentOf returns the mapping of a document, nil if it has none.
func contentOf(root *yaml.Node) *yaml.Node {
	if root != nil && root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		root = root.Content[0]
	}
	if root == nil || root.Kind != yaml.MappingNode {
		return nil
	}
	return root
}

func (in *inclusion) fail(n *yaml.Node, format string, args ...any) {
	in.problems = append(in.problems, Problem{Place: in.document.placeOf(n), Message: fmt.Sprintf(format, args...)})
}

// merge returns the mapping of a file over what it includes. Dir is that of the file, from the spec's; above are the files that lead to
// it.
func (in *inclusion) merge(own *yaml.Node, name, dir string, above []string) *yaml.Node {
	if dir != "." {
		moveInto(own, dir)
	}
	var below *yaml.Node
	for _, n := range namesOf(child(own, "include")) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			in.fail(n, "include is not the name of a file")
			continue
		}
		if included := in.read(n, path.Join(dir, filepath.ToSlash(n.Value)), append(slices.Clip(above), name)); included != nil {
			below = mergeMappings(below, included, "")
		}
	}
	in.roots = append(in.roots, own)
	return mergeMappings(below, own, "")
}

// namesOf returns the items of a list, or a single value.
func namesOf(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return []*yaml.Node{n}
}

// read reads a file that n includes.
func (in *inclusion) read(n *yaml.Node, name string, above []string) *yaml.Node {
	s := in.document
	in.count++
	switch {
	case path.IsAbs(n.Value) || filepath.IsAbs(n.Value) || !filepath.IsLocal(filepath.FromSlash(name)):
		in.fail(n, "include %s: leads out of the spec's directory", n.Value)
		return nil
	case slices.Contains(above, name) || name == filepath.Base(s.name):
		in.fail(n, "include %s: includes itself", n.Value)
		return nil
	case len(above) > maxIncludeDepth:
		in.fail(n, "include %s: more than %d files include each other", n.Value, maxIncludeDepth)
		return nil
	case in.count > maxIncludes:
		in.fail(n, "include %s: more than %d files are included", n.Value, maxIncludes)
		return nil
	}
	text, err := readIncluded(buildcontext.File{Dir: s.dir, Name: filepath.FromSlash(name)})
	if err != nil {
		in.fail(n, "include %s: %v", n.Value, err)
		return nil
	}
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	root := new(yaml.Node)
	if err := yaml.Load(text, root); err != nil {
		for _, p := range problemsOf(err) {
			p.File = file
			in.problems = append(in.problems, p)
		}
		return nil
	}
	content := contentOf(root)
	if content == nil {
		in.fail(n, "include %s: is no mapping in YAML", n.Value)
		return nil
	}
	s.remember(content, file)
	return in.merge(content, name, path.Dir(name), above)
}

// readIncluded reads a file. The error does not name it.
func readIncluded(f buildcontext.File) ([]byte, error) {
	content, err := f.Open()
	if err == nil {
		defer content.Close()
		return bounded.ReadAll(content, specfile.Max)
	}
	inner := (*fs.PathError)(nil)
	switch {
	case buildcontext.LeadsOut(err):
		return nil, errors.New("is reached by a link that leads out of the spec's directory")
	case errors.As(err, &inner):
		return nil, inner.Err
	}
	return nil, err
}

// remember notes the file that nodes are from.
func (s *Document) remember(n *yaml.Node, file string) {
	if _, seen := s.included[n]; seen {
		return
	}
	s.included[n] = file
	for _, inner := range n.Content {
		s.remember(inner, file)
	}
}

// placeOf returns where a node stands.
func (s *Document) placeOf(n *yaml.Node) Place {
	return Place{int(n.Line), int(n.Column), s.included[n]}
}

// isOneValue says which lists count as one value.
func isOneValue(key string) bool {
	return slices.Contains([]string{".include", ".platforms", ".config.entrypoint", ".config.cmd", ".config.healthcheck.test"}, key)
}

// mergeMappings returns the mapping that has what both have, over before that. Either may be nil.
func mergeMappings(below, over *yaml.Node, key string) *yaml.Node {
	if below == nil {
		return over
	}
	merged := *over
	merged.Content = slices.Clone(below.Content)
	for i := 0; i+1 < len(over.Content); i += 2 {
		name, value := over.Content[i], over.Content[i+1]
		at := slices.IndexFunc(merged.Content, func(n *yaml.Node) bool { return n.Value == name.Value })
		for at >= 0 && at%2 == 1 { // a value, not a key
			next := slices.IndexFunc(merged.Content[at+1:], func(n *yaml.Node) bool { return n.Value == name.Value })
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			merged.Content = append(merged.Content, name, value)
			continue
		}
		merged.Content[at], merged.Content[at+1] = name, mergeValues(merged.Content[at+1], value, key+"."+name.Value)
	}
	return &merged
}

func mergeValues(below, over *yaml.Node, key string) *yaml.Node {
	for below.Kind == yaml.AliasNode {
		below = below.Alias
	}
	for over.Kind == yaml.AliasNode {
		over = over.Alias
	}
	switch {
	case below.Kind == yaml.MappingNode && over.Kind == yaml.MappingNode:
		return mergeMappings(below, over, key)
	case below.Kind == yaml.SequenceNode && over.Kind == yaml.SequenceNode && !isOneValue(key):
		merged := *over
		merged.Content = slices.Concat(below.Content, over.Content)
		return &merged
	}
	return over
}

// moveInto makes the names and paths of a file start from the spec's directory, which its own is in.
func moveInto(root *yaml.Node, dir string) {
	moved := make(map[*yaml.Node]bool) // of what aliases stand for, once
	change := func(n *yaml.Node, to func(string) string) {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n != nil && n.Kind == yaml.ScalarNode && n.Value != "" && !moved[n] {
			n.Value, moved[n] = to(n.Value), true
		}
	}
	join := func(p string) string { return path.Join(dir, p) }
	prefix := func(n *yaml.Node) {
		change(n, func(p string) string {
			if path.IsAbs(p) || filepath.IsAbs(p) || strings.Contains(p, "://") {
				return p
			}
			return join(p)
		})
	}
	reference := func(n *yaml.Node) { change(n, func(ref string) string { return inDirectory(ref, join) }) }
	reference(child(root, "base"))
	for _, n := range namesOf(child(root, "keys")) {
		prefix(n)
	}
	for _, n := range namesOf(child(root, "repositories")) {
		change(n, func(line string) string { return repositoryIn(line, join) })
	}
	move := func(list *yaml.Node) {
		for _, f := range namesOf(list) {
			if from := child(f, "from"); from != nil {
				reference(from)
				continue
			}
			for _, key := range []string{"source", "tree", "archive"} {
				if n := child(f, key); key != "archive" || child(f, "url") == nil {
					prefix(n)
				}
			}
		}
	}
	move(child(root, "files"))
	for _, step := range namesOf(child(root, "steps")) {
		move(child(step, "files"))
	}
}
