package keyfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/keyfile"
)

// print writes groups as one text: "[NAME] LINE:KEY=VALUE …".
func print(groups []*keyfile.Group) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "[%s]", g.Name)
		for _, k := range g.Keys {
			fmt.Fprintf(&b, " %d:%s=%q", k.Line, k.Name, k.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestParse has what g_key_file_load_from_data of GLib 2.80 makes of files: gkeyfile.c, parse_line and what it calls.
func TestParse(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                     {"", ""},
		"comments and empty lines":    {"# a\n\n \t\n#b=c\n  # d\n", ""},
		"a group":                     {"[a]\n", "[a]\n"},
		"a group and a key":           {"[a]\nk=v\n", "[a] 2:k=\"v\"\n"},
		"the last line without end":   {"[a]\nk=v", "[a] 2:k=\"v\"\n"},
		"a comment before the group":  {"#\n[a]\nk=v\n", "[a] 3:k=\"v\"\n"},
		"space around a heading":      {" \t[a] \t\nk=v\n", "[a] 2:k=\"v\"\n"},
		"space in a heading":          {"[ a b ]\n", "[ a b ]\n"},
		"an equals sign in a heading": {"[a=b]\n", "[a=b]\n"},
		"UTF-8 in a heading":          {"[é]\n", "[é]\n"},
		"space around a key":          {"[a]\n  k  =  v  \n", "[a] 2:k=\"v  \"\n"},
		"a tab around a key":          {"[a]\n\tk\t=\tv\t\n", "[a] 2:k=\"v\\t\"\n"},
		"a key with space in it":      {"[a]\nk l=v\n", "[a] 2:k l=\"v\"\n"},
		"an empty value":              {"[a]\nk=\nl= \n", "[a] 2:k=\"\" 3:l=\"\"\n"},
		"equals signs in a value":     {"[a]\nk==v=w=\n", "[a] 2:k=\"=v=w=\"\n"},
		"escapes stay":                {"[a]\nk=\\s\\n\\\\;\\;\n", "[a] 2:k=\"\\\\s\\\\n\\\\\\\\;\\\\;\"\n"},
		"brackets in a value":         {"[a]\nk=[v]\n", "[a] 2:k=\"[v]\"\n"},
		"a hash in a value":           {"[a]\nk=v # w\n", "[a] 2:k=\"v # w\"\n"},
		"a locale":                    {"[a]\nk[de]=v\nk[sr@latin]=w\nk[pt_BR.UTF-8]=x\n", "[a] 2:k[de]=\"v\" 3:k[sr@latin]=\"w\" 4:k[pt_BR.UTF-8]=\"x\"\n"},
		"an empty locale":             {"[a]\nk[]=v\n", "[a] 2:k[]=\"v\"\n"},
		"a locale with letters":       {"[a]\nk[ü1]=v\n", "[a] 2:k[ü1]=\"v\"\n"},
		"a group twice":               {"[a]\nk=1\n[b]\nk=2\n[a]\nl=3\n", "[a] 2:k=\"1\" 6:l=\"3\"\n[b] 4:k=\"2\"\n"},
		"a key twice":                 {"[a]\nk=1\nk=2\n", "[a] 2:k=\"1\" 3:k=\"2\"\n"},
		"carriage returns":            {"[a]\r\nk=v\r\n", "[a] 2:k=\"v\"\n"},
		"a carriage return in a line": {"[a]\nk=v\rw\n", "[a] 2:k=\"v\\rw\"\n"},
		"no end after one":            {"[a]\nk=v\r", "[a] 2:k=\"v\\r\"\n"},
		"form feeds are space":        {"[a]\n\f\n\fk\f=\fv\n", "[a] 3:k=\"v\"\n"},
		"vertical tabs are none":      {"[a]\nk=\vv\n", "[a] 2:k=\"\\vv\"\n"},
		"an encoding":                 {"[a]\nEncoding=UTF-8\n", "[a] 2:Encoding=\"UTF-8\"\n"},
		"one in lower case":           {"[a]\nEncoding=utf-8\n", "[a] 2:Encoding=\"utf-8\"\n"},
		"another one in other groups": {"[a]\n[b]\nEncoding=latin1\n", "[a]\n[b] 3:Encoding=\"latin1\"\n"},
		"a key like a heading":        {"[a]\n[k]=v\n", "line 2 is no key of a group"},
		"a key before groups":         {"k=v\n[a]\n", "line 1 is no key of a group"},
		"no equals sign":              {"[a]\nk\n", "line 2 is no key of a group"},
		"no key":                      {"[a]\n=v\n", "line 2 is no key of a group"},
		"a key of space":              {"[a]\n =v\n", "line 2 is no key of a group"},
		"a locale that does not end":  {"[a]\nk[de=v\n", "line 2 is no key of a group"},
		"a locale that only ends":     {"[a]\nk]=v\n", "line 2 is no key of a group"},
		"text behind a locale":        {"[a]\nk[de]x=v\n", "line 2 is no key of a group"},
		"space before a locale":       {"[a]\nk [de]=v\n", "line 2 is no key of a group"},
		"a space in a locale":         {"[a]\nk[d e]=v\n", "line 2 is no key of a group"},
		"a locale of invalid UTF-8":   {"[a]\nk[\xff]=v\n", "line 2 is no key of a group"},
		"a locale alone":              {"[a]\nx=y\n[de]=v\n", "line 3 is no key of a group"},
		"a heading without a name":    {"[]\n", `line 1: "" is no name of a group`},
		"a heading with a bracket":    {"[a[b]\n", `line 1: "a[b" is no name of a group`},
		"a heading with a tab":        {"\n[a\tb]\n", `line 2: "a\tb" is no name of a group`},
		"a heading with a DEL":        {"[a\x7f]\n", `line 1: "a\x7f" is no name of a group`},
		"a heading that does not end": {"[a\n", "line 1 is no key of a group"},
		"text behind a heading":       {"[a] b\n", "line 1 is no key of a group"},
		"a comment behind a heading":  {"[a] # b\n", "line 1 is no key of a group"},
		"another encoding":            {"[a]\nEncoding=latin1\n", `line 2: the encoding "latin1" is not UTF-8`},
		"another one with a comment":  {"#\n\n[a]\nk=v\nEncoding=ISO-8859-1\n", `line 5: the encoding "ISO-8859-1" is not UTF-8`},
	} {
		groups, err := keyfile.Parse(test.text)
		got := print(groups)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q\ngot  %s\nwant %s", name, test.text, got, test.want)
		}
	}
}

// TestGet: the last value of a key counts, also in a group whose heading is there twice. What is missing is no error.
func TestGet(t *testing.T) {
	groups, err := keyfile.Parse("[a]\nk=1\nk[de]=2\n[b]\nk=3\n[a]\nk=4\nempty=\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		group, key, want string
		ok               bool
	}{
		{"a", "k", "4", true}, {"a", "k[de]", "2", true}, {"b", "k", "3", true}, {"a", "empty", "", true}, {"a", "nothing", "", false},
		{"b", "empty", "", false}, {"c", "k", "", false}, {"A", "k", "", false}, {"a", "K", "", false}, {"a", "", "", false}, {"", "k", "", false},
	} {
		if got, ok := keyfile.Find(groups, test.group).Get(test.key); got != test.want || ok != test.ok {
			t.Errorf("%s of [%s]: got %q, %v, want %q, %v", test.key, test.group, got, ok, test.want, test.ok)
		}
	}
}

// FuzzParse: a file that was read and written reads as the same file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"[a]\nk=v\n", "# c\n[a b]\r\n k[de] = v \r\n[a b]\n", "[a]\nk", "[a\n", "[a]\n[b]=c", "[a]\nk[\xff]=v"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		groups, err := keyfile.Parse(text)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, g := range groups {
			fmt.Fprintf(&b, "[%s]\n", g.Name)
			for _, k := range g.Keys {
				if got, ok := g.Get(k.Name); !ok || got != g.Keys[lastOf(g, k.Name)].Value {
					t.Fatalf("%q: %s is %q", text, k.Name, got)
				}
				fmt.Fprintf(&b, "%s=%s\n", k.Name, k.Value)
			}
		}
		again, err := keyfile.Parse(b.String())
		if err != nil || len(again) != len(groups) {
			t.Fatalf("%q: written as %q: %v", text, b.String(), err)
		}
		for i, g := range again {
			if g.Name != groups[i].Name || len(g.Keys) != len(groups[i].Keys) {
				t.Fatalf("%q: written as %q", text, b.String())
			}
		}
	})
}

func lastOf(g *keyfile.Group, name string) int {
	last := 0
	for i, k := range g.Keys {
		if k.Name == name {
			last = i
		}
	}
	return last
}
