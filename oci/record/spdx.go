package record

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/version"
)

// The structures of SPDX 2.3 in JSON, as far as they are used.
type (
	spdxDocument struct {
		SPDXVersion       string             `json:"spdxVersion"`
		DataLicense       string             `json:"dataLicense"`
		SPDXID            string             `json:"SPDXID"`
		Name              string             `json:"name"`
		DocumentNamespace string             `json:"documentNamespace"`
		CreationInfo      spdxCreation       `json:"creationInfo"`
		Packages          []spdxPackage      `json:"packages"`
		Files             []spdxFile         `json:"files,omitempty"`
		Licenses          []spdxLicense      `json:"hasExtractedLicensingInfos,omitempty"`
		Relationships     []spdxRelationship `json:"relationships"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		SPDXID           string         `json:"SPDXID"`
		Name             string         `json:"name"`
		Version          string         `json:"versionInfo,omitempty"`
		Supplier         string         `json:"supplier,omitempty"`
		Originator       string         `json:"originator,omitempty"`
		DownloadLocation string         `json:"downloadLocation"`
		FilesAnalyzed    bool           `json:"filesAnalyzed"`
		Verification     *spdxCode      `json:"packageVerificationCode,omitempty"`
		Checksums        []spdxChecksum `json:"checksums,omitempty"`
		Homepage         string         `json:"homepage,omitempty"`
		SourceInfo       string         `json:"sourceInfo,omitempty"`
		LicenseConcluded string         `json:"licenseConcluded"`
		LicenseDeclared  string         `json:"licenseDeclared"`
		Copyright        string         `json:"copyrightText"`
		Description      string         `json:"description,omitempty"`
		Comment          string         `json:"comment,omitempty"`
		References       []spdxRef      `json:"externalRefs,omitempty"`
		Purpose          string         `json:"primaryPackagePurpose,omitempty"`
	}
	spdxCode struct {
		Value    string   `json:"packageVerificationCodeValue"`
		Excluded []string `json:"packageVerificationCodeExcludedFiles,omitempty"`
	}
	spdxChecksum struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"checksumValue"`
	}
	spdxRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxFile struct {
		SPDXID           string         `json:"SPDXID"`
		Name             string         `json:"fileName"`
		Checksums        []spdxChecksum `json:"checksums"`
		LicenseConcluded string         `json:"licenseConcluded"`
		Copyright        string         `json:"copyrightText"`
	}
	spdxLicense struct {
		ID   string `json:"licenseId"`
		Text string `json:"extractedText"`
	}
	spdxRelationship struct {
		Element string `json:"spdxElementId"`
		Type    string `json:"relationshipType"`
		Related string `json:"relatedSpdxElement"`
	}
)

const noAssertion = "NOASSERTION"

func (i *Contents) writeSPDX(w io.Writer, o SBOMOptions) error {
	const root = "SPDXRef-Image"
	d := &spdxDocument{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
		Name:              "image " + i.Manifest.String(),
		DocumentNamespace: "https://github.com/lamina-oci/lamina/spdx/" + i.serial("spdx", o),
		CreationInfo:      spdxCreation{Created: i.created(), Creators: []string{"Tool: " + toolName + "-" + version.Read().Version}},
		Packages: []spdxPackage{{
			SPDXID: root, Name: "image", Version: i.Manifest.String(), DownloadLocation: noAssertion, Purpose: "CONTAINER",
			Checksums:        []spdxChecksum{{strings.ToUpper(i.Manifest.Algorithm().String()), i.Manifest.Encoded()}},
			LicenseConcluded: noAssertion, LicenseDeclared: noAssertion, Copyright: noAssertion,
			Comment: "An OCI image for " + i.Platform.String() + ". The checksum is that of its manifest.",
		}},
		Relationships: []spdxRelationship{{"SPDXRef-DOCUMENT", "DESCRIBES", root}},
	}
	if b := i.Base; b.Digest != "" {
		const id = "SPDXRef-BaseImage"
		d.Packages = append(d.Packages, spdxPackage{
			SPDXID: id, Name: i.baseLabel(), Version: b.Digest.String(), DownloadLocation: noAssertion, Purpose: "CONTAINER",
			Checksums:        []spdxChecksum{{strings.ToUpper(b.Digest.Algorithm().String()), b.Digest.Encoded()}},
			LicenseConcluded: noAssertion, LicenseDeclared: noAssertion, Copyright: noAssertion,
			Comment: "The base image, whose layers are the first of this image. The checksum is that of its manifest.",
		})
		d.Relationships = append(d.Relationships, spdxRelationship{root, "DESCENDANT_OF", id})
	}
	texts := make(map[string]string) // of licences, by their references
	for n, p := range i.Packages {
		id := i.spdxID(n)
		pkg := i.spdxPackage(n, texts)
		d.Relationships = append(d.Relationships, spdxRelationship{root, "CONTAINS", id})
		for _, need := range p.Needs {
			d.Relationships = append(d.Relationships, spdxRelationship{id, "DEPENDS_ON", i.spdxID(need)})
		}
		if o.Files {
			d.addFiles(&pkg, p.InstalledPackage)
		}
		d.Packages = append(d.Packages, pkg)
	}
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		d.Licenses = append(d.Licenses, spdxLicense{id, texts[id]})
	}
	return jsontext.Write(w, d)
}

// spdxID names a package in the document. The number keeps names apart that differ in what an id cannot have.
func (i *Contents) spdxID(n int) string {
	return fmt.Sprintf("SPDXRef-Package-%d-%s", n+1, idString(i.Packages[n].Name))
}

func (i *Contents) spdxPackage(n int, texts map[string]string) spdxPackage {
	p := i.Packages[n]
	l := parseLicense(p.License)
	for _, reference := range l.references {
		if texts[reference] != "" && texts[reference] != l.text {
			texts[reference] += "\n"
		}
		if !strings.HasSuffix(texts[reference], l.text) {
			texts[reference] += l.text
		}
	}
	out := spdxPackage{
		SPDXID: i.spdxID(n), Name: p.Name, Version: p.Version, DownloadLocation: noAssertion, Purpose: "LIBRARY",
		Homepage: website(p.InstalledPackage), Description: p.Description,
		LicenseConcluded: noAssertion, LicenseDeclared: noAssertion, Copyright: noAssertion,
		References: []spdxRef{{"PACKAGE-MANAGER", "purl", i.purl(p.InstalledPackage)}},
		Comment:    "In layer " + p.Layer.String() + ".",
	}
	if l.expression != "" {
		out.LicenseDeclared = l.expression
	}
	if sum := sha1Of(p.InstalledPackage, p.Identity); sum != "" {
		out.Checksums = []spdxChecksum{{"SHA1", sum}}
		out.Comment += " The checksum is apk's identity of the package: of its control segment, which has the hash of its data."
	}
	if p.Maintainer != "" {
		out.Originator = "Person: " + strings.NewReplacer("<", "(", ">", ")").Replace(oneLine(p.Maintainer))
	}
	if p.Origin != "" {
		out.SourceInfo = "built from the source package " + p.Origin
		if p.Commit != "" {
			out.SourceInfo += ", commit " + p.Commit
		}
	}
	return out
}

// addFiles adds the package's files, those that apk has a SHA-1 of, and the code over all of these that SPDX wants from a
// package whose files are listed (7.9, package verification code).
func (d *spdxDocument) addFiles(pkg *spdxPackage, p *apk.InstalledPackage) {
	var sums, others []string
	for _, dir := range p.Directories {
		for _, f := range dir.Files {
			name := "./" + strings.TrimPrefix(dir.Path+"/"+f.Name, "/")
			sum := sha1Of(p, f.Checksum)
			if sum == "" {
				others = append(others, name)
				continue
			}
			sums = append(sums, sum)
			id := fmt.Sprintf("SPDXRef-File-%d", len(d.Files)+1)
			d.Files = append(d.Files, spdxFile{
				SPDXID: id, Name: name, Checksums: []spdxChecksum{{"SHA1", sum}},
				LicenseConcluded: noAssertion, Copyright: noAssertion,
			})
			d.Relationships = append(d.Relationships, spdxRelationship{pkg.SPDXID, "CONTAINS", id})
		}
	}
	if len(sums) > 0 {
		slices.Sort(sums)
		code := sha1.Sum([]byte(strings.Join(sums, "")))
		pkg.FilesAnalyzed, pkg.Verification = true, &spdxCode{hex.EncodeToString(code[:]), others}
	}
}

// sha1Of returns a SHA-1 in hexadecimal, "" for another checksum. The database has 20 bytes, too, of the SHA-256 sums of
// packages in apk 3's own format.
func sha1Of(p *apk.InstalledPackage, c apk.Checksum) string {
	if len(c.Bytes()) != sha1.Size || p.Flags.SHA256Sums {
		return ""
	}
	return hex.EncodeToString(c.Bytes())
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
