package grammar

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParse: a text is parsed or refused. A parsed one has only constructs that the evaluator
// knows.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"echo a", "((1))", "<(a)", "a &", "x=(1)", "${x@Q}", "[[ a =~ b ]]", "select x in a; do :; done", "echo ${!a*}", "@(a|b)",
		"$[1]", "a |& b", "a{b,c{1..3}}", "{..}{a,}", "for ((i=0;i<3;i++)); do :; done", "a=([1]=x) b+=(y)", "[[ ! a || b ]]", "cat <<< x &>> y", "case a in b);& c);;& esac", "coproc a", strings.Repeat("(", 2000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []Dialect{Ash, Bash} {
			fuzzParse(t, text, d)
		}
	})
}

func fuzzParse(t *testing.T, text string, d Dialect) {
	file, err := Parse([]byte(text), d)
	if err != nil {
		var refused *SyntaxError
		if !errors.As(err, &refused) || refused.Reason == "" {
			t.Fatalf("%q: %v", text, err)
		}
		return
	}
	if err := check(file, d); err != nil {
		t.Fatalf("%q: once more: %v", text, err)
	}
}
