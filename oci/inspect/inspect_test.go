package inspect_test

import (
	"archive/tar"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/inspect"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestRead builds one image on another and looks at the upper one.
func TestRead(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	root, err := fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "bin/busybox", Mode: 0o755}, {Path: "bin/rm", Type: tar.TypeSymlink, Target: "/bin/busybox"},
	}}.TarGzip()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "base.tar.gz"), root, 0o644); err != nil {
		t.Fatal(err)
	}
	file := func(path, content string) fixtures.File { return fixtures.File{Path: path, Content: content} }
	repo := fixtures.Repository{Packages: []fixtures.Package{
		{Name: "a", Version: "1-r0", License: "MIT", Files: []fixtures.File{file("usr/share/a", "a of version one")}},
		{Name: "a", Version: "2-r0", License: "ISC", Provides: "so:a.1=1", Files: []fixtures.File{file("usr/share/a", "two")},
			Scripts: map[string]string{"post-upgrade": "#!/bin/sh\nfalse\n"}},
		{Name: "b", Depends: "so:a.1 apk-tools", Files: []fixtures.File{file("usr/share/b", "a file of thirty bytes, or so.")},
			Scripts: map[string]string{"post-install": "#!/bin/sh\necho made >/usr/share/by-script\necho w:x:100:100::/: >>/etc/passwd\n" +
				"echo more >>/usr/share/c/kept\nrm -r /usr/share/c/folder\n"}},
		{Name: "c", Files: []fixtures.File{file("usr/share/c/kept", "c"), file("usr/share/c/folder/one", "1"), file("usr/share/c/folder/two", "2")}},
		{Name: "d", Files: []fixtures.File{file("usr/share/d", "d")}},
	}}
	if err := repo.Write(filepath.Join(dir, "repo")); err != nil {
		t.Fatal(err)
	}
	client := &repository.Client{}
	defer client.Close()
	write := func(base oci.Reference, name string, skip []string, packages ...string) oci.Reference {
		t.Helper()
		plan, err := assemble.Resolve(ctx, &spec.Spec{
			Base: base, Repositories: []string{filepath.Join(dir, "repo")}, Packages: packages, SkipScripts: skip,
		}, oci.Platform{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer plan.Close()
		output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(dir, "images"), Name: name}
		if _, err := plan.Write(ctx, output); err != nil {
			t.Fatal(err)
		}
		return output
	}
	lower := write(oci.Reference{Transport: oci.TransportRootfs, Path: filepath.Join(dir, "base.tar.gz")}, "lower", nil, "a<2", "c", "d")
	upper := write(lower, "upper", []string{"a"}, "a>=2", "b", "!d")

	image, err := transport.OpenBase(ctx, upper, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	report, err := inspect.Read(ctx, image, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	type pkg struct {
		Name, Version, License string
		Layer, Files           int
	}
	var packages []pkg
	for _, p := range report.Packages {
		packages = append(packages, pkg{p.Name, p.Version, p.License, p.Layer, p.Files})
	}
	wantPackages := []pkg{{"a", "2-r0", "ISC", 3, 1}, {"apk-tools", "2.14.9-r2", "MIT", 1, 1}, {"b", "1.0-r0", "MIT", 3, 1}, {"c", "1.0-r0", "MIT", 2, 3}}
	if diff := cmp.Diff(wantPackages, packages); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a>=2", "apk-tools", "b", "c", "!d"}, report.World); diff != "" {
		t.Errorf("world (-want +got):\n%s", diff)
	}
	type layer struct {
		CreatedBy        string
		Packages         int
		Removed, Skipped []string
	}
	var layers []layer
	for _, l := range report.Layers {
		layers = append(layers, layer{l.CreatedBy, l.Packages, l.Removed, l.SkippedScripts})
	}
	wantLayers := []layer{
		{"", 1, nil, nil},
		{"lamina build a<2 c d", 3, nil, nil},
		{"lamina build !d a>=2 b", 2, []string{"d-1.0-r0"}, []string{"a-2-r0.post-upgrade"}},
	}
	if diff := cmp.Diff(wantLayers, layers); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	found := make(map[string]inspect.File)
	for i, f := range report.Files {
		found[f.Path] = f
		if i > 0 && report.Files[i-1].Size < f.Size {
			t.Errorf("%s is larger than %s before it", f.Path, report.Files[i-1].Path)
		}
	}
	for _, want := range []inspect.File{
		{Path: "/usr/share/a", Size: 3, Package: "a", Layer: 3},
		{Path: "/usr/share/b", Size: 30, Package: "b", Layer: 3},
	} {
		if diff := cmp.Diff(want, found[want.Path]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	type relation struct {
		Name            string
		Wanted          bool
		Size            int64
		Needs, NeededBy []string
	}
	var relations []relation
	for _, p := range report.Packages {
		relations = append(relations, relation{p.Name, p.Wanted, p.Size, p.Needs, p.NeededBy})
	}
	wantRelations := []relation{
		{"a", true, 3, nil, []string{"b"}}, {"apk-tools", true, relations[1].Size, nil, []string{"b"}}, {"b", true, 30, []string{"a", "apk-tools"}, nil},
		{"c", true, 6, nil, nil},
	}
	if diff := cmp.Diff(wantRelations, relations); diff != "" {
		t.Errorf("relations (-want +got):\n%s", diff)
	}
	wantEffects := inspect.Effects{
		Users: []string{"w"}, Groups: []string{},
		Others:     []inspect.File{{Path: "/etc/passwd", Size: report.Others[0].Size, Layer: 3}, {Path: "/usr/share/by-script", Size: 5, Layer: 3}},
		OtherCount: 2,
		Changed:    []inspect.File{{Path: "/usr/share/c/kept", Size: 6, Package: "c", Layer: 3}}, ChangedCount: 1,
		Removed: []string{"/usr/share/c/folder", "/usr/share/d"}, RemovedCount: 2,
	}
	if diff := cmp.Diff(wantEffects, report.Effects); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	for _, f := range report.Directories {
		if f.Path == "/usr/share" && (f.Size != 44 || f.Added != 44) {
			t.Errorf("%+v, want 3, 30, 5 and 6 bytes", f)
		}
	}
	if _, ok := found["/usr/share/d"]; ok {
		t.Error("a removed file is listed")
	}
}
