package assemble_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/image-spec/schema"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
)

// TestConformance: every document of a layout is what the schemas of image-spec say, with every setting, for several
// platforms, with provenance and SBOMs.
func TestConformance(t *testing.T) {
	in := severalInputs(t, "x86_64", "armv7")
	everySetting(in)
	plans, err := in.resolveAll(t.Context(), platforms(t, "linux/amd64", "linux/arm/v7"))
	if err != nil {
		t.Fatal(err)
	}
	defer plans.Close()
	dir := filepath.Join(in.dir, "image")
	output := oci.Reference{Transport: oci.TransportLayout, Path: dir, Name: "latest"}
	options := assemble.WriteOptions{Provenance: true, SBOM: []record.Format{record.SPDX, record.CycloneDX}}
	if _, _, err := plans.Write(t.Context(), output, options); err != nil {
		t.Fatal(err)
	}
	seen := make(map[schema.Validator]int)
	check := func(v schema.Validator, name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Validate(bytes.NewReader(text)); err != nil {
			t.Errorf("%s (%s): %v", name, v, err)
		}
		seen[v]++
		return text
	}
	var visit func(desc v1.Descriptor)
	visit = func(desc v1.Descriptor) {
		name := filepath.Join(v1.ImageBlobsDir, desc.Digest.Algorithm().String(), desc.Digest.Encoded())
		switch desc.MediaType {
		case v1.MediaTypeImageIndex:
			var index v1.Index
			if err := json.Unmarshal(check(schema.ValidatorMediaTypeImageIndex, name), &index); err != nil {
				t.Fatal(err)
			}
			for _, entry := range index.Manifests {
				visit(entry)
			}
		case v1.MediaTypeImageManifest:
			var manifest v1.Manifest
			if err := json.Unmarshal(check(schema.ValidatorMediaTypeManifest, name), &manifest); err != nil {
				t.Fatal(err)
			}
			visit(manifest.Config)
			if manifest.Subject != nil && manifest.ArtifactType == "" {
				t.Errorf("%s has a subject and no artifact type", name)
			}
		case v1.MediaTypeImageConfig:
			check(schema.ValidatorMediaTypeImageConfig, name)
		}
	}
	check(schema.ValidatorMediaTypeLayoutHeader, v1.ImageLayoutFile)
	var index v1.Index
	if err := json.Unmarshal(check(schema.ValidatorMediaTypeImageIndex, v1.ImageIndexFile), &index); err != nil {
		t.Fatal(err)
	}
	for _, entry := range index.Manifests {
		visit(entry)
	}
	// Two platforms, each with three referrers, in an index.
	for v, want := range map[schema.Validator]int{
		schema.ValidatorMediaTypeLayoutHeader: 1, schema.ValidatorMediaTypeImageIndex: 2, schema.ValidatorMediaTypeManifest: 8,
		schema.ValidatorMediaTypeImageConfig: 2,
	} {
		if seen[v] != want {
			t.Errorf("%d of %s, want %d", seen[v], v, want)
		}
	}
}
