package spec

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/apk/repository"
)

// resolvePath resolves a path of the spec against the spec's directory.
func (s *Document) resolvePath(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.dir, filepath.FromSlash(p))
}

// resolveReference does the same for the path in a reference to a file.
func (s *Document) resolveReference(ref string) string { return inDirectory(ref, s.resolvePath) }

// inDirectory returns a reference with what resolve makes of its path, if it has one.
func inDirectory(ref string, resolve func(string) string) string {
	transport, p, ok := strings.Cut(ref, ":")
	switch transport {
	case "oci", "oci-archive", "docker-archive", "rootfs":
		if ok && p != "" && !filepath.IsAbs(p) && !path.IsAbs(p) {
			return transport + ":" + resolve(p)
		}
	}
	return ref
}

// ResolveRepository does the same for a repository directory or index file: anything without a scheme, after an optional keyword and tag.
func (s *Document) ResolveRepository(line string) string { return repositoryIn(line, s.resolvePath) }

// repositoryIn returns a repository with what resolve makes of its path, if it has one.
func repositoryIn(line string, resolve func(string) string) string {
	prefix, url := "", line
	if keyword, rest, found := repository.CutKeyword(line); found {
		prefix, url = keyword+" ", strings.TrimLeft(rest, " \t")
	}
	if strings.HasPrefix(url, "@") {
		if i := strings.IndexAny(url, " \t"); i > 0 {
			prefix, url = prefix+url[:i+1], strings.TrimLeft(url[i:], " \t")
		}
	}
	if strings.HasPrefix(url, "alpine:") {
		return line
	}
	if strings.Contains(url, "://") || strings.HasPrefix(url, "file:") || url == "" {
		return line
	}
	if filepath.IsAbs(url) {
		return prefix + url
	}
	return prefix + resolve(url)
}
