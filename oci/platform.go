package oci

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Platform is the operating system and architecture of an image. It is comparable; the functions of this package
// return it normalised, so equivalent platforms are ==. The zero Platform means unspecified.
type Platform struct {
	OS, Architecture, Variant string
}

// alpineArchitectures maps platforms, all of them linux, to Alpine's names.
var alpineArchitectures = []struct{ architecture, variant, alpine string }{
	{"amd64", "", "x86_64"},
	{"arm64", "", "aarch64"},
	{"arm", "v7", "armv7"},
	{"arm", "v6", "armhf"},
	{"386", "", "x86"},
	{"ppc64le", "", "ppc64le"},
	{"s390x", "", "s390x"},
	{"riscv64", "", "riscv64"},
	{"loong64", "", "loongarch64"},
}

// ErrNoPlatform says that an image cannot be opened without a platform: it has several, or does not say which one it has.
var ErrNoPlatform = errors.New("no platform given")

type noPlatformError struct{ text string }

func (e *noPlatformError) Error() string        { return e.text }
func (e *noPlatformError) Is(target error) bool { return target == ErrNoPlatform }

// ParsePlatform reads OS/ARCHITECTURE[/VARIANT] with Go's names, such as linux/amd64 or linux/arm/v7,
// and normalises it.
func ParsePlatform(s string) (Platform, error) {
	parts := strings.Split(s, "/")
	for _, part := range parts {
		if strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != "" || part == "" {
			return Platform{}, fmt.Errorf("platform %q: want OS/ARCHITECTURE[/VARIANT] such as linux/amd64 or linux/arm/v7", s)
		}
	}
	if len(parts) == 1 && slices.ContainsFunc(knownPlatforms(), func(p Platform) bool { return p.Architecture == s }) {
		return Platform{}, fmt.Errorf("platform %q: no operating system; did you mean linux/%s?", s, s)
	}
	if len(parts) < 2 || len(parts) > 3 {
		return Platform{}, fmt.Errorf("platform %q: want OS/ARCHITECTURE[/VARIANT] such as linux/amd64 or linux/arm/v7", s)
	}
	if known, ok := platformOfAlpine(parts[1]); ok && known.Architecture != parts[1] {
		return Platform{}, fmt.Errorf("platform %q: %s is Alpine's name; did you mean %s?", s, parts[1], known)
	}
	p := Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p.normalized(), nil
}

// platformOf returns the normalised platform of a descriptor or config. os.version and os.features are left out:
// they choose among Windows images, which have no Alpine packages.
func platformOf(p v1.Platform) Platform {
	return Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}.normalized()
}

// renamedPlatform is platformOf, but leaves an arm variant open that is not named.
func renamedPlatform(p v1.Platform) Platform {
	return Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}.renamed()
}

// platformOfAlpine returns the platform of an Alpine architecture such as x86_64 or armhf.
func platformOfAlpine(arch string) (Platform, bool) {
	for _, a := range alpineArchitectures {
		if a.alpine == arch {
			return Platform{OS: "linux", Architecture: a.architecture, Variant: a.variant}, true
		}
	}
	return Platform{}, false
}

// AlpineArch returns Alpine's name of the platform's architecture; false when Alpine has none. Variants matter on arm only:
// elsewhere Alpine has one set of packages for all of them.
func (p Platform) AlpineArch() (string, bool) {
	p = p.normalized()
	if p.Architecture == "arm" && p.Variant == "v8" {
		p.Variant = "v7" // 32-bit code on a newer processor
	}
	for _, a := range alpineArchitectures {
		if p.OS == "linux" && a.architecture == p.Architecture && (a.variant == p.Variant || p.Architecture != "arm") {
			return a.alpine, true
		}
	}
	return "", false
}

// OCI returns the platform in the form of descriptors and configs.
func (p Platform) OCI() v1.Platform {
	return v1.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}
}

// String returns OS/ARCHITECTURE[/VARIANT], or "" for the zero Platform. It is not inlined, which saves space.
//
//go:noinline
func (p Platform) String() string {
	if p == (Platform{}) {
		return ""
	}
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// Matches reports whether an image for have satisfies p. Both are normalised and then must be equal: packages
// are chosen by architecture, so an image for an older variant, which would run as well, is another image.
// The zero Platform matches any.
func (p Platform) Matches(have Platform) bool {
	return p == (Platform{}) || p.normalized() == have.normalized()
}

// normalized drops the variants that say nothing (amd64/v1, arm64/v8) and adds the one that is meant when it is
// missing (arm/v7), as containerd does.
func (p Platform) normalized() Platform {
	p = p.renamed()
	if p.Architecture == "arm" && p.Variant == "" {
		p.Variant = "v7"
	}
	return p
}

// renamed gives the platform Go's names, but no variant that it does not have. Some tools write the names of uname into
// configs; those that containerd translates are translated here.
func (p Platform) renamed() Platform {
	p.OS, p.Architecture, p.Variant = strings.ToLower(p.OS), strings.ToLower(p.Architecture), strings.ToLower(p.Variant)
	switch p.Architecture {
	case "x86_64", "x86-64":
		p.Architecture = "amd64"
	case "aarch64":
		p.Architecture = "arm64"
	case "i386", "i686", "x86":
		p.Architecture = "386"
	case "loongarch64":
		p.Architecture = "loong64"
	case "armv7", "armv7l", "armv6l":
		p.Architecture, p.Variant = "arm", p.Architecture[len("arm"):len("armv7")]
	case "armhf", "armel": // Alpine's armhf is v6, Debian's v7: the root file system decides
		p.Architecture = "arm"
	}
	switch p.Architecture {
	case "amd64":
		if p.Variant == "v1" {
			p.Variant = ""
		}
	case "arm64":
		if p.Variant == "v8" || p.Variant == "8" {
			p.Variant = ""
		}
	case "arm":
		switch p.Variant {
		case "5", "6", "7", "8":
			p.Variant = "v" + p.Variant
		}
	}
	return p
}

func knownPlatforms() []Platform {
	var all []Platform
	for _, a := range alpineArchitectures {
		all = append(all, Platform{OS: "linux", Architecture: a.architecture, Variant: a.variant})
	}
	return all
}
