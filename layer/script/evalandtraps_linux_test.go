package script

import "testing"

// TestErrorsOfEval: what runs in eval or in a sourced file is named in errors.
func TestErrorsOfEval(t *testing.T) {
	compareWithBusybox(t, eachLine(`
readonly r=1; echo 'r=2' >f; . ./f; echo after
readonly r=1; g() { r=2; }; eval 'g'; echo after
readonly r=1; eval 'true; r=2'; echo after
readonly r=1; command eval 'r=2'; echo after $?
readonly r=1; echo 'r=2' >f; eval '. ./f'; echo after
readonly r=1; echo "eval 'r=2'" >f; . ./f; echo after
readonly r=1; eval 'eval "r=2"'; echo after
readonly r=1; eval '(r=2); echo $?'; echo after
readonly r=1; eval 'x=$(r=2); echo $?'; echo after
readonly r=1; eval 'r=2 true; echo $?'; echo after
readonly r=1; eval 'r=2 ls; echo $?'; echo after
readonly r=1; eval 'for r in a; do echo; done'; echo after
readonly r=1; eval ': ${r:=1}; : $((r=2))'; echo after
eval ': ${q?no}'; echo after
eval 'echo $((1/0))'; echo after
echo 'echo $((1/0))' >f; . ./f; echo after
eval 'nosuch'; eval './one'; eval 'cat <nosuch'; eval 'exec <nosuch'; echo after
eval 'set -u; echo $q'; echo after
eval 'shift 9'; echo after
readonly r=1; eval 'r=2'; echo $?
`))
}

// TestTrapsOfSubshells: ash has undone the redirections around a subshell when its trap runs.
func TestTrapsOfSubshells(t *testing.T) {
	compareWithBusybox(t, eachLine(`
set -e; { (trap 'echo bye' EXIT; echo hi); echo x; } >f; cat f
{ (trap 'echo bye' EXIT; echo hi); echo x; } >f; cat f
{ (trap 'echo bye' EXIT; exit 3); echo $?; } >f; cat f
{ (trap 'echo bye' EXIT; exit 3) ; } >f; cat f
(trap 'echo bye' EXIT; exit 3) >f; cat f
{ { (trap 'echo bye' EXIT; exit 3) ; }; echo x; } >f; cat f
{ (trap 'echo bye' EXIT; exit 3); (trap 'echo bye2' EXIT; exit 3); echo x; } >f; cat f
{ (trap 'echo bye' EXIT; exit 3); echo x; } | cat
{ (trap 'echo bye' EXIT; ls dir; exit 3); echo x; } 2>/dev/null
if (trap 'echo bye' EXIT; exit 3); then echo y; fi >f; cat f
for i in 1 2; do (trap 'echo bye' EXIT; exit 3); done >f; cat f
f() { (trap 'echo bye' EXIT; exit 3); echo x; }; f >f; cat f; f
f() { (trap 'echo bye' EXIT; exit 3); echo x; }; f
{ (trap 'echo bye' EXIT; exit 3); echo x; }
{ (trap 'echo bye' EXIT; echo hi) >g; echo y; } >f; cat f g
{ (trap 'echo bye' EXIT; echo hi) >g; echo y; }; cat g
{ (trap 'echo bye' EXIT; echo hi; exit) >g; echo y; } >f; cat f g
(trap 'echo bye' EXIT; echo hi) >g; cat g
{ { (trap 'echo bye' EXIT; echo hi) >g; }; } >f; cat f; ls g
{ (echo a; echo b) 2>&1; } >f; cat f
{ ! (trap 'echo bye' EXIT; echo hi); } >f; cat f
{ (trap 'echo bye' EXIT; echo hi); } | cat
x=$({ (trap 'echo bye' EXIT; echo hi); true; } 2>/dev/null); echo "[$x]"
x=$({ (trap 'echo bye' EXIT; echo hi); true; } >&2); echo "[$x]"
exec 3>f; { (trap 'echo bye >&3' EXIT; echo hi >&3); true; } 3>g; cat f g
exec >f; (trap 'echo bye' EXIT; echo hi); exec >&2; cat f
`))
}

// TestTwoSlashes: POSIX lets // be another directory than /, and ash keeps it.
func TestTwoSlashes(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cd //; pwd; cd //etc; pwd; cd ///; pwd; cd ..; pwd
cd //; echo $PWD; cd .; pwd; cd -P //; pwd; cd //..;pwd; cd /; cd //etc/../..; pwd; (cd //; cd etc; pwd)
cd //w/dir/..; pwd; cd dir; pwd; cd /; cd -; echo $OLDPWD; cd //; cd; pwd; cd /; cd ''; pwd; cd //w; cat one; ls dir; cd ./dir/..; pwd; sh -c pwd
`))
}
