package sbom

import (
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// purl is the package's URL by the purl specification and its type apk: the namespace is the distribution, qualifiers
// come sorted.
func (i *Image) purl(p *apk.InstalledPackage) string {
	var b strings.Builder
	b.WriteString("pkg:apk/")
	if i.Distro.ID != "" {
		b.WriteString(escape(strings.ToLower(i.Distro.ID)) + "/")
	}
	b.WriteString(escape(strings.ToLower(p.Name)) + "@" + escape(p.Version))
	separator := "?"
	qualify := func(key, value string) {
		if value != "" {
			b.WriteString(separator + key + "=" + escape(value))
			separator = "&"
		}
	}
	qualify("arch", p.Arch)
	if i.Distro.ID != "" && i.Distro.Version != "" {
		qualify("distro", i.Distro.ID+"-"+i.Distro.Version)
	}
	if p.Origin != p.Name {
		qualify("upstream", p.Origin)
	}
	return b.String()
}

// escape percent-encodes all but letters, digits and . - _ ~ and the colon, as the purl specification asks for.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(".-_~:", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
