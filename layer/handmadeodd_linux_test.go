package layer

import (
	"archive/tar"
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// oddCases are what the random worlds have brought to light, each on its own.
var oddCases = []handmadeCase{
	{"links with set-id and sticky bits", nil, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{
			aLink("opt/suid", "f").mode(0o4755), aLink("opt/sticky", "f").mode(0o1777).owner("games", "games", 0, 0),
			aLink("etc/sgid", "f").mode(0o2755), aLink("opt/plain", "f").mode(0o640), aLink("opt/attr", "f").xattr("user.x", "1"),
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"second name of a symbolic link", func(t *testing.T, r preparation) {
		r.write(t, "srv/target", "1")
		r.mkdir(t, "srv/folder", 0o700)
	}, []step{{[]*handmade{{name: "p", files: []handmadeFile{
		aLink("opt/l", "../../srv/target"), aHardLink("usr/share/l2", "opt/l", 0o4711).owner("games", "games", 0, 0).at(1_650_000_000),
		aLink("srv/m", "folder").owner("bin", "bin", 0, 0), aHardLink("srv/m2", "srv/m", 0o644).owner("", "", 7, 8),
	}}}, []string{"p"}}}},
	{"directories that cannot be made", func(t *testing.T, r preparation) {
		r.write(t, "opt/file", "1")
		r.symlink(t, "nowhere", "opt/dangling")
	}, []step{
		{[]*handmade{
			{name: "p", files: []handmadeFile{aDirectory("opt/file", 0o755), aDirectory("opt/file/below", 0o750), aDirectory("opt/dangling", 0o700), aDirectory("opt/dangling/d", 0o755)}},
			{name: "q", files: []handmadeFile{aFile("opt/f", "q")}},
			{name: "r", files: []handmadeFile{aDirectory("opt/f", 0o755), aDirectory("opt/f/g", 0o700)}},
		}, []string{"p", "q", "r"}},
		{nil, []string{"-q"}},
		{nil, []string{"-p", "-r"}},
	}},
	{"script removes directories", nil, []step{{[]*handmade{
		{name: "p", files: []handmadeFile{aDirectory("opt/a", 0o750), aDirectory("opt/a/b", 0o700), aFile("opt/a/f", "1")}, scripts: map[string]string{"post-install": "#!/bin/sh\nrm -rf /opt/a\n"}},
		{name: "q", depends: []string{"p"}, files: []handmadeFile{aDirectory("opt/a", 0o755), aDirectory("opt/a/b", 0o711)}},
	}, []string{"q"}}}},
	{"root without proc", func(t *testing.T, r preparation) {
		r.remove(t, "proc")
	}, []step{{[]*handmade{{name: "p", files: []handmadeFile{aFile("opt/p", "1")}}}, []string{"p"}}}},
	{"directories named like patterns", nil, []step{
		{[]*handmade{
			{name: "trg", files: []handmadeFile{aFile("usr/share/trg", "1")}, triggers: "/opt/[*] /opt/*x* /opt/.* /[^a-u]*", scripts: map[string]string{"trigger": "#!/bin/sh\necho \"$@\" >>/var/log.trg\n"}},
			{name: "p", files: []handmadeFile{aFile("opt/*/f", "1"), aFile("opt/[x]/f", "1"), aFile("opt/.hidden/f", "1"), aFile("opt/y/f", "1")}},
		}, []string{"trg", "p"}},
		{nil, []string{"-p"}},
	}},
	{"long names", nil, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{
			aFile("opt/"+strings.Repeat("d", 255)+"/"+strings.Repeat("e", 200)+"/"+strings.Repeat("f", 244), "1"),
			aLink("opt/long", strings.Repeat("target/", 40)), aHardLink("opt/hard", "opt/"+strings.Repeat("d", 255)+"/"+strings.Repeat("e", 200)+"/"+strings.Repeat("f", 244), 0o644),
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"directory listed twice", nil, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{
			aDirectory("opt/d", 0o750), aDirectory("opt/e", 0o750).owner("games", "games", 0, 0), aFile("opt/d/f", "1"), aDirectory("opt/d", 0o711).owner("bin", "bin", 1, 1),
			aFile("opt/e/f", "1"), aDirectory("opt/e", 0o700), aFile("opt/d/g", "1"),
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"file becomes directory, directory becomes link", func(t *testing.T, r preparation) {
		r.mkdir(t, "srv/other", 0o755)
	}, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{aFile("opt/l", "1"), aLink("opt/dir", "../srv/other"), aFile("srv/x", "1")}}}, []string{"p"}},
		{[]*handmade{{name: "p", version: "2-r0", files: []handmadeFile{aFile("opt/dir/f", "1"), aDevice("opt/l", tar.TypeFifo, 0o600, 0, 0), aLink("srv/x", "y")}}}, []string{"p>1-r0"}},
		{nil, []string{"-p"}},
	}},
}

// failure is a package that cannot be installed.
type failure struct {
	name    string
	prepare func(t *testing.T, r preparation)
	files   []handmadeFile
	scripts map[string]string
	want    string // of the stage's error, besides the package
	apkDoes string // why apk goes on where the stage does not; "" if it fails too
}

var failures = []failure{
	{"name with a newline", nil, []handmadeFile{aFile("opt/a\nb", "1")}, nil, `"opt/a\nb"`, ""},
	{"whiteout", nil, []handmadeFile{aFile("opt/.wh.x", "1")}, nil, "opt/.wh.x: a layer cannot hold", "a root file system can hold what a layer cannot"},
	{"folder named as a whiteout", nil, []handmadeFile{aDirectory("opt/.wh..wh..opq", 0o755)}, nil, "opt/.wh..wh..opq: a layer cannot hold", "a root file system can hold what a layer cannot"},
	{"component of 300 bytes", nil, []handmadeFile{aFile("opt/"+strings.Repeat("n", 300), "1")}, nil, "Filename too long", ""},
	{"hard link before its target", nil, []handmadeFile{aHardLink("opt/b", "opt/a", 0o644), aFile("opt/a", "1")}, nil, `"opt/b"`, ""},
	{"file twice", nil, []handmadeFile{aFile("opt/a", "1"), aFile("opt/a", "2")}, nil, `"opt/a"`, ""},
	{"hard link to a device", nil, []handmadeFile{aDevice("opt/a", tar.TypeFifo, 0o644, 0, 0), aHardLink("opt/b", "opt/a", 0o644)}, nil, `"opt/b"`, ""},
	{"hard link to a link to nothing", nil, []handmadeFile{aLink("opt/a", "nowhere"), aHardLink("opt/b", "opt/a", 0o644)}, nil, `"opt/b"`, ""},
	{"file through a link that leads nowhere", func(t *testing.T, r preparation) {
		r.symlink(t, "a", "opt/l")
	}, []handmadeFile{aDirectory("opt", 0o755), aDirectory("opt/l", 0o755), aFile("opt/l/f", "1"), aDirectory("opt/a", 0o755), aFile("opt/a/g", "1")}, nil, `"opt/l/f"`, ""},
	{"device with an attribute", nil, []handmadeFile{aDevice("opt/fifo", tar.TypeFifo, 0o644, 0, 0).xattr("user.x", "1")}, nil, `"opt/fifo"`, ""},
	{"file in place of a directory", func(t *testing.T, r preparation) {
		r.mkdir(t, "opt/d", 0o755)
	}, []handmadeFile{aFile("opt/d", "1")}, nil, "opt/d: Is a directory", ""},
	{"another package's file", nil, []handmadeFile{aFile("etc/motd", "1"), aFile("bin/busybox", "1")}, nil, "neither replaces the other", ""},
	{"failing script", nil, nil, map[string]string{"post-install": "#!/bin/sh\nexit 3\n"}, "exit status 3", ""},
	{"failing trigger", nil, []handmadeFile{aFile("opt/f", "1")}, map[string]string{"trigger": "#!/bin/sh\nexit 3\n"}, "exit status 3", refusals[0].reason},
}

// TestFailLikeReference has what apk refuses as well, and the few things that only a
// stage does: the error names the package and the path.
func TestFailLikeReference(t *testing.T) {
	tools := newReference(t)
	system := smallSystem(t, false)
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			root, staged := unpackBoth(t, append(bytes.Clone(system), tarBytes(t, nil)...))
			if f.prepare != nil {
				f.prepare(t, preparation{root, staged})
			}
			c := newConfined(t, tools, root)
			owner := &handmade{name: "owner", files: []handmadeFile{aFile("etc/motd", "2"), aFile("bin/busybox", "2")}}
			p := &handmade{name: "p", files: f.files, scripts: f.scripts, triggers: "/opt"}
			items := []string{"p"}
			if f.name == "another package's file" {
				items = []string{"owner", "p"}
			}
			repo := writeRepository(t, filepath.Join(c.inside, "repository", "x86_64"), owner, p)
			output, failed := c.apk(t, append([]string{"--allow-untrusted", "--initdb", "-X", "/" + confinement + "/repository", "add"}, items...)...)
			if failed == (f.apkDoes != "") {
				t.Errorf("apk fails: %v\n%s", failed, output)
			}
			_, err := stageLike(t, staged, time.Now(), run{command: "add", args: items}, repo, output)
			if err == nil || !strings.Contains(err.Error(), "package p-1-r0") || !strings.Contains(err.Error(), f.want) {
				t.Errorf("the stage says %v, want %q, while apk says\n%s", err, f.want, output)
			}
		})
	}
}
