package words_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

func free(int) error { return nil }

// TestTrim has POSIX' examples (2.6.2), and patterns that match in several lengths.
func TestTrim(t *testing.T) {
	for _, test := range []struct {
		value, operator, pattern, want string
	}{
		{"file.c", "%", ".c", "file"},
		{"posix/src/std", "%%", "/*", "posix"},
		{"/home/a/src/cmd", "#", "/home/a", "/src/cmd"},
		{"/one/two/three", "##", "*/", "three"},
		{"/one/two/three", "#", "*/", "one/two/three"},
		{"/one/two/three", "%", "/*", "/one/two"},
		{"aaa", "#", "*", "aaa"}, {"aaa", "##", "*", ""}, {"aaa", "%", "*", "aaa"}, {"aaa", "%%", "*", ""},
		{"aaa", "#", "b", "aaa"}, {"aaa", "%%", "b", "aaa"}, {"", "##", "*", ""}, {"abc", "#", "", "abc"},
	} {
		trim := words.TrimPrefix
		if test.operator[0] == '%' {
			trim = words.TrimSuffix
		}
		got, err := trim(test.value, test.pattern, len(test.operator) == 2, free)
		if got != test.want || err != nil {
			t.Errorf("%s%s%s: %q, %v, not %q", test.value, test.operator, test.pattern, got, err, test.want)
		}
	}
}

// TestSlice has what busybox's ash prints for ${x:from:length} of "abcd".
func TestSlice(t *testing.T) {
	for _, test := range []struct {
		from, length int64
		want         string
	}{
		{1, 2, "bc"}, {-2, 1, "c"}, {-3, 9, "bcd"}, {0, -1, "abc"}, {1, -2, "b"}, {4, 1, ""}, {9, 1, ""}, {-5, 2, ""}, {2, 0, ""}, {2, -2, ""},
		{3, -2, "d"}, {2, -3, "cd"}, {0, 1 << 62, "abcd"}, {0, -1 << 63, "abcd"},
	} {
		if got := words.Slice("abcd", test.from, test.length); got != test.want {
			t.Errorf("${x:%d:%d}: %q, not %q", test.from, test.length, got, test.want)
		}
	}
}

// TestReplace: of what matches at a place the longest is replaced, and a match goes on behind the one before.
func TestReplace(t *testing.T) {
	for _, test := range []struct {
		value, pattern, with string
		all                  bool
		want                 string
	}{
		{"banana", "a", "o", false, "bonana"}, {"banana", "a", "o", true, "bonono"}, {"banana", "an", "", true, "ba"},
		{"banana", "a*a", "X", true, "bX"}, {"banana", "?", "..", false, "..anana"}, {"banana", "x", "y", true, "banana"},
		{"aaa", "aa", "b", true, "ba"}, {"aaa", "a", "aa", true, "aaaaaa"}, {"é", "?", "e", true, "e"}, {"", "*", "x", false, "x"},
		{"", "a", "x", true, ""}, {"a/b", "/", "*", true, "a*b"}, {`a*b`, `\*`, "-", true, "a-b"},
	} {
		got, err := words.Replace(test.value, test.pattern, test.with, test.all, 100, free)
		if got != test.want || err != nil {
			t.Errorf("%s of %q by %q, all %v: %q, %v, not %q", test.pattern, test.value, test.with, test.all, got, err, test.want)
		}
	}
}

// TestBoundsOfOperators: the bound of a result holds, and matching counts as work, whose error ends it.
func TestBoundsOfOperators(t *testing.T) {
	if _, err := words.Replace("aaaa", "a", "bbbb", true, 15, free); err != words.ErrTooLong {
		t.Errorf("16 bytes of 15: %v", err)
	}
	if _, err := words.Replace("aaaa", "a", "bbbb", true, 16, free); err != nil {
		t.Errorf("16 bytes of 16: %v", err)
	}
	long := strings.Repeat("ab", 5000)
	spent := 0
	count := func(n int) error { spent += n; return nil }
	if _, err := words.TrimSuffix(long, "*b*c", true, count); err != nil || spent < len(long) {
		t.Errorf("%d bytes were spent, %v", spent, err)
	}
	broke := errors.New("broke")
	fail := func(int) error { return broke }
	_, errPrefix := words.TrimPrefix(long, "*c", false, fail)
	_, errSuffix := words.TrimSuffix(long, "*c", false, fail)
	_, errReplace := words.Replace(long, "*c", "", true, 1, fail)
	if errPrefix != broke || errSuffix != broke || errReplace != broke {
		t.Errorf("errors became %v, %v and %v", errPrefix, errSuffix, errReplace)
	}
}

// text makes a text of pieces: in "double quotes", in <angle brackets> for the result of an expansion, and plain ones. "|" ends a word as between
// those of "$@".
func text(s string) *words.Text {
	t := new(words.Text)
	kind := words.Kind(0)
	for i := range len(s) {
		switch s[i] {
		case '"':
			kind ^= words.Quoted
			t.AddMark(words.Mark)
		case '<':
			kind = words.Split
		case '>':
			kind = 0
		case '|':
			t.AddMark(words.Break)
		default:
			t.AddByte(s[i], kind)
		}
	}
	return t
}

// TestFields has the rules of POSIX (2.6.5), as ash applies them.
func TestFields(t *testing.T) {
	for _, test := range []struct{ text, ifs, want string }{
		{"<a b>", " \t\n", "(a)(b)"},
		{"< \ta \n b  >", " \t\n", "(a)(b)"},
		{"a b", " ", "(a b)"},   // not the result of an expansion
		{`"a b"`, " ", "(a b)"}, // in quotes
		{`<a >"b c"< d>`, " ", "(a)(b c)(d)"},
		{"x<a b>y", " ", "(xa)(by)"},
		{"<>", " ", ""}, {"< >", " ", ""}, {`""`, " ", "()"}, {`""< >`, " ", "()"}, {`< >""`, " ", "()"}, {`""< >""`, " ", "()()"},
		{"<a:b::c>", ":", "(a)(b)()(c)"},
		{"<:a:>", ":", "()(a)"}, // a separator ends a field: none is behind the last
		{"<::>", ":", "()()"},
		{"<a : b:  : c >", " :", "(a)(b)()(c)"},
		{"<a b>", "", "(a b)"},
		{`a|b`, "", "(a)(b)"}, {`"a"|""|"b"`, "", "(a)()(b)"},
		{`<a\ b>`, " ", `(a\)(b)`},
	} {
		got := ""
		for _, f := range text(test.text).Fields(test.ifs) {
			got += "(" + f.Text + ")"
		}
		if got != test.want {
			t.Errorf("%s with IFS %q: %s, not %s", test.text, test.ifs, got, test.want)
		}
	}
}

// TestPatternsOfFields: a field is one for pathnames only by what was not quoted, and what was quoted stands for itself in it.
func TestPatternsOfFields(t *testing.T) {
	for source, want := range map[string]string{
		`a*`: `a*`, `<a*>`: `a*`, `"a*"`: "", `"a"*`: `a*`, `"*"?`: `\*?`, `["]"a]`: `[\]a]`, `"\"*`: `\\*`, `<\*>`: "", `a`: "", `"["[ab]`: `\[[ab]`,
		`["!"a]`: `[\!a]`, `[a"-"z]`: `[a\-z]`,
	} {
		fields := text(source).Fields(" ")
		if len(fields) != 1 || fields[0].Pattern != want {
			t.Errorf("%s: %q, not the pattern %q", source, fields, want)
		}
	}
}

// TestRandomFields: no byte is lost, but for those of IFS that come from expansions.
func TestRandomFields(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const ifs = " :"
	for range 5000 {
		var x words.Text
		want := ""
		for range r.IntN(12) {
			b := "a: *"[r.IntN(4)]
			kind := []words.Kind{0, words.Quoted, words.Split}[r.IntN(3)]
			if x.AddByte(b, kind); kind != words.Split || strings.IndexByte(ifs, b) < 0 {
				want += string(b)
			}
		}
		got := ""
		for _, f := range x.Fields(ifs) {
			got += f.Text
		}
		if got != want {
			t.Fatalf("%q has the fields %q", x.Joined(""), x.Fields(ifs))
		}
	}
}

// TestQuotes: the shell's grammar reads a quoted text as the text.
func TestQuotes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		s := ""
		for range r.IntN(8) {
			s += []string{"'", `"`, "a", " ", `\`, "$x", "`", "\n", "*", "é", "''", "#", "~", "!"}[r.IntN(14)]
		}
		for _, quoted := range []string{words.Quote(s), words.SingleQuote(s)} {
			file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(": "+quoted), "")
			if err != nil || len(file.Stmts) != 1 {
				t.Fatalf("%q as %s: %v", s, quoted, err)
			}
			args := file.Stmts[0].Cmd.(*syntax.CallExpr).Args
			if s == "" && quoted == "" {
				continue // what "set -x" prints for an empty word
			}
			got := ""
			for _, part := range args[1].Parts {
				switch part := part.(type) {
				case *syntax.Lit:
					got += part.Value
				case *syntax.SglQuoted:
					got += part.Value
				case *syntax.DblQuoted:
					got += part.Parts[0].(*syntax.Lit).Value
				}
			}
			if len(args) != 2 || got != s {
				t.Fatalf("%q as %s is read as %q", s, quoted, got)
			}
		}
	}
}

// TestSplitter has lines of read and what ash gives its variables: a backslash stands before a byte that was escaped.
func TestSplitter(t *testing.T) {
	for _, test := range []struct {
		line, ifs string
		fields    int
		want      string
	}{
		{" a  b  c ", " ", 2, "[a b  c]"}, {"a", " ", 3, "[a  ]"}, {" a b ", " ", 1, "[a b]"}, {" a b ", "", 1, "[ a b ]"},
		{"a:b::c:", ":", 4, "[a b  c]"}, {"a:b:c:", ":", 3, "[a b c]"}, {":a::", ":", 2, "[ a::]"}, {"a::", ":", 2, "[a ]"},
		{" a : b : ", " :", 2, "[a b]"}, {`a\ b c`, " ", 2, "[a b c]"}, {"a b c", " ", 0, "[a b c]"}, {"", " ", 0, "[]"},
	} {
		l := words.Splitter{IFS: test.ifs, Fields: test.fields}
		for i := 0; i < len(test.line); i++ {
			if test.line[i] == '\\' {
				i++
				l.AddEscaped(test.line[i])
				continue
			}
			l.Add(test.line[i])
		}
		if got := fmt.Sprint(l.Finish()); got != test.want {
			t.Errorf("%q with IFS %q in %d: %s, not %s", test.line, test.ifs, test.fields, got, test.want)
		}
	}
}
