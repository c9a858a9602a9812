package repository

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// Repository is a place that has one index for each architecture.
type Repository struct {
	Tag string // without "@"; packages of a tagged repository are taken only when asked for
	URL string // http://…, https://…, or a folder of this machine; no slash at the end
}

// Local reports whether the repository is a folder of this machine.
func (r Repository) Local() bool { return !isRemote(r.URL) }

func isRemote(u string) bool {
	return strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://")
}

// IndexURL returns where the index of an architecture is.
func (r Repository) IndexURL(arch string) (string, error) { return r.join(arch, "APKINDEX.tar.gz") }

// PackageURL returns where a package is: its own architecture names the folder,
// which may be noarch, and arch is taken where it does not say (SPEC-apk.md 2).
func (r Repository) PackageURL(p *apk.Package, arch string) (string, error) {
	if p.Arch != "" {
		arch = p.Arch
	}
	return r.join(arch, p.FileName())
}

func (r Repository) join(arch, file string) (string, error) {
	for _, part := range []string{arch, file} {
		if err := checkPart(part); err != nil {
			return "", fmt.Errorf("%.200q cannot be part of a path: %w", part, err)
		}
	}
	if r.Local() {
		return filepath.Join(r.URL, arch, file), nil
	}
	return r.URL + "/" + url.PathEscape(arch) + "/" + url.PathEscape(file), nil
}

// checkPart refuses names that would lead to another folder or hide something.
func checkPart(s string) error {
	if s == "" || s == "." || s == ".." {
		return errors.New("it names no file")
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20 || c == 0x7f:
			return errors.New("it has a control character")
		case c == '/' || c == '\\':
			return errors.New("it has a slash")
		}
	}
	return nil
}

// redact returns a URL without the password or token that may be in it.
func redact(s string) string {
	if !isRemote(s) {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "a malformed URL"
	}
	if u.User != nil {
		u.User = url.User("xxxxx")
	}
	return u.String()
}

// String returns the URL, without credentials, behind the tag if there is one.
func (r Repository) String() string {
	if r.Tag != "" {
		return "@" + r.Tag + " " + redact(r.URL)
	}
	return redact(r.URL)
}
