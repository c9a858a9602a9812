package record

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/version"
)

// The structures of CycloneDX 1.6 in JSON, as far as they are used.
type (
	cdxDocument struct {
		Schema       string          `json:"$schema"`
		Format       string          `json:"bomFormat"`
		SpecVersion  string          `json:"specVersion"`
		SerialNumber string          `json:"serialNumber"`
		Version      int             `json:"version"`
		Metadata     cdxMetadata     `json:"metadata"`
		Components   []cdxComponent  `json:"components"`
		Dependencies []cdxDependency `json:"dependencies"`
	}
	cdxMetadata struct {
		Timestamp string       `json:"timestamp"`
		Tools     cdxTools     `json:"tools"`
		Component cdxComponent `json:"component"`
	}
	cdxTools struct {
		Components []cdxComponent `json:"components"`
	}
	cdxComponent struct {
		Type        string         `json:"type"`
		Ref         string         `json:"bom-ref,omitempty"`
		Supplier    *cdxSupplier   `json:"supplier,omitempty"`
		Name        string         `json:"name"`
		Version     string         `json:"version,omitempty"`
		Description string         `json:"description,omitempty"`
		Hashes      []cdxHash      `json:"hashes,omitempty"`
		Licenses    []cdxLicense   `json:"licenses,omitempty"`
		PURL        string         `json:"purl,omitempty"`
		References  []cdxReference `json:"externalReferences,omitempty"`
		Components  []cdxComponent `json:"components,omitempty"`
		Pedigree    *cdxPedigree   `json:"pedigree,omitempty"`
		Properties  []cdxProperty  `json:"properties,omitempty"`
	}
	cdxPedigree struct {
		Ancestors []cdxComponent `json:"ancestors"`
	}
	cdxSupplier struct {
		Name string `json:"name"`
	}
	cdxHash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	cdxLicense struct {
		License    *cdxNamedLicense `json:"license,omitempty"`
		Expression string           `json:"expression,omitempty"`
	}
	cdxNamedLicense struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	}
	cdxReference struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
	cdxProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	cdxDependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

func (i *Contents) writeCycloneDX(w io.Writer, o SBOMOptions) error {
	const root = "image"
	d := &cdxDocument{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		SerialNumber: "urn:uuid:" + i.serial("cyclonedx", o),
		Metadata: cdxMetadata{
			Timestamp: i.created(),
			Tools:     cdxTools{[]cdxComponent{{Type: "application", Name: toolName, Version: version.Read().Version}}},
			Component: cdxComponent{
				Type: "container", Ref: root, Name: root, Version: i.Manifest.String(),
				Hashes:     cdxHashes(i.Manifest),
				Pedigree:   i.cdxPedigree(),
				Properties: []cdxProperty{{"lamina:platform", i.Platform.String()}},
			},
		},
		Components: []cdxComponent{},
	}
	contains := cdxDependency{Ref: root}
	for n, p := range i.Packages {
		d.Components = append(d.Components, i.cdxComponent(n, o))
		needs := cdxDependency{Ref: i.cdxRef(n)}
		for _, need := range p.Needs {
			needs.DependsOn = append(needs.DependsOn, i.cdxRef(need))
		}
		contains.DependsOn = append(contains.DependsOn, needs.Ref)
		d.Dependencies = append(d.Dependencies, needs)
	}
	d.Dependencies = append([]cdxDependency{contains}, d.Dependencies...)
	return jsontext.Write(w, d)
}

// cdxPedigree names the base image, which is no part of its own beside the packages: these have those of the base.
func (i *Contents) cdxPedigree() *cdxPedigree {
	if i.Base.Digest == "" {
		return nil
	}
	return &cdxPedigree{[]cdxComponent{{Type: "container", Name: i.baseLabel(), Version: i.Base.Digest.String(), Hashes: cdxHashes(i.Base.Digest)}}}
}

func cdxHashes(d digest.Digest) []cdxHash {
	return []cdxHash{{"SHA-" + strings.TrimPrefix(d.Algorithm().String(), "sha"), d.Encoded()}}
}

func (i *Contents) cdxRef(n int) string { return i.purl(i.Packages[n].InstalledPackage) }

func (i *Contents) cdxComponent(n int, o SBOMOptions) cdxComponent {
	p := i.Packages[n]
	out := cdxComponent{
		Type: "library", Ref: i.cdxRef(n), Name: p.Name, Version: p.Version, Description: p.Description, PURL: i.cdxRef(n),
		Properties: []cdxProperty{{"lamina:layer", p.Layer.String()}, {"lamina:identity", p.Identity.String()}},
	}
	if sum := sha1Of(p.InstalledPackage, p.Identity); sum != "" {
		out.Hashes = []cdxHash{{"SHA-1", sum}}
	}
	if p.Maintainer != "" {
		out.Supplier = &cdxSupplier{oneLine(p.Maintainer)}
	}
	if p.Origin != "" {
		out.Properties = append(out.Properties, cdxProperty{"lamina:origin", p.Origin})
	}
	if p.Commit != "" {
		out.Properties = append(out.Properties, cdxProperty{"lamina:commit", p.Commit})
	}
	if url := website(p.InstalledPackage); url != "" {
		out.References = []cdxReference{{"website", url}}
	}
	switch l := parseLicense(p.License); {
	case l.isSingle():
		out.Licenses = []cdxLicense{{License: &cdxNamedLicense{ID: l.expression}}}
	case l.isProper:
		out.Licenses = []cdxLicense{{Expression: l.expression}}
	case l.text != "":
		out.Licenses = []cdxLicense{{License: &cdxNamedLicense{Name: l.text}}}
	}
	if !o.Files {
		return out
	}
	for _, dir := range p.Directories {
		for _, f := range dir.Files {
			file := cdxComponent{Type: "file", Name: strings.TrimPrefix(dir.Path+"/"+f.Name, "/")}
			if sum := sha1Of(p.InstalledPackage, f.Checksum); sum != "" {
				file.Hashes = []cdxHash{{"SHA-1", sum}}
			}
			out.Components = append(out.Components, file)
		}
	}
	return out
}

// serial is a UUID of version 8 (RFC 9562) that depends on the image and on what is told of it.
func (i *Contents) serial(kind string, o SBOMOptions) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "lamina sbom 2\n%s %s %s %v", kind, i.Manifest, i.Platform, o.Files))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
