package script

import "testing"

func TestTarLists(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'one\n\ntwo\n' >l; tar cf a.tar -T l; echo $?; tar tf a.tar
printf 'dir/\nlink' >l; tar cf a.tar -T l hard; tar tf a.tar
printf 'one\n' >l; printf '# c\n two\n' >m; tar cf a.tar -T l -T m; echo $?; tar tf a.tar
printf 'one\n' >l; printf 'two\n' >m; tar cf a.tar -T l -T m hard; tar tf a.tar
: >l; tar cf a.tar -T l; echo $?; ls a.tar; tar cf b.tar -T /dev/null; echo $?; ls b.tar; tar cf c.tar -T nosuch; echo $?; ls c.tar
: >l; tar cf a.tar -T l one; echo $?; tar tf a.tar -T l
printf 'sub\n' >l; tar cf a.tar -T l -C dir; tar tf a.tar; tar cf b.tar -C dir -T l; echo $?; tar tf b.tar
tar cf a.tar one two dir link; printf 'dir/\none\n' >l; tar xf a.tar -C void -T l; find void | sort; tar tf a.tar -T l two; echo $?
tar cf a.tar one two; printf 'nosuch\n' | tar tf a.tar -T -; echo $?; echo one | tar tf a.tar --files-from=-
tar cf a.tar one two dir link hard; printf 'one\n\ndir\n' >x; printf 'tw*' >y; tar tf a.tar -X x; tar tf a.tar -X x -X y --exclude link; tar tf a.tar -X no; echo $?
printf 'in*\n' >x; tar cf a.tar -X x dir one; tar tf a.tar; printf 'dir/\n' >y; tar cf b.tar -X y dir one; tar tf b.tar; tar tf a.tar --exclude-from y
find dir -type f | sort | tar czf /tmp/a.tgz -T -; tar tzf /tmp/a.tgz; rm /tmp/a.tgz
tar cf a.tar one two dir link hard fifo suid; tar tvf a.tar; tar tvf a.tar one; tar -tvv -f a.tar two; tar -tv --numeric-owner -f a.tar dir
mknod c c 5 100; touch -d @86400 c; chown 65534:65534 two; tar cf a.tar c hard two 'a b'; tar tvf a.tar; tar tvf a.tar nosuch; echo $?
tar cf a.tar /w/one ../w/dir; tar tvf a.tar; tar cvf b.tar one -C /w; tar -cf - one | tar tv
tar chf a.tar link dirlink; tar tvf a.tar; tar xOf a.tar link; tar chf b.tar one link hard two; tar tvf b.tar
tar chf a.tar broken one; echo $?; tar tf a.tar
tar ch --exclude=inner -f a.tar dirlink; tar tf a.tar; tar -c --dereference -f b.tar link; tar tvf b.tar
tar --no-recursion -cf a.tar dir one; tar tf a.tar; find dir | sort | tar cf b.tar --no-recursion -T -; tar tf b.tar; tar xf b.tar -C void --no-recursion; find void | sort
cd void; chown 1000:1001 /w/one; tar cf a.tar --numeric-owner -C /w one; tar tvf a.tar; sed -i 's/^daemon:x:2/daemon:x:1000/' /etc/passwd; tar cf b.tar -C /w one; tar tvf b.tar; sed -i 's/^daemon:x:1000/daemon:x:77/' /etc/passwd; mkdir x y; tar xf b.tar -C x; tar xf b.tar --numeric-owner -C y; stat -c %u x/one y/one
`))
}
