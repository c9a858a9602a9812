package record

import (
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// PackageURL returns the URL of the distribution's package by the purl specification and its type apk: the namespace is the
// distribution, qualifiers come sorted. Empty arguments are left out.
func (d Distro) PackageURL(name, version, arch, origin string) string {
	var b strings.Builder
	b.WriteString("pkg:apk/")
	if d.ID != "" {
		b.WriteString(escape(strings.ToLower(d.ID)) + "/")
	}
	b.WriteString(escape(strings.ToLower(name)) + "@" + escape(version))
	separator := "?"
	qualify := func(key, value string) {
		if value != "" {
			b.WriteString(separator + key + "=" + escape(value))
			separator = "&"
		}
	}
	qualify("arch", arch)
	if d.ID != "" && d.Version != "" {
		qualify("distro", d.ID+"-"+d.Version)
	}
	if origin != name {
		qualify("upstream", origin)
	}
	return b.String()
}

// purl is the package's URL in the image.
func (i *Contents) purl(p *apk.InstalledPackage) string {
	return i.Distro.PackageURL(p.Name, p.Version, p.Arch, p.Origin)
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
