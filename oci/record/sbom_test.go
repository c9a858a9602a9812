package record_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/utils"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// realImage builds nginx on Alpine's root file system, with both documents beside it.
func realImage(t *testing.T) oci.Reference {
	t.Helper()
	corpus := corpustest.Path(t)
	dir := filepath.Join(corpus, "alpine-3.19")
	const key = "corpus@lamina-1.rsa.pub"
	pem, err := os.ReadFile(filepath.Join(dir, "keys", key))
	if err != nil {
		t.Fatal(err)
	}
	client := &repository.Client{}
	t.Cleanup(func() { client.Close() })
	plan, err := assemble.Resolve(t.Context(), &spec.Spec{
		Base:         oci.Reference{Transport: oci.TransportRootfs, Path: filepath.Join(dir, "alpine-minirootfs-3.19.4-x86_64.tar.gz")},
		Repositories: []string{filepath.Join(dir, "repo")},
		Keys:         []spec.Key{{Name: key, PEM: pem}},
		Packages:     []string{"nginx"},
	}, oci.Platform{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	ref := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(t.TempDir(), "image"), Name: "x"}
	if _, _, err := (assemble.Plans{plan}).Write(t.Context(), ref,
		assemble.WriteOptions{Provenance: true, SBOM: []record.Format{record.SPDX, record.CycloneDX}}); err != nil {
		t.Fatal(err)
	}
	return ref
}

func write(t *testing.T, i *record.Contents, f record.Format, o record.SBOMOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := i.Write(&b, f, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// databaseEntry is what the database in an image says of a package, read without any of our code.
type databaseEntry struct{ version, arch, license, origin, checksum string }

func records(t *testing.T, image *oci.Base) (packages map[string]databaseEntry, files int) {
	t.Helper()
	tr := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	text, err := tr.ReadFile("lib/apk/db/installed", 1<<24)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]databaseEntry)
	for paragraph := range strings.SplitSeq(string(text), "\n\n") {
		fields := make(map[byte]string)
		for line := range strings.Lines(paragraph) {
			if len(line) > 2 && line[1] == ':' && fields[line[0]] == "" {
				fields[line[0]] = strings.TrimSpace(line[2:])
			}
		}
		if name := fields['P']; name != "" {
			all[name] = databaseEntry{fields['V'], fields['A'], fields['L'], fields['o'], fields['C']}
		}
	}
	return all, strings.Count(string(text), "\nZ:")
}

// TestRealImage: both documents have exactly the packages of the database, with what it says of them, are read by the
// formats' own libraries, and are the same whether made with the image or from it.
func TestRealImage(t *testing.T) {
	ctx := context.Background()
	ref := realImage(t)
	store, err := transport.OpenStore(ctx, ref, nil)
	if err != nil {
		t.Fatal(err)
	}
	image, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := record.ReadContents(ctx, image)
	if err != nil {
		t.Fatal(err)
	}
	want, files := records(t, image)
	if len(want) < 15 || want["nginx"].license != "BSD-2-Clause" {
		t.Fatalf("database: %v", want)
	}
	for _, format := range []record.Format{record.SPDX, record.CycloneDX} {
		document := write(t, list, format, record.SBOMOptions{})
		if again := write(t, list, format, record.SBOMOptions{}); !bytes.Equal(document, again) {
			t.Errorf("%s: other bytes the second time", format)
		}
		referrers, err := ocitest.Referrers(ctx, store, image.Manifest.Digest, format.ArtifactType())
		if err != nil || len(referrers) != 1 || !bytes.Equal(referrers[0].Data, document) {
			t.Errorf("%s: %d referrers, %v, or another document than that of the image", format, len(referrers), err)
		}
	}

	formats := readSchemas(t)
	for _, options := range []record.SBOMOptions{{}, {Files: true}} {
		formats.check(t, formats.spdx, write(t, list, record.SPDX, options))
		formats.check(t, formats.cyclonedx, write(t, list, record.CycloneDX, options))
	}

	manifest, err := imagedoc.ParseManifest(image.RawManifest)
	if err != nil {
		t.Fatal(err)
	}
	base := manifest.Annotations[v1.AnnotationBaseImageDigest]
	if base == "" {
		t.Fatal("the manifest does not name its base")
	}
	layerOf := func(name string) string {
		if name == "nginx" || name == "pcre2" {
			return image.Layers[1].Descriptor.Digest.String()
		}
		return image.Layers[0].Descriptor.Digest.String()
	}
	t.Run("SPDX", func(t *testing.T) {
		d, err := spdxjson.Read(bytes.NewReader(write(t, list, record.SPDX, record.SBOMOptions{Files: true})))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{"DOCUMENT": true}
		add := func(id string) {
			if ids[id] {
				t.Errorf("%s is there twice", id)
			}
			ids[id] = true
		}
		got := make(map[string]databaseEntry)
		containers := make(map[string]string)
		for _, p := range d.Packages {
			add(string(p.PackageSPDXIdentifier))
			if p.PrimaryPackagePurpose == "CONTAINER" {
				containers[string(p.PackageSPDXIdentifier)] = p.PackageVersion
				continue
			}
			purl := p.PackageExternalReferences[0].Locator
			_, query, _ := strings.Cut(purl, "?arch=")
			arch, _, _ := strings.Cut(query, "&")
			if !strings.HasPrefix(purl, "pkg:apk/alpine/"+p.PackageName+"@"+p.PackageVersion+"?") || !strings.Contains(purl, "distro=alpine-3.19.4") {
				t.Errorf("purl %s", purl)
			}
			if !strings.Contains(p.PackageComment, layerOf(p.PackageName)) {
				t.Errorf("%s: %s", p.PackageName, p.PackageComment)
			}
			origin := strings.TrimPrefix(p.PackageSourceInfo, "built from the source package ")
			origin, _, _ = strings.Cut(origin, ",")
			got[p.PackageName] = databaseEntry{p.PackageVersion, arch, p.PackageLicenseDeclared, origin, p.PackageChecksums[0].Value}
		}
		if want := map[string]string{"Image": image.Manifest.Digest.String(), "BaseImage": base}; !maps.Equal(containers, want) {
			t.Errorf("images %v, want %v", containers, want)
		}
		filesOf := make(map[common.ElementID][]*spdx.File)
		for _, r := range d.Relationships {
			at := slices.IndexFunc(d.Files, func(f *spdx.File) bool { return f.FileSPDXIdentifier == r.RefB.ElementRefID })
			if r.Relationship == common.TypeRelationshipContains && at >= 0 {
				filesOf[r.RefA.ElementRefID] = append(filesOf[r.RefA.ElementRefID], d.Files[at])
			}
		}
		for _, p := range d.Packages {
			files := filesOf[p.PackageSPDXIdentifier]
			if p.FilesAnalyzed != (len(files) > 0) {
				t.Errorf("%s: %d files, analyzed %v", p.PackageName, len(files), p.FilesAnalyzed)
			}
			code, err := utils.GetVerificationCode(files, "")
			if err != nil || p.FilesAnalyzed && p.PackageVerificationCode.Value != code.Value {
				t.Errorf("%s: verification code %s, want %s, %v", p.PackageName, p.PackageVerificationCode.Value, code.Value, err)
			}
		}
		for _, f := range d.Files {
			add(string(f.FileSPDXIdentifier))
		}
		if len(d.Files) != files || files < 100 {
			t.Errorf("%d files, want %d", len(d.Files), files)
		}
		expected := make(map[string]databaseEntry)
		for name, r := range want {
			r.checksum = fmt.Sprintf("%x",
				list.Packages[slices.IndexFunc(list.Packages, func(p record.Package) bool { return p.Name == name })].Identity.Bytes())
			expected[name] = r
		}
		if diff := cmp.Diff(expected, got, cmp.AllowUnexported(databaseEntry{})); diff != "" {
			t.Errorf("-database +document:\n%s", diff)
		}
		isDescendant := false
		for _, r := range d.Relationships {
			if r.Relationship == common.TypeRelationshipDescendantOf && r.RefA.ElementRefID == "Image" && r.RefB.ElementRefID == "BaseImage" {
				isDescendant = true
			}
			if !ids[string(r.RefA.ElementRefID)] || !ids[string(r.RefB.ElementRefID)] {
				t.Errorf("relationship %v refers to a missing element", r)
			}
		}
		if !isDescendant {
			t.Error("the image does not descend from its base")
		}
	})
	t.Run("CycloneDX", func(t *testing.T) {
		var d cyclonedx.BOM
		if err := cyclonedx.NewBOMDecoder(bytes.NewReader(write(t, list, record.CycloneDX, record.SBOMOptions{Files: true})),
			cyclonedx.BOMFileFormatJSON).Decode(&d); err != nil {
			t.Fatal(err)
		}
		if d.SpecVersion != cyclonedx.SpecVersion1_6 || d.Metadata.Component.Version != image.Manifest.Digest.String() {
			t.Errorf("version %s of image %s", d.SpecVersion, d.Metadata.Component.Version)
		}
		if p := d.Metadata.Component.Pedigree; p == nil || len(*p.Ancestors) != 1 || (*p.Ancestors)[0].Version != base {
			t.Errorf("ancestors %+v, want %s", p, base)
		}
		refs := map[string]bool{d.Metadata.Component.BOMRef: true}
		for _, c := range *d.Components {
			if refs[c.BOMRef] || c.BOMRef != c.PackageURL {
				t.Errorf("bom-ref %q", c.BOMRef)
			}
			refs[c.BOMRef] = true
			r, ok := want[c.Name]
			license := ""
			for _, l := range *c.Licenses {
				license += l.Expression
				if l.License != nil {
					license += l.License.ID + l.License.Name
				}
			}
			properties := make(map[string]string)
			for _, p := range *c.Properties {
				properties[p.Name] = p.Value
			}
			got := databaseEntry{c.Version, r.arch, license, properties["lamina:origin"], properties["lamina:identity"]}
			if !ok || got != r || properties["lamina:layer"] != layerOf(c.Name) {
				t.Errorf("%s: %+v in %s, want %+v", c.Name, got, properties["lamina:layer"], r)
			}
		}
		if len(*d.Components) != len(want) {
			t.Errorf("%d components, want %d", len(*d.Components), len(want))
		}
		for _, dependency := range *d.Dependencies {
			if !refs[dependency.Ref] {
				t.Errorf("dependencies of %s, which is missing", dependency.Ref)
			}
			if dependency.Dependencies != nil {
				for _, on := range *dependency.Dependencies {
					if !refs[on] {
						t.Errorf("%s depends on %s, which is missing", dependency.Ref, on)
					}
				}
			}
		}
	})
	// D: of nginx names so:libc.musl, so:libcrypto.so.3, so:libpcre2, so:libssl, so:libz, and /bin/sh.
	at := slices.IndexFunc(list.Packages, func(p record.Package) bool { return p.Name == "nginx" })
	var needs []string
	for _, n := range list.Packages[at].Needs {
		needs = append(needs, list.Packages[n].Name)
	}
	slices.Sort(needs)
	if want := []string{"busybox-binsh", "libcrypto3", "libssl3", "musl", "pcre2", "zlib"}; !slices.Equal(needs, want) {
		t.Errorf("nginx needs %v, want %v", needs, want)
	}
}

func TestParseFormats(t *testing.T) {
	for list, want := range map[string]string{
		"spdx": "[spdx]", "cyclonedx,spdx": "[cyclonedx spdx]", "spdx, spdx": "[spdx]", "": "", "SPDX": "", "spdx,": "", "spdx,x": "",
	} {
		got, err := record.ParseFormats(list)
		if (err == nil) != (want != "") || err == nil && fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
}
