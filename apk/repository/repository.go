package repository

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
)

// Repository is a place with packages and an index of them, for each architecture.
type Repository struct {
	Tag string // without "@"; packages of a tagged repository are taken only when asked for
	URL string // http://…, https://…, or a directory of this machine; no slash at the end

	// Index is empty for the usual layout, with a directory for each architecture.
	// Otherwise it is the file name of the only index, and the packages lie beside
	// it: what apk 3 calls ndx (apk/FORMAT.md 6.2).
	Index string

	// ADB means the usual layout with indexes in apk 3's own format: what apk 3 calls v3.
	ADB bool

	// IsMissing means that there is no such directory, though this machine may have one of that name: the directory would be one of the image.
	// IsInImage means that the image has it, where repositories are not read.
	IsMissing, IsInImage bool
}

// Local reports whether the repository is a local directory.
func (r Repository) Local() bool { return !isRemote(r.URL) }

// isRemote reports whether a URL is one to be fetched. Schemes are as good in
// capital letters (RFC 3986, 3.1).
func isRemote(u string) bool {
	scheme, _, ok := strings.Cut(u, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// IndexURL returns where the index of an architecture is: a URL or a path. A name
// that cannot be part of one is an error, here and in PackageURL.
func (r Repository) IndexURL(arch string) (string, error) {
	if r.Index != "" {
		return r.join(r.Index)
	}
	if r.ADB {
		return r.join(arch, "Packages.adb")
	}
	return r.join(arch, "APKINDEX.tar.gz")
}

// PackageURL returns where a package is: its own architecture names the directory,
// which may be noarch, and arch is taken where it does not say (apk/FORMAT.md 2). An index in apk 3's own format may have
// a rule of its own.
func (r Repository) PackageURL(p *apk.Package, arch string) (string, error) {
	if p.Path != "" {
		return r.join(strings.Split(p.Path, "/")...)
	}
	if p.Arch != "" {
		arch = p.Arch
	}
	if r.Index != "" {
		return r.join(p.FileName())
	}
	return r.join(arch, p.FileName())
}

// RelativeURL returns where a package is, from its repository on, with slashes and nothing escaped.
func (r Repository) RelativeURL(p *apk.Package, arch string) (string, error) {
	here := Repository{Index: r.Index} // a directory, where nothing is escaped
	where, err := here.PackageURL(p, arch)
	return filepath.ToSlash(where), err
}

func (r Repository) join(parts ...string) (string, error) {
	if r.IsMissing {
		return "", errors.New("the directory does not exist in the image")
	}
	if r.IsInImage {
		return "", errInImage
	}
	for i, part := range parts {
		if err := checkPart(part); err != nil {
			return "", fmt.Errorf("%.200q cannot be part of a path: %w", part, err)
		}
		if !r.Local() {
			parts[i] = url.PathEscape(part)
		}
	}
	if r.Local() {
		return filepath.Join(append([]string{r.URL}, parts...)...), nil
	}
	return r.URL + "/" + strings.Join(parts, "/"), nil
}

var errInImage = hint.With(errors.New("is a directory of the image, where repositories are not read"),
	"name the files of the packages, as in apk add /DIR/NAME.apk, or give a directory of this machine: --repository DIR")

// checkPart refuses names that would lead to another directory or hide something, on
// any system that Lamina runs on: an index and its names come from outside.
func checkPart(s string) error {
	if s == "" || strings.HasPrefix(s, ".") {
		return errors.New("it is not a file name")
	}
	if len(s) > maxPart {
		return fmt.Errorf("it is longer than %d bytes", maxPart)
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20 || c == 0x7f:
			return errors.New("it contains a control character")
		case c == '/' || c == '\\':
			return errors.New("it contains a slash")
		case c == ':':
			return errors.New("it contains a colon")
		}
	}
	return nil
}

// maxPart is what file systems take for a name, in bytes.
const maxPart = 255

// Name returns the URL, without credentials and without the tag.
func (r Repository) Name() string { return Repository{URL: r.URL, Index: r.Index, ADB: r.ADB}.String() }

// String returns the URL, without credentials, behind the tag if there is one.
func (r Repository) String() string {
	s := redact.URL(r.URL)
	if r.Index != "" {
		s += "/" + r.Index
	}
	if r.Tag != "" {
		s = "@" + r.Tag + " " + s
	}
	switch {
	case r.ADB:
		s = "v3 " + s
	case r.Index == "" && isIndexFile(r.URL):
		s = "v2 " + s // a directory whose name is like that of an index
	}
	return s
}
