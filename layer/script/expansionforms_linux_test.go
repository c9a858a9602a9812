package script

import "testing"

// Numbers, operators and variables in arithmetic.
func TestArithmeticForms(t *testing.T) {
	compareWithBusybox(t, batches(`
echo $((1+1)) $((2*3)) $((7/2)) $((7%3)) $((1<<4)) $((~0)) $((!0)) $((5>3)) $((1?2:3))
x=5; echo $((x)) $(($x)) $((x+1)) $((-x)) $((x++)) $x $((++x)) $((x--)) $((--x))
echo $((010)) $((0x1F)) $((2#101)) $((36#z)) $((08)); echo no
x=1; : $((x+=2)); echo $x; : $((y=x*2)); echo $y; echo $((z)) $((z+1))
x=; echo $((x)) $((x+1)); x=' 3 '; echo $((x)) $((x*2)); x='1+1'; echo $((x*2)) $(($x*2))
echo $((9223372036854775807+1)) $((-9223372036854775808-1)) $((1<<63)) $((1<<64)) $((-1>>1))
echo $((2**10)) $((2**0)) $((-2**2)) $((2**-1)); echo no
echo $((1/0)); echo no
echo $((5%0)); echo no
echo $((0&&1/0)); echo no
echo $((1,2)) $((1==1,0)) $((a=1,b=2,a+b)) $a $b
echo $((1>2?3:4>5?6:7)) $((1&&0||1)) $((1&3|4^1)) $((3&2==2))
echo "$((1+1))" $((1+1))$((2+2)) a$((1))b ${x:-$((1+2))}
readonly r=1; : ${r:=2}; echo $r; : $((r=2)); echo no
i=0; while :; do i=$((i+1)); case $i in 2) continue;; 5) break;; esac; echo $i; done
`))
	compareWithBusybox(t, batched([]string{
		"echo $((1 +\n1)) $(( ( 1 + 2 ) * 3 ))",
	}))
}

// Parameters with operators, and how fields part.
func TestParameterForms(t *testing.T) {
	compareWithBusybox(t, batches(`
x=abcdef; echo ${x:2} ${x:1:2} ${x: -2} ${x:(-3):2} ${x:0:-1} "${x:7}" ${x:2:0}
x=abcabc; echo ${x#a} ${x#*b} ${x##*b} ${x%c} ${x%b*} ${x%%b*} ${x#z} ${x%z}
x=abcabc; echo ${x/b/-} ${x//b/-} ${x/b} ${x//b} ${x/#a/-} ${x/%c/-} ${x/[ab]/-} ${x//[!a]/-}
x=a/b/c; echo ${x##*/} ${x%/*} ${x%%/*} ${x#*/} ${x//\//-} ${x/\/}
x='a.b.c'; echo ${x%.*} ${x%%.*} ${x##*.} ${x#*.} ${x//./-}
x=' a b '; echo "[${x# }]" "[${x% }]" "[${x// /}]" "[${x/ /-}]"
x='*'; echo "${x#\*}" "${x#'*'}" "${x/\*/s}"; y='?'; x=abc; echo ${x#$y} ${x#"$y"}
x=ABC; echo ${#x} ${x:-d} ${x-d} ${x:+s} ${x+s} ${u:+s} ${u+s} ${u-d}
f() { echo ${1:-none} ${2-none} ${#1} ${1#a}; }; f abc; f ''; f
set -- a b c d; echo ${@:2} ${@:2:2} ${*:1:1}; echo "${@:2}"; echo ${@: -1}
set -- 'a b' c; for i in "$@"; do echo "[$i]"; done; for i in $@; do echo "<$i>"; done; for i in "$*"; do echo "($i)"; done
IFS=:; set -- a b; echo "$*" $*; x=a:b:c; set -- $x; echo $# $1; unset IFS; set -- $x; echo $#
IFS=; x='a b'; set -- $x; echo $#; IFS=' '; set -- $x; echo $#
IFS=,; x='a,,b,'; set -- $x; echo $# "[$2]"; for i in $x; do echo "[$i]"; done
IFS=' ,'; x=' a , b ,, c '; set -- $x; echo $#; for i in $x; do echo "[$i]"; done
echo "$IFS" | od -c | head -n 2
x=1; unset x; echo "${x-unset}"; x=1 y=2; unset x y; echo "${x-u}${y-u}"; unset -v x; unset -f x; echo $?
x=1; f() { unset x; echo "${x-unset}"; }; f; echo "${x-unset}"
x=1; f() { local x=2; unset x; echo "${x-unset}"; x=3; }; f; echo $x
f() { local x y=2 z; x=1; echo $x$y${z-unset}; }; f; echo "${x-unset}"
`))
	compareWithBusybox(t, batched([]string{
		"x='a\tb\nc'; set -- $x; echo $#; IFS='\n'; set -- $x; echo $# \"$1\"",
		"echo \"a\nb\" | while IFS= read -r l; do echo \"<$l>\"; done",
	}))
}

// Variables that are local, exported, read only or before a command.
func TestVariableForms(t *testing.T) {
	compareWithBusybox(t, batches(`
f() { local x=$1 y=$x; echo "$x|$y"; }; f a; f() { local x=a\ b; echo $x; local y="$x c"; echo $y; }; f
f() { local x; g; echo $x; }; g() { x=set; }; f; echo "[$x]"
readonly r=1; r=2; echo no
readonly r=1; unset r; echo no
readonly r=1; (r=2); echo $?; export r; echo $r; readonly r; echo $r; (readonly r=3); echo $?
readonly r=1; r=2 true; echo no
readonly r=1; r=2 :; echo no
readonly r=1; f() { echo $r; }; r=2 f; echo no
readonly r=1; for r in a; do echo $r; done; echo no
readonly r=1; read r < one; echo $? $r
a=1 b=2 c=3 env | grep -E '^[abc]=' | sort; a=1 sh -c 'b=2 sh -c "echo \$a\$b"'
export x=1; x=2; sh -c 'echo $x'; unset x; sh -c 'echo "[$x]"'; x=3; sh -c 'echo "[$x]"'
export x; x=1; sh -c 'echo $x'; export x=2 y=3; sh -c 'echo $x$y'; export -n x; sh -c 'echo "[$x]"'
set -a; x=1; sh -c 'echo $x'; set +a; y=2; sh -c 'echo "[$y]"'; x=5; sh -c 'echo $x'
PATH=/nosuch; ls; echo $?; PATH=/bin; ls one; PATH= ; ls; echo $?
PATH=/w:$PATH; printf '#!/bin/sh\necho mine $1\n' > mycmd; chmod +x mycmd; mycmd a; type mycmd; rm mycmd; mycmd; echo $?
`))
}

// Pipelines, loops, tests and what "set -x" prints.
func TestCommandForms(t *testing.T) {
	compareWithBusybox(t, batches(`
sh dir; echo $?; . ./dir; echo $?; source ./dir; echo $?; sh -s dir < one
case $- in *e*) echo e;; *) echo n;; esac; set -e; case $- in *e*) echo e;; esac
[[ a == a ]] && echo y; [[ a = b ]] || echo n; [[ a != b ]] && echo y
[[ abc == a* ]] && echo y; [[ abc == "a*" ]] || echo n; [[ 'a b' == a\ b ]] && echo y
x='a b'; [[ $x == 'a b' ]] && echo y; [[ -n $x ]] && echo n; [[ -z $u ]] && echo z
[[ a ]]; echo $?; [[ '' ]]; echo $?; [[ $u ]]; echo $?
if [[ abc == *b* ]]; then echo y; fi; while [[ $i != xx ]]; do i=x$i; done; echo $i
x='a*'; [[ abc == $x ]]; echo $?; [[ abc == "$x" ]]; echo $?
x=1 y=$x; echo "[$y]"; x=2 sh -c 'echo $x'; echo $x; x=3 eval 'echo $x'; echo $x
x=1; x=2 f; f() { echo $x; }; x=2 f; echo $x
./one; echo $?; ./dir; echo $?; ./nosuch; echo $?; nosuch; echo $?; ''; echo $?; /; echo $?
"$u"; echo $?; $u; echo $?; $u true; echo $?; "$u" true; echo $?; x=1 $u; echo $x
echo a | (read x; echo $x) | { read y; echo $y; }; echo a | read x; echo "[$x]"
echo a | while read x; do y=$x; done; echo "[$y]"; while read x; do y=$x; done < one; echo $y
true | false | true; echo $?; false | true | false; echo $?; ! true | true; echo $?
cat one | head -n 1 | tr o 0; { cat; } < one | tail -n 1; cat < one | cat - two | wc -l
ls nosuch | cat; echo $?; ls nosuch 2>&1 | wc -l; { ls nosuch; echo $?; } 2>/dev/null
(cat) < one; { cat; } < two; if cat; then :; fi < one; case a in a) cat;; esac < one; for i in 1; do cat; done < one
{ echo a; exit 3; echo b; } | cat; echo $?; (exit 3) | cat; echo $?; cat one | (exit 4); echo $?
x=$(cat one); echo "$x" | wc -l; x=$(<one); echo "[$x]"
echo $(echo 'a  b') "$(echo 'a  b')" $(echo '*') "$(echo '*')" | head -c 40
echo "$(echo "a$(echo "b$(echo c)")")" $(echo $(echo $(echo d)))
for i in 1 2 3; do [ $i = 2 ] && break; echo $i; done; echo $?; for i in; do :; done; echo $?
while true; do while true; do break 2; done; done; echo out; for i in 1 2; do for j in 1 2; do continue 2; done; done; echo $i
f() { for i in 1 2; do return $i; done; }; f; echo $?; f() { while :; do return; done; }; false; f; echo $?
break; continue; echo $?; f() { break; }; for i in 1 2; do f; echo $i; done
if true; then echo a; elif true; then echo b; else echo c; fi; if false; then :; elif false; then :; else echo c; fi; echo $?
case abc in a) echo 1;; *b*) echo 2;; *) echo 3;; esac; case '' in ?*) echo 1;; *) echo 2;; esac; case a in b) ;; esac; echo $?
case "$u" in '') echo empty;; esac; x='a b'; case $x in 'a b') echo y;; esac; case a in "$x"|a) echo z;; esac
echo a; echo b # comment ; echo c
{ echo a; } 2>&1; { echo a;}; (echo a;); { (echo a) }
if true; then { echo a; } fi; if (true) then echo b; fi; while (false) do :; done; for i in 1; do (echo $i) done
echo ${PS1} ${PS2} ${PS4}; echo "[$HOME][$USER][$SHELL][$TERM]"
set -x; echo a "b c" '' 'd"e' "it's" $u; x='a b'; [ -n "$x" ]; : ${x}; (echo s); x=1 y=2 true; set +x
set -x; for i in 1; do echo $i; done; case a in a) :;; esac; if true; then :; fi; f() { echo f; }; f 2>/dev/null; set +x
PS4='> '; set -x; echo a; x=$(echo b); set +x
set -v; echo a; set +v
set -n; echo a
set -C; echo a > one; echo $?; echo b > out; cat out; echo c >> one; echo $?
true; echo "$?"; false; echo "$?"; (exit 42); echo "$?$?"
echo -e 'a\tb\n\\c\0101\x41\e[0m' | od -c | head -n 3; echo -n; echo -e '\c' x; echo -ne 'a\n'; echo -nE 'a\n'; echo
`))
	compareWithBusybox(t, batched([]string{
		"x=`echo a; echo b`; echo \"$x\" $x; x=`exit 3`; echo $?; echo `echo '\\a'` `echo \"\\\\\\\\\"`",
		"echo 'a' \\\n b; echo a\\\nb; x=1\\\n2; echo $x",
	}))
}
