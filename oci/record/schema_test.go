package record_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/record"
)

// schemas checks documents against those of the formats: CycloneDX' own, which come with its Go library, and for SPDX what
// its specification says, in testdata.
type schemas struct{ spdx, cyclonedx *jsonschema.Schema }

func readSchemas(t *testing.T) schemas {
	t.Helper()
	compile := func(main string, files map[string]string) *jsonschema.Schema {
		t.Helper()
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		for url, file := range files {
			text, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer text.Close()
			document, err := jsonschema.UnmarshalJSON(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.AddResource(url, document); err != nil {
				t.Fatal(err)
			}
		}
		schema, err := c.Compile(main)
		if err != nil {
			t.Fatal(err)
		}
		return schema
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(strings.TrimSpace(string(dir)), "schema", name) }
	const at = "http://cyclonedx.org/schema/"
	return schemas{
		spdx: compile("spdx", map[string]string{"spdx": filepath.Join("testdata", "spdx-2.3.schema.json")}),
		cyclonedx: compile(at+"bom-1.6.schema.json", map[string]string{
			at + "bom-1.6.schema.json": in("bom-1.6.schema.json"), at + "spdx.schema.json": in("spdx.schema.json"),
			at + "jsf-0.82.schema.json": in("jsf-0.82.schemax.json"),
		}),
	}
}

func (s schemas) check(t *testing.T, schema *jsonschema.Schema, document []byte) {
	t.Helper()
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Error(err)
	}
}

// TestSchemas: documents are valid by the schemas of their formats for any database.
func TestSchemas(t *testing.T) {
	formats := readSchemas(t)
	checksum := func(text string) string {
		sum := sha1.Sum([]byte(text))
		return "Q1" + base64.StdEncoding.EncodeToString(sum[:])
	}
	var database strings.Builder
	for n, fields := range []string{
		"",
		"T:a \"quoted\" & <b>thing</b>\x01\x7f\nU:https://example.org/a?b=c#d\nL:MIT\nm:A B <a@example.org>\no:one\nc:abc",
		"U:not a URL\nL:none of them, really\nm:\"><script>\no:../../x",
		"U:http://a b/ c\nL:(MIT OR Apache-2.0) AND GPL-2.0-or-later WITH GCC-exception-3.1",
		"U:https://example.org/{name}|x\nL:LicenseRef-own AND ((MIT)",
		"U:javascript:alert(1)\nL:LicenseRef-own",
		"U:http://\nL:custom\nm:\xff\xfe",
	} {
		fmt.Fprintf(&database, "C:%s\nP:package+%d\nV:1.%d-r0\nA:x86_64\nS:1\nI:1\n", checksum(fields), n, n)
		if fields != "" {
			database.WriteString(fields + "\n")
		}
		fmt.Fprintf(&database, "F:usr/a b\nR:fi\"le %d\nZ:%s\nR:nothing\n\n", n, checksum("x"))
	}
	db, err := apk.ReadInstalled(strings.NewReader(database.String()), apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	layer := digest.FromString("layer")
	whole := &record.Contents{Manifest: digest.FromString("manifest"), Platform: oci.Platform{OS: "linux", Architecture: "amd64"},
		Distro: record.Distro{ID: "al pine", Version: "3&"}}
	for n, p := range db.Packages {
		whole.Packages = append(whole.Packages, record.Package{InstalledPackage: p, Layer: layer, Needs: []int{(n + 1) % len(db.Packages)}})
	}
	for _, image := range []*record.Contents{whole, {Manifest: digest.FromString("empty")}, {Manifest: digest.SHA512.FromString("long")}} {
		for _, options := range []record.SBOMOptions{{}, {Files: true}} {
			formats.check(t, formats.spdx, write(t, image, record.SPDX, options))
			formats.check(t, formats.cyclonedx, write(t, image, record.CycloneDX, options))
		}
	}
}
