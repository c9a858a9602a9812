package script

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestPermissionsLikeBusybox runs commands as a user who owns some files of the fixture and is in the group of others.
func TestPermissionsLikeBusybox(t *testing.T) {
	user := &tree.Credentials{UID: 1000, GID: 1001, Groups: []uint32{34, 100}}
	stranger := &tree.Credentials{UID: 405, GID: 100}
	var cases []scriptCase
	for i, script := range []string{
		"id; id -u; id -g; id -G; id -un; id -gn; id -Gn; id nobody; whoami; echo $?",
		"cd void; echo $?; cd dir; echo $?; pwd; cd sub; pwd; cd /root; echo $?",
		"for f in one two empty suid dir dir/inner dir/.hidden dir/sub dir/sub/deep void link broken fifo attr /etc/shadow /root /tmp; do r=; " +
			"for o in e f d s r w x u g k O G; do if [ -$o $f ]; then r=$r$o; fi; done; echo $f $r; done",
		"cat one two empty dir/inner void/x nosuch",
		"echo a >one; echo $?; echo a >two; echo $?; echo a >>two; echo a >new; echo $?; echo a >dir/new; echo a >dir/sub/new; echo a >void/new; " +
			"cat <empty; echo $?; : >suid",
		"echo * dir/* void/* dir/sub/* v*/x /r*/*",
		"ls; ls dir; ls void; echo $?; ls dir void; ls -d void; ls void/x; ls -l one; ls nosuch",
		"ls -n two dir/inner; stat -c '%a %u %g' void two; stat -c %a void/x; readlink void/x; realpath void; realpath void/x; echo $?",
		"rm one; rm -f one; rm two; rm -rf dir; rm -rf void; rm -rf dir/sub; rm -rf nosuch; rm -f dir/sub/deep; rm -rv dir; echo $?",
		"rmdir void; rmdir dir/sub; rmdir void/x; unlink one; unlink void/x",
		"mv one two; mv two new; mv dir/inner dir/sub/x; mv dir/sub/deep dir/sub/y; mv /tmp /tmp2; mv void/x y; mv one void; echo $?",
		"cp one new; cp one /tmp/a; cp two /tmp/b; cp empty /tmp/c; cp dir/.hidden /tmp/d; cp -p two /tmp/e; cp -p dir/inner /tmp/f; cp suid /tmp/g; " +
			"cp -p suid /tmp/h; cp void/x /tmp; cp one void; cp one /tmp/nosuch/x; cp -f two one",
		"cp -r dir /tmp/d; cp -r void /tmp/v; cp -a dir /tmp/a; cp -a void /tmp/w; cp -p void /tmp/x; cp -r . /tmp/all; echo $?",
		"cp -r dir/link /tmp; cp -d dir/link /tmp/l; cp -a dir/link /tmp/m; cp -l one /tmp/n; cp -l two /tmp/o; cp -s one /tmp/p",
		"chmod 777 one; chmod 600 two; chmod 4755 two; chmod -R 777 dir; chmod -f 777 one; chmod 777 void/x; chmod -R 777 void; chmod -Rf 777 void dir; " +
			"chmod -v 700 two; chmod -c 700 two one; chmod 2755 two; echo $?",
		"chown 1000 one; chown 1000 two; chown 0 two; chown :1001 two; chown :34 two; chown :100 two; chown :5 two; chown -R 1000 dir void; " +
			"chown -Rf 1000 dir; chgrp 34 two; chgrp 0 two; chgrp 1001 one; chown -f 5 two; chown -h 1000 link; chown -v 1000:100 two; " +
			"chown -R 1000:34 two; echo $?",
		"touch one; touch two; touch new; touch /tmp/new; touch -c nosuch; touch -d '2001-01-01 01:02:03' two; touch -d '2001-01-01 01:02:03' one; " +
			"touch dir/inner; touch void/x; touch -r one /tmp/r; echo $?",
		"mkdir new; mkdir /tmp/a /tmp/a/b; mkdir -p /tmp/x/y; mkdir -p new/x; mkdir -m 700 /tmp/m; mkdir -m 2777 /tmp/s; mkdir -m 755 /tmp/s/a; " +
			"mkdir /tmp/s/b; mkdir -m 2700 dir/sub/g; mkdir void/x; mkdir -p void; mkdir -p void/x/y; mkdir dir/n; echo $?",
		"mkdir -p /tmp/a/b; chmod 500 /tmp/a; touch /tmp/a/x; mv /tmp/a/b /tmp/b; rmdir /tmp/a/b; chmod 300 /tmp/a; ls /tmp/a; echo /tmp/a/*; " +
			"ls -d /tmp/a/b; touch /tmp/a/y; chmod 400 /tmp/a; ls /tmp/a; ls -d /tmp/a/b; cat /tmp/a/y; [ -e /tmp/a/y ]; echo $?; chmod 0 /tmp/a; ls /tmp/a; " +
			"cd /tmp/a; rm -rf /tmp/a; chmod 700 /tmp/a; rm -rf /tmp/a; ls /tmp",
		"umask 077; echo a >/tmp/a; mkdir /tmp/b; umask 777; echo b >/tmp/c; cat /tmp/c; mkdir /tmp/d; touch /tmp/d/x; cat /tmp/c; echo more >>/tmp/c; umask",
		"ln one /tmp/a; ln two /tmp/b; ln -s one new; ln -s one /tmp/c; ln -sf two /tmp/c; ln -s x void/x; ln void/x /tmp/d; ln -f two /tmp/b; " +
			"link suid /tmp/e; ln dir /tmp/g; ln fifo /tmp/h; ln link /tmp/i; echo $?",
		"mkfifo new; mkfifo /tmp/f; mknod /tmp/n c 1 3; mknod new c 1 3; mknod /tmp/p p; mkfifo -m 4755 /tmp/q; echo $?",
		"rm $(mktemp -p /tmp); mktemp -p /w >/dev/null; mktemp -d -p void; echo $?; truncate -s 3 one; truncate -s 3 two; truncate -s 1 /tmp/t; " +
			"truncate -s 3 void/x; tee one </dev/null; echo a | tee two /tmp/x new; echo $?",
		"sed -i s/a/b/ /tmp/nosuch; cp one /tmp/s; sed -i s/one/ONE/ /tmp/s; cat /tmp/s; sed s/a/b/ void/x; sed -n p empty; cp dir/inner /tmp/i; " +
			"chmod 4600 /tmp/i; sed -i s/i/I/ /tmp/i; sed -i s/a/b/ one two; echo $?; sed -i.bak s/a/b/ one; cp one /tmp/j; chmod 0 /tmp/j; " +
			"sed -i s/a/b/ /tmp/j; echo $?; ln -s /w/two /tmp/k; sed -i s/a/b/ /tmp/k",
		"find dir; find void; find . -name x; find dir void -type d; find dir -delete; find void -empty; find . -executable | sort; " +
			"find dir/sub -exec cat {} \\;; echo $?",
		"grep -r n dir void; grep n empty one; grep -s n empty; grep -rs . void; echo $?; grep -c . two empty",
		"sort empty; sort void/x; head -n1 empty; tail -n1 two empty; wc -c empty; cut -c1 empty; uniq empty; tac empty; md5sum empty two; sha256sum void/x; " +
			"cmp one empty; diff one empty; diff one void/x; tr a b <empty; awk 1 empty; awk 'BEGIN { print 1 > \"new\" }'; rev empty; tee <empty; " +
			"xargs <empty; expr 1 + 1",
		"adduser -D x; addgroup x; deluser nobody; delgroup audio; adduser; addgroup -g x y; echo a:b | chpasswd -e; echo $?",
		"install one /tmp/a; install -m 600 two /tmp/b; install -d /tmp/d/e; install -o 1000 one /tmp/c; install -o root one /tmp/f; install -d new; " +
			"install empty /tmp/g; install -g 34 one /tmp/h; install -g 5 one /tmp/i; install -d -o root /tmp/j; install -d -m 700 void; echo $?",
		"add-shell /bin/x; remove-shell /bin/sh; echo $?; cat /etc/shells",
		"printf '#!/bin/sh\\necho ran $0\\n' >/tmp/x; /tmp/x; echo $?; chmod 100 /tmp/x; /tmp/x; echo $?; chmod 500 /tmp/x; /tmp/x; chmod 400 /tmp/x; " +
			"sh /tmp/x; /tmp/x; chmod 0 /tmp/x; sh /tmp/x; echo $?; . /tmp/x; echo no",
		"mkdir /tmp/bin; printf '#!/bin/sh\\necho mine\\n' >/tmp/bin/p; PATH=/w/void:/tmp/bin:$PATH; p; echo $?; chmod 700 /tmp/bin/p; p; chmod 0 /tmp/bin; " +
			"hash -r; p; echo $?; which p; command -v p; type p; /w/void/p; echo $?; ./void/p; echo $?; env p; echo $?; xargs p </dev/null; " +
			"find one -exec /w/void/p \\;",
		"PATH=/w/void:/usr/bin:/bin; mkdir /tmp/bin; touch /tmp/bin/p; nosuch; echo $?; PATH=/tmp/bin; p; echo $?; PATH=/w/void:/tmp/bin; p; echo $?; " +
			"PATH=/tmp/bin:/w/void; p; echo $?; exec p", "PATH=/w/void; exec p",
		"PATH=/w/void; ls; echo $?; /bin/cat one; which cat",
		"set -C; echo a >two; echo a >empty; echo a >void/x; set +C; echo $?",
		"echo ~ ~root ~games; cd; echo $?; HOME=/tmp; cd; pwd; cd ~root; cd -",
		"exec 3>/tmp/out; echo a >&3; chmod 0 /tmp/out; echo b >&3; exec 3>&-; cat /tmp/out; echo $?; chmod 600 /tmp/out; cat /tmp/out",
		"x=$(cat empty); echo $? $x; while read l; do echo $l; done <empty; echo $?; if cat void/x; then echo y; else echo n; fi; cat empty | wc -c; " +
			"(cd void; pwd); cat <void/x || echo failed; set -e; : <empty; echo on; cat empty; echo no",
		"chmod 6755 two; echo more >>two; stat -c %a two; chmod 6755 two; : >>two; stat -c %a two; chmod 6755 two; truncate -s 2 two; stat -c %a two; " +
			"chmod 2745 two; : >two; stat -c %a two",
		"umask 022; mkdir -m 2775 /tmp/s; touch /tmp/s/x; chgrp 34 /tmp/s; touch /tmp/s/y; mkdir /tmp/s/z; chmod 2755 /tmp/s; ln -s a /tmp/s/l; " +
			"cp -r dir/sub /tmp/s; touch dir/sub/x; mkdir dir/sub/d; chmod 2700 dir/sub/d",
		"test -r /etc/shadow; echo $?; cat /etc/shadow; getent passwd root; passwd -l games; echo $?; su -c id root; su; crontab -l; su nosuch; echo $?",
		"touch '/tmp/a b'; pwd -P; cd dir/sub; pwd -P; cd ../../void; pwd",
	} {
		cases = append(cases, scriptCase{name: fmt.Sprintf("%d %.40s", i, script), script: "cd /w; " + script, user: user})
	}
	for i, script := range []string{
		"id; id -G; whoami; ls dir; cat two dir/inner; cd dir; rm -rf w /w/dir; touch /w/two; ls -d dir/sub; find dir; chmod 0 two",
		"echo a >/tmp/x; chmod 0 /tmp/x; cat /tmp/x; rm /tmp/x; mkdir -p /tmp/a/b/c; chmod 0 /tmp/a/b; rm -rf /tmp/a; ls /tmp/a; chmod 700 /tmp/a/b; " +
			"rm -r /tmp/a; echo $?",
		"chown 405:100 one; chgrp 100 one; adduser -D x",
	} {
		cases = append(cases, scriptCase{name: fmt.Sprintf("stranger %d", i), script: "cd /w; " + script, user: stranger})
	}
	for i, script := range []string{"id; id -G; id -un; id -gn; id -Gn; echo $?; whoami; echo $?; touch /tmp/x; ls -l /tmp/x | cut -c 1-30; echo ~"} {
		cases = append(cases, scriptCase{name: fmt.Sprintf("unknown %d", i), script: "cd /w; " + script, user: &tree.Credentials{UID: 12345, GID: 54321}},
			scriptCase{name: fmt.Sprintf("root with groups %d", i), script: "cd /w; " + script, user: &tree.Credentials{GID: 18, Groups: []uint32{18, 100, 7}}})
	}
	compareWithBusybox(t, cases)
}

// TestSuLikeBusybox runs commands as other users, from root.
func TestSuLikeBusybox(t *testing.T) {
	var cases []scriptCase
	const profiles = `mkdir -p /home/bob; chown 1000:1000 /home/bob; echo 'bob:x:1000:1000:Bob:/home/bob:/bin/ash' >>/etc/passwd; ` +
		`echo 'bob:x:1000:' >>/etc/group; ` +
		`sed -i 's/^audio.*/&bob/' /etc/group; echo 'echo profile; P=1; export Q=2' >/etc/profile; echo 'echo own $P $HOME' >/home/bob/.profile; cd /w; `
	for i, script := range []string{
		"su bob -c 'id; pwd; env | grep -v ^_ | sort; echo $0 $#; umask'",
		"su - bob -c 'id; pwd; env | sort; echo $0 $# $P $Q'",
		"su -l bob -c 'echo $0; pwd; echo $HOME; touch x; ls'; ls -n /home/bob/x | cut -c 1-30",
		"A=1 B=2 su -m bob -c 'env | sort; id -un'; A=1 SHELL=/bin/sh su -p bob -c 'env | sort; echo $0'; SHELL=/w/nosuch su -m bob -c id; " +
			"TERM=x A=1 su - bob -c 'env | sort'",
		"A=1 su bob -c 'echo $A $PATH'; PATH=/bin su bob -c 'echo $PATH'; su - bob -c 'echo $PATH'; su - root -c 'echo $PATH; pwd; id -u'; " +
			"su - -c 'echo $PATH; pwd'; su -c 'id -u; echo $HOME $USER $LOGNAME $SHELL'",
		"su -s /bin/sh nobody -c 'id; echo $HOME $SHELL $USER; touch /tmp/x; touch /w/x; echo a >/w/one; cat /w/empty'; echo $?",
		"su bob -s /bin/sh -c 'echo $0 $# $1' a b c; su bob -c 'echo $0 $# $1' -- -x y; su -c 'echo $1' bob n m",
		"su nosuch -c id; echo $?; su bob -s /nosuch -c id; echo $?; su bob -s /w/one -c id; echo $?; su -q bob; echo $?; su bob -s '' -c 'echo $SHELL'",
		"echo 'id -un; echo $0 $#' | su bob; echo 'echo $1 $0' >/tmp/s; su bob /tmp/s a b; su - bob /tmp/s a; echo exit 3 | su bob; echo $?; " +
			"su bob -c 'exit 4'; echo $?; su bob -c false || echo failed",
		"su nobody -c id; echo $?",
		"su bob -c 'echo a >/tmp/a; su nobody -s /bin/sh -c id; echo $?; sh -c \"id -u\"; (id -u); x=$(id -u); echo $x; chown root /tmp/a; cd /root; " +
			"adduser -D y'; id -u; ls -n /tmp/a | cut -c 1-30",
		"su bob -c 'cat empty; echo b; cat' <one | sed s/^/x/ >/w/void/out; cat void/out; su bob -c 'echo a; echo b >&2' >void/out 2>&1; cat void/out; " +
			"su bob -c 'while read l; do echo $l; done' <one; (su bob -c 'id -un'; id -un) | cat; echo x | su bob -c 'cat >/tmp/p'; ls -n /tmp/p | cut -c1-30",
		"umask 077; su bob -c 'umask; touch /tmp/x'; su - bob -c 'umask'; rm -r /home/bob; su - bob -c 'pwd; echo $HOME'; chmod 700 /w; su bob -c 'pwd; ls; " +
			"cd /tmp; pwd'; mkdir /home/bob; su - bob -c pwd",
		"f() { su bob -c \"$1\"; }; f 'id -un'; f 'mkdir /tmp/d; echo a >/tmp/d/x'; stat -c '%u %g %a' /tmp/d /tmp/d/x; su bob -c 'rm -r /tmp/d; rm /w/two; " +
			"crontab -l; passwd -l bob'; for i in 1 2; do su bob -c 'echo $0'; done; xargs -n1 su bob -c 'echo \"$0 $*\"' <one; " +
			"find one -exec su bob -c id \\;",
		"addgroup bob users; addgroup bob wheel; su bob -c 'id; id -G'; sed -i 's/^bob:x:1000:1000/bob:x:0:0/' /etc/passwd; su bob -c 'id; whoami; " +
			"cat empty'; sed -i '/^bob/d' /etc/passwd; echo 'bob:x:1000:1000' >>/etc/passwd; su bob -c id; echo $?",
		"cd void; su bob -c 'pwd; echo $PWD; ls; echo y >f; echo a >/tmp/a; cd .; echo $?; sh -c pwd; cat ../one; ls /w/dir; cd /tmp; pwd; cd -; pwd'",
		"cd dir/sub; su bob -c 'pwd; cd ..; pwd'; chmod 700 /w; su bob -c 'pwd; cd ..; cd /tmp; pwd'; pwd",
		"echo 'exit 5' >/etc/profile; su - bob -c 'echo no'; echo $?; echo 'set -- q; false' >/etc/profile; su - bob -c 'echo $? $1' n; echo 'cd /tmp; " +
			"return 3; echo x' >/etc/profile; su - bob -c 'pwd; echo $?'; chmod 0 /etc/profile; su - bob -c 'echo y'",
	} {
		cases = append(cases, scriptCase{name: fmt.Sprintf("%d %.40s", i, script), script: profiles + script})
	}
	compareWithBusybox(t, cases)
}

// lockedRoot is the reference's root without anything that others than its owners may write, except for standard error.
var lockedRoot = sync.OnceValues(func() (*tree.Tree, error) {
	a, err := recorded()
	if err != nil {
		return nil, err
	}
	root := a.base.Clone()
	for _, n := range root.All() {
		if n.Type != tree.Symlink {
			n.Mode &^= 0o002
		}
	}
	return root, root.WriteFile(stderrFile, nil, 0o666)
})

var lockedFiles = sync.OnceValue(func() map[string]string {
	root, err := lockedRoot()
	if err != nil {
		return nil
	}
	return describeLocked(root)
})

// describeLocked leaves out what anybody may change: standard error, and the times of links.
func describeLocked(root *tree.Tree) map[string]string {
	files := describeTree(root)
	delete(files, stderrFile)
	for name, desc := range files {
		if strings.HasPrefix(desc, "link ") {
			files[name], _, _ = strings.Cut(desc, " mtime ")
		}
	}
	return files
}

// changesWithoutRights runs a case as a user who may write nothing. It returns the changes, of which there may be none.
func changesWithoutRights(c scriptCase) string {
	locked, err := lockedRoot()
	if err != nil {
		return err.Error()
	}
	root := locked.Clone()
	root.Now = interpretedNow
	user := tree.Credentials{UID: 12345, GID: 12345}
	Run(context.Background(), Options{User: user, Tree: root, Generation: apk.V2, Now: root.Now, Arch: "x86_64"},
		Script{Package: "case", Version: "1-r0", Type: apk.PostInstall, Body: []byte(c.text()), Args: c.args}) // its errors do not matter
	before, after := lockedFiles(), describeLocked(root)
	if maps.Equal(before, after) {
		return ""
	}
	want, got := outcome{files: before}, outcome{files: after}
	return fmt.Sprintf("as a user who may write nothing:\n%s\n(-before +after):\n%s", c.script, want.differences(got))
}
