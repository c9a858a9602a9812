package assemble_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
)

// corpusSpec is nginx on Alpine's minirootfs, from a directory of real packages.
func corpusSpec(tb testing.TB) *spec.Spec {
	tb.Helper()
	corpus := corpustest.Path(tb)
	dir := filepath.Join(corpus, "alpine-3.19")
	const key = "corpus@lamina-1.rsa.pub"
	pem, err := os.ReadFile(filepath.Join(dir, "keys", key))
	if err != nil {
		tb.Fatal(err)
	}
	return &spec.Spec{
		Base:         oci.Reference{Transport: oci.TransportRootfs, Path: filepath.Join(dir, "alpine-minirootfs-3.19.4-x86_64.tar.gz")},
		Repositories: []string{filepath.Join(dir, "repo")},
		Keys:         []spec.Key{{Name: key, PEM: pem}},
		Packages:     []string{"nginx"},
	}
}

// BenchmarkResolve reads the base and the index and solves.
func BenchmarkResolve(b *testing.B) {
	wanted := corpusSpec(b)
	b.ReportAllocs()
	for b.Loop() {
		plan, err := assemble.Resolve(context.Background(), wanted, oci.Platform{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		plan.Close()
	}
}

// BenchmarkNginx is the whole build, into a layout that has the base already.
func BenchmarkNginx(b *testing.B) {
	wanted := corpusSpec(b)
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(b.TempDir(), "image"), Name: "latest"}
	b.ReportAllocs()
	for b.Loop() {
		plan, err := assemble.Resolve(context.Background(), wanted, oci.Platform{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := plan.Write(context.Background(), output); err != nil {
			b.Fatal(err)
		}
		plan.Close()
	}
}
