package record_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/record"
)

const vexDocument = `{
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://example.com/vex/1",
  "author": "Example <security@example.com>",
  "timestamp": "2026-01-02T03:04:05Z",
  "version": 1,
  "statements": [{
    "vulnerability": {"name": "CVE-2024-0001"},
    "products": [{"@id": "pkg:oci/web?repository_url=registry.example/web", "subcomponents": [{"@id": "pkg:apk/alpine/zlib@1.3.1-r1"}]}],
    "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"
  }]
}`

// TestVEXReferrer: the referrer is the in-toto statement in which Docker Scout and Trivy look for an OpenVEX document (in-toto
// attestation v1; OpenVEX, "Attesting examples").
func TestVEXReferrer(t *testing.T) {
	vex, err := record.ReadVEX(strings.NewReader(vexDocument))
	if err != nil {
		t.Fatal(err)
	}
	subject := imagedoc.Describe("application/vnd.oci.image.manifest.v1+json", []byte("image"))
	r, err := vex.Referrer(subject)
	if err != nil {
		t.Fatal(err)
	}
	if r.Subject.Digest != subject.Digest || r.ArtifactType != "application/vnd.in-toto+json" ||
		r.Annotations["in-toto.io/predicate-type"] != "https://openvex.dev/ns/v0.2.0" {
		t.Errorf("%+v", r)
	}
	var got, want any
	if err := json.Unmarshal(r.Data, &got); err != nil {
		t.Fatal(err)
	}
	statement := `{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns/v0.2.0",
		"subject": [{"digest": {"sha256": "` + subject.Digest.Encoded() + `"}}], "predicate": ` + vexDocument + `}`
	if err := json.Unmarshal([]byte(statement), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
}

func TestReadVEXErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{vexDocument, "", "OpenVEX document: unexpected end of JSON input"},
		{vexDocument, "[]", "OpenVEX document: the document is not an object but a list"},
		{vexDocument, vexDocument + "{}", "OpenVEX document: invalid character"},
		{vexDocument, `{"bomFormat": "CycloneDX"}`, `OpenVEX document: @context is "", not that of OpenVEX, such as "https://openvex.dev/ns/v0.2.0"`},
		{"dev/ns/v0.2.0", "dev/nsx", `OpenVEX document: @context is "https://openvex.dev/nsx", not that of OpenVEX`},
		{`"@id": "https://example.com/vex/1",`, "", `OpenVEX document: "@id" is missing`},
		{`"author"`, `"writer"`, `OpenVEX document: "author" is missing`},
		{`"timestamp"`, `"time"`, `OpenVEX document: "timestamp" is missing`},
		{`"statements"`, `"claims"`, `OpenVEX document: "statements" is missing`},
		{`"version": 1,`, `"version": "` + strings.Repeat("1", 16<<20) + `",`, "larger than 16777216 bytes"},
	} {
		if _, err := record.ReadVEX(strings.NewReader(strings.Replace(vexDocument, c.old, c.new, 1))); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.40s: got %v, want %s", c.new, err, c.want)
		}
	}
}

func FuzzReadVEX(f *testing.F) {
	f.Add(vexDocument)
	f.Add(`{"@context":"https://openvex.dev/ns","@id":"a","author":"b","timestamp":"c","statements":[{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		vex, err := record.ReadVEX(strings.NewReader(text))
		if err != nil {
			return
		}
		r, err := vex.Referrer(imagedoc.Describe("application/vnd.oci.image.manifest.v1+json", nil))
		if err != nil || !json.Valid(r.Data) {
			t.Errorf("%v: %q", err, r.Data)
		}
	})
}
