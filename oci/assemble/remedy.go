package assemble

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/registry"
)

// Hint returns the remedy for an error, in one line, or "" if the error text is enough. The most specific remedy wins.
func Hint(err error) string {
	var network *net.OpError
	var conflict *stage.ConflictError
	if errors.Is(err, syscall.ENOSPC) {
		return "free some space, or move the output (-o), the cache (--cache-dir) or temporary files (TMPDIR) to another disk"
	}
	if remedy := remedyCarried(err); remedy != "" {
		return remedy
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "run as a user with access to that path, or choose another path"
	case errors.As(err, &network):
		return "check the URL and the network; a proxy is taken from HTTP_PROXY and HTTPS_PROXY"
	case errors.Is(err, errNoPlace):
		return "give a repository that has it (--repository) or a directory of vendored packages (--vendor)"
	case errors.Is(err, ErrNoRecord):
		return "give the spec that it was built from: -f SPEC"
	case errors.As(err, &conflict):
		return "request only one of the two packages; '!NAME' excludes one"
	}
	for _, find := range []func(error) string{remedyScript, remedyTrust, remedyIndex, remedySolution} {
		if hint := find(err); hint != "" {
			return hint
		}
	}
	if errors.As(err, new(*registry.Error)) || errors.As(err, new(*oci.ReferenceError)) {
		return "" // it has said so
	}
	var part *Error
	if errors.As(err, &part) {
		return remedyPart(part)
	}
	return ""
}

// Hint returns the remedy: see [Hint].
func (e *Error) Hint() string { return Hint(e) }

// remedyCarried is that of an error of a lower room which has one.
func remedyCarried(err error) string {
	if part := (*Error)(nil); errors.As(err, &part) {
		err = part.Err // whose own remedy is this function's caller
	}
	return hint.Of(err)
}

func remedyScript(err error) string {
	name := ""
	var unsupported *script.UnsupportedError
	var failed *script.ExitError
	switch {
	case errors.As(err, &unsupported):
		name = unsupported.Package
	case errors.As(err, &failed):
		name = failed.Package
	default:
		return ""
	}
	return fmt.Sprintf("to skip %s's scripts deliberately, add to the spec: scripts: {skip: [%s]}", name, name)
}

func remedyTrust(err error) string {
	var untrusted *apk.UntrustedError
	switch {
	case !errors.As(err, &untrusted):
		return ""
	case untrusted.Bad:
		return "fetch the repository again; do not use altered files"
	case len(untrusted.SignedBy) == 0:
		return "sign the index (abuild-sign does), or use a repository that is signed"
	case untrusted.Algorithm != "":
		return "sign the index with RSA and SHA-1, SHA-256 or SHA-512"
	}
	return fmt.Sprintf("if you trust %s, pass its public key: --key FILE", strings.Join(untrusted.SignedBy, " or "))
}

func remedyIndex(err error) string {
	var missing *repository.NoIndexError
	var offline *repository.OfflineError
	switch {
	case errors.As(err, &missing):
		return "a repository is the directory or URL above the one named after the architecture"
	case errors.As(err, &offline):
		return "run once without --offline and with the same --cache-dir to fill the cache"
	}
	return ""
}

func remedySolution(err error) string {
	var unknown *UnknownPackageError
	var noTag *solver.MissingTagError
	var unsatisfiable *UnsatisfiableError
	switch {
	case errors.As(err, &unknown):
		return remedyUnknown(unknown)
	case errors.As(err, &noTag):
		tag := noTag.Items[0].Tag
		return fmt.Sprintf("give the repository with its tag: --repository '@%s URL'", tag)
	case errors.As(err, &unsatisfiable) && len(unsatisfiable.Hints) > 0:
		return strings.Join(unsatisfiable.Hints, "; ")
	case errors.As(err, &unsatisfiable):
		return "request other versions, or add a repository that has matching ones (--repository)"
	}
	return ""
}

func remedyUnknown(e *UnknownPackageError) string {
	if len(e.Repositories) == 0 {
		return "give a repository: --repository URL, or repositories in the spec"
	}
	var guesses []string
	for _, p := range e.Packages {
		if len(p.Near) == 0 {
			continue
		}
		guess := strings.Join(p.Near, ", ")
		if len(e.Packages) > 1 {
			guess += " for " + p.Name
		}
		guesses = append(guesses, guess)
	}
	if len(guesses) == 0 {
		return "check the name, or add the repository that has it (--repository)"
	}
	return fmt.Sprintf("did you mean %s?", strings.Join(guesses, ", and "))
}

// remedyPart is what can be said without knowing more than where it went wrong.
func remedyPart(e *Error) string {
	missing := errors.Is(e, fs.ErrNotExist)
	switch e.Part {
	case PartBase:
		if missing {
			return "Alpine's minirootfs is at https://alpinelinux.org/downloads/; an image is at docker://docker.io/library/alpine:TAG"
		}
		return "choose another base, tag or --platform, or fetch the base again if it is damaged"
	case PartImage:
		return "give an existing image: docker://HOST/NAME:TAG, oci:DIR:TAG or an archive, and --platform if it has several"
	case PartKey:
		if missing {
			return "give a file that exists: --key FILE, or keys in the spec, relative to the spec's directory"
		}
		return "a key is a PEM file with a public key, like those in /etc/apk/keys on Alpine"
	case PartRequest:
		return `"lamina build --help" and "lamina help spec" show the format`
	case PartLock:
		return "update the lock: lamina lock; for one package: lamina lock --upgrade-package NAME; or ignore it: --no-lock"
	case PartRepository, PartPackage:
		return "fetch the repository again, or, if it is yours, rebuild its index (apk index)"
	case PartFile:
		if missing {
			return "sources are relative to the spec's directory"
		}
		return "correct the entry under files in the spec"
	case PartLayer:
		return "run the build again, and do not change packages or files while it runs"
	case PartOutput:
		return "choose another output: -o oci:DIR:TAG, -o oci-archive:FILE:TAG or -o docker://HOST/NAME:TAG"
	}
	return ""
}
