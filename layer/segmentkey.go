package layer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/lamina-oci/lamina/internal/varint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// segmentKey returns a digest over everything that a segment's bytes depend on: the
// recipe, the package's data with the rules by which its entries are counted, and all
// that the headers say. It is "" for a segment whose content no digest is known of.
func segmentKey(s *segment, recipe Recipe) string { return new(keyWriter).key(s, recipe) }

// keyWriter makes one key after the other with the same memory.
type keyWriter struct{ buffer []byte }

// key is [segmentKey].
func (w *keyWriter) key(s *segment, recipe Recipe) string {
	if s.end {
		return ""
	}
	if s.pkg != nil && s.pkg.DataHash == "" {
		return ""
	}
	b := fmt.Appendf(w.buffer[:0], "%s\n%s\n", segmentFormat, recipe)
	if s.pkg == nil {
		b = append(b, "none\n"...)
	} else {
		b = fmt.Appendf(b, "%s %v\n", s.pkg.DataHash, s.pkg.Generation)
	}
	b = binary.AppendUvarint(b, uint64(len(s.whiteouts)))
	for _, path := range s.whiteouts {
		b = varint.AppendString(b, path)
	}
	b = binary.AppendUvarint(b, uint64(len(s.directories)))
	for _, dir := range s.directories {
		b = appendNode(varint.AppendString(b, dir.path), dir.node)
	}
	b = binary.AppendUvarint(b, uint64(len(s.files)))
	h := sha256.New()
	for _, f := range s.files {
		if len(b) >= 4<<10 {
			h.Write(b)
			b = b[:0]
		}
		b = binary.AppendUvarint(b, uint64(len(f.names)))
		for _, name := range f.names {
			b = varint.AppendString(b, name)
		}
		b = binary.AppendUvarint(appendNode(b, f.node), uint64(entryOf(f.node)))
	}
	h.Write(b)
	w.buffer = b
	return hex.EncodeToString(h.Sum(nil))
}

// appendNode appends what a header says of a file.
func appendNode(b []byte, n *tree.Node) []byte {
	for _, x := range [...]uint64{uint64(n.Type), uint64(n.Mode), uint64(n.UID), uint64(n.GID), uint64(n.Size), uint64(n.Major), uint64(n.Minor)} {
		b = binary.AppendUvarint(b, x)
	}
	b = binary.AppendVarint(b, headerTime(n).Unix())
	b = varint.AppendString(b, n.Target)
	b = binary.AppendUvarint(b, uint64(len(n.Xattrs)))
	if len(n.Xattrs) == 0 {
		return b
	}
	for _, name := range slices.Sorted(maps.Keys(n.Xattrs)) {
		b = varint.AppendString(varint.AppendString(b, name), n.Xattrs[name])
	}
	return b
}
