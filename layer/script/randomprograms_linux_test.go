package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomPrograms runs random programs here and in busybox: conditions, loops, functions, subshells and what leaves them,
// with "set -e" and without. Their commands are all the shell's own. Chance decides nothing: each reader of a pipe reads to its
// end, and messages, whose order among what others print is open, are dropped.
func TestRandomPrograms(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	var lines []string
	for range 3000 {
		p := programmer{r: r}
		line := "exec 2>/dev/null; " + oneOf(r, "", "", "set -e; ", "set -e; ", "set -eu; ", "set -o pipefail; ", "set -euo pipefail; ") +
			"x=1; f() { echo f; " + oneOf(r, "false", "true", "return 3", "echo $1", "x=2", "(exit 5)", "local x=9; echo $x") + "; }" +
			oneOf(r, "; ", "; ", " && ", " || ") +
			"g() { " + p.list(1) + "; }" + oneOf(r, "; ", "; ", " && ", " || ") + p.list(0) + "; " + p.list(0) + "; echo end $? $x"
		lines = append(lines, line)
	}
	compareLines(t, lines)
}

// programmer writes programs. Loops end since each counts in a variable of its own.
type programmer struct {
	r    *rand.Rand
	uses int // commands written
}

func (p *programmer) list(depth int) string {
	commands := []string{p.command(depth)}
	for range p.r.IntN(3) {
		commands = append(commands, p.command(depth))
	}
	return strings.Join(commands, "; ")
}

func (p *programmer) simple(depth int) string {
	if p.uses++; depth > 0 && p.r.IntN(8) == 0 {
		return oneOf(p.r, "return 2", "exit 4", "break", "continue", "return", "local z=1; echo $z", "break 2")
	}
	return oneOf(p.r, "true", "false", fmt.Sprint("echo ", p.uses), "x=3", "x=$((x+1))", "(exit 3)", "echo $? $x", "f", "f", "shift", "set -- a b c",
		"echo $#",
		`echo "$1"`, "y=$(echo 1; false)", "y=$(false)", ":", "unset x", "[ $x = 1 ]", `[ -n "$x" ]`, "set -e", "set +e", "eval 'echo ev; false'", "eval false",
		"trap 'echo T$?' EXIT", "echo $x >&2", "x=1 f", "x=5 true", "! true", "! false", ": ${x:=7}", ": ${u?bad}", "set -o pipefail", "wait", "command false",
		"command echo c", "let x=0", "let x+=1", "let 1/0", "case $x in 1) false;; esac", "echo $((x > 1 ? 2 : 3))")
}

func (p *programmer) command(depth int) string {
	if depth >= 3 || p.r.IntN(2) == 0 {
		return p.simple(depth)
	}
	depth++
	again := func(word, test string) string {
		name := fmt.Sprintf("i%dx%d", p.uses, depth)
		return fmt.Sprintf("%[2]s=0; %[1]s [ $%[2]s %[3]s 2 ]; do %[2]s=$((%[2]s+1)); %[4]s; done", word, name, test, p.list(depth))
	}
	switch p.r.IntN(14) {
	case 0:
		return p.simple(depth) + " && " + p.command(depth)
	case 1:
		return p.simple(depth) + " || " + p.command(depth)
	case 2:
		return "{ " + p.list(depth) + "; }"
	case 3, 4:
		return "( " + p.list(depth) + " )"
	case 5:
		return "if " + p.command(depth) + "; then " + p.list(depth) + "; fi"
	case 6:
		return "if " + p.command(depth) + "; then " + p.list(depth) + "; elif " + p.command(depth) + "; then " + p.list(depth) + "; else " +
			p.list(depth) + "; fi"
	case 7:
		return "for i in " + oneOf(p.r, "1 2", "a", "$x 1", "", `"$@"`, "$(echo 1 2)") + "; do " + p.list(depth) + "; done"
	case 8:
		return again("while", "-lt")
	case 9:
		return again("until", "-ge")
	case 10:
		return "case " + oneOf(p.r, "$x", "a", `"$y"`, "$1") + " in " + oneOf(p.r, "1|2", "a", "*", "[0-9]", "''") + ") " + p.list(depth) + ";; *) " +
			p.simple(depth) + ";; esac"
	case 11:
		return "{ " + p.list(depth) + "; } | while read l; do echo \"<$l>\"; " + p.simple(depth+3) + "; done"
	case 12:
		return `echo "[$( ` + p.list(depth) + `)]"`
	}
	return "! { " + p.list(depth) + "; }"
}
