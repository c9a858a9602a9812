package script

import "testing"

// TestChroot runs commands in a directory as their root, which nothing leads out of.
func TestChroot(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cd dir; chroot / pwd; chroot /. echo a; chroot / sh -c 'pwd; echo $PWD'; chroot / nosuch; echo $?; chroot / /etc/passwd; echo $?; chroot / false; echo $?
chroot nosuch ls; echo $?; chroot one ls; echo $?; chroot; echo $?; chroot -- / ls; echo $?; chroot void ls; echo $?; chroot '' ls; echo $?
su guest -s /bin/sh -c 'chroot / ls; echo $?; chroot /nosuch ls; echo $?'
R=r; mkdir -p $R/bin $R/lib $R/etc $R/tmp; cp /bin/busybox $R/bin; cp -P /bin/sh /bin/ls /bin/cat /bin/ln $R/bin; cp /lib/ld-musl-x86_64.so.1 $R/lib; echo x > $R/etc/x; chroot $R ls /; chroot $R /bin/sh -c 'cd /..; pwd; echo $0 $#; cat etc/x; echo new > /etc/y; ln -s /etc/y /z; cat z ../../z; exit 5' a b; echo $?; cat $R/etc/y; ls -d $R/z; cat $R/z; A=1 chroot $R sh -c 'echo $A'; echo in | chroot $R cat; chroot $R id; echo $?; chroot $R cat /w/one; echo $?; ln -s /bin $R/b; chroot $R /b/ls b/; printf '#!/bin/sh\necho script $0 $1\n' > $R/s; chmod 755 $R/s; chroot $R /s q; chroot $R sh -c 'ls | cat; for f in /*; do echo $f; done > /tmp/list'; cat $R/tmp/list; rm -r $R
R=r; mkdir -p $R/bin $R/lib $R/etc $R/in/bin; cp /bin/busybox $R/bin; cp /lib/ld-musl-x86_64.so.1 $R/lib; for a in sh cat ls id adduser addgroup chroot chown touch stat; do ln -s busybox $R/bin/$a; done; echo root:x:0:0::/root:/bin/sh > $R/etc/passwd; echo root:x:0: > $R/etc/group; chroot $R adduser -D -H own; chroot $R sh -c 'touch f; chown own:own f; stat -c "%U %G %a" f'; stat -c %u:%g $R/f; chroot $R id own; chroot $R chroot /in ls; echo $?; chroot $R chroot / cat /etc/passwd; PATH=/nosuch chroot $R ls; echo $?; grep -c own /etc/passwd; chmod 644 $R/bin/busybox; chroot $R ls; echo $?; rm -r $R
`))
}
