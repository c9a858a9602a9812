package script

import "testing"

// Failures end a shell with "set -e" unless a construct tests them.
func TestEndingAtErrors(t *testing.T) {
	compareWithBusybox(t, batches(`
set -e; trap 'echo t $?' EXIT; false; echo no
set -e; trap 'echo t; false; echo u' EXIT; echo a
set -e -u; echo $-; set +eu; echo $-
set -o errexit; echo $-; set +o errexit; set -o | grep -E 'errexit|noglob'
set -o noclobber; set +o | grep noclobber
set -ex; echo a; set +x
set -e; false; echo no
set -e; false || true; echo a; false && true; echo b; ! true; echo c
set -e; if false; then :; fi; while false; do :; done; echo a
set -e; x=$(false); echo no
set -e; echo $(false); echo a; x=$(false) || echo b
set -e; (false) || echo a; { false; } || echo b; f() { false; echo c; }; f || echo d
set -e; f() { false; echo no; }; f; echo no
set -e; true | false; echo no
set -e; false | true; echo a
set -e; [ a = b ]; echo no
set -e; [ a = b ] && echo x; echo y
set -e; test -f nosuch || test -f one; echo a
set -e; case a in a) false;; esac; echo no
set -e; for i in 1 2; do [ $i = 2 ] && false; done; echo y
set -e; for i in 1 2; do false; done; echo no
set -e; { false; echo no; } ; echo no
set -e; eval false; echo no
set -e; eval 'false || true'; echo a
set -e; . ./nosuch || echo no
set -e; cd nosuch; echo no
set -e; cd nosuch || echo a; echo b
set -e; nosuch; echo no
set -e; x=1; readonly x; (x=2) || echo a
set -e; local x=1; echo no
set -e; unset nosuch; shift 0; echo a
set -e; export x=$(false); echo a
set -e; readonly x=$(false); echo a
set -e; f() { local x=$(false); echo a; }; f
set -e; f() { local x; x=$(false); echo no; }; f
set -e; while true; do false; done; echo no
set -e; until false; do break; done; echo a
set -e; ! false; echo a; ! { false; }; echo b
set -e; false & wait; echo a
set -e; : $(false) ; echo a; true $(false); echo b
set -e; $(false); echo no
set -e; x=1 false; echo no
set -e; >nosuch/x; echo no
set -e; sh -c 'false; echo in'; echo a
set -e; sh -c 'exit 2'; echo no
set -e; (exit 3) || echo $?; (set +e; false; echo in); echo out
set -e; f() { return 1; }; f || echo $?; if f; then :; else echo $?; fi; f; echo no
set -o pipefail; false | true || echo a; true | true && echo b
set -eo pipefail; false | true; echo no
set -e; a=1 b=$(exit 3); echo no
set -e; echo a | while read x; do false; done; echo no
set -e; (echo a; false; echo no) | cat; echo yes
set -e; x=$(echo a; false; echo b) || echo "[$x]"
set -e; if x=$(false); then :; else echo e; fi; echo "${x:-d}"
`))
}
