package oci

import (
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// setPlatform sets the platform by the request, the config and the index, in this order. The last two must name the same
// system and architecture, but for what one of them leaves out.
func (b *Base) setPlatform(listed v1.Platform, config digest.Digest, want Platform) error {
	index, own := renamedPlatform(listed), renamedPlatform(b.Config.Platform)
	if index.OS == "" {
		index.OS = own.OS
	}
	if index.Architecture != own.Architecture || index.OS != own.OS {
		return verify.Damaged(fmt.Errorf("is for %s, but config %s says %s", platformOf(listed), config, platformOf(b.Config.Platform)))
	}
	b.Platform = own
	switch {
	case own.Architecture == "" && want != (Platform{}):
		b.Platform = want
	case own.Architecture == "":
		b.Platform, b.isOpen = Platform{}, true
		return nil
	case own.OS == "":
		return fmt.Errorf("config %s names no operating system", config)
	case want.Variant != "":
		b.Platform.Variant = want.Variant
	case own.Variant == "":
		b.Platform.Variant = index.Variant
		b.isOpen = own.Architecture == "arm" && index.Variant == ""
	default:
		b.isOpen = own.Architecture == "arm" && index.Variant != "" && index.Variant != own.Variant
	}
	b.Platform = b.Platform.normalized()
	return nil
}

// AlpineArch returns Alpine's name of the architecture that packages are for. Own is what the root file system's
// etc/apk/arch says, "" if it is missing: it decides where the image leaves the architecture or the variant open, and sets
// Platform then. On arm, packages for v6 also run on v7 and v8. Call it before the base is used concurrently.
func (b *Base) AlpineArch(own string) (string, error) {
	known, isKnown := platformOfAlpine(own)
	if b.isOpen && isKnown && (b.Platform == (Platform{}) || b.Platform.Architecture == known.Architecture) {
		b.Platform, b.isOpen = known, false
	}
	if b.Platform == (Platform{}) {
		return "", hint.With(errors.New("neither its config nor its etc/apk/arch names an architecture"), howToSetPlatform)
	}
	arch, ok := b.Platform.AlpineArch()
	switch {
	case !ok:
		return "", errNoPackages(b.Platform)
	case own == "" || own == arch:
		return arch, nil
	case own == "armhf" && arch == "armv7":
		return own, nil
	}
	err := fmt.Errorf("platform %s means %s, but its etc/apk/arch says %s", b.Platform, arch, own)
	if !isKnown {
		return "", err
	}
	if !b.mayBeFor(known) {
		return "", hint.With(err, fmt.Sprintf("its config or its files are wrong: give another base, for %s or for %s", b.Platform, known))
	}
	return "", hint.With(err, fmt.Sprintf("give --platform %s, or a base that is for %s", known, b.Platform))
}

// mayBeFor reports whether the base can be asked for with another platform: a root file system, and an image that leaves
// the platform open.
func (b *Base) mayBeFor(p Platform) bool {
	own := renamedPlatform(b.Config.Platform)
	isOpen := own.Architecture == "" || own.Architecture == p.Architecture && own.Variant == ""
	return b.store == nil || isOpen || own.normalized() == p
}

const howToSetPlatform = "give one: --platform linux/amd64"

func errNoPackages(p Platform) error {
	var names []string
	for _, known := range knownPlatforms() {
		names = append(names, known.String())
	}
	return hint.Errorf("platform %s: Alpine has no packages for it", p).With("Alpine has packages for " + strings.Join(names, ", "))
}
