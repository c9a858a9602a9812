package script

import (
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestMakingArchives compares the archives that tar makes byte for byte. A case lists files by name, or has directories with one file only,
// since busybox takes the order of a directory from the disk.
func TestMakingArchives(t *testing.T) {
	compareWithBusybox(t, eachLine(`
tar cf /tmp/a one two; tar tf /tmp/a; tar -c -f /tmp/b two hard; tar tf /tmp/b; tar -cf /tmp/c hard two one hard; tar tf /tmp/c
tar cvf /tmp/a one suid empty; echo $?; tar cvvf /tmp/b one; tar -cv one >/tmp/c; tar tf /tmp/c; tar c one >/tmp/d 2>/tmp/said; cmp /tmp/c /tmp/d
tar cf /tmp/a link broken loop dirlink; tar tf /tmp/a ; tar cf /tmp/b dirlink/; tar tf /tmp/b | sort; rm /tmp/a /tmp/b
tar cf /tmp/a fifo attr suid 'a b' -- -dash; tar tf /tmp/a; tar cf /tmp/b new* ./-dash; tar tf /tmp/b
tar cf /tmp/a void dir/sub dir/inner; tar tf /tmp/a; tar cf /tmp/b void/ ./void .//void /w/void; tar tf /tmp/b
tar cf /tmp/a dir/../one ../w/one ./one /w/one //w/one; echo $?; tar tf /tmp/a; tar cf /tmp/b ..; echo $?; rm /tmp/b; tar cf /tmp/c ../; rm /tmp/c; cd dir; `+
		`tar cf /tmp/d ../one; tar tf /tmp/d
cd dir/sub; tar cf /tmp/a .; tar tf /tmp/a; tar cf /tmp/b ./; tar tf /tmp/b; tar cf /tmp/c -C /w/dir/sub .; cmp /tmp/a /tmp/c; tar cf /tmp/d -C .. sub; `+
		`tar tf /tmp/d; tar cf /tmp/e -C / w/dir/sub; tar tf /tmp/e
tar cf /tmp/a -C dir inner -C sub deep; echo $?; tar cf /tmp/b -C nosuch one; echo $?; tar cf /tmp/c -C one two; echo $?; tar cf /tmp/d -C dir; echo $?; `+
		`tar -C dir -cf x inner; echo $?; ls
tar cf /tmp/a nosuch; echo $?; tar tf /tmp/a; echo $?; tar cf /tmp/b one nosuch two; echo $?; tar tf /tmp/b; tar cf /nosuch/a one; echo $?; tar cf dir one; `+
		`echo $?; tar cf '' one; echo $?; tar cf
tar cf one one; echo $?; tar tf one; cp two t; tar cf t t one; tar tf t; mkdir d; cp one d; tar cf d/a d; echo $?; tar tf d/a | sort; rm -r d t
tar cf /tmp/a --exclude two one two; tar tf /tmp/a; tar cf /tmp/b --exclude 'o*' --exclude=e?pty one two empty; tar tf /tmp/b; `+
		`tar cf /tmp/c --exclude dir/sub dir/sub dir/inner; tar tf /tmp/c; tar cf /tmp/d --exclude deep dir/sub; tar tf /tmp/d
tar cf /tmp/a --exclude sub dir/sub dir/inner; tar tf /tmp/a; tar cf /tmp/b --exclude '*/sub/*' dir/sub; tar tf /tmp/b; `+
		`tar cf /tmp/c --exclude /w/one /w/one one; tar tf /tmp/c; tar cf /tmp/d --exclude ./one ./one one; tar tf /tmp/d
n=$(printf '%098d' 0); for i in '' 1 12 123; do echo $i >$n$i; touch -d @$((1${i:-0})) $n$i; tar cf /tmp/a$i $n$i; tar tf /tmp/a$i; done; mkdir $n; `+
		`mkdir ${n}d; touch -d @5 $n ${n}d; tar cf /tmp/b $n; tar cf /tmp/c ${n}d; rm -r 0*
n=$(printf '%098d' 0); for i in '' 1 12 123; do ln -s $n$i s$i; touch -h -d @3 s$i; tar cf /tmp/a$i s$i; tar tf /tmp/a$i; rm s$i; done; echo x >$n; ln $n h; `+
		`touch -d @2 h; tar cf /tmp/h $n h; tar tf /tmp/h; ln $n ${n}22; tar cf /tmp/i ${n}22 $n; rm 0* h
for n in 0 1 511 512 513 1024 10239 10240; do head -c $n /dev/zero >f; touch -d @9 f; tar cf /tmp/a f; wc -c </tmp/a; md5sum /tmp/a; done; rm f /tmp/a
cp one f; for d in 0 1 1000000000 4294967295 4294967296 8589934591; do touch -d @$d f; tar cf /tmp/a f; md5sum </tmp/a; done; touch -d @7 f; `+
		`for m in 0 1 7 77 777 1777 7777 644; do chmod $m f; tar cf /tmp/a f; md5sum </tmp/a; done; rm f /tmp/a
cp one f; touch -d @7 f; for o in 0:0 1000:1001 65534:65533 35:35 2097151:2097151 2097152:2097152 12345678:1 4294967294:0; do chown $o f; tar cf /tmp/a f; `+
		`md5sum </tmp/a; done; rm f /tmp/a
mknod c c 1 3; mknod b b 259 70000; touch -d @7 c b; tar cf /tmp/a c b; tar tf /tmp/a; rm c b
tar cf - one two | tar tf -; tar c one | tar t; tar cO one >/tmp/a; echo $?; tar cf - one - ; echo $?
tar czf /tmp/a.gz one two; gunzip -c /tmp/a.gz | md5sum; tar tzf /tmp/a.gz; tar xzOf /tmp/a.gz; rm /tmp/a.gz; tar zcf - one | zcat | md5sum; `+
		`tar -z -c one | tar tz; tar cf /tmp/b.gz one; tar tf /tmp/b.gz; rm /tmp/b.gz
tar cmf /tmp/a one; tar tf /tmp/a; tar cpf /tmp/b one; tar cof /tmp/c one; md5sum /tmp/a /tmp/b /tmp/c; tar ckf /tmp/d one
tar cf /tmp/a --strip-components=1 dir/sub; tar tf /tmp/a; tar cf /tmp/b --overwrite one; tar cf /tmp/c --no-same-owner one; ls /tmp
tar -c --file=/tmp/a one; tar --create --file /tmp/b two; tar tf /tmp/a; tar --list --file /tmp/b; tar --create --verbose --gzip --file /tmp/c one; `+
		`tar --list --gzip --file=/tmp/c; rm /tmp/c; tar --create --directory dir --file /tmp/d inner; tar tf /tmp/d
tar tcf /tmp/a one; echo $?; tar; echo $?; tar -f /tmp/a one; echo $?; tar c; echo $?; tar cf /tmp/a; echo $?; ls /tmp
`))
}

// TestMakingArchivesAsAUser compares tar of files that the user may not read or enter, and archives where it may not write.
func TestMakingArchivesAsAUser(t *testing.T) {
	cases := eachLine(`
tar cf /tmp/a one two empty; echo $?; tar tf /tmp/a; tar cf /tmp/b suid void; echo $?; tar tf /tmp/b; tar cf x one; echo $?; tar c two | tar t; ` +
		`tar cf - empty | wc -c
tar cf /tmp/a void; echo $?; tar tf /tmp/a; tar cf /tmp/b void/x; echo $?; tar cf /tmp/c dir/.hidden dir/inner; echo $?; tar tf /tmp/c; ` +
		`tar cf /tmp/d -C void .; echo $?; tar cf /tmp/e -C void x; echo $?; ls /tmp
`)
	for i := range cases {
		cases[i].user = &tree.Credentials{UID: 405, GID: 100}
	}
	compareWithBusybox(t, cases)
}
