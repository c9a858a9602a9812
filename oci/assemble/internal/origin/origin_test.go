package origin_test

import (
	"archive/tar"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/origin"
)

// TestFiles: what of an archive comes to which place, as "tar --strip-components" and patterns of the shell have it.
func TestFiles(t *testing.T) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, name := range []string{"app-1/", "app-1/bin/", "app-1/bin/run", "app-1/README", "app-1/LICENSE"} {
		h := &tar.Header{Name: name, Mode: 0o755, Typeflag: tar.TypeReg}
		if strings.HasSuffix(name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	kept := new(spool.Spool)
	defer kept.Close()
	files, err := origin.Unpack(tree.Bytes(packed.Bytes()), kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		origin stage.Origin
		path   string
		want   string // paths; or the error
	}{
		{"all", stage.Origin{Path: "/"}, "/opt", "/opt /opt/app-1 /opt/app-1/LICENSE /opt/app-1/README /opt/app-1/bin /opt/app-1/bin/run"},
		{"stripped", stage.Origin{Path: "/", Strip: 1}, "/opt", "/opt /opt/LICENSE /opt/README /opt/bin /opt/bin/run"},
		{"included", stage.Origin{Path: "/", Strip: 1, Include: []string{"bin"}}, "/opt", "/opt /opt/bin /opt/bin/run"},
		{"excluded", stage.Origin{Path: "/app-1", Exclude: []string{"bin"}}, "/opt", "/opt /opt/LICENSE /opt/README"},
		{"pattern", stage.Origin{Path: "/app-1/[A-Z]*", IsPattern: true}, "/opt/", "/opt/ /opt/"},
		{"pattern to a file", stage.Origin{Path: "/app-1/[A-Z]*", IsPattern: true}, "/opt", "2 files match the pattern, and the destination /opt does not end in a slash"},
		{"pattern of nothing", stage.Origin{Path: "/x*", IsPattern: true}, "/opt/", "nothing matches the pattern"},
	} {
		found, err := origin.Matching(files, stage.File{Path: test.path}, &test.origin)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			var paths []string
			for _, f := range found {
				paths = append(paths, f.Path)
			}
			slices.Sort(paths)
			got = strings.Join(paths, " ")
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if _, err := origin.Unpack(nil, kept); err == nil || err.Error() != "is empty" {
		t.Errorf("nothing: %v", err)
	}
}
