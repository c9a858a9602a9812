package script

import "testing"

// In the trap on EXIT, "exit" without a number ends with the status from before it. "trap" with a number first resets traps, and "$(trap)" lists
// those of the shell around it.
func TestTrapsAtTheEnd(t *testing.T) {
	compareNewShells(t, append(linesOf(`
set -u; trap 'echo trap $?' EXIT; echo $nosuch
trap 'echo a' EXIT; trap; trap - EXIT; trap; echo b
trap 'echo "it'"'"'s"' EXIT INT TERM; trap
trap -p; trap -l; trap -; trap ''; trap x
trap 'echo x' NOSUCH; echo $?
trap 'echo x' 0 1 2 3 15; trap; trap 2 3; trap
trap 'echo e1; exit 3' EXIT; exit 5
trap 'echo e1' EXIT; (trap 'echo e2' EXIT; echo in); echo out
trap 'echo e1' EXIT; (echo in); echo out
trap 'echo e1' EXIT; (trap); x=$(trap); echo "$x"
trap 'echo e1; trap "echo e2" EXIT' EXIT; echo a
trap 'false' EXIT; true
trap 'echo $?; return 4' EXIT; exit 6
f() { trap 'echo fe' EXIT; echo in; }; f; echo out
kill -0 $$ && echo alive; kill -0 99999; echo $?
kill; echo $?; kill -x 1; echo $?; kill x; echo $?; kill -NOSUCH $$; echo $?
trap 'echo dbg' DEBUG; echo x
trap 'echo r' RETURN; echo $?
trap 2 3; trap 'echo x' 2; trap 2; trap
trap 'echo x' 2 3; trap 02 3; trap
trap 'echo x' 2 3; trap 99 3; trap; echo $?
trap 'echo x' INT QUIT; trap INT QUIT; trap
trap 'echo x' 0; trap 0; echo a
trap 'echo x' 0; trap 00; echo a
trap 'echo x' EXIT; trap EXIT; echo a
trap 'echo x' EXIT; x=$(trap); echo "$x"; trap - EXIT; eval "$x"; echo e
trap 'echo x' EXIT; x=$(trap 2>&1); echo "$x"; x=$(trap --); echo "$x"; x=$(y=1 trap); echo "$x"; x=$("trap"); echo "$x"
trap 'echo x' EXIT INT; (trap); (trap 'echo y' TERM; trap)
trap '' INT; trap 'echo t' TERM; (trap); x=$(trap); echo "$x"; (x=$(trap); echo "[$x]")
trap 'return 4; echo no' EXIT; exit 6
trap 'break; echo no' EXIT; exit 6
f() { trap 'return 4; echo no' EXIT; exit 6; }; f
(trap 'return 4; echo no' EXIT; exit 6); echo $?
(trap 'exit 4; echo no' EXIT; exit 6); echo $?
(trap 'false; exit' EXIT; exit 6); echo $?
(trap '(exit 9); exit' EXIT; true); echo $?
(trap 'f() { return 2; }; f; echo $?' EXIT; exit 6); echo $?
(trap 'eval "return 2"; echo no' EXIT; exit 6); echo $?
(trap 'false; exit' EXIT; exit 6); echo $?
(trap 'true; exit' EXIT; false); echo $?
(trap 'f() { false; exit; }; f; echo no' EXIT; exit 6); echo $?
(trap '(exit 9; ); (false; exit); echo $?; exit' EXIT; exit 6); echo $?
(trap '(exit); echo $?; false; (exit); echo $?' EXIT; exit 6); echo $?
(trap 'eval "false; exit"; echo no' EXIT; exit 6); echo $?
(trap 'x=$(false; exit); echo $?; false; exit $?' EXIT; exit 6); echo $?
(trap 'false; exit ""' EXIT; exit 6); echo $?
(set -e; trap 'rm -f /nosuch; exit' EXIT; false; echo no); echo $?
(set -e; trap 'echo a; exit 0' EXIT; false; echo no); echo $?
(set -e; trap 'false; echo no' EXIT; exit 6); echo $?
(set -e; trap 'false || true; exit' EXIT; exit 6); echo $?
f() { trap 'false; exit' EXIT; return 5; }; (f); echo $?
sh -c 'trap "true; exit" EXIT; exit 3'; echo $?
(trap 'true | false; exit' EXIT; exit 6); echo $?
(trap 'exit' EXIT; exit 6); echo $?
(trap 'trap "false; exit" EXIT; true; exit' EXIT; exit 6); echo $?
trap 'e=$?; echo cleanup; exit $e' EXIT; exit 6
trap 'echo cleanup >&2; exit' EXIT INT TERM; nosuch
`),
		"trap 'echo x' EXIT; x=`trap`; echo \"$x\"; x=$(trap; echo y); echo \"$x\"",
	))
}

// Out of functions, loops and shells, with numbers that are none.
func TestWaysOut(t *testing.T) {
	compareNewShells(t, linesOf(`
f() { return; echo no; }; f; echo $?
return 3; echo no
eval 'return 4'; echo no
(return 4; echo no); echo $?
f() { (return 4; echo no); echo $?; return 5; }; f; echo $?
f() { echo $(return 3; echo no) $?; }; f
f() { while :; do return 7; done; }; f; echo $?
f() { if return 8; then echo no; fi; }; f; echo $?
f() { return 1 2; }; f; echo $?
f() { return -- 3; }; f; echo $?
f() { return ''; }; f; echo $?
exit 1 2; echo no
exit -- 3; echo no
exit ''; echo no
exit -1
exit 08
break; echo $?; continue; echo $?
while :; do break 0; done; echo $?
while :; do break a; done; echo $?
for i in 1 2; do for j in 1 2; do for k in 1 2; do continue 3; done; echo no; done; echo no; done; echo $i $j $k
for i in 1 2; do for j in 1 2; do break 2 3; done; done; echo $i $j
while break; do echo no; done; echo $?
while (break); do echo once; break; done; echo $?
until false || break; do echo no; done; echo $?
for i in 1 2 3; do case $i in 2) continue;; 3) break;; esac; echo $i; done
for i in 1 2; do f() { continue; }; f; echo $i; done
for i in 1 2; do eval continue; echo no; done; echo $i
`))
}
