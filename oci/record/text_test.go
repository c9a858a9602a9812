package record

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
)

// TestPURL follows the purl specification: its rules for encoding, and its type apk.
func TestPURL(t *testing.T) {
	for _, c := range []struct {
		distro Distro
		pkg    apk.Package
		want   string
	}{
		{Distro{"alpine", "3.22.2"}, apk.Package{Name: "nginx", Version: "1.28.0-r3", Arch: "x86_64", Origin: "nginx"},
			"pkg:apk/alpine/nginx@1.28.0-r3?arch=x86_64&distro=alpine-3.22.2"},
		{Distro{"alpine", "3.22.2"}, apk.Package{Name: "libssl3", Version: "3.5.4-r0", Arch: "aarch64", Origin: "openssl"},
			"pkg:apk/alpine/libssl3@3.5.4-r0?arch=aarch64&distro=alpine-3.22.2&upstream=openssl"},
		{Distro{"wolfi", ""}, apk.Package{Name: "libstdc++", Version: "14.2.0_git1-r0", Origin: "gcc"},
			"pkg:apk/wolfi/libstdc%2B%2B@14.2.0_git1-r0?upstream=gcc"},
		{Distro{}, apk.Package{Name: ".Tools", Version: "1", Arch: "noarch", Origin: ".Tools"}, "pkg:apk/.tools@1?arch=noarch"},
		{Distro{"a b", "1/2"}, apk.Package{Name: "x y", Version: "1:2%", Origin: "ä"}, "pkg:apk/a%20b/x%20y@1:2%25?distro=a%20b-1%2F2&upstream=%C3%A4"},
	} {
		i := &Contents{Distro: c.distro}
		if got := i.purl(&apk.InstalledPackage{Package: c.pkg}); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestLicense follows annex D of SPDX 2.3.
func TestLicense(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for text, want := range map[string]string{
		"":                                   "",
		"MIT":                                "MIT",
		"GPL-2.0-or-later AND MIT":           "GPL-2.0-or-later AND MIT",
		"(MIT OR Apache-2.0) AND ISC":        "(MIT OR Apache-2.0) AND ISC",
		" ( MIT OR (ISC  AND Zlib))":         "(MIT OR (ISC AND Zlib))",
		"EPL-1.0+":                           "EPL-1.0+",
		"Apache-2.0 WITH LLVM-exception":     "Apache-2.0 WITH LLVM-exception",
		"LicenseRef-KDE-Accepted-GPL OR MIT": "LicenseRef-KDE-Accepted-GPL OR MIT",
		"custom":                             "LicenseRef-custom",
		"GPL-2.0-or-later AND custom:foo":    "LicenseRef-GPL-2.0-or-later-AND-custom-foo",
		"Public Domain":                      "LicenseRef-Public-Domain",
		"MIT AND":                            "LicenseRef-MIT-AND",
		"MIT and BSD-3-Clause":               "LicenseRef-MIT-and-BSD-3-Clause",
		"(MIT":                               "LicenseRef-MIT",
		"Apache-2.0 WITH MIT":                "LicenseRef-Apache-2.0-WITH-MIT",
		"AND":                                "LicenseRef-AND",
		long:                                 "LicenseRef-" + long[:100],
		strings.Repeat("(", 50) + "MIT" + strings.Repeat(")", 50): "LicenseRef-MIT",
	} {
		l := parseLicense(text)
		if l.expression != want || l.isProper != (want != "" && !strings.HasPrefix(want, "LicenseRef-") || strings.HasPrefix(text, "LicenseRef-")) {
			t.Errorf("%q: %+v, want %q", text, l, want)
		}
	}
}

// FuzzLicense: the licence of any package becomes an expression of the grammar.
func FuzzLicense(f *testing.F) {
	for _, seed := range []string{"MIT", "(MIT OR ISC) AND Zlib", "custom:x", "((", "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := parseLicense(text)
		if l.expression == "" {
			return
		}
		again := parseLicense(l.expression)
		if !again.isProper || again.expression != l.expression {
			t.Errorf("%q gives %q, which gives %+v", text, l.expression, again)
		}
	})
}

func TestWriteNothing(t *testing.T) {
	empty := &Contents{Manifest: digest.FromString("x")}
	for _, format := range []Format{SPDX, CycloneDX} {
		var b strings.Builder
		if err := empty.Write(&b, format, SBOMOptions{}); err != nil || !strings.Contains(b.String(), "1970-01-01T00:00:00Z") {
			t.Errorf("%s: %v\n%s", format, err, b.String())
		}
		if err := new(Contents).Write(&b, format, SBOMOptions{}); err == nil {
			t.Errorf("%s: of an image without a manifest", format)
		}
	}
}
