package assemble_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// From a base and a repository to an image, in the two steps of the command line:
// what would be done, and doing it.
func Example() {
	if err := buildNginx(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Installing zlib (1.3.1-r1)
	// Installing nginx (1.26.2-r0)
	// 2 layers, entrypoint [nginx]
}

func buildNginx(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeInputs(dir); err != nil {
		return err
	}
	base, err := oci.ParseReference("rootfs:" + filepath.Join(dir, "base.tar.gz"))
	if err != nil {
		return err
	}
	output, err := oci.ParseReference("oci:" + filepath.Join(dir, "image") + ":latest")
	if err != nil {
		return err
	}
	plan, err := assemble.Resolve(ctx, &spec.Spec{
		Base:         base,
		Repositories: []string{filepath.Join(dir, "repository")},
		Packages:     []string{"nginx"},
		Config:       oci.ConfigChanges{Entrypoint: []string{"nginx"}},
	}, oci.Platform{}, nil)
	if err != nil {
		return err
	}
	defer plan.Close()
	for _, change := range plan.Solution.Changes {
		fmt.Println(change)
	}
	if _, err := plan.Write(ctx, output); err != nil {
		return err
	}

	image, err := transport.OpenBase(ctx, output, oci.Platform{}, transport.Options{})
	if err != nil {
		return err
	}
	defer image.Close()
	fmt.Printf("%d layers, entrypoint %v\n", len(image.Layers), image.Config.Config.Entrypoint)
	return nil
}

// writeInputs makes a root file system and a signed repository whose key it trusts.
func writeInputs(dir string) error {
	root, err := fixtures.Base{}.TarGzip()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "base.tar.gz"), root, 0o644); err != nil {
		return err
	}
	return fixtures.Repository{Packages: []fixtures.Package{
		{Name: "nginx", Version: "1.26.2-r0", Depends: "zlib", Files: []fixtures.File{{Path: "usr/sbin/nginx", Mode: 0o755}}},
		{Name: "zlib", Version: "1.3.1-r1", Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Mode: 0o755}}},
	}}.Write(filepath.Join(dir, "repository"))
}
