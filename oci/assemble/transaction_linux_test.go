package assemble_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestCommandsLikeReference runs commands with apk in them in Alpine's minirootfs, with the real shell and apk, and as
// commands of a spec: both leave the same root, databases included.
func TestCommandsLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	for _, c := range []struct {
		name     string
		commands []string
	}{
		{"virtual packages", []string{
			"apk add --no-cache --virtual .deps jq wget && mkdir /srv/x && touch /srv/x/made",
			"apk del .deps",
			"apk add nginx && sed -i 's/^user.*/user nobody;/' /etc/nginx/nginx.conf",
		}},
		{"add, upgrade and delete", []string{
			"apk add git openssh-client-default; apk upgrade", "apk del git && apk add -u tzdata", "apk info -e git || apk add jq",
			"rm -rf /usr/share/zoneinfo/right; apk del tzdata",
		}},
		{"a virtual package that stays", []string{"apk add -t .run=1 libcurl && apk add --no-cache -q pcre2", "apk info | sort >/etc/packages"}},
		{"a virtual package again", []string{
			"apk add -t .deps jq", "sleep 1; apk add -t .deps tzdata && apk info | sort >/etc/packages; apk info -e jq tzdata >>/etc/packages; echo $? >>/etc/packages",
			"sleep 1; apk add -q -t .deps tzdata jq; sleep 1; apk add --virtual=.deps pcre2; apk info | sort >>/etc/packages", "apk add -q -t .deps=1 jq; apk info | sort >>/etc/packages; apk del .deps",
		}},
		{"scripts of several commands", []string{"apk add nginx && apk add chrony", "apk add ca-certificates coreutils"}},
		{"packages repaired", []string{
			"rm /usr/lib/engines-3/afalg.so /usr/bin/ldd; apk fix libcrypto3 musl-utils && echo changed >>/etc/inittab && apk fix alpine-baselayout-data",
			"rm /bin/ls; chmod 700 /etc; apk fix -d busybox; apk fix nosuch; echo $? >/etc/status; apk fix",
			"chmod 1777 /usr/share /var/cache; apk fix --directory-permissions",
		}},
		{"packages repaired that are for sale no longer", []string{"apk add nginx; rm -r /etc/nginx /usr/sbin/nginx; apk fix nginx; apk fix 'alpine-*'"}},
		{"an upgrade of some packages", []string{"apk upgrade zlib 'lib*'; apk upgrade nosuch; echo $? >/etc/status; apk upgrade --ignore musl"}},
		{"no scripts", []string{"apk add --no-scripts nginx chrony", "apk fix --no-scripts busybox; apk del --no-scripts chrony", "apk add ca-certificates"}},
		{"questions", []string{
			"mkdir /etc/said; cd /etc/said; apk info >all; apk info -v >versions; apk info -vv >descriptions; apk info -q >quiet",
			"cd /etc/said; apk info zlib >z; apk info -a zlib >za; apk info -a busybox >ba; apk info -v -a zlib >zv; apk info -a -q musl libcrypto3 >ml; " +
				"apk info -L musl-utils zlib nosuch jq >c; echo $? >>c",
			"cd /etc/said; apk info -W /bin/sh /bin/busybox /etc /nosuch /usr/bin/wget >w 2>&1; echo $? >>w; " +
				"apk info -q -W /bin/sh /etc/passwd /etc/group >wq; cd /lib; apk info --who-owns libz.so.1 apk/db >/etc/said/wr 2>&1; true",
			"cd /etc/said; apk info -e zlib nosuch '!nosuch' 'zlib>9' so:libz.so.1 >e; echo $? >>e; apk info -ev zlib >>e; " +
				"apk info 'lib*' -d -R -r -P -t --replaces --license --install-if --rinstall-if >many; apk info 'nosuch*'; echo $? >>many",
			"cd /etc/said; apk list >list; apk list -I >i; apk list -q -I >iq; apk list -v 'z*' >zv; apk list -vv zlib nosuch >zvv; apk list -o openssl >o; " +
				"apk list -O >orphans; apk list -a 'Lib*' >a; apk list -u >u",
			"cd /etc/said; apk list -P so:libz.so.1 'cmd:s*' >p; apk add -q jq; apk list --installed jq 'onig*' >j; apk info -r oniguruma zlib musl >r; " +
				"apk info -L jq | grep bin >b",
			"cd /etc/said; apk list 'zl*' JQ >one-pattern; apk info -d '[j]q' 'ZLIB*' nosuch >>one-pattern; echo $? >>one-pattern; apk info -d JQ 'zlib*' [ >>one-pattern; " +
				"echo $? >>one-pattern; apk info -d 'zlib*' JQ nosuch >>one-pattern; echo $? >>one-pattern",
		}},
		{"versions and where they are", []string{
			"mkdir /etc/said; cd /etc/said; apk version >all; apk version -v >verbose; apk version -l '<' >older; apk version -q -l = >names; apk version -l '<>=?' >signs; " +
				"apk version -q >quiet; apk version nosuch zlib musl >some; apk version 'z*' -vv >z; apk version -a >a; apk version so:libz.so.1 -l x >none; echo $? >>none",
			"cd /etc/said; apk add -q jq tzdata; apk version --limit == jq >jq; apk version --all -q >names-now; r() { sed 's/ [^ ]*repo$/ repo/'; }; apk policy jq zlib nginx | r >policy; " +
				"apk policy 'z*' nosuch -q | r >z-policy; apk policy -v busybox so:libz.so.1 cmd:jq | r >busybox; apk policy >no-policy",
			"cd /etc/said; apk --print-arch add pcre2 >arch; apk info -e --installed jq pcre2 >>arch; apk info -Lq musl zlib >files; apk info -vL jq >>files; apk search -d JSON >json",
			"apk stats >/dev/null 2>&1; apk audit --system >/dev/null 2>&1; apk policy musl >/dev/null; apk version >/dev/null",
		}},
		{"commit hooks", []string{
			"mkdir -p /etc/apk/commit_hooks.d /lib/apk/commit_hooks.d; cd /etc/apk/commit_hooks.d; echo exit 1 >.hidden; chmod 755 .hidden; " +
				"cp .hidden /lib/apk/commit_hooks.d/other",
			`cd /etc/apk/commit_hooks.d; printf '#!/bin/sh\n{ echo "$0 $#" "$@"; pwd; umask; export; apk info -e jq yx tzdata; cat /etc/apk/world; ` +
				`} >>/etc/said 2>&1\n' >hook; chmod 755 hook`,
			"apk add jq; cd /tmp; apk add yx jq; apk add yx", "apk del yx; apk del jq; apk del jq; apk fix zlib; apk upgrade zlib",
			"apk add --no-scripts jq; apk info -e jq; apk list -I jq; apk add tzdata",
			"printf '#!/bin/sh\n[ $1 = pre-commit ]\n' >/etc/apk/commit_hooks.d/hook; apk add yx; echo $? >>/etc/said",
		}},
		{"paths that commands protect no longer", []string{
			"mkdir -p /etc/apk/protected_paths.d /etc/nginx; echo -etc/nginx >/etc/apk/protected_paths.d/x.list; echo mine >/etc/nginx/nginx.conf; apk add nginx",
			"echo mine >/etc/nginx/nginx.conf; rm /etc/apk/protected_paths.d/x.list; apk fix -r nginx; echo +usr/share >/etc/apk/protected_paths.d/y.list; apk add tzdata",
		}},
		{"a database that commands change", []string{
			"apk add jq; cp -a /lib/apk/db /srv/; cp /etc/apk/world /srv/; apk del jq",
			"cp /srv/db/installed /lib/apk/db/; cp /srv/world /etc/apk/; apk info -e jq >/etc/said; echo $? >>/etc/said; apk add tzdata; apk info | sort >>/etc/said",
			"sed -i s/tzdata/ztdata/ /etc/apk/world; sed -i '/^P:tzdata/s/tz/zt/' /lib/apk/db/installed; apk info -e ztdata >>/etc/said; apk fix jq; apk del jq; apk add pcre2 && apk info | sort >>/etc/said",
		}},
		{"a database that commands remove", []string{
			"rm /lib/apk/db/installed; apk info >/etc/said 2>&1; echo $? >>/etc/said; apk add jq; echo $? >>/etc/said; apk info | sort >>/etc/said",
		}},
		{"a database whose directory commands remove", []string{
			"mv /lib/apk/db /srv/; for c in 'add jq' 'del jq' fix upgrade update; do apk $c >>/etc/said 2>&1; echo $? >>/etc/said; done; " +
				"apk info >>/etc/said; echo $? >>/etc/said; apk info -e musl; echo $? >>/etc/said; apk list -I >>/etc/said; apk info -W /bin/sh 2>>/etc/said; echo $? >>/etc/said",
			"mv /srv/db /lib/apk/; apk add tzdata; mv /etc/apk/world /srv/; for c in 'add jq' update info 'info -e musl'; do apk $c >>/etc/said 2>&1; echo $? >>/etc/said; done",
			"mv /srv/world /etc/apk/; apk add jq",
		}},
		{"packages deleted by pattern, and unknown ones", []string{
			"apk add tzdata jq zstd-libs; apk del nosuch tzdata 2>/etc/said; echo $? >>/etc/said; apk info -e tzdata >>/etc/said",
			"apk del 'tz*' 'zz*' && apk info -e tzdata; echo $? >>/etc/said; apk del so:nothing one two 2>>/etc/said; echo $? >>/etc/said",
			"apk del nginx; echo $? >>/etc/said; apk del 'so:libzstd*' '[j]q'; echo $? >>/etc/said; apk del nosuch jq 2>/dev/null || apk del jq",
		}},
		{"packages deleted with what depends on them", []string{
			"apk add git jq tzdata nginx; apk del -r pcre2; apk info | sort >/etc/packages; cat /etc/apk/world >>/etc/packages",
			"apk add git nginx; apk del --rdepends pcre2 nosuch 2>/etc/said; echo $? >>/etc/said; apk info | sort >>/etc/said; apk del -r 'libcurl*' oniguruma; apk info | sort >>/etc/said",
			"apk add -t .deps=1 git; apk del -r git; cat /etc/apk/world >>/etc/said; apk add jq; apk del -r so:libonig.so.5; echo $? >>/etc/said; apk info | sort >>/etc/said; apk del jq",
			"apk add nginx; apk del -r musl-utils; apk info | sort >>/etc/said",
		}},
		{"reports of packages that cannot be had", []string{
			"apk add nosuch >>/etc/said 2>&1; echo $? >>/etc/said; apk add one two zlib three 2>>/etc/said; echo $? >>/etc/said",
			"apk add -q 'nginx>99' 'zlib>99' 2>>/etc/said || echo $? >>/etc/said; apk add '!musl' 2>>/etc/said || echo $? >>/etc/said",
			"apk add nginx@edge jq@edge 2>>/etc/said; echo $? >>/etc/said; apk add -s nosuch tzdata jq@edge >>/etc/said 2>&1; echo $? >>/etc/said",
			"apk add -t .deps=1 one jq two 2>>/etc/said; echo $? >>/etc/said; apk add --simulate nosuch other >>/etc/said 2>&1; echo $? >>/etc/said; apk add jq",
		}},
		{"an alternative", []string{"apk add nosuch 2>/dev/null || apk add jq"}},
	} {
		t.Run(c.name, func(t *testing.T) { likeReference(t, corpus, c.commands) })
	}
}

// TestHookOfPackageLikeReference: a commit hook that a package brings runs first behind the package's own transaction, and last before the
// one that removes it.
func TestHookOfPackageLikeReference(t *testing.T) {
	if testing.Short() {
		t.Skip("compares with apk")
	}
	likeReference(t, apktest.Corpus(t), []string{"apk add hooked", "apk add yx", "apk del hooked", "apk add tzdata"}, fixtures.Package{
		Name: "hooked", Files: []fixtures.File{{
			Path: "etc/apk/commit_hooks.d/hooked", Mode: 0o755,
			Content: "#!/bin/sh\n{ echo \"$@\"; apk info -e hooked yx; cat /etc/apk/world; } >>/etc/said 2>&1\n"}},
	})
}

// TestPackageFilesLikeReference: apk add takes files of packages, too.
func TestPackageFilesLikeReference(t *testing.T) {
	local := func(name, depends string) string {
		built, err := fixtures.Package{Name: name, Depends: depends, Files: []fixtures.File{{Path: "etc/" + name, Content: name}},
			Scripts: map[string]string{"post-install": "#!/bin/sh\necho $* >>/etc/said\n"}}.Build()
		if err != nil {
			t.Fatal(err)
		}
		return string(built.File)
	}
	empty, err := fixtures.Package{Name: "empty", Depends: "jq"}.Build()
	if err != nil {
		t.Fatal(err)
	}
	likeReference(t, apktest.Corpus(t), []string{
		"apk add carrier && cp /srv/one-1.0-r0.apk /var/x.apk.old",
		"cd /srv; { apk add nosuch.apk; echo $?; apk add ./junk.apk; echo $?; mkdir d.apk; apk add yx d.apk; echo $?; apk info -e yx; " +
			"} >>/etc/said 2>&1; rm -r d.apk",
		"cd /srv && apk add ./one-1.0-r0.apk /var/x.apk.old; apk info one; apk add tzdata one",
		"apk del one; cd /srv; apk add -t .both two.apk empty.apk; cat /etc/apk/world >>/etc/said",
		"apk del .both; apk add /srv/two.apk /srv/one-1.0-r0.apk jq; apk del carrier; rm -r /var/x.apk.old; apk fix one; apk add two; true",
	}, fixtures.Package{Name: "carrier", Files: []fixtures.File{
		{Path: "srv/one-1.0-r0.apk", Content: local("one", "")}, {Path: "srv/two.apk", Content: local("two", "one jq")},
		{Path: "srv/empty.apk", Content: string(empty.File)},
		{Path: "srv/junk.apk", Content: "junk"},
	}})
}

// TestScriptsThatAskLikeReference: apk in a script sees the database of before the transaction, and may not change anything.
func TestScriptsThatAskLikeReference(t *testing.T) {
	if testing.Short() {
		t.Skip("compares for some hundred commands, one after the other")
	}
	const ask = "#!/bin/sh\n{ echo \"$0\" \"$@\"; apk info; apk list -I; apk info -e asking jq musl; echo $?; apk info -L musl zlib; " +
		"apk info -W /usr/bin/jq /bin/sh /etc/asking; echo $?\n" +
		"apk info -r zlib; apk list -I jq; apk list -Pa nosuch; apk list -P /bin/sh; apk list -O 'z*'; apk list -a musl jq; apk list -u; apk list -o musl; " +
		"apk info -d zlib; apk version -t 1 2; apk --print-arch; apk add nosuch; echo $?; apk del jq; echo $?; } >>/etc/said 2>&1\n"
	likeReference(t, apktest.Corpus(t), []string{"apk add jq asking", "apk del jq", "sed -i '/^WARNING: opening from cache/d' /etc/said"}, fixtures.Package{
		Name: "asking", Triggers: "/usr/bin", Files: []fixtures.File{{Path: "etc/asking", Content: "x"}},
		Scripts: map[string]string{"pre-install": ask, "post-install": ask, "trigger": ask},
	})
}

// TestOptionsLikeReference: options of apk that change what a transaction does to files.
func TestOptionsLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	conf := func(name, version, text string, more ...fixtures.File) fixtures.Package {
		return fixtures.Package{Name: name, Version: version, Files: append(more, fixtures.File{Path: "etc/own/conf", Content: text})}
	}
	packages := []fixtures.Package{
		conf("conf", "1-r0", "one\n", fixtures.File{Path: "etc/own/gone", Content: "gone\n"}), conf("conf", "2-r0", "two\n"),
		conf("other", "1-r0", "other\n", fixtures.File{Path: "usr/share/other", Content: "other\n"}),
		{Name: "third", Files: []fixtures.File{{Path: "usr/share/other", Content: "third\n"}, {Path: "usr/share/third", Content: "third\n"}}},
	}
	for _, c := range []struct {
		name     string
		commands []string
	}{
		{"clean-protected", []string{
			"mkdir -p /etc/own; echo mine >/etc/own/conf; apk add --clean-protected conf=1-r0",
			"apk add conf=2-r0", "ls /etc/own >/etc/listed", "apk del conf", "ls -R /etc/own >>/etc/listed; true",
		}},
		{"an upgrade with clean-protected", []string{"apk add conf=1-r0; echo changed >>/etc/own/conf; echo changed >>/etc/own/gone",
			"apk add --clean-protected conf=2-r0", "ls /etc/own >/etc/listed"}},
		{"purge", []string{"apk add conf=1-r0 third; echo changed >>/etc/own/conf; echo changed >>/usr/share/third", "apk del --purge conf third",
			"ls /etc/own >/etc/listed; true"}},
		{"an upgrade with purge", []string{"apk add conf=1-r0; echo changed >>/etc/own/conf; echo changed >>/etc/own/gone", "apk add --purge conf=2-r0",
			"ls /etc/own >/etc/listed"}},
		{"force-overwrite", []string{"apk add other", "apk add --force-overwrite third; echo $? >/etc/status",
			"apk add --force-overwrite conf; echo $? >>/etc/status", "apk del other"}},
		{"force", []string{"apk add third", "apk add -f other; echo $? >/etc/status", "apk del other third"}},
	} {
		t.Run(c.name, func(t *testing.T) { likeReference(t, corpus, c.commands, packages...) })
	}
}

// likeReference runs commands both ways over packages of the corpus and a few made ones, and compares the roots.
func likeReference(t *testing.T, corpus string, commands []string, own ...fixtures.Package) {
	t.Helper()
	base := filepath.Join(corpus, apktest.Minirootfs)
	repo := filepath.Join(corpus, "repo")
	made := t.TempDir()
	if err := (fixtures.Repository{Packages: own}).Write(made); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	command(t, "", "tar", "xzpf", base, "-C", root, "--numeric-owner")
	command(t, "", "cp", "-r", repo, filepath.Join(root, "tmp/repo"))
	command(t, "", "cp", "-r", made, filepath.Join(root, "tmp/made"))
	command(t, "", "cp", "-r", filepath.Join(corpus, "keys"), filepath.Join(root, "tmp/keys"))
	if err := os.WriteFile(filepath.Join(root, "tmp/keys", fixtures.KeyName), []byte(fixtures.PublicKeyPEM), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mknod(filepath.Join(root, "dev/null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Skipf("the reference's scripts need /dev/null: %v", err)
	}
	// The options that a container would not need come in by a wrapper, so that the commands are the same.
	wrapper := "#!/bin/sh\nexec /sbin/apk \"$@\" --no-network --keys-dir /tmp/keys --repositories-file /dev/null -X /tmp/made -X /tmp/repo\n"
	if err := os.WriteFile(filepath.Join(root, "tmp/apk"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, text := range commands {
		command(t, root, "/bin/sh", "-c", text)
	}
	for _, name := range []string{"tmp/repo", "tmp/made", "tmp/keys", "tmp/apk", "dev/null"} {
		if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}

	key, err := spec.ReadKey(filepath.Join(corpus, "keys", "corpus@lamina-1.rsa.pub"))
	if err != nil {
		t.Fatal(err)
	}
	in := &inputs{t: t, dir: t.TempDir(), spec: spec.Spec{
		Base: oci.Reference{Transport: oci.TransportRootfs, Path: base}, Repositories: []string{repo, made},
		Keys: []spec.Key{key, {Name: fixtures.KeyName, PEM: []byte(fixtures.PublicKeyPEM)}},
		Run:  commands, Created: time.Now(),
	}}
	in.env = assemble.Env{Client: &repository.Client{}}
	t.Cleanup(func() { in.env.Client.Close() })
	_, image := in.build("image")
	built := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(t.Context(), built); err != nil {
			t.Fatal(err)
		}
	}
	compareRoots(t, root, built)
}

// command runs a program, in a root unless that is "".
func command(t *testing.T, root string, args ...string) {
	t.Helper()
	if root != "" {
		args = append([]string{"chroot", root}, args...)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	if root != "" {
		cmd.Env = []string{"PATH=/tmp:/usr/sbin:/usr/bin:/sbin:/bin"}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// virtualIdentity is the line that apk makes of the number of its process, among other things.
var virtualIdentity = regexp.MustCompile(`(?m)^C:\S+\n(P:\.)`)

// compareRoots compares paths, types, modes, owners, targets and contents.
func compareRoots(t *testing.T, root string, built *tree.Tree) {
	t.Helper()
	rest := make(map[string]*tree.Node)
	for path, n := range built.All() {
		rest[path] = n
	}
	differences := 0
	report := func(format string, args ...any) {
		if differences++; differences < 20 {
			t.Errorf(format, args...)
		}
	}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path, _ := filepath.Rel(root, name)
		if path == "." {
			return nil // neither side says anything of the root
		}
		if e.Type()&fs.ModeDevice != 0 {
			return nil // apk 2 makes some in a new root, which are left out (docs/differences.md)
		}
		n := rest[path]
		delete(rest, path)
		if n == nil {
			report("/%s: the image lacks it", path)
			return nil
		}
		var stat syscall.Stat_t
		if err := syscall.Lstat(name, &stat); err != nil {
			return err
		}
		want := fmt.Sprintf("%o %d:%d", stat.Mode&0o7777, stat.Uid, stat.Gid)
		got := fmt.Sprintf("%o %d:%d", n.Mode, n.UID, n.GID)
		switch e.Type() {
		case fs.ModeSymlink:
			target, _ := os.Readlink(name)
			want, got = target, n.Target
		case 0:
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			own, err := n.Read(1 << 30)
			if err != nil {
				return err
			}
			if path == "lib/apk/db/installed" {
				content, own = virtualIdentity.ReplaceAll(content, []byte("$1")), virtualIdentity.ReplaceAll(own, []byte("$1"))
			}
			if !bytes.Equal(content, own) {
				diff := ""
				if len(content) < 1<<20 {
					diff = cmp.Diff(strings.Split(string(content), "\n"), strings.Split(string(own), "\n"))
				}
				report("/%s: other content: %d bytes, the image has %d\n%.3000s", path, len(content), len(own), diff)
			}
		}
		if got != want {
			report("/%s: %s, in the image %s", path, want, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range rest {
		report("/%s: only the image has it", path)
	}
}

// TestSelfUpgradeLikeReference: where a repository has a newer apk-tools, "apk upgrade" upgrades that first, in a transaction
// of its own: what its scripts see and the order of the database show it.
func TestSelfUpgradeLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	const note = "#!/bin/sh\necho $0 $* >>/etc/scripts; grep -A1 ^P: /lib/apk/db/installed >>/etc/scripts\n"
	tool := func(version string) fixtures.Package {
		return fixtures.Package{Name: "tool", Version: version, Triggers: "/usr/share/tool",
			Files:   []fixtures.File{{Path: "usr/share/tool/" + version, Content: version}},
			Scripts: map[string]string{"post-upgrade": note, "trigger": note}}
	}
	tools := apkTools(t, filepath.Join(corpus, apktest.Minirootfs))
	tools.Depends += " helper"
	tools.Scripts = map[string]string{"pre-upgrade": note, "post-upgrade": note}
	own := []fixtures.Package{
		tools, tool("1-r0"), tool("2-r0"),
		{Name: "helper", Files: []fixtures.File{{Path: "usr/share/tool/helper", Content: "helper"}}, Scripts: map[string]string{"post-install": note}},
		{Name: "aaa", Version: "1-r0", Files: []fixtures.File{{Path: "etc/aaa", Content: "1"}}},
		{Name: "aaa", Version: "2-r0", Files: []fixtures.File{{Path: "etc/aaa", Content: "2"}}, Scripts: map[string]string{"post-upgrade": note}},
	}
	const old = "apk add tool=1-r0 aaa=1-r0 nginx && sed -i -e s/=1-r0// /etc/apk/world"
	for name, command := range map[string]string{
		"all": "apk upgrade", "available": "apk upgrade -a", "latest and available": "apk upgrade -a -l; apk upgrade zlib musl",
		"not itself": "apk upgrade --no-self-upgrade", "only itself": "apk upgrade --self-upgrade-only",
		"named": "apk upgrade tool", "added": "apk add -u tool",
	} {
		t.Run(name, func(t *testing.T) { likeReference(t, corpus, []string{old, command}, own...) })
	}
}

// apkTools is the base's own apk-tools as a package of a higher version.
func apkTools(t *testing.T, base string) fixtures.Package {
	t.Helper()
	dir := t.TempDir()
	command(t, "", "tar", "xzf", base, "-C", dir, "./sbin/apk", "./lib/libapk.so.2.14.0")
	p := fixtures.Package{Name: "apk-tools", Version: "2.14.9-r0", Provides: "so:libapk.so.2.14.0=2.14.0 cmd:apk=2.14.9-r0",
		Depends: "musl>=1.2 ca-certificates-bundle so:libc.musl-x86_64.so.1 so:libcrypto.so.3 so:libssl.so.3 so:libz.so.1"}
	for _, name := range []string{"lib/libapk.so.2.14.0", "sbin/apk"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		p.Files = append(p.Files, fixtures.File{Path: name, Mode: 0o755, Content: string(content)})
	}
	return p
}
