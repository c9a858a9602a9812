package apk

import "github.com/lamina-oci/lamina/apk/internal/version"

// Generation is the family of apk-tools whose behaviour is followed. It is the
// single value that every place asks where apk 2 and apk 3 give different
// results (apk/FORMAT.md 13). The zero value is apk 3.0.
type Generation uint8

const (
	V3 Generation = iota // apk-tools 3.0
	V2                   // apk-tools 2.14
)

// GenerationOf returns the generation of a version of the apk-tools package. An empty version, for a root without apk, means [V3].
func GenerationOf(apkToolsVersion string) Generation {
	if len(apkToolsVersion) > 1 && apkToolsVersion[0] <= '2' && apkToolsVersion[1] == '.' {
		return V2
	}
	return V3
}

func (g Generation) String() string {
	if g == V2 {
		return "apk 2.14"
	}
	return "apk 3.0"
}

// CompareVersions compares two versions as the generation does (apk/FORMAT.md 5)
// and returns the relation of a to b: [Less], [Equal] or [Greater]. In apk 2 the
// result is all three if just one of them is absent. With fuzzy, a counts as
// equal when it goes on where b ends.
func (g Generation) CompareVersions(a, b string, fuzzy bool) Op {
	switch {
	case g == V3:
		return opOf(version.CompareV3(a, b, fuzzy))
	case (a == "") != (b == ""):
		return Less | Equal | Greater
	case a == "":
		return Equal
	}
	return opOf(version.CompareV2(a, b, fuzzy))
}

func opOf(c int) Op {
	switch {
	case c < 0:
		return Less
	case c > 0:
		return Greater
	}
	return Equal
}

// ValidVersion reports whether a text is a version.
func (g Generation) ValidVersion(s string) bool {
	if g == V2 {
		return version.ValidV2(s)
	}
	return version.ValidV3(s)
}
