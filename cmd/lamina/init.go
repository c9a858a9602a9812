package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/starter"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
)

// editorLine tells editors that know YAML where the keys of a spec are described.
const editorLine = "# yaml-language-server: $schema=https://raw.githubusercontent.com/lamina-oci/lamina/main/oci/spec/schema.json\n"

func initCommand() *cobra.Command {
	o := new(options)
	var from, platform string
	cmd := &cobra.Command{
		Use:   "init [flags] [PACKAGE...]",
		Short: "Write a starter spec",
		Long: `Write a starter spec with comments to lamina.yaml, or to the file given with -f. An existing
file is left alone. Base, repositories, keys and packages are taken from the command line. A base
that is given with --base is read, and the spec says what it is: its release, its platforms and
whether it names repositories.

With --from, write the spec that makes the last layer of an image: the packages that the layer
adds to the world, accounts, files that are from no package, removed files, and settings that
differ from the base's. Texts of up to 4096 bytes are in the spec, other files are written to
the directory "files" beside it. The base is the one that the image names, or --base.

With the record that Lamina puts beside an image, files and accounts are those of its request.
Without one, they may include some that scripts of packages have made. Anything that a spec cannot
say is a line on stderr.`,
		Example: `  lamina init nginx curl
  lamina init -f web.yaml --base oci:base:latest nginx
  lamina init --from oci:image:latest -f image.yaml`,
		Args: func(cmd *cobra.Command, packages []string) error {
			if from != "" && len(packages) > 0 {
				return usage.Wrongf(cmd, "--from: takes no PACKAGE, got %d", len(packages))
			}
			if from == "" && platform != "" {
				return usage.Wrong(cmd, errors.New("--platform: applies only to --from"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, packages []string) error {
			name := cmp.Or(o.specFile, fleet.DefaultSpec)
			if err := checkNew(name); err != nil {
				return err
			}
			env := o.env(cmd)
			defer env.Close()
			var text []byte
			var err error
			if from != "" {
				text, err = specFrom(cmd, o, env, from, platform, name)
			} else {
				text, err = starterSpec(cmd, o, env, name, packages)
			}
			if err != nil {
				return err
			}
			if err := writeNew(cmd, name, append([]byte(editorLine), text...)); err != nil || name == standardStream {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), name)
			return err
		},
	}
	o.registerSources(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.specFile, "file", "f", "", "spec `FILE` to write; - for stdout (default "+fleet.DefaultSpec+")")
	f.StringVar(&o.base, "base", "docker://docker.io/library/alpine:3.22", "base image `REF`")
	f.StringArrayVar(&o.repositories, "repository", nil, "repository `URL`, directory or alpine:RELEASE, instead of the base's own (repeatable)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` to trust in addition to the base's own (repeatable)")
	f.StringVar(&from, "from", "", "image `REF` whose last layer the spec makes")
	f.StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of that image, if it has several")
	cmd.ValidArgsFunction = o.completePackages
	return cmd
}

// starterSpec is a spec for the base and the packages of the command line.
func starterSpec(cmd *cobra.Command, o *options, env *lamina.Env, name string, packages []string) ([]byte, error) {
	base, err := describeBase(cmd, o, env)
	if err == nil {
		err = o.besideSpec(cmd, name)
	}
	if err != nil {
		return nil, err
	}
	return starter.Spec(base, starter.Keys{Base: o.base, Repositories: o.repositories, Keys: o.keys, Packages: packages})
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
		return usage.Wrongf(cmd, "base: %w", err)
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
func describeBase(cmd *cobra.Command, o *options, env *lamina.Env) (*starter.Base, error) {
	base := new(starter.Base)
	if !cmd.Flags().Changed("base") || strings.Contains(o.base, "${") {
		return base, nil
	}
	ref, err := lamina.ParseReference(o.base)
	if err != nil {
		return nil, usage.Wrongf(cmd, "base: %w", err)
	}
	if base, err = starter.ReadBase(cmd.Context(), ref, env); err != nil {
		if cmd.Context().Err() != nil {
			return nil, err
		}
		env.Warn(fmt.Sprintf("the spec does not describe the base, which cannot be read: %v", err))
		return new(starter.Base), nil
	}
	return base, nil
}
