package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
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
		return apk.Dependency{}, hint.Errorf("package %q: is a path, not the name of a package", text).With(
			"give the name of a package in a repository; a directory with packages and an index is a repository: --repository DIR")
	}
	d, err := apk.ParseDependency(text, g)
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // which does not give the text once more
	} else if err == nil && d.Broken {
		err = errors.New("invalid version")
	}
	if err != nil {
		return d, hint.Errorf("package %q: %w", text, err).With(`write NAME, NAME=VERSION, 'NAME>VERSION', NAME@TAG or '!NAME', as for apk add`)
	}
	return d, nil
}

// ParseRepository reads a repository of a request: see [repository.ParseArgument].
func ParseRepository(text string, g apk.Generation, arch string) ([]repository.Repository, error) {
	list, err := repository.ParseArgument(text, g, arch)
	if err != nil {
		return nil, hint.Errorf("repository %q: %w", redact.URL(text), err).With(
			`write a URL, a directory, alpine:RELEASE such as alpine:3.22, or one of these behind a tag: "@edge URL"`)
	}
	return list, nil
}

// CheckPackage returns why a package of a request is refused, whichever apk the base has; nil if one of them takes it.
func CheckPackage(text string) error {
	_, err := ParsePackage(text, apk.V3)
	if _, other := ParsePackage(text, apk.V2); other == nil {
		return nil
	}
	return err
}

// CheckRepository returns why a repository of a request is refused, whichever apk the base has; nil if one of them takes it.
func CheckRepository(text string) error {
	const arch = "x86_64" // any one
	_, err := ParseRepository(text, apk.V3, arch)
	if _, other := ParseRepository(text, apk.V2, arch); other == nil {
		return nil
	}
	return err
}
