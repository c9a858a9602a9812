package regex

import (
	"errors"
	"testing"
)

// An expression is translated, refused with one of libc's messages, or said to be
// unsupported: nothing else, and package regexp takes all that is translated.
func FuzzParseRegex(f *testing.F) {
	for _, seed := range []string{
		"", "a", "^a*$", `\(a\|b\)\{1,3\}`, "(a|b){2,}", "[[:alpha:]_-]", "[]a]", "[^]a-z]", `\<word\>`, `a\+b\?`, "*a", "^*a", "a**",
		"(", ")", `\(`, `\)`, "[", "a{", "a{1", "a{256}", "x{0}", `\`, `\1`, "[[:x:]]", "[b-a]", "é.", "\xff", "(|a)()", `\.\*\[`, `\<`, `\<(`,
		"{", "a|*b", "$a^b",
	} {
		f.Add(seed, seed, false, false)
		f.Add(seed, "aab", true, true)
	}
	f.Fuzz(func(t *testing.T, pattern, text string, extended, ignoreCase bool) {
		re, err := Parse(pattern, Flags{Extended: extended, IgnoreCase: ignoreCase})
		if err != nil {
			var bad Error
			var unsupported UnsupportedError
			if !errors.As(err, &bad) && !errors.As(err, &unsupported) {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		for _, notBOL := range []bool{false, true} {
			m := re.Find([]byte(text), notBOL)
			if m == nil {
				continue
			}
			if len(m) != 2*(re.Groups+1) {
				t.Fatalf("%q: %d groups, %d positions", pattern, re.Groups, len(m))
			}
			if m[0] > m[1] || m[1] > len(text) {
				t.Fatalf("%q in %q: match %v", pattern, text, m)
			}
		}
	})
}
