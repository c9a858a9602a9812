package script

import "testing"

func TestMakingAndRemoving(t *testing.T) {
	compareWithBusybox(t, eachLine(`
fallocate -l 10 f; fallocate -l 5 f; wc -c f; fallocate -l 20 -o 3 f; od -c f; fallocate f; echo $?; fallocate -l 1k g; wc -c g; fallocate -l 1m h; wc -c h; fallocate -l 2 one; cat one
fallocate -l x f; echo $?; fallocate -l 0 f; echo $?; ls f; fallocate -l 5 nosuch/x; echo $?; fallocate -l 1 a b; echo $?; ls a b; fallocate -l -1 z; echo $?; fallocate -o 5 z; echo $?; fallocate -l 0k z; fallocate -l 1c z; fallocate -l 3 link dir; fallocate -l 3 dir; echo $?; fallocate -l 30 link; wc -c one; fallocate; fallocate -l; umask 077; fallocate -l 3 new; fallocate -x; echo $?
mountpoint /; mountpoint /tmp; echo $?; mountpoint -q /; echo $?; mountpoint nosuch; echo $?; mountpoint -q nosuch; echo $?; mountpoint one; mountpoint -q one; echo $?; mountpoint; echo $?; mountpoint a b; echo $?; mountpoint /.; mountpoint dirlink; mountpoint ../..; mountpoint -z; echo $?
shred; echo $?; shred -n x one; echo $?; shred -x; echo $?; shred -q; echo $?
rm one
rm link
rm dir
rm dirlink
rm fifo
rm broken
rm suid
rm hard
rm attr
rm empty
rm nothing
rm loop
rm 'a b'
rm dir/
rm link/
rm one/
rm -f one
rm -f link
rm -f dir
rm -f dirlink
rm -f fifo
rm -f broken
rm -f suid
rm -f hard
rm -f attr
rm -f empty
rm -f nothing
rm -f loop
rm -f 'a b'
rm -f dir/
rm -f link/
rm -f one/
rm -r one
rm -r link
rm -r dir
rm -r dirlink
rm -r fifo
rm -r broken
rm -r suid
rm -r hard
rm -r attr
rm -r empty
rm -r nothing
rm -r loop
rm -r 'a b'
rm -r dir/
rm -r link/
rm -r one/
rm -rf one
rm -rf link
rm -rf dir
rm -rf dirlink
rm -rf fifo
rm -rf broken
rm -rf suid
rm -rf hard
rm -rf attr
rm -rf empty
rm -rf nothing
rm -rf loop
rm -rf 'a b'
rm -rf dir/
rm -rf link/
rm -rf one/
mkdir new
rmdir new
mkdir one
rmdir one
mkdir dir
rmdir dir
mkdir link
rmdir link
mkdir dirlink
rmdir dirlink
mkdir broken
rmdir broken
mkdir new/x
rmdir new/x
mkdir one/x
rmdir one/x
mkdir dir/new
rmdir dir/new
mkdir dirlink/new
rmdir dirlink/new
mkdir broken/x
rmdir broken/x
mkdir nothing/
rmdir nothing/
mkdir link/
rmdir link/
mkdir new//x/
rmdir new//x/
mkdir .
rmdir .
mkdir ..
rmdir ..
mkdir /
mkdir loop/x
rmdir loop/x
mkdir -p new
rmdir -p new
mkdir -p one
rmdir -p one
mkdir -p dir
rmdir -p dir
mkdir -p link
rmdir -p link
mkdir -p dirlink
rmdir -p dirlink
rmdir -p broken
mkdir -p new/x
rmdir -p new/x
mkdir -p one/x
rmdir -p one/x
mkdir -p dir/new
rmdir -p dir/new
mkdir -p dirlink/new
rmdir -p dirlink/new
mkdir -p broken/x
rmdir -p broken/x
mkdir -p nothing/
rmdir -p nothing/
rmdir -p link/
mkdir -p new//x/
rmdir -p new//x/
mkdir -p .
rmdir -p .
mkdir -p ..
rmdir -p ..
mkdir -p /
mkdir -p loop/x
rmdir -p loop/x
touch one
touch new
touch link
touch broken
touch dir
touch nothing/x
touch loop
touch -c one
touch -c new
touch -c link
touch -c broken
touch -c dir
touch -c nothing/x
touch -c loop
touch -h one
touch -h new
touch -h link
touch -h broken
touch -h dir
touch -h nothing/x
touch -h loop
touch -ch one
touch -ch new
touch -ch link
touch -ch broken
touch -ch dir
touch -ch nothing/x
touch -ch loop
touch -r two one
touch -r two new
touch -r two link
touch -r two broken
touch -r two dir
touch -r two nothing/x
touch -r two loop
touch -d @5 one
touch -d @5 new
touch -d @5 link
touch -d @5 broken
touch -d @5 dir
touch -d @5 nothing/x
touch -d @5 loop
touch -m one
touch -m new
touch -m link
touch -m broken
touch -m dir
touch -m nothing/x
touch -m loop
touch -a one
touch -a new
touch -a link
touch -a broken
touch -a dir
touch -a nothing/x
touch -a loop
install one new
install one void
install dir new
install link new
install new
install one two
install one nothing/x
install nothing new
install one dirlink
install suid new
install -m 600 one new
install -m 600 one void
install -m 600 dir new
install -m 600 link new
install -m 600 new
install -m 600 one two
install -m 600 one nothing/x
install -m 600 nothing new
install -m 600 one dirlink
install -m 600 suid new
install -m u=rw one new
install -m u=rw one void
install -m u=rw dir new
install -m u=rw link new
install -m u=rw new
install -m u=rw one two
install -m u=rw one nothing/x
install -m u=rw nothing new
install -m u=rw one dirlink
install -m u=rw suid new
install -d one new
install -d one void
install -d dir new
install -d link new
install -d new
install -d one two
install -d one nothing/x
install -d nothing new
install -d one dirlink
install -d suid new
install -D one new
install -D one void
install -D dir new
install -D link new
install -D new
install -D one two
install -D one nothing/x
install -D nothing new
install -D one dirlink
install -D suid new
install -o 5 -g 6 one new
install -o 5 -g 6 one void
install -o 5 -g 6 dir new
install -o 5 -g 6 link new
install -o 5 -g 6 new
install -o 5 -g 6 one two
install -o 5 -g 6 one nothing/x
install -o 5 -g 6 nothing new
install -o 5 -g 6 one dirlink
install -o 5 -g 6 suid new
install -p one new
install -p one void
install -p dir new
install -p link new
install -p new
install -p one two
install -p one nothing/x
install -p nothing new
install -p one dirlink
install -p suid new
install -t void one new
install -t void one void
install -t void dir new
install -t void link new
install -t void new
install -t void one two
install -t void one nothing/x
install -t void nothing new
install -t void one dirlink
install -t void suid new
`))
}
