package adb

import (
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
)

// ParseInstalled parses the metadata of a dump of an installed database (schema [SchemaInstalled]), and returns its packages in their
// order. apk convdb writes such dumps and apk adbdump reads them; apk itself installs into the text database only (apk/FORMAT.md 18.6).
//
// Each package is a blob of blocks of its own. What all of them expand to is bounded together, since they may share bytes.
func ParseInstalled(metadata []byte) ([]*Package, error) {
	d := newDecoder(metadata)
	items := d.table(d.table(d.root()).get(1))
	var list []*Package
	for i := range items.n {
		nested := decoder{spent: d.spent}
		nested.text, nested.err = metadataOf(d.blob(items.get(i + 1)))
		if d.err != nil {
			break
		}
		if nested.err == nil && nested.spend(packageSize) {
			list = append(list, nested.pkg())
		}
		if nested.err != nil {
			return nil, fmt.Errorf("package %d: %w", i+1, nested.err)
		}
		d.spent = nested.spent
	}
	if d.err != nil {
		return nil, d.err
	}
	return list, nil
}

// packageSize is what a package costs in memory, in bytes, without what it refers to.
const packageSize = 600

// metadataOf returns the payload of the only block in a blob, which must be metadata.
func metadataOf(blob string) (string, error) {
	text := strings.NewReader(blob)
	h, err := (&Reader{in: text}).header()
	if err != nil {
		return "", bounded.UnexpectedEOF(err)
	}
	start := int64(len(blob) - text.Len())
	switch {
	case h.typ != blockMetadata:
		return "", fmt.Errorf("a block of type %d in place of metadata", h.typ)
	case h.size < minNested:
		return "", fmt.Errorf("metadata of %d bytes, want at least %d", h.size, minNested)
	case h.size > int64(len(blob))-start:
		return "", io.ErrUnexpectedEOF
	case start+h.size+h.padding != int64(len(blob)) && start+h.size != int64(len(blob)):
		return "", fmt.Errorf("more data behind the metadata of %d bytes", h.size)
	}
	payload := blob[start : start+h.size]
	if payload[0] != 0 {
		return "", fmt.Errorf("metadata of the incompatible version %d", payload[0])
	}
	return payload, nil
}

// minNested is how long the metadata of a blob must at least be, in bytes.
const minNested = 8
