package regex

import "testing"

// matches have what busybox' sed makes of "s/EXPRESSION/<&>/", or libc's message.
var matches = []struct {
	expression, text, want string
	extended               bool
}{
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
	for _, c := range matches {
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
		`[`:       "Missing ']'",
		`a\`:      "Trailing backslash",
		`\(a\)\1`: "regular expression with a back reference is not supported",
		`\<.`:     `regular expression with "\<" before anything but a word's character is not supported`,
		"a\x00b":  "regular expression with a NUL is not supported",
		"\xff":    "regular expression with bytes that are not UTF-8 is not supported",
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
