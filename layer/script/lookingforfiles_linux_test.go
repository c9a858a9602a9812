package script

import "testing"

func TestFinding(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find dir -type f | sort
find . -type f | sort
find dirlink -type f | sort
find one -type f | sort
find -L dir -type f | sort
find -H dirlink -type f | sort
find dir -type d | sort
find . -type d | sort
find dirlink -type d | sort
find one -type d | sort
find -L dir -type d | sort
find -H dirlink -type d | sort
find dir -type l | sort
find . -type l | sort
find dirlink -type l | sort
find one -type l | sort
find -L dir -type l | sort
find -H dirlink -type l | sort
find dir -type p | sort
find . -type p | sort
find dirlink -type p | sort
find one -type p | sort
find -L dir -type p | sort
find -H dirlink -type p | sort
find dir -name "*n*" | sort
find . -name "*n*" | sort
find dirlink -name "*n*" | sort
find one -name "*n*" | sort
find -L dir -name "*n*" | sort
find -H dirlink -name "*n*" | sort
find dir -iname "*N*" | sort
find . -iname "*N*" | sort
find dirlink -iname "*N*" | sort
find one -iname "*N*" | sort
find -L dir -iname "*N*" | sort
find -H dirlink -iname "*N*" | sort
find dir -perm 644 | sort
find . -perm 644 | sort
find dirlink -perm 644 | sort
find one -perm 644 | sort
find -L dir -perm 644 | sort
find -H dirlink -perm 644 | sort
find dir -perm -4000 | sort
find . -perm -4000 | sort
find dirlink -perm -4000 | sort
find one -perm -4000 | sort
find -L dir -perm -4000 | sort
find -H dirlink -perm -4000 | sort
find dir -perm /222 | sort
find . -perm /222 | sort
find dirlink -perm /222 | sort
find one -perm /222 | sort
find -L dir -perm /222 | sort
find -H dirlink -perm /222 | sort
find dir -user root | sort
find . -user root | sort
find dirlink -user root | sort
find one -user root | sort
find -L dir -user root | sort
find -H dirlink -user root | sort
find dir -user 33 | sort
find . -user 33 | sort
find dirlink -user 33 | sort
find one -user 33 | sort
find -L dir -user 33 | sort
find -H dirlink -user 33 | sort
find dir -group 34 | sort
find . -group 34 | sort
find dirlink -group 34 | sort
find one -group 34 | sort
find -L dir -group 34 | sort
find -H dirlink -group 34 | sort
find dir -newer two | sort
find . -newer two | sort
find dirlink -newer two | sort
find one -newer two | sort
find -L dir -newer two | sort
find -H dirlink -newer two | sort
find dir -empty | sort
find . -empty | sort
find dirlink -empty | sort
find one -empty | sort
find -L dir -empty | sort
find -H dirlink -empty | sort
find dir -path "*/sub*" | sort
find . -path "*/sub*" | sort
find dirlink -path "*/sub*" | sort
find one -path "*/sub*" | sort
find -L dir -path "*/sub*" | sort
find -H dirlink -path "*/sub*" | sort
find dir ! -type d | sort
find . ! -type d | sort
find dirlink ! -type d | sort
find one ! -type d | sort
find -L dir ! -type d | sort
find -H dirlink ! -type d | sort
find dir -type f -o -type l | sort
find . -type f -o -type l | sort
find dirlink -type f -o -type l | sort
find one -type f -o -type l | sort
find -L dir -type f -o -type l | sort
find -H dirlink -type f -o -type l | sort
find dir -maxdepth 1 -type f | sort
find . -maxdepth 1 -type f | sort
find dirlink -maxdepth 1 -type f | sort
find one -maxdepth 1 -type f | sort
find -L dir -maxdepth 1 -type f | sort
find -H dirlink -maxdepth 1 -type f | sort
find dir -mindepth 2 | sort
find . -mindepth 2 | sort
find dirlink -mindepth 2 | sort
find one -mindepth 2 | sort
find -L dir -mindepth 2 | sort
find -H dirlink -mindepth 2 | sort
find dir -prune | sort
find . -prune | sort
find dirlink -prune | sort
find one -prune | sort
find -L dir -prune | sort
find -H dirlink -prune | sort
find dir -name dir -prune -o -print | sort
find . -name dir -prune -o -print | sort
find dirlink -name dir -prune -o -print | sort
find one -name dir -prune -o -print | sort
find -L dir -name dir -prune -o -print | sort
find -H dirlink -name dir -prune -o -print | sort
find dirlink -size 0 -type f | sort
find one -size 0 -type f | sort
find dir -type f -size -2 | sort
find . -type f -size -2 | sort
find dirlink -type f -size -2 | sort
find one -type f -size -2 | sort
find -L dir -type f -size -2 | sort
find -H dirlink -type f -size -2 | sort
find dir -depth | sort
find . -depth | sort
find dirlink -depth | sort
find one -depth | sort
find -L dir -depth | sort
find -H dirlink -depth | sort
find dirlink -links 2 -type f | sort
find one -links 2 -type f | sort
find dir -mtime +1 | sort
find . -mtime +1 | sort
find dirlink -mtime +1 | sort
find one -mtime +1 | sort
find -L dir -mtime +1 | sort
find -H dirlink -mtime +1 | sort
find dir -xdev -type p | sort
find . -xdev -type p | sort
find dirlink -xdev -type p | sort
find one -xdev -type p | sort
find -L dir -xdev -type p | sort
find -H dirlink -xdev -type p | sort
find dir \( -type f -name "o*" \) | sort
find . \( -type f -name "o*" \) | sort
find dirlink \( -type f -name "o*" \) | sort
find one \( -type f -name "o*" \) | sort
find -L dir \( -type f -name "o*" \) | sort
find -H dirlink \( -type f -name "o*" \) | sort
find dir -type f -executable | sort
find . -type f -executable | sort
find dirlink -type f -executable | sort
find one -type f -executable | sort
find -L dir -type f -executable | sort
find -H dirlink -type f -executable | sort
find dir -name "[a-d]*" | sort
find . -name "[a-d]*" | sort
find dirlink -name "[a-d]*" | sort
find one -name "[a-d]*" | sort
find -L dir -name "[a-d]*" | sort
find -H dirlink -name "[a-d]*" | sort
find dir -type f -exec basename {} \; | sort
find . -type f -exec basename {} \; | sort
find dirlink -type f -exec basename {} \; | sort
find one -type f -exec basename {} \; | sort
find -L dir -type f -exec basename {} \; | sort
find -H dirlink -type f -exec basename {} \; | sort
find dir -type f -exec echo {} + | sort
find dirlink -type f -exec echo {} + | sort
find one -type f -exec echo {} + | sort
find -L dir -type f -exec echo {} + | sort
find -H dirlink -type f -exec echo {} + | sort
find dir -print0 | tr "\0" "\n" | sort
find . -print0 | tr "\0" "\n" | sort
find dirlink -print0 | tr "\0" "\n" | sort
find one -print0 | tr "\0" "\n" | sort
find -L dir -print0 | tr "\0" "\n" | sort
find -H dirlink -print0 | tr "\0" "\n" | sort
find dir -quit | tr "\0" "\n" | sort
find . -quit | tr "\0" "\n" | sort
find dirlink -quit | tr "\0" "\n" | sort
find one -quit | tr "\0" "\n" | sort
find -L dir -quit | tr "\0" "\n" | sort
find -H dirlink -quit | tr "\0" "\n" | sort
find dir -type l -delete | sort
find . -type l -delete | sort
find dirlink -type l -delete | sort
find one -type l -delete | sort
find -L dir -type l -delete | sort
find -H dirlink -type l -delete | sort
find dir -name inner -delete | sort
find . -name inner -delete | sort
find dirlink -name inner -delete | sort
find one -name inner -delete | sort
find -L dir -name inner -delete | sort
find -H dirlink -name inner -delete | sort
find dir -follow -type f | sort
find . -follow -type f | sort
find dirlink -follow -type f | sort
find one -follow -type f | sort
find -L dir -follow -type f | sort
find -H dirlink -follow -type f | sort
`))
}

func TestLookingAtFiles(t *testing.T) {
	compareWithBusybox(t, eachLine(`
readlink one
readlink link
readlink dir
readlink dirlink
readlink fifo
readlink broken
readlink suid
readlink hard
readlink attr
readlink empty
readlink nothing
readlink loop
readlink 'a b'
readlink dir/
readlink link/
readlink one/
readlink -f one
readlink -f link
readlink -f dir
readlink -f dirlink
readlink -f fifo
readlink -f broken
readlink -f suid
readlink -f hard
readlink -f attr
readlink -f empty
readlink -f nothing
readlink -f loop
readlink -f 'a b'
readlink -f dir/
readlink -f link/
readlink -f one/
readlink -n one
readlink -n link
readlink -n dir
readlink -n dirlink
readlink -n fifo
readlink -n broken
readlink -n suid
readlink -n hard
readlink -n attr
readlink -n empty
readlink -n nothing
readlink -n loop
readlink -n 'a b'
readlink -n dir/
readlink -n link/
readlink -n one/
readlink -fn one
readlink -fn link
readlink -fn dir
readlink -fn dirlink
readlink -fn fifo
readlink -fn broken
readlink -fn suid
readlink -fn hard
readlink -fn attr
readlink -fn empty
readlink -fn nothing
readlink -fn loop
readlink -fn 'a b'
readlink -fn dir/
readlink -fn link/
readlink -fn one/
readlink -v one
readlink -v link
readlink -v dir
readlink -v dirlink
readlink -v fifo
readlink -v broken
readlink -v suid
readlink -v hard
readlink -v attr
readlink -v empty
readlink -v nothing
readlink -v loop
readlink -v 'a b'
readlink -v dir/
readlink -v link/
readlink -v one/
realpath one
test -e one
test -f one
test -d one
test -L one
test -s one
test -x one
test -p one
test -r one
realpath link
test -e link
test -f link
test -d link
test -L link
test -s link
test -x link
test -p link
test -r link
realpath dir
test -e dir
test -f dir
test -d dir
test -L dir
test -s dir
test -x dir
test -p dir
test -r dir
realpath dirlink
test -e dirlink
test -f dirlink
test -d dirlink
test -L dirlink
test -s dirlink
test -x dirlink
test -p dirlink
test -r dirlink
realpath fifo
test -e fifo
test -f fifo
test -d fifo
test -L fifo
test -s fifo
test -x fifo
test -p fifo
test -r fifo
realpath broken
test -e broken
test -f broken
test -d broken
test -L broken
test -s broken
test -x broken
test -p broken
test -r broken
realpath suid
test -e suid
test -f suid
test -d suid
test -L suid
test -s suid
test -x suid
test -p suid
test -r suid
realpath hard
test -e hard
test -f hard
test -d hard
test -L hard
test -s hard
test -x hard
test -p hard
test -r hard
realpath attr
test -e attr
test -f attr
test -d attr
test -L attr
test -s attr
test -x attr
test -p attr
test -r attr
realpath empty
test -e empty
test -f empty
test -d empty
test -L empty
test -s empty
test -x empty
test -p empty
test -r empty
realpath nothing
test -e nothing
test -f nothing
test -d nothing
test -L nothing
test -s nothing
test -x nothing
test -p nothing
test -r nothing
realpath loop
test -e loop
test -f loop
test -d loop
test -L loop
test -s loop
test -x loop
test -p loop
test -r loop
realpath 'a b'
test -e 'a b'
test -f 'a b'
test -d 'a b'
test -L 'a b'
test -s 'a b'
test -x 'a b'
test -p 'a b'
test -r 'a b'
realpath dir/
test -e dir/
test -f dir/
test -d dir/
test -L dir/
test -s dir/
test -x dir/
test -p dir/
test -r dir/
realpath link/
test -e link/
test -f link/
test -d link/
test -L link/
test -s link/
test -x link/
test -p link/
test -r link/
realpath one/
test -e one/
test -f one/
test -d one/
test -L one/
test -s one/
test -x one/
test -p one/
test -r one/
realpath dir/link
test -e dir/link
test -f dir/link
test -d dir/link
test -L dir/link
test -s dir/link
test -x dir/link
test -p dir/link
test -r dir/link
realpath dirlink/inner
test -e dirlink/inner
test -f dirlink/inner
test -d dirlink/inner
test -L dirlink/inner
test -s dirlink/inner
test -x dirlink/inner
test -p dirlink/inner
test -r dirlink/inner
realpath .
test -e .
test -f .
test -d .
test -L .
test -s .
test -x .
test -p .
test -r .
realpath ..
test -e ..
test -f ..
test -d ..
test -L ..
test -s ..
test -x ..
test -p ..
test -r ..
realpath /w/dir/../one
test -e /w/dir/../one
test -f /w/dir/../one
test -d /w/dir/../one
test -L /w/dir/../one
test -s /w/dir/../one
test -x /w/dir/../one
test -p /w/dir/../one
test -r /w/dir/../one
realpath //w
test -e //w
test -f //w
test -d //w
test -L //w
test -s //w
test -x //w
test -p //w
test -r //w
realpath nothing/x
test -e nothing/x
test -f nothing/x
test -d nothing/x
test -L nothing/x
test -s nothing/x
test -x nothing/x
test -p nothing/x
test -r nothing/x
realpath link/..
test -e link/..
test -f link/..
test -d link/..
test -L link/..
test -s link/..
test -x link/..
test -p link/..
test -r link/..
stat -c '%a %A %F' one
stat -Lc '%a %A %F' one
stat -c '%a %A %F' suid
stat -Lc '%a %A %F' suid
stat -c '%a %A %F' link
stat -Lc '%a %A %F' link
stat -c '%a %A %F' fifo
stat -Lc '%a %A %F' fifo
stat -c '%a %A %F' broken
stat -Lc '%a %A %F' broken
stat -c '%a %A %F' empty
stat -Lc '%a %A %F' empty
stat -c '%a %A %F' hard
stat -Lc '%a %A %F' hard
stat -c '%a %A %F' attr
stat -Lc '%a %A %F' attr
stat -c '%u:%g %U %G' one
stat -Lc '%u:%g %U %G' one
stat -c '%u:%g %U %G' suid
stat -Lc '%u:%g %U %G' suid
stat -c '%u:%g %U %G' link
stat -Lc '%u:%g %U %G' link
stat -c '%u:%g %U %G' fifo
stat -Lc '%u:%g %U %G' fifo
stat -c '%u:%g %U %G' broken
stat -Lc '%u:%g %U %G' broken
stat -c '%u:%g %U %G' empty
stat -Lc '%u:%g %U %G' empty
stat -c '%u:%g %U %G' hard
stat -Lc '%u:%g %U %G' hard
stat -c '%u:%g %U %G' attr
stat -Lc '%u:%g %U %G' attr
stat -c '%N' one
stat -Lc '%N' one
stat -c '%N' suid
stat -Lc '%N' suid
stat -c '%N' link
stat -Lc '%N' link
stat -c '%N' fifo
stat -Lc '%N' fifo
stat -c '%N' broken
stat -Lc '%N' broken
stat -c '%N' empty
stat -Lc '%N' empty
stat -c '%N' hard
stat -Lc '%N' hard
stat -c '%N' attr
stat -Lc '%N' attr
stat -c '%h %s' one
stat -Lc '%h %s' one
stat -c '%h %s' suid
stat -Lc '%h %s' suid
stat -c '%h %s' link
stat -Lc '%h %s' link
stat -c '%h %s' fifo
stat -Lc '%h %s' fifo
stat -c '%h %s' broken
stat -Lc '%h %s' broken
stat -c '%h %s' empty
stat -Lc '%h %s' empty
stat -c '%h %s' hard
stat -Lc '%h %s' hard
stat -c '%h %s' attr
stat -Lc '%h %s' attr
`))
}
