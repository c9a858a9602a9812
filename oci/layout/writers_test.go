package layout_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/imagetest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestLayoutsOfOtherWriters: what crane, apko, cosign, regctl, oras, docker and containerd write is an image wherever one
// is read: opened, read, built over, copied, inspected, listed, compared and pushed.
func TestLayoutsOfOtherWriters(t *testing.T) {
	containerd := func(name, tag string) func(*v1.Descriptor) {
		return annotated("io.containerd.image.name", name, v1.AnnotationRefName, tag)
	}
	signatures := func(l *handmadeLayout) v1.Descriptor {
		payload := l.put("application/vnd.dev.cosign.simplesigning.v1+json", []byte(`{"critical":{}}`))
		config := l.put(v1.MediaTypeImageConfig,
			[]byte(`{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":["`+payload.Digest.String()+`"]}}`))
		return l.put(v1.MediaTypeImageManifest, imagedoc.NewManifest(config, payload))
	}
	attestation := func(l *handmadeLayout) v1.Descriptor {
		statement := l.put("application/vnd.in-toto+json", []byte(`{}`))
		config := l.put(v1.MediaTypeImageConfig,
			[]byte(`{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":["`+statement.Digest.String()+`"]}}`))
		desc := l.put(v1.MediaTypeImageManifest, imagedoc.NewManifest(config, statement))
		platform("unknown", "unknown", "")(&desc)
		return desc
	}
	docker := func(desc v1.Descriptor) v1.Descriptor {
		desc.MediaType = "application/vnd.docker.distribution.manifest.v2+json"
		return desc
	}
	old := func(l *handmadeLayout, image v1.Descriptor, configType string) v1.Descriptor {
		manifest := l.manifest(image)
		manifest.MediaType, manifest.Config.MediaType = docker(image).MediaType, configType
		return l.put(manifest.MediaType, manifest)
	}
	for _, c := range []struct {
		name          string
		make          func(l *handmadeLayout)
		tag, platform string
		want          string // the platform
		copied        string // what copying it says, if it fails
	}{
		{"crane pull: the config's type as artifactType", func(l *handmadeLayout) {
			l.add(l.image(amd64), artifactType(v1.MediaTypeImageConfig))
		}, "", "", "linux/amd64", ""},
		{"crane pull of docker's manifest", func(l *handmadeLayout) {
			l.add(docker(l.image(amd64)), artifactType("application/vnd.docker.container.image.v1+json"))
		}, "", "", "linux/amd64", ""},
		{"crane pull, by its place", func(l *handmadeLayout) {
			l.add(l.image(amd64), artifactType(v1.MediaTypeImageConfig))
		}, "@0", "", "linux/amd64", ""},
		{"apko: platforms in index.json itself", func(l *handmadeLayout) {
			l.add(l.image(amd64), artifactType(v1.MediaTypeImageConfig), platform("linux", "amd64", ""))
			l.add(l.image(arm64), artifactType(v1.MediaTypeImageConfig), platform("linux", "arm64", ""))
		}, "", "linux/arm64", "linux/arm64", ""},
		{"crane with an artifact beside the image", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, artifactType(v1.MediaTypeImageConfig)).add(l.artifact(image), artifactType("application/spdx+json"))
		}, "", "", "linux/amd64", ""},
		{"oras: a referrer without artifactType", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, named("v1")).add(l.artifact(image))
		}, "", "", "linux/amd64", ""},
		{"oras: an artifact under a tag", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, named("v1")).add(l.artifact(image), named("sbom"), artifactType("application/spdx+json"))
		}, "", "", "linux/amd64", ""},
		{"regctl: a list of referrers under a tag made of the digest", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, named("v1")).add(l.index(l.artifact(image)), named("sha256-"+image.Digest.Encoded()))
		}, "", "", "linux/amd64", ""},
		{"skopeo sync: cosign's signatures under a tag", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, named("v1")).add(signatures(l), named("sha256-"+image.Digest.Encoded()+".sig"))
		}, "", "", "linux/amd64", ""},
		{"cosign save", func(l *handmadeLayout) {
			l.add(l.image(amd64), annotated("kind", "dev.cosignproject.cosign/image"))
			l.add(signatures(l), annotated("kind", "dev.cosignproject.cosign/sigs"))
		}, "", "", "linux/amd64", ""},
		{"cosign save of an index", func(l *handmadeLayout) {
			amd, arm := l.image(amd64), l.image(arm64)
			platform("linux", "amd64", "")(&amd)
			platform("linux", "arm64", "")(&arm)
			l.add(l.index(amd, arm), annotated("kind", "dev.cosignproject.cosign/imageIndex"))
			l.add(signatures(l), annotated("kind", "dev.cosignproject.cosign/sigs"))
		}, "", "linux/arm64", "linux/arm64", ""},
		{"docker buildx: an index with an attestation", func(l *handmadeLayout) {
			image := l.image(amd64)
			platform("linux", "amd64", "")(&image)
			l.add(l.index(image, attestation(l)), containerd("docker.io/library/x:1", "1"))
		}, "", "", "linux/amd64", ""},
		{"docker buildx: two names for one image", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, containerd("docker.io/library/x:1", "1")).add(image, containerd("registry.example/x:1", "1"))
		}, "1", "", "linux/amd64", ""},
		{"docker save of two images with one tag, by the whole name", func(l *handmadeLayout) {
			l.add(l.image(arm64), containerd("docker.io/library/x:latest", "latest"))
			l.add(l.image(amd64), containerd("docker.io/library/y:latest", "latest"))
		}, "y", "", "linux/amd64", ""},
		{"docker save: of the index's platforms only one was pulled", func(l *handmadeLayout) {
			image := l.image(arm64)
			platform("linux", "arm64", "v8")(&image)
			l.add(l.index(missing("linux", "amd64"), image, missing("linux", "s390x")), containerd("docker.io/library/x:1", "1"))
		}, "", "", "linux/arm64", ""},
		{"docker save: two of the index's platforms", func(l *handmadeLayout) {
			amd, arm := l.image(amd64), l.image(arm64)
			platform("linux", "amd64", "")(&amd)
			platform("linux", "arm64", "")(&arm)
			l.add(l.index(amd, arm, missing("linux", "s390x")), containerd("docker.io/library/x:1", "1"))
		}, "", "linux/amd64", "linux/amd64", `in the layout`},
		{"skopeo: no platform in the entry", func(l *handmadeLayout) { l.add(l.image(amd64), named("v1")) }, "v1", "", "linux/amd64", ""},
		{"no name and no os in the index", func(l *handmadeLayout) {
			l.add(l.image(arm64), platform("", "arm64", ""))
			l.add(l.image(amd64), platform("", "amd64", ""))
		}, "", "linux/amd64", "linux/amd64", ""},
		{"uname's names", func(l *handmadeLayout) {
			l.add(l.image(`"os":"linux","architecture":"x86_64"`)).add(l.image(`"os":"linux","architecture":"aarch64"`))
		}, "", "linux/arm64", "linux/arm64", ""},
		{"kaniko: a variant that amd64 does not have", func(l *handmadeLayout) { l.add(l.image(amd64 + `,"variant":"v8"`)) }, "", "linux/amd64",
			"linux/amd64/v8", ""},
		{"a newer variant in the index alone", func(l *handmadeLayout) {
			l.add(l.image(amd64), platform("linux", "amd64", "v3"))
		}, "", "", "linux/amd64/v3", ""},
		{"an image that is about another, by its tag", func(l *handmadeLayout) {
			l.add(l.image(arm64), named("v1")).add(l.about(l.image(amd64), l.image(arm64)), named("v1-converted"))
		}, "v1-converted", "", "linux/amd64", ""},
		{"an image beside one that is about it, with a tag", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image, named("v1")).add(l.about(l.image(arm64), image), named("v1-converted"))
		}, "", "", "linux/amd64", ""},
		{"an image beside one that is about it, without a tag", func(l *handmadeLayout) {
			image := l.image(amd64)
			l.add(image).add(l.about(l.image(arm64), image), artifactType(v1.MediaTypeImageConfig))
		}, "", "", "linux/amd64", ""},
		{"several variants, one asked for", func(l *handmadeLayout) {
			l.add(l.image(amd64), platform("linux", "amd64", "")).add(l.image(amd64+`,"variant":"v3"`), platform("linux", "amd64", "v3"))
		}, "", "linux/amd64/v3", "linux/amd64/v3", ""},
		{"arm without a variant, for v6", func(l *handmadeLayout) { l.add(l.image(`"os":"linux","architecture":"arm"`)) }, "", "linux/arm/v6",
			"linux/arm/v6", ""},
		{"arm, v6 in the config alone", func(l *handmadeLayout) {
			l.add(l.image(`"os":"linux","architecture":"arm","variant":"v6"`), platform("linux", "arm", ""))
		}, "", "linux/arm/v6", "linux/arm/v6", ""},
		{"arm, v6 in the index, v7 in the config", func(l *handmadeLayout) {
			l.add(l.image(`"os":"linux","architecture":"arm","variant":"v7"`), platform("linux", "arm", "v6"))
		}, "", "linux/arm/v6", "linux/arm/v6", ""},
		{"arm, v7 in the index, v6 in the config", func(l *handmadeLayout) {
			l.add(l.image(`"os":"linux","architecture":"arm","variant":"v6"`), platform("linux", "arm", "v7"))
		}, "", "linux/arm/v6", "linux/arm/v6", ""},
		{"crane append to nothing: no platform at all", func(l *handmadeLayout) {
			l.add(l.image(`"os":"","architecture":""`), artifactType(v1.MediaTypeImageConfig))
		}, "", "linux/amd64", "linux/amd64", ""},
		{"gzip called tar", func(l *handmadeLayout) {
			l.add(l.imageOf(amd64, v1.MediaTypeImageLayer, ocitest.Gzipped(l.t, ocitest.TarOf(l.t, "etc/file"))))
		}, "", "", "linux/amd64", ""},
		{"tar called gzip", func(l *handmadeLayout) {
			l.add(l.imageOf(amd64, v1.MediaTypeImageLayerGzip, ocitest.TarOf(l.t, "etc/file")))
		}, "", "", "linux/amd64", ""},
		{"zstd called gzip", func(l *handmadeLayout) {
			l.add(l.imageOf(amd64, v1.MediaTypeImageLayerGzip, ocitest.Zstandard(l.t, ocitest.TarOf(l.t, "etc/file"))))
		}, "", "", "linux/amd64", ""},
		{"an old client of docker: the config's type is any", func(l *handmadeLayout) {
			l.add(old(l, l.image(amd64), "application/octet-stream"), named("v1"))
		}, "", "", "linux/amd64", ""},
		{"an old registry: the config has no type", func(l *handmadeLayout) { l.add(old(l, l.image(amd64), ""), named("v1")) }, "", "", "linux/amd64", ""},
		{"tar called docker's gzip", func(l *handmadeLayout) {
			l.add(docker(l.imageOf(amd64, "application/vnd.docker.image.rootfs.diff.tar.gzip", ocitest.TarOf(l.t, "etc/file"))))
		}, "", "", "linux/amd64", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newHandmadeLayout(t)
			c.make(l)
			ref := ocitest.LayoutReference(l.finish(), c.tag)
			base := ocitest.MustOpenBase(t, ref, c.platform)
			if got := base.Platform.String(); got != c.want {
				t.Errorf("platform: got %q, want %q", got, c.want)
			}
			mustHaveFile(t, base)
			out := filepath.Join(t.TempDir(), "out")
			if _, err := ocitest.Build(t.Context(), base, ocitest.LayoutReference(out, "v1"), ocitest.TarOf(t, "added"), oci.ConfigChanges{}); err != nil {
				t.Fatal(err)
			}
			if isGzip := mustHaveRightTypes(t, ocitest.LayoutReference(out, "v1")); isGzip { // the validator knows no other
				ocitest.MustValidate(t, out, "v1")
			}
			if got := ocitest.MustOpenBase(t, ocitest.LayoutReference(out, "v1"), "").Platform.String(); got != c.want {
				t.Errorf("platform of the new image: got %q, want %q", got, c.want)
			}
			imagetest.MustServe(t, ref, c.platform)
			copied := ocitest.LayoutReference(filepath.Join(t.TempDir(), "copied"), "v1")
			_, err := ocitest.CopyTo(t, ref, copied, nil)
			if c.copied != "" {
				if err == nil || !strings.Contains(err.Error(), c.copied) || hint.Of(err) == "" {
					t.Errorf("copy: %v, %q; want %s and a remedy", err, hint.Of(err), c.copied)
				}
				return
			}
			if err != nil {
				t.Fatalf("copy: %v", err)
			}
			again := ocitest.MustOpenBase(t, copied, c.platform)
			if again.Manifest.Digest != base.Manifest.Digest {
				t.Errorf("copy: got the image %s, want %s", again.Manifest.Digest, base.Manifest.Digest)
			}
			imagetest.MustPush(t, ref)
		})
	}
}

func mustHaveFile(t testing.TB, base *oci.Base) {
	t.Helper()
	files := tree.New()
	for _, layer := range base.Layers {
		if err := layer.ReadInto(t.Context(), files); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := files.Lstat("etc/file"); err != nil {
		t.Error(err)
	}
}

// mustHaveRightTypes compares the layers' media types with their first bytes, and reports whether all are gzip's.
func mustHaveRightTypes(t testing.TB, ref oci.Reference) bool {
	t.Helper()
	isGzip := true
	for _, layer := range ocitest.MustOpenBase(t, ref, "").Layers {
		blob, err := layer.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 8)
		_, err = io.ReadFull(blob, first)
		blob.Close()
		if want := imagedoc.LayerMediaType(first); err != nil || layer.Descriptor.MediaType != want {
			t.Errorf("media type %s, want %s; %v", layer.Descriptor.MediaType, want, err)
		}
		isGzip = isGzip && layer.Descriptor.MediaType == v1.MediaTypeImageLayerGzip
	}
	return isGzip
}

// TestNewManifestSaysTheCompression: runtimes go by the media type, so the new image's is right although the base's is not,
// also if the base's files come from a cache.
func TestNewManifestSaysTheCompression(t *testing.T) {
	l := newHandmadeLayout(t)
	l.add(l.imageOf(amd64, v1.MediaTypeImageLayer, ocitest.Zstandard(t, ocitest.TarOf(t, "etc/file"))))
	ref := ocitest.LayoutReference(l.finish(), "")
	directory := cachetest.Open(t.TempDir())
	for _, name := range []string{"read", "cached"} {
		base, err := transport.OpenBase(t.Context(), ref, oci.Platform{}, transport.Options{Cache: directory})
		if err != nil {
			t.Fatal(err)
		}
		mustHaveFile(t, base)
		out := filepath.Join(t.TempDir(), "out")
		desc, err := ocitest.Build(t.Context(), base, ocitest.LayoutReference(out, "v1"), ocitest.TarOf(t, "added"), oci.ConfigChanges{})
		base.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := ocitest.ReadOutput[v1.Manifest](t, out, desc).Layers[0].MediaType; got != v1.MediaTypeImageLayerZstd {
			t.Errorf("%s: media type %s", name, got)
		}
	}
}
