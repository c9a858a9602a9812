package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// bytesSource is a package file in memory that counts how often it is opened.
type bytesSource struct {
	content []byte
	opened  int
}

func (s *bytesSource) Open() (io.ReadCloser, error) {
	s.opened++
	return io.NopCloser(bytes.NewReader(s.content)), nil
}

func (s *bytesSource) String() string { return "memory" }

// newChange returns the change that installs a package over what the stage has.
func newChange(t testing.TB, s *Stage, h *handmade) Change {
	t.Helper()
	content, p := h.build(t)
	return Change{Old: s.Installed().Find(h.name), New: p, Source: &bytesSource{content: content}}
}

func newStage(t testing.TB, base *tree.Tree, g apk.Generation) *Stage {
	t.Helper()
	s, err := NewStage(base, Options{Generation: g, Arch: "x86_64", Now: stageTime, SkipScripts: []string{"trig"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stageTime is what stages have for a clock.
var stageTime = time.Unix(1_000_000_000, 0)

// specPackages are those of SPEC-apk.md 17, in the order of their installation.
func specPackages() []*handmade {
	return []*handmade{
		{name: "basefs", version: "1.0-r0", files: []handmadeFile{
			aDirectory("etc", 0o755), aFile("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:500:501::/:\n"),
			aFile("etc/group", "root:x:0:\nalice:x:501:\n"), aFile("etc/shadow", "").mode(0o640),
			aDirectory("tmp", 0o1777), aDirectory("var", 0o755), aDirectory("var/empty", 0o555),
			aFile("usr/bin/tool", "base").mode(0o755), aFile("usr/bin/suid", "x").mode(0o4755),
			aHardLink("usr/bin/tool-hard", "usr/bin/tool", 0o755), aLink("usr/bin/tool-sym", "tool"),
			aFile("usr/bin/capable", "c").mode(0o755).xattr("security.capability", "\x01"),
			aDirectory("home", 0o755), aDirectory("home/alice", 0o2750).owner("alice", "alice", 99, 98),
			aFile("home/alice/by-name", "1").owner("alice", "alice", 99, 98), aFile("home/alice/by-id", "2").owner("", "", 77, 66),
			aFile("lib/z-first", "z"), aFile("lib/a-second", "a"), aFile("lib/Upper", "U"),
			aDevice("dev/null", tar.TypeChar, 0o666, 1, 3), aDevice("dev/pipe", tar.TypeFifo, 0o600, 0, 0),
			aFile("rootfile", "r"), aFile(".hidden-top", "h"),
			aFile("usr/share/keep/.keep", ""), aFile("usr/share/keep/.keep_dir", "k"),
		}},
		{name: "libx", version: "0.9-r1", files: []handmadeFile{
			aFile("usr/lib/libx.so.1.2", "lib").mode(0o755), aLink("usr/lib/libx.so.1", "libx.so.1.2"),
		}},
		{name: "app", version: "2.1_rc1-r3", replaces: []string{"basefs<2"}, priority: 5, files: []handmadeFile{
			aDirectory("usr", 0o700), aDirectory("usr/bin", 0o711), aFile("usr/bin/app", "app").mode(0o755), aFile("usr/bin/tool", "app's").mode(0o755),
			aFile("etc/shadow-app", "s").mode(0o600), aFile("etc/app/app.conf", "conf"),
		}},
		{name: "docs", version: "0.2-r5", empty: true, replaces: []string{"x"}, triggers: "/usr", files: []handmadeFile{aFile("never", "opened")}},
		{name: "app-doc", version: "2.1_rc1-r3", origin: "app", files: []handmadeFile{aFile("usr/share/man/app.1", "man")}},
		{name: "trig", version: "1-r0", triggers: "/usr/lib /usr/lib/* +/etc/app", files: []handmadeFile{aFile("usr/lib/trig/x", "x")},
			scripts: map[string]string{"trigger": "#!/bin/sh\nfont-cache\n"}},
	}
}

// The records of SPEC-apk.md 17.1 and 17.2, without what depends on the files' contents
// and the index.
const specRecordsV3 = `P:app V:2.1_rc1-r3 r:basefs<2 q:5 F:usr M:0:0:700 F:usr/bin M:0:0:711 R:app a:0:0:755 R:tool a:0:0:755 F:etc R:shadow-app a:0:0:600 F:etc/app R:app.conf
P:app-doc V:2.1_rc1-r3 F:usr F:usr/share F:usr/share/man R:app.1
P:basefs V:1.0-r0 F:etc R:group R:passwd R:shadow a:0:0:640 F:tmp M:0:0:1777 F:var F:var/empty M:0:0:555 F:usr F:usr/bin R:capable a:0:0:755:x R:suid a:0:0:4755 R:tool-hard a:0:0:755 R:tool-sym a:0:0:777 F:home F:home/alice M:99:98:2750 R:by-id a:77:66:644 R:by-name a:99:98:644 F:lib R:Upper R:a-second R:z-first F:dev R:null a:0:0:666 R:pipe a:0:0:600 F: R:rootfile F:usr/share F:usr/share/keep R:.keep R:.keep_dir
P:docs V:0.2-r5
P:libx V:0.9-r1 F:usr F:usr/lib R:libx.so.1 a:0:0:777 R:libx.so.1.2 a:0:0:755
P:trig V:1-r0 F:usr F:usr/lib F:usr/lib/trig R:x
`

const specBasefsV2 = `P:basefs V:1.0-r0 F:etc R:passwd R:group R:shadow a:0:0:640 F:tmp M:0:0:1777 F:var F:var/empty M:0:0:555 F:usr F:usr/bin R:suid a:0:0:4755 R:tool-hard a:0:0:755 R:tool-sym a:0:0:777 R:capable a:0:0:755:x F:home F:home/alice M:99:98:2750 R:by-name a:99:98:644 R:by-id a:77:66:644 F:lib R:z-first R:a-second R:Upper F:dev R:null a:0:0:666 R:pipe a:0:0:600 F: R:rootfile F:usr/share F:usr/share/keep R:.keep
`

// shortRecords brings a database into the form of specRecordsV3.
func shortRecords(text string) string {
	var b strings.Builder
	for record := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		var lines []string
		for line := range strings.SplitSeq(record, "\n") {
			if strings.ContainsAny(line[:1], "PVrqFMRaf") {
				if at := strings.Index(line, ":Q1"); at > 0 {
					line = line[:at] + ":x"
				}
				lines = append(lines, line)
			}
		}
		b.WriteString(strings.Join(lines, " ") + "\n")
	}
	return b.String()
}

func TestStageSpecExample(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		t.Run(g.String(), func(t *testing.T) {
			s := newStage(t, tree.New(), g)
			var changes []Change
			for _, h := range specPackages() {
				changes = append(changes, newChange(t, s, h))
			}
			world := []apk.Dependency{{Name: "docs"}, {Name: "app"}, {Name: "trig"}}
			if err := s.Apply(context.Background(), changes, world); err != nil {
				t.Fatal(err)
			}
			want := specRecordsV3
			arguments := "/usr/lib /etc/app /usr/lib/trig"
			if g == apk.V2 {
				want = strings.Replace(want, lineWith(want, "P:basefs"), specBasefsV2, 1)
				want = strings.Replace(want, "R:libx.so.1 a:0:0:777 R:libx.so.1.2 a:0:0:755", "R:libx.so.1.2 a:0:0:755 R:libx.so.1 a:0:0:777", 1)
				arguments = "/usr/lib /usr/lib/trig"
			}
			if got := shortRecords(fileText(t, s, "lib/apk/db/installed")); got != want {
				t.Errorf("installed:\n%s\nwant:\n%s", got, want)
			}
			if got := strings.Join(s.records.find("trig").pendingTriggers, " "); got != arguments {
				t.Errorf("trigger arguments %s, want %s", got, arguments)
			}
			if got, want := fmt.Sprint(s.Skipped()), "[{trig-1-r0 trigger}]"; got != want {
				t.Errorf("skipped %s, want %s", got, want)
			}
			if got := fileText(t, s, "etc/apk/world"); got != "app\ndocs\ntrig\n" {
				t.Errorf("world %q", got)
			}
			if got := fileText(t, s, "etc/apk/arch"); got != "x86_64\n" {
				t.Errorf("arch %q", got)
			}
			identity := s.Installed().Find("trig").Identity.String()
			if got := fileText(t, s, "lib/apk/db/triggers"); got != identity+" /usr/lib /usr/lib/* +/etc/app\n" {
				t.Errorf("triggers %q", got)
			}
			for path, mode := range map[string]uint16{"usr": 0o700, "usr/bin": 0o711, "home/alice": 0o2750, "tmp": 0o1777, "lib/apk/db/installed": 0o644} {
				if n, err := s.Tree().Lstat(path); err != nil || n.Mode != mode {
					t.Errorf("%s: %v, %v, want mode %o", path, n, err, mode)
				}
			}
			archive := map[apk.Generation]string{apk.V2: "lib/apk/db/scripts.tar", apk.V3: "lib/apk/db/scripts.tar.gz"}
			for other, name := range archive {
				if _, err := s.Tree().Lstat(name); (err == nil) != (other == g) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if source := changes[3].Source.(*bytesSource); source.opened != 0 {
				t.Errorf("docs, which has nothing to install, was opened %d times", source.opened)
			}
		})
	}
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func fileText(t testing.TB, s *Stage, path string) string {
	t.Helper()
	b, err := s.Tree().ReadFile(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestStageRefuses checks what is said of packages and databases that cannot be used.
func TestStageRefuses(t *testing.T) {
	good := &handmade{name: "p", files: []handmadeFile{aFile("opt/x", "content")}}
	for _, test := range []struct {
		name     string
		packages []*handmade
		change   func(changes []Change)
		want     string
	}{
		{"altered control segment", []*handmade{good}, func(c []Change) {
			other, _ := (&handmade{name: "p", files: []handmadeFile{aFile("opt/x", "other")}}).build(t)
			c[0].Source.(*bytesSource).content = other
		}, "this is another build of p-1-r0, or it was altered"},
		{"altered data", []*handmade{good}, func(c []Change) {
			content := c[0].Source.(*bytesSource).content
			content[len(content)-12] ^= 1
		}, "package p-1-r0 (memory): data segment: "},
		{"truncated", []*handmade{good}, func(c []Change) {
			s := c[0].Source.(*bytesSource)
			s.content = s.content[:len(s.content)-20]
		}, "package p-1-r0 (memory): data segment: unexpected EOF"},
		{"no source", []*handmade{good}, func(c []Change) { c[0].Source = nil }, "package p-1-r0: there is no file to install it from"},
		{"source fails", []*handmade{good}, func(c []Change) { c[0].Source = noNetwork{} }, "package p-1-r0: no network"},
		{"two packages, one path", []*handmade{{name: "a", files: []handmadeFile{aFile("opt/x", "a")}}, {name: "b", files: []handmadeFile{aFile("opt/x", "b")}}}, nil,
			`package b-1-r0 (memory): entry "opt/x": it has opt/x, which belongs to package a-1-r0, and neither replaces the other`},
		{"one path twice", []*handmade{{name: "a", files: []handmadeFile{aFile("opt/x", "a"), aFile("opt/x", "b")}}}, nil,
			`package a-1-r0 (memory): entry "opt/x": the package has it twice`},
		{"newline", []*handmade{{name: "a", files: []handmadeFile{aFile("opt/a\nb", "a")}}}, nil, "the name has a control character"},
		{"file over a directory", []*handmade{{name: "a", files: []handmadeFile{aFile("opt/x/y", "a")}}, {name: "b", files: []handmadeFile{aFile("opt/x", "b")}}}, nil,
			"package b-1-r0 (memory): put opt/x: Is a directory"},
		{"long name", []*handmade{{name: "a", files: []handmadeFile{aFile("opt/"+strings.Repeat("x", 300), "a")}}}, nil, "Filename too long"},
		{"several, one after the other", []*handmade{good, {name: "q", files: []handmadeFile{aFile("opt/q", "1")}}, {name: "r", files: []handmadeFile{aFile("opt/r", "1")}}}, func(c []Change) {
			c[1].Source, c[2].Source = noNetwork{}, noNetwork{}
		}, "package q-1-r0: no network"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t, tree.New(), apk.V2)
			var changes []Change
			for _, h := range test.packages {
				changes = append(changes, newChange(t, s, h))
			}
			if test.change != nil {
				test.change(changes)
			}
			err := s.Apply(context.Background(), changes, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

type noNetwork struct{}

func (noNetwork) Open() (io.ReadCloser, error) { return nil, errors.New("no network") }

func TestNewStageRefuses(t *testing.T) {
	for _, test := range []struct{ path, content, want string }{
		{"lib/apk/db/installed", "P:a\nV:1\nX:1\n\n", "read lib/apk/db/installed: line 3: "},
		{"lib/apk/db/triggers", "nonsense /x\n", "read lib/apk/db/triggers: line 1: "},
		{"lib/apk/db/scripts.tar", "nonsense", "read lib/apk/db/scripts.tar: "},
		{"lib/apk/db/scripts.tar.gz", "nonsense", "read lib/apk/db/scripts.tar.gz: "},
		{"etc/apk/world", "a\n=\n", "read etc/apk/world: line 2: "},
	} {
		base := tree.New()
		if err := base.MkdirAll(filepath.Dir(test.path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := base.WriteFile(test.path, []byte(test.content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := NewStage(base, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.path, err, test.want)
		}
	}
}

// TestStageNothingToDo checks that a transaction without changes leaves the base as it is,
// so that its layer is empty.
func TestStageNothingToDo(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		first := newStage(t, tree.New(), g)
		if err := first.Apply(context.Background(), []Change{newChange(t, first, specPackages()[0])}, []apk.Dependency{{Name: "basefs"}}); err != nil {
			t.Fatal(err)
		}
		base := first.Tree()
		s := newStage(t, base, g)
		installed := s.Installed().Packages[0]
		stays := []Change{{Old: installed, New: &installed.Package}}
		if err := s.Apply(context.Background(), stays, s.World()); err != nil {
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

// TestApplyIndependentOfConcurrency checks that trees are equal.
func TestApplyIndependentOfConcurrency(t *testing.T) {
	var want string
	for _, n := range []int{1, 2, 7} {
		s, err := NewStage(tree.New(), Options{Concurrency: n, SkipScripts: []string{"trig"}})
		if err != nil {
			t.Fatal(err)
		}
		var changes []Change
		for _, h := range specPackages() {
			changes = append(changes, newChange(t, s, h))
		}
		if err := s.Apply(context.Background(), changes, nil); err != nil {
			t.Fatal(err)
		}
		var got []string
		for path, n := range s.Tree().All() {
			got = append(got, fmt.Sprint(path, n.Type, n.Mode, n.UID, n.GID, n.Size, n.Target))
		}
		text := strings.Join(got, "\n") + fileText(t, s, "lib/apk/db/installed")
		if want == "" {
			want = text
		}
		if text != want {
			t.Errorf("with %d workers:\n%s\nwant:\n%s", n, text, want)
		}
	}
}

func TestPackageFileContent(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16)
	h := &handmade{name: "p", files: []handmadeFile{aFile("opt/a", "first"), aFile("opt/big", big), aFile("opt/z", "last"), aFile("opt/empty", "")}}
	s := newStage(t, tree.New(), apk.V3)
	c := newChange(t, s, h)
	if err := s.Apply(context.Background(), []Change{c}, nil); err != nil {
		t.Fatal(err)
	}
	source := c.Source.(*bytesSource)
	source.opened = 0
	for _, test := range []struct {
		path, want string
		opened     int
	}{
		{"opt/z", "last", 1}, {"opt/a", "first", 1}, {"opt/z", "last", 1}, {"opt/big", big, 2}, {"opt/big", big, 3}, {"opt/empty", "", 3},
	} {
		if got := fileText(t, s, test.path); got != test.want || source.opened != test.opened {
			t.Errorf("%s: %d bytes after %d openings, want %d after %d", test.path, len(got), source.opened, len(test.want), test.opened)
		}
	}
	source.content, _ = (&handmade{name: "p", files: []handmadeFile{aFile("opt/a", "other")}}).build(t)
	if _, err := s.Tree().ReadFile("opt/big", 1<<30); err == nil || !strings.Contains(err.Error(), "package p-1-r0 (memory): its identity is ") {
		t.Errorf("a source that changed: %v", err)
	}
}

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
	err := s.AddFiles([]File{
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
		if got := describeNode(t, n); got != want {
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
		{with(content, "/x", func(f *File) { f.Owner = "nobody:www" }), `add /x: owner "nobody:www": etc/passwd does not have "nobody"`},
		{with(content, "/x", func(f *File) { f.Owner = "root:nope" }), `add /x: owner "root:nope": etc/group does not have "nope"`},
		{with(content, "/x", func(f *File) { f.Owner = "12" }), `add /x: owner "12": a number needs a group, as in "12:0"`},
		{with(content, "/x", func(f *File) { f.Owner = ":www" }), `add /x: owner ":www": a name is empty`},
		{with(content, "/x", func(f *File) { f.Mode = mode(0o10000) }), "add /x: mode 10000 is not one of permissions, set-id and sticky bits"},
		{File{Path: "/etc/old", Type: tree.Directory}, "add /etc/old: there is a file of that name that is not a directory"},
		{File{Path: "/x", Type: tree.Symlink}, "add /x: the link has no target"},
		{File{Path: "/x", Size: 3}, "add /x: the file has a size, but no content"},
		{File{Path: "/x", Type: tree.FIFO}, "add /x: only files, directories and symbolic links can be added"},
		{File{Path: "/x\x00"}, "add /x\x00: a path cannot contain the byte 0"},
	} {
		if err := s.AddFiles([]File{test.file}); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// describeNode describes a file of a tree without its time and links.
func describeNode(t testing.TB, n *tree.Node) string {
	t.Helper()
	desc := fmt.Sprintf("mode %04o owner %d:%d", n.Mode, n.UID, n.GID)
	switch n.Type {
	case tree.Directory:
		return "directory " + desc
	case tree.Symlink:
		return "link to " + n.Target + " " + desc
	case tree.CharDevice:
		return fmt.Sprintf("character device %d:%d ", n.Major, n.Minor) + desc
	case tree.BlockDevice:
		return fmt.Sprintf("block device %d:%d ", n.Major, n.Minor) + desc
	case tree.FIFO:
		return "fifo " + desc
	}
	content, err := n.Read(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	return "file " + desc + describeContent(content)
}

func TestOwners(t *testing.T) {
	base := tree.New()
	if err := base.Mkdir("etc", 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := base.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const passwd = "# comment\nshort:x:1:1\nbad:x:q:1:::\nbadgid:x:3:q:::\na:x:10:11:::\na:x:20:21:::\nempty:x::5:::\nlast:x:30:31::/:/bin/sh"
	write("etc/passwd", passwd)
	write("etc/group", "a:x:12:\nroot:x:7:\nshort:x:1\n")
	type look struct {
		name string
		want uint32
	}
	v2, v3 := newOwners(base, apk.V2), newOwners(base, apk.V3)
	for _, l := range []look{{"a", 10}, {"short", 99}, {"bad", 99}, {"badgid", 99}, {"empty", 0}, {"last", 30}, {"none", 99}, {"", 99}} {
		for _, o := range []*owners{v2, v3} {
			if got := o.user(l.name, 99); got != l.want {
				t.Errorf("%v: user %s is %d, want %d", o.generation, l.name, got, l.want)
			}
		}
	}
	if a, b := v2.group("root", 1), v3.group("root", 1); a != 7 || b != 0 {
		t.Errorf("group root is %d and %d, want 7 in apk 2 and 0 in apk 3", a, b)
	}
	if a, b := v2.user("root", 1), v3.user("root", 1); a != 1 || b != 0 {
		t.Errorf("user root is %d and %d, want 1 in apk 2 and 0 in apk 3", a, b)
	}

	// Apk 2 remembers each name, apk 3 the file, until a script has run; only apk 3
	// looks again when a package brings the file.
	write("etc/passwd", "a:x:50:50:::\nnew:x:51:51:::\nnone:x:52:52:::\n")
	check := func(what string, o *owners, a, fresh, none uint32) {
		t.Helper()
		if x, y, z := o.user("a", 99), o.user("new", 99), o.user("none", 99); x != a || y != fresh || z != none {
			t.Errorf("%v, %s: a is %d, new is %d, none is %d; want %d, %d, %d", o.generation, what, x, y, z, a, fresh, none)
		}
	}
	check("after the file changed", v2, 10, 51, 99)
	check("after the file changed", v3, 10, 99, 99)
	v2.committed("etc/passwd")
	v3.committed("etc/passwd")
	check("after a package brought it", v2, 10, 51, 99)
	check("after a package brought it", v3, 50, 51, 52)
	v2.scriptRan()
	check("after a script", v2, 50, 51, 52)
}

func TestFnmatch(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/lib/modules/*", "/lib/modules/6.1", true}, {"/lib/modules/*", "/lib/modules", false},
		{"/lib/modules/*", "/lib/modules/6.1/kernel", false}, {"/usr/*/fonts", "/usr/share/fonts", true},
		{"*", "", true}, {"*", "a/b", false}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"?", "a", true}, {"?", "/", false},
		{"[a-c]x", "bx", true}, {"[!a-c]x", "bx", false}, {"[^a-c]x", "dx", true}, {"[]]", "]", true}, {"[a-]", "-", true},
		{"[[:digit:]][[:upper:]]", "1A", true}, {"[[:digit:]]", "a", false}, {"[", "[", true}, {"[a", "[a", true}, {`\*`, "*", true}, {`\*`, "a", false},
		{`[\]]`, "]", true}, {"a**b", "ab", true}, {"/", "/", true}, {"", "", true}, {"", "a", false}, {`\`, `\`, false},
		{strings.Repeat("*a", 50), strings.Repeat("a", 200) + "b", false},
	} {
		if got := fnmatch(test.pattern, test.path); got != test.want {
			t.Errorf("fnmatch(%q, %q) = %v", test.pattern, test.path, got)
		}
	}
}

func FuzzFnmatch(f *testing.F) {
	f.Add("/lib/modules/*", "/lib/modules/6.1")
	f.Add("[[:digit:]-x]", "1")
	f.Add(`[\]-`, "]")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		fnmatch(pattern, path)
		if !strings.ContainsAny(path, `*?[\`) && !fnmatch(path, path) {
			t.Errorf("%q does not match itself", path)
		}
	})
}

func TestProtection(t *testing.T) {
	base := tree.New()
	if err := base.MkdirAll(protectedPathsDirectory, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"b.list": "# comment\n\n+/opt/*/conf/\n-etc/free\n@etc/free/links\n!var/all\n+usr\n", "c.list": "-usr/lib\n", "ignored": "+srv\n",
	} {
		if err := base.WriteFile(protectedPathsDirectory+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := readProtection(base)
	if err != nil {
		t.Fatal(err)
	}
	protected := []string{"etc", "etc/a/b", "etc/init.d", "etc/apk/keys", "opt/x/conf", "opt/x/conf/d", "etc/free/links", "var/all", "usr/share"}
	free := []string{"", "opt", "opt/x", "opt/conf", "etc/free", "etc/free/other", "srv", "usr/lib", "usr/lib/x", "var", "home/etc"}
	for _, dir := range slices.Concat(protected, free) {
		if got, want := p.protects(dir), slices.Contains(protected, dir); got != want {
			t.Errorf("%q: protected %v, want %v", dir, got, want)
		}
	}
}

// BenchmarkStage stages nginx on the minirootfs.
func BenchmarkStage(b *testing.B) {
	base := baseTree(b)
	repo := openRepository(b, filepath.Join(corpus(b), "repo"), apk.V2)
	var packages []Change
	for _, id := range []string{"pcre2-10.42-r2", "nginx-1.22.1-r9"} {
		p := repo.packages[id]
		packages = append(packages, Change{New: p, Source: repo.source(p)})
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewStage(base, Options{Generation: apk.V2})
		if err != nil {
			b.Fatal(err)
		}
		var changes []Change
		for _, p := range s.Installed().Packages {
			changes = append(changes, Change{Old: p, New: &p.Package})
		}
		if err := s.Apply(b.Context(), append(changes, packages...), append(s.World(), apk.Dependency{Name: "nginx"})); err != nil {
			b.Fatal(err)
		}
	}
}
