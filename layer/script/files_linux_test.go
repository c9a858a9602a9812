package script

import (
	"strings"
	"testing"
)

// inFixture makes cases of scripts that start in the directory of the fixture's files. Each
// is named after what it runs. "$?" of every line is printed, so that a line is a case of
// its own.
func inFixture(scripts ...string) []scriptCase {
	var cases []scriptCase
	for _, s := range scripts {
		var b strings.Builder
		b.WriteString("cd /w\n")
		for line := range strings.Lines(s) {
			b.WriteString(line)
		}
		b.WriteString("\necho \"=$?\"")
		name := s
		if len(name) > 60 {
			name = name[:60]
		}
		cases = append(cases, scriptCase{name: name, script: b.String()})
	}
	return cases
}

func TestMakeDirectories(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"mkdir a b/ 'c d'",
		"mkdir -p a/b/c d//e/ one/x",
		"mkdir -m 1777 t; mkdir -m 700 -p p/q/r; mkdir -m u=rwx,go= s",
		"mkdir -m 750 -p dir; mkdir -pm 2755 dir/sub",
		"mkdir one; mkdir dir; mkdir -p dir; mkdir -p one",
		"mkdir no/such; mkdir ''; mkdir -p ''",
		"mkdir -m 999 x",
		"mkdir -m foo x",
		"mkdir",
		"mkdir link; mkdir -p link; mkdir dirlink; mkdir -p dirlink/n; mkdir broken; mkdir -p broken/x",
		"mkdir -- -x; mkdir ./-y",
		"mkdir --parents a/b --mode=711 c",
		"mkdir -p one/a/b",
		"mkdir -p loop/a",
		"mkdir /; mkdir .; mkdir -p / . ..",
		"rmdir void dir one nothing",
		"mkdir -p a/b/c; rmdir -p a/b/c; rmdir -p dir/sub",
		"mkdir -p a/b/c; rmdir a/b/c/; rmdir a/b a",
		"rmdir --ignore-fail-on-non-empty dir void",
		"rmdir .; rmdir ..; rmdir void/.; rmdir dirlink; rmdir dirlink/; rmdir ''",
		"rmdir",
	))
}

func TestRemove(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"rm one two empty",
		"rm nothing; rm -f nothing; rm ''; rm -f ''",
		"rm dir; rm -f dir",
		"rm -r dir void",
		"rm -rf dir nothing one",
		"rm -R dirlink; rm -r link broken loop",
		"rm -rf dirlink/",
		"rm -r dirlink/",
		"rm one/; rm -f one/x; rm one/x",
		"rm . ..; rm -rf . .. dir/. dir/..",
		"rm; rm -f",
		"rm -- -dash; rm ./-dash",
		"rm ./*",
		"rm 'a b' 'new\nline'",
		"rm hard",
		"rm fifo /dev/null",
		"unlink one; unlink dir; unlink nothing; unlink",
		"rm -rf /tmp /home/",
	))
}

func TestLinks(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"ln -s one l1; ln one l2; ln -s nothing l3; ln nothing l4",
		"ln -s one dir; ln one dir; ln -s a b dir/sub",
		"ln -s one two; ln -sf one two; ln -f one two",
		"ln -s x dirlink; ln -sn x dirlink; ln -snf x dirlink",
		"ln -sf x dirlink",
		"ln -sfn x dir",
		"ln -sT x dir; ln -sT x nn; ln -sfT x dirlink; ln -T a b c",
		"ln -s ../etc/passwd; ln -s /etc/passwd",
		"ln dir d2; ln link l2; ln broken l3",
		"ln -s; ln",
		"ln one two nothing; ln -s one two link",
		"ln -sf one one; ln -f one one",
		"ln -s '' e; ln -s one ''",
		"ln -s x y/; ln one y/; ln -s x one/",
		"ln -sf /etc/init.d/x /w/void",
		"ln -s a/b/ dir",
		"ln -s x fifo; ln -sf x fifo",
		"link one n; link one two; link one",
		"readlink link broken; readlink link; readlink broken; readlink one; readlink dir; readlink nothing",
		"readlink -f link; readlink -f dirlink/inner; readlink -f broken; readlink -f nothing; readlink -f no/thing; readlink -f loop; readlink -f one/x; "+
			"readlink -f .; readlink -f ''",
		"readlink -n link; readlink -v nothing; readlink -v one; readlink",
		"readlink -f dirlink/; readlink -f nothing/; readlink -f /; readlink -f //w//one; readlink -f dirlink/..; readlink -f one/",
		"realpath link; realpath dirlink/sub/deep; realpath nothing; realpath no/thing; realpath broken loop .; realpath; realpath / ''",
		"basename /a/b/c; basename c.txt .txt; basename .txt .txt; basename /; basename ''; basename a/; basename; basename a b c",
		"basename //; basename a//; basename abc bc; basename abc c/",
		"basename -a a/b c/d; basename -s .x a.x b/c.x",
		"dirname /a/b/c; dirname a; dirname /; dirname ''; dirname a/; dirname a//b//; dirname //a; dirname; dirname a b",
	))
}

func TestCopy(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"cp one n; cp two n2; cp suid n3; cp empty n4; cp attr n5",
		"cp one two; cp two empty; cp one link; cp one broken",
		"cp one dir; cp one two dir; cp one dirlink; cp one dir/",
		"cp link n; cp -d link n2; cp -P link n3; cp -L link n4; cp broken n5; cp -d broken n6; cp loop n7",
		"cp dir n; cp -r dir n; cp -r dir n",
		"cp -r dir void; cp -R dir n",
		"cp -a dir n; cp -a one two link hard void",
		"cp -p two n; cp -p suid n2; cp -p attr n3; cp -p dir n4; cp -rp dir n5",
		"cp -a two n; cp -a suid n2; cp -a link n3; cp -a fifo n4; cp -a broken n5; cp -a loop n6",
		"mkdir t; cp -a ./* t",
		"mkdir t; cp -r ./* t",
		"mkdir t; cp ./[a-eg-z]* t",
		"mkdir t; cp -rL dir dirlink link t",
		"mkdir t; cp -rH dirlink link t; cp -H link n",
		"mkdir t; cp -rp hard two t",
		"mkdir t; cp -p hard two t",
		"mkdir t; cp -dp hard two t; cp -dp hard two t",
		"cp nothing n; cp one; cp; cp one two nothing; cp one nothing/; cp one no/thing",
		"cp one one; cp one ./one; cp one link; cp link one; cp -d link one; cp hard two",
		"cp -f one link; cp -f one dir; cp -f dir one; cp -rf dir one; cp -r dir/ one",
		"cp -f one nothing/x; cp -f one one/x; cp one one/x",
		"cp -r dir dir/sub; cp -r . void",
		"cp -T one n; cp -T one dir; cp -rT dir n2; cp -rT dir void; cp -T one two n",
		"cp -t dir one two; cp -t one two; cp -t nothing one",
		"cp -n one two; cp -n one n; cp -u one two; touch one; cp -u one two",
		"cp -l one n; cp -l one two; cp -lf one two; cp -s one n2; cp -s one two; cp -sf one two; cp -rl dir n3",
		"cp 'a b' n; cp -- -dash n2; cp ./-dash n3; cp 'new\nline' n4",
		"cp one/ n; cp one/x n; cp '' n; cp one ''",
		"cp -r dir/. n; cp -r dir/.. m; cp -a dir/. void/",
		"cp /dev/null n; cp -a /dev/null n2",
		"chmod 000 one; cp one n; cp -p one n1",
		"cp -f one fifo; cp -r one fifo",
		"cp -r fifo two; cp -rf fifo two",
		"cp -a dir/link two; cp -af dir/link two; cp -a dir/link dir",
		"cp --archive dir n; cp --recursive --force one n2",
		"ln -s /w/dir/sub s; cp one s; cp -a s n; cp -r s/ n2",
		"cp -a dir dirlink void",
		"cp -a dir/ void; cp -a dirlink/ n",
		"mkdir -p t/dir; echo x > t/dir/inner; cp -a dir t; cp -r dir t",
		"mkdir -p t; echo x > t/dir; cp -a dir t; cp -rf dir t",
		"mkdir -p t/one; cp one t; cp -f one t; cp -T one t",
	))
}

func TestMove(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"mv one n; mv two empty; mv dir n2; mv link n3; mv dirlink n4; mv broken n5; mv fifo n6; mv attr n7",
		"mv one two dir; mv dir void",
		"mv one link; mv two dirlink",
		"mv one; mv; mv nothing n; mv one no/thing; mv one nothing/",
		"mv dir one; mv one two empty; mv one dir/sub/deep/",
		"mv one one; mv hard two; mv one ./one; mv dir dir; mv dir dir/sub; mv dir dir/n",
		"mv -n one two; mv -n one n; mv -f two empty",
		"mv -T one dir; mv -T void n; mv -T dir void; mv -T one two n",
		"mv -t dir one two; mv -t one two; mv -t nothing one",
		"mkdir -p t/dir; mv dir t; mkdir t/void; mv void t; mv t/void t/dir",
		"mkdir -p t/dir/x; mv dir t",
		"mkdir -p t/one; mv one t; mv -f one t",
		"echo x > t; mv dir t; mv -f dir t",
		"mv dir/ n; mv void n/; mv dirlink/ m; mv one/ k; mv void k/",
		"mv . n; mv .. n; mv dir/. n; mv '' n; mv one ''",
		"mv -- -dash n; mv 'a b' 'c d'; mv 'new\nline' dir",
		"mv /w/one /w/one.conf; mv suid dir/..",
	))
}

func TestModes(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"chmod 755 one two; chmod 0 one; chmod 4755 two; chmod 07777 dir; chmod 644 suid",
		"chmod +x one two empty suid dir; chmod -x suid; chmod -w one; chmod -rwx two",
		"chmod u+s one; chmod g+s one; chmod +t one; chmod o+t two; chmod u+t empty; chmod a+t attr; chmod +s two",
		"chmod u=rwx,g=rx,o= one; chmod a=r two; chmod = empty; chmod =rw attr; chmod o= suid",
		"chmod g=u one; chmod o=g two; chmod u=o suid; chmod g+u,o-g attr; chmod ug=o attr",
		"chmod a+X one two attr dir; chmod u+x,a+X one; chmod go-rwx,u+w two",
		"chmod u=s suid; chmod u-s,g-s suid; chmod ug+s,o+t dir; chmod g=rx dir; chmod u=rwx dir; chmod =rwx dir; chmod a=rx dir",
		"chmod -R 700 dir; chmod -R u+x void link",
		"chmod -R go-rwx dir; chmod -R a+rX dir; chmod -R +x dirlink; chmod -R 711 dirlink/",
		"chmod 600 link; chmod 700 dirlink; chmod 600 broken; chmod 600 loop",
		"chmod 644 nothing one; chmod -f 644 nothing; chmod 644 ''; chmod 644 one/",
		"chmod; chmod 644; chmod -R 644",
		"chmod 888 one; chmod 17777 one; chmod foo one; chmod u one; chmod u+q one; chmod +, one; chmod , one; chmod '' one; chmod ,, one; chmod u+x, one",
		"chmod u+x+w-r one; chmod u=,g=r two; chmod ug+rw,o+r,o-w suid; chmod a-x,u+x attr",
		"chmod -- -x suid; chmod 0755 -- one; chmod -R -- 700 dir",
		"chmod 700 -R dir; chmod a+x -R dir; chmod -f 600 nothing one; chmod 711 -f nothing two",
		"chmod uuu+x one; chmod augo+x two; chmod +rwxXst empty; chmod -- = one",
		"chmod 644 fifo /dev/null 'a b' 'new\nline' ./-dash",
		"chmod 0000000644 one; chmod 6xx one; chmod 0o755 one",
	))
}

func TestOwners(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"chown 1:2 one; chown bin two; chown bin:daemon attr; chown :adm empty; chown root: suid; chown mail: -- -dash",
		"chown 5 suid; chmod 6755 suid; chown :7 suid; chmod 2644 one; chown 1:1 one; chmod 4644 two; chown 1:1 two; chmod 6711 attr; chown root:root attr",
		"chown bin.daemon one; chown .adm two; chown bin. empty; chown 3.4 attr; chown . suid",
		"chown nobody:nogroup one; chown foo one; chown root:foo one; chown foo:root one; chown foo: one; chown :foo one",
		"chown 1000: one; chown 0: two; chown : suid; chown '' one; chown -- -1 one; chown 4294967295 one; chown 99999999999 one",
		"chown 7:8 link; chown -h 9:9 link; chown 7:8 broken; chown -h 7:8 broken; chown 7 dirlink; chown 7 loop",
		"chown -R 3:4 dir; chown -R 5:5 link dirlink",
		"chown -R 3:4 dirlink/; chown -Rh 5:6 dir; chown -R -h 7 dirlink",
		"chown -RL 3:4 dirlink; chown -RL 5 dir; chown -RP 7 dirlink; chown -RH 8:8 dirlink",
		"mkdir t; ln -s ../one t/l; ln -s ../nothing t/m; ln -s ../void t/n; chown -R 9:9 t",
		"mkdir t; ln -s ../one t/l; ln -s ../void t/n; chown -RL 9:9 t",
		"mkdir t; ln -s ../one t/l; chown -Rh 9:9 t",
		"chown 3 nothing one; chown -f 3 nothing one; chown; chown 3; chown -R 3",
		"chgrp 5 one two; chgrp mail suid; chgrp -R adm dir; chgrp foo one; chgrp; chgrp 5; chgrp -h 6 link; chgrp 6 nothing; chgrp '' one",
		"chown 3:3 void dir fifo /dev/null; chmod 2755 void; chown 4:4 void",
		"chown root:shadow /etc/shadow; chmod 640 /etc/shadow",
		"chown --recursive 3 dir; chown --no-dereference 4 link",
	))
}

func TestTouch(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"touch one n 'c d' dir dirlink link; touch -c m; touch no/thing; touch broken",
		"touch -d @123456789 one; touch -d '2020-01-02 03:04:05' two; touch -d '2020-01-02 03:04:06' n",
		"touch -t 202001020304 one; touch -t 202001020304.05 two; touch -t 2001020304 n; touch -t 6901020304 k; touch -t 6801020304 l",
		"touch -r one n; touch -r nothing n2; touch -h link; touch -hc nothing; touch -h nothing; touch -cr two one",
		"touch -d foo one; touch -d '' one; touch -t 99 one; touch -d '2020-13-01' one; touch -d '2020-01-01 25:00' one; touch -t 202013010000 one",
		"touch; touch ''; touch -c one/x; touch one/x; touch nn/; touch one/; touch dir/; touch loop",
		"touch -a one; touch -m two; touch -am empty; touch -a n",
		"touch -d '2020.01.02-03:04:05' one; touch -d '@0' n; touch -d '@1x' n; touch -d '2020-01-02T03:04:05' k",
		"touch -d '2020-1-2 3:4:5' l; touch -d '2020-02-30 1:2:3' m; touch -d 202001020304 o",
	))
}

func TestSpecialFiles(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"mkfifo p; mkfifo -m 600 q; mkfifo one; mkfifo; mkfifo no/p; mkfifo -m xyz r",
		"mknod p p; mknod c c 1 3; mknod -m 666 d u 5 1; mknod -m 660 b b 8 0; mknod one p; mknod; mknod p; mknod x c; mknod x c 1; mknod x p 1 2; mknod x q",
		"mknod x c a 1; mknod x c 1 a; mknod no/x p; mknod -m 4755 y p",
		"truncate -s 0 one; truncate -s 5 two; truncate -s 8 empty; truncate -c -s 3 n; truncate -s 2 n; truncate -s 1k m; truncate -s x n; truncate one; "+
			"truncate -s 3; truncate -s 3 dir; truncate -s 3 no/x",
		"f=$(mktemp); [ -f \"$f\" ] && [ \"${f%??????}\" = /tmp/tmp. ] && stat -c '%a %s' \"$f\"; rm \"$f\"",
		"f=$(mktemp -d); [ -d \"$f\" ] && [ \"${f%??????}\" = /tmp/tmp. ] && stat -c '%a' \"$f\"; rmdir \"$f\"",
		"f=$(mktemp abc.XXXXXX); [ \"${f%??????}\" = abc. ] && stat -c '%a' \"$f\"; rm \"$f\"; f=$(mktemp -p dir x.XXXXXX); echo \"${f%??????}\"; rm \"$f\"; "+
			"f=$(mktemp -t y.XXXXXX); echo \"${f%??????}\"; rm \"$f\"",
		"f=$(mktemp -u); [ -e \"$f\" ]; echo $?; TMPDIR=/w; export TMPDIR; f=$(mktemp); echo \"${f%??????}\"; rm \"$f\"; f=$(mktemp -d); "+
			"echo \"${f%??????}\"; rmdir \"$f\"",
		"a=$(mktemp); b=$(mktemp); [ \"$a\" != \"$b\" ]; echo $?; rm $a $b",
		"mktemp foo; mktemp -q foo; mktemp no/such.XXXXXX; mktemp -d no/such.XXXXXX; mktemp a b; mktemp -q no/such.XXXXXX; mktemp -p nothing",
	))
}

func TestInstall(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"install one n; install -m 644 two n2; install -m 4755 one n3; install -m u=rw,go=r one n4; install suid n5",
		"install -o bin -g daemon one n; install -o 3 one n2; install -g 4 one n3; install -m 6755 -o 3 -g 4 one n4; install -o foo one n; "+
			"install -g foo one n",
		"install -d a b/c; install -dm 700 p/q; install -d -m 1777 -o 3 -g 4 r/s; install -d dir; install -d one; install -d",
		"install -D one a/b/c; install -Dm 600 one a/d; install -D one two dir; install -D one two n/m",
		"install one two dir; install one dir; install one dir/; install one two nothing; install one dirlink",
		"install -p one n; install -pm 600 two n2; install -c one n3",
		"install nothing n; install one; install; install dir n; install one no/thing; install link n; install broken n9",
		"install one two; install -m 600 one link; install one fifo; install one broken",
		"install -t dir one two; install -t nothing one; install -Dt a/b one; install -t dir",
		"install one one; install -m foo one n; install -m 99 one n",
	))
}
