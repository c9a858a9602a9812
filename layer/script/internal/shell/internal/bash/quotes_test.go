package bash

import (
	"slices"
	"testing"
)

func TestEscapedOperands(t *testing.T) {
	for _, test := range []struct{ args, want []string }{
		{[]string{"printf"}, []string{"printf"}},
		{[]string{"printf", "%s q", "a b"}, []string{"printf", "%s q", "a b"}},
		{[]string{"printf", "%q", "a b"}, []string{"printf", "%s", `a\ b`}},
		{[]string{"printf", "--", "%q"}, []string{"printf", "--", "%s", "''"}},
		{[]string{"printf", `%%q \%q %5.*q`, "a b", "2", "c d"}, []string{"printf", `%%q \%s %5.*s`, `a\ b`, "2", `c\ d`}},
		{[]string{"printf", "%s%q,", "a b", "a b", "c d"}, []string{"printf", "%s%s,", "a b", `a\ b`, "c d", "''"}},
		{[]string{"printf", "%s q é", "é"}, []string{"printf", "%s q é", "é"}},
		{[]string{"printf", "%s é %q", "é", "q"}, []string{"printf", "%s é %s", "é", "q"}},
		{[]string{"printf", "%"}, []string{"printf", "%"}},
	} {
		if got, ok := EscapedOperands(test.args); !slices.Equal(got, test.want) || !ok {
			t.Errorf("%q: %q, %t; want %q", test.args, got, ok, test.want)
		}
	}
	if _, ok := EscapedOperands([]string{"printf", "%s%q", "a", "é"}); ok {
		t.Error("what becomes of é depends on the locale")
	}
}
