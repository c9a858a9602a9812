package main

import (
	"context"
	"fmt"
	"path/filepath"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/starter"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci"
)

// specFrom is the spec that makes the last layer of an image. Files that it needs are written beside it.
func specFrom(cmd *cobra.Command, o *options, env *lamina.Env, text, platformText, name string) ([]byte, error) {
	ref, platform, err := parseImageFor(cmd, text, platformText)
	if err != nil {
		return nil, err
	}
	image, err := lamina.Open(cmd.Context(), ref, platform, env)
	if err != nil {
		return nil, err
	}
	defer image.Close()
	from := convert.ImageOptions{}
	if cmd.Flags().Changed("base") {
		from.Base = o.base
		if _, err := lamina.ParseReference(o.base); err != nil {
			return nil, usage.Wrongf(cmd, "base: %w", err)
		}
	}
	if from.BaseConfig, err = baseConfig(cmd.Context(), image, from.Base, env); err != nil {
		return nil, err
	}
	if from.Asked, err = convert.ReadAsked(cmd.Context(), image); err != nil {
		return nil, err
	}
	if err := o.besideSpec(cmd, name); err != nil {
		return nil, err
	}
	if from.Base != "" {
		from.Base = o.base
	}
	from.Repositories, from.Keys = o.repositories, o.keys
	from.Extract = starter.Extractor(filepath.Dir(name))
	result, err := convert.Image(cmd.Context(), image, from)
	if err != nil {
		return nil, err
	}
	for _, n := range result.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), terminal.Escape(redact.Text(n.String())))
	}
	return result.Spec, nil
}

// baseConfig returns the settings of an image's base, nil if it cannot be read.
func baseConfig(ctx context.Context, image *oci.Base, base string, env *lamina.Env) (*v1.ImageConfig, error) {
	if base == "" {
		annotations, err := image.Annotations()
		if err != nil || annotations[v1.AnnotationBaseImageName] == "" {
			return nil, err
		}
		base = "docker://" + annotations[v1.AnnotationBaseImageName]
	}
	ref, err := lamina.ParseReference(base)
	if err != nil || ref.Transport == oci.TransportScratch {
		return nil, nil
	}
	opened, err := lamina.Open(ctx, ref, image.Platform, env)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		env.Warn(fmt.Sprintf("the base's settings are not known, since it cannot be read: %v", err))
		return nil, nil
	}
	defer opened.Close()
	return &opened.Config.Config, nil
}
