package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// knownBase is what a starter spec says of a base. The zero value is for one that was not read.
type knownBase struct {
	description       string // such as "Alpine Linux v3.22, apk-tools 2.14.9-r2, linux/amd64"
	platforms         []string
	lacksRepositories bool
}

// besideSpec makes relative paths of the command line, which start from the working directory, start from the spec's.
func (o *options) besideSpec(cmd *cobra.Command, name string) error {
	dir := filepath.Dir(name)
	if dir == "." {
		return nil
	}
	move := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		from, err := filepath.Abs(dir)
		if err != nil {
			return path
		}
		to, err := filepath.Abs(path)
		if err != nil {
			return path
		}
		if moved, err := filepath.Rel(from, to); err == nil {
			return filepath.ToSlash(moved)
		}
		return to
	}
	ref, err := lamina.ParseReference(o.base)
	if err != nil {
		return &usageError{cmd.CommandPath(), fmt.Errorf("base: %w", err)}
	}
	ref.Path = move(ref.Path)
	o.base = ref.String()
	for i, key := range o.keys {
		o.keys[i] = move(key)
	}
	for i, repository := range o.repositories {
		if !strings.Contains(repository, ":") && !strings.HasPrefix(repository, "@") {
			o.repositories[i] = move(repository)
		}
	}
	return nil
}

// describeBase reads the base if the command line names one. A base that cannot be read is a warning: it may not exist yet.
func describeBase(cmd *cobra.Command, o *options, env *lamina.Env) (*knownBase, error) {
	base := new(knownBase)
	if !cmd.Flags().Changed("base") || strings.Contains(o.base, "${") {
		return base, nil
	}
	ref, err := lamina.ParseReference(o.base)
	if err != nil {
		return nil, &usageError{cmd.CommandPath(), fmt.Errorf("base: %w", err)}
	}
	if ref.Transport == oci.TransportScratch {
		return &knownBase{description: "nothing", lacksRepositories: true}, nil
	}
	if err := base.read(cmd.Context(), ref, env); err != nil {
		if cmd.Context().Err() != nil {
			return nil, err
		}
		env.Warn(fmt.Sprintf("the spec does not describe the base, which cannot be read: %v", err))
		return new(knownBase), nil
	}
	return base, nil
}

func (b *knownBase) read(ctx context.Context, ref lamina.Reference, env *lamina.Env) error {
	platform, err := b.choosePlatform(ctx, ref, env)
	if err != nil {
		return err
	}
	image, err := lamina.Open(ctx, ref, platform, env)
	if err != nil {
		return err
	}
	defer image.Close()
	t := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(ctx, t); err != nil {
			return err
		}
	}
	installed, err := stage.ReadInstalled(t, apk.V3)
	if err != nil {
		return err
	}
	tools := "without apk-tools"
	for _, p := range installed.Packages {
		if p.Name == "apk-tools" {
			tools = "apk-tools " + p.Version
		}
	}
	name := systemName(t)
	if name == "" {
		name = "without os-release"
	}
	b.description = terminal.OneLine(fmt.Sprintf("%s, %s, %s", name, tools, image.Platform))
	_, err = t.Stat("etc/apk/repositories")
	b.lacksRepositories = errors.Is(err, tree.ErrNotExist)
	return nil
}

// choosePlatform lists the platforms of an image with several, and returns the first.
func (b *knownBase) choosePlatform(ctx context.Context, ref lamina.Reference, env *lamina.Env) (lamina.Platform, error) {
	if ref.Transport == oci.TransportRootfs {
		return lamina.Platform{}, nil
	}
	store, err := transport.OpenStore(ctx, ref, env.Registries)
	if err != nil {
		return lamina.Platform{}, err
	}
	defer store.Close()
	platforms, err := oci.Platforms(ctx, store, ref.Name)
	if err != nil || len(platforms) == 0 {
		return lamina.Platform{}, err
	}
	for _, p := range platforms {
		b.platforms = append(b.platforms, p.String())
	}
	return platforms[0], nil
}

// systemName is PRETTY_NAME of os-release, or "".
func systemName(t *tree.Tree) string {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		text, err := t.ReadFile(name, 1<<20)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
				return strings.Trim(strings.TrimSpace(value), `"'`)
			}
		}
	}
	return ""
}
