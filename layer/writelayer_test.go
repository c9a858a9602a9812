package layer

import (
	"context"
	"io"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// writeLayer is Prepare and [Layer.Write] in one.
func writeLayer(ctx context.Context, w io.Writer, base, staged *tree.Tree, packages []*stage.Package, recipe Recipe, o WriteOptions) (*Result, error) {
	l, err := Prepare(ctx, base, staged, packages, recipe, o)
	if err != nil {
		return nil, err
	}
	return l.Write(ctx, w)
}
