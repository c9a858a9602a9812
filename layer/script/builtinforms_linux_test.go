package script

import "testing"

func TestDirectoriesOfTheShell(t *testing.T) {
	compareWithBusybox(t, eachLine(`
CDPATH=/w/dir; cd sub; pwd
CDPATH=/w/dir; cd ./sub; pwd
CDPATH=:/w/dir; cd sub; pwd
CDPATH=/w/dir:; cd void; pwd
CDPATH=/nosuch:/w/dir; cd sub; pwd
CDPATH=/w/dir; cd /w/void; pwd
CDPATH=dir; cd sub; pwd
CDPATH=/w; cd ..; pwd
CDPATH=/w; cd dir; cd dir; pwd
OLDPWD=; cd -; echo "$? $PWD"
unset OLDPWD; cd -; echo "$? $PWD"
cd -; echo "$? $PWD"
cd -x; echo "$? $PWD"
cd -x dir; echo "$? $PWD"
cd -LP dirlink; pwd
cd -PL dirlink; pwd
cd -P; pwd
cd -L -P dirlink; pwd
cd -P -L dirlink; pwd
cd dir -P; pwd
pwd -x; echo $?
pwd -LP; cd dirlink; pwd -LP; pwd -PL
pwd a b; echo $?
OLDPWD=; cd -; echo $OLDPWD
OLDPWD=/w/dir; cd ''; echo $OLDPWD $PWD
cd --; pwd
cd -- dir; pwd
cd -L; pwd
CDPATH=/w/dir; cd sub/../sub; pwd
CDPATH=/w/dir/; cd sub; pwd
CDPATH=.:/w/dir; cd dir; pwd
CDPATH=:/w; cd dir; pwd
CDPATH=/w; cd -P dirlink; pwd
CDPATH=/w; cd -
CDPATH=/w/dir; cd .hidden; echo $?
readonly PWD; cd dir; echo "$? $PWD"; pwd
readonly OLDPWD; cd dir; echo "$? $PWD"; pwd
pwd -L -P; pwd -- -x; pwd -PL; pwd x
/bin/pwd -P; /bin/pwd
`))
}

func TestEnvironmentOfShells(t *testing.T) {
	compareWithBusybox(t, eachLine(`
export -n PATH; sh -c 'echo ${PATH-unset}'; echo $PATH
printenv -- PATH
printenv -x; echo $?
printenv PATH -x
env -i a=1 b=2 c=3 env
env PATH=/bin x=2 env
env - env
env - x=1
env -i sh -c 'export; echo $PATH $SHLVL'
env -i /bin/sh -c 'ls one'
unset PATH; ls; echo $?
unset PATH; sh -c 'ls one'; echo $?
unset PATH; /bin/sh -c 'ls one; echo $PATH'; echo $?
PATH=; ls; echo $?
export -n PATH; ls one; xargs ls < one
export -n PATH; env ls one
export -n PATH; command -v ls; type ls; which ls
sh -c 'echo $SHLVL; sh -c "echo \$SHLVL"'
SHLVL=x sh -c 'echo $SHLVL'
SHLVL=-5 sh -c 'echo $SHLVL'
unset SHLVL; sh -c 'echo $SHLVL'
printf '#!/bin/sh\necho $SHLVL\n' > s; chmod +x s; ./s
`))
}

func TestOptionsOfBuiltins(t *testing.T) {
	compareWithBusybox(t, eachLine(`
readonly r; read r < one; echo "$? [$r]"
readonly r=1; read a r < two; echo "$? [$a][$r]"
readonly r; getopts a r -a; echo no
readonly r; for r in a b; do echo $r; done; echo no
set -o nosuch; echo no
set +o nosuch; echo no
set -o; echo $?
set +o; echo $?
export -n a=1; echo "[$a]"; export -n b; echo ${b-unset}
export -x a; echo no
readonly -n a; echo no
export a=1; export -n a; env | grep ^a=; echo $a
readonly -x a; echo no
trap -p; echo $?
trap 'echo a' EXIT; trap -p; echo $?
trap -x; echo $?
trap -l; echo $?
test 0x10 -eq 16; echo $?
test 010 -eq 8; echo $?
test 010 -eq 10; echo $?
test '' -eq 0; echo $?
test +5 -eq 5; echo $?
test 5a -eq 5; echo $?
test 0x -eq 0; echo $?
test '-5' -lt 0; echo $?
[ 1 -eq 1 -a 0x1 -eq 1 ]; echo $?
echo abc | cut
realpath -- one
realpath -x one
dirname -- a/b
dirname --
sleep -- 0
sleep
sleep x; sleep 1x; sleep 0s 0m
usleep x
whoami -x
whoami --
sync -d one; sync -f one; sync one; sync nothing
set -o nosuch; echo $?
set -exo; echo $? $-; set +exo; echo $-
set -uoe | tail -n 3; set -C +o; echo $-
set -eo nosuch; echo $? $-
set -o nosuch -e; echo $? $-
set -e; set -o nosuch; echo no
set -m; echo $-
set -bEVIma; echo $-
set -i; echo $-
set -s; echo $-
set -h; echo $?
set -L; echo $?
set -c; echo $?
readonly OPTIND; getopts a x -a; echo "$?"
readonly OPTARG; getopts a: x -a b; echo "$?"
readonly REPLY; read < one; echo $?
unset -x a; echo no
unset -fv a; echo $?
read -x a; echo $?
hash -x; echo $?
type -x; echo $?
command -x; echo $?
umask -x; echo $?
umask -S
umask u=rwx; umask
wait -x; echo $?
wait 1; echo $?
local -x
f() { local -x; }; f; echo $?
return -x; echo no
exit -x
shift -x; echo no
. -x; echo no
exec -x; echo no
getopts -x; echo $?
break -x; echo no
let -x; echo $?
test -x; echo $?
test 5a -eq 5; test -5x -eq 5; test +5 -eq 5; test x5 -eq 5; test '' -eq 0; test '5 5' -eq 5; test '5 ' -eq 5; test 9999999999999999999 -eq 1; test 0x10 -eq 16
sync; sync one; sync nothing; sync -d; sync -f one nothing
usleep 5; usleep -5; usleep; usleep 5x
umask 022x; echo $?
umask 999; echo $?
umask g-w; umask; umask u=rwx,g=,o=; umask; umask -S; umask a+x; umask
umask zz; echo $?
umask ''; echo $?
umask 77 22; umask
umask +t; umask
umask u=g; umask
umask -- 77; umask
exec 3>x -- ; echo a >&3; cat x
exec -- echo a
wait x; echo $?
wait %1; echo $?
`))
}
