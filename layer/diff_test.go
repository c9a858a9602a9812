package layer

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestDifference has, for bases and what became of them, the entries that a layer must have
// by image-spec layer.md, written by hand.
func TestDifference(t *testing.T) {
	tests := []struct {
		name, base, change string
		want               []string
	}{
		{name: "nothing", base: "d etc\nf etc/passwd root"},
		{
			name:   "new files bring their directories, parents first",
			base:   "d usr",
			change: "d usr/lib\nd usr/lib/a\nf usr/lib/a/x one\nd a\nf a/y two",
			want:   []string{"d a/", "d usr/lib/", "d usr/lib/a/", "f a/y two", "f usr/lib/a/x one"},
		},
		{
			name:   "a directory of the base is not repeated for what changes in it",
			base:   "d usr\nd usr/bin\nf usr/bin/a one",
			change: "f usr/bin/a two\nf usr/bin/b three",
			want:   []string{"f usr/bin/a two", "f usr/bin/b three"},
		},
		{
			name:   "but it is if a runtime would not make it up the same",
			base:   "d tmp =1777\nd root =700\nd srv 5:6\nd srv/sub\nd opt +user.a=b\nd var =700\nd usr =700\nf usr/a old",
			change: "f tmp/a one\nf srv/sub/b two\nf opt/c three\nd var/lib\nrm usr/a",
			want: []string{
				"f usr/.wh.a =0",
				"d opt/ +user.a=b", "d srv/ 5:6", "d tmp/ =1777", "d usr/ =700", "d var/ =700", "d var/lib/",
				"f opt/c three", "f srv/sub/b two", "f tmp/a one",
			},
		},
		{
			name:   "a directory whose own metadata changed",
			base:   "d a\nd b\nd c\nd d",
			change: "d a =700\nd b 1:2\nd c +user.x=y\nd d @5",
			want:   []string{"d a/ =700", "d b/ 1:2", "d c/ +user.x=y"},
		},
		{
			name:   "the root, where there is no base",
			change: "f a one",
			want:   []string{"d ./", "f a one"},
		},
		{
			name:   "the root",
			base:   "f a one",
			change: "d / =700",
			want:   []string{"d ./ =700"},
		},
		{
			name:   "metadata of files, each with the content again",
			base:   "f a one\nf b two\nf c three\nf d four\nl e one\nf f six",
			change: "f a one =4755\nf b two 100:101\nf c three @2000\nf d four +security.capability=abc\nl e one 5:5",
			want: []string{
				"f a one =4755", "f b two 100:101", "f c three", "f d four +security.capability=abc", "l e one 5:5",
			},
		},
		{
			name:   "other content of the same size",
			base:   "f a one",
			change: "f a two",
			want:   []string{"f a two"},
		},
		{name: "the same bytes from elsewhere", base: "f a one\nf b", change: "same a\nf b"},
		{
			name:   "what is gone",
			base:   "d etc\nf etc/a one\nd etc/d\nf etc/d/x two\nl etc/l a\nf etc/z three",
			change: "rm etc/a\nrm etc/d\nrm etc/l",
			want:   []string{"f etc/.wh.a =0", "f etc/.wh.d =0", "f etc/.wh.l =0"},
		},
		{
			name:   "a directory that was emptied and filled again needs no opaque whiteout",
			base:   "d d\nf d/a one\nd d/b\nf d/b/x two\nf d/keep three",
			change: "rm d\nd d\nf d/keep three\nf d/new four",
			want:   []string{"f d/.wh.a =0", "f d/.wh.b =0", "f d/new four"},
		},
		{
			name:   "a file becomes a directory: no whiteout, the entry replaces it",
			base:   "f a one\nl b a",
			change: "rm a\nd a\nf a/x two\nrm b\nd b",
			want:   []string{"d a/", "d b/", "f a/x two"},
		},
		{
			name:   "a directory becomes a file: nothing below needs a whiteout",
			base:   "d a\nf a/x one\nd a/b\nd c",
			change: "rm a\nf a two\nrm c\nl c a",
			want:   []string{"f a two", "l c a"},
		},
		{
			name:   "all types",
			base:   "d etc",
			change: "c null 1 3 =666\nb loop 7 0\np pipe\nl link null\nf empty",
			want:   []string{"f empty", "l link null", "b loop 7 0", "c null 1 3 =666", "p pipe"},
		},
		{
			name:   "another device, another target",
			base:   "c a 1 3\nc b 1 3\nl c x\nb d 1 3",
			change: "c a 1 5\nl c y\nc d 1 3",
			want:   []string{"c a 1 5", "l c y", "c d 1 3"},
		},
		{
			name:   "hard links come right after their file, and below directories that exist",
			change: "f a/x one",
			base:   "d a\nd z",
			want:   []string{"f a/x one"},
		},
		{
			name:   "new hard links",
			base:   "d etc",
			change: "d a\nd b\nf a/x one\nh b/y a/x\nh a/z a/x\nf a/y two",
			want:   []string{"d a/", "d b/", "f a/x one", "h a/z a/x", "h b/y a/x", "f a/y two"},
		},
		{name: "hard links of the base", base: "f a one\nh b a"},
		{
			name:   "a name less leaves the others alone",
			base:   "f a one\nh b a\nh c a",
			change: "rm b",
			want:   []string{"f .wh.b =0"},
		},
		{
			name:   "a name more brings all, since no link leads into the base",
			base:   "f a one\nh b a",
			change: "h c a",
			want:   []string{"f a one", "h b a", "h c a"},
		},
		{
			name:   "another mode of a linked file",
			base:   "f a one\nh b a",
			change: "rm a\nrm b\nf a one =4755 1:2\nh b a",
			want:   []string{"f a one =4755 1:2", "h b a =4755 1:2"},
		},
		{
			name:   "linked files that came apart: one stays the base's",
			base:   "f a one\nh b a\nh c a",
			change: "rm b\nf b one\nrm c\nf c two",
			want:   []string{"f b one", "f c two"},
		},
		{
			name:   "equal files that became one",
			base:   "f a one\nf b one",
			change: "rm b\nh b a",
			want:   []string{"f a one", "h b a"},
		},
		{
			name:   "two groups that swapped a name",
			base:   "f a one\nh b a\nf c one\nh d c",
			change: "rm b\nrm d\nh b c\nh d a",
			want:   []string{"f a one", "h d a", "f b one", "h c b"},
		},
		{
			name:   "attributes are repeated for the links of a file",
			base:   "d etc",
			change: "f a one +user.a=1 +user.b=2\nh b a",
			want:   []string{"f a one +user.a=1 +user.b=2", "h b a +user.a=1 +user.b=2"},
		},
		{
			name:   "links of a symbolic link and of a device",
			base:   "d etc",
			change: "l a x\nh b a\nc c 1 3\nh d c",
			want:   []string{"l a x", "h b a =777", "c c 1 3", "h d c =600"},
		},
		{
			name:   "a name of the base that looks like a whiteout's neighbour",
			base:   "f .whx one\nf wh. two",
			change: "rm .whx\nf wh. three",
			want:   []string{"f .wh..whx =0", "f wh. three"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base := makeTree(t, test.base)
			staged := base.Clone()
			changeTree(t, staged, test.change)
			compressed, result := mustWrite(t, base, staged, nil, DefaultRecipe(), WriteOptions{})
			got := entries(t, gunzip(t, compressed))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("entries, -want +got:\n%s", diff)
			}
			if result.Empty != (len(test.want) == 0) || result.Files+result.Directories+result.Whiteouts != len(test.want) {
				t.Errorf("result %+v for %d entries", result, len(test.want))
			}
			checkApplied(t, base, staged, gunzip(t, compressed))
		})
	}
}

func TestDifferenceErrors(t *testing.T) {
	pkg := &stage.Package{Package: &apk.Package{Name: "bad", Version: "1-r0"}}
	failing := &tree.Node{Size: 3, Mode: 0o644, Content: failingContent{}}
	tests := []struct {
		name string
		base *tree.Node
		put  *tree.Node
		path string
		want string
	}{
		{
			name: "whiteout name", put: &tree.Node{Mode: 0o644}, path: ".wh.x",
			want: "compare the trees: .wh.x: a layer cannot hold a file whose name begins with .wh.",
		},
		{
			name: "whiteout name of a directory", put: &tree.Node{Type: tree.Directory}, path: ".wh..wh..opq",
			want: "compare the trees: .wh..wh..opq: a layer cannot hold a file whose name begins with .wh.",
		},
		{
			name: "whiteout name in a package", put: &tree.Node{Size: 1, Content: stage.PackageFile{Package: pkg}}, path: ".wh.x",
			want: "compare the trees: package bad-1-r0: .wh.x: a layer cannot hold a file whose name begins with .wh.",
		},
		{
			name: "a package that is not there", put: &tree.Node{Size: 1, Content: stage.PackageFile{Package: pkg}}, path: "x",
			want: "plan the layer: x is from package bad-1-r0, which is not in the layer",
		},
		{
			name: "overlayfs' whiteout", put: &tree.Node{Type: tree.CharDevice}, path: "x",
			want: "compare the trees: x: a layer cannot hold the device 0:0: overlay file systems take it for a whiteout",
		},
		{
			name: "size without content", put: &tree.Node{Size: 1}, path: "x",
			want: "compare the trees: x: the file has a size, but no content",
		},
		{
			name: "unreadable content", put: failing, path: "x",
			want: "write layer: x: no luck",
		},
		{
			name: "unreadable content to compare", base: &tree.Node{Size: 3, Mode: 0o644, Content: tree.Bytes([]byte("abc"))},
			put: failing, path: "x",
			want: "compare the trees: compare x with the base: no luck",
		},
		{
			name: "device number", put: &tree.Node{Type: tree.CharDevice, Minor: 1 << 21}, path: "x",
			want: "write layer: x: a tar header cannot hold the device number",
		},
		{
			name: "attribute name", put: &tree.Node{Xattrs: map[string]string{"user.a=b": ""}}, path: "x",
			want: "write layer: x: a tar cannot hold the attribute name \"user.a=b\"",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base := tree.New()
			if test.base != nil {
				if err := base.Put(test.path, test.base); err != nil {
					t.Fatal(err)
				}
			}
			staged := base.Clone()
			if err := staged.Put(test.path, test.put); err != nil {
				t.Fatal(err)
			}
			_, err := writeLayer(context.Background(), io.Discard, base, staged, nil, DefaultRecipe(), WriteOptions{})
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\n want %s", err, test.want)
			}
		})
	}
}

type failingContent struct{}

func (failingContent) Open() (io.ReadCloser, error) { return nil, errors.New("no luck") }

// TestStageNothingToDo checks that a transaction without changes leaves the base as it is,
// so that its layer is empty.
func TestStageNothingToDo(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		first := stageOf(t, tree.New(), g)
		if err := first.Apply(context.Background(), []stage.Change{changeOf(t, apktest.SpecPackages()[0])}, []apk.Dependency{{Name: "basefs"}}, stage.ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		base := first.Tree()
		s := stageOf(t, base, g)
		installed := s.Installed().Packages[0]
		stays := []stage.Change{{Old: installed, New: &installed.Package}}
		if err := s.Apply(context.Background(), stays, s.World(), stage.ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		d, err := diff(context.Background(), base, s.Tree())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range d.files {
			if f.names[0] != "lib/apk/db/lock" { // apk 3 makes it the second time
				t.Errorf("%v: %s is repeated", g, f.names[0])
			}
		}
	}
}

func stageOf(t testing.TB, base *tree.Tree, g apk.Generation) *stage.Stage {
	t.Helper()
	s, err := stage.New(base, stage.Options{Generation: g, Arch: "x86_64"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// changeOf installs a package.
func changeOf(t testing.TB, h *apktest.Package) stage.Change {
	t.Helper()
	content, p := h.Build(t)
	return stage.Change{New: p, Source: &apktest.MemorySource{Content: content}}
}
