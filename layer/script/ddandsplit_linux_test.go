package script

import "testing"

// TestDd leaves out the last line of a report: it has the time.
func TestDd(t *testing.T) {
	compareWithBusybox(t, eachLine(`
dd if=one of=new status=noxfer
dd if=one of=two status=noxfer
dd if=one of=two bs=4 count=2 status=noxfer
dd if=one bs=4 skip=1 status=noxfer
dd if=one of=two bs=4 seek=1 conv=notrunc status=noxfer
dd if=one of=two bs=4 seek=1 status=noxfer
dd if=one of=two bs=4 seek=100 status=noxfer; wc -c two
dd if=one of=two conv=notrunc status=noxfer
dd if=one of=two bs=1 seek=20 conv=notrunc status=noxfer
dd if=one of=new bs=5 conv=sync status=noxfer
dd if=one bs=5 conv=sync,noerror status=noxfer | wc -c
dd if=one of=new conv=fsync status=none
dd if=one of=empty status=none conv=notrunc,fsync
dd if=empty of=two conv=notrunc status=none
dd if=empty of=two status=none
dd if=empty of=two bs=4 seek=2 status=none
dd if=nosuch of=new
dd if=broken
dd if=dir of=new
dd if=one of=dir
dd if=one of=nosuch/new
dd bs=x
dd bs=0 if=one
dd bs=1x if=one
dd count=-1 if=one
dd foo=1
dd foo
dd conv=foo
dd iflag=foo
dd oflag=foo
dd status=foo
dd if=one of=/dev/null status=noxfer
dd if=/dev/null of=new status=noxfer
dd if=one count=0 status=noxfer
dd ibs=3 obs=5 status=noxfer < one
dd if=one bs=2 ibs=3 obs=5 status=noxfer
dd if=one ibs=3 obs=5 bs=2 status=noxfer
dd if=one skip=4 bs=3 iflag=skip_bytes status=none
dd if=one bs=7 count=4 iflag=count_bytes status=noxfer
dd if=one of=new bs=2 seek=3 oflag=seek_bytes status=none; wc -c new
dd if=one skip=99 status=noxfer
dd if=one bs=1kB count=1 status=noxfer
dd if=one bs=1w count=1 status=noxfer
dd if=one bs=1b skip=1 status=noxfer
dd if=one bs=4c count=1 status=noxfer
dd status=none < one
cat one | dd status=none of=new
{ dd bs=4 count=1 status=none; cat; } < one
dd if=two of=link status=none
dd if=one of=suid status=none; stat -c %a suid
dd if=one of=two oflag=append conv=notrunc status=none; cat two
dd if=link of=new status=none
rm -f /dev/zero; mknod /dev/zero c 1 5; dd if=/dev/zero of=new bs=1k count=3 status=noxfer; wc -c new; rm /dev/zero
rm -f /dev/zero; mknod /dev/zero c 1 5; dd if=/dev/zero bs=1M count=2 status=none | sha256sum; rm /dev/zero
rm -f /dev/zero; mknod /dev/zero c 1 5; dd if=/dev/zero of=one bs=1 count=2 seek=3 conv=notrunc status=none; cat one | tr '\0' .; rm /dev/zero
dd if=one of=new 2>&1 | grep -c copied
dd if=one of=new 2>&1 | sed -n 's/ copied.*//p'
`))
}

func TestSplit(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cd void; seq 10 | split -l 3; head *
cd void; seq 2500 | split; wc -l *
cd void; split -l 1 ../two p; head *
cd void; split -b 4 ../one p; head *
cd void; split -b 1k ../one; head *
seq 500 > void/n; cd void; split -b 1k n; wc -c *
seq 500 > void/n; cd void; split -b 1b n; wc -c *
cd void; split -a 3 -l 2 ../one q; head *
cd void; split -a 1 -l 1 ../one; head *
cd void; seq 5 | split -l 2 - z; head *
cd void; echo old > xaa; seq 2 | split -l 1; head *
cd void; seq 30 | split -a 1 -l 1
cd void; split ../empty; ls
split nosuch
split dir
split -l x one
split -b x one
split -l -1 one
split one a b
split one nosuch/x
split -a x one
cd void; split -l 1 -b 4 ../one; head *
printf 'a\nb' | split -l 1; head xa*
`))
}

func TestDu(t *testing.T) {
	compareWithBusybox(t, eachLine(`
du dir
du -a dir | sort
du -s dir
du -sh dir
du -ah dir | sort
du -m dir
du -c dir one
du -sc dir one void
du -h -c one two
du -d 0 dir
du -d1 dir
du -ad1 dir | sort
du . | sort
du one two
du nosuch dir
du one nosuch; echo $?
du two hard
du -l two hard
du -c two hard
du -sb dir
du -ab dir | sort
du dir dir
du dir dir/sub
du link dirlink
du -H dirlink
du -H dir dirlink link
du -H dirlink dir/sub void dir
du -HL dir
du -LH dir
du -L dirlink
du -L link
du -L broken
du -L dir
du dir/
du -k empty
du -h empty
du -x dir
du -s -d1 dir
du -d1 -s dir
du -hk dir
du -kh dir
du -hm dir
du -d x dir
du fifo broken
cd dir; du; du -s
seq 100000 > n; du -k n; du -h n; du -m n; du -b n; du -hb n; du -mb n
seq 1000000 > n; du -h n; du -m n
mkdir -m 0 x; du x
`))
}

func TestTree(t *testing.T) {
	compareWithBusybox(t, eachLine(`
tree dir
tree
tree dir void
tree nosuch
tree one
tree dirlink
tree link
tree dir/
tree -a
mkdir -p a/b/c a/d; touch a/b/c/x a/z; tree a
tree dir nosuch void
`))
}

func TestRunParts(t *testing.T) {
	const setUp = `mkdir r r/sub; for i in 10a 20-b c.sh d_e 'e f' g~; do printf '#!/bin/sh\necho %s "$@"; umask\n' "$i" > "r/$i"; chmod 755 "r/$i"; done
printf '#!/bin/sh\nexit 3\n' > r/15f; chmod 755 r/15f; echo x > r/noexec; ln -s 10a r/link; ln -s nosuch r/broken; ln -s noexec r/x
`
	var cases []scriptCase
	for _, line := range []string{
		"run-parts r", "run-parts /w/r", "run-parts r/", "run-parts -a x --arg=y r", "run-parts --test r", "run-parts --reverse r",
		"run-parts --reverse --test r",
		"run-parts --exit-on-error r", "run-parts nosuch", "run-parts", "run-parts r r", "run-parts -u 077 r", "run-parts -u 9 r",
		"cd r; run-parts .", "run-parts void",
		"run-parts one", "run-parts r/10a", "rm r/15f; run-parts r", "rm r/15f; run-parts --exit-on-error r",
		"ln -s r l; run-parts l", "run-parts --umask=022 r", "run-parts --arg x r",
	} {
		c := inFixture(setUp + line)[0]
		c.name = line
		cases = append(cases, c)
	}
	compareWithBusybox(t, cases)
}
