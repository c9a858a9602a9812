package script

import "testing"

func TestWhatIsSaidOfChanges(t *testing.T) {
	compareWithBusybox(t, eachLine(`
ln --symbolic one a
ln --force one a
chmod --recursive 700 dir
chmod --reference=one two
chmod --verbose 700 one
install --mode=600 one a
install --directory a
install --owner=1 one a
install -v one a
install -v -d a
install -vd a
install -D one a/b/c
install -c one a
install -p one a
install -t void one
install -m 600 -o 1 -g 2 one a
install -d -m 700 a b
install one
install
install one two void
install one void/
install one nothing/
install -T one a
rm -v one two nothing
rm -rv dir/sub
rm -rvf dir/sub nothing
rm -v dir
rm -fv nothing
rm -Rv void
rm -rv link dirlink
cp -v one c
cp -v one two void
cp -rv dir/sub x
cp -av dir/sub x
cp -rv dir/sub void; cp -rv dir/sub void
cp -v one nothing/x
cp -lv one c
cp -sv one c
cp -Pv link c
cp -v link c
cp -av fifo c
cp -vn one two
cp -vu one two
cp -vf one two
cp -v one one
cp -Rv dirlink x
mv -v one c
mv -v one two void
mv -v dir x
mv -v nothing x
mv -vn one two
mv -v one void/
chmod -v 600 one two
chmod -v 644 one
chmod -c 644 one
chmod -c 600 one
chmod -Rv 700 dir/sub
chmod -Rc 700 void
chmod -v 700 nothing
chmod -v 7777 one; chmod -v 6000 one; chmod -v 1000 one; chmod -v u+s one
chmod -vR u+x link
chmod -fv 600 nothing
chmod -cv 644 one
chmod -x one; stat -c %a one
chmod 600 -x one
chmod 600 -R one
chmod -Q 600 one
chmod -v u=rw,go= one
chown -v 1 one
chown -c 0 one
chown -c 1 one
chown -Rv 1:2 dir/sub
chown -hv 1 link
chown -v 1 link
chown -v :5 one
chown -v nobody two
chown -Rc 0:0 dir/sub
chown -fv 1 nothing
chown --dereference -v 1 link
chgrp -v 1 one
chgrp -Rv 7 void
chgrp -c 0 one
mkdir -v x
mkdir -pv x/y/z
mkdir -pv void/y/z
mkdir -v one
mkdir -pv void
mkdir -vm 700 x
mkdir -pv x//y
mkdir -pv /x/y
mkdir -v x/
mkdir -pv x/y/
rmdir -v dir/sub nothing void
rmdir -pv void
mkdir -p p/q/r; rmdir -pv p/q/r
rmdir -v void/
ln -v one c
ln -sv one c
ln -sfv one two
ln -v one void
ln -v nothing c
ln -sv one two
ln -sb one two; ls two*
ln -bv one two; ls two*
ln -sS .x one two; ls two*
ln -sS .x -b one two; ls two*
ln -sb one nothing2; ls nothing2*
ln -sbf one two; readlink two; ls two*
ln -sfnb void dirlink; ls -d dirlink*
ln -sb one void; ls void
install -v one c
install -vd x/y
install -vd void
install -Dv one x/y/z
install -v one two void
install -vm 600 -o 1 one c
install -v nothing c
install --verbose -d x
install -vt void one two
install -vD -t x one
`))
}
