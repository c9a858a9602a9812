package starter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Base is what a starter spec says of a base. The zero value is for one that was not read.
type Base struct {
	description       string // such as "Alpine Linux v3.22, apk-tools 2.14.9-r2, linux/amd64"
	platforms         []string
	lacksRepositories bool
}

// ReadBase reads a base, the first of its platforms.
func ReadBase(ctx context.Context, ref lamina.Reference, env *lamina.Env) (*Base, error) {
	if ref.Transport == oci.TransportScratch {
		return &Base{description: "nothing", lacksRepositories: true}, nil
	}
	b := new(Base)
	platform, err := b.choosePlatform(ctx, ref, env)
	if err != nil {
		return nil, err
	}
	image, err := lamina.Open(ctx, ref, platform, env)
	if err != nil {
		return nil, err
	}
	defer image.Close()
	t := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(ctx, t); err != nil {
			return nil, err
		}
	}
	installed, err := stage.ReadInstalled(t, apk.V3)
	if err != nil {
		return nil, err
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
	return b, nil
}

// choosePlatform lists the platforms of an image with several, and returns the first.
func (b *Base) choosePlatform(ctx context.Context, ref lamina.Reference, env *lamina.Env) (lamina.Platform, error) {
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

// Keys are what a starter spec says as the command line has it.
type Keys struct {
	Base                         string
	Repositories, Keys, Packages []string
}

// Spec is the text of a spec that parses, with what is not said as comments.
func Spec(base *Base, keys Keys) ([]byte, error) {
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
	set(comment, "base", keys.Base, "")
	platforms := "[linux/amd64, linux/arm64]"
	if len(base.platforms) > 0 {
		platforms = "[" + strings.Join(base.platforms, ", ") + "]"
	}
	set("Several platforms give one image index, without emulation.", "platforms", []string(nil), platforms)
	repositories := keys.Repositories
	comment = "Package repositories: URLs or directories. Default: the repositories that the base names."
	if base.lacksRepositories && len(repositories) == 0 {
		comment, repositories = "Package repositories: URLs or directories. The base names none.", []string{"alpine:3.22"}
	}
	set(comment, "repositories", repositories, "[https://dl-cdn.alpinelinux.org/alpine/v3.22/main]")
	set("Public keys to trust in addition to the base's own.", "keys", keys.Keys, "[keys/example.rsa.pub]")
	set("As for apk add, with versions, tags and conflicts.", "packages", keys.Packages, `[nginx, "curl>8", "!bar"]`)
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
	return []byte(b.String()), failed
}
