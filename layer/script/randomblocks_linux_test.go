package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomBlocks runs random programs of what stands around commands: here-documents in functions, loops and substitutions, redirections of
// blocks, patterns of "case" with quotes and brackets, traps, getopts, local variables, read, eval and "set --".
func TestRandomBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 29))
	var lines []string
	for range 1000 {
		lines = append(lines, randomBlocks(r))
	}
	compareCommands(t, lines)
}

func randomBlocks(r *rand.Rand) string {
	b := blockMaker{r: r}
	var text strings.Builder
	text.WriteString("exec 2>/dev/null </dev/null; x=1 y='a b'; set -- -a one -b '' two\n")
	fmt.Fprintf(&text, "f() {\n%s}\ng() %s\n", b.list(1), strings.TrimSuffix(b.block(1), "\n"))
	b.calls = true
	text.WriteString(b.list(0) + b.list(0) + "echo end $? \"$x\" $# $OPTIND\n")
	return text.String()
}

// blockMaker writes commands, each with its newline.
type blockMaker struct {
	r     *rand.Rand
	uses  int
	calls bool // of functions: not in their bodies
}

func (b *blockMaker) list(depth int) string {
	var text strings.Builder
	for range 1 + b.r.IntN(3) {
		text.WriteString(b.command(depth))
	}
	return text.String()
}

func (b *blockMaker) block(depth int) string {
	return oneOf(b.r, "{\n"+b.list(depth+1)+"}", "(\n"+b.list(depth+1)+")") + "\n"
}

func (b *blockMaker) word() string {
	return oneOf(b.r, "a", "$x", `"$x"`, `"$y"`, "$y", `"$@"`, "$1", `"$*"`, "''", "b.c", `"[x]"`, "$(echo s)", `"$(echo "$x")"`, "`echo \\$x`",
		"$((x+1))", "-n", `'*'`, `\*`,
		"${x:-d}", "${1#-}", "$#", "$?", `"a\b"`, "x=y")
}

func (b *blockMaker) document(depth int) string {
	b.uses++
	end := fmt.Sprintf("E%d", b.uses)
	quote := oneOf(b.r, end, end, "'"+end+"'", `\`+end, "-"+end)
	var text strings.Builder
	for range 1 + b.r.IntN(3) {
		if quote[0] == '-' {
			text.WriteString(oneOf(b.r, "\t", "\t\t", "", " \t"))
		}
		text.WriteString(oneOf(b.r, "text", "$x and $y", "'$x'", `"$y"`, `\$x \\ \a`, "$(echo sub $x)", "`echo old`", "$((x + 2))", "joined \\\nline", "",
			"${x:-'q'}", "E", "#no",
			"$(cat <<I\ninner $x\nI\n)", "${u:-two\nlines}") + "\n")
	}
	if quote[0] == '-' {
		end = "\t" + end
	}
	return "<<" + quote + "\n" + text.String() + end + "\n"
}

func (b *blockMaker) simple(depth int) string {
	if depth > 0 && b.r.IntN(9) == 0 {
		return oneOf(b.r, "return", "return 3", "local x=9 z", "local y", "shift", "set -- p 'q r'", "break", "continue") + "\n"
	}
	if depth == 0 && b.r.IntN(12) == 0 { // ash runs the trap of a subshell outside the redirections of what is around it, which is not imitated
		return oneOf(b.r, "trap 'echo exit $?' EXIT", "trap - EXIT", "trap \"echo '$x'\" EXIT", "trap") + "\n"
	}
	if b.calls && b.r.IntN(6) == 0 {
		return oneOf(b.r, "f", "g "+b.word(), "f a b", "x=2 f", "unset -f g") + "\n"
	}
	return oneOf(b.r, "echo "+b.word()+" "+b.word(), "printf '=%s=' "+b.word()+" "+b.word()+"; echo", "x="+b.word(), "y="+b.word(), "true", "false",
		"set -- "+b.word()+" "+b.word(), "shift", "shift 2", "eval \"echo "+oneOf(b.r, "$x", `\$x`, `\"\$y\"`, "'$y'")+"\"",
		"unset x", "readonly r=1; echo $r", "export x; env | grep '^x='", "type f | head -n1", "command -v g", "IFS=: read a b; echo $a",
		"echo \"$a|$b\"", "printf '%s' "+b.word()+" | { read -r a; echo \"got $a\"; }", "unset u; : \"${u:="+oneOf(b.r, "a b", "$x", "'q'")+"}\"; echo \"$u\"",
		"set -f; echo *; set +f",
		"test -n "+`"$x"`+" && echo full || echo empty", "[ $# -gt 1 ] && shift", "OPTIND=1", "cd /; pwd", "umask 077; umask; umask 022", "hash -r",
		"getopts ab: o; echo \"$? $o $OPTARG $OPTIND\"", "getopts :ab: o -b arg -c; echo \"$? $o $OPTARG $OPTIND\"", "exec 3>&1; echo three >&3; exec 3>&-",
		"echo ${x+set} ${u-unset}",
		"echo out >/dev/null", "set | grep '^[xy]='", "echo \"${*}\" \"${#}\"") + "\n"
}

func (b *blockMaker) pattern() string {
	return oneOf(b.r, "a", "*", "?", "[ab]", "[!a]", `"$x"`, "$x", `\*`, "'a b'", "[[:digit:]]", "-*", `"*"`, "a*|b*", "''", `*\ *`, "[a-c]*", "$(echo a)",
		"1|2", "[]x]", `[\]]`, `"["*`, "[*]", "*]")
}

func (b *blockMaker) command(depth int) string {
	if depth >= 3 || b.r.IntN(3) == 0 {
		return b.simple(depth)
	}
	depth++
	switch b.r.IntN(15) {
	case 0, 1:
		return oneOf(b.r, "cat ", "cat - ", "sed 's/^/+ /' ", "read -r a ", "while read -r l; do echo \"[$l]\"; done ",
			"while read l m; do echo \"$m $l\"; done ") + b.document(depth)
	case 2:
		name := fmt.Sprintf("i%d", b.uses)
		b.uses++
		return "for " + name + " in " + b.word() + " " + b.word() + "; do\necho \"$" + name + "\"\n" + b.list(depth) + "done\n"
	case 3:
		return "case " + b.word() + " in\n(" + b.pattern() + ")\n" + b.list(depth) + ";;\n" + b.pattern() + ") " + b.list(depth) + "esac\n"
	case 4:
		return "x=$(\n" + b.list(depth) + ")\n"
	case 5:
		return "echo \"$(\n" + b.list(depth) + ")\"\n"
	case 6:
		if depth > 1 { // a subshell with redirections in a group with others loses its own in functions, in ash
			return "{\n" + b.list(depth) + "} " + b.document(depth)
		}
		return strings.TrimSuffix(b.block(depth), "\n") + " " + b.document(depth)
	case 7:
		return strings.TrimSuffix(b.block(depth), "\n") + oneOf(b.r, " | cat\n", " >/dev/null\n", " | while read -r l; do echo \"=$l=\"; done\n",
			" | tr a-z A-Z\n", " 3>&1 >&3\n")
	case 8:
		return "while getopts " + oneOf(b.r, "ab:", ":ab:", "a", ":b:c", "a:b") + " o" + oneOf(b.r, "", "", " -a -b x y", " -ab", " -c -bz",
			" -- -a", " -b", ` "$@"`) +
			"; do\necho \"$o ${OPTARG-none} $OPTIND\"\ndone\n"
	case 9:
		return "if " + strings.TrimSuffix(b.simple(depth), "\n") + "\nthen\n" + b.list(depth) + oneOf(b.r, "", "else\n"+b.list(depth)) + "fi\n"
	case 10:
		return "eval '\n" + strings.ReplaceAll(b.simple(depth), "'", `'\''`) + "'\n"
	case 11:
		calls := b.calls
		b.calls = false
		body := b.simple(depth)
		b.calls = calls
		return "h() {\n" + body + "}\nh " + b.word() + "\n"
	case 12:
		return strings.TrimSuffix(b.simple(depth), "\n") + oneOf(b.r, " && ", " || ") + "cat " + b.document(depth)
	case 13:
		return "n=0; while [ $n -lt 2 ]; do n=$((n+1))\n" + strings.ReplaceAll(b.simple(depth), "n=", "k=") + "done " + b.document(depth)
	}
	if depth > 1 {
		return "trap '' INT; (trap)\n"
	}
	return "( trap 'echo T$?' EXIT\n" + b.list(depth) + ")\n"
}
