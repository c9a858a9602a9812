package expand_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
)

// shell has variables and arrays, and prints the text of a substitution in its place.
type shell struct {
	vars   map[string]string
	arrays map[string][]string
	spent  int
}

func (s *shell) Get(name string) (string, bool) {
	value, set := s.vars[name]
	return value, set
}

func (s *shell) Set(name, value string) error {
	s.vars[name] = value
	return nil
}

func (s *shell) Elements(name string) *bash.Array       { return bash.NewArray(s.arrays[name]) }
func (s *shell) Pipe(*syntax.ProcSubst) (string, error) { return "/dev/fd/63", nil }
func (s *shell) IsArray(name string) bool               { return s.arrays[name] != nil }
func (s *shell) SetElement(name string, at bash.Subscript, value string) error {
	s.arrays[name] = s.Elements(name).With(at, value).Values
	return nil
}
func (s *shell) Names() []string                         { return slices.Sorted(maps.Keys(s.vars)) }
func (s *shell) Home(user string) (string, bool)         { return "/home/" + user, user != "nobody" }
func (s *shell) Parse(text []byte) (*syntax.File, error) { return grammar.Parse(text, grammar.Ash) }
func (s *shell) Step() error                             { return nil }

func (s *shell) Substitute(c *syntax.CmdSubst) (string, error) {
	var b strings.Builder
	err := syntax.NewPrinter().Print(&b, c.Stmts[0])
	return b.String(), err
}

func (s *shell) Spend(bytes int) error {
	s.spent += bytes
	return nil
}

// These four return errors that begin with what was called.
func (s *shell) Abort(format string, args ...any) error {
	return fmt.Errorf("aborted: "+format, args...)
}

func (s *shell) AbortParameter(format string, args ...any) error {
	return fmt.Errorf("parameter: "+format, args...)
}

func (s *shell) Refuse(format string, args ...any) error {
	return fmt.Errorf("refused: "+format, args...)
}

func (s *shell) Exceeded(format string, args ...any) error {
	return fmt.Errorf("bound: "+format, args...)
}

// fields expands what stands behind ":" in a text.
func fields(t *testing.T, text string, scope expand.Scope) ([]string, error) {
	t.Helper()
	dialect := grammar.Ash
	if scope.Bash {
		dialect = grammar.Bash
	}
	file, err := grammar.Parse([]byte(": "+text), dialect)
	if err != nil {
		t.Fatal(err)
	}
	return scope.Fields(file.Stmts[0].Cmd.(*syntax.CallExpr).Args[1:])
}

// TestFields: what each method of a shell is asked for, and what becomes of its answers. How words are expanded in all ways is
// compared with the shells themselves in package script.
func TestFields(t *testing.T) {
	for _, test := range []struct {
		text   string
		isBash bool
		want   string
	}{
		{`$two "$two"`, false, "a|b|a b"},
		{`$(some command) "$(some command)"`, false, "some|command|some command"},
		{`~ ~ann/x ~nobody "~"`, false, "/home/|/home/ann/x|~nobody|~"},
		{`${new:=n} $new $((new2 = 3)) $new2`, false, "n|n|3|3"},
		{`"$@" "$*" x$@y`, false, "1|2 3|1 2 3|x1|2|3y"},
		{`${list[@]} "${list[1]}" ${#list[@]}`, true, "l0|l1|l1|2"},
		{`${@:0:2}`, true, "name|1"},
		{`${none?is missing}`, false, "parameter: none: is missing"},
		{`${none}`, false, "parameter: none: parameter not set"},
		{`$((1 / 0))`, false, "aborted: divide by zero"},
		{`$((x + x++))`, true, "refused: this arithmetic is not supported in bash: it changes a variable where the order counts"},
		{`"${two+'}'}"`, false, "refused: a quote or brace in single quotes within double quotes is not supported"},
	} {
		s := &shell{vars: map[string]string{"two": "a b", "x": "1"}, arrays: map[string][]string{"list": {"l0", "l1"}}}
		got, err := fields(t, test.text, expand.Scope{Shell: s, Args: []string{"1", "2 3"}, Name: "name", Bash: test.isBash, Nounset: true, Noglob: true})
		if err != nil {
			got = []string{err.Error()}
		}
		if strings.Join(got, "|") != test.want {
			t.Errorf("%s: %q, not %s", test.text, got, test.want)
		}
	}
}

// TestBounds: a word and the words of a command have an end, and what they take is spent.
func TestBounds(t *testing.T) {
	s := &shell{vars: map[string]string{"big": strings.Repeat("x", expand.MaxValue)}}
	scope := expand.Scope{Shell: s, Noglob: true}
	if got, err := fields(t, `"$big"`, scope); err != nil || !slices.Equal(got, []string{s.vars["big"]}) || s.spent < expand.MaxValue/8 {
		t.Errorf("%d fields, %v, %d bytes spent", len(got), err, s.spent)
	}
	for _, text := range []string{`"$big$big$big"`, `$big $big $big`} {
		if _, err := fields(t, text, scope); err == nil || !strings.HasPrefix(err.Error(), "bound: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
	failed := errors.New("the account is empty")
	scope.Shell = &broke{s, failed}
	if _, err := fields(t, `$big`, scope); err != failed {
		t.Errorf("an error of Spend became %v", err)
	}
}

// broke is a shell that cannot spend anything.
type broke struct {
	*shell
	err error
}

func (b *broke) Spend(int) error { return b.err }
