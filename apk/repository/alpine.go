package repository

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
)

// alpineRelease is the short form for Alpine's own repositories: alpine:3.22 or alpine:edge, after an optional tag.
var alpineRelease = regexp.MustCompile(`^(@\S+\s+)?alpine:(?:v?([0-9]+\.[0-9]+)|(edge))$`)

// IsAlpine reports whether an argument is the short form for the repositories main and community of an Alpine release.
func IsAlpine(argument string) bool { return alpineRelease.MatchString(argument) }

// alpineLines returns the lines that the short form stands for, nil for any other argument.
func alpineLines(argument string) []string {
	m := alpineRelease.FindStringSubmatch(argument)
	if m == nil {
		return nil
	}
	branch := m[3]
	if branch == "" {
		branch = "v" + m[2]
	}
	var lines []string
	for _, name := range []string{"main", "community"} {
		lines = append(lines, m[1]+"https://dl-cdn.alpinelinux.org/alpine/"+branch+"/"+name)
	}
	return lines
}

//go:embed alpinekeys
var alpineKeys embed.FS

// alpineKeyIDs are the ends of the names of keys that Alpine's package alpine-keys trusts on an architecture.
var alpineKeyIDs = map[string][]string{
	"aarch64": {"58199dcc", "616ae350"},
	"armhf":   {"524d27bb", "616a9724"},
	"armv7":   {"524d27bb", "616adfeb"},
	"mips64":  {"5e69ca50"},
	"ppc64le": {"58cbb476", "616abc23"},
	"riscv64": {"60ac2099", "616db30d"},
	"s390x":   {"58e4f17d", "616ac3bc"},
	"x86":     {"4a6a0840", "5243ef4b", "61666e3f"},
	"x86_64":  {"4a6a0840", "5261cecb", "6165ee59"},
}

// AlpineKeys returns the public keys of Alpine's builders that Alpine trusts on an architecture, as of alpine-keys 2.4, by the names of their
// files, which signatures name them by. For an architecture that Alpine does not have, the map is empty.
func AlpineKeys(arch string) (map[string][]byte, error) {
	keys := make(map[string][]byte)
	for _, id := range alpineKeyIDs[arch] {
		name := "alpine-devel@lists.alpinelinux.org-" + id + ".rsa.pub"
		pem, err := alpineKeys.ReadFile("alpinekeys/" + name)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", name, err)
		}
		keys[name] = pem
	}
	return keys, nil
}

// hasAlpinePrefix reports whether an argument looks like the short form, which it may be with a mistake.
func hasAlpinePrefix(argument string) bool {
	if strings.HasPrefix(argument, "@") {
		if i := strings.IndexAny(argument, " \t"); i > 0 {
			argument = strings.TrimLeft(argument[i:], " \t")
		}
	}
	return strings.HasPrefix(argument, "alpine:")
}
