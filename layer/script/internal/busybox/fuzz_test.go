package busybox

import (
	"context"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

func FuzzParseSed(f *testing.F) {
	for _, seed := range []string{
		"p", "1,3d", "$!N;s/\\n/ /", ":a;s/x/y/2gp;ta", "/a/,/b/{//!p}", "\\,x,I p", "y/abc/def/", "a\\\nfoo\\\nbar", "i foo", "c\\", "s,a\\,b,&\\1,",
		"s/[/]/x/", "0,2p",
		"2,+3!{=;}", "r file", "b end;:end", "#n\np", "s/a/b", "y/a", "{", "}", "1", "1,", "s/a/b/k", "k", "//p", "s/\\(/x/", "\xff", "s\xc3a\xc3b\xc3",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, extended bool) {
		p, err := parseSed(text, extended)
		if err != nil {
			var bad sedError
			var construct sedUnsupported
			var expression regex.UnsupportedError
			if !errors.As(err, &bad) && !errors.As(err, &construct) && !errors.As(err, &expression) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, cmd := range p.commands {
			if cmd.from.kind == regexAddress && cmd.from.re == nil || cmd.to.kind == regexAddress && cmd.to.re == nil {
				t.Fatalf("%q: an address without its expression", text)
			}
		}
	})
}

func FuzzFindExpression(f *testing.F) {
	for _, seed := range []string{". -name a -o ( ! -type f -print )", "-L a -perm -644 -exec echo {} ;", "-exec ls {} +", "! !", "( ( )", "-maxdepth x",
		"-size +3k -mtime -1", "-newer b"} {
		f.Add(seed)
	}
	root := tree.New()
	f.Fuzz(func(t *testing.T, text string) {
		c := &Call{Session: &Session{Tree: root, Work: 1 << 20}, Ctx: context.Background(), Tree: root, Args: []string{"find"}, Dir: "/w"}
		var args []string
		for word := range splitSpace(text) {
			args = append(args, word)
		}
		p := findParser{c: c, args: args, rules: finder{c: c, maxDepth: -1}}
		expr, err := p.parse()
		if (expr == nil) == (err == nil) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func splitSpace(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		words, _ := splitWords([]byte(text), false)
		for _, word := range words {
			if !yield(word) {
				return
			}
		}
	}
}

func FuzzTrSet(f *testing.F) {
	for _, seed := range []string{"a-z", "[:alpha:]", "[=x=]", "[a-z]", "\\n\\t\\\\", "\\377", "z-a", "a-", "-a", "[:x:]", "[=", "\\", "a-\\", "\xff-\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, ok := trSet(text)
		if len(set) > 256*(len(text)+1) {
			t.Fatalf("%q: %d bytes", text, len(set))
		}
		if !ok && set != nil {
			t.Fatalf("%q: invalid, but with a set", text)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"@0", "03:04", "2020-01-02 03:04:05", "2020.01.02-03:04", "202001020304.05", "0102", "1.2-3:4", "-", "....",
		"@-1", "99999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		when, ok := parseDate(text, time.Unix(1_700_000_000, 0))
		if ok && !utf8.ValidString(when.String()) {
			t.Fatal(when)
		}
	})
}
