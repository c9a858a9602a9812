package script

import "testing"

// "set -u" ends the shell at parameters that are not set, and only there.
func TestNounset(t *testing.T) {
	compareNewShells(t, linesOf(`
set -u; echo "${x+a}" "${x:+b}" "${#x}"
set -u; echo "${x#a}"
set -u; echo "${x/a/b}"
set -u; echo "${x:1}"
set -u; echo $((x))
set -u; echo "${x:?msg}"; echo no
set -u; echo "$@" "$*" "$1"
set -u; echo ${!}; echo no
set -u; echo "$-" "$0" >/dev/null; echo $!; echo no
set -u; f() { echo $x; }; f || echo or; echo no
set -u; (echo $x) || echo $?; x=$(echo $y) || echo "s $?"; echo z
set -u; eval 'echo $nosuch' || echo no; echo no
set -u; for i in $nosuch; do echo $i; done; echo no
set -u; case $nosuch in *) echo a;; esac
set -u; echo a > $nosuch; echo no
set -u; if [ -z "$nosuch" ]; then echo z; fi; echo no
set -u; x=${y-$z}; echo no
set -u; unset x; readonly x; echo $x
set -u; local_() { local x; echo "<$x>"; }; local_; echo no
set -u; export x; echo "<$x>"
`))
}

// Variables that are local, read-only, exported or unset.
func TestNamesOfVariables(t *testing.T) {
	compareNewShells(t, linesOf(`
for i in 1 2; do . ./one 2>/dev/null; echo $?; done
local x; echo no
f() { local; echo $?; }; f
f() { local x=1 x=2; echo $x; }; f
f() { local 1x; echo $?; }; f; echo $?
f() { local x=a\ b y=$x; echo "$y"; }; f
f() { local x=$1; shift; local y=$1; echo "$x-$y"; }; x=g; f a b; echo $x
readonly x=1; f() { local x=2; echo $x; }; f; echo no
readonly x; x=1; echo no
readonly x=1; unset x; echo no
readonly x=1; (x=2); echo $?; x=2 true; echo no
readonly x=1; for x in a b; do echo $x; done; echo no
readonly x=1; read x < one; echo $?
readonly x=1; export x=2; echo no
readonly x=1; getopts a x -a; echo $?
readonly x=1; echo $((x=2)); echo no
readonly x=1; echo ${x:=2} ; unset y; readonly y; echo ${y:=3}; echo no
readonly x=1; cd /; readonly PWD; cd /w; echo $? $PWD
readonly -p; readonly a=b; readonly -p | tail -1
readonly 1x; echo no
export -p | grep PATH; export 'a=x y'; export -p | grep " a="
export -n PATH; ls; PATH=; ls; echo $?
export -f x; echo $?
unset; unset -v; unset -f; echo $?
unset -x y; echo $?
unset 1x; echo $?
unset a-b; echo $?
f() { :; }; f=1; unset f; f; echo "$?[$f]"; unset f; f; echo $?
f() { echo f; }; f=1; unset -v f; f; echo "[$f]"; unset -f f; f; echo $?
unset PATH; ls; echo $?; /bin/ls; echo $?
unset IFS; x='a b'; set -- $x; echo $#
unset PWD; cd .; echo $PWD; unset OPTIND; getopts a o -a; echo $o
`))
}
