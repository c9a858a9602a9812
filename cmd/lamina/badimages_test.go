package main

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestBadImages: other tools' images and repositories that cannot be used, each with a remedy that applies. What is told is in
// testdata/badimages.golden.
func TestBadImages(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many commands")
	}
	if runtime.GOOS == "windows" {
		t.Skip("paths and the system's messages are others on Windows")
	}
	golden := readMessages(t, "testdata/badimages.golden")
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer guarded.Close()
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	t.Setenv("HTTP_AUTH", "")
	t.Setenv("NETRC", "/dev/null")
	build := func(base string, more ...string) []string {
		return append([]string{"build", "--base", base, "--repository", "repo", "-o", "oci:out:latest"}, more...)
	}
	for _, test := range []struct {
		name  string
		spoil func(*bench)
		args  []string
	}{
		{"layer with a link to nothing", func(b *bench) { b.image("image", "amd64", linkToNothing(b.t)) }, build("oci:image", "nginx")},
		{"layer that is no tar", func(b *bench) { b.image("image", "amd64", []byte(strings.Repeat("no tar ", 100))) }, build("oci:image", "nginx")},
		{"layer within xz", func(b *bench) { b.image("image", "amd64", []byte("\xfd7zXZ\x00\x00\x04")) }, build("oci:image", "nginx")},
		{"layer that is missing", func(b *bench) {
			b.image("image", "amd64", linkToNothing(b.t))
			if err := os.Remove("image/blobs/sha256/" + digest.FromBytes(linkToNothing(b.t)).Encoded()); err != nil {
				b.t.Fatal(err)
			}
		}, []string{"inspect", "oci:image"}},
		{"docker-archive without an image", func(b *bench) { b.tarFile("image.tar", "manifest.json", "[]") }, []string{"inspect", "docker-archive:image.tar"}},
		{"docker-archive that is another tar", func(b *bench) { b.tarFile("image.tar", "etc/passwd", "") }, []string{"inspect", "docker-archive:image.tar"}},
		{"archive that is missing", nil, []string{"inspect", "oci-archive:image.tar"}},
		{"archive that is docker's", func(b *bench) { b.tarFile("image.tar", "manifest.json", "[]") }, []string{"inspect", "oci-archive:image.tar"}},
		{"archive within half of a gzip file", func(b *bench) { b.file("image.tar.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b") },
			[]string{"inspect", "oci-archive:image.tar.gz"}},
		{"nothing but an artifact", func(b *bench) {
			b.layout("image", nil, v1.Descriptor{MediaType: v1.MediaTypeImageManifest, Digest: digest.FromBytes(nil), ArtifactType: "application/spdx+json"})
		}, []string{"inspect", "oci:image"}},
		{"several tags", func(b *bench) {
			for _, image := range [][2]string{{"one", "gzip"}, {"two", "zstd"}} { // one image with two tags is not several
				if code, _, stderr := b.lamina("build", "--base", "rootfs:base.tar.gz", "--repository", "repo", "--compression", image[1],
					"-o", "oci:image:"+image[0]); code != 0 {
					b.t.Fatal(stderr)
				}
			}
		}, []string{"inspect", "oci:image"}},
		{"several platforms", func(b *bench) { b.layout("image", nil, b.platform("amd64"), b.platform("arm64")) }, []string{"inspect", "oci:image"}},
		{"a platform that docker save left out", func(b *bench) {
			here := b.image("image", "arm64", []byte{})
			index := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []v1.Descriptor{b.platform("amd64"), here}}
			data, err := json.Marshal(index)
			if err != nil {
				b.t.Fatal(err)
			}
			b.layout("image", [][]byte{data}, content.NewDescriptorFromBytes(v1.MediaTypeImageIndex, data))
		}, []string{"inspect", "--platform", "linux/amd64", "oci:image"}},
		{"a platform without packages", nil, build("scratch", "--platform", "linux/mips64le", "nginx")},
		{"a platform twice", nil, build("scratch", "--platform", "linux/amd64", "--platform", "linux/amd64", "nginx")},
		{"a base whose files are for another architecture", func(b *bench) { b.image("image", "386", tarOf(b.t, "etc/apk/arch", "x86_64\n")) },
			build("oci:image", "nginx")},
		{"a platform that the base's files are not for", func(b *bench) { b.image("image", "", tarOf(b.t, "etc/apk/arch", "x86_64\n")) },
			build("oci:image", "--platform", "linux/386", "nginx")},
		{"a root file system within xz", func(b *bench) { b.file("base.tar.xz", "\xfd7zXZ\x00\x00\x04") }, build("rootfs:base.tar.xz", "nginx")},
		{"the base's repository does not answer", func(b *bench) { b.repositories("http://127.0.0.1:1/alpine\n" + b.serve() + "\n") },
			[]string{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:out:latest", "nginx"}},
		{"the base's repository is unsigned", func(b *bench) {
			b.repository(fixtures.Repository{Packages: goodPackages(), IndexFault: fixtures.UnsignedIndex})
			b.repositories(b.serve() + "\n")
		}, []string{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:out:latest", "nginx"}},
		{"the base's repository is a directory of this machine", func(b *bench) { b.repositories(b.dir + "/repo\n") },
			[]string{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:out:latest", "nginx"}},
		{"the base's repository is a directory of the base", func(b *bench) { b.repositories("/etc/apk\n") },
			[]string{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:out:latest", "nginx"}},
		{"a repository that asks for a login", nil, []string{"build", "--base", "rootfs:base.tar.gz", "--repository", guarded.URL, "nginx"}},
		{"a repository that is missing at its server", nil, []string{"build", "--base", "rootfs:base.tar.gz", "--repository", missing.URL, "nginx"}},
		{"a private key", func(b *bench) { b.file("private.rsa", privateKey(b.t)) }, build("rootfs:base.tar.gz", "--key", "private.rsa", "nginx")},
		{"an archive over a directory", func(b *bench) { b.directory("taken") }, []string{"build", "--base", "rootfs:base.tar.gz", "--repository", "repo", "-o",
			"oci-archive:taken", "nginx"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if test.spoil != nil {
				test.spoil(b)
			}
			code, stdout, stderr := b.lamina(test.args...)
			want := exit.Failed
			if test.name == "a platform twice" {
				want = exit.Usage
			}
			if code != want || stdout != "" {
				t.Errorf("exit code %d, stdout %q; want %d and nothing", code, stdout, want)
			}
			served := regexp.MustCompile(`http://127\.0\.0\.1:\d{2,}`)
			hide := strings.NewReplacer(b.dir, "DIR", guarded.URL, "http://GUARDED", missing.URL, "http://MISSING")
			golden.check(t, test.name, served.ReplaceAllString(hide.Replace(stderr), "http://SERVED"))
		})
	}
}

// image writes a layout with an image of one layer, a plain tar, and returns its entry.
func (b *bench) image(dir, architecture string, layer []byte) v1.Descriptor {
	b.t.Helper()
	config := fmt.Sprintf(`{"os":"linux","architecture":%q,"rootfs":{"type":"layers","diff_ids":[%q]}}`, architecture, digest.FromBytes(layer))
	manifest, err := json.Marshal(v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest,
		Config: content.NewDescriptorFromBytes(v1.MediaTypeImageConfig, []byte(config)),
		Layers: []v1.Descriptor{content.NewDescriptorFromBytes(v1.MediaTypeImageLayer, layer)},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	entry := content.NewDescriptorFromBytes(v1.MediaTypeImageManifest, manifest)
	b.layout(dir, [][]byte{[]byte(config), layer, manifest}, entry)
	entry.Platform = &v1.Platform{OS: "linux", Architecture: architecture}
	return entry
}

// platform returns the entry of an image that is not there.
func (b *bench) platform(architecture string) v1.Descriptor {
	entry := content.NewDescriptorFromBytes(v1.MediaTypeImageManifest, []byte(architecture))
	entry.Platform = &v1.Platform{OS: "linux", Architecture: architecture}
	return entry
}

// layout writes a layout with blobs and entries of index.json. Blobs that are there stay.
func (b *bench) layout(dir string, blobs [][]byte, entries ...v1.Descriptor) {
	b.t.Helper()
	b.directory(dir + "/blobs/sha256")
	index, err := json.Marshal(v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: entries})
	if err != nil {
		b.t.Fatal(err)
	}
	b.file(dir+"/index.json", string(index))
	b.file(dir+"/oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	for _, blob := range blobs {
		b.file(dir+"/blobs/sha256/"+digest.FromBytes(blob).Encoded(), string(blob))
	}
}

func (b *bench) tarFile(file, name, content string) {
	b.t.Helper()
	b.file(file, string(tarOf(b.t, name, content)))
}

// tarOf is a tar of one file.
func tarOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (b *bench) repositories(text string) {
	b.t.Helper()
	b.base(fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"},
		Files: fixtures.WithParents([]fixtures.File{{Path: "etc/apk/repositories", Content: text}})})
}

func linkToNothing(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: "a", Linkname: "nowhere", Typeflag: tar.TypeLink}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func privateKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}
