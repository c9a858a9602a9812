package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/oci/fleet"
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
Without one, they may include some that scripts of packages have made. What a spec cannot say is
a line on stderr.`,
		Example: `  lamina init nginx curl
  lamina init -f web.yaml --base oci:base:latest nginx
  lamina init --from oci:image:latest -f image.yaml`,
		Args: func(cmd *cobra.Command, packages []string) error {
			if from != "" && len(packages) > 0 {
				return &usageError{cmd.CommandPath(), fmt.Errorf("--from: takes no PACKAGE, got %d", len(packages))}
			}
			if from == "" && platform != "" {
				return &usageError{cmd.CommandPath(), errors.New("--platform: applies only to --from")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, packages []string) error {
			name := cmp.Or(o.specFile, fleet.DefaultSpec)
			if _, err := os.Lstat(name); err == nil {
				return existsError(name)
			}
			env := o.env(cmd)
			defer env.Close()
			var text []byte
			var err error
			if from != "" {
				text, err = specFrom(cmd, o, env, from, platform, name)
			} else {
				text, err = starter(cmd, o, env, name, packages)
			}
			if err != nil {
				return err
			}
			if err := writeNew(name, append([]byte(editorLine), text...)); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), name)
			return err
		},
	}
	o.registerSources(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.specFile, "file", "f", "", "spec `FILE` to write (default "+fleet.DefaultSpec+")")
	f.StringVar(&o.base, "base", "docker://docker.io/library/alpine:3.22", "base image `REF`")
	f.StringArrayVar(&o.repositories, "repository", nil, "repository `URL`, directory or alpine:RELEASE, instead of the base's own (repeatable)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` to trust in addition to the base's own (repeatable)")
	f.StringVar(&from, "from", "", "image `REF` whose last layer the spec makes")
	f.StringVar(&platform, "platform", "", "`OS/ARCH[/VARIANT]` of that image, if it has several")
	cmd.ValidArgsFunction = o.completePackages
	return cmd
}

// starter is a spec for the base and the packages of the command line.
func starter(cmd *cobra.Command, o *options, env *lamina.Env, name string, packages []string) ([]byte, error) {
	base, err := describeBase(cmd, o, env)
	if err == nil {
		err = o.besideSpec(cmd, name)
	}
	if err != nil {
		return nil, err
	}
	text, err := newSpec(o, base, packages)
	return []byte(text), err
}

// newSpec is the text of a spec that parses, with what is not said as comments.
func newSpec(o *options, base *knownBase, packages []string) (string, error) {
	var b strings.Builder
	var failed error
	set := func(comment, key string, value any, example string) {
		fmt.Fprintf(&b, "\n# %s\n", strings.ReplaceAll(comment, "\n", "\n# "))
		if list, ok := value.([]string); ok && len(list) == 0 {
			fmt.Fprintf(&b, "# %s: %s\n", key, example)
			return
		}
		text, err := yaml.Dump(map[string]any{key: value})
		if err != nil {
			failed = err
		}
		b.Write(text)
	}
	b.WriteString("# The image to build. \"lamina help spec\" lists all keys, \"lamina build\" builds it.\n")
	comment := "The base image. Its layers stay unchanged."
	if base.description != "" {
		comment = "The base image: " + base.description + ". Its layers stay unchanged."
	}
	set(comment, "base", o.base, "")
	platforms := "[linux/amd64, linux/arm64]"
	if len(base.platforms) > 0 {
		platforms = "[" + strings.Join(base.platforms, ", ") + "]"
	}
	set("Several platforms give one image index, without emulation.", "platforms", []string(nil), platforms)
	repositories := o.repositories
	comment = "Package repositories: URLs or directories. Default: the repositories that the base names."
	if base.lacksRepositories && len(repositories) == 0 {
		comment, repositories = "Package repositories: URLs or directories. The base names none.", []string{"alpine:3.22"}
	}
	set(comment, "repositories", repositories, "[https://dl-cdn.alpinelinux.org/alpine/v3.22/main]")
	set("Public keys to trust in addition to the base's own.", "keys", o.keys, "[keys/example.rsa.pub]")
	set("As for apk add, with versions, tags and conflicts.", "packages", packages, `[nginx, "curl>8", "!bar"]`)
	b.WriteString(`
# Your own files, added last. Sources are relative to this file.
# files:
#   - {path: /etc/nginx/nginx.conf, source: nginx.conf, mode: 0644, owner: "root:root"}
#   - {path: /run/nginx, type: directory, owner: "nginx:nginx"}

# Image config. Keys that are left out keep the base's values.
# config:
#   entrypoint: [nginx]
#   cmd: [-g, "daemon off;"]
#   exposedPorts: [8888/tcp]
#   env: {TZ: UTC}
#   user: nginx
#   labels: {org.opencontainers.image.title: nginx}

# Packages whose scripts are skipped.
# scripts: {skip: [eudev]}
`)
	return b.String(), failed
}
