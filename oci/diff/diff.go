// Package diff reports the differences between two images: packages, files and their
// attributes, config, annotations, layers, and the first differing byte.
//
// Layers that both images share are read once, and not at all if the images have no others.
// Files are compared by hashes computed while a layer is streamed, so memory
// grows with the number of files, not with their size.
package diff

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// Report lists the differences between two images, from a to b. Its JSON form is for programs:
// members may be added, but do not change. Lists are sorted and may be empty.
type Report struct {
	A         Image `json:"a"`
	B         Image `json:"b"`
	Identical bool  `json:"identical"` // the same manifest; the rest is empty then

	Packages    []PackageChange `json:"packages"`
	Files       []FileChange    `json:"files"`
	Config      []ValueChange   `json:"config"` // but for rootfs.diff_ids, which Layers has
	Annotations []ValueChange   `json:"annotations"`
	Layers      []LayerChange   `json:"layers"`
	FirstByte   *FirstByte      `json:"firstByte,omitempty"` // of the lowest layer that differs

	ignoreTimes bool
}

// Image is one of the two.
type Image struct {
	Reference string        `json:"reference"`
	Platform  string        `json:"platform"`
	Manifest  digest.Digest `json:"manifest"`
}

// The kinds of changes.
const (
	Added      = "added"
	Removed    = "removed"
	Changed    = "changed"
	Upgraded   = "upgraded"
	Downgraded = "downgraded"
	Rebuilt    = "rebuilt" // another package of the same version
)

// PackageChange is an installed package that differs.
type PackageChange struct {
	Name   string `json:"name"`
	Change string `json:"change"` // every kind but [Changed]
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

// FileChange is a path at which the final file systems differ.
type FileChange struct {
	Path    string  `json:"path"`              // absolute
	Package string  `json:"package,omitempty"` // that has it, by name
	Change  string  `json:"change"`            // [Added], [Removed] or [Changed]
	Type    string  `json:"type"`              // "file", "directory", …, as it is in b unless it is gone
	Fields  []Field `json:"fields,omitempty"`  // if it is changed
	Text    string  `json:"text,omitempty"`    // a unified diff, if Options.Text asks for it
}

// Field is one thing that two files differ in: type, mode, owner, time, size, content
// (by SHA-256), target, links (the first of its names), device or an attribute.
type Field struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// ValueChange is a member of a document; From or To is empty if it is not there.
type ValueChange struct {
	Path string `json:"path"` // such as "config.Cmd"
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// LayerChange is a position at which the layers differ.
type LayerChange struct {
	Position int    `json:"position"` // from 1, at the bottom
	From     *Layer `json:"from,omitempty"`
	To       *Layer `json:"to,omitempty"`
	SameTar  bool   `json:"sameTar"` // only their compression differs
}

// Layer is a layer as its manifest has it.
type Layer struct {
	Digest    digest.Digest `json:"digest"`
	DiffID    digest.Digest `json:"diffID"`
	MediaType string        `json:"mediaType"`
	Size      int64         `json:"size"` // bytes as stored
}

// Options select what is compared. The zero value suits most callers.
type Options struct {
	// Text asks for unified diffs of text files.
	Text bool
	// IgnoreTimes leaves out times of files and documents, and with them layers and the first byte, which differ where a time does.
	IgnoreTimes bool
}

// newReport returns a report whose lists are empty, and so are lists in JSON.
func newReport() *Report {
	return &Report{Packages: []PackageChange{}, Files: []FileChange{}, Config: []ValueChange{}, Annotations: []ValueChange{}, Layers: []LayerChange{}}
}

// Compare compares two images for one platform.
func Compare(ctx context.Context, a, b *oci.Base, o Options) (*Report, error) {
	r := newReport()
	r.A, r.B, r.ignoreTimes = describe(a), describe(b), o.IgnoreTimes
	if r.Identical = a.Manifest.Digest != "" && a.Manifest.Digest == b.Manifest.Digest; r.Identical {
		return r, nil
	}
	if err := r.compareDocuments(a, b); err != nil {
		return nil, err
	}
	r.compareLayers(a, b)
	if len(r.Layers) == 0 {
		return r, nil
	}
	before, after, err := readBoth(ctx, a, b)
	if err != nil {
		return nil, err
	}
	r.comparePackages(before, after)
	r.compareFiles(before, after)
	if o.Text {
		if err := r.addTexts(ctx, a, b, before, after); err != nil {
			return nil, err
		}
	}
	if o.IgnoreTimes {
		r.Layers = []LayerChange{}
		return r, nil
	}
	r.FirstByte, err = firstByte(ctx, a, b, r.Layers[0])
	return r, err
}

// Equal reports whether nothing differs. Manifests may still differ in the order of
// members and in white space, which are not compared. A platform that only one image has is a difference.
func (r *Report) Equal() bool {
	if (r.A == Image{}) != (r.B == Image{}) {
		return false
	}
	return r.Identical || len(r.Packages)+len(r.Files)+len(r.Config)+len(r.Annotations)+len(r.Layers) == 0 && (r.ignoreTimes || r.A.Manifest == r.B.Manifest)
}

func describe(image *oci.Base) Image {
	return Image{Reference: image.Reference.String(), Platform: image.Platform.String(), Manifest: image.Manifest.Digest}
}

func (r *Report) compareLayers(a, b *oci.Base) {
	at := func(image *oci.Base, i int) *Layer {
		if i >= len(image.Layers) {
			return nil
		}
		l := image.Layers[i]
		return &Layer{Digest: l.Descriptor.Digest, DiffID: l.DiffID, MediaType: l.Descriptor.MediaType, Size: l.Descriptor.Size}
	}
	for i := range max(len(a.Layers), len(b.Layers)) {
		from, to := at(a, i), at(b, i)
		if from != nil && to != nil && *from == *to {
			continue
		}
		r.Layers = append(r.Layers, LayerChange{
			Position: i + 1, From: from, To: to, SameTar: from != nil && to != nil && from.DiffID == to.DiffID,
		})
	}
}

// root is the final file system of an image.
type root struct {
	tree      *tree.Tree
	installed *apk.Installed
}

// sum is the content of a regular file: its hash, so that equal contents are equal.
type sum [sha256.Size]byte

var errNotKept = errors.New("contents are not available for comparison")

// Open implements tree.Content.
func (sum) Open() (io.ReadCloser, error) { return nil, errNotKept }

// readBoth reads the layers of both images; what they have in common at the bottom, by
// its uncompressed content, once.
func readBoth(ctx context.Context, a, b *oci.Base) (before, after *root, err error) {
	shared := 0
	for shared < min(len(a.Layers), len(b.Layers)) && a.Layers[shared].DiffID == b.Layers[shared].DiffID {
		shared++
	}
	below := &reader{tree: tree.New()}
	if err := below.read(ctx, a, 0, shared); err != nil {
		return nil, nil, err
	}
	sides := []*reader{below, {tree: below.tree.Clone(), database: below.database}}
	var roots [2]*root
	for i, image := range []*oci.Base{a, b} {
		if err := sides[i].read(ctx, image, shared, len(image.Layers)); err != nil {
			return nil, nil, err
		}
		if roots[i], err = sides[i].root(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", image.Reference, err)
		}
	}
	return roots[0], roots[1], nil
}

// reader reads one layer after the other.
type reader struct {
	tree     *tree.Tree
	database map[sum][]byte // contents that may be the database of apk
}

func (in *reader) read(ctx context.Context, image *oci.Base, from, to int) error {
	for i, l := range image.Layers[from:to] {
		hash := sha256.New()
		err := l.ReadContentsInto(ctx, in.tree, func(h *tar.Header, r io.Reader) (tree.Content, error) {
			hash.Reset()
			var kept bytes.Buffer
			if isDatabase(h.Name) && h.Size <= apk.MaxInstalled {
				r = io.TeeReader(r, &kept)
			}
			if _, err := io.Copy(hash, r); err != nil {
				return nil, err
			}
			content := sum(hash.Sum(nil))
			if kept.Len() > 0 {
				// A copy, since what is below is shared.
				in.database = maps.Clone(in.database)
				if in.database == nil {
					in.database = make(map[sum][]byte)
				}
				in.database[content] = kept.Bytes()
			}
			return content, nil
		})
		if err != nil {
			return fmt.Errorf("%s: layer %d: %w", image.Reference, from+i+1, err)
		}
	}
	return nil
}

func (in *reader) root() (*root, error) {
	r := &root{tree: in.tree, installed: new(apk.Installed)}
	n, err := in.tree.Stat(databasePath)
	if err != nil {
		return r, nil // an image without apk
	}
	content, _ := n.Content.(sum)
	// Apk 3 reads the databases of both generations.
	if r.installed, err = apk.ReadInstalled(bytes.NewReader(in.database[content]), apk.V3); err != nil {
		return nil, fmt.Errorf("%s: %w", databasePath, err)
	}
	return r, nil
}
