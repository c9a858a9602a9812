package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

func convertCommand() *cobra.Command {
	o := new(options)
	var c converter
	cmd := &cobra.Command{
		Use:   "convert [flags] FILE [CONTEXT]",
		Short: "Print the spec that does the same as a file of another builder",
		Long: `Print the spec that does the same as

  dockerfile  a Dockerfile
  apko        an image configuration of apko
  dhi         a definition of the catalogue of Docker's hardened images

The format is told by the content and the name of FILE; --from says it. - is standard input.

CONTEXT is the context directory of a Dockerfile, by default that of FILE. Sources in the spec
start from there. A Dockerfile builds on the settings of its base: those of Docker's alpine and
of scratch are known, another base is opened. --target, --build-arg and the other flags of
docker are as for "lamina build", and their values are written into the spec.

Each thing that the spec does not say as FILE does is a line on stderr, with its place and what
to do. Lines marked "note" are for your information. If there are others, the spec makes another
image until somebody does what they say; it is still printed, but the exit code is 1 unless
--allow-loss is given.

A spec needs the SHA-256 of each download. Where FILE does not give it, --pin downloads what
is there now. Without it, the spec has zeros; the build then fails and says which one the file has.`,
		Example: `  lamina convert Dockerfile -o web.yaml
  lamina convert --build-context base=oci:base:latest Dockerfile .
  lamina convert apko.yaml >web.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usage.Wrong(cmd, errors.New("want a FILE to convert, and for a Dockerfile its context directory"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, o, args) },
	}
	o.registerSources(cmd)
	o.registerDocker(cmd)
	f := cmd.Flags()
	f.StringVarP(&c.output, "output", "o", "", "`FILE` to write the spec to, which must not exist (default: -, which is stdout)")
	f.StringVar(&c.from, "from", "", "`FORMAT` of the file: dockerfile, apko or dhi (default: told by its content)")
	f.StringVar(&c.platform, "platform", "", "`OS/ARCH[/VARIANT]` to convert a Dockerfile for if it depends on that (default linux/amd64)")
	f.BoolVar(&c.allowLoss, "allow-loss", false, "exit with 0 even if the spec lacks something")
	f.BoolVar(&c.pin, "pin", false, "download keys and files whose SHA-256 FILE does not give, and write the one that they have now")
	f.BoolVar(&c.assumeAlpine, "assume-alpine", false, "do not open the base: its settings are those of Docker's alpine")
	return cmd
}

// converter has the flags of convert.
type converter struct {
	output, from, platform  string
	allowLoss, assumeAlpine bool
	pin                     bool
}

func (c *converter) run(cmd *cobra.Command, o *options, args []string) error {
	name, read := args[0], convert.Options{}
	var err error
	if name == standardStream {
		if read.Text, err = readInput(cmd, convert.MaxFile); err != nil {
			return err
		}
	}
	if c.from != "" {
		if read.Format, err = convert.ParseFormat(c.from); err != nil {
			return usage.Wrong(cmd, err)
		}
	} else if read.Format, err = convert.DetectFile(name, read.Text); err != nil {
		return err
	}
	if read.Platform, err = parsePlatform(cmd, c.platform); err != nil {
		return err
	}
	if c.output != "" {
		if err := checkNew(c.output); err != nil {
			return err
		}
		read.Dir = filepath.Dir(c.output)
	}
	if read.Format == convert.Dockerfile {
		context := filepath.Dir(name)
		if len(args) > 1 {
			context = args[1]
		}
		if read.Dockerfile, err = o.docker.options(cmd, context); err != nil {
			return err
		}
		base, err := c.base(cmd, o, name, read)
		if err != nil {
			return err
		}
		if base != nil {
			defer base.Close()
		}
		read.Base = base
	} else if err := refuseForeignFlags(cmd, o, read.Format, len(args)); err != nil {
		return err
	}
	if c.pin {
		env := o.env(cmd)
		defer env.Close()
		read.Sum = func(where string) (string, error) {
			answer, err := env.Client.Get(cmd.Context(), repository.Get{URL: where})
			if err == nil && answer.Status != http.StatusOK {
				err = fmt.Errorf("fetch %s: %d %s", redact.URL(where), answer.Status, http.StatusText(answer.Status))
			}
			if err != nil {
				return "", err
			}
			return answer.SHA256, nil
		}
	}
	result, err := convert.File(name, read)
	if err != nil {
		return err
	}
	return c.print(cmd, name, result)
}

// refuseForeignFlags returns an error if something is given that only a Dockerfile has a use for.
func refuseForeignFlags(cmd *cobra.Command, o *options, format convert.Format, arguments int) error {
	if arguments > 1 {
		return usage.Wrongf(cmd, "a context directory applies only to a Dockerfile, and the file is one of %s", format)
	}
	for _, name := range [...]string{"platform", "assume-alpine"} {
		if cmd.Flags().Changed(name) {
			return hint.Errorf("--%s: applies only to a Dockerfile", name).With("the file says it itself")
		}
	}
	return o.refuseDockerFlags(cmd)
}

// base opens the base of a Dockerfile; nil if its settings are known.
func (c *converter) base(cmd *cobra.Command, o *options, name string, read convert.Options) (*oci.Base, error) {
	ref, platform, isKnown, err := convert.BaseOf(name, read)
	switch {
	case err != nil || isKnown:
		return nil, err
	case c.assumeAlpine:
		return &oci.Base{Platform: platform, Config: v1.Image{Config: *convert.AlpineConfig()}}, nil
	}
	env := o.env(cmd)
	defer env.Close()
	base, err := transport.OpenBase(cmd.Context(), ref, platform, transport.Options{Cache: env.Cache, Registries: env.Registries})
	if err != nil {
		return nil, hint.Default(fmt.Errorf("base %s, whose settings the Dockerfile builds on: %w", ref, err),
			"give another for its name: --build-context NAME=REF; or take its settings for those of Docker's alpine: --assume-alpine")
	}
	return base, nil
}

// print writes the spec, and what it lacks.
func (c *converter) print(cmd *cobra.Command, name string, result *convert.Result) error {
	if err := writeNew(cmd, cmp.Or(c.output, standardStream), result.Spec); err != nil {
		return err
	}
	losses := 0
	for _, n := range result.Notes {
		if n.Loses {
			losses++
		}
		fmt.Fprintln(cmd.ErrOrStderr(), terminal.Escape(redact.Text(n.String())))
	}
	if losses == 0 || c.allowLoss {
		return nil
	}
	what := "1 thing of it is"
	if losses > 1 {
		what = fmt.Sprintf("%d things of it are", losses)
	}
	return hint.Errorf("%s: %s not in the spec", name, what).With(
		"do what the lines above say, or accept it with --allow-loss")
}

// checkNew fails if there is a file already where [writeNew] is to write one.
func checkNew(name string) error {
	if name == standardStream {
		return nil
	}
	if _, err := os.Lstat(name); err == nil {
		return existsError(name)
	}
	return nil
}

// writeNew writes a file that must not exist, or to stdout. A file that cannot be written to its end is removed.
func writeNew(cmd *cobra.Command, name string, text []byte) error {
	if name == standardStream {
		_, err := cmd.OutOrStdout().Write(text)
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return existsError(name)
	}
	if err == nil {
		_, err = file.Write(text)
		if err = errors.Join(err, file.Close()); err != nil {
			os.Remove(name)
		}
	}
	if err != nil {
		return fmt.Errorf("write spec: %w", err)
	}
	return nil
}

func existsError(name string) error {
	return hint.Errorf("write spec: %s already exists", name).With("choose another name, or remove the file")
}
