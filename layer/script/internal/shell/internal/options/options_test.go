package options_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/options"
)

func TestLetters(t *testing.T) {
	for _, test := range []struct {
		words, spec string
		letters     string
		arguments   map[byte]string
		rest        string
		problem     string
	}{
		{"", "a", "", nil, "", ""},
		{"x -a", "a", "", nil, "x -a", ""},
		{"-a x", "a", "a", nil, "x", ""},
		{"-ab -a x", "ab", "aba", nil, "x", ""},
		{"-a -- -b", "ab", "a", nil, "-b", ""},
		{"- -a", "a", "", nil, "- -a", ""},
		{"-n5 x", "n:", "n", map[byte]string{'n': "5"}, "x", ""},
		{"-n 5 x", "n:", "n", map[byte]string{'n': "5"}, "x", ""},
		{"-an -- x", "an:", "an", map[byte]string{'n': "--"}, "x", ""},
		{"-n 1 -n 2", "n:", "nn", map[byte]string{'n': "2"}, "", ""},
		{"-n", "n:", "", nil, "", "no arg for -n option"},
		{"-z", "a", "", nil, "", "illegal option -z"},
		{"-a-", "a", "", nil, "", "illegal option --"},
	} {
		t.Run(test.words, func(t *testing.T) {
			letters, arguments, rest, problem := options.Letters(strings.Fields(test.words), test.spec)
			if letters != test.letters || !maps.Equal(arguments, test.arguments) || strings.Join(rest, " ") != test.rest || problem != test.problem {
				t.Errorf("%q, %q, %q, %q", letters, arguments, rest, problem)
			}
		})
	}
}

// TestGetopts has the values that POSIX gives $OPTIND, the variable and $OPTARG after each call. The messages are those of ash.
func TestGetopts(t *testing.T) {
	type found = options.Found
	for _, test := range []struct {
		name, spec string
		words      []string
		want       []found
		index      int
	}{
		{"none", "ab", []string{"x"}, []found{{Value: "?", End: true}}, 1},
		{"no words", "ab", nil, []found{{Value: "?", End: true}}, 1},
		{"together", "ab", []string{"-ab", "x"}, []found{{Value: "a"}, {Value: "b"}, {Value: "?", End: true}}, 2},
		{"apart", "ab", []string{"-a", "-b"}, []found{{Value: "a"}, {Value: "b"}, {Value: "?", End: true}}, 3},
		{"argument behind", "n:", []string{"-n5"}, []found{{Value: "n", Argument: "5"}, {Value: "?", End: true}}, 2},
		{"argument next", "n:", []string{"-n", "5", "x"}, []found{{Value: "n", Argument: "5"}, {Value: "?", End: true}}, 3},
		{"argument that looks like an option", "n:a", []string{"-n", "-a"}, []found{{Value: "n", Argument: "-a"}, {Value: "?", End: true}}, 3},
		{"empty argument", "n:", []string{"-n", ""}, []found{{Value: "n"}, {Value: "?", End: true}}, 3},
		{"end", "a", []string{"-a", "--", "-a"}, []found{{Value: "a"}, {Value: "?", End: true}}, 3},
		{"a dash", "a", []string{"-a", "-", "-a"}, []found{{Value: "a"}, {Value: "?", End: true}}, 2},
		{"unknown", "a", []string{"-za"}, []found{{Value: "?", Argument: "z", Problem: "Illegal option -z"}, {Value: "a"}}, 2},
		{"argument missing", "n:", []string{"-n"}, []found{{Value: ":", Argument: "n", Problem: "No arg for -n option"}}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := options.Getopts{Spec: test.spec, Index: 1}
			for i, want := range test.want {
				if got := g.Next(test.words); got != want {
					t.Errorf("call %d: %+v, want %+v", i+1, got, want)
				}
			}
			if g.Index != test.index {
				t.Errorf("the index is %d, want %d", g.Index, test.index)
			}
		})
	}
}

func TestSet(t *testing.T) {
	for _, test := range []struct {
		words, ignored string
		flags          string // as in "$-", for a text from a file
		rest           string
		replace        bool
		problem        string
	}{
		{"", "", "", "", false, ""},
		{"-e", "", "e", "", false, ""},
		{"-eu", "", "ue", "", false, ""},
		{"-e +e -x", "", "x", "", false, ""},
		{"-o errexit -o pipefail", "", "e", "", false, ""},
		{"-eo nounset x y", "", "ue", "x y", true, ""},
		{"-- -x", "", "", "-x", true, ""},
		{"--", "", "", "", true, ""},
		{"-", "", "", "", false, ""},
		{"- x", "", "", "x", true, ""},
		{"x -e", "", "", "x -e", true, ""},
		{"-i", "i", "", "", false, ""},
		{"-Z", "", "", "", false, "illegal option -Z"},
		{"+Z", "", "", "", false, "illegal option +Z"},
		{"-o nosuch", "", "", "", false, "illegal option -o nosuch"},
		{"-o", "", "", "", false, "set -o without a name is not supported"},
	} {
		t.Run(test.words, func(t *testing.T) {
			var s options.Set
			rest, replace, problem := s.Parse(strings.Fields(test.words), test.ignored, nil)
			if problem != test.problem {
				t.Fatalf("%q, want %q", problem, test.problem)
			}
			if problem == "" && (strings.Join(rest, " ") != test.rest || replace != test.replace || s.String() != test.flags) {
				t.Errorf("rest %q, replace %t, flags %q", rest, replace, s.String())
			}
		})
	}
}

// TestSetList: the list of "set +o" gives a new shell the same options.
func TestSetList(t *testing.T) {
	var s options.Set
	var list strings.Builder
	if _, _, problem := s.Parse([]string{"-eu", "-o", "pipefail", "+o"}, "", &list); problem != "" {
		t.Fatal(problem)
	}
	var again options.Set
	for line := range strings.Lines(list.String()) {
		if _, _, problem := again.Parse(strings.Fields(line)[1:], "", nil); problem != "" {
			t.Errorf("%s: %s", line, problem)
		}
	}
	if again != s || !again.Pipefail {
		t.Errorf("%+v, want %+v", again, s)
	}
	list.Reset()
	s.Parse([]string{"-o"}, "", &list)
	lines := strings.Split(list.String(), "\n")
	if !slices.Contains(lines, "pipefail        on") || !slices.Contains(lines, "noglob          off") {
		t.Errorf("set -o prints\n%s", list.String())
	}
}

// TestUmask has POSIX's examples, and every octal value there and back.
func TestUmask(t *testing.T) {
	for _, test := range []struct {
		text      string
		old, want uint16
		ok        bool
	}{
		{"022", 0, 0o022, true},
		{"0", 0o77, 0, true},
		{"777", 0, 0o777, true},
		{"1000", 0, 0, false},
		{"8", 0, 0, false},
		{"g-w", 0o002, 0o022, true},
		{"-w", 0, 0o222, true},
		{"a=rx,u+w", 0o777, 0o022, true},
		{"u=rwx,g=rx,o=", 0o123, 0o027, true},
		{"nosuch", 0, 0, false},
	} {
		got, ok := options.ParseUmask(test.text, test.old)
		if ok != test.ok || ok && got != test.want {
			t.Errorf("umask %q over %04o: %04o, %t; want %04o, %t", test.text, test.old, got, ok, test.want, test.ok)
		}
	}
	for umask := range uint16(0o1000) {
		if got, ok := options.ParseUmask(options.SymbolicUmask(umask), 0); !ok || got != umask {
			t.Fatalf("%s stands for %04o, want %04o", options.SymbolicUmask(umask), got, umask)
		}
	}
}
