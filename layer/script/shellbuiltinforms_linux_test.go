package script

import "testing"

// sh, exec, eval and exit.
func TestShellsWithinShells(t *testing.T) {
	compareWithBusybox(t, batches(`
command exec nosuch; echo $?
eval; eval ''; echo $?
eval 'echo a' 'b'; eval "x=1; echo \$x"
eval "$(printf 'x=1\ny=2\n')"; echo $x$y
eval 'f() { echo $1; }'; f a
eval exit 4; echo no
eval 'return 3'; echo $?
eval 'a=1 b=2'; echo $a$b; eval a=3 :; echo $a
sh -c 'exit 3'; echo $?; sh -c 'false; true'; echo $?; sh -c ''; echo $?
sh -e -c 'false; echo no'; echo $?; sh -ec 'false || echo a'; sh -uc 'echo $nosuch'; echo $?
sh -x -c 'echo a'; sh -xc 'x=1; echo $x'
sh -n -c 'echo a'; sh -f -c 'echo o*'; sh -a -c 'x=1; env | grep ^x='
sh -s a b < one; echo 'echo $1 $#' | sh -s a b; echo 'echo $0' | sh
sh nosuch; echo $?; sh dir; echo $?; sh -c nosuch; echo $?; sh -x; echo $?
(exec echo a); echo b; exec echo c; echo no
(exec nosuch); echo $?; (exec ./one); echo $?; (exec dir); echo $?
exec; echo $?; exec >out; echo a; exec >&2; cat out
exec 2>out; ls nosuch; exec 2>&1; cat out
x=1 exec sh -c 'echo $x'
x=1; export x; exec env | grep ^x=
exec -c env
exit 3 | cat; echo $?; true | exit 4; echo $?
{ exit 3; }; echo no
( exit 3 ) ; echo $?; exit; echo no
trap 'echo t' EXIT; exec echo e
echo 'echo $1 $# $0' | sh -s a b; echo 'echo $1' | sh -es x; echo 'echo $1' | sh -s -- -x; echo 'echo $#' | sh -s
echo 'echo $0 $1; read a; echo "[$a]"' > s; sh -s x < s; sh s y < one
sh -c 'echo $0 $1' ; sh -c 'echo $0 $1' a; sh -c 'echo $0 $1' a b c
sh -cs 'echo $1' a b < one; echo $?
. ./dir; echo no
(exec ./nosuch); echo $?; (exec ./dir); echo $?; (exec /bin/nosuch a); echo $?; (exec dir/inner); echo $?
set -e; exec ./one; echo no
x=1 exec sh -c 'echo $x $y'
x=1 y=2 exec; echo $x $y; sh -c 'echo "[$x]"'
`))
}

// Traps, umask and wait.
func TestTrapsAndMasks(t *testing.T) {
	compareWithBusybox(t, batches(`
trap 'echo bye' EXIT; false; exit
trap 'echo $?' EXIT; exit 7
trap 'exit 3' EXIT; exit 7
trap 'echo a; trap "echo b" EXIT' EXIT
trap 'echo t' EXIT; (echo s); echo m
trap 'echo t' EXIT; (trap; echo s); x=$(echo q; trap 'echo sub' EXIT); echo "$x"
trap 'echo t' EXIT; sh -c 'echo c'
trap - TERM; trap '' INT; trap; trap -- - INT; trap
trap 'a' 1 2 3 15; trap
trap 'echo a' SIGTERM TERM sigint; trap
trap - nosuch; echo $?; trap '' 0; trap
trap 1; echo $?; trap 'x' ; echo $?
f() { trap 'echo f' EXIT; }; f; echo e
f() { trap 'echo r' RETURN; }; f; echo $?
trap 'echo d' DEBUG; echo $?
umask; umask 27; umask; umask -S; touch n; stat -c %a n
umask u=rwx,g=rx,o=; umask; umask g+w; umask; umask a-x; umask
umask 8; echo $?; umask 77777; echo $?; umask x; echo $?; umask ''; echo $?
umask -S 022; umask -- 022; umask +022; echo $?
wait; echo $?; wait 99999; echo $?; wait x; echo $?
false & true; wait; echo $?
`))
}

// set, shift, export, readonly, type and command.
func TestFormsOfBuiltins(t *testing.T) {
	compareWithBusybox(t, batches(`
x='a "b" $c'; set -- "$x"; set | grep ^x=
x=; set | grep ^x=
export x='a b' y; export -p | grep -E ' (x|y)'
readonly x='a b'; readonly -p | grep ' x'
export x=1; export | grep ' x'
readonly x=1 y; readonly | grep -E ' (x|y)'
export -p | head -n 1
type -p ls; type -t ls; echo $?
type ls cat; echo $?
type if then '{' '!' case in
command -v if f ls [ nosuch; echo $?
command -V ls if; f() { :; }; command -V f
command -- echo a; command -v -- ls
command exit 3; echo no
command : ; command true; echo $?
command . ./nosuch; echo yes
command eval false; echo $?
command export a=1; echo $a
command readonly b=1; echo $b
command set -- a b; echo $#
command cd nosuch; echo $?
hash ls; echo $?; hash nosuch; echo $?; hash -r; echo $?
f() { eval 'return 3'; echo no; }; f; echo $?
f() { eval 'local x=1'; echo $x; }; f; echo "[$x]"
for i in 1 2; do eval break; echo no; done; echo $i
x='echo a; echo b'; $x; eval $x
x='a=1'; $x; echo $?
x='>out'; echo a $x
x='a|b'; echo $x
x='if true; then echo y; fi'; eval "$x"
echo 'echo $0 $1' > s; sh s a; sh ./s b; sh -e s c; sh -- s d
false; exit
false; (exit); echo $?
f() { exit 5; }; (f); echo $?; $(f); echo $?; x=$(f) || echo $?
shift; echo $?; shift 0; set -- a b c; shift 1; echo $*; shift 5; echo $? $*
shift x; echo no
shift -- 1; echo $?
set -- a; shift 1 2; echo $? $#
set a b; echo $*; set -- ; echo $#; set -- -a -- b; echo $*; set - a; echo $*; set + a; echo $*
set -x -- a; echo $*; set +x
set -u; echo ${x-d} ${x:-e} ${x+f}; echo "$*" "$@"; echo ${#x}
set -u; x=; echo $x; unset x; echo $x; echo no
set -u; echo $1; echo no
set -u; set -- a; echo $1; echo $2; echo no
set -u; echo $((x)); echo no
set -u; : ${x:=1}; echo $x; y=$((x+1)); echo $y
set -u; [ -z "$x" ]; echo no
set -u; (echo $x); echo $?
set -u; f() { echo $1; }; f; echo no
type -p ls nosuch if f; echo $?; type -t cd; type -a ls
f() { :; }; type -p f cd ls export; echo $?
type -- ls; type - ls; echo $?
command -V nosuch ls; echo $?; command -V cd if; command -V export
command -v; command -V; echo $?
set +; echo $#; set a; set + b; echo $*; set + + c; echo $*; set + -e d; echo $* $-
set -u; echo "${!}"; echo no
readonly r=1; export r=2; echo no
readonly r=1; export -n r=2; echo no
readonly r=1; readonly r=2; echo no
readonly r; (export r=2); (: ${r:=2}); (: $((r=1))); (for r in a; do :; done); (r=2 env); (r=1 :); (cd dir; readonly PWD; cd ..); echo $?
readonly a b; (readonly a=1 b=2); (export b=1 c=2; echo $c); (unset c a; echo no)
[[ a == o* ]]; echo $?; [[ one == o* ]]; echo $?; [[ x == nosuch* ]]; echo $?; [[ -f o* ]]; echo $?; [[ o* == one ]]; echo $?
[[ o* ]]; echo $?; [[ 'o*' == o\* ]]; echo $?; [[ one == t* ]]; echo $?
set -f; [[ abc == a* ]]; echo $?; [[ a != o* ]]; echo $?
cd void; [[ abc == a* ]]; echo $?; [[ a* == a* ]]; echo $?; [[ 'a*' == 'a*' ]]; echo $?
`))
}

// read, and what it cannot set.
func TestFormsOfRead(t *testing.T) {
	compareWithBusybox(t, batches(`
printf 'a b c\n' | { read -a x; echo $?; }
printf 'x\ny\n' | { read; echo "$REPLY"; read -r; echo "$REPLY"; }
echo 'a b' | { read a b c; echo "[$a][$b][$c]"; }
type alias unalias export [ . : break read
read -x; echo $?; read -rx a < one; echo $?; read -- a < one; echo $a; read -r -- a < one; echo $a
read - < one; echo $?; read -r -r a < one; echo $a
`))
}
