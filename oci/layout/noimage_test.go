package layout_test

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestLayoutsWithoutTheImage: the error for a missing or ambiguous image describes the entries that the layout has.
func TestLayoutsWithoutTheImage(t *testing.T) {
	for _, c := range []struct {
		name          string
		make          func(l *handmadeLayout)
		tag, platform string
		want          string
	}{
		{"nothing but artifacts", func(l *handmadeLayout) {
			l.add(l.artifact(imagedoc.Describe(v1.MediaTypeImageManifest, nil)), artifactType("application/spdx+json"))
		}, "", "", "contains no image, only artifacts"},
		{"an artifact by its place", func(l *handmadeLayout) {
			l.add(l.artifact(l.image(amd64)))
		}, "@0", "", "@0 is not an image, but a referrer of one"},
		{"none of the index's images", func(l *handmadeLayout) {
			l.add(l.index(missing("linux", "amd64"), missing("linux", "s390x")), named("v1"))
		}, "v1", "", "the index lists images for linux/amd64, linux/s390x, but none is present"},
		{"another of the index's images", func(l *handmadeLayout) {
			image := l.image(arm64)
			platform("linux", "arm64", "")(&image)
			l.add(l.index(missing("linux", "amd64"), image), named("v1"))
		}, "v1", "linux/amd64", "the index lists an image for linux/amd64, but only the one for linux/arm64 is present"},
		{"one tag for two images", func(l *handmadeLayout) {
			for i, name := range []string{"docker.io/library/x:latest", "docker.io/library/y:latest"} {
				l.add(l.image([]string{amd64, arm64}[i]), annotated("io.containerd.image.name", name, v1.AnnotationRefName, "latest"))
			}
		}, "latest", "", `tag "latest" is that of several images: "docker.io/library/x:latest", "docker.io/library/y:latest"`},
		{"several variants, none of them asked for", func(l *handmadeLayout) {
			l.add(l.image(amd64), platform("linux", "amd64", "v2")).add(l.image(amd64), platform("linux", "amd64", "v3"))
		}, "", "linux/amd64", "no image for linux/amd64; available: linux/amd64/v2, linux/amd64/v3"},
		{"arm for an older variant", func(l *handmadeLayout) {
			l.add(l.image(`"os":"linux","architecture":"arm","variant":"v7"`))
		}, "", "linux/arm/v6", "no image for linux/arm/v6; available: linux/arm/v7"},
		{"index and config for different architectures", func(l *handmadeLayout) {
			l.add(l.image(amd64), platform("linux", "arm64", ""))
		}, "", "", "is for linux/arm64, but config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newHandmadeLayout(t)
			c.make(l)
			var want oci.Platform
			if c.platform != "" {
				var err error
				if want, err = oci.ParsePlatform(c.platform); err != nil {
					t.Fatal(err)
				}
			}
			_, err := transport.OpenBase(t.Context(), ocitest.LayoutReference(l.finish(), c.tag), want, transport.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestWriteBesideForeignReferrers: an image without a name takes the place of one, not of another tool's referrer.
func TestWriteBesideForeignReferrers(t *testing.T) {
	l := newHandmadeLayout(t)
	image := l.image(amd64)
	artifact := l.artifact(image)
	l.add(image, artifactType(v1.MediaTypeImageConfig)).add(artifact)
	ref := ocitest.LayoutReference(l.finish(), "")
	store, err := transport.OpenStore(t.Context(), ref, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := oci.ListReferrers(t.Context(), store, image.Digest, ""); err != nil || len(found) != 1 ||
		found[0].ArtifactType != "application/spdx+json" {
		t.Errorf("referrers: %v, %v", found, err)
	}
	base := ocitest.MustOpenBase(t, ref, "")
	desc, err := ocitest.Build(t.Context(), base, ocitest.LayoutReference(l.dir, "new"), ocitest.TarOf(t, "added"), oci.ConfigChanges{})
	if err != nil {
		t.Fatal(err)
	}
	index, err := store.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, entry := range index.Manifests {
		digests = append(digests, entry.Digest.String())
	}
	if want := []string{image.Digest.String(), artifact.Digest.String(), desc.Digest.String()}; !slices.Equal(digests, want) {
		t.Errorf("index.json: got %v, want %v", digests, want)
	}
}
