package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
)

// maxVEX is the size of the largest VEX document, in bytes. Trivy reads attestations of up to 20 MiB.
const maxVEX = 16 << 20

const openVEX = "https://openvex.dev/ns"

// VEX is an OpenVEX document: which vulnerabilities of packages do not affect an image, and why.
type VEX struct {
	context string // the version of OpenVEX
	text    json.RawMessage
}

// ReadVEX reads an OpenVEX document in JSON (OpenVEX specification 0.2.0, and 0.0 before it). It checks that the members that every document
// has are present, not what the statements say.
func ReadVEX(r io.Reader) (*VEX, error) {
	text, err := bounded.ReadAll(r, maxVEX)
	if err != nil {
		return nil, err
	}
	var document struct {
		Context    string            `json:"@context"`
		ID         string            `json:"@id"`
		Author     string            `json:"author"`
		Timestamp  string            `json:"timestamp"`
		Statements []json.RawMessage `json:"statements"`
	}
	if err := jsontext.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("OpenVEX document: %w", err)
	}
	if document.Context != openVEX && !strings.HasPrefix(document.Context, openVEX+"/v") {
		return nil, fmt.Errorf("OpenVEX document: @context is %q, not that of OpenVEX, such as %q", document.Context, openVEX+"/v0.2.0")
	}
	for _, member := range [...]struct {
		name  string
		isSet bool
	}{{"@id", document.ID != ""}, {"author", document.Author != ""}, {"timestamp", document.Timestamp != ""}, {"statements", len(document.Statements) > 0}} {
		if !member.isSet {
			return nil, fmt.Errorf("OpenVEX document: %q is missing", member.name)
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("OpenVEX document: %w", err)
	}
	return &VEX{document.Context, compact.Bytes()}, nil
}

// Referrer returns the referrer that puts the document beside an image or an index: an in-toto statement, without a signature, whose
// predicate is the document. Trivy (image --vex oci) and Docker Scout find it by its artifact type and annotation.
func (v *VEX) Referrer(image v1.Descriptor) (oci.Referrer, error) {
	statement, err := jsontext.Marshal(struct {
		Type          string               `json:"_type"`
		Subject       []ResourceDescriptor `json:"subject"`
		PredicateType string               `json:"predicateType"`
		Predicate     json.RawMessage      `json:"predicate"`
	}{statementType, []ResourceDescriptor{{Digest: DigestSet(image.Digest)}}, v.context, v.text})
	return oci.Referrer{
		Subject: image, ArtifactType: ProvenanceType, Data: statement, Annotations: map[string]string{"in-toto.io/predicate-type": v.context},
	}, err
}
