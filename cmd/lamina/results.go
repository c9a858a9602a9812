package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// result is one output of a build, and how long it took.
type result struct {
	image *lamina.Image
	took  time.Duration
}

// printResults says on stderr what was built, in a line for people unless they want no progress, and on stdout the digests.
func printResults(cmd *cobra.Command, results []result, progress *console.Progress, asJSON bool) error {
	out := buildOutput{Images: []imageOutput{}}
	for _, r := range results {
		if !progress.IsSilent() {
			fmt.Fprintf(progress, console.MessagePrefix+"%s\n", r.summary())
		}
		out.Images = append(out.Images, describeImage(r.image))
	}
	if asJSON {
		return jsontext.Write(cmd.OutOrStdout(), out)
	}
	for _, r := range results {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), r.image.Reference.At(r.image.Descriptor.Digest)); err != nil {
			return err
		}
	}
	return nil
}

// reportSkipped says which scripts and programs were left out, and for which platform if there are several.
func reportSkipped(cmd *cobra.Command, results []*assemble.Result) {
	for _, r := range results {
		for _, s := range r.Skipped {
			where := ""
			if len(results) > 1 {
				where = fmt.Sprintf(" for %s", r.Platform)
			}
			switch {
			case s.Program == "":
				fmt.Fprintf(cmd.ErrOrStderr(), console.MessagePrefix+"skipped %s of %s%s\n", s.Type, s.Package, where)
			case s.Package == "":
				fmt.Fprintf(cmd.ErrOrStderr(), console.MessagePrefix+"left out %s in a command%s: %s\n", s.Program, where, s.Reason)
			default:
				fmt.Fprintf(cmd.ErrOrStderr(), console.MessagePrefix+"left out %s in %s of %s%s: %s\n", s.Program, s.Type, s.Package, where, s.Reason)
			}
		}
	}
}

// summary is "oci:image:latest  17.5 MB (14.2 MB new), 45 packages, 12 reused, 0.4 s".
func (r *result) summary() string {
	var size, added int64
	packages, reused := 0, 0
	for _, p := range r.image.Platforms {
		size, added = size+p.Size, added+p.Layer.Size
		packages, reused = packages+p.Packages, reused+p.Layer.Reused
	}
	text := r.image.Reference.String() + "  "
	if n := len(r.image.Platforms); n > 1 {
		text += fmt.Sprintf("%d platforms, ", n)
	}
	text += fmt.Sprintf("%s (%s new), %d package", inspect.FormatBytes(size), inspect.FormatBytes(added), packages)
	if packages != 1 {
		text += "s"
	}
	if reused > 0 {
		text += fmt.Sprintf(", %d reused", reused)
	}
	return text + fmt.Sprintf(", %.1f s", r.took.Seconds())
}

// buildOutput is what build --json prints. Fields may be added, never changed.
type buildOutput struct {
	Images []imageOutput `json:"images"` // one for each output
}

type imageOutput struct {
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

func describeImage(image *lamina.Image) imageOutput {
	out := imageOutput{Reference: image.Reference.String(), Digest: image.Descriptor.Digest, MediaType: image.Descriptor.MediaType}
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

// failure is what resolve --json prints where nothing can be resolved.
type failure struct {
	Error    string    `json:"error"`
	Problems []problem `json:"problems"`
	Hints    []string  `json:"hints,omitempty"`
}

type problem struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Version string   `json:"version,omitempty"` // of a package
	Facts   []fact   `json:"facts,omitempty"`
	Near    []string `json:"near,omitempty"` // names that are like a missing one
}

type fact struct {
	Label string   `json:"label"` // apk's word
	Items []string `json:"items"`
}

// reportFailure prints, of a request that cannot be satisfied, apk's own report or
// the same for programs, and returns the error.
func reportFailure(cmd *cobra.Command, err error, asJSON bool) error {
	out := failure{Error: err.Error()}
	var unsatisfiable *solver.UnsatisfiableError
	var unknown *solver.UnknownPackageError
	switch {
	case errors.As(err, &unsatisfiable):
		out.Hints = unsatisfiable.Hints
		for _, p := range unsatisfiable.Problems {
			out.Problems = append(out.Problems, problemFrom(p))
		}
		if !asJSON {
			fmt.Fprintln(cmd.ErrOrStderr(), unsatisfiable.Report(80))
		}
	case errors.As(err, &unknown):
		for _, p := range unknown.Packages {
			out.Problems = append(out.Problems, problem{Kind: "missing", Name: p.Name, Near: p.Near})
		}
	}
	if asJSON && out.Problems != nil {
		if err := jsontext.Write(cmd.OutOrStdout(), out); err != nil {
			return err
		}
	}
	return err
}

func problemFrom(p solver.Problem) problem {
	out := problem{Name: p.Name}
	switch p.Kind {
	case solver.MissingName:
		out.Kind = "missing"
	case solver.VirtualName:
		out.Kind = "virtual"
	default:
		out.Kind = "package"
	}
	if p.Package != nil {
		out.Version = p.Package.Version
	}
	for _, f := range p.Facts {
		items := make([]string, len(f.Items))
		for i, item := range f.Items {
			items[i] = item.String()
		}
		out.Facts = append(out.Facts, fact{Label: string(f.Label), Items: items})
	}
	return out
}
