package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/terminal"
)

func verifyCommand() *cobra.Command {
	var o options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify REF",
		Short: "Rebuild an image and compare every digest",
		Long: `Rebuild an image and compare the digests of its last layer, config and manifest. Nothing in
the last layer is trusted: packages are fetched again, or taken from the cache or --vendor,
and verified.

The record beside the image says how to build it. The spec's own files are then taken from
the image, by the hashes in the record, and the base is what lies below the last layer. So
this shows that the image is what its record says. With -f, the spec and its lock are used
instead of the record; with --lock, a lock is used instead of the record's.

Each package must be signed, or listed in a signed index, by a key of the base or one that
--key names. Without --key, keys that the record brings along are accepted with a warning.

Exit status: 0 reproduced, 1 something differs, 2 wrong usage, 3 the image could not be
rebuilt, so nothing is known.

With --json, print a list with an object for each platform: platform, reproduced, image and
rebuilt (digests of manifests) and, unless reproduced, differences as "lamina diff --json" has
them.`,
		Example: `  lamina verify oci:image:latest
  lamina verify oci:image:latest -f lamina.yaml --vendor packages --offline`,
		Args: exactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"base", "upgrade", "no-lock", "compression", "arg", "build-arg", "build-context", "context", "image", "label",
				"skip-scripts", "target", "without"} {
				if o.specFile == "" && cmd.Flags().Changed(name) {
					return &usageError{cmd.CommandPath(), fmt.Errorf("--%s needs -f SPEC: without a spec, the image's own record is used", name)}
				}
			}
			err := verify(cmd, &o, args[0], asJSON)
			if err == nil || errors.As(err, new(*differsError)) || errors.As(err, new(*usageError)) {
				return err
			}
			return &unknownError{err}
		},
	}
	o.register(cmd)
	o.registerLock(cmd)
	o.shares.register(cmd, false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	cmd.Flags().Lookup("file").Usage = "spec `FILE` (default: the image's own record)"
	cmd.Flags().Lookup("lock").Usage = "lock `FILE` (default: beside the spec if given, else the lock in the image's own record)"
	return cmd
}

// exactlyOne wants one argument.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return &usageError{cmd.CommandPath(), fmt.Errorf("want %s, got %s", what, terminal.Count(len(args), "argument"))}
		}
		return nil
	}
}

// differsError says that a comparison found a difference: exit code 1. Without err, the difference was printed already.
type differsError struct{ err error }

func (e *differsError) Error() string {
	if e.err == nil {
		return "they differ"
	}
	return e.err.Error()
}

// unknownError says that a comparison could not be made: exit code 3.
type unknownError struct{ err error }

func (e *unknownError) Error() string { return e.err.Error() }
func (e *unknownError) Unwrap() error { return e.err }

// verificationOutput is an item of what verify --json prints. Fields may be added, never changed.
type verificationOutput struct {
	Platform    string              `json:"platform"`
	Reproduced  bool                `json:"reproduced"`
	Image       digest.Digest       `json:"image"`
	Rebuilt     digest.Digest       `json:"rebuilt"`
	Differences *lamina.Differences `json:"differences,omitempty"`
}

func verify(cmd *cobra.Command, o *options, text string, asJSON bool) error {
	ref, err := parseImage(cmd, text)
	if err != nil {
		return err
	}
	how, j, err := o.verification(cmd)
	if err != nil {
		return err
	}
	defer j.close()
	all, err := lamina.Verify(cmd.Context(), ref, j.env, how)
	if err != nil {
		return j.explain(err)
	}
	var differs error
	out := []verificationOutput{}
	for _, v := range all {
		out = append(out, verificationOutput{v.Platform.String(), v.Differences == nil, v.Image, v.Rebuilt, v.Differences})
		prefix := ""
		if len(all) > 1 {
			prefix = v.Platform.String() + ": "
		}
		if !asJSON {
			if err := printVerification(cmd.OutOrStdout(), prefix, v); err != nil {
				return err
			}
		}
		if v.Differences != nil && differs == nil {
			differs = &differsError{fmt.Errorf("%s%s is not reproducible: rebuilding it gives another image", prefix, ref)}
		}
	}
	if asJSON {
		if err := jsontext.Write(cmd.OutOrStdout(), out); err != nil {
			return err
		}
	}
	return differs
}

// verification is what the flags say of how an image is rebuilt.
func (o *options) verification(cmd *cobra.Command) (lamina.VerifyOptions, *job, error) {
	platforms, err := parsePlatforms(cmd, o.platforms)
	how := lamina.VerifyOptions{Platforms: platforms, Repositories: o.repositories, Vendor: o.vendor}
	if err == nil {
		err = o.checkVendor()
	}
	if err != nil {
		return how, nil, err
	}
	if o.specFile != "" {
		j, err := o.load(cmd, nil)
		if err == nil {
			how.Spec = j.spec
		}
		return how, j, err
	}
	if o.lockFile != "" {
		if how.Lock, err = lamina.ReadLock(o.lockFile); err != nil {
			return how, nil, err
		}
	}
	if how.Keys, err = readKeys(o.keys); err != nil {
		return how, nil, err
	}
	j := &job{lock: o.lockFile, env: o.env(cmd), owns: true}
	if err := o.share(cmd, j.env, ""); err != nil {
		j.close()
		return how, nil, err
	}
	return how, j, nil
}

func printVerification(w io.Writer, prefix string, v lamina.Verification) error {
	if v.Differences == nil {
		_, err := fmt.Fprintf(w, "%sreproduced %s\n", prefix, v.Image)
		return err
	}
	if _, err := fmt.Fprintf(w, "%snot reproduced: %s was rebuilt as %s\n", prefix, v.Image, v.Rebuilt); err != nil {
		return err
	}
	return report.Views{}.WriteDifferences(w, []*lamina.Differences{v.Differences})
}
