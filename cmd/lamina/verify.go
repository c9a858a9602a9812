package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/jsontext"
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
		Args: usage.ExactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if name := cmp.Or(firstGiven(o.specFlags), firstGiven(o.dockerFlags)); o.specFile == "" && name != "" {
				return usage.Wrongf(cmd, "--%s needs -f SPEC: without a spec, the image's own record is used", name)
			}
			err := verify(cmd, &o, args[0], asJSON)
			if err == nil || errors.As(err, new(*exit.DiffersError)) || errors.As(err, new(*usage.Error)) {
				return err
			}
			return &exit.UnknownError{Err: err}
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
	out := []report.Verification{}
	for _, v := range all {
		found := report.NewVerification(v)
		out = append(out, found)
		prefix := ""
		if len(all) > 1 {
			prefix = v.Platform.String() + ": "
		}
		if !asJSON {
			if err := found.Write(cmd.OutOrStdout(), prefix); err != nil {
				return err
			}
		}
		if !found.Reproduced && differs == nil {
			differs = &exit.DiffersError{Err: fmt.Errorf("%s%s is not reproducible: rebuilding it gives another image", prefix, ref)}
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
