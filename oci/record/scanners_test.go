package record_test

import (
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/layout"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestScannersFindDocuments: the documents beside an image are where Trivy looks for them: referrers of the artifact types
// that it lists (its pkg/oci/artifact.go, for SBOMs and for attestations), with one layer, whose media type is the artifact type
// (pkg/fanal/artifact/image/remote_sbom.go and pkg/oci/artifact.go, Download).
func TestScannersFindDocuments(t *testing.T) {
	for kind, want := range map[string]string{
		record.SPDX.ArtifactType():      "application/spdx+json",
		record.CycloneDX.ArtifactType(): "application/vnd.cyclonedx+json",
		record.ProvenanceType:           "application/vnd.in-toto+json",
	} {
		if kind != want {
			t.Errorf("artifact type %q, want %q", kind, want)
		}
		ref := ocitest.LayoutReference(t.TempDir(), "v1")
		d, err := transport.Create(t.Context(), ref, transport.Options{})
		if err != nil {
			t.Fatal(err)
		}
		subject, err := d.Put(t.Context(), v1.MediaTypeImageManifest, []byte(`{"schemaVersion":2,"layers":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		desc, err := d.PutReferrer(t.Context(), oci.Referrer{Subject: subject, ArtifactType: kind, Data: []byte("{}")})
		if err == nil {
			err = d.Commit(t.Context(), subject, desc)
		}
		if err != nil {
			t.Fatal(err)
		}
		store, err := layout.OpenStore(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		index, err := store.Index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if entry := index.Manifests[1]; entry.ArtifactType != kind {
			t.Errorf("%s: its entry says %q", kind, entry.ArtifactType)
		}
		manifest := ocitest.ReadOutput[v1.Manifest](t, ref.Path, desc)
		if len(manifest.Layers) != 1 || manifest.Layers[0].MediaType != kind || manifest.ArtifactType != kind || manifest.Subject == nil ||
			manifest.Subject.Digest != subject.Digest {
			t.Errorf("%s: manifest %+v", kind, manifest)
		}
	}
}
