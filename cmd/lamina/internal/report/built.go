package report

import (
	"fmt"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/layer/stage"
)

// The results of an image or a lock.
const (
	StatusBuilt     = "built"
	StatusNew       = "new"
	StatusChanged   = "changed"
	StatusUnchanged = "unchanged"
	StatusFailed    = "failed"
)

// Build is what build --json prints. Fields may be added, never changed.
type Build struct {
	Status string  `json:"status"` // built or unchanged
	Images []Image `json:"images"` // one for each output
}

// Image is an image that was built.
type Image struct {
	Reference string           `json:"reference"`
	Digest    digest.Digest    `json:"digest"` // of the manifest or index
	MediaType string           `json:"mediaType"`
	Platforms []platformOutput `json:"platforms"`
}

type platformOutput struct {
	Platform       string          `json:"platform"`
	Digest         digest.Digest   `json:"digest"` // of the manifest
	Config         digest.Digest   `json:"config"`
	Layers         int             `json:"layers"`   // how many
	Size           int64           `json:"size"`     // bytes of all layers, compressed
	Packages       int             `json:"packages"` // how many are installed
	Added          layerOutput     `json:"added"`
	SkippedScripts []skippedOutput `json:"skippedScripts,omitempty"`
}

type layerOutput struct {
	Digest           digest.Digest `json:"digest"`
	DiffID           digest.Digest `json:"diffID"`
	Size             int64         `json:"size"`             // bytes
	UncompressedSize int64         `json:"uncompressedSize"` // bytes
	Reused           int           `json:"reused"`           // parts that came from the cache
}

type skippedOutput struct {
	Package string `json:"package,omitempty"` // none for a command
	Type    string `json:"type,omitempty"`
	Program string `json:"program,omitempty"` // that was left out; none if the whole script was
	Reason  string `json:"reason,omitempty"`
}

func describeSkipped(s stage.SkippedScript) skippedOutput {
	out := skippedOutput{Package: s.Package, Program: s.Program, Reason: s.Reason}
	if s.Package != "" {
		out.Type = s.Type.String()
	}
	return out
}

// DescribeImages describes the outputs of a build.
func DescribeImages(status string, images []*lamina.Image) Build {
	out := Build{Status: status, Images: []Image{}}
	for _, image := range images {
		out.Images = append(out.Images, DescribeImage(image))
	}
	return out
}

// DescribeImage describes an image for programs.
func DescribeImage(image *lamina.Image) Image {
	out := Image{Reference: image.Reference.String(), Digest: image.Descriptor.Digest, MediaType: image.Descriptor.MediaType}
	for _, p := range image.Platforms {
		described := platformOutput{
			Platform: p.Platform.String(), Digest: p.Manifest.Digest, Config: p.Config.Digest, Layers: p.Layers, Size: p.Size, Packages: p.Packages,
			Added: layerOutput{p.Layer.Digest, p.Layer.DiffID, p.Layer.Size, p.Layer.UncompressedSize, p.Layer.Reused},
		}
		for _, s := range p.Skipped {
			described.SkippedScripts = append(described.SkippedScripts, describeSkipped(s))
		}
		out.Platforms = append(out.Platforms, described)
	}
	return out
}

// Summary is "oci:image:latest  17.5 MB (14.2 MB new), 45 packages, 12 reused, 0.4 s".
func Summary(image *lamina.Image, took time.Duration) string {
	var size, added int64
	packages, reused := 0, 0
	for _, p := range image.Platforms {
		size, added = size+p.Size, added+p.Layer.Size
		packages, reused = packages+p.Packages, reused+p.Layer.Reused
	}
	text := image.Reference.String() + "  "
	if n := len(image.Platforms); n > 1 {
		text += fmt.Sprintf("%d platforms, ", n)
	}
	text += fmt.Sprintf("%s (%s new), %s", terminal.FormatBytes(size), terminal.FormatBytes(added), terminal.Count(packages, "package"))
	if reused > 0 {
		text += fmt.Sprintf(", %d reused", reused)
	}
	return text + fmt.Sprintf(", %.1f s", took.Seconds())
}
