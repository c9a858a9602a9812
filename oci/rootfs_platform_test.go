package oci_test

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestRootfsOwnPlatform opens root file systems without naming a platform.
func TestRootfsOwnPlatform(t *testing.T) {
	for _, test := range []struct{ name, arch, want, wantErr string }{
		{"./etc/apk/arch", "x86_64\n", "linux/amd64", ""},
		{"etc/apk/arch", "armv7", "linux/arm/v7", ""},
		{"etc/apk/arch", "aarch64\nx86_64\n", "linux/arm64", ""},
		{"etc/apk/arch", "pdp11\n", "", `open rootfs:PATH: its etc/apk/arch says "pdp11", which is not an Alpine architecture`},
		{"usr/etc/apk/arch", "x86_64\n", "", "open rootfs:PATH: no platform given, and this base does not specify one"},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&tar.Header{Name: test.name, Mode: 0o644, Size: int64(len(test.arch))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(test.arch)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "root.tar")
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		base, err := transport.OpenBase(context.Background(), oci.Reference{Transport: oci.TransportRootfs, Path: file}, oci.Platform{}, transport.Options{})
		if test.wantErr != "" {
			if got := string(bytes.ReplaceAll([]byte(errText(err)), []byte(file), []byte("PATH"))); got != test.wantErr {
				t.Errorf("%s %q: %s, want %s", test.name, test.arch, got, test.wantErr)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", test.name, test.arch, err)
			continue
		}
		if base.Platform.String() != test.want {
			t.Errorf("%s %q: platform %s, want %s", test.name, test.arch, base.Platform, test.want)
		}
		base.Close()
	}
}

func errText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
