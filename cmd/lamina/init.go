package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
)

func initCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "init [flags] [PACKAGE...]",
		Short: "Write a starter spec",
		Long: `Write a starter spec with comments to lamina.yaml, or to the file given with -f. An existing
file is left alone. Base, repositories, keys and packages are taken from the command line.`,
		Example: `  lamina init nginx curl
  lamina init -f web.yaml --base oci:base:latest nginx`,
		RunE: func(cmd *cobra.Command, packages []string) error {
			text, err := newSpec(o, packages)
			if err != nil {
				return err
			}
			name := o.specFile
			if name == "" {
				name = defaultSpec
			}
			if err := writeNew(name, []byte(text)); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), name)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.specFile, "file", "f", "", "spec `FILE` to write (default "+defaultSpec+")")
	f.StringVar(&o.base, "base", "docker://docker.io/library/alpine:3.22", "base image `REF`")
	f.StringArrayVar(&o.repositories, "repository", nil, "repository `URL`, directory or alpine:RELEASE, instead of the base's own (repeatable)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` to trust in addition to the base's own (repeatable)")
	cmd.ValidArgsFunction = o.completePackages
	return cmd
}

// newSpec is the text of a spec that parses, with what is not said as comments.
func newSpec(o *options, packages []string) (string, error) {
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
	set("The base image. Its layers stay unchanged.", "base", o.base, "")
	set("Several platforms give one image index, without emulation.", "platforms", []string(nil), "[linux/amd64, linux/arm64]")
	set("Package repositories: URLs or directories. Default: the repositories that the base names.", "repositories", o.repositories, "[https://dl-cdn.alpinelinux.org/alpine/v3.22/main]")
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
