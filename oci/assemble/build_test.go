package assemble_test

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// inputs is a directory with a base and a repository, and a request for them.
type inputs struct {
	t        testing.TB
	dir      string
	spec     spec.Spec
	platform oci.Platform
	env      assemble.Env
	warned   []string
	vendored string // a directory of packages
}

func newInputs(t testing.TB, base fixtures.Base, packages ...fixtures.Package) *inputs {
	t.Helper()
	in := &inputs{t: t, dir: t.TempDir()}
	root, err := base.TarGzip()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(in.dir, "base.tar.gz")
	if err := os.WriteFile(file, root, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (fixtures.Repository{Packages: packages}).Write(filepath.Join(in.dir, "repo")); err != nil {
		t.Fatal(err)
	}
	in.spec = spec.Spec{
		Base:         oci.Reference{Transport: oci.TransportRootfs, Path: file},
		Repositories: []string{filepath.Join(in.dir, "repo")},
	}
	in.env = assemble.Env{Client: &repository.Client{}, Warn: func(s string) { in.warned = append(in.warned, s) }}
	for _, p := range packages {
		in.spec.Packages = append(in.spec.Packages, p.Name)
	}
	t.Cleanup(func() { in.env.Client.Close() })
	return in
}

// build writes the image of the request and opens it.
func (in *inputs) build(name string) (*assemble.Result, *oci.Base) {
	in.t.Helper()
	ctx := context.Background()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		in.t.Fatal(err)
	}
	defer plan.Close()
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, name), Name: "latest"}
	result, err := plan.Write(ctx, output)
	if err != nil {
		in.t.Fatal(err)
	}
	image, err := transport.OpenBase(ctx, output, oci.Platform{}, transport.Options{})
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { image.Close() })
	return result, image
}

// headers lists the last layer.
func headers(t *testing.T, image *oci.Base) []*tar.Header {
	t.Helper()
	r, err := image.Layers[len(image.Layers)-1].OpenTar(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var list []*tar.Header
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h)
	}
}

func names(list []*tar.Header) []string {
	var all []string
	for _, h := range list {
		all = append(all, h.Name)
	}
	slices.Sort(all)
	return all
}

func nginx() fixtures.Package {
	return fixtures.Package{Name: "nginx", Files: []fixtures.File{
		{Path: "lib/libnginx.so", Mode: 0o755, Content: "library"},
		{Path: "usr/sbin/nginx", Mode: 0o4755, Content: "program"},
		{Path: "var/log/nginx", Type: tar.TypeDir, Mode: 0o2750, User: "nobody", Group: "nobody"},
	}}
}

// TestOrderOfPackages: in which order packages are requested makes no difference.
func TestOrderOfPackages(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx(), libz(), everyField())
	in.spec.Packages = []string{"nginx", "libz"}
	first := in.statement(in.record("first"))
	in.spec.Packages = []string{"libz", "nginx"}
	if diff := cmp.Diff(first, in.statement(in.record("second"))); diff != "" {
		t.Errorf("(-nginx libz +libz nginx):\n%s", diff)
	}
}

// TestOneLayer: the base's layers as they are, one more, and in it nothing that
// the base has, but for what changed.
func TestOneLayer(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}}, nginx())
	result, first := in.build("first")
	if len(first.Layers) != 2 || first.Layers[1].DiffID != result.Layer.DiffID {
		t.Fatalf("layers %v, want the base's and %s", first.Layers, result.Layer.DiffID)
	}
	if entries := len(first.Config.History); entries != 2 {
		t.Errorf("%d entries of history for 2 layers", entries)
	}
	want := []string{"etc/apk/world", "lib/apk/db/installed", "lib/libnginx.so", "usr/sbin/nginx", "var/log/nginx/"}
	got := slices.DeleteFunc(names(headers(t, first)), func(name string) bool { return strings.HasPrefix(name, "lib/apk/db/scripts") })
	// Directories on the way are there only if they are new.
	if diff := cmp.Diff(want, slices.DeleteFunc(got, func(name string) bool { return name == "usr/sbin/" || name == "var/log/" })); diff != "" {
		t.Errorf("entries of the layer (-want +got):\n%s", diff)
	}

	// The image is itself a base: its layers come first, byte for byte.
	in.spec.Base = oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "first"), Name: "latest"}
	in.spec.Files = nil
	_, second := in.build("second")
	if len(second.Layers) != 3 {
		t.Fatalf("%d layers, want 3", len(second.Layers))
	}
	for i, l := range first.Layers {
		if second.Layers[i].Descriptor.Digest != l.Descriptor.Digest {
			t.Errorf("layer %d is %s, was %s", i, second.Layers[i].Descriptor.Digest, l.Descriptor.Digest)
		}
	}
	if list := names(headers(t, second)); len(list) != 0 {
		t.Errorf("nothing changed, but the layer has %v", list)
	}

	path, err := layout.FromPath(filepath.Join(in.dir, "second"))
	if err != nil {
		t.Fatal(err)
	}
	index, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("validate: %v", err)
	}
}

// TestLinksOfBase: /lib is a link of the base; files go to where it leads, and it stays.
func TestLinksOfBase(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", UsrMerge: true}, nginx())
	_, image := in.build("image")
	list := names(headers(t, image))
	if !slices.Contains(list, "usr/lib/libnginx.so") || slices.ContainsFunc(list, func(name string) bool { return strings.HasPrefix(name, "lib") }) {
		t.Errorf("entries %v, want usr/lib/libnginx.so and nothing under lib", list)
	}
}

// TestModesAndOwners: owners by name, from the base's own etc/passwd.
func TestModesAndOwners(t *testing.T) {
	base := fixtures.Base{APKTools: "3.0.1-r0", Passwd: "root:x:0:0:root:/root:/bin/sh\nnobody:x:1234:5678::/:/bin/sh\n", Group: "root:x:0:\nnobody:x:5678:\n"}
	in := newInputs(t, base, nginx())
	_, image := in.build("image")
	for _, h := range headers(t, image) {
		switch h.Name {
		case "usr/sbin/nginx":
			if h.Mode != 0o4755 || h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(fixtures.BuildTime) {
				t.Errorf("%s: mode %o, owner %d:%d, time %v", h.Name, h.Mode, h.Uid, h.Gid, h.ModTime)
			}
		case "var/log/nginx/":
			if h.Mode != 0o2750 || h.Uid != 1234 || h.Gid != 5678 {
				t.Errorf("%s: mode %o, owner %d:%d", h.Name, h.Mode, h.Uid, h.Gid)
			}
		}
	}
}

// TestReproducible: the manifest does not depend on cores, the clock or where things are.
func TestReproducible(t *testing.T) {
	packages := []fixtures.Package{nginx(), {Name: "zlib", Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Content: strings.Repeat("zlib", 1<<20)}}}}
	digests := make(map[string]bool)
	for _, cores := range []int{1, 2, 8} {
		old := runtime.GOMAXPROCS(cores)
		in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2"}, packages...)
		result, image := in.build("image")
		runtime.GOMAXPROCS(old)
		digests[result.Manifest.Digest.String()] = true
		if created := image.Config.Created; created == nil || !created.Equal(fixtures.BuildTime) {
			t.Errorf("created %v, want the newest build time, %v", created, fixtures.BuildTime)
		}
	}
	if len(digests) != 1 {
		t.Errorf("several manifests: %v", digests)
	}

	in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2"}, packages...)
	in.spec.Created = time.Unix(1_000_000_000, 0).UTC()
	result, image := in.build("image")
	if digests[result.Manifest.Digest.String()] || !image.Config.Created.Equal(in.spec.Created) {
		t.Errorf("created %v, want %v", image.Config.Created, in.spec.Created)
	}
}

// TestBases that have less than Alpine's.
func TestBases(t *testing.T) {
	for _, test := range []struct {
		name string
		base fixtures.Base
	}{
		{"no database", fixtures.Base{NoDatabase: true, NoKey: true}},
		{"apk's files but no apk", fixtures.Base{}},
		{"a key that is none", fixtures.Base{Files: []fixtures.File{{Path: "etc/apk/keys/broken.rsa.pub", Content: "broken"}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := newInputs(t, test.base, nginx())
			in.spec.Keys = []spec.Key{{Name: fixtures.KeyName, PEM: []byte(fixtures.PublicKeyPEM)}}
			in.platform = oci.Platform{OS: "linux", Architecture: "amd64"}
			_, image := in.build("image")
			if list := names(headers(t, image)); !slices.Contains(list, "lib/apk/db/installed") {
				t.Errorf("no database in %v", list)
			}
			wantWarning := strings.HasPrefix(test.name, "a key")
			if wantWarning != (len(in.warned) == 1) {
				t.Errorf("warnings %q", in.warned)
			}
		})
	}
}

// TestSkippedScripts are recorded in the image's history.
func TestSkippedScripts(t *testing.T) {
	p := nginx()
	p.Scripts = map[string]string{"post-install": "#!/bin/sh\nexit 1\n"}
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, p)
	in.spec.SkipScripts = []string{"nginx"}
	result, image := in.build("image")
	if len(result.Skipped) != 1 {
		t.Errorf("skipped %v", result.Skipped)
	}
	last := image.Config.History[len(image.Config.History)-1]
	if last.CreatedBy != "lamina build nginx" || last.Comment != "scripts skipped: nginx-1.0-r0.post-install" {
		t.Errorf("history: created by %q, comment %q", last.CreatedBy, last.Comment)
	}
	in.spec.SkipScripts = []string{"nginx:post-install"}
	if one, _ := in.build("one"); one.Manifest.Digest != result.Manifest.Digest {
		t.Errorf("by its type: %s, by its name: %s", one.Manifest.Digest, result.Manifest.Digest)
	}
	in.spec.SkipScripts = []string{"nginx:trigger"}
	in.fails("package", "nginx-1.0-r0.post-install: exit status 1")
}

func TestUnknownPackage(t *testing.T) {
	in := newInputs(t, fixtures.Base{}, fixtures.Package{Name: "nginx"}, fixtures.Package{Name: "nginx-mod-http-lua"}, fixtures.Package{Name: "jq"})
	in.spec.Packages = []string{"jq", "ngnix", "nginx-mod", "entirely-different"}
	_, err := assemble.Resolve(context.Background(), &in.spec, in.platform, &in.env)
	var unknown *solver.UnknownPackageError
	var part *assemble.Error
	if !errors.As(err, &unknown) || !errors.As(err, &part) || part.Part != "solution" {
		t.Fatalf("got %v", err)
	}
	slices.SortFunc(unknown.Packages, func(a, b solver.UnknownPackage) int { return strings.Compare(a.Name, b.Name) })
	want := []solver.UnknownPackage{{Name: "entirely-different"}, {Name: "nginx-mod", Near: []string{"nginx-mod-http-lua"}},
		{Name: "ngnix", Near: []string{"nginx"}}}
	if diff := cmp.Diff(want, unknown.Packages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(in.spec.Repositories, unknown.Repositories); diff != "" {
		t.Errorf("repositories (-want +got):\n%s", diff)
	}
}

// TestTaggedRepositories: one repository with and without a tag is one.
func TestTaggedRepositories(t *testing.T) {
	in := newInputs(t, fixtures.Base{}, fixtures.Package{Name: "jq"})
	in.spec.Repositories = append(in.spec.Repositories, "@edge "+in.spec.Repositories[0])
	in.spec.Packages = []string{"jq@edge"}
	plan, err := assemble.Resolve(context.Background(), &in.spec, in.platform, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	if world := plan.Solution.World; len(plan.Solution.Changes) != 1 || len(world) != 1 || world[0].String() != "jq@edge" {
		t.Errorf("changes %v, world %v", plan.Solution.Changes, world)
	}
}

// TestBaseRepositories: without repositories in the request the base's own are used, in
// all the places that the generation looks at, with the keys that it trusts.
func TestBaseRepositories(t *testing.T) {
	for _, test := range []struct {
		tools string
		files func(repo string) []fixtures.File
		want  bool
	}{
		{"2.14.9-r2", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "etc/apk/repositories", Content: "# comment\n\n" + repo + "\n"}}
		}, true},
		{"2.14.9-r2", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "etc/apk/repositories.d/a.list", Content: repo + "\n"}}
		}, true},
		{"2.14.9-r2", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "etc/apk/repositories.d/a.txt", Content: repo + "\n"}}
		}, false},
		{"2.14.9-r2", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "lib/apk/repositories.d/a.list", Content: repo + "\n"}}
		}, false},
		{"3.0.1-r0", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "lib/apk/repositories.d/a.list", Content: repo + "\n"}}
		}, true},
		{"3.0.1-r0", func(repo string) []fixtures.File { // hidden by the file of that name in etc
			return []fixtures.File{{Path: "lib/apk/repositories.d/a.list", Content: repo + "\n"}, {Path: "etc/apk/repositories.d/a.list"}}
		}, false},
		{"3.0.1-r0", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "etc/apk/repositories", Content: "set mirror=" + strings.TrimSuffix(repo, "/repository") + "\n${mirror}/repository\n"}}
		}, true},
		{"3.0.1-r0", func(repo string) []fixtures.File {
			return []fixtures.File{{Path: "etc/apk/repositories", Content: repo + "\n"},
				{Path: "lib/apk/keys/" + fixtures.KeyName, Content: fixtures.PublicKeyPEM}}
		}, true},
	} {
		in := newInputs(t, fixtures.Base{}, nginx())
		files := test.files(in.serve())
		base := fixtures.Base{APKTools: test.tools, World: []string{"apk-tools"}, Files: fixtures.WithParents(files),
			NoKey: files[len(files)-1].Path == "lib/apk/keys/"+fixtures.KeyName}
		root, err := base.TarGzip()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(in.spec.Base.Path, root, 0o644); err != nil {
			t.Fatal(err)
		}
		in.spec.Repositories = nil
		plan, err := assemble.Resolve(context.Background(), &in.spec, in.platform, &in.env)
		if err == nil {
			plan.Close()
		}
		if (err == nil) != test.want {
			t.Errorf("apk %s, %s: %v, want a solution: %t", test.tools, files[0].Path, err, test.want)
		}
	}
}

// TestBaseRepositoriesOrder: apk 3 takes the files of both directories by their names.
func TestBaseRepositoriesOrder(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}, Files: fixtures.WithParents([]fixtures.File{
		{Path: "lib/apk/repositories.d/a.list", Content: "/nowhere/a\n"}, {Path: "etc/apk/repositories.d/b.list", Content: "/nowhere/b\n"},
	})}, nginx())
	in.spec.Repositories = nil
	if _, err := assemble.Resolve(context.Background(), &in.spec, in.platform, &in.env); err == nil || !strings.Contains(err.Error(), "/nowhere/a: no index") {
		t.Errorf("got %v, want an error about the first, /nowhere/a", err)
	}
}
