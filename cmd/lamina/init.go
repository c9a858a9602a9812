package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
)

func initCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "init [flags] [PACKAGE...]",
		Short: "Write a spec file to begin with",
		Long: `Write a spec file with comments, to begin with: lamina.yaml, or what -f says. A file that
is there is not touched. Base, repositories, keys and packages are those that are given.`,
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
			file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("write spec: %s is there already: choose another name with -f, or remove it", name)
			}
			if err == nil {
				_, err = file.WriteString(text)
				err = errors.Join(err, file.Close())
			}
			if err != nil {
				return fmt.Errorf("write spec: %w", err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), name)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.specFile, "file", "f", "", "spec `FILE` to write (default "+defaultSpec+")")
	f.StringVar(&o.base, "base", "docker://docker.io/library/alpine:3.22", "base image `REF`")
	f.StringArrayVar(&o.repositories, "repository", nil, "repository `URL` or folder, instead of the base's own (repeatable)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` to trust besides the base's own (repeatable)")
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
	b.WriteString("# What image to build. \"lamina help spec\" shows all keys, \"lamina build\" builds it.\n")
	set("The image to build on. Its layers stay as they are.", "base", o.base, "")
	set("Several make one image for all of them, without emulation.", "platforms", []string(nil), "[linux/amd64, linux/arm64]")
	set("Where packages come from: URLs or folders. Left out, they are those that the base names.", "repositories", o.repositories, "[https://dl-cdn.alpinelinux.org/alpine/v3.22/main]")
	set("Public keys to trust besides the base's own.", "keys", o.keys, "[keys/example.rsa.pub]")
	set("As apk add takes them, with versions, tags, and names to keep away.", "packages", packages, `[nginx, "curl>8", "!bar"]`)
	b.WriteString(`
# Files of your own, added last. Sources are found beside this file.
# files:
#   - {path: /etc/nginx/nginx.conf, source: nginx.conf, mode: 0644, owner: "root:root"}
#   - {path: /run/nginx, type: directory, owner: "nginx:nginx"}

# How it runs. What is left out stays as the base has it.
# config:
#   entrypoint: [nginx]
#   cmd: [-g, "daemon off;"]
#   exposedPorts: [8888/tcp]
#   env: {TZ: UTC}
#   user: nginx
#   labels: {org.opencontainers.image.title: nginx}

# Packages whose scripts are left out.
# scripts: {skip: [eudev]}
`)
	return b.String(), failed
}
