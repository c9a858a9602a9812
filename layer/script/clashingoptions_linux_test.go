package script

import "testing"

// TestOptionsThatClash is about options of which the last decides, and those that exclude each other.
func TestOptionsThatClash(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mv -n one two
mv -f -n one two
mv -n -f one two
mv -nfn one two
mv -fnf one two
mv -nv one two
mv -nfv one two
mv -n one new
mv -v one two/x void
mv -v one void loop/x
mv -nv one void loop/x
mv -v missing one dir/sub/deep
touch -r one -t 202001020304 void
touch -t 202001020304 -r one void
touch -r missing -t 202001020304 void
touch -r one -d @5 void
touch -d @5 -r one void
touch -d @5 -r missing void
touch -t 202001020304 -d @5 void
touch -d @5 -t 202001020304 void
touch -d @5 -d @6 void
touch -d x -t 202001020304 void
touch -t x -d @5 void
touch -t 202001020304 -t 202101020304 void
truncate -s 0 fifo
truncate -s 0 fifo one
truncate -cs 3 fifo missing one
truncate -s 1 dir loop broken
chgrp 5.6 one
chgrp 5:6 one
chgrp .6 one
chgrp :6 one
chgrp '' one
chgrp root: one
chgrp nosuch one
chgrp 1:nosuch one
env =x echo a
env = echo a
env A=1 =x
env -i =
env A= printenv A
dd if= of=new
dd of= if=one
dd if=one of=
mv one ''
mv -v one two ''
cp one ''
cp -v one two ''
cp -v one dir/ ''
ln -s one two ''
chown -L -v :wheel dirlink
chown -H -v :wheel dirlink
chown -P -v :wheel dirlink
chown -L -v 5 dirlink
chown -LP -v 5 link hard
chown -L -v 5 broken loop
chgrp -L -v 5 dirlink link
chgrp -v 5 dirlink link
chgrp -f -L 5 broken
umask 077; add-shell /bin/zsh
umask 077; remove-shell /bin/ash
chmod 666 /etc/shells; add-shell /bin/zsh
adduser -u x ''
adduser -u x 'a b'
adduser -G nosuch bin
adduser -G wheel bin
adduser -S -G nosuch root
adduser -D -u 0 -G nosuch new
sed -i /nogroup/d /etc/group; adduser -S bin
split -l x one two three
split -b x one two three
split -a x one two three four
split -l 0 one two three
xargs -s 10 printf '<%s>' </dev/null
xargs -r -s 10 printf '<%s>' </dev/null
echo a | xargs -s 10 echo a
echo a | xargs -s 10 echo 1234
echo a | xargs -s 11 echo 12345
echo a | xargs -s 10 -I X echo 12345 X
`))
}

// TestPathsOfCommands is about "command -v" and "type" of a path: it need only exist. which asks whether it can run.
func TestPathsOfCommands(t *testing.T) {
	compareWithBusybox(t, eachLine(`
command -v ./one
command -v one
command -v dir/missing
command -v /bin
command -v dir/
command -v one/
command -v loop/x
command -V ./one
type ./dir
type ./dir dir/missing ./one
which ./one
which ./suid ./dir
`))
}
