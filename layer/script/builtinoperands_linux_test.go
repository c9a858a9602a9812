package script

import "testing"

// Builtins, redirections and tests with operands that are missing, odd or too many.
func TestOperandsOfBuiltins(t *testing.T) {
	compareNewShells(t, linesOf(`
umask | read x; echo "[$x]"
read a b c < one; echo "$a,$b,$c,$?"; read -r < two; echo "$REPLY"; read 1x < one; echo $?
printf 'a\\\nb c\n' | { read x y; echo "$x|$y"; }; printf 'a\\ b c\n' | { read x y; echo "$x|$y"; }; printf '\\a\\\\b\n' | { read x; echo "$x"; read -r x; echo $?; }
printf 'a b' | { read x y z; echo "$?|$x|$y|$z"; }; printf '' | { read x; echo "$?[$x]"; }; printf '\n' | { read x; echo "$?[$x]"; }
printf 'a:b::c:\n' | { IFS=: read a b c d; echo "$a|$b|$c|$d"; }; printf 'a:b:c:\n' | { IFS=: read a b c; echo "$a|$b|$c"; }; printf ':a::\n' | { IFS=: read a b; echo "$a|$b"; }; printf 'a::\n' | { IFS=: read a b; echo "$a|$b"; }
printf ' a  b  \n' | { IFS=' :' read a b; echo "$a|$b|"; }; printf ' a : b : \n' | { IFS=' :' read a b; echo "$a|$b|"; }; printf ' a  b  \n' | { IFS= read a b; echo "$a|$b|"; }
printf 'a b\0c\n' | { read x; echo "$x" | od -c | head -2; }
printf 'x y\n' | { read x x; echo $x; }; printf 'x y\n' | { read x; read y; echo "$x|$y|$?"; }
read -d : x < /etc/group; echo $x
read -q x < one; echo $?
read; echo "$?$REPLY"
getopts ab: o -a -b v w; echo "$o $OPTIND $OPTARG $?"; getopts ab: o -a -b v w; echo "$o $OPTIND $OPTARG $?"; getopts ab: o -a -b v w; echo "$o $OPTIND $OPTARG $?"
set -- -ab -c; while getopts :abc: o; do echo "$o $OPTIND [$OPTARG]"; done; echo "$o $OPTIND $?"
set -- -x; getopts a o; echo "$o $OPTIND [$OPTARG] $?"; set -- -a; getopts a: o; echo "$o $OPTIND [$OPTARG] $?"
getopts; echo $?; getopts a; echo $?; getopts a 1x -a; echo $?
type cd [ . : if while f ls echo test printf true nosuch /bin/sh ./one; echo $?
command -v cd if f ls nosuch ./suid /w/suid one; f() { :; }; command -V f cd if ls nosuch; echo $?
eval; echo $?; eval ''; echo $?; eval ' '; echo $?; false; eval; echo $?; eval "echo a;" "echo b"; eval echo '"a  b"'; eval 'x=1'; echo $x; eval -- echo c; eval -x; echo $?
. ./nosuch; echo no
(. nosuch; echo no); echo $?
echo 'echo $# $1; set -- z; return 7; echo no' > /tmp/s; . /tmp/s a b; echo $? $#; set -- q; . /tmp/s; echo $? $1; rm /tmp/s
echo 'echo a; exit 3' > /tmp/s; (. /tmp/s; echo no); echo $?; rm /tmp/s
echo 'break; echo no' > /tmp/s; for i in 1 2; do . /tmp/s; echo $i; done; echo "end $i"; rm /tmp/s
exec; echo $?; exec 3>&1; echo a >&3; exec 3>&-; echo b >&3; echo $?
exec nosuch; echo no
exec ./one; echo no
exec < one; read a; echo $a; cat
exec > /tmp/o; echo a; exec >&2; cat /tmp/o; rm /tmp/o
exec 2>/tmp/o; nosuch; exec 2>&1; cat /tmp/o; rm /tmp/o
x=1 exec; echo "[$x]"; (x=2 exec sh -c 'echo $x'); exec echo a b; echo no
echo a >&a; echo $?; ls a 2>/dev/null; rm -f a
echo a >& /tmp/o; cat /tmp/o; rm /tmp/o; ls nosuch >& /tmp/o; cat /tmp/o; rm /tmp/o
echo a > 'a b.txt'; cat a\ b.txt; rm a*.txt; x='c d'; echo b > $x; cat "c d"; rm "c d"; echo c > *.new; ls *.new; rm *.new
>/tmp/o; ls -l /tmp/o | cut -c1-10; >>/tmp/o; rm /tmp/o; </dev/null; echo $?; <nosuch; echo $?; x=1 >/tmp/o; echo $x; rm /tmp/o; x=$(echo sub) </nosuch; echo "$? $x"
{ echo a; echo b >&2; } 2>&1 >/tmp/o | tr b c; cat /tmp/o; rm /tmp/o; { echo a; } >/tmp/o 2>/nosuch/x; echo $?; ls /tmp; rm -f /tmp/o
echo a >/tmp/o >/tmp/p; cat /tmp/o /tmp/p; wc -c /tmp/o; rm /tmp/o /tmp/p; echo a </w/one >/tmp/o; rm /tmp/o
f() { echo out; echo err >&2; cat; } <one >/tmp/o 2>&1; f; cat /tmp/o; f | wc -l; rm /tmp/o
for i in 1 2; do echo $i; done >/tmp/o; cat /tmp/o; while read l; do echo "<$l>"; done </tmp/o >>/tmp/o.2; cat /tmp/o.2; rm /tmp/o*
if true; then echo a; fi >/tmp/o; cat /tmp/o; case a in a) echo b;; esac >>/tmp/o; cat /tmp/o; (echo c) >>/tmp/o; cat /tmp/o; rm /tmp/o; if true; then :; fi >dir; echo $?
echo a | > /tmp/o; cat /tmp/o; rm /tmp/o; > /tmp/o | cat; rm /tmp/o; echo a 2>&1 3>&2 | cat
{ echo bg; exit 5; } & wait $! || echo $?; f() { echo f; return 6; }; f & wait $!; echo $?
test; echo $?; test ''; echo $?; test a; echo $?; test !; echo $?; test ! a; echo $?; test ! ''; test -n; echo $?; test -z; echo $?; test -n a -a -z ''; echo $?
[ a = a; echo $?; [ a = a ] ]; echo $?; [ a == a ]; echo $?; [ a '<' b ]; echo $?; [ b \> a ]; echo $?; [ 1 -eq 01 ]; echo $?; [ ' 1' -eq 1 ]; echo $?; [ 1x -eq 1 ]; echo $?; [ '' -eq 0 ]; echo $?
[ ! a = b ]; echo $?; [ \( a = a \) ]; echo $?; [ \( a \) ]; echo $?; [ ! \( a \) ]; echo $?; [ a -o '' ]; echo $?; [ '' -a a ]; echo $?; [ ! '' -a a ]; echo $?; [ a = b -o c = c -a d = e ]; echo $?; [ -f ]; echo $?; [ = ]; echo $?; [ = = = ]; echo $?; [ ! = a ]; echo $?; [ \( = \( ]; echo $?
[ one -nt two ]; echo $?; [ one -ot two ]; echo $?; [ one -ef link ]; echo $?; [ -L link -a -h link ]; echo $?; [ -S one ]; echo $?; [ -p fifo ]; echo $?; [ -b one -o -c /dev/null ]; echo $?; [ -u suid -a -g suid ]; echo $?; [ -k dir/sub ]; echo $?; [ -O one -a -G one ]; echo $?; [ -t 0 ]; echo $?; [ -e broken ]; echo $?; [ -s empty ]; echo $?; [ -N one ]; echo $?
printf; echo $?; printf '%d\n' 0x1f 010 -5 +5 " 7" 7a '' "'a" '"b' 9999999999999999999; echo $?
printf '%s %s\n' a b c; printf '%%|%5s|%-5s|%05d|%+d|% d|%x|%X|%o|%#x|%#o|%c|%e|%g|%.3f|%i|%u\n' a b 3 4 5 255 255 8 255 8 xyz 1.5 1.5 1.5 6 7
printf '%b' 'a\tb\n\0101\x41\e[0m\c' no; echo; printf '\101\x41\0101\n'; printf '%*d|%-*d|%.*s\n' 5 1 5 2 2 abc; printf '%s\n'; printf 'x%sy%dz\n'; printf '%q\n' 'a b'; echo $?; printf '%z\n' 1; echo $?; printf '%'; echo $?; printf 'a\q\8\n'; printf -- '-a\n'; printf -v x a; echo $?
echo -n a; echo -e 'a\tb\c' ; echo x; echo -E 'a\tb'; echo -ne 'a\n'; echo -nx; echo -; echo --; echo -e '\0101\101\x41\e\\' | od -c | head -2; echo -en; echo -e -n a
E
`))
}
