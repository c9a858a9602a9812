package script

import "testing"

// Functions that are defined within a list or a pipeline: the body is the compound command alone.
func TestFunctionsInLists(t *testing.T) {
	compareWithBusybox(t, batches(`
f() { echo in; } && f; echo $?
f() { echo in; return 3; } && f; echo $?
f() { echo in; } && f && echo out
f() { echo in; false; } && f || echo failed
f() { echo in; } || echo no; f
f() { false; } && f && echo no; echo $?
true && f() { echo in; return 4; } && f; echo $?
false && f() { echo in; } && f; echo $?
true || f() { echo in; } && echo here; f; echo $?
false || f() { echo in; } && f
true && false || f() { echo in; } && f && echo end
f() { echo f; } && g() { echo g; } && f && g
f() { echo f; } && g() { f; echo g; } && h() { g; echo h; } && h
f() { g() { echo g; } && g; } && f && g
f() { g() { echo g; } && g; } && g; f; g
f() ( echo sub; exit 2 ) && f; echo $?
f() (x=1; echo $x) || echo no; f; echo "[$x]"
f() if true; then echo if; fi && f
f() for i in a b; do echo $i; done && f
f() while false; do :; done && f; echo $?
f() case $1 in a) echo A;; *) echo other;; esac && f a && f b
f() until true; do :; done || echo no; f; echo $?
f() { echo in; } | cat; f; echo $?
f() { echo in; } | cat && f; echo $?
echo x | f() { cat; }; echo $?
f() { echo in; } | cat | cat || echo no; f; echo $?
f() { echo in >&2; } 2>&1 && f | cat
f() { echo in; } > out && f; cat out; rm -f out
f() { read x; echo "[$x]"; } && echo word | f
! f() { echo in; } && echo no; f
! f() { echo in; } || f
true && ! f() { echo in; } || f
! true || f() { echo in; } && f
! f() { echo in; } | cat; echo $?
f() { echo in; } & wait; f; echo $?
f() { echo in; } && f & wait
(f() { echo in; } && f); f; echo $?
{ f() { echo in; } && f; }; f
x=$(f() { echo in; } && f); echo "$x"; f; echo $?
if f() { echo in; } && f; then echo yes; fi
while f() { echo in; return 1; } && f; do echo no; done; echo $?
set -e; f() { echo in; false; } && f || echo caught; f() { false; } && f; echo $?
set -e; f() { false; } && f && echo no; echo here
f() { echo one; } && f() { echo two; } && f
f () { echo in; } && f
f() { echo $#; } && f a b "c d"
f() { local x=1; echo $x; } && x=2 && f && echo $x
f() { return $1; } && f 5; echo $?
f() { exit $1; } && (f 6); echo $?
trap 'echo bye' EXIT && f() { exit 7; } && f
eval 'f() { echo in; } && f' && f
`))
}
