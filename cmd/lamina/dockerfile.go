package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
	"github.com/lamina-oci/lamina/oci/transport"
)

// dockerfileOptions are flags that docker has, for a Dockerfile.
type dockerfileOptions struct {
	args     []string
	target   string
	contexts []string
	labels   []string
}

func (o *dockerfileOptions) register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.args, "build-arg", nil, "value for an ARG of the Dockerfile: `NAME=VALUE`, or NAME for that of the environment (repeatable)")
	f.StringVar(&o.target, "target", "", "`STAGE` of the Dockerfile to build (default: the last)")
	f.StringArrayVar(&o.contexts, "build-context", nil, "what a name in FROM or COPY --from stands for: `NAME=DIR` or NAME=REF (repeatable)")
	f.StringArrayVar(&o.labels, "label", nil, "label of the image that the Dockerfile describes: `NAME=VALUE` (repeatable)")
}

// registerDocker adds the flags that docker has.
func (o *options) registerDocker(cmd *cobra.Command) {
	o.dockerFlags = pflag.NewFlagSet("", pflag.ContinueOnError)
	o.docker.register(o.dockerFlags)
	cmd.Flags().AddFlagSet(o.dockerFlags)
}

// firstGiven returns the name of a flag of a set that is on the command line, "" for none. The set may be nil.
func firstGiven(flags *pflag.FlagSet) (name string) {
	if flags == nil {
		return ""
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			name = cmp.Or(name, f.Name)
		}
	})
	return name
}

// dockerfile returns the Dockerfile that is named, or that is in the context directory which is the only argument; "" for none.
func (o *options) dockerfile(arguments []string) string {
	switch {
	case o.specFile == standardStream:
		if fleet.HoldsDockerfile(bytes.NewReader(o.piped)) {
			return standardStream
		}
	case o.specFile != "" && fleet.IsDockerfile(o.specFile):
		return o.specFile
	case o.specFile == "" && len(arguments) == 1 && isDirectoryName(arguments[0]):
		for _, name := range [...]string{"Dockerfile", "Containerfile"} {
			name = filepath.Join(arguments[0], name)
			if _, err := os.Stat(name); err == nil {
				return name
			}
		}
	}
	return ""
}

// isDirectoryName reports whether an argument is a directory rather than a package.
func isDirectoryName(argument string) bool {
	return argument == "." || argument == ".." || strings.ContainsAny(argument, `/\`)
}

// loadDockerfile reads a Dockerfile; the argument, if there is one, is the context directory.
func (o *options) loadDockerfile(cmd *cobra.Command, name string, arguments []string) (*job, error) {
	context := o.contextDir
	switch {
	case o.image != "":
		return nil, hint.Errorf("--image %s: applies only to a spec", o.image).With("choose a stage of the Dockerfile with --target")
	case len(arguments) > 1 || len(arguments) == 1 && o.contextDir != "":
		return nil, usage.Wrong(cmd, errors.New("with a Dockerfile, there is one argument: the context directory"))
	case len(arguments) == 1:
		context = arguments[0]
	}
	context = cmp.Or(context, ".")
	if _, err := os.Stat(context); err != nil {
		return nil, hint.Errorf("context directory %s: %w", context, diskio.Reason(err)).With("the context directory is the last argument of the command")
	}
	read, err := o.docker.options(cmd, context)
	if err != nil {
		return nil, err
	}
	read.Without, read.Text = splitLists(o.without), o.piped
	host, err := hostPlatform()
	if err != nil {
		return nil, err
	}
	switch platforms, err := parsePlatforms(cmd, o.platforms); {
	case err != nil:
		return nil, err
	case len(platforms) == 0:
		read.Platform = host
	case len(platforms) == 1:
		read.Platform = platforms[0]
	}
	file, err := dockerfile.Read(name, read)
	if err != nil {
		return nil, err
	}
	s, err := file.Spec()
	if err != nil {
		return nil, err
	}
	s.DefaultPlatform = host
	return &job{spec: s, file: name, warnings: file.Warnings()}, nil
}

// hostPlatform is the platform that docker builds for by default.
func hostPlatform() (lamina.Platform, error) {
	const variable = "DOCKER_DEFAULT_PLATFORM"
	text := os.Getenv(variable)
	if text == "" {
		return lamina.ParsePlatform("linux/" + runtime.GOARCH)
	}
	platform, err := lamina.ParsePlatform(text)
	if err != nil {
		return platform, hint.Errorf("%s: %w", variable, err).With("a platform is OS/ARCHITECTURE, such as linux/amd64")
	}
	return platform, nil
}

// options returns what the flags say, with a context directory.
func (o *dockerfileOptions) options(cmd *cobra.Command, context string) (dockerfile.Options, error) {
	read := dockerfile.Options{Target: o.target, Context: context}
	for _, list := range [...]struct {
		flag  string
		texts []string
		into  *map[string]string
	}{{"build-arg", o.args, &read.Args}, {"build-context", o.contexts, &read.Contexts}, {"label", o.labels, &read.Labels}} {
		*list.into = make(map[string]string)
		for _, text := range list.texts {
			key, value, ok := strings.Cut(text, "=")
			if !ok && list.flag == "build-arg" {
				if value, ok = os.LookupEnv(key); !ok {
					continue // as docker does
				}
			}
			if !ok || key == "" {
				return read, usage.Wrongf(cmd, "--%s %q: want NAME=VALUE", list.flag, text)
			}
			(*list.into)[key] = value
		}
	}
	return read, nil
}

// refuseDockerFlags returns an error if a flag is given that only a Dockerfile has a use for.
func (o *options) refuseDockerFlags(cmd *cobra.Command) error {
	name := firstGiven(o.dockerFlags)
	if name == "" {
		return nil
	}
	return usage.Wrong(cmd, hint.Errorf("--%s: applies only to a Dockerfile", name).With(
		"give a Dockerfile, -f Dockerfile with the context directory as the last argument, or its directory with a slash, such as ./app"))
}

// outputsOf returns the references that -o and -t name. A tag without a transport is a name in a registry.
func outputsOf(cmd *cobra.Command, outputs, tags []string) ([]oci.Reference, error) {
	var list []oci.Reference
	add := func(ref oci.Reference, err error) error {
		switch {
		case err != nil:
			return usage.Wrong(cmd, err)
		case slices.Contains(list, ref):
			return usage.Wrong(cmd, hint.Errorf("output %s: given twice", ref).With("remove one of the two"))
		}
		if i := slices.IndexFunc(list, ref.SharesArchive); i >= 0 {
			return usage.Wrong(cmd, hint.Errorf("output %s: would replace output %s: an archive holds one image, under one name", ref, list[i]).With(
				"give each output a file of its own"))
		}
		list = append(list, ref)
		if err := transport.CheckOutput(ref, transport.Options{}); err != nil {
			if ref.Transport == oci.TransportRootfs || ref.Transport == oci.TransportScratch {
				return usage.Wrong(cmd, err)
			}
			return &lamina.Error{Part: assemble.PartOutput, Err: err}
		}
		return nil
	}
	if len(tags) == 0 || cmd.Flags().Changed("output") {
		for _, text := range outputs {
			ref, err := oci.ParseReference(text)
			if err := add(ref, suggestLayout(text, err)); err != nil {
				return nil, err
			}
		}
	}
	for _, tag := range tags {
		ref, err := oci.ParseReference(tag)
		if err != nil {
			ref, err = oci.ParseReference("docker://" + oci.TaggedName(tag))
		}
		if err := add(ref, err); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// suggestLayout adds to the error of an output NAME:TAG that names no host what is likelier to be meant than Docker's registry.
func suggestLayout(text string, err error) error {
	invalid := (*oci.ReferenceError)(nil)
	if !errors.As(err, &invalid) {
		return err
	}
	layout := string(oci.TransportLayout) + ":" + text
	_, failed := oci.ParseReference(layout)
	first, _, _ := strings.Cut(text, ":")
	switch {
	case oci.IsForeignTransport(first):
		return hint.With(err, "write an archive, and copy that: skopeo copy oci-archive:FILE "+text)
	case strings.HasPrefix(text, "type="): // as docker has it
		err = errors.New("no transport: write oci:DIR, oci-archive:FILE, docker-archive:FILE or docker://NAME")
	case failed != nil, strings.ContainsAny(text, "/\\@"), strings.HasPrefix(text, string(oci.TransportDockerArchive)+":"):
		return err
	default:
		err = fmt.Errorf("no transport: did you mean %s, a directory, or docker://docker.io/library/%s, a registry?", layout, text)
	}
	return &oci.ReferenceError{Reference: invalid.Reference, Err: err}
}
