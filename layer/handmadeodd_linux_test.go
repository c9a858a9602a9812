package layer

import (
	"archive/tar"
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/apktest"
)

// oddCases are what the random worlds have brought to light, each on its own.
var oddCases = []handmadeCase{
	{"links with set-id and sticky bits", nil, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{
			apktest.Symlink("opt/suid", "f").WithMode(0o4755), apktest.Symlink("opt/sticky", "f").WithMode(0o1777).WithOwner("games", "games", 0, 0),
			apktest.Symlink("etc/sgid", "f").WithMode(0o2755), apktest.Symlink("opt/plain", "f").WithMode(0o640),
			apktest.Symlink("opt/attr", "f").WithXattr("user.x", "1"),
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"second name of a symbolic link", func(t *testing.T, r preparation) {
		r.write(t, "srv/target", "1")
		r.mkdir(t, "srv/folder", 0o700)
	}, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{
		apktest.Symlink("opt/l", "../../srv/target"), apktest.HardLink("usr/share/l2", "opt/l", 0o4711).WithOwner("games", "games", 0, 0).At(1_650_000_000),
		apktest.Symlink("srv/m", "folder").WithOwner("bin", "bin", 0, 0), apktest.HardLink("srv/m2", "srv/m", 0o644).WithOwner("", "", 7, 8),
	}}}, []string{"p"}}}},
	{"directories that cannot be made", func(t *testing.T, r preparation) {
		r.write(t, "opt/file", "1")
		r.symlink(t, "nowhere", "opt/dangling")
	}, []step{
		{[]*apktest.Package{
			{Name: "p", Files: []apktest.File{apktest.Directory("opt/file", 0o755), apktest.Directory("opt/file/below", 0o750),
				apktest.Directory("opt/dangling", 0o700), apktest.Directory("opt/dangling/d", 0o755)}},
			{Name: "q", Files: []apktest.File{apktest.Regular("opt/f", "q")}},
			{Name: "r", Files: []apktest.File{apktest.Directory("opt/f", 0o755), apktest.Directory("opt/f/g", 0o700)}},
		}, []string{"p", "q", "r"}},
		{nil, []string{"-q"}},
		{nil, []string{"-p", "-r"}},
	}},
	{"script removes directories", nil, []step{{[]*apktest.Package{
		{Name: "p", Files: []apktest.File{apktest.Directory("opt/a", 0o750), apktest.Directory("opt/a/b", 0o700), apktest.Regular("opt/a/f", "1")},
			Scripts: map[string]string{"post-install": "#!/bin/sh\nrm -rf /opt/a\n"}},
		{Name: "q", Depends: []string{"p"}, Files: []apktest.File{apktest.Directory("opt/a", 0o755), apktest.Directory("opt/a/b", 0o711)}},
	}, []string{"q"}}}},
	{"root without proc", func(t *testing.T, r preparation) {
		r.remove(t, "proc")
	}, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("opt/p", "1")}}}, []string{"p"}}}},
	{"directories named like patterns", nil, []step{
		{[]*apktest.Package{
			{Name: "trg", Files: []apktest.File{apktest.Regular("usr/share/trg", "1")}, Triggers: "/opt/[*] /opt/*x* /opt/.* /[^a-u]*",
				Scripts: map[string]string{"trigger": "#!/bin/sh\necho \"$@\" >>/var/log.trg\n"}},
			{Name: "p", Files: []apktest.File{apktest.Regular("opt/*/f", "1"), apktest.Regular("opt/[x]/f", "1"), apktest.Regular("opt/.hidden/f", "1"),
				apktest.Regular("opt/y/f", "1")}},
		}, []string{"trg", "p"}},
		{nil, []string{"-p"}},
	}},
	{"long names", nil, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{
			apktest.Regular("opt/"+strings.Repeat("d", 255)+"/"+strings.Repeat("e", 200)+"/"+strings.Repeat("f", 244), "1"),
			apktest.Symlink("opt/long", strings.Repeat("target/", 40)),
			apktest.HardLink("opt/hard", "opt/"+strings.Repeat("d", 255)+"/"+strings.Repeat("e", 200)+"/"+strings.Repeat("f", 244), 0o644),
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"directory listed twice", nil, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{
			apktest.Directory("opt/d", 0o750), apktest.Directory("opt/e", 0o750).WithOwner("games", "games", 0, 0), apktest.Regular("opt/d/f", "1"),
			apktest.Directory("opt/d", 0o711).WithOwner("bin", "bin", 1, 1),
			apktest.Regular("opt/e/f", "1"), apktest.Directory("opt/e", 0o700), apktest.Regular("opt/d/g", "1"),
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"file becomes directory, directory becomes link", func(t *testing.T, r preparation) {
		r.mkdir(t, "srv/other", 0o755)
	}, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("opt/l", "1"), apktest.Symlink("opt/dir", "../srv/other"),
			apktest.Regular("srv/x", "1")}}}, []string{"p"}},
		{[]*apktest.Package{{Name: "p", Version: "2-r0", Files: []apktest.File{apktest.Regular("opt/dir/f", "1"),
			apktest.Device("opt/l", tar.TypeFifo, 0o600, 0, 0), apktest.Symlink("srv/x", "y")}}}, []string{"p>1-r0"}},
		{nil, []string{"-p"}},
	}},
}

// failure is a package that cannot be installed.
type failure struct {
	name    string
	prepare func(t *testing.T, r preparation)
	files   []apktest.File
	scripts map[string]string
	want    string // part of the stage's error, which names the package as well
	apkDoes string // why apk goes on where the stage does not; "" if it fails too
}

var failures = []failure{
	{"name with a newline", nil, []apktest.File{apktest.Regular("opt/a\nb", "1")}, nil, `"opt/a\nb"`, ""},
	{"whiteout", nil, []apktest.File{apktest.Regular("opt/.wh.x", "1")}, nil, "opt/.wh.x: a layer cannot hold",
		"a root file system can hold what a layer cannot"},
	{"folder named as a whiteout", nil, []apktest.File{apktest.Directory("opt/.wh..wh..opq", 0o755)}, nil, "opt/.wh..wh..opq: a layer cannot hold",
		"a root file system can hold what a layer cannot"},
	{"component of 300 bytes", nil, []apktest.File{apktest.Regular("opt/"+strings.Repeat("n", 300), "1")}, nil, "Filename too long", ""},
	{"hard link before its target", nil, []apktest.File{apktest.HardLink("opt/b", "opt/a", 0o644), apktest.Regular("opt/a", "1")}, nil, `"opt/b"`, ""},
	{"file twice", nil, []apktest.File{apktest.Regular("opt/a", "1"), apktest.Regular("opt/a", "2")}, nil, `"opt/a"`, ""},
	{"hard link to a device", nil, []apktest.File{apktest.Device("opt/a", tar.TypeFifo, 0o644, 0, 0), apktest.HardLink("opt/b", "opt/a", 0o644)},
		nil, `"opt/b"`, ""},
	{"hard link to a link to nothing", nil, []apktest.File{apktest.Symlink("opt/a", "nowhere"), apktest.HardLink("opt/b", "opt/a", 0o644)}, nil, `"opt/b"`, ""},
	{"file through a link that leads nowhere", func(t *testing.T, r preparation) {
		r.symlink(t, "a", "opt/l")
	}, []apktest.File{apktest.Directory("opt", 0o755), apktest.Directory("opt/l", 0o755), apktest.Regular("opt/l/f", "1"), apktest.Directory("opt/a", 0o755),
		apktest.Regular("opt/a/g", "1")}, nil, `"opt/l/f"`, ""},
	{"device with an attribute", nil, []apktest.File{apktest.Device("opt/fifo", tar.TypeFifo, 0o644, 0, 0).WithXattr("user.x", "1")}, nil, `"opt/fifo"`, ""},
	{"file in place of a directory", func(t *testing.T, r preparation) {
		r.mkdir(t, "opt/d", 0o755)
	}, []apktest.File{apktest.Regular("opt/d", "1")}, nil, "opt/d: Is a directory", ""},
	{"another package's file", nil, []apktest.File{apktest.Regular("etc/motd", "1"), apktest.Regular("bin/busybox", "1")}, nil,
		"neither package replaces the other", ""},
	{"failing script", nil, nil, map[string]string{"post-install": "#!/bin/sh\nexit 3\n"}, "exit status 3", ""},
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
			owner := &apktest.Package{Name: "owner", Files: []apktest.File{apktest.Regular("etc/motd", "2"), apktest.Regular("bin/busybox", "2")}}
			p := &apktest.Package{Name: "p", Files: f.files, Scripts: f.scripts, Triggers: "/opt"}
			items := []string{"p"}
			if f.name == "another package's file" {
				items = []string{"owner", "p"}
			}
			repo := apktest.WriteRepository(t, filepath.Join(c.inside, "repository", "x86_64"), owner, p)
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
