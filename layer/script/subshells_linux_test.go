package script

import "testing"

// A subshell within a loop or a function is still in it: break ends the subshell, and local has a function to be local to.
func TestSubshellsWithinLoopsAndFunctions(t *testing.T) {
	compareWithBusybox(t, eachLine(`
for i in 1 2; do (continue; echo no); echo $i; done
for i in 1 2; do (cd nosuch 2>/dev/null || continue; echo no); echo $?; done
for d in dir nosuch void; do ( cd $d || continue; pwd ); done 2>/dev/null
for i in 1 2; do x=$(break; echo no); echo "[$x]"; done
for i in 1 2; do echo a | { break; echo no; }; echo $i; done
for i in 1 2; do { break; } | cat; echo $i; done
for i in 1 2; do (exit 3; break); echo $?; done; for i in 1; do (false; break); echo $?; done
for i in 1 2; do (trap 'echo t' EXIT; break; echo no); echo $?; done
while read l; do (echo $l; continue; echo no); done < one
for i in 1 2; do for j in a b; do (break 2; echo no); echo $i$j; done; done
f() { for i in 1 2; do (return 2; echo no); echo $?; done; }; f
f() { (local x=1; echo $x); y=$(local y=2; echo $y); echo $y; }; f
f() { local x=1; (x=2; echo $x; local x=3; echo $x); echo $x; }; f
f() { echo a | while read l; do local z=$l; echo $z; done; echo "[$z]"; }; f
f() { cat one | while read l; do local n=$((n+1)); echo $n $l; done; }; f
f() { local x=1 | cat; local y=2 & wait; echo ok; }; f
f() { echo a | while read l; do local z=$l; return 4; done; echo $?; }; f; echo $?
f() { local a=1; g; echo $a; }; g() { (local a=2; echo $a); a=3; }; f
f() { x=$(local IFS=,; echo "$*"); echo "$x"; echo "$*"; }; f a b c
join() { local IFS="$1"; shift; echo "$*"; }; x=$(join , a b c); echo "$x"; join : a b | tr : -
x=1; f() { local x; (x=2; echo $x); echo "[$x]"; }; f; echo $x
local x=1; echo no
(local x=1; echo no); echo $?
echo a | while read l; do local x=1; echo no; done; echo $?
`))
}

// A redirection that cannot be opened fails a subshell from within, a compound command from outside, and ends the shell at a
// special builtin.
func TestRedirectionsThatFail(t *testing.T) {
	compareWithBusybox(t, eachLine(`
(echo a) > no/such; echo $?
(echo a) > dir || echo $?
(echo a) < nosuch; echo $?
echo a | (cat) > no/such; echo $?
set -e; (echo a) > no/such; echo no
set -e; (echo a) > no/such || echo or; echo yes
{ echo a; } > no/such; echo $?
set -e; { echo a; } > no/such; echo $?
if true; then echo a; fi > no/such; echo $?
for i in 1; do echo a; done > no/such; echo $?
while read l; do echo $l; done < nosuch; echo $?
case a in a) echo;; esac < nosuch; echo $?
f() { echo a; }; f > no/such; echo $?
: > no/such; echo no
eval echo a > no/such; echo no
exec > no/such; echo no
export x=1 > no/such; echo no
readonly x=1 < nosuch; echo no
f() { local x=1 > no/such; echo $?; }; f
command : > no/such; echo $?
x=1 > no/such; echo $? $x
`))
}

// "$?" within a loop, case or function is that of the command before it, until one has run.
func TestStatusWithinCompoundCommands(t *testing.T) {
	compareWithBusybox(t, eachLine(`
false; for i in 1 2; do echo $?; (exit 4); done; echo $?
if (exit 3); then :; else for i in $x 1; do echo $?; done; fi
(exit 3) || for i in 1; do echo $?; done
x=$(exit 5); for i in 1; do echo $?; done; for i in $(exit 4) 1; do echo $?; done
for i in $(exit 4); do :; done; echo $?; (exit 3); for i in; do :; done; echo $?
false; case a in a) echo $?;; esac; (exit 3); case x in x) ;; esac; echo $?; (exit 3); case x in y) ;; esac; echo $?
(exit 3); case $(exit 4) in '') echo $?;; esac; (exit 3); case x in x) : $?; echo $?;; esac
(exit 3); case a in a) (exit $?);; esac; echo $?
f() { for i in 1; do echo $?; done; }; (exit 5); f
f() { case $? in 0) echo fine;; *) echo failed $?;; esac; }; (exit 5); f; true; f
for i in 1 2; do false; continue; done; echo $?; for i in 1 2; do (exit 3); break; done; echo $?
(exit 3); while (exit 4) || echo $?; do break; done; until echo $?; do :; done
f() { ! return 2; }; f; echo $?; f() { ! return 0; }; f; echo $?
for i in 1; do ! break; done; echo $?; for i in 1; do ! continue; done; echo $?
f() { if ! return 3; then echo no; fi; }; f; echo $?
set -e; f() { ! return 1; }; f; echo yes
`))
}
