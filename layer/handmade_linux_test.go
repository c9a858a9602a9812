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

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// step is one run of apk.
type step struct {
	repository []*apktest.Package
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
	configV1 = &apktest.Package{Name: "p", Files: []apktest.File{
		apktest.Regular("etc/c/same", "same\n"), apktest.Regular("etc/c/other", "new\n").WithMode(0o640), apktest.Symlink("etc/c/lnk", "foo"),
		apktest.Symlink("etc/c/lnk2", "baz"), apktest.Regular("etc/c/dangling", "zz"), apktest.Regular("etc/c/modified", "v1\n"),
		apktest.Regular("etc/c/deleted", "v1"), apktest.Regular("etc/c/kept", "v1"), apktest.Regular("etc/c/dropped", "d"),
		apktest.Regular("etc/c/dropped-modified", "d"), apktest.Symlink("etc/c/link", "t1"), apktest.Symlink("etc/c/link-modified", "t1"),
		apktest.Regular("etc/c/becomes-link", "q"), apktest.Regular("opt/unprotected", "new"), apktest.Regular("etc/init.d/service", "new"),
	}}
	configV2 = &apktest.Package{Name: "p", Version: "2-r0", Files: []apktest.File{
		apktest.Regular("etc/c/same", "same\n"), apktest.Regular("etc/c/other", "new2\n").WithMode(0o640), apktest.Regular("etc/c/modified", "v2\n"),
		apktest.Regular("etc/c/deleted", "v2"), apktest.Regular("etc/c/kept", "v2"), apktest.Symlink("etc/c/link", "t2"),
		apktest.Symlink("etc/c/link-modified", "t2"), apktest.Symlink("etc/c/becomes-link", "t2"),
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
var modifyConfig = &apktest.Package{Name: "modify", Files: []apktest.File{apktest.Regular("usr/share/m", "1")}, Scripts: map[string]string{
	"post-install": "#!/bin/sh\ncd /etc/c\necho changed >>modified\nrm deleted\necho x >>dropped-modified\nln -sf mm link-modified\necho x >>becomes-link\n",
}}

var handmadeCases = []handmadeCase{
	{"owners, modes, links, devices, attributes", nil, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{
		apktest.Directory("srv", 0o755), apktest.Directory("srv/setgid", 0o2775).WithOwner("nobody-here", "games", 77, 78),
		apktest.Regular("srv/setgid/file", "1").WithMode(0o4751).WithOwner("games", "nobody-here", 1, 99),
		apktest.Regular("srv/setgid/numeric", "1").WithOwner("", "", 5, 6),
		apktest.Directory("srv/sticky", 0o1777), apktest.Symlink("srv/link", "nowhere").WithOwner("games", "games", 0, 0),
		apktest.Regular("srv/cap", "c").WithMode(0o755).WithXattr("security.capability", capability),
		apktest.Regular("srv/attr", "c").WithXattr("user.b", "2").WithXattr("user.a", "1"),
		apktest.Directory("srv/attrdir", 0o755).WithXattr("user.d", "2"),
		apktest.Device("srv/null", tar.TypeChar, 0o666, 1, 3), apktest.Device("srv/loop", tar.TypeBlock, 0o660, 7, 0).WithOwner("root", "disk", 0, 0),
		apktest.Device("srv/fifo", tar.TypeFifo, 0o4600, 0, 0).At(1234567890),
		apktest.Regular("srv/empty", ""), apktest.Regular("srv/with space", "1"), apktest.Regular("srv/\xff\xfe", "1"),
		apktest.Regular("srv/"+strings.Repeat("n", 240), "long"),
		apktest.Regular("srv/.keep_dir", "1"), apktest.Regular("srv/.keep_", "1"), apktest.Regular("srv/.keep", "1"),
		apktest.Regular("rootfile", "1"), apktest.Regular(".hidden", "1"),
	}}}, []string{"p"}}}},
	{"hard links", nil, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{
		apktest.Regular("opt/a", "hello").WithMode(0o755).At(1600000000), apktest.HardLink("opt/a2", "opt/a", 0o755),
		apktest.Regular("opt/b", "hello").WithMode(0o6755), apktest.HardLink("opt/b2", "opt/b", 0o755).WithOwner("games", "games", 0, 0).At(1650000000),
		apktest.Regular("opt/c", "hello").WithMode(0o755), apktest.HardLink("opt/c2", "opt/c", 0o4711).WithOwner("bin", "bin", 0, 0),
		apktest.Regular("opt/d", "hello").WithMode(0o755).WithXattr("security.capability", capability).WithXattr("user.x", "1"),
		apktest.HardLink("opt/d2", "opt/d", 0o755),
		apktest.Regular("opt/e", "").WithMode(0o2644), apktest.HardLink("opt/z/e2", "opt/e", 0o644),
		apktest.HardLink("opt/z/e3", "opt/z/e2", 0o600).WithXattr("user.y", "1"),
	}}}, []string{"p"}}}},
	{"directories of the base that nobody owns", func(t *testing.T, r preparation) {
		r.mkdir(t, "opt/unknown", 0o700)
		r.symlink(t, "../srv", "opt/link")
		r.symlink(t, "usr/games", "games")
		r.mkdir(t, "usr/games", 0o750)
	}, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{
		apktest.Regular("opt/unknown/f", "1"), apktest.Directory("opt/link", 0o711), apktest.Regular("opt/link/f", "1"), apktest.Regular("games/tetris", "1"),
	}}}, []string{"p"}}}},
	{"directories of several packages", nil, []step{
		{[]*apktest.Package{
			{Name: "p", Files: []apktest.File{apktest.Directory("opt", 0o750), apktest.Directory("opt/d", 0o770).WithOwner("bin", "bin", 1, 1),
				apktest.Directory("opt/e", 0o2755).WithOwner("bin", "bin", 1, 1)}},
			{Name: "q", Files: []apktest.File{apktest.Directory("opt", 0o711), apktest.Directory("opt/d", 0o755).WithOwner("bin", "adm", 1, 4),
				apktest.Directory("srv", 0o700).WithOwner("sys", "adm", 3, 4)}},
			{Name: "r", Files: []apktest.File{apktest.Directory("opt/d", 0o707).WithOwner("bin", "bin", 1, 1),
				apktest.Directory("opt/e", 0o755).WithOwner("bin", "bin", 1, 1)}},
		}, []string{"p", "q", "r"}},
		{nil, []string{"-q"}},
		{nil, []string{"-p"}},
		{nil, []string{"-r"}},
	}},
	{"scripts change directories", nil, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{
		apktest.Regular("opt/own/f", "1"), apktest.Regular("usr/games/f", "1"),
	}, Scripts: map[string]string{"post-install": "#!/bin/sh\nchmod 700 /opt/own /home\nchown 7:7 /opt/own\n"}}}, []string{"p"}}}},
	{"configuration", prepareConfig, []step{
		{[]*apktest.Package{configV1, modifyConfig}, []string{"p"}},
		{nil, []string{"modify"}},
		{[]*apktest.Package{configV2, modifyConfig}, []string{"p>1-r0"}},
		{nil, []string{"-p"}},
	}},
	{"devices as configuration", nil, []step{
		{devicesIn("1-r0", 0o640), []string{"p"}},
		{devicesIn("2-r0", 0o600), []string{"p>1-r0"}},
		{devicesIn("3-r0", 0o6711), []string{"p>2-r0"}},
		{nil, []string{"-p"}},
	}},
	{"same origin", nil, []step{{apktest.Conflicting(apktest.Package{Origin: "o"}, apktest.Package{Origin: "o"}), []string{"a", "b"}}, {nil, []string{"-a"}}}},
	{"second replaces first", nil, []step{{apktest.Conflicting(apktest.Package{}, apktest.Package{Replaces: []string{"a"}}), []string{"a", "b"}},
		{nil, []string{"-b"}}}},
	{"first replaces second", nil, []step{{apktest.Conflicting(apktest.Package{Replaces: []string{"b"}}, apktest.Package{}), []string{"a", "b"}}}},
	{"both replace", nil,
		[]step{{apktest.Conflicting(apktest.Package{Replaces: []string{"b"}}, apktest.Package{Replaces: []string{"a"}}), []string{"a", "b"}}}},
	{"both replace, first with priority", nil,
		[]step{{apktest.Conflicting(apktest.Package{Replaces: []string{"b"}, Priority: 5}, apktest.Package{Replaces: []string{"a"}}), []string{"a", "b"}}}},
	{"same origin before priority", nil,
		[]step{{apktest.Conflicting(apktest.Package{Replaces: []string{"b"}, Priority: 5, Origin: "o"}, apktest.Package{Origin: "o"}), []string{"a", "b"}}}},
	{"replaces a version", nil, []step{{apktest.Conflicting(apktest.Package{}, apktest.Package{Replaces: []string{"c", "a<2"}}), []string{"a", "b"}}}},
	{"replaces configuration", nil, []step{{[]*apktest.Package{
		{Name: "a", Files: []apktest.File{apktest.Regular("etc/x", "a"), apktest.Regular("etc/y", "a")},
			Scripts: map[string]string{"post-install": "#!/bin/sh\necho m >>/etc/y\n"}},
		{Name: "b", Files: []apktest.File{apktest.Regular("etc/x", "b"), apktest.Regular("etc/y", "b")}, Replaces: []string{"a"}},
	}, []string{"a", "b"}}}},
	{"package with users", nil, []step{{[]*apktest.Package{
		{Name: "p", Files: []apktest.File{
			apktest.Regular("srv/before", "1").WithOwner("alice", "alice", 9, 9),
			apktest.Regular("etc/passwd", "root:x:0:0:::\nalice:x:500:501:::\n"), apktest.Regular("etc/group", "root:x:0:\nalice:x:501:\n"),
			apktest.Regular("srv/after", "1").WithOwner("alice", "alice", 9, 9),
		}, Replaces: []string{"alpine-baselayout-data"}},
		{Name: "q", Depends: []string{"p"}, Files: []apktest.File{apktest.Regular("srv/q", "1").WithOwner("alice", "alice", 9, 9),
			apktest.Regular("srv/q2", "1").WithOwner("root", "games", 9, 9)}},
	}, []string{"q"}}}},
	{"users made by a script", nil, []step{{[]*apktest.Package{
		{Name: "p", Files: []apktest.File{apktest.Regular("srv/p", "1").WithOwner("alice", "alice", 9, 9)},
			Scripts: map[string]string{"pre-install": "#!/bin/sh\naddgroup -S -g 501 alice\nadduser -S -D -H -u 500 -G alice alice\n"}},
		{Name: "q", Depends: []string{"p"}, Files: []apktest.File{apktest.Regular("srv/q", "1").WithOwner("alice", "alice", 9, 9)}},
	}, []string{"q"}}}},
	{"script edits a packaged file", nil, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("etc/p.conf", "one\n"), apktest.Regular("usr/share/p", "one\n")},
			Scripts: map[string]string{"post-install": "#!/bin/sh\necho two >>/etc/p.conf\necho two >>/usr/share/p\n"}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"trigger that fails", nil, []step{
		{[]*apktest.Package{
			{Name: "trg", Files: []apktest.File{apktest.Regular("usr/share/trg", "1")}, Triggers: "/opt",
				Scripts: map[string]string{"trigger": "#!/bin/sh\necho ran >>/var/log.trg\nexit 3\n"}},
			{Name: "zzz", Depends: []string{"trg"}, Files: []apktest.File{apktest.Regular("opt/z", "1")}, Triggers: "/opt",
				Scripts: map[string]string{"trigger": "#!/bin/sh\necho z >>/var/log.trg\n"}},
		}, []string{"zzz"}},
	}},
	{"triggers", nil, []step{
		{[]*apktest.Package{{Name: "trg", Files: []apktest.File{apktest.Regular("usr/share/trg", "1")}, Triggers: "/opt /opt/* +/srv",
			Scripts: map[string]string{"trigger": "#!/bin/sh\necho \"$@\" >>/var/log.trg\n"}}}, []string{"trg"}},
		{[]*apktest.Package{
			{Name: "e1", Files: []apktest.File{apktest.Directory("opt/emptydir", 0o755), apktest.Directory("opt/b", 0o755), apktest.Regular("opt/b/c/f", "1"),
				apktest.Directory("opt/1", 0o755), apktest.Directory("opt/2", 0o755), apktest.Directory("opt/zzz", 0o755),
				apktest.Directory("opt/a-long-name", 0o755)}},
			{Name: "e2", Files: []apktest.File{apktest.Regular("opt/z", "1")}},
			{Name: "e3", Files: []apktest.File{apktest.Regular("srv/z", "1")}},
		}, []string{"e1"}},
		{nil, []string{"e2"}},
		{nil, []string{"e3"}},
		{nil, []string{"-e2"}},
		{nil, []string{"-e1"}},
		{nil, []string{"-trg"}},
	}},
	{"script arguments", nil, []step{
		{[]*apktest.Package{scripted("1-r0", "f1")}, []string{"p"}},
		{[]*apktest.Package{scripted("2-r0", "f2")}, []string{"p>1-r0"}},
		{nil, []string{"-p"}},
	}},
	{"upgrade through a link", func(t *testing.T, r preparation) {
		r.mkdir(t, "usr/lib/m", 0o755)
		r.symlink(t, "usr/lib/m", "m")
	}, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("m/lib.so", "1"), apktest.Regular("m/gone", "1"),
			apktest.Regular("opt/q/r/s", "1")}}}, []string{"p"}},
		{[]*apktest.Package{{Name: "p", Version: "2-r0", Files: []apktest.File{apktest.Regular("usr/lib/m/lib.so", "2")}}}, []string{"p>1-r0"}},
	}},
	{"directories that stay and go", func(t *testing.T, r preparation) {
		r.mkdir(t, "opt/mine", 0o755)
	}, []step{
		{[]*apktest.Package{
			{Name: "p", Files: []apktest.File{apktest.Regular("opt/a/b/c/d", "1"), apktest.Regular("opt/mine/f", "1"), apktest.Regular("opt/full/f", "1")},
				Scripts: map[string]string{"post-install": "#!/bin/sh\ntouch /opt/full/other\n"}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"nothing to install", nil, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "1")}, Triggers: "/opt",
			Scripts: map[string]string{"trigger": "#!/bin/sh\n", "post-deinstall": "#!/bin/sh\ntouch /x\n"}}}, []string{"p"}},
		{[]*apktest.Package{{Name: "p", Version: "2-r0", Empty: true}}, []string{"p>1-r0"}},
	}},
	{"packages without directories", nil, []step{
		{[]*apktest.Package{
			{Name: "m1", Replaces: []string{"x", "x2"}, Priority: 3}, {Name: "m2", Replaces: []string{"y"}},
			{Name: "ssl-zero", Replaces: []string{"z"}}, {Name: "zz", Replaces: []string{"last"}},
			{Name: "other", Files: []apktest.File{apktest.Regular("opt/other", "1")}},
		}, []string{"m1", "m2", "ssl-zero", "zz"}},
		{nil, []string{"other"}},
		{nil, []string{"-m2"}},
	}},
	{"scripts that may fail", nil, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("opt/p", "1")}, Scripts: map[string]string{
			"pre-deinstall": "#!/bin/sh\nexit 1\n", "post-deinstall": "#!/bin/sh\nfalse\n",
		}}}, []string{"p"}},
		{nil, []string{"-p"}},
	}},
	{"databases that are missing", func(t *testing.T, r preparation) {
		for _, name := range []string{"etc/apk/arch", "lib/apk/db/lock", "lib/apk/exec", "var/cache/apk"} {
			r.remove(t, name)
		}
	}, []step{
		{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "1")}, Scripts: map[string]string{"post-install": "#!/bin/sh\n:\n"}}},
			[]string{"p"}}}},
	{"lib is a link", func(t *testing.T, r preparation) {
		check(t, os.Rename(filepath.Join(r.root, "lib/apk"), filepath.Join(r.root, "usr/lib/apk")))
		check(t, r.tree.Rename("lib/apk", "usr/lib/apk"))
		r.symlink(t, "../usr/lib/apk", "lib/apk")
	}, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{apktest.Regular("lib/apk/f", "1")}}}, []string{"p"}}}},
	{"protected paths", func(t *testing.T, r preparation) {
		r.write(t, "etc/apk/protected_paths.d/x.list", "# comment\n+opt/*/conf\n-etc/free\n@etc/free/not\n")
		for _, dir := range []string{"opt/p", "opt/p/conf", "opt/p/conf/d", "etc/free", "etc/free/not", "opt/conf"} {
			r.mkdir(t, dir, 0o755)
			r.write(t, dir+"/f", "local")
		}
	}, []step{{[]*apktest.Package{{Name: "p", Files: []apktest.File{
		apktest.Regular("opt/p/f", "1"), apktest.Regular("opt/p/conf/f", "1"), apktest.Regular("opt/p/conf/d/f", "1"), apktest.Regular("etc/free/f", "1"),
		apktest.Regular("etc/free/not/f", "1"), apktest.Regular("opt/conf/f", "1"),
	}}}, []string{"p"}}}},
}

// devicesIn has files for which a database has no checksum.
func devicesIn(version string, mode int64) []*apktest.Package {
	return []*apktest.Package{{Name: "p", Version: version, Files: []apktest.File{
		apktest.Device("etc/null", tar.TypeChar, mode, 1, 3), apktest.Device("etc/fifo", tar.TypeFifo, mode, 0, 0),
		apktest.Device("etc/loop", tar.TypeBlock, mode, 7, 0),
		apktest.Symlink("etc/link", version).WithMode(mode),
	}}}
}

// scripted has scripts that write down how they were called.
func scripted(version, file string) *apktest.Package {
	h := &apktest.Package{Name: "p", Version: version, Files: []apktest.File{apktest.Regular("opt/"+file, "1"), apktest.Regular("opt/both", version)},
		Triggers: "/opt", Scripts: map[string]string{}}
	for _, typ := range []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall", "trigger"} {
		h.Scripts[typ] = "#!/bin/sh\necho " + version + " " + typ +
			" \"$@\" \"$PATH\" \"$PWD\" \"$0\" >>/var/called\nls /opt >>/var/called\numask >>/var/called\n"
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
			r, staged := newReference(t), apktest.BaseTree(t)
			p := preparation{r.root, staged}
			if arch != "x86_64" {
				p.write(t, "etc/apk/arch", arch+"\n")
			}
			if c.prepare != nil {
				c.prepare(t, p)
			}
			var repo *apktest.Repository
			began := time.Now()
			for i, st := range c.steps {
				if st.repository != nil {
					repo = apktest.WriteRepository(t, filepath.Join(t.TempDir(), arch), ofArchitecture(arch, st.repository)...)
				}
				command := "add"
				names := make([]string, len(st.add))
				for i, name := range st.add {
					if strings.HasPrefix(name, "-") {
						command = "del"
					}
					names[i] = strings.TrimPrefix(name, "-")
				}
				output := r.apk(t, append([]string{"--allow-untrusted", "--arch", arch, "-X", filepath.Dir(repo.Dir), command}, names...)...)
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
func ofArchitecture(arch string, packages []*apktest.Package) []*apktest.Package {
	var copies []*apktest.Package
	for _, h := range packages {
		c := *h
		c.Arch = arch
		copies = append(copies, &c)
	}
	return copies
}
