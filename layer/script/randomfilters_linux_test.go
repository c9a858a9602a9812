package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomFilters runs commands that read text, with random options, on random lines of the kind that configuration has.
func TestRandomFilters(t *testing.T) {
	for name, command := range map[string]func(r *rand.Rand) string{
		"cut": randomCut, "tr": randomTr, "sort": randomSort, "uniq": randomUniq, "head and tail": randomPortion, "grep": randomGrep, "sed": randomSed,
		"expr": randomExpr, "printf": randomPrintf, "test": randomTest,
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(13, uint64(len(name))))
			var lines []string
			for range 600 {
				lines = append(lines, command(r))
			}
			compareCommands(t, lines)
		})
	}
}

// randomLines prints a few lines.
func randomLines(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("printf '%s\\n'")
	for range 1 + r.IntN(5) {
		b.WriteString(" '" + oneOf(r, "root:x:0:0:root:/root:/bin/ash", "# comment", "  indented = value", "key=value", `key = "quoted"`, "",
			"foo bar baz", "a.b.c",
			"version 1.2.3-r4", "[section]", "aaa", "abab", "AbC", "tab\there", `back\slash`, "path/to/file", "x*y", "Port 22", "a1b2c3", "one two  three",
			"10", "9", "-1") + "'")
	}
	return b.String() + " | "
}

// someOf joins up to most of some options.
func someOf(r *rand.Rand, most int, list ...string) string {
	var words []string
	for range r.IntN(most + 1) {
		words = append(words, oneOf(r, list...))
	}
	return strings.Join(words, " ")
}

func randomCut(r *rand.Rand) string {
	list := oneOf(r, "1", "2", "1,3", "2-", "-2", "1-2", "3,1", "2-3,1", "5-", "2,4-", "-1,3-", "9", "1,5", "2,9,4", "1,2-2")
	return randomLines(r) + "cut " + fmt.Sprintf(oneOf(r, "-d: -f%s", "-d ' ' -f%s", "-c%s", "-b %s", "-d= -f %s -s", "-f%s", "-d. -f%s", "-d '' -f%s",
		"-sd/ -f%s"), list)
}

func randomTr(r *rand.Rand) string {
	set := func() string {
		return "'" + oneOf(r, "", "a", "x-z") + oneOf(r, "a-z", "A-Z", "abc", "0-9", "[:alpha:]", "[:space:]", "[:upper:]", "[:lower:]", `\n`, `\t`, ":/",
			" ", "[:punct:]", `\\`, "z-",
			`\101`, "[a-c]", "[:alnum:]", `\055`) + "'"
	}
	return randomLines(r) + "tr " + oneOf(r, set()+" "+set(), "-d "+set(), "-s "+set(), "-cd "+set(), "-s "+set()+" "+set(), "-c "+set()+" "+set(),
		"-ds "+set()+" "+set())
}

func randomSort(r *rand.Rand) string {
	return randomLines(r) + "sort " + someOf(r, 2, "-n", "-r", "-u", "-f", "-b", "-d", "-i", "-k2", "-k1,1", "-k2n", "-k2,2nr", "-k1.2", "-k1.2,1.3",
		"-s", "-nr", "-k2b", "-c")
}

func randomUniq(r *rand.Rand) string {
	lines := randomLines(r)
	return strings.TrimSuffix(lines, "| ") + lines[len(`printf '%s\n'`):] + "uniq " + someOf(r, 3, "-c", "-d", "-u", "-i", "-f1", "-s1", "-w1", "-f 2",
		"-s 3", "-w 2")
}

func randomPortion(r *rand.Rand) string {
	return oneOf(r, randomLines(r), "seq 12 | ", "cat two | ", "cat empty | ") + oneOf(r, "head ", "tail ") +
		oneOf(r, "-n1", "-n 2", "-n -1", "-n +2", "-3", "-c3", "-c -2", "-c +3", "-n0", "-n -0", "-n +0", "-n +1", "-c 1k", "-qn1", "-vn1", "-n 99", "-c -99")
}

// randomPattern is a regular expression, extended or not, that both sides support.
func randomPattern(r *rand.Rand, extended bool, depth int) string {
	var b strings.Builder
	if depth == 0 && r.IntN(5) == 0 { // in groups libc loses matches with "^" and "$"
		b.WriteByte('^')
	}
	for range 1 + r.IntN(3) {
		atom := oneOf(r, "a", "b", "foo", ".", "[a-c]", "[^a]", "[[:alpha:]]", "[[:digit:]]", "[[:space:]]", `\.`, "x", "o", "=", ":", "#",
			"[0-9]", "[]a]", "[a-]", `\*`, `\w`, `\b`, "1", `\\`, "-", "[$]")
		if depth < 2 && r.IntN(6) == 0 {
			inner := randomPattern(r, extended, depth+1)
			if atom = "(" + inner + ")"; !extended {
				atom = `\(` + inner + `\)`
			}
		}
		b.WriteString(atom)
		repeat := oneOf(r, "", "", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}")
		if atom == `\b` {
			if repeat = ""; depth > 0 { // also with this
				atom = "a"
			}
		}
		if !extended && repeat != "" && repeat != "*" {
			if repeat = `\` + repeat; strings.HasSuffix(repeat, "}") {
				repeat = strings.TrimSuffix(repeat, "}") + `\}`
			}
		}
		b.WriteString(repeat)
	}
	if depth == 0 && r.IntN(7) == 0 {
		b.WriteByte('$')
	}
	return b.String()
}

func randomGrep(r *rand.Rand) string {
	extended := r.IntN(2) == 0
	options := someOf(r, 2, "-i", "-v", "-c", "-n", "-w", "-x", "-q", "-l", "-L", "-h", "-H", "-m1", "-A1", "-B1", "-e '^$'", "-ic", "-vn", "-F")
	if extended {
		options += " -E"
	}
	return randomLines(r) + "grep " + options + " -e '" + randomPattern(r, extended, 0) + "'"
}

func randomSed(r *rand.Rand) string {
	extended := r.IntN(2) == 0
	address := func() string {
		pattern := "/" + randomPattern(r, extended, 0) + "/"
		return oneOf(r, "", "", "1", "2", "$", pattern, "1~2", "0~2", "1,2", "2,$", pattern+",$", "1,"+pattern, pattern+",+1", "2,~2", "2,1") +
			oneOf(r, "", "", "", "!")
	}
	command := func() string {
		return oneOf(r, "s/"+randomPattern(r, extended, 0)+"/"+oneOf(r, "X", "[&]", `\n`, "", `\&`, "a b")+"/"+oneOf(r, "", "g", "2", "p", "gI", "2g"),
			"d", "p", "n", "N", "P", "h", "H", "g", "G", "x", "=",
			"y/abc/xyz/", "$!N", "q", "a added\n", "i first\n", "c changed\n", "{p;d}", "b", "n;d", "s/a/b/;ta;s/$/-/;:a")
	}
	text := address() + command()
	for range r.IntN(3) {
		text = strings.TrimSuffix(text+";", "\n;") + "\n" + address() + command()
	}
	flags := oneOf(r, "", "-n ")
	if extended {
		flags += "-E "
	}
	return randomLines(r) + "sed " + flags + "'" + text + "'"
}

func randomExpr(r *rand.Rand) string {
	var term func(depth int) string
	term = func(depth int) string {
		if depth > 1 || r.IntN(3) == 0 {
			return oneOf(r, "1", "2", "-3", "0", "abc", "''", "a.c", "abc123", `'\(.*\)b'`, "'[0-9]*'", "10", "007", "' 1'", "length", "'('")
		}
		if r.IntN(5) == 0 {
			return oneOf(r, "length ", "match abc ", "index abc ", "substr abcdef 2 ", "+ ", `\( `) + term(depth+1)
		}
		return term(depth+1) + " " + oneOf(r, "+", "-", `\*`, "/", "%", "=", "!=", `\<`, `\>=`, `\|`, `\&`, ":") + " " + term(depth+1)
	}
	return "expr " + term(0)
}

func randomPrintf(r *rand.Rand) string {
	format := ""
	for range 1 + r.IntN(3) {
		format += oneOf(r, "%s", "%d", "%5s", "%-5s|", "%05d", "%x", "%X", "%o", "%c", "%b", "%%", "%i", "%u", "%+d", "% d", "%.2f", "%e", "%g", "%10.3f",
			"%.3s", "%#x", "%*d", "%.0f", "%G",
			`\n`, `\101`, `\x41`, "%-08d", "%.5d", "%#o")
	}
	arguments := someOf(r, 4, "1", "abc", "-5", "0x1f", "010", "3.14159", "''", `"'a"`, `'"b'`, "1e3", "'a b'", `'\t'`,
		"12abc", "+7", "' 3'", "99999999999", "18446744073709551615", "9223372036854775808", "0.5", "2.5", "-0", "inf", "nan")
	return oneOf(r, "printf", "/usr/bin/printf") + " '" + format + "' " + arguments
}

func randomTest(r *rand.Rand) string {
	return "[ " + someOf(r, 6, "a", "b", "''", "1", "2", "-n", "-z", "!", "=", "'('", "')'", "-a", "-o", "-f", "one", "-eq", "-5", "-d", "dir", "==",
		"-t", "' '", "-e", "-lt") + " ]"
}
