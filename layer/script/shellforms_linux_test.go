package script

import "testing"

// Where CDPATH leads, what -P follows, and which name is in a message.
func TestPathsOfCd(t *testing.T) {
	compareWithBusybox(t, batches(`
CDPATH=/w/dir; cd; pwd; cd ''; pwd; cd sub; pwd; cd ../..; CDPATH=:/w/dir cd sub; pwd; cd /w; CDPATH=/nosuch:/w; cd dir; cd dirlink; pwd
HOME=/w/dir; cd; pwd; cd --; pwd; HOME=; cd; pwd; unset HOME; cd; pwd; cd -P; pwd
chdir missing; chdir one; chdir -x; cd missing; cd one; cd -x; chdir dir; pwd; chdir -; chdir loop; cd ''
cd -P dir/..; pwd; cd dirlink/..; pwd; cd -P dirlink/..; pwd; cd dirlink; cd -P dir/..; cd -P dir; pwd; cd -P .; pwd; cd -P missing/..; cd missing/..; pwd
cd dirlink; pwd; pwd -P; /bin/pwd; env pwd; sh -c pwd; env pwd -L; /bin/pwd -P
cd dirlink; env pwd -LP; env pwd -PL; env pwd x; pwd -PL; pwd -LP; sh -c '/bin/pwd; cd ..; pwd'; (cd sub; /bin/pwd; pwd)
`))
}

// A colon is an option where the list of letters begins with one, and behind another colon. OPTERR=0 says nothing, as a list does that begins so.
func TestLettersOfGetopts(t *testing.T) {
	compareWithBusybox(t, batches(`
for s in a: :a: a::b :a : ab; do OPTIND=1; set -- -: -a; for n in 1 2; do getopts $s o; echo "$s $? <$o> <${OPTARG-unset}> $OPTIND"; done; done
OPTERR=0; set -- -c -a; getopts a: o; echo "$? <$o> <${OPTARG-unset}>"; getopts a: o; echo "$? <$o> <${OPTARG-unset}>"
OPTERR=0; set -- -c -a; getopts :a: o; echo "$? <$o> <${OPTARG-unset}>"; getopts :a: o; echo "$? <$o> <${OPTARG-unset}>"
for e in 1 x 00 ''; do OPTERR=$e; OPTIND=1; set -- -c -a; for n in 1 2; do getopts a: o; echo "$e $? <$o> <${OPTARG-unset}>"; done; done
unset OPTERR; set -- -c; getopts a: o; echo "$? <$o> <${OPTARG-unset}>"
set -- -ab:c -b; while getopts ab::c o; do echo "<$o> <${OPTARG-unset}> $OPTIND"; done
`))
}

// A clause without "ugoa" leaves the bits of the mask alone. Bits other than for reading, writing and running are no error where they do not stay.
func TestSymbolicMasks(t *testing.T) {
	compareWithBusybox(t, batches(`
umask 02; umask a=u,=w; umask; umask 02; umask g-,a=r,=rwx; umask -S; umask 027; umask =r; umask; umask 027; umask +w; umask; umask 027; umask -S -w; umask
umask ug-s; umask; umask o=s; umask; umask 022; umask a-s; umask; umask o+s; umask; umask u+s; umask; umask g=s; umask
umask 022; umask +t; umask; umask a+t; umask o+t; umask; umask o-t; umask; umask u=t; umask
umask 0; umask u=X; umask; umask 0777; umask a+X; umask; umask 022; umask go=X; umask; umask ug+g; umask
umask 066; umask o=u,g=o; umask; umask ,; umask ,,u-w; umask; umask u; umask u+y; umask ''; umask
`))
}

// An empty part of PATH is the working directory. "type" and "command -v" take the first file, whether it may run or not.
func TestPlacesOfCommands(t *testing.T) {
	compareWithBusybox(t, batches(`
printf '#!/bin/sh\necho tool\n' >/tmp/tool; chmod 755 /tmp/tool; cd /tmp; PATH=:/bin; type tool; command -v tool; tool; env tool; rm /tmp/tool
printf '#!/bin/sh\necho tool\n' >/tmp/tool; chmod 755 /tmp/tool; cd /tmp; PATH=/bin::/nosuch; type tool; PATH=/bin:; tool; PATH=; tool; /bin/rm /tmp/tool
printf '#!/bin/sh\necho mine\n' >/tmp/ls; cd /w/dir/sub; PATH=/tmp:/bin; type ls; command -v ls; command -V ls; ls; hash ls; echo $?; /bin/rm /tmp/ls
printf '#!/bin/sh\necho mine\n' >/tmp/ls; PATH=/tmp; ls; echo $?; cd /tmp; PATH=:/bin; type ls; command -v ls; PATH=; ls; echo $?; /bin/rm /tmp/ls
printf '#!/bin/sh\necho $0\n' >/tmp/tool; chmod 755 /tmp/tool; cd /; PATH=tmp:/bin; type tool; tool; rm /tmp/tool
cp suid tool; echo 'echo $0' >>tool; PATH=.:/bin; type tool; tool; xargs tool </dev/null; which tool; rm tool
mkdir /tmp/sub; PATH=/tmp; type sub; /bin/rmdir /tmp/sub
hash if; echo $?; hash '!' ls; echo $?; hash /nosuch; echo $?; hash ./one /bin/ls; echo $?; hash let f; echo $?
type let; command -v let; command -V let; f() { :; }; hash f; echo $?; type f let if ls nosuch; echo $?
`))
}

// "$-" says where the text of a shell comes from.
func TestLettersOfShells(t *testing.T) {
	compareWithBusybox(t, batches(`
sh -c 'echo "$-" $0; (echo "$-"); sh -c "echo \$-"; eval "echo \$-"'; echo "$-"
sh -ec 'echo "$-" $0; echo "echo \$- \$0" > s; sh s; sh -e s; . ./s; sh < s; sh -s < s; sh -es < s; sh -s a b < s; cat s | sh -u'
sh -c 'echo $- $0 $1' foo bar; sh -cx 'echo $-'; sh -xc 'set +x; echo $-; set -- a; echo $-'; sh -cf 'f() { echo $-; }; f; set +f; f'
case $- in *i*) echo interactive;; *) echo not;; esac; sh -c 'case $- in *i*) echo interactive;; *e*) echo e;; *) echo not;; esac'
`))
}
