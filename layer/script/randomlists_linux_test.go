package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomLists runs lists of commands as RUN has them, some of which fail, with "set -e" and pipefail, in functions, subshells, pipelines,
// substitutions and conditions: what runs, what ends the shell, and with which status.
func TestRandomLists(t *testing.T) {
	compareRandom(t, 200, randomList)
}

func randomList(r *rand.Rand) string {
	w := listWriter{r: r}
	begin := oneOf(r, "set -e", "set -e", "set -eu", "set -eo pipefail", "set -o pipefail", "true")
	return "( " + begin + "; r() { echo r$1; return $1; }; " + w.functions() + w.list(3) + "; echo end $? ) 2>/dev/null"
}

// listWriter writes lists that end.
type listWriter struct {
	r *rand.Rand
	n int // of what is printed
}

func (w *listWriter) functions() string {
	return "f() { " + w.list(2) + oneOf(w.r, "", "; return", "; return 3", "; true", "; false") + "; }; g() { local x y=" + w.word() + "; x=$( " + w.list(1) + "); echo g $? $x $y; " +
		w.list(1) + "; }; "
}

func (w *listWriter) list(depth int) string {
	var list []string
	for range 1 + w.r.IntN(3) {
		list = append(list, w.andOr(depth))
	}
	return strings.Join(list, "; ")
}

func (w *listWriter) andOr(depth int) string {
	text := w.pipeline(depth)
	for w.r.IntN(3) == 0 {
		text += oneOf(w.r, " && ", " || ") + w.pipeline(depth)
	}
	return text
}

func (w *listWriter) pipeline(depth int) string {
	text := oneOf(w.r, "", "", "", "! ") + w.command(depth)
	if w.r.IntN(5) == 0 {
		text += " | " + oneOf(w.r, "cat", "{ cat; "+w.simple()+"; }", "while read -r l; do echo \"<$l>\"; "+w.simple()+"; done", "grep r", "sed s/r/R/")
	}
	return text
}

func (w *listWriter) word() string {
	return oneOf(w.r, "a", "$?", `"$(r 2)"`, `"$(false; echo s)"`, "${u:-d}", "$((1 + 2))", `"$x"`, "`r 1`", "${x:+set}")
}

func (w *listWriter) simple() string {
	w.n++
	return oneOf(w.r, "r 0", "r 1", "r 2", "true", "false", fmt.Sprintf("echo e%d $?", w.n), "x="+w.word(), "x=$(r 1)", "x=$(r 0) r 2", "test -n \"$x\"", "[ $? -eq 0 ]",
		"export x=$(r 1)", "eval 'r 1'", "eval 'false; echo v'", "sh -c 'exit 2'", "(exit 4)", ": ${x:=y}", "command r 1", "echo $(r 1) $?", ": $(r 3)", "cd /nosuch 2>/dev/null")
}

func (w *listWriter) command(depth int) string {
	if depth == 0 {
		return w.simple()
	}
	inner := func() string { return w.list(depth - 1) }
	switch w.r.IntN(18) {
	case 0:
		return "{ " + inner() + "; }"
	case 1:
		return "( " + inner() + " )"
	case 2:
		return "if " + inner() + "; then " + inner() + oneOf(w.r, "", "; else "+inner(), "; elif "+inner()+"; then "+inner()) + "; fi"
	case 3:
		return "for i in 1 2; do " + inner() + oneOf(w.r, "", "; break", "; continue") + "; done"
	case 4:
		return "case " + w.word() + " in a|0) " + inner() + ";; *) " + inner() + ";; esac"
	case 5:
		w.n++ // loops within each other count on their own
		return fmt.Sprintf("i%[1]d=0; while [ $i%[1]d -lt 2 ]; do i%[1]d=$((i%[1]d + 1)); ", w.n) + inner() + "; done"
	case 6:
		return oneOf(w.r, "x=$( ", "echo $( ", "y=z x=$( ") + inner() + ")"
	case 7:
		if depth > 2 {
			return oneOf(w.r, "f", "g", "f || echo failed $?", "if f; then echo yes; fi", "f | cat", "(f)", "x=$(f)", "g && f", "set +e; f; echo after $?; set -e")
		}
	case 8:
		return "until " + oneOf(w.r, "true", "r 0", "! false") + "; do " + inner() + "; done"
	case 9:
		return oneOf(w.r, "trap 'echo trap $?' EXIT", "set +e", "set -e", "{ "+inner()+"; } > /tmp/l; cat /tmp/l; rm /tmp/l",
			"( set -e; "+inner()+" )", "sh -ec 'false; echo no' || echo $?", "{ r 1 & wait; }")
	}
	return w.simple()
}
