package layer

import (
	"strings"
	"testing"
)

func TestFnmatch(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/lib/modules/*", "/lib/modules/6.1", true}, {"/lib/modules/*", "/lib/modules", false},
		{"/lib/modules/*", "/lib/modules/6.1/kernel", false}, {"/usr/*/fonts", "/usr/share/fonts", true},
		{"*", "", true}, {"*", "a/b", false}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"?", "a", true}, {"?", "/", false},
		{"[a-c]x", "bx", true}, {"[!a-c]x", "bx", false}, {"[^a-c]x", "dx", true}, {"[]]", "]", true}, {"[a-]", "-", true},
		{"[[:digit:]][[:upper:]]", "1A", true}, {"[[:digit:]]", "a", false}, {"[", "[", true}, {"[a", "[a", true}, {`\*`, "*", true}, {`\*`, "a", false},
		{`[\]]`, "]", true}, {"a**b", "ab", true}, {"/", "/", true}, {"", "", true}, {"", "a", false}, {`\`, `\`, false},
		{strings.Repeat("*a", 50), strings.Repeat("a", 200) + "b", false},
	} {
		if got := fnmatch(test.pattern, test.path); got != test.want {
			t.Errorf("fnmatch(%q, %q) = %v", test.pattern, test.path, got)
		}
	}
}

func FuzzFnmatch(f *testing.F) {
	f.Add("/lib/modules/*", "/lib/modules/6.1")
	f.Add("[[:digit:]-x]", "1")
	f.Add(`[\]-`, "]")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		fnmatch(pattern, path)
		if !strings.ContainsAny(path, `*?[\`) && !fnmatch(path, path) {
			t.Errorf("%q does not match itself", path)
		}
	})
}
