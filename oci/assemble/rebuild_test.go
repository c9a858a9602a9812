package assemble_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// record builds the request with its record beside it.
func (in *inputs) record(name string) oci.Reference {
	in.t.Helper()
	ctx := context.Background()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		in.t.Fatal(err)
	}
	defer plan.Close()
	output := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, name), Name: "latest"}
	if _, _, err := (assemble.Plans{plan}).Write(ctx, output, assemble.WriteOptions{Provenance: true}); err != nil {
		in.t.Fatal(err)
	}
	return output
}

// open opens an image, and the layout that it is in, until the test ends.
func (in *inputs) open(ref oci.Reference) (oci.Store, *oci.Base) {
	in.t.Helper()
	ctx := context.Background()
	store, err := transport.OpenStore(ctx, ref, nil)
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { store.Close() })
	image, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{})
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { image.Close() })
	return store, image
}

// rebuild builds an image again from its own record, with the packages of the inputs,
// and returns the digests of the image and of what came out.
func (in *inputs) rebuild(ref oci.Reference, trusted ...spec.Key) (image, rebuilt digest.Digest, err error) {
	in.t.Helper()
	ctx := context.Background()
	store, base := in.open(ref)
	recorded, err := assemble.ReadRecord(ctx, store, base)
	if err != nil {
		return "", "", err
	}
	recorded.Spec.Repositories, recorded.Trusted = in.spec.Repositories, trusted
	plan, err := recorded.Resolve(ctx, &in.env)
	if err != nil {
		return "", "", err
	}
	again, _, err := plan.Rebuild(ctx)
	if err != nil {
		return "", "", err
	}
	return base.Manifest.Digest, again.ManifestDescriptor.Digest, nil
}

// everySetting is a request in which everything is set.
func everySetting(in *inputs) {
	mode := uint16(0o640)
	in.spec.Files = []stage.File{
		{Path: "/lib/../srv/file", Type: tree.Regular, Content: tree.Bytes([]byte("content")), Size: 7, Mode: &mode, Owner: "nobody:nobody"},
		{Path: "/srv/empty", Type: tree.Regular},
		{Path: "/srv/dir", Type: tree.Directory},
		{Path: "/srv/link", Type: tree.Symlink, Target: "file"},
	}
	in.spec.Before = []stage.File{{Path: "/etc/early", Content: tree.Bytes([]byte("early")), Size: 5}}
	in.spec.Groups = []stage.Group{{Name: "app", Members: []string{"job"}}}
	uid := uint32(1000)
	in.spec.Users = []stage.User{{Name: "app", UID: &uid, Group: "app", Home: "/srv/app"}, {Name: "job", System: true, Group: "app", NoHome: true}}
	in.spec.Files = append(in.spec.Files,
		stage.File{Path: "/srv/file", Action: stage.Append, Content: tree.Bytes([]byte(" more")), Size: 5},
		stage.File{Path: "/srv", Action: stage.SetPermissions, Owner: "app", ModeText: "go-w", Recursive: true},
		stage.File{Path: "/srv/empty", Action: stage.Delete},
	)
	in.spec.Run = []string{"echo run >/srv/run", "echo $TZ >>/srv/run"}
	in.spec.Remove = []string{"/srv/l*"}
	in.spec.Steps = []spec.Step{
		{Run: []string{"echo step >/srv/step"}},
		{Packages: []string{"nginx"}, Files: []stage.File{{Path: "/srv/last", Content: tree.Bytes([]byte("last")), Size: 4}}},
		{Remove: []string{"/srv/last"}, Users: []stage.User{{Name: "late"}}},
	}
	in.spec.Config = oci.ConfigChanges{
		Healthcheck: &oci.Healthcheck{Test: []string{"CMD", "true"}, Interval: 30 * time.Second},
		Entrypoint:  []string{"nginx"}, Cmd: []string{}, ExposedPorts: []string{"8888"}, Volumes: []string{"/var"}, Env: map[string]string{"TZ": "UTC"},
		User: "nobody", WorkingDir: "/srv", StopSignal: "SIGQUIT", Labels: map[string]string{"l": "1"},
	}
	in.spec.Annotations = map[string]string{"a": "1"}
	in.spec.SkipScripts = []string{"nginx"}
	in.spec.Created = fixtures.BuildTime.Add(1000)
}

// TestRebuild: an image can be built again from what lies beside it.
func TestRebuild(t *testing.T) {
	for _, test := range []struct {
		name string
		base fixtures.Base
		set  func(*inputs)
	}{
		{"plain", fixtures.Base{APKTools: "3.0.1-r0"}, func(*inputs) {}},
		{"everything set", fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}}, everySetting},
		{"scratch", fixtures.Base{}, func(in *inputs) {
			in.spec.Base = oci.Reference{Transport: oci.TransportScratch}
			in.platform = oci.Platform{OS: "linux", Architecture: "amd64"}
			in.spec.Keys = []spec.Key{{Name: fixtures.KeyName, PEM: []byte(fixtures.PublicKeyPEM)}}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := newInputs(t, test.base, everyField(), libz())
			test.set(in)
			ref := in.record("image")
			// The record is enough: base and spec are removed.
			if test.base.APKTools != "" {
				if err := os.Remove(in.spec.Base.Path); err != nil {
					t.Fatal(err)
				}
			}
			image, rebuilt, err := in.rebuild(ref)
			if err != nil || image != rebuilt {
				t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
			}
		})
	}
}

// TestRebuildFindsChanges: an image that says to be built as another was, but is not.
func TestRebuildFindsChanges(t *testing.T) {
	ctx := context.Background()
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	honest := in.record("honest")
	store, err := transport.OpenStore(ctx, honest, nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := transport.OpenBase(ctx, honest, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	records, err := ocitest.Referrers(ctx, store, base.Manifest.Digest, record.ProvenanceType)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records: %v", len(records), err)
	}

	// The same base and record under a layer with one more file.
	below, err := transport.OpenBase(ctx, in.spec.Base, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer below.Close()
	forged := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "forged"), Name: "latest"}
	d, err := transport.Create(ctx, forged, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	blob, err := d.NewBlob(ctx)
	if err != nil {
		t.Fatal(err)
	}
	plain := withFile(t, base, "usr/bin/backdoor")
	blob.Write(plain)
	desc, err := blob.Commit("application/vnd.oci.image.layer.v1.tar")
	if err != nil {
		t.Fatal(err)
	}
	image, err := below.Compose(oci.ComposeOptions{Layer: oci.AddedLayer{Descriptor: desc, DiffID: desc.Digest}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.WriteImage(ctx, below, image); err != nil {
		t.Fatal(err)
	}
	records[0].Subject = image.ManifestDescriptor
	referrer, err := d.PutReferrer(ctx, records[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(ctx, image.ManifestDescriptor, referrer); err != nil {
		t.Fatal(err)
	}
	got, rebuilt, err := in.rebuild(forged)
	if err != nil {
		t.Fatal(err)
	}
	if got == rebuilt || rebuilt != base.Manifest.Digest {
		t.Errorf("forged %s was rebuilt as %s; honest is %s", got, rebuilt, base.Manifest.Digest)
	}
}

// withFile returns an image's last layer with one more file.
func withFile(t *testing.T, image *oci.Base, name string) []byte {
	t.Helper()
	content, err := image.Layers[len(image.Layers)-1].OpenTar(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	plain, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	out.Write(bytes.TrimRight(plain, "\x00"))
	out.Write(make([]byte, -out.Len()&511))
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o4755}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestNoRecord(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	in.build("image")
	_, _, err := in.rebuild(oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "image"), Name: "latest"})
	if err == nil || err.Error() != "the image has no record of how it was built" {
		t.Errorf("got %v", err)
	}
}

// TestProvenance: the record is an in-toto statement v1 with an SLSA provenance v1
// (https://slsa.dev/spec/v1.0/provenance) that names every input by its digest and no
// place of this machine.
func TestProvenance(t *testing.T) {
	ctx := context.Background()
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	everySetting(in)
	ref := in.record("image")
	store, err := transport.OpenStore(ctx, ref, nil)
	if err != nil {
		t.Fatal(err)
	}
	image, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	records, err := ocitest.Referrers(ctx, store, image.Manifest.Digest, record.ProvenanceType)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records: %v", len(records), err)
	}
	if strings.Contains(string(records[0].Data), in.dir) {
		t.Errorf("the record names a directory of this machine:\n%s", records[0].Data)
	}
	var s map[string]any
	if err := json.Unmarshal(records[0].Data, &s); err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) any {
		var v any = s
		for _, name := range path {
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[name]
		}
		return v
	}
	for _, want := range []struct {
		path  []string
		value any
	}{
		{[]string{"_type"}, "https://in-toto.io/Statement/v1"},
		{[]string{"predicateType"}, "https://slsa.dev/provenance/v1"},
		{[]string{"subject"}, []any{map[string]any{"digest": map[string]any{"sha256": image.Manifest.Digest.Encoded()}}}},
		{[]string{"predicate", "runDetails", "builder", "id"}, "https://github.com/lamina-oci/lamina"},
		{[]string{"predicate", "buildDefinition", "externalParameters", "packages"}, []any{"nginx"}},
	} {
		if diff := cmp.Diff(want.value, at(want.path...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", strings.Join(want.path, "."), diff)
		}
	}
	file, err := os.ReadFile(filepath.Join(in.spec.Repositories[0], "x86_64", "nginx-1.0-r0.apk"))
	if err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(in.spec.Repositories[0], "x86_64", "APKINDEX.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.ReadFile(in.spec.Base.Path)
	if err != nil {
		t.Fatal(err)
	}
	digests := make(map[string]bool)
	for _, d := range at("predicate", "buildDefinition", "resolvedDependencies").([]any) {
		if set, ok := d.(map[string]any)["digest"].(map[string]any); ok {
			digests[set["sha256"].(string)] = true
		}
	}
	for name, content := range map[string][]byte{"package": file, "index": index, "base layer": root, "file": []byte("content")} {
		if sum := digest.FromBytes(content).Encoded(); !digests[sum] {
			t.Errorf("the %s, %s, is not among the dependencies %v", name, sum, digests)
		}
	}
	annotations, err := image.Annotations()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"io.github.lamina-oci.lock.digest", "io.github.lamina-oci.recipe", "org.opencontainers.image.base.digest", "a"} {
		if annotations[name] == "" {
			t.Errorf("no annotation %s in %v", name, annotations)
		}
	}
}

// TestPackageURLs: the record and the lists of packages beside one image give each package the same URL.
func TestPackageURLs(t *testing.T) {
	ctx := t.Context()
	odd := fixtures.Package{Name: "libstdc++", Origin: "gcc", Arch: "noarch", Files: []fixtures.File{{Path: "usr/lib/odd", Content: "x"}}}
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx(), odd)
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	ref := oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "image"), Name: "latest"}
	if _, _, err := (assemble.Plans{plan}).Write(ctx, ref,
		assemble.WriteOptions{Provenance: true, SBOM: []record.Format{record.SPDX, record.CycloneDX}}); err != nil {
		t.Fatal(err)
	}
	image, err := transport.OpenBase(ctx, ref, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	document := func(artifactType string) string {
		found, err := ocitest.Referrers(ctx, image.Store(), image.Manifest.Digest, artifactType)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %d documents, %v", artifactType, len(found), err)
		}
		return string(found[0].Data)
	}
	var statement record.Statement
	if err := json.Unmarshal([]byte(document(record.ProvenanceType)), &statement); err != nil {
		t.Fatal(err)
	}
	packages := 0
	for _, input := range statement.Predicate.BuildDefinition.ResolvedDependencies {
		if !strings.HasPrefix(input.URI, "pkg:") {
			continue
		}
		packages++
		for _, format := range []record.Format{record.SPDX, record.CycloneDX} {
			url, err := json.Marshal(input.URI)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(document(format.ArtifactType()), `\u0026`, "&")
			if !strings.Contains(text, strings.ReplaceAll(string(url), `\u0026`, "&")) {
				t.Errorf("%s has no %s", format, url)
			}
		}
	}
	if packages != 2 {
		t.Errorf("%d packages in the record, want 2", packages)
	}
}
