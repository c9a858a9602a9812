package spec

import (
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

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

// ParseSourceDateEpoch reads the value of SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch). Empty
// means unset and gives the zero time.
func ParseSourceDateEpoch(value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q: want seconds since 1970 in decimal, or unset it", value)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
