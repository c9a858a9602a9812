package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestGzipTool(t *testing.T) {
	base, tr, packages := twoPackages(t)
	compressed, result := mustWrite(t, base, tr, packages, DefaultRecipe(), WriteOptions{})
	cmd := exec.Command(corpustest.Program(t, "gzip"), "-dc")
	cmd.Stdin = bytes.NewReader(compressed)
	plain, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := digest.FromBytes(plain); got != result.DiffID {
		t.Errorf("gzip gives %s, the diffID is %s", got, result.DiffID)
	}
}

// TestTarTool lets tar list an archive with one of everything.
func TestTarTool(t *testing.T) {
	tr := makeTree(t, `
		d dir =1777 5:6
		f dir/file content =4755 7:8
		h dir/hard dir/file
		l dir/link file
		c dir/null 1 3 =666
		p dir/pipe
		f dir/`+strings.Repeat("long", 40)+` x`)
	compressed, _ := mustWrite(t, tree.New(), tr, nil, DefaultRecipe(), WriteOptions{})
	cmd := exec.Command(corpustest.Program(t, "tar"), "--numeric-owner", "--utc", "-tvf", "-")
	cmd.Stdin = bytes.NewReader(gunzip(t, compressed))
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := []string{
		"drwxr-xr-x 0/0 0 1970-01-01 00:00 ./",
		"drwxrwxrwt 5/6 0 1970-01-01 00:16 dir/",
		"-rwsr-xr-x 7/8 7 1970-01-01 00:16 dir/file",
		"hrwsr-xr-x 7/8 0 1970-01-01 00:16 dir/hard link to dir/file",
		"lrwxrwxrwx 0/0 0 1970-01-01 00:16 dir/link -> file",
		"-rw-r--r-- 0/0 1 1970-01-01 00:16 dir/" + strings.Repeat("long", 40),
		"crw-rw-rw- 0/0 1,3 1970-01-01 00:16 dir/null",
		"prw-r--r-- 0/0 0 1970-01-01 00:16 dir/pipe",
	}
	var got []string
	for line := range strings.Lines(string(out)) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// writeImage writes an OCI layout with a layer from each tree to the next, the last one with packages.
func writeImage(t *testing.T, dir string, packages []*stage.Package, trees ...*tree.Tree) {
	t.Helper()
	put := func(mediaType string, data []byte) v1.Descriptor {
		d := v1.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
		writeFileAt(t, filepath.Join(dir, "blobs", "sha256", d.Digest.Encoded()), data)
		return d
	}
	marshal := func(v any) []byte {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	config := v1.Image{Platform: v1.Platform{OS: "linux", Architecture: "amd64"}, RootFS: v1.RootFS{Type: "layers"}}
	manifest := v1.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest}
	for i := range trees[1:] {
		var from []*stage.Package
		if i+2 == len(trees) {
			from = packages
		}
		compressed, result := mustWrite(t, trees[i], trees[i+1], from, DefaultRecipe(), WriteOptions{})
		manifest.Layers = append(manifest.Layers, put(result.MediaType, compressed))
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, result.DiffID)
	}
	manifest.Config = put(v1.MediaTypeImageConfig, marshal(config))
	d := put(v1.MediaTypeImageManifest, marshal(manifest))
	d.Annotations = map[string]string{v1.AnnotationRefName: "test"}
	writeFileAt(t, filepath.Join(dir, v1.ImageIndexFile),
		marshal(v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []v1.Descriptor{d}}))
	writeFileAt(t, filepath.Join(dir, v1.ImageLayoutFile), marshal(v1.ImageLayout{Version: v1.ImageLayoutVersion}))
}

func writeFileAt(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// describeForDisk lists a tree by what can be seen on disk without being root.
func describeForDisk(t *testing.T, tr *tree.Tree) []string {
	var lines []string
	for path, n := range tr.All() {
		line := path
		switch n.Type {
		case tree.Regular:
			content, err := n.Read(n.Size)
			if err != nil {
				t.Fatal(err)
			}
			line += fmt.Sprintf(" %o %d links %s", n.Mode, n.Links(), content)
		case tree.Directory:
			line += fmt.Sprintf(" %o", n.Mode)
		case tree.Symlink:
			line += " -> " + n.Target
		}
		lines = append(lines, line)
	}
	sort.Strings(lines)
	return lines
}

func describeDisk(t *testing.T, root string) []string {
	var lines []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := strings.TrimPrefix(path, root+"/")
		stat := info.Sys().(*syscall.Stat_t)
		switch info.Mode().Type() {
		case 0:
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			content, err := io.ReadAll(f)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %o %d links %s", stat.Mode&0o7777, stat.Nlink, content)
		case os.ModeDir:
			line += fmt.Sprintf(" %o", stat.Mode&0o7777)
		case os.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " -> " + target
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(lines)
	return lines
}
