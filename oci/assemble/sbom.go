package assemble

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/record"
)

// sboms returns the documents about an image that was made, as referrers to it: what sbom.Read would find in it, without
// reading the new layer.
func (p *Plan) sboms(ctx context.Context, m *made, formats []record.Format) ([]oci.Referrer, error) {
	if len(formats) == 0 {
		return nil, nil
	}
	c := new(record.Collector)
	t := tree.New()
	for i, l := range p.Base.Layers {
		err := l.ReadInto(ctx, t)
		if err == nil {
			err = c.Add(t, l.Descriptor.Digest)
		}
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	if err := c.Add(m.tree, m.Layer.Digest); err != nil {
		return nil, err
	}
	var config v1.Image
	if err := json.Unmarshal(m.image.Config, &config); err != nil {
		return nil, err
	}
	image := c.Image(m.Manifest.Digest, m.image.Manifest, m.Platform, config.Created)
	var referrers []oci.Referrer
	for _, format := range formats {
		var document bytes.Buffer
		if err := image.Write(&document, format, record.SBOMOptions{}); err != nil {
			return nil, err
		}
		referrers = append(referrers, oci.Referrer{Subject: m.Manifest, ArtifactType: format.ArtifactType(), Data: document.Bytes()})
	}
	return referrers, nil
}
