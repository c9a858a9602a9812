package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomLines searches, changes and prints random lines with the other commands for text, here and in busybox.
func TestRandomLines(t *testing.T) {
	for name, line := range map[string]func(r *rand.Rand) string{
		"grep": randomSearch, "tr": randomSets, "printf": randomEscapes, "expr": randomMatch, "widths": randomWidths, "dumps": randomDump,
		"portions": randomPortions, "numbers": randomSequence, "test": randomTests,
	} {
		t.Run(name, func(t *testing.T) { compareRandom(t, 180, line) })
	}
}

func searchedLines(r *rand.Rand) string {
	return printed(r, someLines(r, 9, "foo", "bar", "foo bar", "", "abc", "a.c", "FOO", "foobar", "barfoo", "a b c", "x=1", "10", "foo-bar",
		"foo_bar", "(a)", "a*b", "abab", " foo", "foo foo",
		"aaa", "[x]", `a\b`, "#foo", "o"))
}

func randomSearch(r *rand.Rand) string {
	extended := r.IntN(3) == 0
	fixed := !extended && r.IntN(4) == 0
	pattern := func() string {
		if fixed {
			return oneOf(r, "foo", "a", "", ".", "oo", "bar", "a b", "*", "FOO", "o", "[x]")
		}
		if r.IntN(3) == 0 {
			return randomPattern(r, extended, 1)
		}
		return oneOf(r, "foo", "a", "", ".", "^foo", "bar$", "o*", "^$", "[a-c]", "a.c", "[[:upper:]]", "oo", "x=", "^", "$", "foo.*", ".*bar",
			"[^a-z]", `\.`, `\bfoo`, "o", "a*", "b")
	}
	options := ""
	for range r.IntN(4) {
		options += " " + oneOf(r, "-i", "-v", "-c", "-n", "-w", "-x", "-q", "-l", "-L", "-h", "-H", "-s", "-o", "-o", "-w", "-m1", "-m2", "-m 1",
			"-A1", "-A 2", "-B1", "-B2", "-C1", "-C 2", "-m0", "-nC1")
	}
	name := oneOf(r, "grep", "grep")
	if extended {
		name = oneOf(r, "grep -E", "egrep")
	} else if fixed {
		name = oneOf(r, "grep -F", "fgrep")
	}
	patterns := oneOf(r, " ", " -e ", " -- ") + "'" + strings.TrimLeft(pattern(), "-") + "'"
	if r.IntN(4) == 0 && !strings.Contains(options, "-o") {
		patterns = " -e '" + pattern() + "' -e '" + pattern() + oneOf(r, "", "\n"+pattern()) + "'"
	}
	if r.IntN(5) == 0 {
		file := "printf '%s\\n' '" + pattern() + "'"
		if !strings.Contains(options, "-o") {
			file += " '" + pattern() + "'"
		}
		if r.IntN(3) == 0 && !strings.HasPrefix(patterns, " -e") {
			patterns = " -f f3"
		}
		return inScratch([]string{searchedLines(r), searchedLines(r), oneOf(r, file, file, file, "printf ''")},
			name+options+patterns+oneOf(r, " f1 f2", " f1", " - f2 < f1", " f1 f4 f2", " -r f1", " -R f2 f1", " f2 f1"))
	}
	return searchedLines(r) + " | " + name + options + patterns
}

func randomSets(r *rand.Rand) string {
	set := func() string {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteString(oneOf(r, "a", "z", "a-c", "A-Z", "0-9", "a-z", "x-", "-", "[:lower:]", "[:upper:]", "[:digit:]", "[:space:]", "[:blank:]",
				"[:alnum:]", "[:alpha:]", "[:punct:]",
				"[:cntrl:]", "[:xdigit:]", `\n`, `\t`, `\\`, `\060-\062`, "[=a=]", "[a-c]", "[", "]", "[:", "c-a", `\-`, "é", "o", " ", `\x61`, `\0`,
				"[x*3]", "[:print:]", "[:foo:]", "+--", "%-+", `\101-\103`))
		}
		return "'" + strings.TrimLeft(b.String(), "-") + "'" // a set is no option
	}
	return searchedLines(r) + " | tr " + oneOf(r, set()+" "+set(), "-d "+set(), "-s "+set(), "-cd "+set(), "-cs "+set()+" "+set(),
		"-s "+set()+" "+set(), "-ds "+set()+" "+set(), "-c "+set()+" "+set(),
		"-C "+set()+" "+set(), "-dc "+set()+" "+set(), "-d "+set()+" "+set(), set()) + " | od -c"
}

func randomEscapes(r *rand.Rand) string {
	text := func() string {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			b.WriteString(oneOf(r, "a", "b c", `\n`, `\t`, `\\`, `\101`, `\0101`, `\x41`, `\x4`, `\xg`, `\8`, `\1`, `\c`, `\e`, `\a`, `\"`, `\z`,
				"%%", `\377`, `\400`, `\0400`, `\777`, "é", `\0`, `\`, "-"))
		}
		return b.String()
	}
	format := text()
	for range r.IntN(3) {
		format += "%" + oneOf(r, "", "-", "0", "+", " ", "#", "-0") + oneOf(r, "", "", "1", "7", "12") + oneOf(r, "", "", ".", ".0", ".2",
			".6") + oneOf(r, "s", "s", "d", "x", "o", "u", "c", "i", "f", "g", "e", "X") + oneOf(r, "", "|", text())
		if r.IntN(5) == 0 {
			format += "%b"
		}
	}
	if r.IntN(12) == 0 {
		format += oneOf(r, "%", "%z", "%5", "%-", "%l", "%ld", "%hhd", "%5%", "%.", "%b%", "%q")
	}
	arguments := ""
	for range r.IntN(5) {
		arguments += " '" + oneOf(r, text(), text(), "5", "-7", "0x1F", "017", "3.25", "", "12x", `"a`, "1e3", "+3", " 4", "99999999999999999999",
			"-0", "0b1", "é", "x") + "'"
	}
	switch r.IntN(6) {
	case 0:
		return "echo -e '" + text() + "'" + arguments + " | od -c"
	case 1:
		return "echo " + oneOf(r, "-n", "-en", "-E", "-nE", "-ne", "--", "-x") + " '" + text() + "' | od -c"
	}
	call := "printf '" + format + "'" + arguments
	return call + " 2>/dev/null | od -c; " + call + " 2>&1 >/dev/null"
}

func randomMatch(r *rand.Rand) string {
	text := oneOf(r, "abc", "foo.tar.gz", "1.2.3-r4", "''", "aaa", "' a b'", "10", "-5", "lib/x.so", "a+b", "key=value", "007", "'('", "x", "length", "+")
	switch r.IntN(6) {
	case 0:
		return "expr " + text + " : '" + oneOf(r, `\(.*\)\.`, `.*\.\(.*\)`, `[0-9]*`, `\([0-9]*\)`, `a*`, `^a`, `.*`, `\(x\)*`, `[^=]*=\(.*\)`,
			`\(a\)\(.\)`, `a\{2\}`, `$`, `\(.*\)/`, ".*b", `\(^a\)`, "a+b", `[a-`) + "'"
	case 1:
		return "expr substr " + text + " " + oneOf(r, "1", "2", "0", "-1", "3", "99", "x") + " " + oneOf(r, "1", "2", "0", "99", "-1", "y")
	case 2:
		return "expr " + oneOf(r, "length ", "length + ", "quote ", "+ ") + text
	case 3:
		return "expr index " + text + " " + oneOf(r, "a", ".", "xyz", "''", "0-9", "=")
	}
	s := oneOf(r, "1", "7", "-2", "0", "9223372036854775807", text)
	for range 1 + r.IntN(3) {
		s += " " + oneOf(r, "+", "-", `\*`, "/", "%", "=", "!=", `\<`, `\<=`, `\>`, `\|`, `\&`, "==") + " " + oneOf(r, "1", "2", "-3", "0", "10",
			text, `\( 1 + 2 \)`, `\( `+text+` \)`)
	}
	return "expr " + s
}

func randomWidths(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(5) {
		for range r.IntN(7) {
			b.WriteString(oneOf(r, "word", "a", " ", " ", "  ", `\t`, `\t`, "long-word-here", "        ", "é", `\b`, `\r`, "x", "12345678", `\f`, `\v`))
		}
		b.WriteString(oneOf(r, `\n`, `\n`, `\n`, "", `\n\n`))
	}
	return "printf '" + b.String() + "' | " + oneOf(r, "fold -w "+oneOf(r, "1", "3", "8", "10", "16"), "fold -sw "+oneOf(r, "4", "8", "12"),
		"fold -bw "+oneOf(r, "3", "9"), "fold -bsw "+oneOf(r, "5", "9"), "fold",
		"expand", "expand -t "+oneOf(r, "1", "2", "4", "9"), "expand -i", "expand -it3", "unexpand", "unexpand -a", "unexpand -t "+oneOf(r, "2", "4",
			"8"), "unexpand -f -t4", "unexpand -a -t 3",
		"wc", "wc -"+oneOf(r, "l", "w", "c", "L", "m", "lL", "wc"), "rev", "tac", "cat -"+oneOf(r, "A", "e", "t", "n", "b", "v", "nb", "et"),
		"strings -n "+oneOf(r, "1", "4"), "dos2unix", "unix2dos",
		"nl -ba") + " | od -c"
}

func randomDump(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(oneOf(r, "abcdefgh", "a", `\0`, `\377`, `\n`, `\t`, `\033`, "0123456789", " ", `\200\201`, "é", "aaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", `\0\0\0\0\0\0\0\0`, "%%"))
	}
	return "printf '" + b.String() + "' | " + oneOf(r, "od -A"+oneOf(r, "n", "d", "o", "x")+" -t"+oneOf(r, "x1", "x2", "x4", "o1", "o2", "d1", "d2",
		"d4", "u1", "u2", "u4", "c", "a", "x8", "x1z", "d8")+oneOf(r, "", " -v", " -w8", " -w5", " -j3", " -N7", " -j2 -N9"),
		"od "+oneOf(r, "-b", "-c", "-d", "-o", "-x", "-a", "-h", "-i", "-l", "-s", "")+oneOf(r, "", " -v", " -N5", " -j1"),
		"hexdump "+oneOf(r, "", "-C", "-b", "-c", "-d", "-o", "-x", "-v", "-Cv", "-n 5", "-s 3", "-C -n 9 -s 2", `-e '1/1 "%02x"'`,
			`-e '"%_ad " 4/1 "%3u " "\n"'`, `-e '8/1 "%c"'`, `-ve '1/2 "%04x\n"'`),
		"hd", "xxd"+oneOf(r, "", " -p", " -l 5", " -c 8", " -g 1", " -g 4 -c 12", " -i", " -u", " -pc5"), "xxd"+oneOf(r, "", " -c 8",
			" -g 4")+" | xxd -r | od -c", "xxd -p | xxd -r -p | od -c",
		"base64"+oneOf(r, "", " -w 0", " -w 10", " -w 1"), "base64 | base64 -d | od -c", "uuencode x", "uuencode -m x", "cksum", "md5sum", "sum",
		"sum -s", "sha1sum")
}

func randomPortions(r *rand.Rand) string {
	number := func() string {
		return oneOf(r, "0", "1", "2", "5", "99", "-0", "-1", "-3", "+1", "+2", "+0", "+99", "1k", "1b", "010")
	}
	source := oneOf(r, "seq 7", "printf 'a\\nb\\nc'", "printf 'a\\n\\n\\n'", "printf ''", "printf '\\n'", "seq 300", "printf 'one'")
	command := oneOf(r, "head", "tail") + oneOf(r, " -n "+number(), " -c "+number(), " -n"+number(), " -c"+number(), " -3", "", " -q -n "+number(),
		" -v -c "+number())
	if r.IntN(4) == 0 {
		return inScratch([]string{source, oneOf(r, "seq 3", "printf 'x'", "printf ''")}, command+oneOf(r, " f1 f2", " f2 f3 f1", " f1", " - f2 < f1",
			" f1 - < f2"))
	}
	return source + " | " + command
}

func randomSequence(r *rand.Rand) string {
	n := func() string {
		return oneOf(r, fmt.Sprint(r.IntN(20)-5), fmt.Sprint(r.IntN(20)-5), "1", "0", "007", "+3", "10", "x", "''", "0x4", "1e1", "2.5", "' 3'", "-0", "3x")
	}
	return "seq " + oneOf(r, "", "", "-w ", "-s , ", "-s '' ", "-ws: ", `-s '\t' `) + oneOf(r, n(), n()+" "+n(), n()+" "+oneOf(r, "1", "2", "-1",
		"-3", "5", "0.5", "010")+" "+n()) + " | head -n 40"
}

func randomTests(r *rand.Rand) string {
	var term func(depth int) string
	operand := func() string {
		return oneOf(r, "a", "b", "''", "1", "2", "-1", "010", "' 1'", "'('", "!", "=", "-a", "-n", "-f", "one", "dir", "x", "1x", "99999999999999999999")
	}
	term = func(depth int) string {
		switch n := r.IntN(9); {
		case depth > 0 && n == 0:
			return term(depth-1) + oneOf(r, " -a ", " -o ") + term(depth-1)
		case depth > 0 && n == 1:
			return "! " + term(depth-1)
		case depth > 0 && n == 2:
			return "'(' " + term(depth-1) + " ')'"
		case n < 5:
			return operand() + " " + oneOf(r, "=", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "==", "'<'", "'>'", "-nt", "-ot", "-ef") + " " + operand()
		case n < 8:
			return oneOf(r, "-n", "-z", "-e", "-f", "-d", "-s", "-L", "-h", "-r", "-w", "-x", "-p", "-S", "-b", "-c", "-g", "-u", "-k") + " " +
				oneOf(r, "one", "dir", "link", "broken", "empty", "suid", "fifo", "nosuch", "''", "a", "/dev/null", "dir/sub")
		}
		return operand()
	}
	if r.IntN(3) == 0 {
		return "/usr/bin/test " + term(2)
	}
	return oneOf(r, "[ "+term(2)+" ]", "test "+term(2))
}
