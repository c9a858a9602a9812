package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/suggest"
)

// A spec's args are texts that stand for ${NAME} in its other values, with defaults that --arg replaces. Other names in ${…}
// stay as they are: they are variables of shells, or ${APK_ARCH}.

var argReference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// substitute puts the args, those given before those of the document, into its values. It reports wrong ones.
func (s *Document) substitute() []Problem {
	document, given := s.root, s.given
	if document.Kind == yaml.DocumentNode && len(document.Content) > 0 {
		document = document.Content[0]
	}
	declared := child(document, "args")
	values := make(map[string]string)
	var problems []Problem
	if declared != nil && declared.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(declared.Content); i += 2 {
			key, value := declared.Content[i], declared.Content[i+1]
			text, isGiven := given[key.Value]
			switch {
			case argReference.FindString("${"+key.Value+"}") == "":
				problems = append(problems, Problem{Place: s.placeOf(key), Message: fmt.Sprintf("%q is not a name: want letters, digits and _", key.Value)})
			case isGiven:
				values[key.Value] = text
			case value.Kind == yaml.ScalarNode && value.Tag != "!!null":
				values[key.Value] = value.Value
			case value.Kind == yaml.ScalarNode:
				message := fmt.Sprintf("arg %s has no default: give --arg %s=VALUE", key.Value, key.Value)
				problems = append(problems, Problem{Place: s.placeOf(key), Message: message})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := values[name]; ok {
			continue
		}
		message := fmt.Sprintf("the spec has no arg %s", name)
		if near := suggest.Near(name, maps.Keys(values)); len(near) > 0 {
			message += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		problems = append(problems, Problem{Message: message})
	}
	if len(values) > 0 {
		replaceArgs(document, declared, values)
		for _, part := range s.parts { // with what the document has other values for
			replaceArgs(part, child(part, "args"), values)
		}
	}
	return problems
}

// replaceArgs replaces references in all values below a node but those of the args themselves.
func replaceArgs(node, declared *yaml.Node, values map[string]string) {
	if node == declared {
		return
	}
	switch node.Kind {
	case yaml.ScalarNode:
		replaced := argReference.ReplaceAllStringFunc(node.Value, func(reference string) string {
			if value, ok := values[reference[2:len(reference)-1]]; ok {
				return value
			}
			return reference
		})
		if replaced != node.Value {
			node.Value = replaced
			if node.Style == 0 {
				node.Tag = "" // a number may be one now
			}
		}
	case yaml.MappingNode:
		for i := 1; i < len(node.Content); i += 2 {
			replaceArgs(node.Content[i], declared, values)
		}
	default:
		for _, item := range node.Content {
			replaceArgs(item, declared, values)
		}
	}
}
