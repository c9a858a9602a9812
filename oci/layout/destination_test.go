package layout_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/outputfile"
	"github.com/lamina-oci/lamina/oci/transport"
)

func TestBuildIntoLayout(t *testing.T) {
	base := ocitest.TestBase(t)
	ctx := context.Background()
	root := t.TempDir()
	emptyDir := filepath.Join(root, "empty")
	if err := os.Mkdir(emptyDir, 0o755); err != nil {
		t.Fatal(err)
	}
	var layouts []map[string]string
	for _, dir := range []string{filepath.Join(root, "new"), filepath.Join(root, "deep/er/new"), emptyDir} {
		desc, err := ocitest.Build(ctx, base, ocitest.LayoutReference(dir, "v1"), ocitest.TarOf(t, "x"), oci.ConfigChanges{})
		if err != nil {
			t.Fatal(err)
		}
		ocitest.MustValidate(t, dir, "v1")
		manifest := ocitest.ReadOutput[v1.Manifest](t, dir, desc)
		if len(manifest.Layers) != 3 {
			t.Fatalf("got %d layers", len(manifest.Layers))
		}
		for i, layer := range base.Layers {
			if manifest.Layers[i].Digest != layer.Descriptor.Digest {
				t.Errorf("layer %d: got %s", i, manifest.Layers[i].Digest)
			}
		}
		if got := manifest.Annotations[v1.AnnotationBaseImageDigest]; got != base.Manifest.Digest.String() {
			t.Errorf("base.digest: got %q", got)
		}
		layouts = append(layouts, ocitest.Snapshot(t, dir))
	}
	for _, other := range layouts[1:] {
		if !reflect.DeepEqual(layouts[0], other) {
			t.Errorf("layouts differ: %v and %v", slices.Sorted(maps.Keys(layouts[0])), slices.Sorted(maps.Keys(other)))
		}
	}
	before := fileTimes(t, emptyDir)
	if _, err := ocitest.Build(ctx, base, ocitest.LayoutReference(emptyDir, "v1"), ocitest.TarOf(t, "x"), oci.ConfigChanges{}); err != nil {
		t.Fatal(err)
	}
	if after := fileTimes(t, emptyDir); !reflect.DeepEqual(before, after) {
		t.Errorf("the same build again has written: %v, then %v", before, after)
	}
}

// fileTimes tells whether a file has been written or replaced.
func fileTimes(t testing.TB, dir string) map[string]string {
	times := map[string]string{}
	for name := range ocitest.Snapshot(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !info.IsDir() {
			times[name] = info.ModTime().String()
		}
	}
	return times
}

func TestOtherTagsAreKeptAsTheyAre(t *testing.T) {
	base := ocitest.TestBase(t)
	dir := ocitest.ForeignLayout(t, map[string]ggcr.Image{"a": ocitest.OciImage(t, "linux/arm64")})
	// Spaces, an unknown member and an odd order: all legal, none of it ours.
	const foreign = `{"digest":"sha256:1111111111111111111111111111111111111111111111111111111111111111", "x-unknown" : {"b":1,  "a":[ 2 ]},` +
		` "mediaType":"application/vnd.example", "size":3, "annotations":{"org.opencontainers.image.ref.name":"other","z":"<&>"}}`
	index := `{ "vendor":{"k" : 1}, "manifests":[` + foreign +
		`, {"mediaType":"m","digest":"d","size":0,"annotations":{"org.opencontainers.image.ref.name":"mine"}},` +
		foreign + `],"schemaVersion":2,"annotations":{"kept":"yes"}}`
	path := filepath.Join(dir, "index.json")
	if err := os.WriteFile(path, []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
	desc, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(dir, "mine"), ocitest.TarOf(t, "x"), oci.ConfigChanges{})
	if err != nil {
		t.Fatal(err)
	}
	desc.Annotations = map[string]string{v1.AnnotationRefName: "mine"}
	entry, err := json.Marshal(desc)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"vendor":{"k" : 1},"manifests":[` + foreign + `,` + string(entry) + `,` + foreign + `],"schemaVersion":2,"annotations":{"kept":"yes"}}`
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A build is stopped at each of its steps in turn. Whatever there was must be there still, and nothing else.
func TestCancelAtEveryStep(t *testing.T) {
	base := ocitest.TestBase(t)
	root := t.TempDir()
	prepare := map[string]func() (oci.Reference, error){
		"new layout": func() (oci.Reference, error) {
			return ocitest.LayoutReference(filepath.Join(root, "a/b/layout"), "v1"), nil
		},
		"empty directory": func() (oci.Reference, error) {
			dir := filepath.Join(root, "empty")
			return ocitest.LayoutReference(dir, "v1"), os.MkdirAll(dir, 0o755)
		},
		"new archive": func() (oci.Reference, error) {
			return oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(root, "c/d/archive.tar"), Name: "v1"}, nil
		},
		"existing archive": func() (oci.Reference, error) {
			path := filepath.Join(root, "old.tar")
			return oci.Reference{Transport: oci.TransportArchive, Path: path, Name: "v1"}, os.WriteFile(path, []byte("what was there"), 0o644)
		},
		"existing layout": func() (oci.Reference, error) {
			ref := ocitest.LayoutReference(filepath.Join(root, "layout"), "v1")
			_, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "the image before"), oci.ConfigChanges{})
			return ref, err
		},
	}
	for name, prepare := range prepare {
		t.Run(name, func(t *testing.T) {
			ref, err := prepare()
			if err != nil {
				t.Fatal(err)
			}
			before := ocitest.Snapshot(t, root)
			steps := 0
			for ; ; steps++ {
				left := steps
				_, err := ocitest.Build(ocitest.FailingContext{Context: context.Background(), Left: &left}, base, ref, ocitest.TarOf(t, "x", "y"),
					oci.ConfigChanges{})
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("step %d: %v", steps, err)
				}
				if after := ocitest.Snapshot(t, root); !reflect.DeepEqual(before, after) {
					t.Fatalf("step %d: left behind: %v", steps, difference(after, before))
				}
			}
			if steps < 20 {
				t.Errorf("only %d steps seen", steps)
			}
			if err := ocitest.ReadEverything(ref); err != nil {
				t.Error(err)
			}
			for name := range ocitest.Snapshot(t, root) {
				if strings.Contains(name, outputfile.HiddenPrefix) {
					t.Errorf("left behind after success: %s", name)
				}
			}
		})
	}
}

// difference names what only one of two snapshots has, or has otherwise.
func difference(a, b map[string]string) []string {
	var names []string
	for name := range a {
		if other, ok := b[name]; !ok || other != a[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name+" (gone)")
		}
	}
	slices.Sort(names)
	return names
}

// Renames and writes that the file system refuses, at the last moment.
func TestRefusedByTheFileSystem(t *testing.T) {
	base := ocitest.TestBase(t)
	t.Run("blob name taken by a directory", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "layout")
		ref := ocitest.LayoutReference(dir, "v1")
		if _, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "x"), oci.ConfigChanges{}); err != nil {
			t.Fatal(err)
		}
		// The config sorts somewhere among the blobs: those before it are in place already when it fails.
		other := filepath.Join(t.TempDir(), "other")
		desc, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(other, "v1"), ocitest.TarOf(t, "z"), oci.ConfigChanges{})
		if err != nil {
			t.Fatal(err)
		}
		for _, dgst := range []digest.Digest{desc.Digest, ocitest.ReadOutput[v1.Manifest](t, other, desc).Config.Digest} {
			path := ocitest.BlobFile(dir, dgst)
			if err := os.MkdirAll(filepath.Join(path, "occupied"), 0o755); err != nil {
				t.Fatal(err)
			}
			before := ocitest.Snapshot(t, dir)
			if _, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "z"), oci.ConfigChanges{}); err == nil {
				t.Error("no error")
			}
			if after := ocitest.Snapshot(t, dir); !reflect.DeepEqual(before, after) {
				t.Errorf("left behind: %v", difference(after, before))
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("disk full", func(t *testing.T) {
		if runtime.GOOS != "linux" || os.Getuid() != 0 {
			t.Skip("mounts a small file system, which takes root on Linux")
		}
		dir := t.TempDir()
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).CombinedOutput(); err != nil {
			t.Skipf("mount: %v: %s", err, out)
		}
		defer exec.Command("umount", dir).Run()
		for _, ref := range []oci.Reference{ocitest.LayoutReference(filepath.Join(dir, "layout"), "v1"),
			{Transport: oci.TransportArchive, Path: filepath.Join(dir, "a.tar"), Name: "v1"}} {
			noise := make([]byte, 128<<10)
			for i := range noise {
				noise[i] = byte(i*i>>7*31 ^ i>>3)
			}
			d, err := transport.Create(context.Background(), ref, transport.Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Put(context.Background(), v1.MediaTypeImageLayer, noise)
			if want := "output " + ref.String() + ": no space left on device"; !errors.Is(err, syscall.ENOSPC) || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if err := d.Abort(); err != nil {
				t.Error(err)
			}
			if left := ocitest.Snapshot(t, dir); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		}
	})
}

func TestDamagedBlobInOutputIsRepaired(t *testing.T) {
	base := ocitest.TestBase(t)
	ref := ocitest.LayoutReference(filepath.Join(t.TempDir(), "layout"), "v1")
	desc, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "x"), oci.ConfigChanges{})
	if err != nil {
		t.Fatal(err)
	}
	whole := ocitest.Snapshot(t, ref.Path)
	manifest := ocitest.ReadOutput[v1.Manifest](t, ref.Path, desc)
	for _, blob := range append(manifest.Layers, manifest.Config, desc) {
		for name, damage := range map[string]func([]byte) []byte{
			"truncated": func(b []byte) []byte { return b[:len(b)/2] },
			"same size": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		} {
			path := ocitest.BlobFile(ref.Path, blob.Digest)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(data), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "x"), oci.ConfigChanges{}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(whole, ocitest.Snapshot(t, ref.Path)) {
				t.Errorf("%s %s: not repaired", name, blob.MediaType)
			}
		}
	}
}

func TestArchive(t *testing.T) {
	base := ocitest.TestBase(t)
	dir := t.TempDir()
	var archives []string
	for _, name := range []string{"a.tar", "b.tar"} {
		ref := oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(dir, name), Name: "v1"}
		desc, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "x"), oci.ConfigChanges{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(ref.Path)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, string(data))
		again := ocitest.MustOpenBase(t, ref, "linux/amd64")
		if again.Manifest.Digest != desc.Digest || len(again.Layers) != 3 {
			t.Errorf("read back: got %s with %d layers", again.Manifest.Digest, len(again.Layers))
		}
		if err := ocitest.ReadEverything(ref); err != nil {
			t.Error(err)
		}
		// An image over an image from an archive.
		out := filepath.Join(t.TempDir(), "out")
		if _, err := ocitest.Build(context.Background(), again, ocitest.LayoutReference(out, "v2"), ocitest.TarOf(t, "y"), oci.ConfigChanges{}); err != nil {
			t.Fatal(err)
		}
		ocitest.MustValidate(t, out, "v2")
	}
	if archives[0] != archives[1] {
		t.Error("two archives of one image differ")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	// Every byte of the blobs, the index and the marker counts.
	path := filepath.Join(dir, "a.tar")
	for offset := 0; offset < len(archives[0]); offset += 97 {
		data := []byte(archives[0])
		data[offset] ^= 1
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		err := ocitest.ReadEverything(oci.Reference{Transport: oci.TransportArchive, Path: path, Name: "v1"})
		if isContent := archiveContent(t, archives[0])[offset]; isContent && err == nil {
			t.Errorf("byte %d: damage not found", offset)
		}
	}
}

// archiveContent marks the bytes of a tar that are a blob's.
func archiveContent(t testing.TB, data string) map[int]bool {
	path := filepath.Join(t.TempDir(), "whole.tar")
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content := map[int]bool{}
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return content
		}
		if err != nil {
			t.Fatal(err)
		}
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			t.Fatal(err)
		}
		for i := range header.Size {
			if strings.HasPrefix(header.Name, "blobs/") {
				content[int(offset+i)] = true
			}
		}
	}
}

func TestOpenDestinationErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	if err := os.MkdirAll(filepath.Join(other, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	future := filepath.Join(dir, "future")
	broken := filepath.Join(dir, "broken")
	for path, data := range map[string]string{
		future + "/oci-layout": `{"imageLayoutVersion":"2.0.0"}`,
		broken + "/oci-layout": `{"imageLayoutVersion":"1.0.0"}`,
		broken + "/index.json": "{",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ ref, want string }{
		{"oci:DIR/file:v1", "DIR/file: is a file, not the directory of a layout"},
		{"oci:DIR/file/x:v1", "DIR/file/x: not a directory"},
		{"oci:DIR/other:v1", "DIR/other: is neither an OCI layout nor empty: it has src but no file oci-layout"},
		{"oci:DIR/future:v1", `DIR/future: oci-layout: version "2.0.0"; only 1.0.0 is supported`},
		{"oci:DIR/broken:v1", "DIR/broken/index.json: unexpected end of JSON input"},
		{"oci:DIR/new:@0", "@0 can only be read: to write an image, give a tag or no name"},
		{"oci-archive:DIR/other:v1", "DIR/other: is a directory"},
		{"docker://127.0.0.1:1/a:b", "cannot reach 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
		{"rootfs:DIR/x.tar",
			"rootfs cannot be written"},
		{"scratch", "scratch cannot be written"},
	}
	before := ocitest.Snapshot(t, dir)
	for _, test := range tests {
		t.Run(test.ref, func(t *testing.T) {
			ref, err := oci.ParseReference(strings.ReplaceAll(test.ref, "DIR", dir))
			if strings.HasPrefix(test.ref, "docker:") {
				ref, err = oci.ParseReference(test.ref)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = transport.Create(context.Background(), ref, transport.Options{})
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), dir, "DIR")
			want := "open output " + strings.ReplaceAll(ref.String(), dir, "DIR") + ": "
			if got != want+test.want && !strings.HasSuffix(got, test.want) || !strings.HasPrefix(got, want) {
				t.Errorf("got  %s\nwant %s", got, want+test.want)
			}
		})
	}
	if !reflect.DeepEqual(before, ocitest.Snapshot(t, dir)) {
		t.Error("something was left behind")
	}
}

func TestUnwritable(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("root writes everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	for _, test := range []struct {
		ref  oci.Reference
		want string
	}{
		{ocitest.LayoutReference(dir, "v1"), dir + ": is not writable: permission denied"},
		{ocitest.LayoutReference(dir+"/new", "v1"), dir + "/new: cannot be created: permission denied"},
		{oci.Reference{Transport: oci.TransportArchive, Path: dir + "/a.tar", Name: "v1"}, dir + ": is not writable: permission denied"},
	} {
		_, err := transport.Create(context.Background(), test.ref, transport.Options{})
		if want := "open output " + test.ref.String() + ": " + test.want; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestArchiveNames: an archive is written where its staging directory is, whatever is in its name.
func TestArchiveNames(t *testing.T) {
	from := ocitest.TestBase(t).Reference
	dir := t.TempDir()
	archive := func(path string) oci.Reference {
		return oci.Reference{Transport: oci.TransportArchive, Path: dir + "/" + path, Name: "v1"}
	}
	if _, err := ocitest.CopyTo(t, from, archive("missing/../a.tar"), nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a.tar")); err != nil {
		t.Error(err)
	}
	to := archive("new/")
	_, err := transport.Create(t.Context(), to, transport.Options{})
	if want := "open output " + to.String() + ": " + to.Path + ": is the name of a directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the directory has %v, %v", entries, err)
	}
}

func TestCopyVerifies(t *testing.T) {
	ctx := context.Background()
	d, err := transport.Create(ctx, ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "v1"), transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	desc := imagedoc.Describe(v1.MediaTypeImageLayer, []byte("right"))
	for content, want := range map[string]string{
		"wrong": "content does not match the digest", "righ": "truncated: 4 bytes, its descriptor says 5", "": "truncated: 0 bytes, its descriptor says 5",
		"right and more": "longer than the 5 bytes its descriptor says",
	} {
		err := d.Copy(ctx, desc, func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil })
		if want := "blob " + desc.Digest.String() + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", content, err, want)
		}
	}
	sha512 := v1.Descriptor{MediaType: v1.MediaTypeImageLayer, Digest: digest.SHA512.FromString("right"), Size: 5}
	for range 2 {
		if err := d.Copy(ctx, sha512, func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("right")), nil }); err != nil {
			t.Error(err)
		}
	}
}

func TestCommitWantsEveryBlob(t *testing.T) {
	base := ocitest.TestBase(t)
	ctx := context.Background()
	ref := ocitest.LayoutReference(filepath.Join(t.TempDir(), "out"), "v1")
	d, err := transport.Create(ctx, ref, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	layer := v1.Descriptor{MediaType: v1.MediaTypeImageLayerGzip, Digest: digest.FromString("never written"), Size: 13}
	image, err := base.Compose(oci.ComposeOptions{Layer: oci.AddedLayer{Descriptor: layer, DiffID: digest.FromString("x")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.WriteImage(ctx, base, image); err != nil {
		t.Fatal(err)
	}
	err = d.Commit(ctx, image.ManifestDescriptor)
	want := "write output " + ref.String() + ": blob " + layer.Digest.String() + " of 13 bytes was not written"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUmaskChangesModesOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no umask")
	}
	base := ocitest.TestBase(t)
	dir := t.TempDir()
	contents := map[string]string{}
	for _, mask := range []string{"022", "077"} {
		path := filepath.Join(dir, mask)
		cmd := helperProcess(t, "-test.run=TestHelperBuild", "LAMINA_TEST_BASE="+base.Reference.String(),
			"LAMINA_TEST_OUT="+ocitest.LayoutReference(path, "v1").String())
		cmd.Args = append([]string{"sh", "-c", "umask " + mask + ` && exec "$0" "$@"`}, cmd.Args...)
		cmd.Path = "/bin/sh"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for name, state := range ocitest.Snapshot(t, path) {
			mode, content, _ := strings.Cut(state, " ")
			if want := map[string]string{"022": "-rw-r--r--", "077": "-rw-------"}[mask]; content != "" && mode != want {
				t.Errorf("umask %s: %s has mode %s", mask, name, mode)
			}
			if mask == "022" {
				contents[name] = content
			} else if contents[name] != content {
				t.Errorf("%s depends on the umask", name)
			}
		}
	}
}

// Builds of different tags, in one process and in several, some of them failing, into one layout that is new.
func TestConcurrentBuilds(t *testing.T) {
	base := ocitest.TestBase(t)
	dir := filepath.Join(t.TempDir(), "deep", "layout")
	var group errgroup.Group
	for i := range 8 {
		group.Go(func() error {
			ref := ocitest.LayoutReference(dir, fmt.Sprintf("goroutine-%d", i))
			_, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "x", fmt.Sprint(i%3)), oci.ConfigChanges{})
			return err
		})
		group.Go(func() error {
			left := 30 + i*2
			ref := ocitest.LayoutReference(dir, "failed")
			_, err := ocitest.Build(ocitest.FailingContext{Context: context.Background(), Left: &left}, base, ref, ocitest.TarOf(t, "x", fmt.Sprint(i%3)),
				oci.ConfigChanges{})
			if err != nil && !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	for i := range 4 {
		cmd := helperProcess(t, "-test.run=TestHelperBuild", "LAMINA_TEST_BASE="+base.Reference.String(),
			"LAMINA_TEST_OUT="+ocitest.LayoutReference(dir, fmt.Sprintf("process-%d", i)).String())
		group.Go(func() error {
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("process: %w\n%s", err, out)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		ocitest.MustValidate(t, dir, fmt.Sprintf("goroutine-%d", i))
	}
	for i := range 4 {
		ocitest.MustValidate(t, dir, fmt.Sprintf("process-%d", i))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("the layout has %v", entries)
	}
}

// helperProcess runs this test binary again, as another process.
func helperProcess(t *testing.T, args string, environment ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args)
	cmd.Env = append(os.Environ(), environment...)
	return cmd
}

func TestHelperBuild(t *testing.T) {
	if os.Getenv("LAMINA_TEST_OUT") == "" {
		t.Skip("is started by other tests")
	}
	var refs []oci.Reference
	for _, name := range []string{"LAMINA_TEST_BASE", "LAMINA_TEST_OUT"} {
		ref, err := oci.ParseReference(os.Getenv(name))
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	if _, err := ocitest.Build(context.Background(), ocitest.MustOpenBase(t, refs[0], ""), refs[1], ocitest.TarOf(t, "x"), oci.ConfigChanges{}); err != nil {
		t.Fatal(err)
	}
}

func TestSkopeoAndUmociAccept(t *testing.T) {
	skopeo, umoci := corpustest.Program(t, "skopeo"), corpustest.Program(t, "umoci")
	base := ocitest.TestBase(t)
	dir := filepath.Join(t.TempDir(), "out")
	desc, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(dir, "v1"), ocitest.TarOf(t, "x"),
		oci.ConfigChanges{Entrypoint: []string{"nginx"}})
	if err != nil {
		t.Fatal(err)
	}
	archive := oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(t.TempDir(), "out.tar"), Name: "v1"}
	if _, err := ocitest.Build(context.Background(), base, archive, ocitest.TarOf(t, "x"), oci.ConfigChanges{Entrypoint: []string{"nginx"}}); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copied")
	for i, from := range []string{ocitest.LayoutReference(dir, "v1").String(), archive.String()} {
		to := ocitest.LayoutReference(copied, fmt.Sprintf("v%d", i)).String()
		ocitest.Run(t, skopeo, "--insecure-policy", "copy", "--preserve-digests", from, to)
		again := ocitest.MustOpenBase(t, ocitest.LayoutReference(copied, fmt.Sprintf("v%d", i)), "linux/amd64")
		if again.Manifest.Digest != desc.Digest {
			t.Errorf("%s: digest %s, after skopeo copy %s", from, desc.Digest, again.Manifest.Digest)
		}
	}
	bundle := filepath.Join(t.TempDir(), "bundle")
	ocitest.Run(t, umoci, "unpack", "--rootless", "--image", dir+":v1", bundle)
	for _, name := range []string{"x", "etc/first-linux/amd64", "etc/second-linux/amd64"} {
		if _, err := os.Stat(filepath.Join(bundle, "rootfs", name)); err != nil {
			t.Error(err)
		}
	}
	// A layout that skopeo wrote is read.
	theirs := oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(t.TempDir(), "theirs.tar"), Name: "v9"}
	ocitest.Run(t, skopeo, "--insecure-policy", "copy", "--preserve-digests", ocitest.LayoutReference(dir, "v1").String(), theirs.String())
	if got := ocitest.MustOpenBase(t, theirs, "linux/amd64"); got.Manifest.Digest != desc.Digest {
		t.Errorf("archive by skopeo: got %s", got.Manifest.Digest)
	}
	if err := ocitest.ReadEverything(theirs); err != nil {
		t.Error(err)
	}
	if err := ocitest.ReadEverything(ocitest.LayoutReference(copied, "v0")); err != nil {
		t.Error(err)
	}
	byUmoci := ocitest.LayoutReference(dir, "umoci")
	ocitest.Run(t, umoci, "config", "--image", dir+":v1", "--tag", "umoci", "--config.user", "nobody")
	if got := ocitest.MustOpenBase(t, byUmoci, "linux/amd64").Config.Config.User; got != "nobody" {
		t.Errorf("user set by umoci: got %q", got)
	}
}

func BenchmarkBuildAgain(b *testing.B) {
	base := ocitest.TestBase(b)
	ref := ocitest.LayoutReference(filepath.Join(b.TempDir(), "out"), "v1")
	layer := ocitest.TarOf(b, "x")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ocitest.Build(context.Background(), base, ref, layer, oci.ConfigChanges{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCopyBlob(b *testing.B) {
	data := make([]byte, 8<<20)
	desc := imagedoc.Describe(v1.MediaTypeImageLayer, data)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		d, err := transport.Create(context.Background(), ocitest.LayoutReference(filepath.Join(b.TempDir(), "out"), "v1"), transport.Options{})
		if err != nil {
			b.Fatal(err)
		}
		err = d.Copy(context.Background(), desc, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(data)), nil
		})
		if err != nil {
			b.Fatal(err)
		}
		d.Abort()
	}
}
