package script

import "testing"

// Compound commands, with reserved words of the shell in places where they are plain words.
func TestCompoundCommands(t *testing.T) {
	compareWithBusybox(t, batches(`
if=1; then=2; echo $if $then
for in in in a; do echo $in; done
for i in do done in; do echo $i; done
case in in in) echo y;; esac
case esac in (esac) echo y;; esac
case x in (x) echo y; esac
case x in x) ;; esac; echo $?
case x in esac; echo $?
case x in a|b|x) echo y;; *) echo n;; esac
case x in "x"|'y') echo y;; esac
case 'a b' in a\ b) echo y;; esac
case "" in "") echo e;; esac
case a in [!a]) echo n;; [^b]) echo y;; esac
case ] in []]) echo y;; esac
case - in [a-]) echo y;; esac
case b in [a-c]) echo y;; esac
case B in [[:upper:]]) echo y;; esac
case '*' in \*) echo y;; esac
case abc in a*) echo 1;; a?c) echo 2;; esac
case $u in '') echo e;; esac
case /a/b in /*/b) echo y;; esac
case .a in *) echo y;; esac
case a in a) case b in b) echo in;; esac;; esac
! true; echo $?
! { false; }; echo $?
! true | false; echo $?
{ echo a; echo b; } | cat
for i; do echo $i; done
set -- a b; for i do echo $i; done
set -- a b; for i in; do echo $i; done; echo e
while :; do break; done; echo $?
until true; do :; done; echo $?
while false; do :; done; echo $?
i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo $i; done
i=0; until [ $i -ge 2 ]; do i=$((i+1)); echo $i; done
for i in 1 2 3; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done
if false; then :; elif true; then echo e; else echo no; fi
if false; then :; fi; echo $?
if true; then false; fi; echo $?
if ! false; then echo y; fi
if (exit 0); then echo y; fi
if false || true && true; then echo y; fi
true && echo a || echo b
false && echo a || echo b
true || echo a && echo b
false || false || echo c
(echo a); (echo b)
(echo a; exit 3); echo $?
( (echo a) )
(cd dir; pwd); pwd
set -- a b c; echo ${#} ${#@} ${#*} ${#1} $#1
# d
for f in *.nosuch; do echo $f; done
for f in dir/*; do echo $f; done
case o in o*) echo y;; esac
cat out
`))
	compareWithBusybox(t, batched([]string{
		"case a in\na) echo 1\nesac",
		"{ echo a\n}",
		"true &&\necho x",
	}))
}

// Functions: their bodies, redirections and arguments.
func TestFunctions(t *testing.T) {
	compareWithBusybox(t, batches(`
f() { echo f; }; f
f () { echo f; }; f
f() ( echo f; x=1 ); f; echo "[$x]"
f() for i in 1 2; do echo $i; done; f
f() if true; then echo y; fi; f
f() case $1 in a) echo A;; esac; f a
f() while false; do :; done; f; echo $?
function f { echo kw; }; f
function f() { echo kw; }; f
f() { f() { echo two; }; echo one; }; f; f
f() { unset -f f; echo once; }; f; f
f() { return $1; }; f 3; echo $?; f; echo $?
f() { echo "$@" $#; shift; echo $1; }; f a 'b c'; echo $#
f() { set -- x y; echo $*; }; set -- a; f; echo $*
f() { g() { echo g; }; }; f; g
_1() { echo d; }; _1
cd() { echo "cd $1"; }; cd dir; pwd
test() { return 5; }; test; echo $?; [ a ]; echo $?
f() { local x=1; echo $x; f2; echo $x; }; f2() { x=2; }; x=0; f; echo $x
f() { x=$1; [ $x -gt 0 ] && f $((x-1)); echo $x; }; f 3
f() { [ $1 -gt 0 ] || return 0; local n=$1; f $((n-1)); echo $n; }; f 3
f() { for i; do echo "[$i]"; done; }; f a 'b c' ''
`))
}

// Quotes, substitutions and pathnames in words.
func TestWordsOfCommands(t *testing.T) {
	compareWithBusybox(t, batches(`
echo if then else fi for in do done case esac while until { } !
echo a; echo b ; echo c;
x=1; (x=2; echo $x); echo $x
echo $(echo a $(echo b $(echo c)))
echo "$(printf 'a\n\n')x"
echo $(printf 'a b\nc')
x=$(echo a; false); echo $? $x
echo $( (echo a) )
echo $(( (1) ))
echo $( ( echo a ); echo b )
x=abc; echo ${x}d $xd "${x}d" ${x:-y}${x:+z}
x=; echo "${x:-a b}" ${x:-a b} "${x:-"a b"}" ${x:-'a  b'}
echo ${x:-${y:-${z:-deep}}}
echo ${x:=a}${x}; echo ${x:?m} $x
echo "${x-a}" "${x+b}" "${x:-c}"
x='a*'; echo $x "$x" ${x} '$x'
x='a b'; set -- $x; echo $#; set -- "$x"; echo $#
x='$y'; y=1; echo $x; eval echo $x
x=a\
echo a\ b 'c'"d"e\"f
echo 'a\b'"'"'c'
echo \a\b\\c
echo a#b #c
echo "#a" \#b
echo a ; # b
echo ~ ~root ~nosuch "~" \~ a~ ~/x
x=~; echo $x; x=~/a:~root; echo $x; x=a~; echo $x
echo x=~ --p=~/y
echo * ; echo .* | tr ' ' '\n' | head -n 3
echo o* t?o [ot]* *e nosuch*
echo dir/* dir/.* */deep */*/deep
echo "o*" 'o*' o\* "o"*
echo [!o]* | head -c 30
echo [a-z]ne one[ ] [
touch '[x]' 'a[b'; echo [[]x] a[[]b \[x\] a\[b
touch .x; echo .x* *x [.]x
echo dir*/ dir/*/ ./o*
cd dir; echo ../o* .*h*
x='o*'; echo $x "$x"; y="$x"; echo $y
set -f; echo o*; set +f; echo o*
echo $1 $9 ${10} "$@" $*
`))
	compareWithBusybox(t, batched([]string{
		"echo `echo a \\`echo b\\``",
		"echo \"`echo \"a b\"`\" \"$(echo \"c d\")\"",
		"echo \"a$(true)b\" `true`c",
		"x=\"a\nb\"; echo $x; echo \"$x\"",
		"echo \"a\\b\\c\\$\\`\\\"\\\\\"",
	}))
}
