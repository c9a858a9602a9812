package script

import "testing"

// A "set -e" within a command substitution ends that, also where the status of the command around it is asked for.
func TestErrexitWithin(t *testing.T) {
	compareNewShells(t, append(linesOf(`
set -e; if echo $(false; echo x); then echo y; fi; exit 7
set -e; if x=$(false; echo x); then echo y; fi; echo "$x"; exit 7
set -e; if echo $(set -e; false; echo x); then echo y; fi; exit 7
if echo $(set -e; false; echo x); then echo y; fi; exit 7
set -e; ! echo $(false; echo x); exit 7
! echo $(set -e; false; echo x); exit 7
! { echo $(set -e; false; echo x); }; exit 7
! (set -e; false; echo x); exit 7
! { set -e; false; echo x; }; exit 7
if (set -e; false; echo x); then echo y; fi; exit 7
if ! (set -e; false; echo x); then echo y; fi; exit 7
(set -e; false; echo x) || exit 7
f() { echo $(set -e; false; echo x); }; ! f; exit 7
f() { echo $(set -e; false; echo x); }; f || echo no; exit 7
f() { echo $(set -e; false; echo x); }; if f; then :; fi; exit 7
! : | echo $(set -e; false; echo x); exit 7
! eval 'echo $(set -e; false; echo x)'; exit 7
! x=$(set -e; false; echo x); echo "$x"; exit 7
set -e; ! x=$(false; echo x); echo "$x"; exit 7
! echo a >/tmp/$(set -e; false; echo x); ls /tmp; rm -f /tmp/x; exit 7
! for i in $(set -e; false; echo x); do echo $i; done; exit 7
! case $(set -e; false; echo x) in x) echo X;; esac; exit 7
$(set -e; false; echo x)
EOF$(echo)
exit 7
! ( echo $(set -e; false; echo x) )
! ( echo $(set -e; ( false; echo x) ) )
! ( echo $(set -e; ( false; echo x); echo y ) )
! echo $(set -e; false; echo x)
! echo $(set -e; (false; echo x); echo y)
set -e; if echo $(false; echo x); then echo y; fi
set -e; if x=$(false; echo x); then echo y; fi; echo "$x"
set -e; if x=$(f() { false; echo f; }; f; echo x); then echo y; fi; echo "$x"
set -e; f() { false; echo f; }; if x=$(f; echo x); then echo y; fi; echo "$x"
set -e; f() { x=$(false; echo f); echo "$x"; }; f || echo no
set -e; f() { echo "$(false; echo f)"; }; f || echo no; f
set -e; f() { (false; echo f); echo g; }; f || echo no; x=$(f) || echo "no $x"; x=$(f); echo z
set -e; x=$(false; echo f) || echo "no $x"
set -e; x=$( (false; echo f); echo g) || echo "no $x"
set -e; ! x=$(false; echo f); echo "$x"
set -e; ! x=$( (false; echo f); echo g); echo "$x"
set -e; (echo a | (false; echo b)) || echo c
set -e; echo a | { false; echo b; } || echo c
set -e; case $(false; echo a) in a) echo A;; *) echo none;; esac
set -e; for i in $(echo a; false; echo b); do echo $i; done
set -e; while x=$(echo l; false; echo m); do echo "$x"; break; done; echo "[$x]"
set -e; echo $(while :; do false; echo x; break; done; echo y)
set -e; x=$(if false; then :; fi; echo y); echo $x
set -e; x=$(false || true; echo y; false; echo z) || echo "$x"
set -e; f() { eval 'false; echo x'; echo y; }; f || echo z
set -e; eval 'false; echo x' || echo z
set -e; (eval 'false; echo x'); echo y
set -e; trap 'false; echo t' EXIT; echo a
set -e; trap 'false; echo t' EXIT; (false); echo a
set -e; trap 'echo t$?' EXIT; f() { return 3; }; f; echo no
set -e; f() { false; return 0; }; f && echo y; if f; then echo z; fi; f; echo no
set -e; false | false || echo a; false | true; true | false; echo no
set -e; ! true | false; ! false | true; echo a
set -e; { false | true; } && echo a; { true | false; } || echo b
set -e; true && { false; echo x; }; echo no
set -e; true && (false; echo x); echo no
set -e; true && if false; then :; else false; fi; echo no
set -e; true && false || false; echo no
set -e; true && ! true; echo a; false || ! true; echo b
set -e; (! true); echo a; (true && false); echo no
set -e; { true && false; }; echo a; f() { true && false; }; f; echo no
set -e; f() { true && false; echo f; }; f; echo a
set -e; x() { [ 1 = 2 ] && echo x; }; x; echo no
set -e; for i in 1; do [ 1 = 2 ] && echo x; done; echo a
set -e; if true; then [ 1 = 2 ] && echo x; fi; echo a
set -e; (for i in 1; do [ 1 = 2 ] && echo x; done); echo a
set -e; case a in a) [ 1 = 2 ] && echo x;; esac; echo a
set -e; while [ -z "$d" ]; do d=1; [ 1 = 2 ] && echo x; done; echo a
set -e; eval '[ 1 = 2 ] && echo x'; echo a
set -e; x=$([ 1 = 2 ] && echo x); echo a
set -e; x=1; : $((x/0)); echo no
set -e; command false; echo no
set -e; command eval false; echo no
set -e; command -v nosuch; echo no
set -e; command -v nosuch || echo a; type nosuch; echo no
set -e; exec 3<nosuch; echo no
set -e; : <nosuch; echo no
set -e; true <nosuch; echo no
set -e; { :; } <nosuch; echo a
set -e; (:) <nosuch; echo no
set -e; while :; do break; done <nosuch; echo a
set -e; f() { :; }; f <nosuch; echo no
set -e; if true <nosuch; then :; else echo e; fi; true <nosuch || echo o; ! true <nosuch; echo n
set -e; read x </dev/null; echo no
set -e; while read x; do echo $x; false; done < one; echo no
set -e; unset nosuch; readonly r=1; unset r || echo a; echo b
set -e; shift 5; echo no
set -e; shift 5 || echo a; getopts a o; echo no
set -e; wait 99; echo no
set -e; cd /nosuch || echo a; test 1 -eq x || echo b; test 1 -eq x; echo no
set -e; [ ; echo no
set -e; let 0; echo no
set -e; x=; ${x}; echo a; $x false; echo no
set -e; $(echo false); echo no
set -e; a=$(exit 3) b=$(exit 0); echo a; a=$(exit 0) b=$(exit 3); echo no
set -e; a=$(exit 3) true; echo a; a=1 $(exit 3); echo no
set -e; export a=$(exit 3) b; echo a; local c=$(false); echo no
set -e; set +e; false; echo a; set -e; false; echo no
set -e; (set +e; false; echo a); (set -e; false; echo b) || echo c; false || set +e; false; echo d
set +e; f() { set -e; false; echo x; }; f || echo y; false; echo no
set +e; if set -e; false; then :; fi; echo a; false; echo no
set +e; (set -e; false; echo x); echo a; false; echo b
`),
		"set -e; x=`false; echo a` && echo \"$x\" || echo \"no $x\"",
	))
}
