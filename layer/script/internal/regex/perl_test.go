package regex

import (
	"strings"
	"testing"
)

// TestPerl has what GNU grep 3.8 prints with -oP, its lines joined by spaces.
func TestPerl(t *testing.T) {
	for _, c := range []struct{ expression, text, want string }{
		{`"tag_name": "\K[^"]+`, `{"tag_name": "v1.2"}`, `v1.2`},
		{`(?<=version=)[0-9.]+`, `version=3.19 released v12 released`, `3.19`},
		{`v\d+(?= released)`, `version=3.19 released v12 released`, `v12`},
		{`(?<!\d)\d{2}\b`, `version=3.19 released v12 released`, `19 12`},
		{`(?<!\d)\d{2}\b`, `10-rc 110 12`, `10 12`},
		{`^(?!#).*\d`, `{"tag_name": "v1.2"}`, `{"tag_name": "v1.2`},
		{`^(?!#).*\d`, `version=3.19 released v12 released`, `version=3.19 released v12`},
		{`^(?!#).*\d`, `10-rc 110 12`, `10-rc 110 12`},
		{`^(?!#).*\d`, `éa a1 →x]`, `éa a1`},
		{`(?i)VERSION=\K\w+`, `version=3.19 released v12 released`, `3`},
		{`a|ab`, `{"tag_name": "v1.2"}`, `a a`},
		{`a|ab`, `version=3.19 released v12 released`, `a a`},
		{`a|ab`, `abcd ac`, `a a`},
		{`a|ab`, `éa a1 →x]`, `a a`},
		{`(?:a|ab)(?:c|bcd)`, `abcd ac`, `abcd ac`},
		{`[^\W\d]+`, `{"tag_name": "v1.2"}`, `tag_name v`},
		{`[^\W\d]+`, `version=3.19 released v12 released`, `version released v released`},
		{`[^\W\d]+`, `10-rc 110 12`, `rc`},
		{`[^\W\d]+`, `abcd ac`, `abcd ac`},
		{`[^\W\d]+`, `éa a1 →x]`, `a a x`},
		{`x*`, `éa a1 →x]`, `x`},
		{`a\K.`, `{"tag_name": "v1.2"}`, `g m`},
		{`a\K.`, `version=3.19 released v12 released`, `s s`},
		{`a\K.`, `abcd ac`, `b c`},
		{`a\K.`, `éa a1 →x]`, `  1`},
		{`[]x]+`, `éa a1 →x]`, `x]`},
		{`.+?=`, `version=3.19 released v12 released`, `version=`},
	} {
		re, err := ParsePerl(c.expression, false, false)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		var parts []string
		for at := 0; at < len(c.text); {
			m, err := re.Find([]byte(c.text), at)
			if err != nil && strings.Contains(c.text, "é") {
				parts = []string{c.want} // may be refused
				break
			}
			if m == nil {
				break
			}
			if at = m[1]; m[1] > m[0] {
				parts = append(parts, c.text[m[0]:m[1]])
			} else {
				at++
			}
		}
		if got := strings.Join(parts, " "); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.expression, c.text, got, c.want)
		}
	}
}

// TestPerlUnsupported: what package regexp does not have, what is wrong, and what depends on the version of PCRE is refused.
func TestPerlUnsupported(t *testing.T) {
	for expression, want := range map[string]string{
		`(a)\1`:                   `"\\1"`,
		`a++`:                     "a possessive repetition",
		`(?>a)`:                   `"(?>"`,
		`(?<n>a)`:                 `"(?<"`,
		`(?P<n>a)`:                `"(?P"`,
		`(?#c)a`:                  `"(?#"`,
		`(*UCP)a`:                 `"(*U"`,
		`(a*)*`:                   "a repetition of what may be empty",
		`a**`:                     "a repetition of a repetition",
		`*a`:                      "a repetition of nothing",
		`\b+`:                     "a repetition of an assertion",
		`a{2,1}`:                  "the repetition {2,1}",
		`a{,2}`:                   "the repetition {,2}",
		`a{1001}`:                 "the repetition {1001}",
		`(?<=a|bc)d`:              "a lookbehind of various lengths",
		`(?<=a+)d`:                "a lookbehind of various lengths",
		`(?<!ab)d`:                "a negative lookbehind of more than one character",
		`a(?!b+)`:                 "a negative lookahead of something other than a few characters",
		`a(?=b)c`:                 `\K or lookaround where they are not at the end or the beginning`,
		`(a\Kb)`:                  `\K or lookaround where they are not at the end or the beginning`,
		`(?<=a)b|c`:               `\K or lookaround where they are not at the end or the beginning`,
		`a\Kb\Kc`:                 `\K or lookaround where they are not at the end or the beginning`,
		`a(?=b\K)`:                `\K or lookaround in lookaround`,
		`a(?=b)\Kc`:               `lookaround before \K`,
		`[\w-.]`:                  "an invalid range of characters",
		`[b-a]`:                   "an invalid range of characters",
		`[[:nosuch:]]`:            "the class [:nosuch:]",
		`[[.a.]]`:                 `"[." in brackets`,
		`[a`:                      "a missing ]",
		`(a`:                      "a missing )",
		`a)`:                      "an unmatched )",
		`a\`:                      `\ at the end`,
		`\pL`:                     `"\\p"`,
		`\Qa\E`:                   `"\\Q"`,
		`\R`:                      `"\\R"`,
		`\n`:                      `"\\n"`,
		`\xff`:                    `"\\xff"`,
		`\x{41}`:                  `"\\x{4"`,
		"a\nb":                    "a NUL, a newline or bytes that are not UTF-8",
		"\xff":                    "a NUL, a newline or bytes that are not UTF-8",
		`(?i)é`:                   "characters that are not ASCII in any case",
		`(a{1000}){1000}`:         "repetitions of more than 1000 in all",
		strings.Repeat("(", 300):  "more than 200 parentheses within each other",
		strings.Repeat("a", 8193): "more than 8192 bytes",
		`(?-i)a`:                  `"(?-"`,
		`(?(1)a)`:                 `"(?("`,
		`(?R)`:                    `"(?R"`,
		`^(?=a(?!b))a`:            `\K or lookaround in lookaround`,
		`(?!a(?=b))`:              `\K or lookaround in lookaround`,
		`(?<=(?<!a)b)c`:           `\K or lookaround in lookaround`,
		`a\G`:                     `"\\G"`,
		`[\E]`:                    `"\\E"`,
		`(?<=a)b(?<=c)`:           `\K or lookaround where they are not at the end or the beginning`,
		`(?<=a)b(?=c)(?=d)`:       `\K or lookaround where they are not at the end or the beginning`,
	} {
		_, err := ParsePerl(expression, false, false)
		if err == nil || !strings.HasPrefix(err.Error(), "regular expression with "+want) {
			t.Errorf("%.40s: got %v, want %s", expression, err, want)
		}
	}
}

// TestPerlCharacters: versions of grep differ in what is a letter, a digit or a space that is not ASCII. A line is refused if that matters.
func TestPerlCharacters(t *testing.T) {
	for _, c := range []struct {
		expression, text string
		isRefused        bool
	}{
		{`\w+`, "é", true}, {`\w+`, "→", false}, {`n\w+`, "é", false}, {`\bn`, "én", true}, {`\d+`, "é1", false}, {`\d+`, "٣", true}, {`\s`, "é", false},
		{`\s`, "\u00a0", true}, {`.`, "é", false}, {`[^"]+`, "é", false}, {`\D`, "→", true}, {`[\D]`, "→", false}, {`[[:punct:]]`, "→", true}, {`a(?!\w)`, "aé", true},
		{`(?<=\w)a`, "éa", true}, {`(?<!\w)a`, "éa", true}, {`"name": "\K\w+`, "für", false},
	} {
		re, err := ParsePerl(c.expression, false, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := re.Find([]byte(c.text), 0); (err != nil) != c.isRefused {
			t.Errorf("%s in %s: %v", c.expression, c.text, err)
		}
	}
}
