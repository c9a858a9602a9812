package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomExpansions expands random words here and in busybox: operators, quotes,
// splitting at IFS.
func TestRandomExpansions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	var lines []string
	for range 3000 {
		lines = append(lines, randomExpansion(r))
	}
	compareLines(t, lines)
}

// randomExpansion is a line that prints words one by one.
func randomExpansion(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("set -- one 'two three' '' four; x=" + randomValue(r) + "; y=" + randomValue(r) + "; e=; unset u; ")
	if r.IntN(3) == 0 {
		b.WriteString("IFS=" + oneOf(r, ":", "': '", "''", "abc", "'*'") + "; ")
	}
	if r.IntN(8) == 0 {
		b.WriteString("set -u; ")
	}
	b.WriteString("set -f; printf '[%s]'")
	for range 1 + r.IntN(2) {
		b.WriteString(" " + randomWord(r, 2))
	}
	b.WriteString("; echo \" u=$u\"")
	return b.String()
}

func oneOf(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

func randomValue(r *rand.Rand) string {
	return oneOf(r, "abcabc", "a:b::c:", "' a  b '", "'*'", "/usr/lib/x.so.1", "'[x]'", "''", "'a\\*b'", "aXbXc", "'a b:c'", "'-n'", "\"it's\"")
}

// randomWord returns a word of a few parts.
func randomWord(r *rand.Rand, depth int) string {
	var b strings.Builder
	for range 1 + r.IntN(2) {
		part := oneOf(r, "a", "-", "b*", "'q r'", `"d q"`, `\ `, `\\`, "~", "$x", "$y", "$1", "$2", "$#", "$@", "$*", "${x}")
		if r.IntN(3) > 0 {
			part = randomParameter(r, depth)
		}
		if r.IntN(3) == 0 && !strings.ContainsAny(part, `"'\~`) {
			part = `"` + part + `"`
		}
		b.WriteString(part)
	}
	return b.String()
}

func randomParameter(r *rand.Rand, depth int) string {
	name := oneOf(r, "x", "y", "e", "u", "1", "2", "3", "5", "@", "*")
	word := func() string {
		if depth == 0 || r.IntN(2) == 0 {
			return oneOf(r, "", "a", "b c", "$x", "z*", "d:e")
		}
		return randomWord(r, depth-1)
	}
	pattern := func() string {
		return oneOf(r, "a", "*", "?", "a*", "*b", "*/", "/*", "[ab]", "[!a]*", "b?", ":", "*:", ".*", "$x", "\"*\"", `\*`, "'a'", "[[:alpha:]]", "X", "")
	}
	switch r.IntN(8) {
	case 0:
		return "${#" + name + "}"
	case 1, 2:
		return "${" + name + oneOf(r, "-", ":-", "+", ":+") + word() + "}"
	case 3:
		return "${" + oneOf(r, "x", "e", "u") + oneOf(r, "=", ":=", "?", ":?") + word() + "}"
	case 4:
		if name = oneOf(r, "x", "y", "e", "u", "1", "2"); r.IntN(2) == 0 {
			return "${" + name + ":" + oneOf(r, "0", "1", "2", " -1", "9", "$#") + "}"
		}
		return "${" + name + ":" + oneOf(r, "0", "1", " -2", "3") + ":" + oneOf(r, "0", "1", "2", "-1", "9") + "}"
	case 5:
		// With "//" ash does not end for a pattern that matches nothing, such as "*".
		text, all := oneOf(r, "a", "?", "a*", "*b", "[ab]", "[!a]*", "b?", ":", "*:", ".*", "\"*\"", `\*`, "'a'", "[[:alpha:]]", "X", `\/`), oneOf(r, "/", "//")
		return "${" + oneOf(r, "x", "y", "e", "u", "1", "2") + all + text + oneOf(r, "", "/", "/R", "/$y", "/'q'", "/a b") + "}"
	}
	return "${" + oneOf(r, "x", "y", "e", "u", "1", "2") + oneOf(r, "#", "##", "%", "%%") + pattern() + "}"
}

// TestClassesInPatterns: a class that does not end makes "[" a letter, and there are no collating elements.
func TestClassesInPatterns(t *testing.T) {
	var scripts []string
	for _, pattern := range []string{"[[:alpha]", "[[:alpha]*", "[[:alpha:]", "[[:alpha:]x", "[[:]", "[[::]]", "[[:x:]]", "[[:digit:][:alpha]", "[a[:alpha]", "[a[:digit:]]", "[[.a.]]", "[[.a.]b]", "[[=a=]]",
		"[[=a=]b]", "[[.a]", "[[=a]", "[[.", "[[", "[!", "[!]a]", "[a", "[]", "[![:alpha]", "[a-[:digit:]]", "[[:digit:]-a]", "[[-a]", "[a-[]"} {
		for _, text := range []string{"a", "b", ":", "[", "]", "1", "[:alpha]", "[[:alpha]", "x", "-", "=", ".", ""} {
			scripts = append(scripts, "case '"+text+"' in "+pattern+") echo y;; *) echo n;; esac; x='"+text+"ab'; echo \"${x#"+pattern+"}\"")
		}
		scripts = append(scripts, "touch b : '[' ']' 1; echo "+pattern+"; echo x"+pattern+"; rm b : '[' ']' 1")
	}
	compareEach(t, "cd /w; exec </dev/null; ", scripts)
}
