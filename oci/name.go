package oci

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// A Name is what follows docker:// in a reference, taken apart.
type Name struct {
	Host       string // with its port, if it has one
	Repository string
	Tag        string        // "latest" if the name has neither tag nor digest
	Digest     digest.Digest // may be ""; where the name has a tag as well, the digest decides, as with docker
}

// ParseName reads HOST[:PORT]/REPOSITORY[:TAG][@DIGEST], whose grammar ParseReference has checked. A
// name without a host is refused: its registry would depend on the settings of the machine.
func ParseName(s string) (Name, error) {
	host, rest, ok := strings.Cut(s, "/")
	if !ok || !isRegistryHost(host) {
		return Name{}, fmt.Errorf("a short name is ambiguous: write docker://%s", fullName(s))
	}
	n := Name{Host: host}
	rest, dgst, _ := strings.Cut(rest, "@")
	n.Digest = digest.Digest(dgst)
	n.Repository, n.Tag, _ = cutTag(rest)
	if n.Tag == "" && n.Digest == "" {
		n.Tag = "latest"
	}
	if n.Digest != "" {
		return n, verify.Digest(n.Digest)
	}
	return n, nil
}

// cutTag cuts NAME[:TAG], where the colon of a host's port does not count.
func cutTag(s string) (name, tag string, ok bool) {
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// isRegistryHost tells the first part of a name that is a host from one of a repository, as docker does.
func isRegistryHost(part string) bool { return strings.ContainsAny(part, ".:") || part == "localhost" }

// validRegistryHost reports whether a host, with its port if it has one, is one by the grammar of docker's references.
func validRegistryHost(host string) bool {
	name, port := host, "0"
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	if address, ok := strings.CutPrefix(name, "["); ok {
		address, ok = strings.CutSuffix(address, "]")
		ip, err := netip.ParseAddr(address)
		return ok && err == nil && ip.Is6() && ip.Zone() == ""
	}
	for part := range strings.SplitSeq(name, ".") {
		isWord := strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
		if part == "" || !isWord || part[0] == '-' || part[len(part)-1] == '-' {
			return false
		}
	}
	return true
}

// fullName is what docker takes a short name for.
func fullName(s string) string {
	first, _, ok := strings.Cut(s, "/")
	switch {
	case ok && isRegistryHost(first):
		return s
	case ok:
		return "docker.io/" + s
	}
	return "docker.io/library/" + s
}

// InRegistry returns the name of the repository with its host.
func (n Name) InRegistry() string { return n.Host + "/" + n.Repository }

// Reference returns the tag or digest to request from the registry.
func (n Name) Reference() string {
	if n.Digest != "" {
		return n.Digest.String()
	}
	return n.Tag
}

// FullName returns a name of docker's, which may be short, with its host and its tag; s itself if it is invalid.
func FullName(s string) string {
	if s == "" {
		return ""
	}
	name, err := ParseName(fullName(s))
	if err != nil {
		return s
	}
	return name.InRegistry() + ":" + name.Tag
}

// TaggedName returns a name as docker has it, which may be short, with a tag.
func TaggedName(name string) string {
	parsed, err := ParseName(fullName(name))
	if err != nil || parsed.Tag == "" {
		return name
	}
	if _, _, hasTag := cutTag(name); hasTag {
		return name
	}
	return name + ":" + parsed.Tag
}
