package layout_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/transport"
)

// dockerReference names an image in a docker-archive.
func dockerReference(file, name string) oci.Reference {
	return oci.Reference{Transport: oci.TransportDockerArchive, Path: file, Name: name}
}

// TestDockerArchive writes an image as a docker-archive: go-containerregistry reads the same config and layers from it,
// and so do we, and it has the same bytes each time.
func TestDockerArchive(t *testing.T) {
	for _, layerType := range []types.MediaType{types.OCILayer, types.OCIUncompressedLayer} {
		image := ocitest.ForeignImage(t, "linux/amd64", layerType, types.OCIManifestSchema1, types.OCIConfigJSON)
		from := ocitest.LayoutReference(ocitest.ForeignLayout(t, map[string]ggcr.Image{"x": image}), "x")
		file := filepath.Join(t.TempDir(), "image.tar")
		var before []byte
		for range 2 {
			if _, err := ocitest.CopyTo(t, from, dockerReference(file, "me/image"), nil); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if before != nil && !bytes.Equal(before, content) {
				t.Error("other bytes the second time")
			}
			before = content
		}
		read, err := tarball.ImageFromPath(file, nil)
		if err == nil {
			err = validate.Image(read)
		}
		if err != nil {
			t.Fatalf("go-containerregistry: %v", err)
		}
		wantConfig, _ := image.ConfigName()
		if got, err := read.ConfigName(); err != nil || got != wantConfig {
			t.Errorf("config %s, %v, want %s", got, err, wantConfig)
		}
		manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(file) })
		if err != nil || len(manifest) != 1 || fmt.Sprint(manifest[0].RepoTags) != "[me/image:latest]" {
			t.Errorf("manifest.json: %+v, %v", manifest, err)
		}
		for _, name := range []string{"", "me/image", "me/image:latest", "docker.io/me/image:latest"} {
			base, err := transport.OpenBase(t.Context(), dockerReference(file, name), oci.Platform{}, transport.Options{})
			if err != nil {
				t.Errorf("%q: %v", name, err)
				continue
			}
			tr := tree.New()
			for _, layer := range base.Layers {
				if err := layer.ReadInto(t.Context(), tr); err != nil {
					t.Error(err)
				}
			}
			for _, path := range []string{"etc/first-linux/amd64", "etc/second-linux/amd64"} {
				if n, err := tr.Lstat(path); err != nil || n.Size != int64(len(path)) {
					t.Errorf("%s: %+v, %v", path, n, err)
				}
			}
			base.Close()
		}
		_, err = transport.OpenBase(t.Context(), dockerReference(file, "other:1"), oci.Platform{}, transport.Options{})
		if err == nil || !strings.HasSuffix(err.Error(), `no tag "other:1"; available: "me/image:latest"`) {
			t.Errorf("another name: %v", err)
		}
	}
}

func TestDockerArchiveOfSeveralPlatforms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	_, err := ocitest.CopyTo(t, ocitest.WriteIndexed(t), dockerReference(file, "a:1"), nil)
	if err == nil || !strings.Contains(err.Error(), "a docker-archive holds an image for one platform") {
		t.Error(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("there is a file")
	}
}

// archiveEntry is an entry of a docker-archive that is made by hand; a link if it has a target.
type archiveEntry struct{ name, content, target string }

func handmadeArchive(t *testing.T, entries ...archiveEntry) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: int64(len(e.content)), Mode: 0o644}
		if e.target != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.target
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(e.content))
	}
	w.Close()
	file := filepath.Join(t.TempDir(), "archive.tar")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestDockerArchives reads archives as docker save has written them over the years, and refuses invalid ones.
func TestDockerArchives(t *testing.T) {
	layer := string(ocitest.TarOf(t, "etc/file"))
	packed := string(ocitest.Gzipped(t, []byte(layer)))
	diffID := imagedoc.Describe("", []byte(layer)).Digest
	config := fmt.Sprintf(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[%q]}}`, diffID)
	two := strings.Replace(config, `"]`, `","`+diffID.String()+`"]`, 1)
	list := func(config string, layers ...string) string {
		return fmt.Sprintf(`[{"Config":%q,"RepoTags":["a:1"],"Layers":["%s"]}]`, config, strings.Join(layers, `","`))
	}
	for _, c := range []struct {
		name    string
		entries []archiveEntry
		layers  int
		want    string // in the error
	}{
		{"a folder for each layer", []archiveEntry{{"c.json", config, ""}, {"abc/layer.tar", layer, ""},
			{"manifest.json", list("c.json", "abc/layer.tar"), ""}}, 1, ""},
		{"a layer twice, by a link", []archiveEntry{{"c.json", two, ""}, {"abc/layer.tar", layer, ""}, {"def/layer.tar", "", "../abc/layer.tar"},
			{"manifest.json", list("c.json", "abc/layer.tar", "def/layer.tar"), ""}}, 2, ""},
		{"layers with gzip", []archiveEntry{{"c.json", config, ""}, {"l.tar.gz", packed, ""}, {"manifest.json", list("c.json", "l.tar.gz"), ""}}, 1, ""},
		{"blobs as in a layout", []archiveEntry{{"manifest.json", list("blobs/sha256/c", "blobs/sha256/l"), ""}, {"blobs/sha256/c", config, ""},
			{"blobs/sha256/l", layer, ""}}, 1, ""},
		{"names with dots", []archiveEntry{{"./c.json", config, ""}, {"./l.tar", layer, ""}, {"./manifest.json", list("c.json", "./l.tar"), ""}}, 1, ""},
		{"no names", []archiveEntry{{"c.json", config, ""}, {"l.tar", layer, ""},
			{"manifest.json", strings.Replace(list("c.json", "l.tar"), `["a:1"]`, "null", 1), ""}}, 1, ""},
		{"nothing", nil, 0, "is not a docker-archive: it has no file manifest.json"},
		{"no image", []archiveEntry{{"manifest.json", "[]", ""}}, 0, "contains no image"},
		{"no list", []archiveEntry{{"manifest.json", "{", ""}}, 0, "manifest.json: unexpected end of JSON input"},
		{"no config", []archiveEntry{{"l.tar", layer, ""}, {"manifest.json", list("c.json", "l.tar"), ""}}, 0,
			`image 1: has no file "c.json", which its manifest.json lists`},
		{"no layer", []archiveEntry{{"c.json", config, ""}, {"manifest.json", list("c.json", "l.tar"), ""}}, 0,
			`image 1: layer 1: has no file "l.tar", which its manifest.json lists`},
		{"a path out of it", []archiveEntry{{"c.json", config, ""}, {"manifest.json", list("c.json", "../../etc/passwd"), ""}}, 0,
			`has no file "../../etc/passwd"`},
		{"links in a circle", []archiveEntry{{"c.json", config, ""}, {"a", "", "b"}, {"b", "", "a"}, {"manifest.json", list("c.json", "a"), ""}}, 0,
			`has no file "a"`},
		{"a link out of it", []archiveEntry{{"c.json", config, ""}, {"a", "", "/etc/passwd"}, {"manifest.json", list("c.json", "a"), ""}}, 0,
			`has no file "a"`},
		{"more layers than diff_ids", []archiveEntry{{"c.json", config, ""}, {"l.tar", layer, ""}, {"manifest.json", list("c.json", "l.tar", "l.tar"), ""}}, 0,
			"has 2 layers, but config c.json has 1 diff_ids"},
		{"another layer", []archiveEntry{{"c.json", config, ""}, {"l.tar", layer[:512] + "X" + layer[513:], ""},
			{"manifest.json", list("c.json", "l.tar"), ""}}, 0, "content does not match the digest"},
		{"an invalid diff_id", []archiveEntry{{"c.json", strings.Replace(config, diffID.String(), "sha256:0", 1), ""}, {"l.tar", layer, ""},
			{"manifest.json", list("c.json", "l.tar"), ""}}, 0, `digest "sha256:0"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := transport.OpenBase(t.Context(), dockerReference(handmadeArchive(t, c.entries...), ""), oci.Platform{}, transport.Options{})
			layers := 0
			if err == nil {
				tr := tree.New()
				for _, layer := range base.Layers {
					layers++
					if err == nil {
						err = layer.ReadInto(t.Context(), tr)
					}
				}
				if _, missing := tr.Lstat("etc/file"); err == nil && missing != nil {
					t.Error(missing)
				}
				base.Close()
			}
			switch {
			case c.want == "" && (err != nil || layers != c.layers):
				t.Errorf("%d layers, %v; want %d", layers, err, c.layers)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestDockerArchivePlaces: @N is an image's place in manifest.json, whatever names it and others have.
func TestDockerArchivePlaces(t *testing.T) {
	var entries []archiveEntry
	var list []string
	for n, tags := range []string{`["a:1","a:2"]`, "null", `["b:1"]`} {
		layer := string(ocitest.TarOf(t, fmt.Sprintf("etc/file%d", n)))
		config := fmt.Sprintf(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[%q]}}`, imagedoc.Describe("", []byte(layer)).Digest)
		entries = append(entries, archiveEntry{fmt.Sprintf("%d.json", n), config, ""}, archiveEntry{fmt.Sprintf("%d.tar", n), layer, ""})
		list = append(list, fmt.Sprintf(`{"Config":"%d.json","RepoTags":%s,"Layers":["%d.tar"]}`, n, tags, n))
	}
	file := handmadeArchive(t, append(entries, archiveEntry{"manifest.json", "[" + strings.Join(list, ",") + "]", ""})...)
	for name, want := range map[string]string{"@0": "etc/file0", "@1": "etc/file1", "@2": "etc/file2", "a:2": "etc/file0", "b:1": "etc/file2"} {
		base, err := transport.OpenBase(t.Context(), dockerReference(file, name), oci.Platform{}, transport.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tr := tree.New()
		if err := base.Layers[0].ReadInto(t.Context(), tr); err != nil {
			t.Error(err)
		}
		if _, err := tr.Lstat(want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		base.Close()
	}
	// One image needs no name, however many it has.
	one := handmadeArchive(t, entries[0], entries[1], archiveEntry{"manifest.json", "[" + list[0] + "]", ""})
	if base, err := transport.OpenBase(t.Context(), dockerReference(one, ""), oci.Platform{}, transport.Options{}); err != nil {
		t.Error(err)
	} else {
		base.Close()
	}
	two := handmadeArchive(t, append(entries, archiveEntry{"manifest.json", "[" + list[0] + "," + list[2] + "]", ""})...)
	if _, err := transport.OpenBase(t.Context(), dockerReference(two, ""), oci.Platform{}, transport.Options{}); err == nil {
		t.Error("one of several images was chosen")
	}
	if _, err := transport.OpenBase(t.Context(), dockerReference(file, "@3"), oci.Platform{}, transport.Options{}); err == nil ||
		!strings.HasSuffix(err.Error(), "no image @3; the list has 3, from @0") {
		t.Error(err)
	}
}
