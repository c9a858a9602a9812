package assemble_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// archive returns a tar.gz with files, "name content", and directories, "name/".
func archive(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, entry := range entries {
		name, content, _ := strings.Cut(entry, " ")
		h := &tar.Header{Name: name, Mode: 0o640, Size: int64(len(content)), Typeflag: tar.TypeReg, Uid: 1001}
		if strings.HasSuffix(name, "/") {
			h.Typeflag, h.Mode = tar.TypeDir, 0o750
		}
		if strings.HasSuffix(name, "bin") {
			h.Mode = 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// below lists what an image has below a directory.
func below(t *testing.T, image *oci.Base, dir string) []string {
	t.Helper()
	tr := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for name, n := range tr.All() {
		rest, ok := strings.CutPrefix(name, dir+"/")
		if !ok {
			continue
		}
		line := fmt.Sprintf("%s %o %d:%d", rest, n.Mode, n.UID, n.GID)
		if n.Type == tree.Regular {
			content, err := n.Read(1000)
			if err != nil {
				t.Fatal(err)
			}
			line += " " + string(content)
		}
		if n.Type == tree.Symlink {
			line += " -> " + n.Target
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// TestOrigins takes files from an image, a URL and archives.
func TestOrigins(t *testing.T) {
	packed := archive(t, "tool-1.0/", "tool-1.0/bin program", "tool-1.0/doc/", "tool-1.0/doc/readme text")
	sum := fmt.Sprintf("%x", sha256.Sum256(packed))
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if r.URL.Path != "/tool.tar.gz" {
			http.NotFound(w, r)
			return
		}
		w.Write(packed)
	}))
	defer server.Close()

	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	in.build("other") // an image to take files from
	other := "oci:" + filepath.Join(in.dir, "other") + ":latest"
	mode := uint16(0o600)
	in.spec.Files = []stage.File{
		{Path: "/srv/nginx", Origin: &stage.Origin{Image: other, Path: "/usr/sbin/nginx"}, Owner: "nobody:nobody"},
		{Path: "/srv/lib", Origin: &stage.Origin{Image: other, Path: "lib/"}},
		{Path: "/srv/tool.tar.gz", Origin: &stage.Origin{URL: server.URL + "/tool.tar.gz", SHA256: sum}},
		{Path: "/srv/tool", Origin: &stage.Origin{URL: server.URL + "/tool.tar.gz", SHA256: sum, Archive: true, Strip: 1}},
		{Path: "/srv/one", Content: tree.Bytes(packed), Size: int64(len(packed)),
			Origin: &stage.Origin{Archive: true, Strip: 1, Include: []string{"doc"}, FileMode: &mode}},
	}
	in.env.Client = &repository.Client{CacheDir: filepath.Join(in.dir, "cache")}
	t.Cleanup(func() { in.env.Client.Close() })
	result, image := in.build("image")
	want := []string{
		"lib 755 0:0", "lib/apk 755 0:0", "lib/libnginx.so 755 0:0 library", "nginx 4755 65534:65534 program",
		"one 755 0:0", "one/doc 750 0:0", "one/doc/readme 600 0:0 text",
		"tool 755 0:0", "tool.tar.gz 644 0:0 " + string(packed), "tool/bin 755 0:0 program", "tool/doc 750 0:0", "tool/doc/readme 640 0:0 text",
	}
	got := slices.DeleteFunc(below(t, image, "srv"), func(line string) bool { return strings.HasPrefix(line, "lib/apk/") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	pinned := in.lock()
	if images := pinned.Platforms[0].Images; len(images) != 1 || images[0].Reference != other || images[0].Digest == "" {
		t.Errorf("the lock has the images %v", images)
	}
	in.spec.Lock = pinned
	in.env.Client.Offline = true
	before := requests
	if locked, _ := in.build("locked"); locked.Manifest.Digest != result.Manifest.Digest || requests != before {
		t.Errorf("offline with the lock %s, want %s; %d requests", locked.Manifest.Digest, result.Manifest.Digest, requests-before)
	}
	in.spec.Lock.Platforms[0].Images[0].Digest = digest.FromString("other")
	in.fails("file", "but the lock was made for sha256:")
}

// TestZip unpacks a zip as a tar of the same files.
func TestZip(t *testing.T) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, f := range []struct {
		name, content string
		mode          fs.FileMode
	}{{"tool/bin/", "", 0o750 | fs.ModeDir}, {"tool/bin/run", "program", 0o755}, {"tool/readme", "text", 0o640},
		{"tool/link", "bin/run", 0o777 | fs.ModeSymlink}} {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		h.SetMode(f.mode)
		file, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(file, f.content)
	}
	w.Close()
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	in.spec.Files = []stage.File{{Path: "/srv/x", Origin: &stage.Origin{Archive: true, Strip: 1}, Content: tree.Bytes(packed.Bytes()),
		Size: int64(packed.Len())}}
	_, image := in.build("image")
	want := []string{"x 755 0:0", "x/bin 750 0:0", "x/bin/run 755 0:0 program", "x/link 777 0:0 -> bin/run", "x/readme 640 0:0 text"}
	if diff := cmp.Diff(want, below(t, image, "srv")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func sumOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func TestOriginErrors(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, "content")
	}))
	defer server.Close()
	packed := archive(t, "a x")
	for _, c := range []struct {
		origin  stage.Origin
		content []byte
		want    string
	}{
		{stage.Origin{Image: "oci:/nosuch:x", Path: "/a"}, nil, "open oci:/nosuch:x"},
		{stage.Origin{URL: server.URL + "/gone", SHA256: sumOf("x")}, nil, "/srv/x: fetch " + server.URL + "/gone: 404 Not Found"},
		{stage.Origin{URL: server.URL + "/a", SHA256: sumOf("x")}, nil, "it has the SHA-256 " + sumOf("content") + ", and not " + sumOf("x")},
		{stage.Origin{Archive: true}, []byte("no archive"), "archive for /srv/x: "},
		{stage.Origin{Archive: true}, []byte("PK\x03\x04 zip"), "archive for /srv/x: zip: zip: not a valid zip file"},
		{stage.Origin{Archive: true, Include: []string{"b"}}, packed, "archive for /srv/x: nothing in it matches b"},
	} {
		in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
		in.spec.Files = []stage.File{{Path: "/srv/x", Origin: &c.origin, Content: tree.Bytes(c.content), Size: int64(len(c.content))}}
		in.fails("file", c.want)
	}
}
