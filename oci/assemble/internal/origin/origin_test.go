package origin_test

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/origin"
)

// TestFiles: members of an archive get the paths that "tar --strip-components" and patterns of the shell give them.
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
		{"pattern to a file", stage.Origin{Path: "/app-1/[A-Z]*", IsPattern: true}, "/opt",
			"2 files match the pattern, and the destination /opt does not end in a slash"},
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

// TestImpliedDirectories: ADD leaves directories that an archive only has in other paths as they are, as BuildKit 0.34 does, and gives those that are
// missing to root, also with --chown.
func TestImpliedDirectories(t *testing.T) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, h := range []tar.Header{{Name: "tmp/file", Mode: 0o644}, {Name: "root/", Typeflag: tar.TypeDir, Mode: 0o755}} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	kept := new(spool.Spool)
	defer kept.Close()
	unpacked, err := origin.Unpack(tree.Bytes(packed.Bytes()), kept)
	if err != nil {
		t.Fatal(err)
	}
	files, err := origin.Matching(unpacked, stage.File{Path: "/", Owner: "8:9"}, &stage.Origin{Path: "/", Archive: true, Copied: true})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, f := range files {
		got[f.Path] = fmt.Sprint(f.Owner, f.IfMissing, f.Mode != nil)
	}
	want := map[string]string{"/": "8:9false false", "/tmp": "true false", "/tmp/file": "8:9false true", "/root": "8:9false true"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCopied: COPY --from gives files the paths that BuildKit 0.34 gives them.
func TestCopied(t *testing.T) {
	from := tree.New()
	for _, f := range []struct {
		name string
		node tree.Node
	}{
		{"d", tree.Node{Type: tree.Directory, Mode: 0o700, UID: 1, GID: 2}},
		{"d/a", tree.Node{Type: tree.Regular, Mode: 0o4755, UID: 3, GID: 4}},
		{"d/l", tree.Node{Type: tree.Symlink, Mode: 0o777, Target: "a", UID: 5, GID: 6}},
		{"d/s", tree.Node{Type: tree.Directory, Mode: 0o2750, UID: 7}},
	} {
		if err := from.Put(f.name, &f.node); err != nil {
			t.Fatal(err)
		}
	}
	if err := from.Link("d/a", "d/hard"); err != nil {
		t.Fatal(err)
	}
	mode := uint16(0o4640)
	for _, test := range []struct {
		name, path string
		owner      string
		origin     stage.Origin
		want       string
	}{
		{"file", "/x/", "", stage.Origin{Path: "/d/a"}, "/x root, /x/ 3:4 4755"},
		{"file for an owner", "/x/y", "8:9", stage.Origin{Path: "/d/a"}, "/x 8:9, /x/y 8:9 4755"},
		{"link", "/x", "", stage.Origin{Path: "/d/l"}, "/ root, /x 3:4 4755"},
		{"directory", "/x", "", stage.Origin{Path: "/d"}, "/x root, /x/a 3:4 4755, /x/hard = /x/a, /x/l 5:6, /x/s 7:0 2750"},
		{"directory for an owner", "/x", "8:9", stage.Origin{Path: "/d"}, "/x 8:9, /x/a 8:9 4755, /x/hard = /x/a, /x/l 8:9, /x/s 8:9 2750"},
		{"directory with a mode", "/x", "", stage.Origin{Path: "/d", FileMode: &mode, DirectoryMode: &mode},
			"/x root 640, /x/a 3:4 4640, /x/hard = /x/a, /x/l 5:6, /x/s 7:0 4640"},
		{"directory with a symbolic mode", "/x", "", stage.Origin{Path: "/d", ModeText: "u=rwX,go=X"},
			"/x root, /x/a 3:4 711, /x/hard = /x/a, /x/l 5:6, /x/s 7:0 711"},
		{"file with a symbolic mode", "/x", "", stage.Origin{Path: "/d/a", ModeText: "o-x"}, "/ root, /x 3:4 4754"},
		{"with parents", "/x/", "", stage.Origin{Path: "/d/s", Parents: "/"}, "/x root, /x/d 1:2 700, /x/d root 700, /x/d/s 7:0 2750"},
		{"with a file's parents", "/x/", "", stage.Origin{Path: "/d/a", Parents: "/"}, "/x root, /x/d 1:2 700, /x/d root 700, /x/d root, /x/d/ 3:4 4755"},
		{"deep", "/x", "", stage.Origin{Path: "/**/[as]", IsPattern: true, Parents: "/d"}, "/x root, /x root, /x/ 3:4 4755, /x root, /x/s 7:0 2750"},
		{"archive", "/x", "", stage.Origin{Path: "/", Archive: true},
			"/x root, /x/d 1:2 700, /x/d/a 3:4 4755, /x/d/hard = /x/d/a, /x/d/l 5:6, /x/d/s 7:0 2750"},
	} {
		test.origin.Copied = true
		found, err := origin.Matching(from, stage.File{Path: test.path, Owner: test.owner}, &test.origin)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		var lines []string
		for _, f := range found {
			line := f.Path + " " + cmp.Or(f.Owner, "root")
			if f.Action == stage.Link {
				line = f.Path + " = " + f.Target
			}
			if f.Mode != nil {
				line += fmt.Sprintf(" %o", *f.Mode)
			}
			lines = append(lines, line)
		}
		if got := strings.Join(lines, ", "); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
