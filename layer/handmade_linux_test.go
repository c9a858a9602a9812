package layer

import (
	"archive/tar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

// step is one run of apk.
type step struct {
	repository []*handmade
	add        []string // "-name" to delete
}

// handmadeCase is a sequence of runs on a root that was prepared.
type handmadeCase struct {
	name    string
	prepare func(t *testing.T, r preparation)
	steps   []step
}

// preparation changes a root and a tree alike.
type preparation struct {
	root string
	tree *tree.Tree
}

func (p preparation) mkdir(t *testing.T, name string, mode uint32) {
	check(t, syscall.Mkdir(filepath.Join(p.root, name), mode))
	check(t, syscall.Chmod(filepath.Join(p.root, name), mode))
	check(t, p.tree.Mkdir(name, uint16(mode)))
}

func (p preparation) write(t *testing.T, name, content string) {
	check(t, os.WriteFile(filepath.Join(p.root, name), []byte(content), 0o644))
	check(t, os.Chtimes(filepath.Join(p.root, name), time.Unix(1500000000, 0), time.Unix(1500000000, 0)))
	p.tree.Now = time.Unix(1500000000, 0)
	check(t, p.tree.WriteFile(name, []byte(content), 0o644))
}

func (p preparation) symlink(t *testing.T, target, name string) {
	os.Remove(filepath.Join(p.root, name))
	check(t, os.Symlink(target, filepath.Join(p.root, name)))
	check(t, p.tree.RemoveAll(name))
	check(t, p.tree.Symlink(target, name))
}

func (p preparation) remove(t *testing.T, name string) {
	check(t, os.Remove(filepath.Join(p.root, name)))
	check(t, p.tree.Remove(name))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// configV1 and configV2 are a package before and after an upgrade.
var (
	configV1 = &handmade{name: "p", files: []handmadeFile{
		aFile("etc/c/same", "same\n"), aFile("etc/c/other", "new\n").mode(0o640), aLink("etc/c/lnk", "foo"),
		aLink("etc/c/lnk2", "baz"), aFile("etc/c/dangling", "zz"), aFile("etc/c/modified", "v1\n"),
		aFile("etc/c/deleted", "v1"), aFile("etc/c/kept", "v1"), aFile("etc/c/dropped", "d"),
		aFile("etc/c/dropped-modified", "d"), aLink("etc/c/link", "t1"), aLink("etc/c/link-modified", "t1"),
		aFile("etc/c/becomes-link", "q"), aFile("opt/unprotected", "new"), aFile("etc/init.d/service", "new"),
	}}
	configV2 = &handmade{name: "p", version: "2-r0", files: []handmadeFile{
		aFile("etc/c/same", "same\n"), aFile("etc/c/other", "new2\n").mode(0o640), aFile("etc/c/modified", "v2\n"),
		aFile("etc/c/deleted", "v2"), aFile("etc/c/kept", "v2"), aLink("etc/c/link", "t2"),
		aLink("etc/c/link-modified", "t2"), aLink("etc/c/becomes-link", "t2"),
	}}
)

func prepareConfig(t *testing.T, r preparation) {
	r.mkdir(t, "etc/c", 0o755)
	r.write(t, "etc/c/same", "same\n")
	r.write(t, "etc/c/other", "other\n")
	r.symlink(t, "foo", "etc/c/lnk")
	r.symlink(t, "bar", "etc/c/lnk2")
	r.symlink(t, "/nowhere", "etc/c/dangling")
	r.write(t, "opt/unprotected", "local")
	r.write(t, "etc/init.d/service", "local")
}

// modifyConfig is what happens between two runs.
var modifyConfig = &handmade{name: "modify", files: []handmadeFile{aFile("usr/share/m", "1")}, scripts: map[string]string{
	"post-install": "#!/bin/sh\ncd /etc/c\necho changed >>modified\nrm deleted\necho x >>dropped-modified\nln -sf mm link-modified\necho x >>becomes-link\n",
}}

var handmadeCases = []handmadeCase{
	{"owners, modes, links, devices, attributes", nil, []step{{[]*handmade{{name: "p", files: []handmadeFile{
		aDirectory("srv", 0o755), aDirectory("srv/setgid", 0o2775).owner("nobody-here", "games", 77, 78),
		aFile("srv/setgid/file", "1").mode(0o4751).owner("games", "nobody-here", 1, 99),
		aFile("srv/setgid/numeric", "1").owner("", "", 5, 6),
		aDirectory("srv/sticky", 0o1777), aLink("srv/link", "nowhere").owner("games", "games", 0, 0),
		aFile("srv/cap", "c").mode(0o755).xattr("security.capability", capability),
		aFile("srv/attr", "c").xattr("user.b", "2").xattr("user.a", "1"),
		aDirectory("srv/attrdir", 0o755).xattr("user.d", "2"),
		aDevice("srv/null", tar.TypeChar, 0o666, 1, 3), aDevice("srv/loop", tar.TypeBlock, 0o660, 7, 0).owner("root", "disk", 0, 0),
		aDevice("srv/fifo", tar.TypeFifo, 0o4600, 0, 0).at(1234567890),
		aFile("srv/empty", ""), aFile("srv/with space", "1"), aFile("srv/\xff\xfe", "1"), aFile("srv/"+strings.Repeat("n", 240), "long"),
		aFile("srv/.keep_dir", "1"), aFile("srv/.keep_", "1"), aFile("srv/.keep", "1"),
		aFile("rootfile", "1"), aFile(".hidden", "1"),
	}}}, []string{"p"}}}},
	{"hard links", nil, []step{{[]*handmade{{name: "p", files: []handmadeFile{
		aFile("opt/a", "hello").mode(0o755).at(1600000000), aHardLink("opt/a2", "opt/a", 0o755),
		aFile("opt/b", "hello").mode(0o6755), aHardLink("opt/b2", "opt/b", 0o755).owner("games", "games", 0, 0).at(1650000000),
		aFile("opt/c", "hello").mode(0o755), aHardLink("opt/c2", "opt/c", 0o4711).owner("bin", "bin", 0, 0),
		aFile("opt/d", "hello").mode(0o755).xattr("security.capability", capability).xattr("user.x", "1"), aHardLink("opt/d2", "opt/d", 0o755),
		aFile("opt/e", "").mode(0o2644), aHardLink("opt/z/e2", "opt/e", 0o644), aHardLink("opt/z/e3", "opt/z/e2", 0o600).xattr("user.y", "1"),
	}}}, []string{"p"}}}},
	{"directories of the base that nobody owns", func(t *testing.T, r preparation) {
		r.mkdir(t, "opt/unknown", 0o700)
		r.symlink(t, "../srv", "opt/link")
		r.symlink(t, "usr/games", "games")
		r.mkdir(t, "usr/games", 0o750)
	}, []step{{[]*handmade{{name: "p", files: []handmadeFile{
		aFile("opt/unknown/f", "1"), aDirectory("opt/link", 0o711), aFile("opt/link/f", "1"), aFile("games/tetris", "1"),
	}}}, []string{"p"}}}},
	{"directories of several packages", nil, []step{
		{[]*handmade{
			{name: "p", files: []handmadeFile{aDirectory("opt", 0o750), aDirectory("opt/d", 0o770).owner("bin", "bin", 1, 1), aDirectory("opt/e", 0o2755).owner("bin", "bin", 1, 1)}},
			{name: "q", files: []handmadeFile{aDirectory("opt", 0o711), aDirectory("opt/d", 0o755).owner("bin", "adm", 1, 4), aDirectory("srv", 0o700).owner("sys", "adm", 3, 4)}},
			{name: "r", files: []handmadeFile{aDirectory("opt/d", 0o707).owner("bin", "bin", 1, 1), aDirectory("opt/e", 0o755).owner("bin", "bin", 1, 1)}},
		}, []string{"p", "q", "r"}},
		{nil, []string{"-q"}},
		{nil, []string{"-p"}},
		{nil, []string{"-r"}},
	}},
	{"scripts change directories", nil, []step{{[]*handmade{{name: "p", files: []handmadeFile{
		aFile("opt/own/f", "1"), aFile("usr/games/f", "1"),
	}, scripts: map[string]string{"post-install": "#!/bin/sh\nchmod 700 /opt/own /home\nchown 7:7 /opt/own\n"}}}, []string{"p"}}}},
	{"configuration", prepareConfig, []step{
		{[]*handmade{configV1, modifyConfig}, []string{"p"}},
		{nil, []string{"modify"}},
		{[]*handmade{configV2, modifyConfig}, []string{"p>1-r0"}},
		{nil, []string{"-p"}},
	}},
	{"devices as configuration", nil, []step{
		{devicesIn("1-r0", 0o640), []string{"p"}},
		{devicesIn("2-r0", 0o600), []string{"p>1-r0"}},
		{devicesIn("3-r0", 0o6711), []string{"p>2-r0"}},
		{nil, []string{"-p"}},
	}},
	{"same origin", nil, []step{{conflicting(handmade{origin: "o"}, handmade{origin: "o"}), []string{"a", "b"}}, {nil, []string{"-a"}}}},
	{"second replaces first", nil, []step{{conflicting(handmade{}, handmade{replaces: []string{"a"}}), []string{"a", "b"}}, {nil, []string{"-b"}}}},
	{"first replaces second", nil, []step{{conflicting(handmade{replaces: []string{"b"}}, handmade{}), []string{"a", "b"}}}},
	{"both replace", nil, []step{{conflicting(handmade{replaces: []string{"b"}}, handmade{replaces: []string{"a"}}), []string{"a", "b"}}}},
	{"both replace, first with priority", nil, []step{{conflicting(handmade{replaces: []string{"b"}, priority: 5}, handmade{replaces: []string{"a"}}), []string{"a", "b"}}}},
	{"same origin before priority", nil, []step{{conflicting(handmade{replaces: []string{"b"}, priority: 5, origin: "o"}, handmade{origin: "o"}), []string{"a", "b"}}}},
	{"replaces a version", nil, []step{{conflicting(handmade{}, handmade{replaces: []string{"c", "a<2"}}), []string{"a", "b"}}}},
	{"replaces configuration", nil, []step{{[]*handmade{
		{name: "a", files: []handmadeFile{aFile("etc/x", "a"), aFile("etc/y", "a")}, scripts: map[string]string{"post-install": "#!/bin/sh\necho m >>/etc/y\n"}},
		{name: "b", files: []handmadeFile{aFile("etc/x", "b"), aFile("etc/y", "b")}, replaces: []string{"a"}},
	}, []string{"a", "b"}}}},
	{"package with users", nil, []step{{[]*handmade{
		{name: "p", files: []handmadeFile{
			aFile("srv/before", "1").owner("alice", "alice", 9, 9),
			aFile("etc/passwd", "root:x:0:0:::\nalice:x:500:501:::\n"), aFile("etc/group", "root:x:0:\nalice:x:501:\n"),
			aFile("srv/after", "1").owner("alice", "alice", 9, 9),
		}, replaces: []string{"alpine-baselayout-data"}},
		{name: "q", depends: []string{"p"}, files: []handmadeFile{aFile("srv/q", "1").owner("alice", "alice", 9, 9), aFile("srv/q2", "1").owner("root", "games", 9, 9)}},
	}, []string{"q"}}}},
	{"users made by a script", nil, []step{{[]*handmade{
		{name: "p", files: []handmadeFile{aFile("srv/p", "1").owner("alice", "alice", 9, 9)},
			scripts: map[string]string{"pre-install": "#!/bin/sh\naddgroup -S -g 501 alice\nadduser -S -D -H -u 500 -G alice alice\n"}},
		{name: "q", depends: []string{"p"}, files: []handmadeFile{aFile("srv/q", "1").owner("alice", "alice", 9, 9)}},
	}, []string{"q"}}}},
	{"script edits a packaged file", nil, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{aFile("etc/p.conf", "one\n"), aFile("usr/share/p", "one\n")},
			scripts: map[string]string{"post-install": "#!/bin/sh\necho two >>/etc/p.conf\necho two >>/usr/share/p\n"}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"triggers", nil, []step{
		{[]*handmade{{name: "trg", files: []handmadeFile{aFile("usr/share/trg", "1")}, triggers: "/opt /opt/* +/srv",
			scripts: map[string]string{"trigger": "#!/bin/sh\necho \"$@\" >>/var/log.trg\n"}}}, []string{"trg"}},
		{[]*handmade{
			{name: "e1", files: []handmadeFile{aDirectory("opt/emptydir", 0o755), aDirectory("opt/b", 0o755), aFile("opt/b/c/f", "1"), aDirectory("opt/1", 0o755), aDirectory("opt/2", 0o755), aDirectory("opt/zzz", 0o755), aDirectory("opt/a-long-name", 0o755)}},
			{name: "e2", files: []handmadeFile{aFile("opt/z", "1")}},
			{name: "e3", files: []handmadeFile{aFile("srv/z", "1")}},
		}, []string{"e1"}},
		{nil, []string{"e2"}},
		{nil, []string{"e3"}},
		{nil, []string{"-e2"}},
		{nil, []string{"-e1"}},
		{nil, []string{"-trg"}},
	}},
	{"script arguments", nil, []step{
		{[]*handmade{scripted("1-r0", "f1")}, []string{"p"}},
		{[]*handmade{scripted("2-r0", "f2")}, []string{"p>1-r0"}},
		{nil, []string{"-p"}},
	}},
	{"upgrade through a link", func(t *testing.T, r preparation) {
		r.mkdir(t, "usr/lib/m", 0o755)
		r.symlink(t, "usr/lib/m", "m")
	}, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{aFile("m/lib.so", "1"), aFile("m/gone", "1"), aFile("opt/q/r/s", "1")}}}, []string{"p"}},
		{[]*handmade{{name: "p", version: "2-r0", files: []handmadeFile{aFile("usr/lib/m/lib.so", "2")}}}, []string{"p>1-r0"}},
	}},
	{"directories that stay and go", func(t *testing.T, r preparation) {
		r.mkdir(t, "opt/mine", 0o755)
	}, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{aFile("opt/a/b/c/d", "1"), aFile("opt/mine/f", "1"), aFile("opt/full/f", "1")},
			scripts: map[string]string{"post-install": "#!/bin/sh\ntouch /opt/full/other\n"}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"nothing to install", nil, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{aFile("opt/a", "1")}, triggers: "/opt", scripts: map[string]string{"trigger": "#!/bin/sh\n", "post-deinstall": "#!/bin/sh\ntouch /x\n"}}}, []string{"p"}},
		{[]*handmade{{name: "p", version: "2-r0", empty: true}}, []string{"p>1-r0"}},
	}},
	{"packages without directories", nil, []step{
		{[]*handmade{
			{name: "m1", replaces: []string{"x", "x2"}, priority: 3}, {name: "m2", replaces: []string{"y"}},
			{name: "ssl-zero", replaces: []string{"z"}}, {name: "zz", replaces: []string{"last"}}, {name: "other", files: []handmadeFile{aFile("opt/other", "1")}},
		}, []string{"m1", "m2", "ssl-zero", "zz"}},
		{nil, []string{"other"}},
		{nil, []string{"-m2"}},
	}},
	{"scripts that may fail", nil, []step{
		{[]*handmade{{name: "p", files: []handmadeFile{aFile("opt/p", "1")}, scripts: map[string]string{
			"pre-deinstall": "#!/bin/sh\nexit 1\n", "post-deinstall": "#!/bin/sh\nfalse\n",
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"databases that are missing", func(t *testing.T, r preparation) {
		for _, name := range []string{"etc/apk/arch", "lib/apk/db/lock", "lib/apk/exec", "var/cache/apk"} {
			r.remove(t, name)
		}
	}, []step{{[]*handmade{{name: "p", files: []handmadeFile{aFile("opt/a", "1")}, scripts: map[string]string{"post-install": "#!/bin/sh\n:\n"}}}, []string{"p"}}}},
	{"lib is a link", func(t *testing.T, r preparation) {
		check(t, os.Rename(filepath.Join(r.root, "lib/apk"), filepath.Join(r.root, "usr/lib/apk")))
		check(t, r.tree.Rename("lib/apk", "usr/lib/apk"))
		r.symlink(t, "../usr/lib/apk", "lib/apk")
	}, []step{{[]*handmade{{name: "p", files: []handmadeFile{aFile("lib/apk/f", "1")}}}, []string{"p"}}}},
	{"protected paths", func(t *testing.T, r preparation) {
		r.write(t, "etc/apk/protected_paths.d/x.list", "# comment\n+opt/*/conf\n-etc/free\n@etc/free/not\n")
		for _, dir := range []string{"opt/p", "opt/p/conf", "opt/p/conf/d", "etc/free", "etc/free/not", "opt/conf"} {
			r.mkdir(t, dir, 0o755)
			r.write(t, dir+"/f", "local")
		}
	}, []step{{[]*handmade{{name: "p", files: []handmadeFile{
		aFile("opt/p/f", "1"), aFile("opt/p/conf/f", "1"), aFile("opt/p/conf/d/f", "1"), aFile("etc/free/f", "1"),
		aFile("etc/free/not/f", "1"), aFile("opt/conf/f", "1"),
	}}}, []string{"p"}}}},
}

// devicesIn has files for which a database has no checksum.
func devicesIn(version string, mode int64) []*handmade {
	return []*handmade{{name: "p", version: version, files: []handmadeFile{
		aDevice("etc/null", tar.TypeChar, mode, 1, 3), aDevice("etc/fifo", tar.TypeFifo, mode, 0, 0), aDevice("etc/loop", tar.TypeBlock, mode, 7, 0),
		aLink("etc/link", version).mode(mode),
	}}}
}

// scripted has scripts that write down how they were called.
func scripted(version, file string) *handmade {
	h := &handmade{name: "p", version: version, files: []handmadeFile{aFile("opt/"+file, "1"), aFile("opt/both", version)}, triggers: "/opt", scripts: map[string]string{}}
	for _, typ := range []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall", "trigger"} {
		h.scripts[typ] = "#!/bin/sh\necho " + version + " " + typ + " \"$@\" \"$PATH\" \"$PWD\" \"$0\" >>/var/called\nls /opt >>/var/called\numask >>/var/called\n"
	}
	return h
}

// TestHandmadeLikeReference runs apk on packages made for it.
func TestHandmadeLikeReference(t *testing.T) {
	handmadeLikeReference(t, "x86_64")
}

// TestOtherArchitectureLikeReference runs the same for an architecture that is not the
// machine's: the reference's scripts are run by the shell of this one.
func TestOtherArchitectureLikeReference(t *testing.T) {
	handmadeLikeReference(t, "aarch64")
}

func handmadeLikeReference(t *testing.T, arch string) {
	for _, c := range slices.Concat(handmadeCases, oddCases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, staged := newReference(t), baseTree(t)
			p := preparation{r.root, staged}
			if arch != "x86_64" {
				p.write(t, archFile, arch+"\n")
			}
			if c.prepare != nil {
				c.prepare(t, p)
			}
			var repo *repository
			began := time.Now()
			for i, st := range c.steps {
				if st.repository != nil {
					repo = writeRepository(t, filepath.Join(t.TempDir(), arch), ofArchitecture(arch, st.repository)...)
				}
				command := "add"
				names := make([]string, len(st.add))
				for i, name := range st.add {
					if strings.HasPrefix(name, "-") {
						command = "del"
					}
					names[i] = strings.TrimPrefix(name, "-")
				}
				output := r.apk(t, append([]string{"--allow-untrusted", "--arch", arch, "-X", filepath.Dir(repo.dir), command}, names...)...)
				staged = buildLike(t, staged, began, output, st.add, repo)
				compareWithReference(t, r.root, staged, began)
				if t.Failed() {
					t.Fatalf("after step %d:\n%s", i+1, output)
				}
			}
		})
	}
}

// ofArchitecture returns copies of packages for an architecture.
func ofArchitecture(arch string, packages []*handmade) []*handmade {
	var copies []*handmade
	for _, h := range packages {
		c := *h
		c.arch = arch
		copies = append(copies, &c)
	}
	return copies
}
