package assemble_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/transport"
)

// severalInputs has a base and a repository for each architecture.
func severalInputs(t *testing.T, archs ...string) *inputs {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	for _, arch := range archs {
		root, err := fixtures.Base{APKTools: "3.0.1-r0", Arch: arch}.TarGzip()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in.dir, "base-"+arch+".tar.gz"), root, 0o644); err != nil {
			t.Fatal(err)
		}
		p := nginx()
		p.Files[0].Content += " for " + arch
		if err := (fixtures.Repository{Arch: arch, Packages: []fixtures.Package{p}}).Write(in.spec.Repositories[0]); err != nil {
			t.Fatal(err)
		}
	}
	in.spec.Base.Path = filepath.Join(in.dir, "base-${APK_ARCH}.tar.gz")
	return in
}

func platforms(t *testing.T, names ...string) []oci.Platform {
	t.Helper()
	var list []oci.Platform
	for _, name := range names {
		p, err := oci.ParsePlatform(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// TestSeveralPlatforms: an index with the image of each, each as if it were built alone.
func TestSeveralPlatforms(t *testing.T) {
	ctx := context.Background()
	names := []string{"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/386", "linux/ppc64le", "linux/s390x",
		"linux/riscv64", "linux/loong64"}
	in := severalInputs(t, "x86_64", "aarch64", "armv7", "armhf", "x86", "ppc64le", "s390x", "riscv64", "loongarch64")
	wanted := platforms(t, names...)
	plans, err := in.resolveAll(ctx, wanted)
	if err != nil {
		t.Fatal(err)
	}
	defer plans.Close()
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "image"), Name: "latest"}
	desc, results, err := plans.Write(ctx, output, assemble.WriteOptions{Provenance: true})
	if err != nil {
		t.Fatal(err)
	}
	store, err := transport.OpenStore(ctx, output, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	images, err := ocitest.Images(ctx, store, "latest")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, image := range images {
		got = append(got, image.Platform.String())
		if image.Manifest.Digest != results[i].Manifest.Digest {
			t.Errorf("%s: the index has %s, the result is %s", got[i], image.Manifest.Digest, results[i].Manifest.Digest)
		}
		records, err := ocitest.Referrers(ctx, store, image.Manifest.Digest, record.ProvenanceType)
		if err != nil || len(records) != 1 {
			t.Errorf("%s: %d records: %v", got[i], len(records), err)
		}
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("platforms in the index (-want +got):\n%s", diff)
	}
	if desc.MediaType != "application/vnd.oci.image.index.v1+json" {
		t.Errorf("media type %s", desc.MediaType)
	}

	in.platform = wanted[1]
	alone, _ := in.build("alone")
	if alone.Manifest.Digest != results[1].Manifest.Digest {
		t.Errorf("%s alone is %s, with others %s", names[1], alone.Manifest.Digest, results[1].Manifest.Digest)
	}

	// The image can be the base of another build for several platforms.
	in.spec.Base, in.platform = output, oci.Platform{}
	again, err := in.resolveAll(ctx, wanted[:2])
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again[1].Base.Manifest.Digest != results[1].Manifest.Digest {
		t.Errorf("the base for %s is %s", names[1], again[1].Base.Manifest.Digest)
	}

	// A lock is for all of them.
	lock, err := plans.Lock(ctx, lock.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if len(lock.Platforms) != len(names) {
		t.Errorf("%d platforms in the lock", len(lock.Platforms))
	}
}

// TestVEX: the document is beside the index and each of its images, once, also when it is built again.
func TestVEX(t *testing.T) {
	ctx := t.Context()
	in := severalInputs(t, "x86_64", "aarch64")
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "image"), Name: "latest"}
	vex, err := record.ReadVEX(strings.NewReader(`{"@context":"https://openvex.dev/ns","@id":"a","author":"b","timestamp":"c","statements":[{}]}`))
	if err != nil {
		t.Fatal(err)
	}
	plans, err := in.resolveAll(ctx, platforms(t, "linux/amd64", "linux/arm64"))
	if err != nil {
		t.Fatal(err)
	}
	defer plans.Close()
	for range 2 {
		desc, results, err := plans.Write(ctx, output, assemble.WriteOptions{Provenance: true, VEX: vex})
		if err != nil {
			t.Fatal(err)
		}
		store, err := transport.OpenStore(ctx, output, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		for i, subject := range []digest.Digest{desc.Digest, results[0].Manifest.Digest, results[1].Manifest.Digest} {
			found, err := ocitest.Referrers(ctx, store, subject, record.ProvenanceType)
			isVEX := func(r oci.Referrer) bool {
				return r.Annotations["in-toto.io/predicate-type"] == "https://openvex.dev/ns"
			}
			if want := min(i, 1) + 1; err != nil || len(found) != want || !slices.ContainsFunc(found, isVEX) {
				t.Errorf("%s: %d referrers, want %d with the document: %v", subject, len(found), want, err)
			}
		}
	}
}

// TestMissingPlatform: the error for a platform that the base or a repository lacks lists those it has.
func TestMissingPlatform(t *testing.T) {
	ctx := context.Background()
	in := severalInputs(t, "x86_64", "aarch64")
	for _, test := range []struct {
		name      string
		platforms []string
		before    func()
		part      string
		want      string
	}{
		{"twice", []string{"linux/amd64", "linux/arm64", "linux/amd64"}, func() {}, "request", "platform linux/amd64: given twice"},
		{"not Alpine's", []string{"linux/amd64", "linux/mips"}, func() {}, "base", "platform linux/mips:"},
		{"no base", []string{"linux/amd64", "linux/s390x"}, func() {}, "base", "platform linux/s390x: open rootfs:"},
		{"no repository", []string{"linux/amd64", "linux/arm64"}, func() {
			os.RemoveAll(filepath.Join(in.spec.Repositories[0], "aarch64"))
		}, "repository", "no index for aarch64; available: x86_64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.before()
			plans, err := in.resolveAll(ctx, platforms(t, test.platforms...))
			about := new(assemble.Error)
			if err == nil {
				plans.Close()
			}
			if !errors.As(err, &about) || about.Part != test.part || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about the %s with %q", err, test.part, test.want)
			}
		})
	}
}

// resolveAll resolves the spec for these platforms.
func (in *inputs) resolveAll(ctx context.Context, platforms []oci.Platform) (assemble.Plans, error) {
	in.spec.Platforms = platforms
	return assemble.ResolveAll(ctx, &in.spec, &in.env)
}
