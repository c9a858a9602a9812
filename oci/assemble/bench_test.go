package assemble_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// corpusRequest is nginx on Alpine's minirootfs, from a folder of real packages.
func corpusRequest(tb testing.TB) *assemble.Request {
	tb.Helper()
	corpus := os.Getenv("LAMINA_CORPUS")
	switch {
	case corpus == "" && os.Getenv("CI") == "true":
		tb.Fatal("LAMINA_CORPUS is not set")
	case corpus == "":
		tb.Skip("LAMINA_CORPUS is not set")
	}
	dir := filepath.Join(corpus, "alpine-3.19")
	const key = "corpus@lamina-1.rsa.pub"
	pem, err := os.ReadFile(filepath.Join(dir, "keys", key))
	if err != nil {
		tb.Fatal(err)
	}
	client := &repository.Client{}
	tb.Cleanup(func() { client.Close() })
	return &assemble.Request{
		Base:         oci.Reference{Transport: oci.TransportRootfs, Path: filepath.Join(dir, "alpine-minirootfs-3.19.4-x86_64.tar.gz")},
		Repositories: []string{filepath.Join(dir, "repo")},
		Keys:         []assemble.Key{{Name: key, PEM: pem}},
		Packages:     []string{"nginx"},
		Client:       client,
	}
}

// BenchmarkResolve reads the base and the index and solves.
func BenchmarkResolve(b *testing.B) {
	request := corpusRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		plan, err := assemble.Resolve(context.Background(), request)
		if err != nil {
			b.Fatal(err)
		}
		plan.Close()
	}
}

// BenchmarkNginx is the whole build, into a layout that has the base already.
func BenchmarkNginx(b *testing.B) {
	request := corpusRequest(b)
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(b.TempDir(), "image"), Name: "latest"}
	b.ReportAllocs()
	for b.Loop() {
		plan, err := assemble.Resolve(context.Background(), request)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := plan.Write(context.Background(), output); err != nil {
			b.Fatal(err)
		}
		plan.Close()
	}
}
