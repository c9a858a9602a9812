package assemble_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// onLayout makes the image of the inputs the base of a request for one package more, and returns the file of its first
// layer.
func (in *inputs) onLayout() (blob string) {
	in.t.Helper()
	_, image := in.build("base")
	in.spec.Base = image.Reference
	in.spec.Packages = []string{"libz"}
	sum := image.Layers[0].Descriptor.Digest
	return filepath.Join(image.Reference.Path, "blobs", sum.Algorithm().String(), sum.Encoded())
}

// TestCachedBase: the image does not depend on whether the cache has an entry for the base.
func TestCachedBase(t *testing.T) {
	for _, prepare := range []struct {
		name string
		do   func(*inputs)
	}{
		{"root file system", func(*inputs) {}},
		{"layout", func(in *inputs) { in.onLayout() }},
	} {
		t.Run(prepare.name, func(t *testing.T) {
			in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2"}, nginx(), libz())
			prepare.do(in)
			want, _ := in.build("without")
			in.env.Cache = cachetest.Open(filepath.Join(in.dir, "cache"))
			for _, name := range []string{"empty", "filled", "filled"} {
				if got, _ := in.build(name); got.Manifest.Digest != want.Manifest.Digest {
					t.Errorf("cache %s: %s, without one %s", name, got.Manifest.Digest, want.Manifest.Digest)
				}
			}
			if len(in.warned) > 0 {
				t.Errorf("warnings: %q", in.warned)
			}
		})
	}
}

// TestCachedBaseIsVerified: a base that is not what its digests say is found out, although the cache has what it should
// hold; where nothing of it gets into the output, that does no harm.
func TestCachedBaseIsVerified(t *testing.T) {
	ctx := context.Background()
	in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2"}, nginx(), libz())
	blob := in.onLayout()
	in.env.Cache = cachetest.Open(filepath.Join(in.dir, "cache"))
	want, _ := in.build("before")

	data, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	// Not in place: the file may have another name in the output.
	if err := errors.Join(os.Remove(blob), os.WriteFile(blob, data, 0o644)); err != nil {
		t.Fatal(err)
	}
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "after"), Name: "latest"}
	_, writeErr := plan.Write(ctx, output)
	_, _, rebuildErr := plan.Rebuild(ctx)
	for name, err := range map[string]error{"Write": writeErr, "Rebuild": rebuildErr} {
		of := new(assemble.Error)
		if !errors.As(err, &of) || of.Part != "base" || !strings.Contains(err.Error(), "content does not match the digest") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(output.Path); err == nil {
		t.Error("there is an output")
	}
	output.Path = filepath.Join(in.dir, "before") // which has the layer
	if again, err := plan.Write(ctx, output); err != nil || again.Manifest.Digest != want.Manifest.Digest {
		t.Errorf("into an output that has the layer: %v", err)
	}
}
