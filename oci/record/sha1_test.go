package record

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
)

// TestSumsOfADBPackages: 20 bytes of a SHA-256 are no SHA-1.
func TestSumsOfADBPackages(t *testing.T) {
	usual := &apk.InstalledPackage{Package: apk.Package{Name: "usual", Version: "1-r0", Identity: apk.SHA1Checksum([20]byte{1})}}
	adb := &apk.InstalledPackage{Package: apk.Package{Name: "adb", Version: "1-r0", Identity: apk.SHA1Checksum([20]byte{2})}}
	adb.Flags.SHA256Sums = true
	for i, p := range []*apk.InstalledPackage{usual, adb} {
		p.Directories = []apk.InstalledDirectory{{Path: "d", Files: []apk.InstalledFile{{Name: "f", Checksum: apk.SHA1Checksum([20]byte{3, byte(i)})}}}}
	}
	contents := &Contents{Manifest: digest.FromString("manifest"), Packages: []Package{{InstalledPackage: usual}, {InstalledPackage: adb}}}
	var cdx, spdx bytes.Buffer
	if err := contents.writeCycloneDX(&cdx, SBOMOptions{Files: true}); err != nil {
		t.Fatal(err)
	}
	if err := contents.writeSPDX(&spdx, SBOMOptions{Files: true}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{cdx.String(), spdx.String()} {
		for sum, want := range map[string]bool{"01000": true, "03000": true, "02000": false, "03010": false} {
			if got := strings.Contains(text, `"`+sum); got != want {
				t.Errorf("checksum %s…: %v, want %v in\n%s", sum, got, want, text)
			}
		}
	}
}
