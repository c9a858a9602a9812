package stage

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestAddFiles(t *testing.T) {
	base := tree.New()
	for _, dir := range []string{"etc", "usr/lib", "srv"} {
		if err := base.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnginx:x:100:101:::\n", "etc/group": "root:x:0:\nwww:x:82:\n", "etc/old": "old",
	} {
		if err := base.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := base.Symlink("usr/lib", "lib"); err != nil {
		t.Fatal(err)
	}
	if n, err := base.Stat("srv"); err != nil {
		t.Fatal(err)
	} else {
		n.Mode, n.UID = 0o711, 7
	}
	mode := func(m uint16) *uint16 { return &m }
	content := File{Content: tree.Bytes([]byte("new")), Size: 3}
	with := func(f File, path string, change func(*File)) File {
		f.Path = path
		if change != nil {
			change(&f)
		}
		return f
	}
	s := newStage(t, base, apk.V3)
	err := s.AddFiles(t.Context(), []File{
		with(content, "/etc/new/deep/file", nil),
		with(content, "etc/old", func(f *File) { f.Mode, f.Owner = mode(0o4750), "nginx:www" }),
		with(content, "/lib/file", func(f *File) { f.Owner = "nginx" }),
		{Path: "/run/nginx", Type: tree.Directory, Owner: "1000:1001"},
		{Path: "/srv/", Type: tree.Directory, Owner: "root:www"},
		{Path: "/", Type: tree.Directory, Mode: mode(0o711)},
		{Path: "/lib", Type: tree.Directory, Mode: mode(0o700)},
		{Path: "/usr/bin/www", Type: tree.Symlink, Target: "nginx", Owner: "nginx:0"},
		{Path: "/etc/empty", Mode: mode(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"etc/new": "directory mode 0755 owner 0:0", "etc/new/deep/file": `file mode 0644 owner 0:0 "new"`,
		"etc/old": `file mode 4750 owner 100:82 "new"`, "usr/lib/file": `file mode 0644 owner 100:101 "new"`,
		"run/nginx": "directory mode 0755 owner 1000:1001", "srv": "directory mode 0711 owner 0:82", "usr/lib": "directory mode 0700 owner 0:0",
		"usr/bin/www": "link to nginx mode 0777 owner 100:0", "etc/empty": `file mode 0000 owner 0:0 ""`, "lib": "link to usr/lib mode 0777 owner 0:0",
	} {
		n, err := s.Tree().Lstat(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := apktest.DescribeNode(t, n); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if s.Tree().Root().Mode != 0o711 {
		t.Errorf("the root has mode %o", s.Tree().Root().Mode)
	}
	for _, test := range []struct {
		file File
		want string
	}{
		{with(content, "/", nil), "add /: the path names no file"},
		{with(content, "/etc", nil), "add /etc: put etc: Is a directory"},
		{with(content, "/etc/old/x", nil), "add /etc/old/x: mkdir etc/old: File exists"},
		{with(content, "/x", func(f *File) { f.Owner = "nobody:www" }), `add /x: owner "nobody:www": etc/passwd has no entry "nobody"`},
		{with(content, "/x", func(f *File) { f.Owner = "root:nope" }), `add /x: owner "root:nope": etc/group has no entry "nope"`},
		{with(content, "/x", func(f *File) { f.Owner = "12" }), `add /x: owner "12": a number needs a group, as in "12:0"`},
		{with(content, "/x", func(f *File) { f.Owner = ":www" }), `add /x: owner ":www": empty name`},
		{with(content, "/x", func(f *File) { f.Mode = mode(0o10000) }), "add /x: mode 10000 has bits other than permission, set-id and sticky bits"},
		{File{Path: "/etc/old", Type: tree.Directory}, "add /etc/old: a file of that name exists and is not a directory"},
		{File{Path: "/x", Type: tree.Symlink}, "add /x: the link has no target"},
		{File{Path: "/x", Size: 3}, "add /x: the file has a size, but no content"},
		{File{Path: "/x", Type: tree.FIFO}, "add /x: only files, directories and symbolic links can be added"},
		{File{Path: "/x\x00"}, "add /x\x00: a path cannot contain the byte 0"},
	} {
		if err := s.AddFiles(t.Context(), []File{test.file}); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// TestCopiedFiles: directories as COPY and WORKDIR of a Dockerfile make them, with BuildKit 0.34 (buildah 1.28 takes the set-group-ID bit from
// them), and files that links lead to.
func TestCopiedFiles(t *testing.T) {
	base := tree.New()
	if err := base.MkdirAll("home", 0o755); err != nil {
		t.Fatal(err)
	}
	n, err := base.Stat("home")
	if err != nil {
		t.Fatal(err)
	}
	n.Mode, n.UID, n.GID = 0o2700, 5, 6
	for name, target := range map[string]string{"link": "file", "dangling": "/etc/missing", "loop": "loop", "etc": "home"} {
		if err := base.Put(name, &tree.Node{Type: tree.Symlink, Mode: 0o777, Target: target}); err != nil {
			t.Fatal(err)
		}
	}
	mode := uint16(0o700)
	s := newStage(t, base, apk.V3)
	err = s.AddFiles(t.Context(), []File{
		{Path: "/link", Name: "x", IfMissing: true},
		{Path: "/dangling", Name: "x", IfMissing: true},
		{Path: "/loop", Name: "x", IfMissing: true},
		{Path: "/home/m", Type: tree.Directory, Mode: &mode, IfMissing: true},
		{Path: "/home/a/b/", Name: "file", Owner: "1:2", IfMissing: true},
		{Path: "/home/c", Type: tree.Directory, Owner: "3:4", IfMissing: true},
		{Path: "/home", Type: tree.Directory, Owner: "3:4", IfMissing: true},
		{Path: "/home/d/e", Type: tree.Directory, IfMissing: true},
		{Path: "/home/f/g"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"home": "directory mode 2700 owner 5:6", "home/a": "directory mode 2755 owner 1:2", "home/a/b": "directory mode 2755 owner 1:2",
		"home/a/b/file": `file mode 0644 owner 1:2 ""`,
		"home/c":        "directory mode 2755 owner 3:4", "home/d": "directory mode 2755 owner 0:6", "home/d/e": "directory mode 2755 owner 0:6",
		"home/f": "directory mode 2755 owner 0:6",
		"home/m": "directory mode 2700 owner 0:6", "file": `file mode 0644 owner 0:0 ""`, "home/missing": `file mode 0644 owner 0:0 ""`,
		"loop": `file mode 0644 owner 0:0 ""`,
	} {
		n, err := s.Tree().Lstat(path)
		if err != nil {
			t.Error(err)
		} else if got := apktest.DescribeNode(t, n); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestLink: a hard link is the file itself, and takes the place of another file.
// TestDanglingDirectories: COPY and WORKDIR make the directories that links lead to, as buildah does.
func TestDanglingDirectories(t *testing.T) {
	base := tree.New()
	for _, dir := range []string{"etc", "opt", "srv", "var"} {
		if err := base.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"etc/site": "/data/conf", "var/pages": "../srv/pages/new", "opt/link": "chain", "opt/chain": "../home/far",
		"var/www": "/srv/www/site", "opt/one": "two", "opt/two": "one"} {
		if err := base.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	s := newStage(t, base, apk.V2)
	page := File{Name: "page", IfMissing: true, Content: tree.Bytes([]byte("p")), Size: 1}
	for path, owner := range map[string]string{"/etc/site/": "", "/var/pages/bin/": "7:8"} {
		page.Path, page.Owner = path, owner
		if err := s.AddFiles(t.Context(), []File{page}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddFiles(t.Context(), []File{{Path: "/opt/link/deep", Type: tree.Directory}, {Path: "/opt/link", Type: tree.Directory},
		{Path: "/var/www", Type: tree.Directory, IfMissing: true, Owner: "7:8"}}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"data/conf/page": `file mode 0644 owner 0:0 "p"`, "home/far/deep": "directory mode 0755 owner 0:0", "data": "directory mode 0755 owner 0:0",
		"srv/pages": "directory mode 0755 owner 7:8", "srv/pages/new/bin": "directory mode 0755 owner 7:8", "srv": "directory mode 0755 owner 0:0",
		"srv/www": "directory mode 0755 owner 7:8", "srv/www/site": "directory mode 0755 owner 7:8",
	} {
		if n, err := s.tree.Lstat(path); err != nil {
			t.Error(err)
		} else if got := apktest.DescribeNode(t, n); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	page.Path = "/opt/one/x/"
	if err := s.AddFiles(t.Context(), []File{page}); err == nil || !strings.Contains(err.Error(), "Symbolic link loop") {
		t.Errorf("into a loop of links: %v", err)
	}
}

func TestLink(t *testing.T) {
	base := tree.New()
	for _, name := range []string{"a", "b"} {
		if err := base.WriteFile(name, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := base.MkdirAll("dir", 0o755); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, base, apk.V3)
	for range 2 {
		if err := s.AddFiles(t.Context(), []File{{Path: "/b", Action: Link, Target: "/a"}, {Path: "/new/c", Action: Link, Target: "/a"}}); err != nil {
			t.Fatal(err)
		}
	}
	a, err := s.Tree().Lstat("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "new/c"} {
		if n, err := s.Tree().Lstat(name); err != nil || n != a {
			t.Errorf("%s is not a name of a: %v", name, err)
		}
	}
	for _, test := range []struct {
		file File
		want string
	}{
		{File{Path: "/x", Action: Link, Target: "/missing"}, "link /x: "},
		{File{Path: "/dir", Action: Link, Target: "/a"}, "link /dir: a directory of that name exists"},
		{File{Path: "/x", Action: Link, Target: "/dir"}, "link /x: "},
	} {
		if err := s.AddFiles(t.Context(), []File{test.file}); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %s", test.file, err, test.want)
		}
	}
}

// TestCircularLinks: links that lead to each other through a directory that is missing are an error, and have an end.
func TestCircularLinks(t *testing.T) {
	for name, links := range map[string]map[string]string{
		"itself": {"a": "none/../a"}, "each other": {"a": "none/../b", "b": "none/../a"}, "below": {"a": "none/../b/x", "b": "none/../a/y"},
	} {
		base := tree.New()
		for link, target := range links {
			if err := base.Symlink(target, link); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range []File{
			{Path: "/a", Type: tree.Directory}, {Path: "/a/d", Type: tree.Directory, IfMissing: true, Owner: "7:8"},
			{Path: "/a/", Name: "page", IfMissing: true, Content: tree.Bytes([]byte("p")), Size: 1},
		} {
			if err := newStage(t, base, apk.V2).AddFiles(t.Context(), []File{f}); !errors.Is(err, tree.ErrLoop) {
				t.Errorf("%s, %s: %v", name, f.Path, err)
			}
		}
	}
}
