package script

import "testing"

// Substitutions, quotes and operators within each other.
func TestSubstitutionsWithinEachOther(t *testing.T) {
	compareWithBusybox(t, batches(`
echo $(case a in a) echo y;; esac) $(case a in (a) echo z;; esac)
x=$(for i in 1 2; do case $i in 1) echo one;; *) echo other;; esac; done); echo $x
echo "$(echo "a # not") $(echo 'b)')"
echo "$(echo "$(echo "$(echo "a  b")")")" $( ( ( echo x ) ) )
x='a b'; y='a'; echo "${x#"$y"}" "${x#$y }" "${x%"${x#a}"}" "${x#${x%b}}"
x=abc; echo ${x#${x%?}} ${x%${x#?}} "${x#"${x%??}"}" ${x%"$(echo c)"}
x=1; x=2 y=$x; echo $y; x=3 f; f() { echo $x; }; a=1 a=2 env | grep ^a=; a=$b b=2; echo "[$a]$b"
echo a > out; { echo b; echo c >&2; } >> out 2>&1; cat out; exec 4>&1; echo d >&4; exec 4>&-; { echo e; } 4>&1 >&4
echo ${x:-$((1+2))} "${x:-"$(echo "a b")"}" ${x:+no} "${#x}"; x=abc; echo ${x:$((1)):1} "${x:(-1)}" ${x:0:$((${#x}-1))}
echo 'y=1; return 5; y=2' > s; . ./s; echo $? $y; f() { . ./s; echo after $?; }; f; echo 'f() { echo defined; }; x=$1' > s; . ./s arg; f; echo "$x" $#
`))
	compareWithBusybox(t, batched([]string{
		"x=a; case x$x in xa) echo 1;; esac; case \"$x\" in $(echo a)) echo 2;; esac; case a in `echo a`) echo 3;; esac; " +
			"case $((1+1)) in 2) echo 4;; esac",
		"x=08; echo ${x#0}; echo $((${x#0}+1)); y=3; echo $((y*y)) $(($y*$y)) $((y++ + ++y)) $y; " +
			"echo \"$((1))$((2))\" $(($(echo 3)*2)) $((`echo 4`/2))",
		"echo {1..3} {a,b} a{b,c}d; echo ~root ~; echo a~b; echo \"$HOME\"; x=~; echo $x; echo *.nosuch; echo '*'; " +
			"echo \\*; echo [o]ne; echo o?e; echo ./o*; cd dir; echo *; echo .*n; echo */",
	}))
}

// Functions in pipelines, subshells and substitutions, and what stays of their variables.
func TestFunctionsWithinShells(t *testing.T) {
	compareWithBusybox(t, batches(`
f() { local IFS=,; echo "$*"; echo $*; }; f a b 'c d'; set -- x y; echo "$*"
f() { local IFS; IFS=-; set -- $1; echo "$1" $#; }; f a-b-c; echo "$IFS" | od -An -c | head -n1
f() { echo out; return 3; }; f | cat; echo $?; x=$(f) || echo "$? $x"; f || echo $?
f() { cd dir; pwd; }; (f); pwd; x=$(f); pwd; f; pwd
f() { set -- new; shift; echo $#; }; set -- old1 old2; f x; echo $# $1
f() { x=1; export y=2; readonly z=3; local w=4; }; f; echo $x $y $z "[$w]"; sh -c 'echo "[$x]$y[$z]"'
f() { while read l; do [ "$l" = two ] && return 7; done < one; }; f; echo $? $l
f() { trap 'echo in' EXIT; echo body; }; f; echo after; trap - EXIT
f() { false; }; g() { f || return 4; echo no; }; g; echo $?; set -e; g || echo "caught $?"
`))
}

// Functions, pipelines and substitutions change where "set -e" and "set -u" end the shell.
func TestOptionsWithinConstructs(t *testing.T) {
	compareWithBusybox(t, batches(`
set -e; f() { false; echo no; }; if f; then echo y; fi; f && echo and; ! f; echo z
set -e; f() { g; echo after; }; g() { return 1; }; f || echo or; x=$(f) || echo sub; echo "[$x]"
set -e; for i in 1 2; do false || continue; done; echo e; while read l; do [ $l = three ] || continue; echo $l; done < one
set -e; x=1 y=$(true); echo $x; : ${z:=$(false)}; echo yes
set -e; case $(false) in '') echo c;; esac; [ $(false; echo 1) = 1 ]; echo d; for i in $(false); do :; done; echo f
set -e; cat < nosuch; echo no
set -e; cat < nosuch || echo or; { cat; } < nosuch || echo or2; (cat) < nosuch || echo or3; echo end
set -e; command false; echo no
set -e; eval 'false'; echo no
set -e; trap 'echo trapped' EXIT; f() { false; }; f; echo no
set -e; (set +e; false; echo in); (false; echo no) || echo or; echo end
set -e; { false; } && echo no; ! { true; }; (false) && echo no; echo end
set -u; f() { echo ${1-d} $# "$@"; }; f; echo ${x:-} "${y+z}"; set -- ; echo "$@$*"; echo ${#}
set -u; x=a; echo ${x%b} ${x#c} ${x/a/b} ${#x}; echo ${y%b}; echo no
set -u; echo ${y:?gone}; echo no
set -u; echo "${y:=set}" $y; unset y; : "${y=}"; echo "[$y]"; echo ${z?}; echo no
set -u; if [ -n "${x:-}" ]; then :; else echo empty; fi; for i in $u; do :; done; echo no
`))
	compareWithBusybox(t, batched([]string{
		"set -e; x=`false`; echo no",
	}))
}

// Loops, redirections and builtins together.
func TestScriptsOfSeveralParts(t *testing.T) {
	compareWithBusybox(t, batches(`
set -- a b c; echo "${@:+set}" "${*:+set}" ${1:+$#} "${4:-none}" "${@+x}"; set --; echo "[${@:+set}]" "[${*-unset}]"
case a in *) echo first;; a) echo second;; esac; case "a*" in "a*") echo q;; esac; x='[a]'; case a in $x) echo p;; esac; case '[a]' in "$x") echo r;; esac
for x in 1 2 3; do for y in a b; do [ $x$y = 2a ] && break 2; echo $x$y; done; done; echo $x$y
i=0; while i=$((i+1)); [ $i -lt 4 ]; do [ $i -eq 2 ] && continue; echo $i; done; until [ $i -le 0 ]; do i=$((i-1)); done; echo $i
while read -r a b; do echo "$b:$a"; done < two; while IFS=' ' read a b; do :; done < two; echo "[$a][$b]"
cat one | while read l; do echo "<$l>"; done | tr '<>' '[]'; { read a; cat; } < one; echo $a; (read a; read b; echo $b) < one
cat < one > out 2>&1; wc -l < out; { cat one; cat two; } > out; wc -l out; cat one >> out; wc -l < out; > out; wc -c < out
{ echo o; echo e >&2; } 2>&1 >/dev/null | sed 's/^/E:/'; { { echo o; echo e >&2; } 3>&1 1>&2 2>&3 3>&-; } 2>/dev/null
ls nosuch one 2>/dev/null; ls nosuch one 2>&1 | sort; ls one nosuch > out 2> err; cat out err
a=x; b=a; eval "c=\$$b"; echo $c; eval 'for i in 1 2; do echo $i; done'; eval "f() { echo \"got \$1\"; }"; f z; eval "$(echo 'echo from; echo subst')"
type f ls cd nosuch if 2>&1; command -v ls cd; f() { :; }; command -v f nosuch; unset -f f; command -v f; echo $?
umask 027; touch u1; mkdir u2; stat -c '%a' u1 u2; (umask 0; touch u3; stat -c %a u3); umask
set -- -a -b val -c rest; while getopts ab:c o; do echo "$o:$OPTARG:$OPTIND"; done; shift $((OPTIND-1)); echo "$@"
wait; echo $?; (exit 3) & wait; echo $?; { echo bg; } & wait; x=1; { x=2; } & wait; echo $x
`))
	compareWithBusybox(t, batched([]string{
		"for x in \"a b\" 'c  d' e\\ f; do echo \"[$x]\"; done; for x in $(echo a b) `echo c`; do echo $x; done; " +
			"for x in \"$@\" end; do echo \"<$x>\"; done",
		"printf '%s|' a \"b c\" '' \"$u\"; echo; printf '%s-%s\\n' 1 2 3; " +
			"printf '%5.1f|%-5s|%05d|%x|%c\\n' 3.14159 ab 42 255 xyz; printf 'no newline'; echo; printf '%b\\n' 'a\\tb' 'c\\nd'",
		"[ -f one ] && [ ! -d one ] && echo file; [ one -nt nosuch ] && echo newer; [ -n \"$a\" -o -z \"$b\" ] && echo or; " +
			"[ \"a b\" = 'a b' ] && echo eq; [ 010 -eq 10 ] && echo dec; test 5 -gt 3 && test abc != abd && echo t",
		"PATH=/w:$PATH; printf '#!/bin/sh\\necho \"args:$#:$*:$0\"; exit 9\\n' > prog; chmod +x prog; prog 'a b' c; " +
			"echo $?; ./prog; x=$(prog q); echo $? $x; prog | cat; echo $?",
		"exec 3<one; while read l <&3; do echo $l; done; exec 3<&-; exec 5>out; echo five >&5; cat out; exec 5>&-; " +
			"(exec 6<two; read x <&6; echo $x); read x <&6; echo $?",
		"true; echo $?; ! true; echo $?; (exit 9); echo $? $?; x=$(exit 4); echo $?; x=1; echo $?; : $(exit 5); " +
			"echo $?; $(exit 6); echo $?; false | true; echo $?; if false; then :; fi; echo $?",
	}))
}
