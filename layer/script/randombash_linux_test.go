package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomBash runs random lines in Bash: those that ash is compared with, and ones of forms that only Bash has.
func TestRandomBash(t *testing.T) {
	for _, m := range []struct {
		name   string
		number int
		oneIn  int // how many may be refused
		line   func(r *rand.Rand) string
	}{
		{"lists", 150, 10, randomList},
		{"expansions", 600, 10, randomExpansion},
		{"words", 500, 8, randomUses},
		{"arithmetic", 400, 4, func(r *rand.Rand) string {
			return "a=3; b=-2; c=5; d='a+1'; ((e = " + randomExpression(r, 1+r.IntN(3)) + ")); echo $? $a $b $c $e"
		}},
		{"arrays", 500, 8, randomArrays},
		{"tests", 400, 10, randomBrackets},
		{"braces", 400, 3, randomBraces},
		{"failures", 600, 10, randomFailures},
		{"keys", 500, 8, randomKeys},
		{"quotes", 400, 20, randomQuotes},
	} {
		t.Run(m.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(*randomSeed, uint64(m.number)))
			var lines []string
			for range m.number * *randomTimes {
				lines = append(lines, "bash -c "+Quote(m.line(r))+" 2>/dev/null")
			}
			compareMost(t, "cd /w; ", lines, m.oneIn)
		})
	}
}

// randomQuotes writes texts so that Bash reads them again.
func randomQuotes(r *rand.Rand) string {
	value := func() string {
		var b strings.Builder
		b.WriteString("$'")
		for range r.IntN(6) {
			b.WriteString(oneOf(r, "a", "Bc", " ", "~", "#", "=", ":", "*", "?", "[x]", "{a,b}", "$x", `\"`, `\'`, `\\`, `\n`, `\t`, `\e`, `\001`, `\177`, "!", "^", ";", "|", "&", "<",
				">", "(", ")", "%", "-", "/", "+", "@", ",", ".", "`"))
		}
		return b.String() + "'"
	}
	format := func() string {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			b.WriteString(oneOf(r, "%q", "%q", "%s", "%8q", "%-6q", "%%", "%%q", "q", " ", `\n`, "%.3q", `\\%q`, `\%q`, "%d"))
		}
		return b.String()
	}
	text := "x=" + value() + "; y=" + value() + "; set -- " + value() + " " + value() + "; "
	for range 1 + r.IntN(3) {
		text += oneOf(r, `echo "${x@Q}" ${y@Q}; `, `echo "${@@Q}"; `, `echo "${*@Q}" "${3@Q}"; `, `eval "z=${x@Q}"; [ "$z" = "$x" ] && echo same; `,
			`eval "z=$(printf %q "$y")"; [ "$z" = "$y" ]; echo $?; `, `echo "${x@U}" "${x@u}" "${y@L}"; `, `a=("$x" "$y"); echo "${a[@]@Q}" "${a[1]@Q}"; `,
			"printf '"+format()+`' "$x" "$y" 3; echo; `, "printf '"+format()+`' 2 "$@"; echo; `, "printf -v z '"+format()+`' "$1"; echo "$z"; `)
	}
	return text
}

// randomArrays changes arrays and prints them.
func randomArrays(r *rand.Rand) string {
	name := func() string { return oneOf(r, "a", "a", "b") }
	value := func() string {
		return oneOf(r, "x", `""`, "'p q'", "a.b.c", "$1", `"$@"`, "*d*", "{1..3}", `"${a[@]}"`, `"${b[*]}"`, "${a[0]}", "[1]=y", "[7]=z", `$(echo 1 2)`)
	}
	index := func() string { return oneOf(r, "0", "1", "2", "i", "i+1", "-1", "5", "$i") }
	list := func() string {
		var words []string
		for range r.IntN(4) {
			words = append(words, value())
		}
		return "(" + strings.Join(words, " ") + ")"
	}
	show := func() string {
		n := name()
		text := fmt.Sprintf(oneOf(r, "${%s[@]}", "${%s[*]}", "${#%s[@]}", "${!%s[@]}", "${%s[@]:1}", "${%s[@]:1:2}", "${%s[@]: -1}", "${%s[@]%%.*}", "${%s[@]#?}",
			"${%s[@]/x/y}", "${%s[@]/#/+}", "${%s[@]^^}", "${%s[@]:-none}", "${%s[@]+set}", "$%s", "${%s[0]:-d}", "${#%s[1]}", "${%s[1]%%.*}", "${%s-u}"), n)
		return "p " + oneOf(r, text, `"`+text+`"`, `"<`+text+`>"`, "v"+text)
	}
	lines := []string{`p() { printf '%s:' $#; printf '<%s>' "$@"; echo; }`, "i=1; set -- m 'n o'"}
	if r.IntN(4) == 0 {
		lines = append(lines, "IFS="+oneOf(r, ":", ",", "''", "' .'"))
	}
	for range 3 + r.IntN(4) {
		switch r.IntN(9) {
		case 0, 1:
			lines = append(lines, name()+"="+list())
		case 2:
			lines = append(lines, name()+"+="+oneOf(r, list(), "w"))
		case 3:
			lines = append(lines, name()+"["+oneOf(r, "0", "1", "i", "i+2", "6")+"]"+oneOf(r, "=", "+=")+oneOf(r, "e", "'f g'", "$i"))
		case 4:
			lines = append(lines, oneOf(r, "unset a", "unset b", "a+=(r); unset 'a[1]'", "b=(s t); unset 'b[0]'"))
		case 5:
			lines = append(lines, fmt.Sprintf(`f() { local %s=%s; %s; }; f`, name(), list(), show()))
		case 6:
			lines = append(lines, oneOf(r, `for x in "${a[@]}"; do p "$x"; done`, `read -ra b <<< "k  l: m,n "`, `mapfile -t a < one`, `IFS=, read -r -a a <<< 'q,r,,s'`,
				`a=("${a[@]}" t)`, `b=("${a[@]:1}")`, `p "${a[`+index()+`]}"`))
		}
		lines = append(lines, show())
	}
	return strings.Join(lines, "; ")
}

// randomBrackets are conditions in double brackets.
func randomBrackets(r *rand.Rand) string {
	word := func() string {
		return oneOf(r, "a", "abc", `""`, "$x", `"$x"`, "$y", "$none", "'a*'", "a*", `"a"*`, "[ab]*", "?", "one", "dir", "nothing", "1", "$n", "1.5.2", `x\ y`, "b$y")
	}
	var test func(depth int) string
	test = func(depth int) string {
		if depth > 0 {
			switch r.IntN(5) {
			case 0:
				return test(depth-1) + " && " + test(depth-1)
			case 1:
				return test(depth-1) + " || " + test(depth-1)
			case 2:
				return "( " + test(depth-1) + " )"
			case 3:
				return "! " + test(depth-1)
			}
		}
		switch r.IntN(7) {
		case 0:
			return oneOf(r, "-n ", "-z ", "-e ", "-f ", "-d ", "-s ", "-x ", "-L ") + word()
		case 1:
			return oneOf(r, "1", "$n", "n", "n+1", "$((n*2))", "07") + oneOf(r, " -eq ", " -ne ", " -lt ", " -le ", " -gt ", " -ge ") + oneOf(r, "1", "$n", "n-1", "2", "7")
		case 2:
			return word() + oneOf(r, " < ", " > ") + word()
		case 3:
			return word() + " =~ " + oneOf(r, "^a", "b$", "^(a|b)(.*)$", "[0-9]+", `^([0-9]+)\.([0-9]+)`, "$re", `"$re"`, `x\ y`, `a"*"`, "^.{3}$")
		case 4:
			return word()
		}
		return word() + oneOf(r, " == ", " = ", " != ") + word()
	}
	return `p() { printf '<%s>' "$@"; echo; }; x='a b'; y='a*'; n=2; re='^[a-c]+$'; [[ ` + test(2) + ` ]]; echo $?; p "${BASH_REMATCH[@]}"`
}

// randomKeys changes associative arrays and prints them.
func randomKeys(r *rand.Rand) string {
	key := func() string {
		return oneOf(r, "a", "b", "c", "k1", "k2", "x-y", `"p q"`, "'*'", "$i", "$k", `"$k"`, "i", "1", "${k}z", `"x-y"`, "n$((i + 1))")
	}
	value := func() string {
		return oneOf(r, "x", "''", "'p q'", "a.b.c", "$1", `"$@"`, "${m[a]}", `"${m[*]}"`, "$(echo 1 2)", "*d*")
	}
	list := func() string {
		var words []string
		for range r.IntN(5) {
			words = append(words, "["+key()+"]="+value())
		}
		return "(" + strings.Join(words, " ") + ")"
	}
	lines := []string{`p() { printf '%s:' $#; printf '<%s>' "$@"; echo; }`, "i=1; k='q r'; set -- m 'n o'", "declare -A m" + oneOf(r, "", "="+list())}
	for range 2 + r.IntN(6) {
		switch r.IntN(10) {
		case 0:
			lines = append(lines, "m"+oneOf(r, "", "+")+"="+list())
		case 1, 2, 3:
			lines = append(lines, "m["+key()+"]"+oneOf(r, "", "", "+")+"="+value())
		case 4:
			lines = append(lines, oneOf(r, "unset 'm[a]'", "unset 'm[p q]'", `unset "m[$i]"`, "unset m; declare -A m", "m=5", "m+=6", "k=x-y", "i=2"))
		case 5:
			lines = append(lines, "f() { "+oneOf(r, "local -A m", "local -A m="+list(), "declare -gA m", "local k=a")+"; m["+key()+"]=in; p \"${!m[@]}\"; }; f")
		case 6:
			lines = append(lines, `for k in "${!m[@]}"; do p "$k" "${m[$k]}"; done`)
		default:
			text := fmt.Sprintf(oneOf(r, "${m[%s]}", "${m[%s]-unset}", "${m[%s]:-none}", "${m[%s]+set}", "${#m[%s]}", "${m[%s]%%.*}", "${m[%s]^^}", "${m[%s]/x/y}"), key())
			if r.IntN(2) == 0 {
				text = oneOf(r, "${m[@]}", "${m[*]}", "${!m[@]}", "${!m[*]}", "${#m[@]}", "${m[@]#?}", "${m[@]^^}", "${m[@]:-none}", "${m[@]+set}", "$m", "${m-u}", "${m[@]/#/+}")
			}
			lines = append(lines, "p "+oneOf(r, text, `"`+text+`"`, `"<`+text+`>"`))
		}
	}
	return strings.Join(append(lines, `p "${!m[@]}" - "${m[@]}"`), "; ")
}

// randomFailures are commands that fail, with traps and the statuses of pipelines.
func randomFailures(r *rand.Rand) string { return failures(r, false) }

// randomInputs are those with input of commands, too.
func randomInputs(r *rand.Rand) string { return failures(r, true) }

func failures(r *rand.Rand, withInputs bool) string {
	var command func(depth int) string
	calls := "g"
	list := func(depth int) string {
		text := command(depth)
		for range r.IntN(3) {
			text += "; " + command(depth)
		}
		return text
	}
	command = func(depth int) string {
		if depth == 0 || r.IntN(4) == 0 {
			return oneOf(r, "r 0", "r 1", "r 2", "(exit 3)", "x=$(r 4)", "[[ $x = y ]]", "((x = 0))", "f", "f 1", `echo "${PIPESTATUS[@]}"`, "s=${PIPESTATUS[0]}",
				"x=1", "r $s", "! r 0", "eval 'r 1'", "s=${#PIPESTATUS[@]}; r $s", "export x=$(r 1)", oneOf(r, "exit 5", "r 5"), calls)
		}
		depth--
		switch r.IntN(12) {
		case 0, 1:
			return command(depth) + " | " + oneOf(r, "cat", "{ cat; "+list(depth)+"; }", "(cat; exit 2)", "cat | (cat; exit 1)")
		case 2:
			return command(depth) + oneOf(r, " && ", " || ") + command(depth)
		case 3:
			return "{ " + list(depth) + "; }"
		case 4:
			return "( " + list(depth) + " )"
		case 5:
			return "if " + list(depth) + "; then " + list(depth) + "; else " + list(depth) + "; fi"
		case 6:
			return "for i in 1 2; do " + list(depth) + "; done"
		case 7:
			return "x=$(" + list(depth) + `); echo "<$x>"`
		case 8:
			if withInputs && r.IntN(2) == 0 {
				return oneOf(r, "cat", "cat - ", "grep -h .", ". ", "eval cat", "bash -c 'cat $1 $2' x") + " <(" + list(depth) + ")" + oneOf(r, "", " <("+list(depth)+")")
			}
			if withInputs {
				return oneOf(r, "cat", "{ cat; "+list(depth)+"; }", "while read -r x; do echo \"<$x>\"; "+command(depth)+"; done") + " < <(" + list(depth) + ")"
			}
		case 9:
			calls = "f" // so that it ends
			text := list(depth)
			calls = "g"
			return "g() { " + text + "; }"
		}
		return oneOf(r, "trap 'echo E $?' ERR", "trap - ERR", "set -E", "set +E", "set +e", "trap 'echo G $?; r 6' ERR", "set -o pipefail")
	}
	return "r() { echo r$1; return $1; }; f() { r 7; echo in; r $1; }; g() { r 8; }; x=0; s=0; " +
		oneOf(r, "", "set -e; ", "set -E; ", "set -eE; ", "set -eEo pipefail; ") + oneOf(r, "", "trap 'echo E $?' ERR; ", "trap 'echo E $?' ERR; ") +
		oneOf(r, "", "trap 'echo X $?' EXIT; ") + list(2) + `; echo end $? "${PIPESTATUS[@]}"`
}

// randomBraces are words with braces.
func randomBraces(r *rand.Rand) string {
	var word func(depth int) string
	word = func(depth int) string {
		var b strings.Builder
		if r.IntN(12) == 0 {
			return oneOf(r, `\{a,b}`, ",", "..")
		}
		for range 1 + r.IntN(3) {
			if depth == 0 || r.IntN(2) == 0 {
				b.WriteString(oneOf(r, "a", "b", "-", "1", `"q,r"`, `\,`, "..", "$x", `"$x"`, "${x}", "'{1,2}'", "*", "c", "d"))
				continue
			}
			switch r.IntN(4) {
			case 0:
				ends := oneOf(r, "1..4", "3..1", "01..10", "-2..3", "a..e", "E..A", "8..003", "5..-3", "a..4")
				b.WriteString("{" + ends + oneOf(r, "", "", "..2", "..-1") + "}")
			default:
				list := []string{word(depth - 1)}
				for range 1 + r.IntN(3) {
					list = append(list, oneOf(r, "", word(depth-1)))
				}
				b.WriteString("{" + strings.Join(list, ",") + "}")
			}
		}
		return b.String()
	}
	return `set -f; x=v; printf '<%s>' ` + oneOf(r, word(2), "{}", "a}b", "{a", "-{a}") + " " + word(2) + "; for i in " + word(1) + "; do echo $i; done"
}
