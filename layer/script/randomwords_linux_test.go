package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomWords expands random words: parameters with quotes in their patterns and values, "$@" and "$*" within others, fields split by an IFS of
// any kind, substitutions nested in each other, and assignments, "case" and here-documents, which split nothing.
func TestRandomWords(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 19))
	var lines []string
	for range 2000 {
		lines = append(lines, randomUses(r))
	}
	compareCommands(t, lines)
}

// randomUses is a line that sets variables and expands words with them.
func randomUses(r *rand.Rand) string {
	w := wordMaker{r}
	return wordsBefore + w.settings() + w.use() + w.use()
}

const wordsBefore = "p() { printf '%s:' $#; printf '<%s>' \"$@\"; echo; }; "

// wordMaker writes words and what expands them.
type wordMaker struct{ r *rand.Rand }

func (w wordMaker) settings() string {
	value := func() string {
		return oneOf(w.r, "''", "a", "'a b'", "a:b:c", "' a  b '", ":", "'::a'", `'a\b'`, `'*'`, "'a*b?[c]'", `'"q"'`, `"it's"`, "a.tar.gz", "/usr/lib/x",
			"'-n'", "$'x\\ty\\n'", "'a}b'", "'[a]'", "'\\*'", "' : '", "'a,b;c'", "abcabc")
	}
	return "x=" + value() + "; y=" + value() + "; unset u; " + oneOf(w.r, "", "", "", "IFS=:; ", "IFS=; ",
		"IFS=' :'; ", "unset IFS; ", "IFS=,; ", "IFS='\n'; ") +
		"set -f -- " + oneOf(w.r, "", "a", "a b", `"a b" c`, `"" x`, `"" "" x`, "a '' b", "'*' ': c'", "1 2 3", `" " a:b`) + "; "
}

func (w wordMaker) name() string { return oneOf(w.r, "x", "y", "u", "x", "y", "1", "@", "*", "2") }

// word is a word or one in double quotes.
func (w wordMaker) word(depth int) string {
	var b strings.Builder
	for range 1 + w.r.IntN(3) {
		switch {
		case w.r.IntN(3) == 0:
			b.WriteString(w.plain())
		case w.r.IntN(2) == 0:
			b.WriteString(`"` + w.quoted(depth) + `"`)
		default:
			b.WriteString(w.expansion(depth, false))
		}
	}
	return b.String()
}

func (w wordMaker) plain() string {
	return oneOf(w.r, "a", "b", "'c d'", `\$`, `\ `, "''", `""`, `\"`, ":", "-", "'$x'", `\\`, "'\\'", "*", "[ab]", "?", ".", "/", "{", "$'\\x41'", "=", "1")
}

func (w wordMaker) quoted(depth int) string {
	var b strings.Builder
	for range 1 + w.r.IntN(3) {
		if w.r.IntN(3) == 0 {
			b.WriteString(oneOf(w.r, "a", " ", "'", `\$`, `\"`, `\a`, `\\`, "*", "$ ", ":", "{"))
		} else {
			b.WriteString(w.expansion(depth, true))
		}
	}
	return b.String()
}

func (w wordMaker) expansion(depth int, quoted bool) string {
	name := w.name()
	if depth > 2 {
		return "${" + name + "}"
	}
	inner := func() string {
		if quoted { // single quotes, which do not quote here, may be refused
			return strings.NewReplacer(`'\'`, `\\`, "'", "").Replace(w.quoted(depth + 1))
		}
		return w.word(depth + 1)
	}
	switch w.r.IntN(12) {
	case 0, 1, 2:
		return "$" + name
	case 3:
		return "${" + oneOf(w.r, "x", "y", "u", "1", "2") + oneOf(w.r, ":-", "-", ":+", "+", "-", "+") + inner() + "}"
	case 4:
		return "${" + oneOf(w.r, "@", "*") + oneOf(w.r, ":-", "-", ":+", "+") + inner() + "}"
	case 5, 6:
		return "${" + oneOf(w.r, "x", "y", "1") + oneOf(w.r, "#", "##", "%", "%%") + w.pattern(depth+1) + "}"
	case 7:
		return "${#" + oneOf(w.r, "x", "y", "u", "1", "@", "*") + "}"
	case 8:
		return "$(printf %s " + w.word(depth+1) + ")"
	case 9:
		return "${" + oneOf(w.r, "x", "y") + oneOf(w.r, "/", "//") +
			oneOf(w.r, "a*", "*b", "a", "?", "[a-c]", `"*"`, "b", `\\*`, "' '", ":", "a?", "$(echo a)", "[!a]") +
			"/" + oneOf(w.r, "", "Z", `"$y"`, "$y", `'q'`, `\/`) + "}"
	case 10:
		return "${" + oneOf(w.r, "x", "y") + oneOf(w.r, ":1", ":0:1", ":1:2", ": -2", ":${#y}", ":1:-1", ":9") + "}"
	}
	return "$((" + oneOf(w.r, "1+1", "${#x}", "${#}*2", "$#", "${u:-3}", "$(echo 4)") + "))"
}

func (w wordMaker) pattern(depth int) string {
	var b strings.Builder
	for range 1 + w.r.IntN(3) {
		b.WriteString(oneOf(w.r, "a", "*", "?", "[a-c]", "[!a]", `"*"`, `'?'`, `\*`, ":", "' '", `"$y"`, "$y", `"[a]"`, `[\]]`, "b", ".*", "*.",
			"*/", `\\`, "'\\'",
			`"$1"`,
			"[[:alpha:]]", "[*]", "\"a\"", "${u-a}", `"${y#a}"`, "$(echo a)", `["a"b]`, "[!:]"))
	}
	return b.String()
}

// use is a command whose words are random.
func (w wordMaker) use() string {
	switch w.r.IntN(11) {
	case 0:
		return "v=" + w.word(0) + "; echo \"<$v>\"; "
	case 1:
		return "case " + w.word(0) + " in " + w.pattern(0) + ") echo one;; " + w.pattern(0) + "|" + w.pattern(0) + ") echo two;; *) echo other;; esac; "
	case 2:
		return "cat <<E\n" + w.document() + "\nE\n"
	case 3:
		return "for i in " + w.word(0) + " " + w.word(0) + "; do printf '(%s)' \"$i\"; done; echo; "
	case 4:
		return "printf '%s\\n' " + w.word(0) + " | while read " + oneOf(w.r, "", "-r ") + oneOf(w.r, "a", "a b", "a b c") +
			"; do p \"$a\" \"$b\" \"$c\"; done; "
	case 5:
		return "set -- " + w.word(0) + " \"$@\"; p \"$@\"; "
	case 6:
		return "v=" + w.word(0) + " eval 'p $v \"$v\"'; "
	case 7:
		return "f() { local v=" + w.word(0) + " n; p \"$v\" \"$n\"; }; f; "
	case 8:
		return "export v=" + w.word(0) + "; p \"$v\"; "
	}
	return "p " + w.word(0) + "; "
}

func (w wordMaker) document() string {
	var b strings.Builder
	for range 1 + w.r.IntN(3) {
		b.WriteString(oneOf(w.r, "a ", "'", `"`, `\$x`, `\\`, `\a`, "\n", `\"`, "\\\n", "$ ", "`echo b`") + w.expansion(0, true))
	}
	return b.String()
}
