package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const perlText = `v1.2.3 released
"tag_name": "v10.4.1-rc2", "name": "x"
  version=3.19.4; VERSION=3.20
href="tool-2.7.18.tar.gz">tool-2.7.18.tar.gz</a> <a href="tool-2.8.tgz">
foo_bar foo-bar foobar barfoo

a.b.c aaa aab abab 	tab
über 5€ → v9.9 “quoted” naïve_x
<version>1.0-SNAPSHOT</version><version>2.0</version>
10.0.0.1 192.168.1.20/24 ::1
# comment
\back {"key":{"n":1}} [x] $HOME ^start
`

// TestPerlGrep compares -P with GNU's grep of the machine.
func TestPerlGrep(t *testing.T) {
	hostProgram(t, "grep", "(GNU grep) 3.8")
	root := muslRoot(t)
	var scripts []string
	for line := range strings.SplitSeq(strings.Trim(perlLines, "\n"), "\n") {
		for _, options := range []string{"-noP", "-cvP -m3", "-oiP", "-xP", "-HlP"} {
			scripts = append(scripts, "printf %s "+Quote(perlText)+" | grep "+options+" -- "+Quote(line))
		}
	}
	refused := compareWithHost(t, root, scripts)
	t.Logf("%d of %d are refused", refused, len(scripts))
	if refused > len(scripts)/4 {
		t.Errorf("%d of %d are refused", refused, len(scripts))
	}
}

// TestPerlGrepRefused: what depends on the program, on the locale or on the version is refused.
func TestPerlGrepRefused(t *testing.T) {
	const notASCII = "grep: -P of text that is not ASCII is supported with musl and without LC_ALL=C only: standard input"
	for script, want := range map[string]string{
		`echo ab | grep -oP '(a)\1'`:           `grep: "(a)\\1": regular expression with "\\1" is not supported`,
		`echo a | grep -P -e a -e b`:           "grep: -P with several patterns is not supported",
		`echo a | grep -wP a`:                  "grep: -P with -w is not supported",
		`echo a | grep -EP a`:                  "grep: -P with -E is not supported",
		`grep -rP a .`:                         "grep: -P with -r is not supported",
		`grep -P a .`:                          "grep: -P of a directory is not supported: .",
		`printf 'a\0\n' | grep -P a`:           "grep: -P of text with a NUL is not supported: standard input",
		`printf 'a\377\n' | grep -P a`:         "grep: -P of text that is not UTF-8 is not supported: standard input",
		`echo é | LC_ALL=C grep -P .`:          notASCII,
		`rm /lib/ld-musl*; echo é | grep -P .`: notASCII,
		`printf '\0003.10\0' >/bin/grep; echo 1 | grep -P '[\d]'`: `grep: "[\\d]": regular expression with \d in brackets, which GNU grep 3.10 takes for ` +
			"other characters, is not supported",
	} {
		_, err := runCommands(t, Options{Tree: muslRoot(t)}, script)
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%s: got %v, want %s", script, err, want)
		}
	}
}

// TestRandomPerlGrep does the same with random expressions.
func TestRandomPerlGrep(t *testing.T) {
	hostProgram(t, "grep", "(GNU grep) 3.8")
	root := muslRoot(t)
	r := rand.New(rand.NewPCG(*randomSeed, 7))
	var scripts []string
	for range 200 * *randomTimes {
		scripts = append(scripts, fmt.Sprintf("printf '%%s\\n' %s | grep -%sP -e %s", randomPerlTexts(r), []string{"o", "o", "o", "n", "oi", "cv", "no", "x"}[r.IntN(8)],
			Quote(randomPerl(r))))
	}
	t.Logf("%d of %d are refused", compareWithHost(t, root, scripts), len(scripts))
}

func randomPerlTexts(r *rand.Rand) string {
	var texts []string
	for range 1 + r.IntN(4) {
		text := ""
		for range r.IntN(14) {
			text += []string{"a", "b", "a", "b", "ab", "aB", "A", "1", "2", ".", "-", "_", " ", "é", "k", "\t"}[r.IntN(16)]
		}
		texts = append(texts, Quote(text))
	}
	return strings.Join(texts, " ")
}

func randomPerl(r *rand.Rand) string {
	text := randomPerlPart(r, 3)
	if r.IntN(3) == 0 {
		text = randomPerlPart(r, 2) + `\K` + text
	}
	switch r.IntN(8) {
	case 0:
		text = "(?<=" + randomPerlPart(r, 1) + ")" + text
	case 1:
		text = "(?<!" + randomPerlAtom(r, 0) + ")" + text
	case 2:
		text = "^" + text
	case 3:
		text = "^(?" + []string{"!", "="}[r.IntN(2)] + randomPerlPart(r, 2) + ")" + text
	}
	switch r.IntN(8) {
	case 0:
		text += "(?=" + randomPerlPart(r, 1) + ")"
	case 1:
		text += "(?!" + randomPerlAtom(r, 0) + randomPerlAtom(r, 0) + ")"
	case 2:
		text += "(?!" + randomPerlAtom(r, 0) + ")"
	case 3:
		text += "$"
	}
	return text
}

func randomPerlPart(r *rand.Rand, depth int) string {
	text := ""
	for range 1 + r.IntN(3) {
		text += randomPerlAtom(r, depth)
		if r.IntN(3) == 0 {
			text += []string{"*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "+?", "??", "{1,2}?"}[r.IntN(11)]
		}
	}
	if depth > 1 && r.IntN(5) == 0 {
		text = "(?:" + text + "|" + randomPerlPart(r, depth-1) + ")"
	}
	return text
}

func randomPerlAtom(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(4) == 0 {
		text := randomPerlPart(r, depth-1)
		if r.IntN(2) == 0 {
			text += "|" + randomPerlPart(r, depth-1)
		}
		return []string{"(", "(?:", "(?i:"}[r.IntN(3)] + text + ")"
	}
	return []string{
		"a", "b", "a", "b", "B", "1", ".", ".", `\.`, "-", "_", " ", `\d`, `\w`, `\s`, `\D`, `\W`, `\S`, `\b`, `\B`, "[ab]", "[^a]", "[a-z]", `[^\d]`, `[\w.-]`,
		"[[:alpha:]]", "[^[:punct:]]", "k", "é", `\h`, "[[:upper:]_]", `[^\w]`, `\x61`, `[\D]`, "[[:space:]]", "[^[:lower:]b]",
	}[r.IntN(36)]
}

const perlLines = `
"tag_name": "\K[^"]+
(?<=version=)[0-9.]+
v\d+(?= released)
v\d+\.\d+\.\d+(?= released)
(?<="tag_name": ")[^"]*
(?<="tag_name": "v)\d+(\.\d+)*
"tag_name": "v?\K\d[^"]*
tool-\K[0-9.]+(?=\.tar\.gz)
tool-\K\d+\.\d+\.\d+(?=.tar)
href="\K[^"]+
href="tool-\K.*?(?=\.t)
(?<=<version>).*?(?=</version>)
(?<=<version>)[^<]+
^\d+(\.\d+){3}
\d+\.\d+(?!-)
\d+\.\d+(?![.\d]|-)
(?<!\d)\d{1,2}\.\d+
(?<![\w-])foo
foo(?!bar)
foo(?!-b|_)
^(?!#).*
^(?!.*SNAPSHOT).*version
^(?=.*foo)(?!.*baz)\w+
^\s*$
^$
\bfoo\b
\Bbar\b
[[:alpha:]]+_[[:alnum:]]+
[\w.-]+\.t(?:ar\.)?gz
(?i)version=\K[\d.]+
(?i:VERSION)=
a+?b|a
aa|aab
(a|ab)(c|bab)?
a*
x*
\K
a\K
a\Kb
\Ka
foo\K
(?<=a)a
(?<=aa)b
(?<=^v)\d
(?<=\b)foo
(?<=foo)\w
\d+\K\.
\S+\s\K\S+
\\back
[\]\[]
[]x]
[^]x]+
[$^]\w+
\{"key":\{
{"key":{
"n":1}}
\$HOME|\^start
\h+tab
\x41|\x7b
→ \K\S+
“.*?”
[“”]
5€
na.ve
\d€
.*
.+?
^
$
(?=v)
(?!v)
(?<=v)
(?<!v)
v(?!\d)
.(?!.)
\d(?!\D)
[^\W\d]+
[^[:space:]]+
[[:punct:]]+
[a-c]{2,}
(?:ab)+?
(?:ab){2}
[+--]
[--9]+
[a\-z]+
[\w-]+
\_|\-|\ |\"
\/\d+$
(\d+)\.(\d+)(?=\.)
(?<=\d)\.(?=\d)
foo|(?:bar)
`
