package script

import "testing"

func TestLinkForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
ln one n
ln one two
ln -f one two
ln link n
ln broken n
ln dir n
ln one dir
ln one two dir
ln one nothing/
ln one no/n
ln nothing n
ln -s one n
ln -s one two
ln -sf one two
ln -sf one one
ln -sf nothing link
ln -s one dir
ln -s one dirlink
ln -sf one dirlink
ln -sn one dirlink
ln -sfn one dirlink
ln -sfn void dirlink
ln -sfn one dir
ln -sfT one dirlink
ln -sT one dir
ln -sfT one dir
ln -s one two dir
ln -sf ../one dir/inner
ln -s ../one dir/
ln -s /w/dir/inner
ln -s dir/inner
ln -s one
ln -s ''
ln -s '' n
ln -s a b c
ln -sf one loop
ln -sf loop loop
ln -s -- -dash n
ln -s 'a b' 'c d'
ln
ln -s
ln -fs one n; ln -fs two n; readlink n
link one n
link one two
link one
link nothing n
link link n
unlink one
unlink link
unlink dir
unlink nothing
unlink one two
unlink
`))
}

func TestCopyForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cp -r dir new
cp -r dir/ new
cp -r dir/. new
cp -r dir new/
cp -a dir new
cp -a dir void
cp -a dir/. void
cp -a dir/* void
cp -rp dir new
cp -dr dir new
cp -rL dir new
cp -rH dirlink new
cp -rP dirlink new
cp -r dirlink new
cp -aL dirlink new
cp -p suid new
cp suid new
cp -p two new
cp two new
cp -a hard two new
mkdir new; cp -a hard two new
mkdir new; cp hard two new
cp -l two new
cp -s /w/one new
cp -s one dir
cp -sr /w/dir new
cp -lr dir new
cp -f one suid
cp one suid
cp -n one two
cp -u one two
cp --force one two
cp -T dir void
cp -rT dir void
cp -t void one two
cp -R fifo new
cp -a /dev/null new
cp -a attr new
cp attr new
cp -p attr new
cp -d link new
cp -a broken new
cp broken new
cp -r loop new
cp one two three
cp one dir/sub/ ; cp -r dir dir
cp 'a b' ./-dash void
cp one one
cp link one
cp dir new
cp dir one
cp -r dir one
cp one
cp
cp nothing void one
`))
}

func TestMoveForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mv one new
mv one two
mv -f one two
mv -n one two
mv one void/
mv one void/new
mv dir void
mv dir/ void
mv dir new/
mv void dir
mv dir/sub void
mv link new
mv dirlink new
mv dirlink/ new
mv one dirlink
mv one broken
mv broken one
mv hard two
mv two hard
mv one link
mv link one
mv dir dir/sub
mv dir one
mv one dir/sub/deep/
mv nothing one
mv one nothing void
mv one two three
mv -T one void
mv -t void one two
mv suid two void; mv void new
mv fifo void
mv loop new
mv . new
mv dir/inner .
mv dir/inner one .
mv ./-dash -- -new
mv
mv one
mkdir a; mv -T void a
mkdir a; mv -T dir a
mv -T void dir
mv -T one dir
mv -T dirlink void
mv -T nothing void
mv -T void dirlink
mv -T dir one
mkdir a; mv -nT void a
mv -T broken void
mv -T link void
mv -T loop void
mv -T fifo void
mv -T dir void
`))
}

func TestRemoveForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
rm one
rm -f one nothing
rm nothing one
rm -r dir
rm -rf dir nothing void
rm -R dir/sub
rm -r dirlink
rm -r dirlink/
rm dirlink
rm link broken loop fifo
rm .
rm -r .
rm -rf ..
rm -rf dir/.
rm -rf dir/..
rm -rf dir/*
rm -rf dir/.[!.]*
rm -rf ./* ; ls -A
rm -- -dash
rm ./-dash
rm ''
rm -rf ''
rm hard; cat two
rm one one
rm one/
rm -f one/
rm -f one/x
rm
rm -f
rm -r
rmdir void
rmdir -p dir/sub
rmdir --parents void
rmdir void void
rmdir dir
rmdir --ignore-fail-on-non-empty dir
rmdir one
mkdir -p a/b/c; rmdir -p a/b/c; ls -d a
mkdir -p a/b/c; rmdir -p a/b/c/; ls -d a
mkdir -p a/b/c; rmdir a/b/c a/b; ls -d a
rmdir void/ dirlink/
rmdir
`))
}

func TestMakingForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mkdir a
mkdir a a
mkdir -p a/b/c a/b
mkdir a/b
mkdir -m 700 a; mkdir -m 0 b; mkdir -m 7777 c
mkdir -m u=rwx,go=rx a
mkdir -m a-w a
mkdir -m +t a
mkdir -m g+s,o= a
mkdir -m 8 a
mkdir -m '' a
mkdir -pm 700 a/b/c
mkdir -pm 700 dir
mkdir -p one
mkdir -p one/a
mkdir -p dirlink/a/b
mkdir -p broken/a
mkdir -p a/../b
mkdir -p ./a//b/
mkdir dir/new; stat -c '%a %u %g' dir/new
umask 077; mkdir -p a/b; mkdir -m 755 c
umask 0777; mkdir -p a/b
touch a one
touch -c a one
touch -d '2020-02-03 04:05:06' a
touch -d @86400 a
touch -d @86400.5 a
touch -d '2020-02-03T04:05:06Z' a
touch -d 20200203 a
touch -d 202002030405.06 a
touch -d yesterday a
touch -t 202002030405 a
touch -t 2002030405.06 a
touch -t 1 a
touch -r two a
touch -r link a
touch -r nothing a
touch -h link
touch -h -d @5 link
touch -hr two link
touch -d @5 dirlink
touch -d @5 broken
touch -a -d @5 one
touch -m -d @5 one
touch dir void
touch no/a
touch one/a
touch -f a
touch --date=@7 a
touch --no-create a
touch --reference=two a
mkfifo a
mkfifo -m 600 a b
mkfifo one
mknod a p
mknod -m 600 a c 1 5
mknod a b 7 0
mknod a c 1
mknod a x 1 2
mknod a c x 2
truncate -s 0 one two
truncate -s 2 one
truncate -s 20 one
truncate -s 1k a
truncate -s -2 one
truncate -s x one
truncate -cs 1 a
truncate one
truncate -s 1 dir
truncate -s 1 no/a
mkdir -m go=u a
mkdir -m u=rx,go=u a
truncate -s +2 one
truncate -s +0 one
truncate -s -1 one
touch -t 202002030405 one
truncate -s +1k a
`))
}

func TestInstallForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
install one new
install -m 600 one new
install -m u=rwx,go= one new
install -m 4755 one new
install -m 8 one new
install -m +x one new
install -d new
install -d new/a/b
install -d -m 700 new/a
install -dm 1777 new void
install -d dir
install -d one
install -D one new/a/b
install -D -m 600 one new/a/b
install -D one dir
install -D one two void
install -Dt new one two
install -D one no/new/
install one void
install one two void
install one void/
install one two
install one link
install -m 640 one link
install link new
install dirlink new
install dir new
install broken new
install nothing new
install one nothing/new
install one two nothing
install -o daemon one new
install -g adm one new
install -o 5 -g 6 -m 4711 one new
install -o nosuch one new
install -o 5 -d new/a
install -p one new
install -c one new
install -t void one
install -t void
install suid new
install one one
install one
install
install -m u=rwx,go=u-w one new
`))
}
