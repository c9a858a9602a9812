package script

import "testing"

func TestOptionsOfScripts(t *testing.T) {
	compareWithBusybox(t, eachLine(`
while getopts ab: o -a -b x y; do echo "$o $OPTARG $OPTIND"; done; echo $OPTIND
while getopts :ab: o -x -b; do echo "$o $OPTARG $OPTIND"; done
while getopts ab: o -x -b; do echo "$o $OPTARG $OPTIND"; done
set -- -ab x -- -c; while getopts ab:c o; do echo "$o $OPTARG"; done; shift $((OPTIND-1)); echo "$@"
set -- -abx y; while getopts ab: o; do echo "$o $OPTARG $OPTIND"; done
set -- x -a; getopts a o; echo "$? $o $OPTIND"
set -- -; getopts a o; echo "$? $o $OPTIND"
f() { local OPTIND; while getopts x: o; do echo "$o=$OPTARG"; done; echo $OPTIND; }; f -x 1 -x2; f -x 3
set -- -a; getopts a o; OPTIND=1; getopts a o; echo "$? $o"
getopts '' o -a; echo "$? $o"
getopts; echo $?
getopts a; echo $?
getopts a 1x -a; echo $?
getopts a 1x -b; echo "$? $OPTIND"
`))
}

func TestReadingWords(t *testing.T) {
	compareWithBusybox(t, eachLine(`
read a b < one; echo "$? [$a][$b]"
read < one; echo "$? [$REPLY]"
read -r a < two; echo "[$a]"
printf 'a\\tb c\n' | { read a b; echo "[$a][$b]"; }
printf 'a\\tb c\n' | { read -r a b; echo "[$a][$b]"; }
printf 'a b' | { read a; echo "$? [$a]"; }
printf '' | { read a; echo "$? [$a]"; }
printf '  a  \n' | { read a; echo "[$a]"; }
printf '  a  \n' | { IFS= read a; echo "[$a]"; }
printf 'a:b:c\n' | { IFS=: read a b; echo "[$a][$b]"; }
printf 'a::c\n' | { IFS=: read a b c; echo "[$a][$b][$c]"; }
printf 'a : b\n' | { IFS=' :' read a b; echo "[$a][$b]"; }
printf 'a\0b' | { read a; echo "[$a]"; }
read a b c < empty; echo "$? [$a][$b][$c]"
while read a b; do echo "$b-$a"; done < two
while read a || [ "$a" ]; do echo "<$a>"; done < two
{ read a; read b; } < one; echo "$a $b"
exec 3< one; read a <&3; read b <&3; exec 3<&-; echo "$a $b"
read 1a < one; echo $?
read a 1b c < one; echo "$? [$a]"
read a-b < nothing; echo $?
`))
}

func TestParametersAndVariables(t *testing.T) {
	compareWithBusybox(t, eachLine(`
set -- a b c; shift 2; echo "$@ $#"
set -- a; shift 2; echo "$? $#"
shift -1; echo $?
set a b; echo $1 $2; set -; echo $1; set --; echo $#
set -- -x; echo $1
set -e; false || echo a; if false; then :; fi; ! true; echo b; false; echo c
set -e; (false); echo no
set -e; f() { false; echo in; }; f || echo out; f; echo no
set -e; a=$(false); echo no
set -e; echo $(false); echo yes
set -e; local x; echo no
set -u; echo ${a-b}; echo $a; echo no
set -u; echo "$@" $#; echo ${1}
set -f; echo *; set +f; echo o*
set -a; a=1; sh -c 'echo $a'; set +a; b=2; sh -c 'echo $b'
set -n; echo no
set -x; echo a 'b c'; a=1; set +x
set -v; echo a
set -o noglob; echo *; set +o noglob
set -q; echo $?
set -eu; echo $-
set -o pipefail; false | true; echo $?
local a; echo $?
f() { local a=1 b; echo "$a [$b]"; b=2; g; }; g() { echo "$a $b"; a=3; }; a=0; f; echo "$a $b"
f() { local a="$1" b=$2; echo "$a|$b"; }; f 'x y' 'p q'
f() { local x; unset x; x=1; }; x=0; f; echo $x
f() { local IFS=:; set -- $1; echo $#; }; f a:b:c; set -- a:b; echo $#
export a=1 b; b=2; sh -c 'echo $a $b'
export -p | grep PATH
readonly a=1; a=2; echo no
readonly a=1; (a=2; echo no); echo $?
readonly a=1; unset a; echo no
readonly -p a; echo $?
unset nosuch; echo $?
unset a-b; echo $?
f() { :; }; unset -f f; f; echo $?
f=1; f() { echo fn; }; unset -v f; f; echo "[$f]"
a=1; a=2 eval 'echo $a'; echo $a
a=1; a=2 true; echo $a
a=1; a=2 :; echo $a
a=1; f() { echo $a; a=3; }; a=2 f; echo $a
a=1 b=$a; echo "[$b]"
a=b; eval "$a=c"; echo $b
a=b; b=c; eval echo \$$a
eval; echo $?
eval false; echo $?
eval 'exit 4'; echo no
eval echo a \; echo b
eval "echo 'a  b'" "c  d"
IFS=,; a='x,y'; set -- $a; echo $#; echo "$*"
a='x  y'; echo $a "$a" ${a} "${a#x}"
echo ${a:-b} ${a:=c} $a ${a:+d} ${a:?e}
echo ${a?}; echo no
echo ${a:?gone away}; echo no
a=/x/y/z.tar.gz; echo ${a##*/} ${a%/*} ${a%%.*} ${a#*.}
a=abcabc; echo ${a/b/X} ${a//b/X} ${a/#a/X} ${a/%c/X}
a=abcdef; echo ${a:2} ${a:1:2} ${a: -2} ${#a}
readonly a=1; f() { local a=2; echo no; }; f; echo no
readonly a=1; f() { local a; echo no; }; f; echo no
readonly a=1; f() { local a=2; echo no; }; (f); echo $?
readonly a=1; export a; sh -c 'echo $a'; f() { local a; }; f; echo $?
`))
}

func TestTraps(t *testing.T) {
	compareWithBusybox(t, eachLine(`
trap 'echo bye' EXIT; echo hi
trap 'echo bye' 0; exit 3
trap 'echo bye $?' EXIT; (exit 5)
trap 'echo a' EXIT; trap 'echo b' EXIT
trap 'echo a' EXIT; trap - EXIT
trap 'echo a' EXIT; trap '' EXIT
trap 'echo a' INT TERM EXIT; trap
trap 'echo a' SIGINT; trap
trap 'echo a' 2 15; trap
trap "echo it\\'s" EXIT; trap
trap 'echo a' nosuch; echo $?
trap 'echo a'; echo $?
trap 2; echo $?
trap -- 'echo a' EXIT
(trap 'echo sub' EXIT; echo in); echo out
f() { trap 'echo f' EXIT; }; f; echo after
trap 'exit 7' EXIT; exit 2
trap 'false' EXIT; exit 2
trap 'echo $?' EXIT; set -e; false
trap 'rm -f one' EXIT; ls one
trap 'echo a' EXIT; exec true
`))
}

func TestBuiltinsOfTheShell(t *testing.T) {
	compareWithBusybox(t, eachLine(`
type echo sh nosuch if; echo $?
f() { echo x; }; type f; command -v f
command -v echo sh nosuch; echo $?
command -v if; command -v [; command -v ./suid; command -v /bin/ls
command -V echo; command -V ls; command -V if; command -V nosuch
command echo a; command nosuch; echo $?
command; echo $?
echo() { printf 'mine\n'; }; echo a; command echo b
cd dir; pwd; cd ..; pwd; cd -; pwd
cd dirlink; pwd; pwd -P; pwd -L; cd ..; pwd
cd -P dirlink; pwd
cd nothing; echo $?; cd one; echo $?
cd ''; echo "$? $PWD"
cd dir sub; echo "$? $PWD"
HOME=/w/dir; cd; pwd; cd ~; pwd
unset HOME; cd; echo "$? $PWD"
cd ./dir/../dir//sub; pwd
cd --; pwd
. ./nothing; echo no
. nothing; echo no
printf 'x=1\nreturn 3\necho no\n' > s; . ./s; echo "$? $x"
printf 'echo "$1 $#"\n' > s; set -- a; . ./s b c; echo $1
printf 'exit 4\n' > s; . ./s; echo no
return 3; echo no
f() { return; }; false; f; echo $?
f() { return 300; }; f; echo $?
f() { return x; }; f; echo no
f() { return -1; }; f; echo $?
exit 300
exit x; echo no
exit -1
(exit 256); echo $?
break; echo $?
for i in 1 2; do for j in a b; do break 2; done; done; echo $i$j
for i in 1 2; do for j in a b; do continue 2; done; echo no; done; echo $i$j
for i in 1 2; do break 9; done; echo $i
for i in 1; do break 0; done; echo $?
for i in 1; do break x; done; echo no
true && false || echo c
! false; echo $?
let 'a=1+2' b=a*2; echo "$? $a $b"
let 0; echo $?
wait; echo $?
: a; echo $?
exec 3> new; echo a >&3; exec 3>&-; cat new
exec > new; echo a; exec >&2; cat new
exec nosuch; echo no
exec 9<&8; echo no
(exec nosuch); echo $?
source ./nothing; echo no
printf 'y=2\n' > s; source ./s; echo $y
test -v PATH; echo $?
echo -n a; echo -e 'b\tc'; echo -E 'd\t'; echo -ne 'e\n'; echo -nx; echo --
echo 'a\tb' "c\\d" -n
echo -e 'a\cb' c; echo d
chdir dir; pwd
local; echo $?
. ; echo $?
source; echo $?
set -e; . ; echo no
`))
}

func TestPrintfForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '%s\n' a b c
printf '%s %s\n' a b c
printf '%d\n' 010 0x10 "'a" '"b' -5 +5
printf '%d\n' 1x; echo $?
printf '%d\n' ''; echo $?
printf '%d\n'; echo $?
printf '%i|%u|%o|%x|%X\n' 5 5 8 255 255
printf '%u\n' -1
printf '%#x %#o\n' 255 8
printf '%5d|%-5d|%05d|%+d|% d\n' 1 2 3 4 5
printf '%.3d|%5.3d\n' 7 8
printf '%*d|%-*d|\n' 4 1 4 2
printf '%.*s|%*.*s\n' 2 abc 5 1 xyz
printf '%5s|%-5s|%.2s|\n' a b cde
printf '%b' 'a\cb' c
printf 'a\cb'
printf '%q\n' 'a b'
printf '%%\n'
printf '%'
printf 'a%'
printf '\101\x41\n'
printf '\q\n'
printf '\\n\n'
printf -- '-a\n'
printf -x
printf
printf '' a b
printf 'x' a b
printf '%s'
printf '%ld %lld %hd\n' 1 2 3
printf '%f %e %g\n' 1.5 1.5 1.5
printf '%.1f\n' 1.25 1.35 abc
printf '%5.1f|%-8.2e|\n' 3.14159 31415.9
printf '%b\n' 'a\nb'
printf '\0101\n'
printf '%s\0' a b | tr '\0' .
printf "%s\n" "$@"
printf '%-10s|%3s\n' key v longerkey value
printf '%a\n' 1
printf '%s %d\n' a 1 b
echo -e '\0101\101' | tr A x
printf '\0101\n' | tr A x
printf '%b\n' '\101'
printf '%b\n' '\0101'
printf '%b\n' '\1011'
printf '%b\n' '\8\18'
printf '%5c|%-3c|\n' '' ''
printf '%c' | wc -c
printf '%d\n' 9223372036854775808
printf '%d\n' -9223372036854775808
printf '%d\n' -9223372036854775809
printf '%u\n' 18446744073709551615
printf '%u\n' 18446744073709551616
printf '%x\n' -9223372036854775808
printf '%d\n' 18446744073709551615
printf '%i\n' 99999999999999999999
printf '%x\n' 99999999999999999999
echo -e '\01011\1011' | tr A x
printf '%d\n' 9223372036854775807 9223372036854775808
printf '%c%c\n' abc ''
printf '%b|%b\n' 'a\tb' '\0101\101'
`))
}

func TestOperatorsOfTest(t *testing.T) {
	compareWithBusybox(t, eachLine(`
for f in one suid dir dir/sub link broken fifo /dev/null nothing attr; do for o in -e -f -d -h -L -p -c -b -S -s -r -w -x -u -g -k -O -G; `+
		`do test $o $f && echo $f $o; done; done
test one -nt two; echo $?; touch two; test two -nt one; echo $?; test one -ot two; echo $?
test one -nt nothing; echo $?; test nothing -ot one; echo $?; test nothing -nt one; echo $?
test one -ef link; echo $?; test two -ef hard; echo $?; test one -ef two; echo $?; test nothing -ef nothing; echo $?
test a '<' b; echo $?; test b '>' a; echo $?; test a '>' b; echo $?
test a == a; echo $?
test 1 -eq 01; echo $?; test -1 -lt 0; echo $?; test ' 1' -eq 1; echo $?; test '1 ' -eq 1; echo $?
test 99999999999999999999 -gt 1; echo $?
test a -eq a; echo $?
test -n; echo $?; test -z; echo $?; test -n ''; echo $?; test -z ''; echo $?
test !; echo $?; test ! ''; echo $?; test ! a = a; echo $?; test ! ! a; echo $?; test ! a -a a; echo $?
test '(' a ')'; echo $?; test '(' ')'; echo $?; test '(' a; echo $?; test '(' = '('; echo $?
test a -a ''; echo $?; test '' -o a; echo $?; test a -o b -a ''; echo $?; test '' -a a -o b; echo $?
test -f = -f; echo $?; test -a = -a; echo $?; test = = =; echo $?; test -n = ''; echo $?
test a b; echo $?; test a b c; echo $?; test a = b c; echo $?; test a = b = c d; echo $?
test -x; echo $?; test -q a; echo $?; test a -q b; echo $?
[ a = a ; echo $?
[ a = a ] ]; echo $?
[; echo $?
[ -f one -a -r one -a ! -d one ] && echo yes
[ "$nosuch" = x ]; echo $?; [ $nosuch = x ]; echo $?
[ -n $nosuch ]; echo $?
test -N one; echo $?
`))
}

// "%b" takes no flags, "%c" ignores a precision, and numbers out of range are printed with a message.
func TestPrintfOutOfRange(t *testing.T) {
	compareWithBusybox(t, batches(`
printf '%5b|\n' a; echo $?
printf '%-5b|\n' a; echo $?
printf '%b%b|\n' 'a\tb' 'c\\'
printf 'x%b' 'a\cb' c; echo
printf '%b\n'; printf '%b|%s\n' a b c
printf '%f\n' 1e400; echo $?; printf '%g\n' -1e999; echo $?
printf '%f\n' 1e-400; echo $?; printf '%g\n' 1e-310; echo $?; printf '%g\n' 2.3e-308; echo $?
printf '%g %g\n' 0e-999 0.000; echo $?; printf '%g %f\n' inf -infinity; echo $?; printf '%f\n' nan; echo $?
printf '%g\n' 1e400x; echo $?; printf '%g\n' 0x1p2000; echo $?; printf '%g\n' 0x0p5; echo $?
printf '%.400f\n' 1e308 | wc -c; printf '%c|%3c|%-3c|%.0c|\n' a b c d
`))
}
