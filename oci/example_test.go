package oci_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// An image from scratch with one layer, into a layout.
func Example() {
	if err := buildFromScratch(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// linux/amd64, 1 layer, [/hello]
}

func buildFromScratch(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ref, err := oci.ParseReference("oci:" + filepath.Join(dir, "image") + ":latest")
	if err != nil {
		return err
	}
	base, err := transport.OpenBase(ctx, oci.Reference{Transport: oci.TransportScratch}, oci.Platform{OS: "linux", Architecture: "amd64"}, transport.Options{})
	if err != nil {
		return err
	}
	defer base.Close()

	out, err := transport.Create(ctx, ref, transport.Options{})
	if err != nil {
		return err
	}
	defer out.Abort()

	// The layer: an empty tar. Its tar is hashed on the way into the compressor, its blob by the destination.
	blob, err := out.NewBlob(ctx)
	if err != nil {
		return err
	}
	defer blob.Abort()
	tar := bytes.Repeat([]byte{0}, 1024)
	compressor := gzip.NewWriter(blob)
	if _, err := compressor.Write(tar); err != nil {
		return err
	}
	if err := compressor.Close(); err != nil {
		return err
	}
	layer, err := blob.Commit(v1.MediaTypeImageLayerGzip)
	if err != nil {
		return err
	}

	image, err := base.Compose(oci.ComposeOptions{
		Layer:  oci.AddedLayer{Descriptor: layer, DiffID: digest.FromBytes(tar)},
		Config: oci.ConfigChanges{Entrypoint: []string{"/hello"}},
	})
	if err != nil {
		return err
	}
	if err := out.WriteImage(ctx, base, image); err != nil {
		return err
	}
	if err := out.Commit(ctx, image.ManifestDescriptor); err != nil {
		return err
	}

	// The image can be the base of another build.
	written, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{})
	if err != nil {
		return err
	}
	defer written.Close()
	fmt.Printf("%s, %d layer, %v\n", written.Platform, len(written.Layers), written.Config.Config.Entrypoint)
	return nil
}
