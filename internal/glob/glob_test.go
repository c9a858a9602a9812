package glob

import (
	"strings"
	"testing"
)

func TestMatchPath(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/lib/modules/*", "/lib/modules/6.1", true}, {"/lib/modules/*", "/lib/modules", false},
		{"/lib/modules/*", "/lib/modules/6.1/kernel", false}, {"/usr/*/fonts", "/usr/share/fonts", true},
		{"*", "", true}, {"*", "a/b", false}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"?", "a", true}, {"?", "/", false},
		{"[a-c]x", "bx", true}, {"[!a-c]x", "bx", false}, {"[^a-c]x", "dx", true}, {"[]]", "]", true}, {"[a-]", "-", true},
		{"[[:digit:]][[:upper:]]", "1A", true}, {"[[:digit:]]", "a", false}, {"[", "[", true}, {"[a", "[a", true}, {`\*`, "*", true}, {`\*`, "a", false},
		{`[\]]`, "]", false}, {`[\]]`, `\]`, true}, {`[\*]`, `\`, true}, {`[a\-z]`, "y", true}, {"a**b", "ab", true}, {"/", "/", true}, {"", "", true},
		{"", "a", false}, {`\`, `\`, false},
		{strings.Repeat("*a", 50), strings.Repeat("a", 200) + "b", false},
	} {
		if got := MatchPath(test.pattern, test.path); got != test.want {
			t.Errorf("MatchPath(%q, %q) = %v", test.pattern, test.path, got)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		fold, want    bool
	}{
		{"*.so*", "lib/libz.so.1", false, true}, {"?", "é", false, true}, {"[é]", "é", false, true}, {"[[:alpha:]]", "é", false, true},
		{"A*", "abc", true, true}, {"A*", "abc", false, false}, {`a\`, `a\`, false, true}, {".*", ".a", false, true},
		{"?", "\xc3", false, false}, {"", "\xa9b", false, true}, {"a", "a\xa9", false, true}, {"*", "\xa9", false, true}, {"[!a]", "\xa9", false, false},
	} {
		if got := Match(test.pattern, test.text, test.fold); got != test.want {
			t.Errorf("Match(%q, %q, %t) = %t", test.pattern, test.text, test.fold, got)
		}
	}
	if MatchPath("?", "é") || !MatchPath("??", "é") || MatchPath("[[:alpha:]][[:alpha:]]", "é") {
		t.Error("MatchPath takes bytes for characters")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("/lib/modules/*", "/lib/modules/6.1")
	f.Add("[[:digit:]-x]", "1")
	f.Add(`[\]-`, "]")
	f.Add("[[:]", "0")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		MatchPath(pattern, path)
		Match(pattern, path, true)
		if !strings.ContainsAny(path, `*?[\`) && (!MatchPath(path, path) || !Match(path, path, false)) {
			t.Errorf("%q does not match itself", path)
		}
	})
}

func FuzzFnmatch(f *testing.F) {
	for _, seed := range []string{"*", "?", "[a-z]*", "[!a]", "\\*", "[", "[]a]", "[[:alpha:]]", "a*b*c*d*", "\xff*"} {
		f.Add(seed, "abcd")
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		Match(pattern, text, true)
		if Match(pattern, text, false) && pattern == "" && text != "" {
			t.Fatal("nothing matches something")
		}
		if !Match("*", text, false) {
			t.Fatalf("* does not match %q", text)
		}
	})
}
