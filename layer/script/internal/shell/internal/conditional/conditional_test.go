package conditional_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/conditional"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
)

// shell has variables of one letter whose value is the letter in capitals, and no other: "$e" is empty.
type shell struct {
	expand.Shell
	asked []string
}

func (s *shell) Get(name string) (string, bool) {
	if name == "e" || len(name) > 1 {
		return "", false
	}
	return strings.ToUpper(name), true
}
func (s *shell) Spend(int) error { return nil }
func (s *shell) Refuse(format string, args ...any) error {
	return fmt.Errorf("refused: "+format, args...)
}

// evaluate evaluates what stands between "[[" and "]]".
func evaluate(t *testing.T, text string) (result bool, groups []string, asked string, err error) {
	t.Helper()
	file, err := grammar.Parse([]byte("[[ "+text+" ]]"), grammar.Bash)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	s := &shell{}
	test := conditional.Test{
		Scope: &expand.Scope{Shell: s, Bash: true},
		Ask: func(args ...string) (bool, error) {
			s.asked = append(s.asked, args...)
			return args[len(args)-1] == "yes", nil
		},
		SetMatch: func(list []string) error { groups = list; return nil },
	}
	result, err = test.Evaluate(file.Stmts[0].Cmd.(*syntax.TestClause).X)
	return result, groups, strings.Join(s.asked, " "), err
}

// TestOperators: "!" binds tighter than "&&", and that tighter than "||", with all values of three operands.
func TestOperators(t *testing.T) {
	for i := range 8 {
		a, b, c := i&1 > 0, i&2 > 0, i&4 > 0
		operand := func(is bool) string { return map[bool]string{true: "x", false: "''"}[is] }
		for form, want := range map[string]bool{
			"A || B && C":            a || b && c,
			"A && B || C":            a && b || c,
			"! A && B || C":          !a && b || c,
			"! A || ! B && ! C":      !a || !b && !c,
			"A || B || C":            a || b || c,
			"A && B && C":            a && b && c,
			"( A || B ) && C":        (a || b) && c,
			"! ( A || B ) || C":      !(a || b) || c,
			"! ( A && ( B || C ) )":  !(a && (b || c)),
			"! ! A && ! ! ! B || C":  a && !b || c,
			"A && B || ! A && C":     a && b || !a && c,
			"( A ) || ( B ) && ! C":  a || b && !c,
			"! A && ! B && ! C || A": !a && !b && !c || a,
		} {
			text := strings.NewReplacer("A", operand(a), "B", operand(b), "C", operand(c)).Replace(form)
			if got, _, _, err := evaluate(t, text); got != want || err != nil {
				t.Errorf("[[ %s ]]: %v, %v", text, got, err)
			}
		}
	}
}

// TestPrimaries has tests as bash(1) describes them.
func TestPrimaries(t *testing.T) {
	for text, want := range map[string]bool{
		"$x": true, "$e": false, "-n $e": false, "-z $e": true, "-n $x": true, "-z $x": false,
		"$x == X": true, "$x = X": true, "$x != X": false, "abc == a*": true, "abc == 'a*'": false, `abc == "a"*`: true, "abc != a?c": false, "'a b' == a\\ b": true,
		"abc == [[:alpha:]]bc": true, "a < b": true, "b < a": false, "b > a": true, "B < a": true, // by bytes, as in the locale C
		"abc =~ b": true, "abc =~ ^b": false, "a.c =~ 'a.c'": true, "abc =~ 'a.c'": false, `abc =~ a"."c`: false, "abc =~ a.c": true, "aXc =~ a${x}c": true,
		"ab =~ (a|b)+$": true, "'a b' =~ a\\ b": true,
	} {
		if got, _, _, err := evaluate(t, text); got != want || err != nil {
			t.Errorf("[[ %s ]]: %v, %v", text, got, err)
		}
	}
}

// TestGroups: $BASH_REMATCH has the match and its groups, an empty one where a group took no part, and nothing without a match.
func TestGroups(t *testing.T) {
	for text, want := range map[string]string{
		"foo-1.2 =~ ([a-z]+)-([0-9.]+)": "[foo-1.2 foo 1.2]", "b =~ (a)?(b)": "[b  b]", "abc =~ b": "[b]", "a =~ x": "[]", "a == a": "[]",
	} {
		if _, groups, _, err := evaluate(t, text); fmt.Sprint(groups) != want || err != nil {
			t.Errorf("[[ %s ]]: %q, %v, not %s", text, groups, err, want)
		}
	}
}

// TestFilesAreAsked: tests of files go to the command test, once for each that counts.
func TestFilesAreAsked(t *testing.T) {
	for text, want := range map[string]string{
		"-f yes": "true: -f yes", "! -d no": "true: -d no", "-e yes && -e no || -x yes": "true: -e yes -e no -x yes", "-e yes || -e no": "true: -e yes",
		"-e no && -e yes": "false: -e no", "a -nt yes": "true: a -nt yes", "-f $x": "false: -f X", "-f 'a b'": "false: -f a b", "x || -f no": "true: ",
	} {
		got, _, asked, err := evaluate(t, text)
		if line := fmt.Sprintf("%v: %s", got, asked); line != want || err != nil {
			t.Errorf("[[ %s ]]: %s, %v, not %s", text, line, err, want)
		}
	}
}

// TestErrors: an error of what is asked is returned, and an expression that package regex cannot match is refused.
func TestErrors(t *testing.T) {
	file, err := grammar.Parse([]byte("[[ x && -f a || y ]]"), grammar.Bash)
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	test := conditional.Test{Scope: &expand.Scope{Shell: &shell{}, Bash: true}, Ask: func(...string) (bool, error) { return false, failed }}
	if _, err := test.Evaluate(file.Stmts[0].Cmd.(*syntax.TestClause).X); err != failed {
		t.Errorf("%v", err)
	}
	if _, _, _, err := evaluate(t, "a =~ 'x'["); err == nil || !strings.HasPrefix(err.Error(), `refused: the expression "x["`) {
		t.Errorf("%v", err)
	}
}

// TestWords: ash splits the words of "[[" and leaves operators to the command.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"a = $x": "a|=|X", "-n $e": "-n", "-n 'b c'": "-n|b c", "a == b && c": "a|==|b|&&|c", "! a || -z ''": "!|a|\\|\\||-z|", `"$e" != y`: "|!=|y",
	} {
		file, err := grammar.Parse([]byte("[[ "+text+" ]]"), grammar.Ash)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		scope := &expand.Scope{Shell: &shell{}, Noglob: true}
		got, err := conditional.Words(scope, file.Stmts[0].Cmd.(*syntax.TestClause).X)
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], "|", `\|`)
		}
		if strings.Join(got, "|") != want || err != nil {
			t.Errorf("[[ %s ]]: %q, %v, not %s", text, got, err, want)
		}
	}
}
