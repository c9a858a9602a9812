package bash_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
)

// TestArray changes arrays at random, and a map of Go in the same way. A change gives another array and leaves the one before as it was.
func TestArray(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		a, values := bash.NewArray([]string{"a", "b"}), map[int64]string{0: "a", 1: "b"}
		for range 20 {
			before, i, value := fmt.Sprint(a), r.Int64N(12), fmt.Sprint(r.IntN(100))
			var next *bash.Array
			switch r.IntN(4) {
			case 0:
				next = a.Without(bash.Subscript{Index: i})
				delete(values, i)
			case 1:
				next = a.WithList(a.Next(), []string{value, "end"})
				values[a.Next()], values[a.Next()+1] = value, "end"
			default:
				next = a.With(bash.Subscript{Index: i}, value)
				values[i] = value
			}
			if fmt.Sprint(a) != before {
				t.Fatalf("%s became %v", before, a)
			}
			a = next
			indexes := slices.Sorted(maps.Keys(values))
			var want, from []string
			for _, index := range indexes {
				if got, set := a.At(bash.Subscript{Index: index}); got != values[index] || !set {
					t.Fatalf("element %d of %v: %q, %v", index, a, got, set)
				}
				if want = append(want, values[index]); index >= i {
					from = append(from, values[index])
				}
			}
			if !slices.Equal(a.Values, want) || strings.Join(a.Subscripts(), " ") != strings.Trim(fmt.Sprint(indexes), "[]") || !slices.Equal(a.From(i), from) {
				t.Fatalf("%v, not %v", a, values)
			}
			if len(indexes) > 0 && a.Next() != indexes[len(indexes)-1]+1 {
				t.Fatalf("an element is appended to %v at %d", a, a.Next())
			}
		}
	}
}

// TestAssociative: the order of keys is that of Bash 5.2.
func TestAssociative(t *testing.T) {
	a := &bash.Array{IsAssociative: true}
	for _, key := range []string{"one", "two", "three", "four", "five"} {
		a = a.With(bash.Subscript{Key: key}, "v"+key)
	}
	// declare -A m=([one]=1 [two]=2 [three]=3 [four]=4 [five]=5); echo "${!m[@]}"
	const want = "four two three one five"
	if got := strings.Join(a.Subscripts(), " "); got != want {
		t.Errorf("the keys are %s, not %s", got, want)
	}
	if got := strings.Join(a.Values, " "); got != "vfour vtwo vthree vone vfive" {
		t.Errorf("the values are %s", got)
	}
	b := a.Without(bash.Subscript{Key: "five"}).With(bash.Subscript{Key: "one"}, "x")
	if got := strings.Join(b.Values, " "); got != "vfour vtwo vthree x" || len(a.Values) != 5 {
		t.Errorf("the values are %s, and %d before", got, len(a.Values))
	}
	if _, set := b.At(bash.Subscript{Key: "five"}); set || b.Without(bash.Subscript{Key: "none"}) != b {
		t.Error("a key that is not there")
	}
}

// words are those of a command in Bash.
func words(t *testing.T, text string) []*syntax.Word {
	t.Helper()
	file, err := grammar.Parse([]byte(text), grammar.Bash)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return file.Stmts[0].Cmd.(*syntax.CallExpr).Args
}

// TestOrderCounts: Bash and ash differ in what they work out first, which shows where a variable is changed that is used elsewhere, too.
func TestOrderCounts(t *testing.T) {
	for text, want := range map[string]bool{
		"x + y": false, "x++": false, "x++ + y": false, "x = y + 1": false, "x += y": false, "x = y++": false, "(x = 3)": false, "x++, x++": false,
		"x + x++": true, "x++ + x": true, "x = x + 1": false, "x += x++": true, "x++ + y++": true, "x ? y++ : 0": true, "x && y++": true,
		"a[i]++": false, "a[i++] = i": true, "a[i++] = 1": false, "x = y = 1": false, "(x = 1) + x": true, "1 + 2 * 3": false, "x = (y = 2) + y": true,
	} {
		e := words(t, "echo $(( "+text+" ))")[1].Parts[0].(*syntax.ArithmExp).X
		if got := bash.OrderCounts(e); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestLists has expansions of several words.
func TestLists(t *testing.T) {
	for text, want := range map[string]string{
		"$@": "@", "$*": "*", "${@:1}": "@", "${a[@]}": "@", "${a[*]%x}": "*", "${!a[@]}": "@", "${#a[@]}": "@", "${!p@}": "@", "${!p*}": "*",
		"$a": "", "${a[0]}": "", "${a[i]}": "", "$1": "", "${!a}": "", "${a[$x]}": "",
	} {
		got, ok := bash.List(words(t, "echo "+text)[1].Parts[0].(*syntax.ParamExp))
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", text, got, ok)
		}
	}
}

// TestPatterns: where a pattern to replace is anchored, and which Bash and ash read otherwise.
func TestPatterns(t *testing.T) {
	for text, want := range map[string]string{"#a": "# a", "%a": "% a", "a#": "  a#", "#": "# ", `"#"a`: `  "#"a`, "$x": "  $x", "%%": "% %", `\#a`: `  \#a`} {
		rest, anchor := bash.Anchor(words(t, "echo ${x/"+text+"/y}")[1].Parts[0].(*syntax.ParamExp).Repl.Orig)
		var b strings.Builder
		if err := syntax.NewPrinter().Print(&b, rest); err != nil {
			t.Fatal(err)
		}
		if got := strings.Trim(string(rune(anchor)), "\x00") + " " + b.String(); got != strings.TrimPrefix(want, " ") {
			t.Errorf("%s: %q, not %q", text, got, want)
		}
	}
	for pattern, want := range map[string]bool{
		`[a\]]`: true, `[\a]`: true, `\[a\]`: false, `[a]\b`: false, `a\[b]`: false, `[a`: false, `[a\b`: false, `[a][\b]`: true, `\\[a]`: false, ``: false,
	} {
		if got := bash.EscapesInBrackets(pattern); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}

// TestFlags has what "bash -c 'set …; echo $-'" and the like print.
func TestFlags(t *testing.T) {
	for _, test := range []struct {
		ofAsh string
		from  byte
		want  string
	}{{"", 0, "hB"}, {"eu", 'c', "ehuBc"}, {"fC", 's', "fhBCs"}, {"ex", 0, "ehxB"}, {"ec", 'c', "ehBc"}, {"eE", 'c', "ehBEc"}} {
		if got := bash.Flags(test.ofAsh, test.from); got != test.want {
			t.Errorf("%s: %s, not %s", test.ofAsh, got, test.want)
		}
	}
}

// TestOptions: options of Bash alone are taken from the words of set, and all behind "--" stays.
func TestOptions(t *testing.T) {
	for text, want := range map[string]string{
		"-eE": "-e true", "-E": " true", "+E": " false", "-o errtrace": " true", "+o errtrace": " false", "-eo errtrace": "-e true", "-eo pipefail": "-eo pipefail false",
		"-h": " false", "-T -u": "-u false", "-o functrace -e": "-e false", "-e -- -E": "-e -- -E false", "-e x -E": "-e x -E false", "-Ee -o pipefail x": "-e -o pipefail x true",
		"-B": " false", "+B": "+B false", "- -E": "- -E false", "-Eeuo pipefail": "-euo pipefail true",
	} {
		errtrace := text == "+E" || text == "+o errtrace"
		got := strings.Join(bash.WithoutOptions(strings.Fields(text), &errtrace), " ")
		if got = fmt.Sprintf("%s %v", got, errtrace); got != want {
			t.Errorf("set %s: %q, not %q", text, got, want)
		}
	}
}

// TestCommands: what builtins of Bash do otherwise than those of ash is refused, and the rest is not.
func TestCommands(t *testing.T) {
	for _, args := range []string{"let|x", "test|-v|x|-a|y", "[|-o|x|]", "printf|-v|1x|a", "printf|-v|x|-z", "printf|-z", "printf|%q|é", "printf|%(%F)T", `echo|-e|\u00e9`,
		"type|-a|ls", "set", "export", "env", "printenv", "trap", "trap|-p", "trap|x|DEBUG", "umask|u=rwX", "umask|022|7", "wait|-n", "env|A=b"} {
		if bash.Refuse(strings.Split(args, "|")) == "" {
			t.Errorf("%s is not refused", args)
		}
	}
	for _, args := range []string{"test|-v|x", "[|!|-v|x|]", "test|a|-a|b", "printf|-v|x|a", "printf|%q|a", `echo|\u00e9`, "type|-t|ls", "type|ls", "set|-e",
		"env|ls", "printenv|A", "trap|x|EXIT", "trap|-|ERR", "umask", "umask|022", "umask|u=rwx,g-w", "umask|-S", "wait", "ls|-v"} {
		if why := bash.Refuse(strings.Split(args, "|")); why != "" {
			t.Errorf("%s: %s", args, why)
		}
	}
}
