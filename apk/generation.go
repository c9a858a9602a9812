package apk

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
