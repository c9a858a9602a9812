package lamina_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina"
)

// A whole program that builds an image. The spec and its inputs are those of the README.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	spec, err := lamina.ReadSpec("fixtures/nginx/lamina.yaml")
	if err != nil {
		log.Fatal(err)
	}
	output, err := lamina.ParseReference("oci:" + filepath.Join(dir, "image") + ":latest")
	if err != nil {
		log.Fatal(err)
	}
	env := lamina.NewEnv(filepath.Join(dir, "cache"))
	defer env.Close()
	image, err := lamina.Build(ctx, spec, env, output, lamina.WriteOptions{})
	if err != nil {
		log.Fatal(err, "; ", lamina.Hint(err))
	}
	fmt.Println(image.Descriptor.MediaType, len(image.Platforms))
	// Output: application/vnd.oci.image.manifest.v1+json 1
}

// A spec is plain data: it need not come from a file.
func ExampleSpec() {
	base, err := lamina.ParseReference("rootfs:fixtures/nginx/base.tar.gz")
	if err != nil {
		log.Fatal(err)
	}
	key, err := lamina.ReadKey("fixtures/nginx/fixtures@lamina.rsa.pub")
	if err != nil {
		log.Fatal(err)
	}
	spec := &lamina.Spec{
		Base:         base,
		Repositories: []string{"fixtures/nginx/repository"},
		Keys:         []lamina.Key{key},
		Packages:     []string{"zlib"},
		Users:        []lamina.User{{Name: "app"}},
		Files:        []lamina.File{lamina.NewFile("/etc/app.conf", []byte("port 8080\n"))},
		Steps:        []lamina.Step{{Run: []string{"echo Welcome >/etc/motd"}}},
		Config:       lamina.ConfigChanges{User: "app"},
	}
	_, image, remove := scratchpad()
	defer remove()
	build(spec, image("literal"))
	report, err := lamina.Inspect(context.Background(), image("literal"), lamina.Platform{}, nil, lamina.InspectOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.World, report.Config.User)
	// Output: [apk-tools busybox musl zlib] app
}

// scratchpad returns a spec to build, and a place for images.
func scratchpad() (spec *lamina.Spec, image func(tag string) lamina.Reference, remove func()) {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	spec, err = lamina.ReadSpec("fixtures/nginx/lamina.yaml")
	if err != nil {
		log.Fatal(err)
	}
	image = func(tag string) lamina.Reference {
		ref, err := lamina.ParseReference("oci:" + filepath.Join(dir, "images") + ":" + tag)
		if err != nil {
			log.Fatal(err)
		}
		return ref
	}
	return spec, image, func() { os.RemoveAll(dir) }
}

// build builds an image with its record beside it.
func build(spec *lamina.Spec, output lamina.Reference) {
	if _, err := lamina.Build(context.Background(), spec, nil, output, lamina.WriteOptions{Provenance: true}); err != nil {
		log.Fatal(err)
	}
}

// A plan shows what will be done before it is.
func ExampleResolve() {
	spec, image, remove := scratchpad()
	defer remove()
	plan, err := lamina.Resolve(context.Background(), spec, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer plan.Close()
	for _, change := range plan.Platforms[0].Solution.Changes {
		if change.New != nil && change.Old == nil {
			fmt.Println(change)
		}
	}
	if _, err := plan.Write(context.Background(), image("latest"), lamina.WriteOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Installing libcrypto3 (3.3.2-r0)
	// Installing pcre2 (10.43-r0)
	// Installing libssl3 (3.3.2-r0)
	// Installing zlib (1.3.1-r1)
	// Installing nginx (1.26.2-r0)
}

// Two builds of one spec give the same digest.
func ExampleBuild() {
	spec, image, remove := scratchpad()
	defer remove()
	first, err := lamina.Build(context.Background(), spec, nil, image("first"), lamina.WriteOptions{})
	if err != nil {
		log.Fatal(err)
	}
	second, err := lamina.Build(context.Background(), spec, nil, image("second"), lamina.WriteOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first.Descriptor.Digest == second.Descriptor.Digest)
	// Output: true
}

// A Dockerfile is a spec, too. Contexts say what names in FROM stand for, as docker's --build-context does.
func ExampleReadDockerfile() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "Dockerfile")
	if err := os.WriteFile(file, []byte("FROM scratch\nARG NAME\nCOPY <<EOF /hello\nHello, $NAME!\nEOF\nCMD [\"/hello\"]\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	platform, err := lamina.ParsePlatform("linux/amd64")
	if err != nil {
		log.Fatal(err)
	}
	spec, err := lamina.ReadDockerfile(file, lamina.DockerfileOptions{Context: dir, Platform: platform, Args: map[string]string{"NAME": "world"}})
	if err != nil {
		log.Fatal(err)
	}
	spec.Platforms = []lamina.Platform{platform}
	output, err := lamina.ParseReference("oci:" + filepath.Join(dir, "image") + ":latest")
	if err != nil {
		log.Fatal(err)
	}
	build(spec, output)
	report, err := lamina.Inspect(context.Background(), output, lamina.Platform{}, nil, lamina.InspectOptions{Files: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Files[0].Path, report.Files[0].Size, report.Config.Cmd)
	// Output: /hello 14 [/hello]
}

// A locked spec resolves to the same packages, without an index.
func ExampleLock() {
	spec, image, remove := scratchpad()
	defer remove()
	locked, err := lamina.Lock(context.Background(), spec, nil)
	if err != nil {
		log.Fatal(err)
	}
	spec.Lock = locked
	build(spec, image("locked"))
	fmt.Println(locked.Platforms[0].Platform, len(locked.Platforms[0].Changes) > 0)
	// Output: linux/amd64 true
}

// Verify rebuilds an image from the record beside it.
func ExampleVerify() {
	spec, image, remove := scratchpad()
	defer remove()
	build(spec, image("latest"))
	outcomes, err := lamina.Verify(context.Background(), image("latest"), nil, lamina.VerifyOptions{Repositories: spec.Repositories})
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outcomes {
		fmt.Println(o.Platform, o.Image == o.Rebuilt)
	}
	// Output: linux/amd64 true
}

// Diff says which packages and files two images differ in.
func ExampleDiff() {
	spec, image, remove := scratchpad()
	defer remove()
	build(spec, image("nginx"))
	spec.Packages, spec.Files = []string{"zlib"}, nil
	build(spec, image("zlib"))
	reports, err := lamina.Diff(context.Background(), image("nginx"), image("zlib"), lamina.Platform{}, nil, lamina.DiffOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range reports[0].Packages {
		fmt.Println(p.Name, p.Change)
	}
	// Output:
	// libcrypto3 removed
	// libssl3 removed
	// nginx removed
	// pcre2 removed
}

// Inspect reports what is in an image, and why.
func ExampleInspect() {
	spec, image, remove := scratchpad()
	defer remove()
	build(spec, image("latest"))
	report, err := lamina.Inspect(context.Background(), image("latest"), lamina.Platform{}, nil, lamina.InspectOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range report.Packages {
		if p.Name == "zlib" {
			fmt.Println(len(report.Layers), p.Name, p.Version)
		}
	}
	// Output: 2 zlib 1.3.1-r1
}

// Push copies an image to a registry. The bytes, and so the digest, stay as they are.
func ExamplePush() {
	spec, image, remove := scratchpad()
	defer remove()
	built, err := lamina.Build(context.Background(), spec, nil, image("latest"), lamina.WriteOptions{Provenance: true})
	if err != nil {
		log.Fatal(err)
	}
	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)))) // in place of a registry elsewhere
	defer hub.Close()
	to, err := lamina.ParseReference("docker://" + strings.TrimPrefix(hub.URL, "http://") + "/me/nginx:1")
	if err != nil {
		log.Fatal(err)
	}
	pushed, err := lamina.Push(context.Background(), image("latest"), to, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pushed == built.Descriptor.Digest)
	// Output: true
}

// WriteSBOM lists the packages of an image, which may be built by any tool.
func ExampleWriteSBOM() {
	spec, image, remove := scratchpad()
	defer remove()
	build(spec, image("latest"))
	var document strings.Builder
	if err := lamina.WriteSBOM(context.Background(), &document, image("latest"), lamina.Platform{}, nil, lamina.SPDX, lamina.SBOMOptions{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(document.String(), "pkg:apk/nginx@1.26.2-r0"))
	// Output: true
}
