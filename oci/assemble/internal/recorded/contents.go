package recorded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// findContents looks through a layer for files with the hashes.
func findContents(ctx context.Context, l oci.BaseLayer, wanted map[string]tree.Content) error {
	files := tree.New()
	if err := l.ReadInto(ctx, files); err != nil {
		return err
	}
	if len(wanted) == 0 {
		return nil
	}
	var contents []tree.Content
	seen := make(map[*tree.Node]bool) // a file may have several names
	for _, n := range files.All() {
		if n.Type == tree.Regular && n.Content != nil && !seen[n] {
			seen[n] = true
			contents = append(contents, n.Content)
		}
	}
	hash := sha256.New()
	return tree.ReadContents(contents, func(i int, r io.Reader) error {
		hash.Reset()
		if _, err := io.Copy(hash, r); err != nil {
			return err
		}
		sum := hex.EncodeToString(hash.Sum(nil))
		if known, ok := wanted[sum]; ok && known == nil {
			wanted[sum] = contents[i]
		}
		return ctx.Err()
	})
}
