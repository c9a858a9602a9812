package regex

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

type match struct {
	expression, text, want string
	extended               bool
}

// matches have what busybox' sed makes of "s/EXPRESSION/<&>/", or libc's message.
var matches = []match{
	{`a`, `bab`, `b<a>b`, false},
	{`a*`, `baa`, `<>baa`, false},
	{`^a`, `ba`, `ba`, false},
	{`^a`, `ab`, `<a>b`, false},
	{`a$`, `ba`, `b<a>`, false},
	{`a\|b`, `xb`, `x<b>`, false},
	{`\(ab\)*`, `abab`, `<abab>`, false},
	{`a\{2\}`, `caaa`, `c<aa>a`, false},
	{`a\{2,\}`, `caaa`, `c<aaa>`, false},
	{`a\+`, `caaa`, `c<aaa>`, false},
	{`a\?b`, `cab`, `c<ab>`, false},
	{`[[:digit:]]*`, `12a`, `<12>a`, false},
	{`[^a]`, `ab`, `a<b>`, false},
	{`[]a]`, `]`, `<]>`, false},
	{`*a`, `*a`, `<*a>`, false},
	{`^*a`, `*a`, `<*a>`, false},
	{`a**`, `aa`, `<aa>`, false},
	{`\.`, `a.b`, `a<.>b`, false},
	{`.`, `é`, `<é>`, false},
	{`\w\+`, `a_1-`, `<a_1>-`, false},
	{`\s`, `a b`, `a< >b`, false},
	{`\<ab`, `x ab`, `x <ab>`, false},
	{`ab\>`, `ab x`, `<ab> x`, false},
	{`a{1}`, `a{1}`, `<a{1}>`, false},
	{`a|b`, `a|b`, `<a|b>`, false},
	{`x\(a\|ab\)`, `xab`, `<xab>`, false},
	{`\(`, `(`, `Missing ')'`, false},
	{`[b-a]`, `a`, `Invalid character range`, false},
	{`[[:x:]]`, `a`, `Unknown character class name`, false},
	{`a\{256\}`, `a`, `Invalid contents of {}`, false},
	{`a\{2,1\}`, `a`, `Invalid contents of {}`, false},
	{`\)`, `)`, `Missing ')'`, false},
	{`a+`, `caaa`, `c<aaa>`, true},
	{`(a|ab)(c|bcd)`, `abcd`, `<abcd>`, true},
	{`a{2,3}`, `aaaa`, `<aaa>a`, true},
	{`(a`, `a`, `Missing ')'`, true},
	{`a)`, `a)`, `<a)>`, true},
	{`*a`, `a`, `Repetition not preceded by valid expression`, true},
	{`a|`, `b`, `<>b`, true},
	{`()`, `a`, `<>a`, true},
	{`a?`, ``, `<>`, true},
	{`[0-9]+\.[0-9]+`, `v1.25`, `v<1.25>`, true},
	{`^(a|b)*$`, `abab`, `<abab>`, true},
	{`a{,2}`, `aaa`, `Invalid contents of {}`, true},
	{`a{`, `a{`, `Invalid contents of {}`, true},
	{`+`, `+`, `Repetition not preceded by valid expression`, true},
	{`\d+`, `a12`, `a<12>`, true},
	{`[[:alpha:]]+`, `1ab2`, `1<ab>2`, true},
	{`x*$`, `axx`, `a<xx>`, true},
	{`(^a)b`, `ab`, `<ab>`, true},
	{`(a*)+`, `aa`, `<aa>`, true},
	{`\bfoo\b`, `a foo b`, `a <foo> b`, true},
	{`a.c`, "a\tc", "<a\tc>", true},
	{`[a-]`, `-`, `<->`, true},
	{`[.]`, `.`, `<.>`, true},
}

func TestMatches(t *testing.T) {
	for _, c := range slices.Concat(matches, moreMatches) {
		got := ""
		re, err := Parse(c.expression, Flags{Extended: c.extended})
		if err != nil {
			got = err.Error()
		} else if m := re.Find([]byte(c.text), false); m == nil {
			got = c.text
		} else {
			got = c.text[:m[0]] + "<" + c.text[m[0]:m[1]] + ">" + c.text[m[1]:]
		}
		if got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.expression, c.text, got, c.want)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for expression, want := range map[string]string{
		`[`:        "Missing ']'",
		`a\`:       "Trailing backslash",
		`\(a\)\1`:  "regular expression with a back reference is not supported",
		"a\x00b":   "regular expression with a NUL is not supported",
		"\xff":     "regular expression with bytes that are not UTF-8 is not supported",
		"[\xff]":   "regular expression with bytes that are not UTF-8 is not supported",
		"\\\xff":   "regular expression with bytes that are not UTF-8 is not supported",
		`\x41`:     `regular expression with "\x" is not supported`,
		`x\(^a\)*`: "regular expression with a repetition of what has an anchor in it is not supported",
		`\(a$\)\?`: "regular expression with a repetition of what has an anchor in it is not supported",
		`\B*a`:     "regular expression with a repetition of what has an anchor in it is not supported",
		`\(a\)\2`:  "Invalid back reference",
		`\1`:       "Invalid back reference",

		strings.Repeat("a", 8193):      "regular expression with more than 8192 bytes is not supported",
		strings.Repeat(`\(`, 201):      "regular expression with more than 200 parentheses within each other is not supported",
		"a" + strings.Repeat("*", 202): "regular expression with more than 200 repetitions of one atom is not supported",
	} {
		if _, err := Parse(expression, Flags{}); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", expression, err, want)
		}
	}
}

// TestCost: a match costs in proportion to the text and to the size of the expression.
func TestCost(t *testing.T) {
	small, err := Parse("a", Flags{})
	if err != nil {
		t.Fatal(err)
	}
	big, err := Parse("(abc|def){200}", Flags{Extended: true})
	if err != nil {
		t.Fatal(err)
	}
	if small.Cost(999) != 1000 || big.Cost(999) < 50*1000 {
		t.Errorf("got %d and %d", small.Cost(999), big.Cost(999))
	}
}

// TestGroups: groups have the places of regmatch_t, and -1 if they match nothing.
func TestGroups(t *testing.T) {
	for _, c := range []struct{ expression, text, want string }{
		{"(a)(b)", "xab", "[1 3 1 2 2 3]"}, {"(a)|(b)", "b", "[0 1 -1 -1 0 1]"}, {"((a)(b))", "ab", "[0 2 0 2 0 1 1 2]"}, {"(a*)(b)?", "aa", "[0 2 0 2 -1 -1]"},
		{"x(y)?", "x", "[0 1 -1 -1]"}, {"()a", "a", "[0 1 0 0]"}, {"a", "b", "[]"}, {"(é)(.)", "aéü", "[1 5 1 3 3 5]"}, {"(a){0}b", "b", "[0 1 -1 -1]"},
	} {
		re, err := Parse(c.expression, Flags{Extended: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(re.Find([]byte(c.text), false)); got != c.want || re.Groups != strings.Count(c.expression, "(") {
			t.Errorf("%s in %q: got %s and %d groups, want %s", c.expression, c.text, got, re.Groups, c.want)
		}
	}
}

// TestFlags: REG_ICASE and REG_NOTBOL, and text that is not UTF-8, where libc gives up.
func TestFlags(t *testing.T) {
	for _, c := range []struct {
		expression, text   string
		ignoreCase, notBOL bool
		want               string
	}{
		{"abc", "xABC", true, false, "[1 4]"}, {"abc", "xABC", false, false, "[]"}, {"[a-c]+", "ABD", true, false, "[0 2]"}, {"É", "é", true, false, "[0 2]"},
		{"[[:lower:]]", "A", true, false, "[0 1]"}, {"^a", "ab", false, true, "[]"}, {"^a|b", "ab", false, true, "[1 2]"},
		{"(^|b)c", "cbc", false, true, "[1 3 1 2]"},
		{"a$", "a", false, true, "[0 1]"}, {"^", "a", false, true, "[]"}, {"^", "a", false, false, "[0 0]"}, {"b", "ab\xff", false, false, "[]"},
		{"b", "a\xffb", false, false, "[]"}, {".", "\xff", false, false, "[]"}, {"a*", "aa\xffa", false, false, "[]"}, {"c", "ab\xe9c", false, false, "[]"},
		{"a", "ab\xff", false, false, "[0 1]"},
	} {
		re, err := Parse(c.expression, Flags{Extended: true, IgnoreCase: c.ignoreCase})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(re.Find([]byte(c.text), c.notBOL)); got != c.want {
			t.Errorf("%s in %q, %v, %v: got %s, want %s", c.expression, c.text, c.ignoreCase, c.notBOL, got, c.want)
		}
	}
}
