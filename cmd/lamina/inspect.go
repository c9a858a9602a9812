package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/page"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/inspect"
)

func inspectCommand() *cobra.Command {
	const pageFiles, maxFiles = 500, 5000
	var platform, html string
	var asJSON bool
	var files int
	sources := new(options)
	cmd := &cobra.Command{
		Use:        "inspect REF",
		SuggestFor: []string{"info", "show", "history"},
		Short:      "Show layers, packages and largest files of an image",
		Long: `Show what an image is made of: layers and how they were built; packages, with the layer that
brought each and why it is installed; what the last layer has in addition to packages (users and
groups created; files created, changed and removed); scripts that were skipped; the largest
files; and what the record beside the image says about its build. The record is not checked
here: "lamina verify" does that.

On a terminal, tables are cut to its width. Where it is narrow, licences are left out, and packages
are grouped by their layers.

With --json, print one object: reference, platform, manifest, created, size (of all layers
as stored, in bytes), base, annotations, config, world (a list of items); layers, each with
digest, diffID, mediaType, size, createdBy, comment, skippedScripts, packages (how many it
brought) and removed; packages, each with name, version, arch, license, origin,
description, website, identity, packageSize (bytes of the compressed package file),
installedSize (bytes), layer (from 1), files, size (of its files),
added (the part of size in the last layer), wanted (in the world), needs, neededBy and
installIf; files, the largest, each with path, size, package and layer; fileCount and
fileSize (of all files); directories, each with path, size and added; for the last layer, users
and groups that it created, and files with their number: others (from no package), changed
(from a package of an earlier layer) and removed; provenance with builder, base, baseDigest,
packages, files, skipScripts, repositories, sourceDateEpoch, recipe and inputs; and
referrers, each with artifactType, manifest (its digest), digest and size of the document.

With --html, write a self-contained page: treemaps, dependency graph, and tables to sort and
filter. --html - prints it.`,
		Example: `  lamina inspect oci:image:latest
  lamina inspect oci:image:latest --json
  lamina inspect oci:image:latest --html image.html`,
		Args: usage.ExactlyOne("an image REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if files < 1 || files > maxFiles {
				return usage.Wrongf(cmd, "--files %d: want a number from 1 to %d", files, maxFiles)
			}
			if err := usage.AtMostOne(cmd, "json", "html"); err != nil {
				return err
			}
			if html != "" && !cmd.Flags().Changed("files") {
				files = pageFiles
			}
			if err := report.CheckFile("--html", html); err != nil {
				return err
			}
			contents, err := readReport(cmd, sources, args[0], platform, inspect.Options{Files: files})
			if err != nil {
				return err
			}
			if html != "" {
				return writePage(cmd, html, func(w io.Writer) error { return page.Write(w, contents) })
			}
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), contents)
			}
			return report.WriteImage(cmd.OutOrStdout(), contents, widthOf(cmd.OutOrStdout()))
		},
	}
	sources.registerSources(cmd)
	cmd.Flags().StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of the image, if it has several")
	cmd.Flags().IntVar(&files, "files", inspect.DefaultFiles, fmt.Sprintf("list the `N` largest files (default with --html: %d)", pageFiles))
	cmd.Flags().StringVar(&html, "html", "", "write a self-contained page with treemaps, graph and tables to `FILE`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// writePage writes a page to a file, or with "-" to stdout.
func writePage(cmd *cobra.Command, name string, write func(io.Writer) error) error {
	if name == standardStream {
		return write(cmd.OutOrStdout())
	}
	if err := atomicfile.WriteOutput(name, write); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

func readReport(cmd *cobra.Command, sources *options, text, platform string, options inspect.Options) (*lamina.Report, error) {
	ref, wanted, err := parseImageFor(cmd, text, platform)
	if err != nil {
		return nil, err
	}
	env := sources.env(cmd)
	defer env.Close()
	return lamina.Inspect(cmd.Context(), ref, wanted, env, options)
}

// widthOf returns the width of a terminal, 0 for all else.
func widthOf(w io.Writer) int {
	if result, ok := w.(*resultWriter); ok {
		w = result.Writer
	}
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
