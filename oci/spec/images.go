package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/suggest"
)

// A spec may describe several images: images: {web: {packages: [nginx]}, worker: {…}}. Each is what the spec says without images, with its
// own part over it, as if the part included the rest.

// imageNames are the names of a spec's images, in order.
type imageNames []string

func (i *imageNames) UnmarshalYAML(n *yaml.Node) error {
	var parts map[string]yaml.Node
	if err := n.Load(&parts); err != nil {
		return err
	}
	*i = slices.Sorted(maps.Keys(parts))
	if *i == nil {
		*i = imageNames{}
	}
	return nil
}

var imageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// chooseImage merges the part of the image that is asked for into the document's nodes. Parts of others are read too, for what is wrong
// with them.
func (s *Document) chooseImage() []Problem {
	top := contentOf(s.root)
	if top == nil {
		return nil
	}
	images := child(top, "images")
	var problems []Problem
	fail := func(n *yaml.Node, format string, args ...any) {
		problems = append(problems, Problem{Place: s.placeOf(n), Message: fmt.Sprintf(format, args...)})
	}
	var chosen *yaml.Node
	var names []string
	if images != nil && images.Kind == yaml.MappingNode {
		if s.parts == nil {
			s.parts = []*yaml.Node{top}
		}
		for i := 0; i+1 < len(images.Content); i += 2 {
			key, part := images.Content[i], images.Content[i+1]
			if part.Kind == yaml.AliasNode {
				part = part.Alias
			}
			switch {
			case !imageName.MatchString(key.Value):
				fail(key, "%q is not the name of an image: want letters, digits and . _ -, beginning with a letter or a digit", key.Value)
				continue
			case part.Kind != yaml.MappingNode:
				fail(part, "image %s is no mapping", key.Value)
				continue
			case child(part, "images") != nil || child(part, "include") != nil:
				fail(key, "image %s has images or include: only the spec itself has them", key.Value)
				continue
			}
			names = append(names, key.Value)
			s.parts = append(s.parts, part)
			if key.Value == s.image {
				chosen = part
			}
		}
	}
	switch {
	case s.image == "" || len(problems) > 0:
		return problems
	case len(names) == 0:
		fail(top, "the spec has no images, and image %s is asked for", s.image)
	case chosen == nil:
		message := fmt.Sprintf("the spec has no image %s, only %s", s.image, strings.Join(names, ", "))
		if near := suggest.Near(s.image, slices.Values(names)); len(near) > 0 {
			message += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		fail(images, "%s", message)
	default:
		shared := *top
		shared.Content = nil
		for i := 0; i+1 < len(top.Content); i += 2 {
			if key := top.Content[i].Value; key != "images" {
				shared.Content = append(shared.Content, top.Content[i:i+2]...)
			}
		}
		s.root = mergeMappings(&shared, chosen, "")
	}
	return problems
}

// checkChosen returns an error if the spec describes several images and none was chosen.
func (s *Document) checkChosen() error {
	if len(s.Images) == 0 || s.image != "" {
		return nil
	}
	err := fmt.Errorf("%s: describes the images %s", s.at("images").in(s.name), strings.Join(s.Images, ", "))
	return hint.With(err, "choose one: --image "+s.Images[0])
}
