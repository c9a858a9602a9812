package script

import "testing"

// Whole and partial blocks are counted apart; count, skip and seek are in blocks.
func TestBlocksOfDd(t *testing.T) {
	compareWithBusybox(t, eachLine(`
dd status=noxfer if=one of=x bs=4
dd status=noxfer if=one of=x bs=5 count=1
dd status=noxfer if=one of=x bs=5 count=1 skip=1; cat x
dd status=noxfer if=one of=x bs=1 skip=99; cat x
dd status=noxfer if=one of=x bs=3 skip=1 seek=2; od -c x
dd status=noxfer if=one of=two bs=3 count=1 conv=notrunc; cat two
dd status=noxfer if=one of=two bs=3 count=1 seek=1 conv=notrunc; cat two
dd status=noxfer if=one of=two bs=3 count=1 seek=1; cat two
dd status=noxfer if=one of=two bs=1 count=0; cat two
dd status=noxfer if=one of=two bs=1 count=0 seek=3; cat two
dd status=noxfer if=one of=two bs=1 count=0 conv=notrunc; cat two
dd status=noxfer if=one of=x ibs=3 obs=5; cat x
dd status=noxfer if=one of=x ibs=3 obs=5 count=2; cat x
dd status=noxfer if=one of=x ibs=4 skip=1 obs=2 seek=1; od -c x
dd status=noxfer if=one of=x bs=7 conv=sync; od -c x
dd status=noxfer if=one of=x ibs=6 conv=sync; od -c x
dd status=noxfer if=empty of=x conv=sync; od -c x
dd status=noxfer if=one of=x ibs=4 obs=16 conv=sync; od -c x
dd status=noxfer if=one of=x bs=4 conv=noerror; cat x
dd status=noxfer if=one of=x bs=4 conv=fsync; cat x
dd status=noxfer if=one of=x bs=4 conv=sync,notrunc,noerror; od -c x
dd status=noxfer if=one of=x conv=; cat x
dd status=noxfer if=one of=x conv=nothing; echo $?
dd status=noxfer if=one of=x conv=sync,; echo $?
dd if=one of=x status=none
dd if=one of=x status=noxfer
dd if=one of=x status=progress; echo $?
dd if=one of=x status=; echo $?
dd if=one bs=4 status=none
dd status=noxfer bs=4 count=2 < one
dd status=noxfer < one > x; cat x
dd status=noxfer of=x < one; cat x
dd status=noxfer if=one | cat
dd status=noxfer if=one bs=4 count=1 2>&1 | head -n 1
dd status=noxfer if=nothing of=x; echo $?; ls x
dd status=noxfer if=dir of=x; echo $?
dd status=noxfer if=one of=dir; echo $?
dd status=noxfer if=one of=nothing/x; echo $?
dd status=noxfer if=two of=link; cat one
dd status=noxfer if=two of=broken; cat nothing
dd status=noxfer if=one of=/dev/null
dd status=noxfer if=/dev/null of=x; ls -l x | cut -c1-10
dd status=noxfer if=/dev/null of=one; wc -c one
dd status=noxfer nothing; echo $?
dd status=noxfer if; echo $?
dd status=noxfer x=y; echo $?
dd status=noxfer if=one of=x bs=; echo $?
dd status=noxfer if=one of=x bs=0; echo $?
dd status=noxfer if=one of=x bs=x; echo $?
dd status=noxfer if=one of=x bs=-1; echo $?
dd status=noxfer if=one of=x bs=1x; echo $?
dd status=noxfer if=one of=x bs=1c
dd status=noxfer if=one of=x bs=2w
dd status=noxfer if=one of=x bs=1b
dd status=noxfer if=one of=x bs=1kB
dd status=noxfer if=one of=x bs=1KB; echo $?
dd status=noxfer if=one of=x bs=1kD
dd status=noxfer if=one of=x bs=1k
dd status=noxfer if=one of=x bs=1K; echo $?
dd status=noxfer if=one of=x bs=1M
dd status=noxfer if=one of=x bs=1MB
dd status=noxfer if=one of=x bs=1MD
dd status=noxfer if=one of=x bs=1m; echo $?
dd status=noxfer if=one of=x bs=2x2; echo $?
dd status=noxfer if=one of=x count=x; echo $?
dd status=noxfer if=one of=x count=-1; echo $?
dd status=noxfer if=one of=x skip=-1; echo $?
dd status=noxfer if=one of=x seek=x; echo $?
dd status=noxfer if=one of=x bs=1 count=1k; wc -c x
dd status=noxfer if=one of=x bs=1 count=2w; cat x
dd status=noxfer if=one of=x bs=3 count=2B; cat x
dd status=noxfer if=one of=x bs=1 skip=1c count=3; cat x
dd status=noxfer if=one of=x bs=1 seek=1k; wc -c x
dd status=noxfer if=one of=x bs=2 count=3 iflag=skip_bytes skip=1; cat x
dd status=noxfer if=one of=x bs=2 count=3 iflag=count_bytes; cat x
dd status=noxfer if=one of=x bs=4 count=5 iflag=count_bytes,skip_bytes skip=3; cat x
dd status=noxfer if=one of=x bs=4 oflag=seek_bytes seek=3; od -c x
dd status=noxfer if=one of=x bs=4 iflag=fullblock; cat x
dd status=noxfer if=one of=x bs=4 oflag=append; cat x
dd status=noxfer if=one of=two bs=4 oflag=append conv=notrunc; cat two
dd status=noxfer if=one of=two bs=4 oflag=append; cat two
dd status=noxfer if=one of=x iflag=nothing; echo $?
dd status=noxfer if=one of=x oflag=sync; echo $?
dd status=noxfer if=one of=x bs=2 if=two; cat x
dd status=noxfer if=one if=two of=x of=y; ls x y; cat y
dd status=noxfer bs=3 bs=4 if=one of=x
dd status=noxfer ibs=2 bs=4 if=one of=x
dd status=noxfer bs=4 ibs=2 if=one of=x
dd status=noxfer bs=4 obs=2 if=one of=x
seq 100 | dd bs=1 count=5 status=none
seq 100 >many; dd bs=10 skip=2 count=1 status=none <many
seq 100 > y; dd if=y status=noxfer of=x bs=7 count=3; cat x
{ dd status=noxfer bs=4 count=1; cat; } < one
{ dd bs=2 count=2 status=none; head -n 1; } < one
{ dd bs=2 skip=1 count=1 status=none; cat; } < one
umask 027; dd status=noxfer if=one of=x; stat -c %a x
touch -d @5 x; dd status=noxfer if=one of=x bs=1 count=0 conv=notrunc; stat -c %Y x
dd -x; echo $?
dd status=noxfer if=one of=- ; cat ./-
cd void; cp ../one ./-; dd if=- status=none
`))
}

func TestSizesOfTruncate(t *testing.T) {
	compareWithBusybox(t, eachLine(`
truncate -s 5 one; cat one
truncate -s 0 one; ls -l one | cut -c1-10
truncate -s 20 one; od -c one
truncate -s 3 new; od -c new
truncate -cs 3 new; echo $?; ls
truncate -s +3 one; od -c one
truncate -s -3 one; cat one
truncate -s -99 one; wc -c one
truncate -s '<5' one; wc -c one
truncate -s '>5' one; wc -c one
truncate -s '/4' one; wc -c one
truncate -s '%4' one; wc -c one
truncate -s 1k one; wc -c one
truncate -s 1K one; wc -c one
truncate -s 1b one; wc -c one
truncate -s 1c one; echo $?
truncate -s 1kB one; wc -c one
truncate -s 1KB one; wc -c one
truncate -s 1M new; wc -c new
truncate -s 1MB new; wc -c new
truncate -s x one; echo $?
truncate -s '' one; echo $?
truncate -s 0x5 one; echo $?
truncate -s 010 one; wc -c one
truncate one; echo $?
truncate -s 5; echo $?
truncate -s; echo $?
truncate -s 5 dir; echo $?
truncate -s 5 nothing/x; echo $?
truncate -s 5 link; cat one
truncate -s 5 broken; wc -c nothing
truncate -s 5 loop; echo $?
truncate -s 5 one two; cat one two
truncate -s 5 dir one; echo $?; cat one
truncate -c -s 5 nothing one; echo $?; cat one
truncate -s 14 one
touch -d @5 x; truncate -s 0 x
touch -d @5 one; truncate -s 14 one
chmod 400 one; truncate -s 2 one; cat one
truncate -s 5 suid; stat -c '%a %s' suid
truncate -s 6 hard; cat two
umask 077; truncate -s 1 new; stat -c %a new
truncate --size 5 one; echo $?
truncate -r two one; echo $?
`))
}

// Each program has its own set of suffixes.
func TestSuffixesOfSizes(t *testing.T) {
	compareWithBusybox(t, eachLine(`
for s in b c w kB kD k KB KD K MB MD M m GB T; do rm -f x; dd status=noxfer if=one of=x bs=3 count=1$s 2>&1; done
for s in 1c 1w 1b 1kB 1kD 1k 1KB 1KD 1K 1kiB 1KiB 1MB 1MD 1M; do rm -f x; dd status=noxfer if=/dev/null of=x bs=1 seek=$s 2>/dev/null; echo $s $(wc -c <x); done
for s in 1c 1b 1kB 1kD 1k 1KB 1KD 1K 1kib 1kiB 1KiB 1Kib 1MB 1mB 1MD 1M 1m 1MiB 1miB 1g1 1kk; do rm -f x; truncate -s $s x; echo $s $(wc -c <x); done
stat -c '%+u|% u|%+Y|% Y|%+a|%+h|%+f|%+t' one; stat -c '%-+5u|%+-5Y|% 05Y|%0 12Y|%+012Y|%.12Y|%+.12Y' one
stat -c '%5' one two; echo $?; stat -c 'a%' one two; echo $?; stat -c '%5%|%-5%|%05%' one; stat -c '%n %' one; echo $?
stat -c '%-' one; echo .
`))
}
