package record

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// Format is a kind of document.
type Format string

const (
	SPDX      Format = "spdx"      // SPDX 2.3 in JSON
	CycloneDX Format = "cyclonedx" // CycloneDX 1.6 in JSON
)

// ParseFormats parses a comma-separated list of formats. The result has each once, in the order given.
func ParseFormats(list string) ([]Format, error) {
	var formats []Format
	for _, word := range strings.Split(list, ",") {
		f := Format(strings.TrimSpace(word))
		if f != SPDX && f != CycloneDX {
			return nil, fmt.Errorf("unknown SBOM format %q: want %s or %s", word, SPDX, CycloneDX)
		}
		if !slices.Contains(formats, f) {
			formats = append(formats, f)
		}
	}
	return formats, nil
}

// ArtifactType returns the media type of the documents, which is also the artifact type of their referrers.
func (f Format) ArtifactType() string {
	if f == CycloneDX {
		return "application/vnd.cyclonedx+json"
	}
	return "application/spdx+json"
}

// Contents is the content of an image, for a document.
type Contents struct {
	Manifest digest.Digest
	Platform oci.Platform
	Created  time.Time // zero if the image does not say
	Distro   Distro
	Base     struct { // that the image was built on, by the annotations of its manifest; zero if they name none
		Name   string // in a registry; may be empty
		Digest digest.Digest
	}
	Packages []Package // in the order of the database
}

// readBase sets the image that a manifest names as its base.
func (i *Contents) readBase(manifest []byte) {
	var m v1.Manifest
	if json.Unmarshal(manifest, &m) != nil {
		return
	}
	if d := digest.Digest(m.Annotations[v1.AnnotationBaseImageDigest]); d.Validate() == nil {
		i.Base.Name, i.Base.Digest = m.Annotations[v1.AnnotationBaseImageName], d
	}
}

// baseLabel is the base's name in a document.
func (i *Contents) baseLabel() string { return cmp.Or(i.Base.Name, "base") }

// Distro is the distribution that the packages are from, see [ReadDistro]. Either field may be empty.
type Distro struct{ ID, Version string }

// Package is an installed package.
type Package struct {
	*apk.InstalledPackage
	Layer digest.Digest // that brought it in this version
	Needs []int         // indexes of packages that provide what it depends on
}

// collector determines the layer that added each package. The zero value is ready to use.
type collector struct {
	layers map[string]digest.Digest // by name and identity
	node   *tree.Node               // of the database that was read last
	db     *apk.Installed
	distro Distro
}

// maxRelease bounds an os-release file, in bytes.
const maxRelease = 1 << 20

// add reads the file tree after a layer was applied. Layers are added from the bottom up.
func (c *collector) add(t *tree.Tree, layer digest.Digest) error {
	name := stage.InstalledPath(t)
	c.distro = ReadDistro(t)
	node, err := t.Stat(name)
	if errors.Is(err, tree.ErrNotExist) {
		c.node, c.db, c.layers = nil, nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if node == c.node {
		return nil // the layer has not touched it
	}
	if c.db, err = stage.ReadInstalled(t, apk.V3); err != nil {
		return err
	}
	before := c.layers
	c.node, c.layers = node, make(map[string]digest.Digest)
	for _, p := range c.db.Packages {
		key := p.Name + " " + p.Identity.String()
		c.layers[key] = layer
		if was, ok := before[key]; ok {
			c.layers[key] = was
		}
	}
	return nil
}

// image returns the contents of an image of these layers, whose manifest has the digest.
func (c *collector) image(digest digest.Digest, manifest []byte, platform oci.Platform, created *time.Time) *Contents {
	i := &Contents{Manifest: digest, Platform: platform, Distro: c.distro}
	i.readBase(manifest)
	if created != nil {
		i.Created = created.UTC().Truncate(time.Second)
	}
	if c.db == nil {
		return i
	}
	needs := c.db.Requirements()
	for at, p := range c.db.Packages {
		i.Packages = append(i.Packages, Package{InstalledPackage: p, Layer: c.layers[p.Name+" "+p.Identity.String()], Needs: needs[at]})
	}
	return i
}

// ReadContents reads all layers of an image and returns its contents.
func ReadContents(ctx context.Context, image *oci.Base) (*Contents, error) {
	c := new(collector)
	if err := c.addLayers(ctx, image); err != nil {
		return nil, err
	}
	return c.image(image.Manifest.Digest, image.RawManifest, image.Platform, image.Config.Created), nil
}

func (c *collector) addLayers(ctx context.Context, image *oci.Base) error {
	t := tree.New()
	for i, l := range image.Layers {
		err := l.ReadInto(ctx, t)
		if err == nil {
			err = c.add(t, l.Descriptor.Digest)
		}
		if err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return nil
}

// Documents returns the SBOMs of an image that adds a layer to a base, and has all of the tree then, as referrers to it: what
// [Contents.Write] gives for [ReadContents] of the image, without reading the new layer.
func Documents(ctx context.Context, base *oci.Base, layer digest.Digest, t *tree.Tree, image *oci.Image, formats []Format) ([]oci.Referrer, error) {
	if len(formats) == 0 {
		return nil, nil
	}
	c := new(collector)
	if err := c.addLayers(ctx, base); err != nil {
		return nil, err
	}
	if err := c.add(t, layer); err != nil {
		return nil, err
	}
	var config v1.Image
	if err := jsontext.Unmarshal(image.Config, &config); err != nil {
		return nil, err
	}
	contents := c.image(image.ManifestDescriptor.Digest, image.Manifest, base.Platform, config.Created)
	var referrers []oci.Referrer
	for _, format := range formats {
		var document bytes.Buffer
		if err := contents.Write(&document, format, SBOMOptions{}); err != nil {
			return nil, err
		}
		referrers = append(referrers, oci.Referrer{Subject: image.ManifestDescriptor, ArtifactType: format.ArtifactType(), Data: document.Bytes()})
	}
	return referrers, nil
}

// SBOMOptions select optional parts of a document.
type SBOMOptions struct {
	Files bool // each package's files, with the hashes that apk knows
}

// Write writes a document.
func (i *Contents) Write(w io.Writer, f Format, o SBOMOptions) error {
	if err := i.Manifest.Validate(); err != nil {
		return fmt.Errorf("manifest %q: %w", i.Manifest, err) // scratch has none
	}
	switch f {
	case SPDX:
		return i.writeSPDX(w, o)
	case CycloneDX:
		return i.writeCycloneDX(w, o)
	}
	return fmt.Errorf("unknown SBOM format %q", f)
}

// ReadDistro reads what an image is made of. os-release says it, unless the image has another name there and is Alpine by
// /etc/alpine-release, which is in Alpine's package of that name: scanners look packages up by their distribution, and an image with a
// name of its own still has Alpine's packages. The zero Distro means that nothing says it.
func ReadDistro(t *tree.Tree) Distro {
	d := readOSRelease(t)
	release, err := t.ReadFile("etc/alpine-release", maxRelease)
	if version := strings.TrimSpace(string(release)); err == nil && version != "" && (d.ID != "alpine" || d.Version == "") {
		return Distro{ID: "alpine", Version: version}
	}
	return d
}

func readOSRelease(t *tree.Tree) Distro {
	var d Distro
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		text, err := t.ReadFile(name, maxRelease)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			value = strings.Trim(value, `"'`)
			switch key {
			case "ID":
				d.ID = value
			case "VERSION_ID":
				d.Version = value
			}
		}
		return d
	}
	return d
}

// toolName is the program that makes the documents.
const toolName = "lamina"

// created is the time of the document; one that has none is of 1970.
func (i *Contents) created() string {
	if i.Created.IsZero() {
		return time.Unix(0, 0).UTC().Format(time.RFC3339)
	}
	return i.Created.Format(time.RFC3339)
}

// website is a package's URL if it is one: both formats want a URI there, and packages have other things, too.
func website(p *apk.InstalledPackage) string {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(p.URL, " \"<>\\^`{|}") {
		return ""
	}
	return p.URL
}
