package oci

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/opencontainers/go-digest"
)

// registryName is what follows docker:// in a reference, taken apart.
type registryName struct {
	host       string // with its port, if it has one
	repository string
	tag        string        // "latest" if the name has neither tag nor digest
	digest     digest.Digest // "" if there is none; with a tag, this is what counts, as with docker
}

// parseRegistryName reads HOST[:PORT]/REPOSITORY[:TAG][@DIGEST], which has the grammar already. A
// name without a host is refused: which registry it means is a matter of each machine's settings.
func parseRegistryName(s string) (registryName, error) {
	host, rest, ok := strings.Cut(s, "/")
	if !ok || !isRegistryHost(host) {
		return registryName{}, fmt.Errorf("a short name may mean any registry: write docker://%s", fullRegistryName(s))
	}
	n := registryName{host: host}
	rest, dgst, _ := strings.Cut(rest, "@")
	n.digest = digest.Digest(dgst)
	n.repository, n.tag, _ = cutTag(rest)
	if n.tag == "" && n.digest == "" {
		n.tag = "latest"
	}
	if n.digest != "" {
		return n, checkDigest(n.digest)
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

// fullRegistryName is what docker takes a short name for.
func fullRegistryName(s string) string {
	first, _, ok := strings.Cut(s, "/")
	switch {
	case ok && isRegistryHost(first):
		return s
	case ok:
		return "docker.io/" + s
	}
	return "docker.io/library/" + s
}

// inRegistry is the name of the repository with its host.
func (n registryName) inRegistry() string { return n.host + "/" + n.repository }

// reference is the tag or digest that the registry is asked for.
func (n registryName) reference() string {
	if n.digest != "" {
		return n.digest.String()
	}
	return n.tag
}

// isLoopback says whether a host is this machine.
func isLoopback(host string) bool {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
