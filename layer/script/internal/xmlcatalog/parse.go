package xmlcatalog

import (
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/script/internal/xmltree"
)

const namespace = "urn:oasis:names:tc:entity:xmlns:xml:catalog"

// parse returns the elements right below the root that are a catalog's.
func parse(catalog []byte) ([]*xmltree.Node, error) {
	nodes := 4 * maxEntries // entries, the space between them, comments
	root, err := xmltree.Parse(catalog, &nodes)
	if err != nil {
		return nil, fmt.Errorf("the catalog: %w", err)
	}
	if root.Name != "catalog" || root.Space != namespace {
		return nil, errors.New("the file is not an XML catalog")
	}
	var list []*xmltree.Node
	for _, n := range append([]*xmltree.Node{root}, root.Children...) {
		if n.Kind != xmltree.Element || n.Space != namespace {
			continue
		}
		if n.Prefix != "" {
			return nil, fmt.Errorf("a catalog with the prefix %q: %w", n.Prefix, errors.ErrUnsupported)
		}
		if _, ok := n.AttributeNS(xmltree.XMLSpace, "base"); ok {
			return nil, fmt.Errorf("a catalog with xml:base: %w", errors.ErrUnsupported)
		}
		if n != root {
			list = append(list, n)
		}
	}
	if len(list) > maxEntries {
		return nil, fmt.Errorf("more than %d entries", maxEntries)
	}
	return list, nil
}
