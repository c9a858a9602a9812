// Package inspect reports the contents of an image: its layers, its Alpine packages and
// the layer that added each, its largest files, and the scripts that a build skipped.
//
// All of it comes from the image itself: manifest, config, layers and the apk
// database in them. Each layer is read once and verified completely; memory grows with
// the number of files, not with their size.
package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/record"
)

// Report is an image for one platform. Its JSON form is for programs: members may be
// added, but do not change.
type Report struct {
	Reference   string            `json:"reference"`
	Platform    string            `json:"platform"`
	Manifest    digest.Digest     `json:"manifest,omitempty"`
	Created     *time.Time        `json:"created,omitempty"`
	Size        int64             `json:"size"` // bytes of all layers as they are stored
	Base        string            `json:"base,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Config      v1.ImageConfig    `json:"config"`
	Layers      []Layer           `json:"layers"`   // bottom first
	Packages    []Package         `json:"packages"` // in the order of the database
	World       []string          `json:"world"`    // what etc/apk/world asks for
	Files       []File            `json:"files"`    // the largest, largest first
	FileCount   int               `json:"fileCount"`
	FileSize    int64             `json:"fileSize"` // bytes of all files, hard links once

	Directories []Directory `json:"folders"` // sorted, three names deep at most
	Effects

	// Of the documents beside the image, see Report.ReadReferrers.
	Provenance *Provenance `json:"provenance,omitempty"`
	Referrers  []Referrer  `json:"referrers"`
}

// Options limit the report. The zero value has the defaults.
type Options struct {
	Files int // how many of the largest files; DefaultFiles if 0
}

// Layer is one layer of the image.
type Layer struct {
	Digest    digest.Digest `json:"digest"`
	DiffID    digest.Digest `json:"diffID"`
	MediaType string        `json:"mediaType"`
	Size      int64         `json:"size"`                // bytes as stored
	CreatedBy string        `json:"createdBy,omitempty"` // from the history
	Comment   string        `json:"comment,omitempty"`

	// SkippedScripts are those that a build with Lamina left out, as
	// "name-version.type".
	SkippedScripts []string `json:"skippedScripts,omitempty"`
	Packages       int      `json:"packages"` // that it brought, or brought in another version
	Removed        []string `json:"removed,omitempty"`
}

// Package is an installed package.
type Package struct {
	Name          string `json:"name"`
	Version       string `json:"version"`
	Arch          string `json:"arch,omitempty"`
	License       string `json:"license,omitempty"`
	Origin        string `json:"origin,omitempty"`
	Description   string `json:"description,omitempty"`
	Identity      string `json:"identity"` // C: of the database
	Website       string `json:"website,omitempty"`
	PackageSize   uint64 `json:"packageSize"`   // bytes of the package file, which is compressed
	InstalledSize uint64 `json:"installedSize"` // bytes
	Layer         int    `json:"layer"`         // that brought it, from 1
	Files         int    `json:"files"`
	Size          int64  `json:"size"`   // bytes of its files in the image
	Added         int64  `json:"added"`  // of them, those that are from the last layer
	Wanted        bool   `json:"wanted"` // etc/apk/world asks for it, or for what it provides

	InstallIf []string `json:"installIf,omitempty"` // it comes by itself where all of these are

	// Names of packages that provide what it depends on, and of those that it provides something for.
	Needs    []string `json:"needs,omitempty"`
	NeededBy []string `json:"neededBy,omitempty"`
}

// File is a regular file of the final file system.
type File struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`              // bytes
	Package string `json:"package,omitempty"` // that has it, by name
	Layer   int    `json:"layer"`             // that it is from, from 1
}

// DefaultFiles is the default number of files in a report.
const DefaultFiles = 20

// Read reads the image, all of its layers.
func Read(ctx context.Context, image *oci.Base, options Options) (*Report, error) {
	r := &Report{
		Reference: image.Reference.String(), Platform: image.Platform.String(), Manifest: image.Manifest.Digest,
		Created: image.Config.Created, Config: image.Config.Config,
		Layers: []Layer{}, Packages: []Package{}, World: []string{}, Files: []File{},
		Directories: []Directory{}, Effects: noEffects(), Referrers: []Referrer{},
	}
	if err := r.manifest(image); err != nil {
		return nil, err
	}
	if err := r.layers(ctx, image, cmp.Or(options.Files, DefaultFiles)); err != nil {
		return nil, fmt.Errorf("inspect %s: %w", image.Reference, err)
	}
	return r, nil
}

func (r *Report) manifest(image *oci.Base) error {
	annotations, err := image.Annotations()
	if err != nil {
		return err
	}
	r.Annotations = annotations
	r.Base = annotations[v1.AnnotationBaseImageName]
	if d := annotations[v1.AnnotationBaseImageDigest]; d != "" && r.Base != "" {
		r.Base += "@" + d
	} else if d != "" {
		r.Base = d
	}
	return nil
}

// reader reads one layer after the other.
type reader struct {
	tree      *tree.Tree
	installed *apk.Installed
	packages  map[string]Package // by name
	files     map[*tree.Node]int // layer of each file, from 1
}

func (r *Report) layers(ctx context.Context, image *oci.Base, files int) error {
	in := &reader{tree: tree.New(), installed: new(apk.Installed), packages: make(map[string]Package), files: make(map[*tree.Node]int)}
	var history []v1.History // of the layers
	for _, h := range image.Config.History {
		if !h.EmptyLayer {
			history = append(history, h)
		}
	}
	for i, l := range image.Layers {
		out := Layer{Digest: l.Descriptor.Digest, DiffID: l.DiffID, MediaType: l.Descriptor.MediaType, Size: l.Descriptor.Size}
		if i < len(history) {
			out.CreatedBy, out.Comment = history[i].CreatedBy, history[i].Comment
			out.SkippedScripts = record.SkippedScripts(out.Comment)
		}
		var below *state
		if i == len(image.Layers)-1 {
			below = stateOf(in.tree)
		}
		if err := l.ReadInto(ctx, in.tree); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
		if err := in.readDatabase(i+1, &out); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
		in.noteFiles(i + 1)
		if below != nil {
			r.compare(below, in.tree)
		}
		r.Size += out.Size
		r.Layers = append(r.Layers, out)
	}
	for _, p := range in.installed.Packages {
		r.Packages = append(r.Packages, in.packages[p.Name])
	}
	holder := Holders(in.tree, in.installed)
	r.largest(in, holder, files)
	r.weigh(in, holder)
	return r.world(in)
}

// readDatabase finds out which packages the layer brought or took away.
func (in *reader) readDatabase(layer int, out *Layer) error {
	var err error
	if in.installed, err = stage.ReadInstalled(in.tree, apk.V3); err != nil {
		return err
	}
	before := in.packages
	in.packages = make(map[string]Package, len(in.installed.Packages))
	for _, p := range in.installed.Packages {
		now := describe(p, layer)
		if was, ok := before[p.Name]; ok && was.Identity == now.Identity {
			now.Layer = was.Layer
		} else {
			out.Packages++
		}
		in.packages[p.Name] = now
	}
	for name, was := range before {
		if _, ok := in.packages[name]; !ok {
			out.Removed = append(out.Removed, name+"-"+was.Version)
		}
	}
	slices.Sort(out.Removed)
	return nil
}

func describe(p *apk.InstalledPackage, layer int) Package {
	files := 0
	for _, dir := range p.Directories {
		files += len(dir.Files)
	}
	return Package{
		Name: p.Name, Version: p.Version, Arch: p.Arch, License: p.License, Origin: p.Origin, Description: p.Description, Website: p.URL,
		Identity: p.Identity.String(), PackageSize: p.Size, InstalledSize: p.InstalledSize, Layer: layer, Files: files,
	}
}

// noteFiles remembers which files are new with a layer: nodes of a tree are not reused.
func (in *reader) noteFiles(layer int) {
	for _, n := range in.tree.All() {
		if _, known := in.files[n]; !known && n.Type == tree.Regular {
			in.files[n] = layer
		}
	}
}

// largest lists the largest files, those of one size by their paths.
func (r *Report) largest(in *reader, holder map[string]string, most int) {
	seen := make(map[*tree.Node]bool)
	for path, n := range in.tree.All() {
		if n.Type != tree.Regular || seen[n] {
			continue
		}
		seen[n] = true
		r.FileCount++
		r.FileSize += n.Size
		if n.Size > 0 {
			r.Files = append(r.Files, File{Path: "/" + path, Size: n.Size, Layer: in.files[n]})
		}
	}
	sortFiles(r.Files)
	r.Files = slices.Clip(r.Files[:min(len(r.Files), most)])
	for i := range r.Files {
		r.Files[i].Package = holder[r.Files[i].Path[1:]]
	}
}

// Holders returns which package has which path, without a slash in front, with symbolic
// links resolved. For a directory it is the first package in the database.
func Holders(t *tree.Tree, db *apk.Installed) map[string]string {
	all := make(map[string]string)
	for _, p := range db.Packages {
		for _, dir := range p.Directories {
			at := dir.Path
			if resolved, err := t.Resolve(at, true); err == nil {
				at = resolved
			}
			if _, ok := all[at]; !ok {
				all[at] = p.Name
			}
			for _, f := range dir.Files {
				all[strings.TrimPrefix(at+"/"+f.Name, "/")] = p.Name
			}
		}
	}
	return all
}

func (r *Report) world(in *reader) error {
	world, err := stage.ReadWorld(in.tree, apk.V3)
	if err != nil {
		return err
	}
	r.relate(in, world)
	for _, d := range world {
		r.World = append(r.World, d.String())
	}
	return nil
}
