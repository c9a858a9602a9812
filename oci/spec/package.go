package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
)

// ParsePackage reads a package of a request, as apk add takes it: NAME, NAME=VERSION, NAME>VERSION, NAME@TAG or !NAME.
func ParsePackage(text string, g apk.Generation) (apk.Dependency, error) {
	if shown := redact.Values(text, text); shown != text {
		return apk.Dependency{}, fmt.Errorf("package %q: is a URL, not the name of a package", shown)
	}
	// Names may have slashes, such as /bin/sh.
	if strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasSuffix(text, "/") || strings.HasSuffix(text, ".apk") {
		return apk.Dependency{}, hint.With(fmt.Errorf("package %q: is a path, not the name of a package", text),
			"give the name of a package in a repository; a directory with packages and an index is a repository: --repository DIR")
	}
	d, err := apk.ParseDependency(text, g)
	cause := errors.Unwrap(err) // which does not give the text once more
	if err == nil && d.Broken {
		cause = errors.New("invalid version")
	}
	if cause != nil {
		return d, hint.With(fmt.Errorf("package %q: %w", text, cause), `write NAME, NAME=VERSION, 'NAME>VERSION', NAME@TAG or '!NAME', as for apk add`)
	}
	return d, nil
}
