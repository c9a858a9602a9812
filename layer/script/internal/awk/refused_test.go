package awk

import (
	"errors"
	"strings"
	"testing"
)

// TestRefusedPrograms has what busybox 1.36.1 ends with "Unexpected token" or another message that has the line alone, and what it takes
// and is not supported: the error names the place.
func TestRefusedPrograms(t *testing.T) {
	for source, want := range map[string]string{
		"":                                      "",
		"BEGIN { print 1 || 0 }":                `line 1: unexpected "||"`,
		"BEGIN { print 2, 1 >= 0 }":             `line 1: unexpected ">="`,
		"BEGIN { printf \"%d\", 1 ? 0||1 : 2 }": `line 1: unexpected "||"`,
		"BEGIN { print (1 || 0), a[1 >= 0] }":   "",
		"BEGIN { print f(1 || 0) } function f(x) { return x }":                      "",
		"BEGIN { print 1 && x = 2 }":                                                `line 1: unexpected "="`,
		"BEGIN { y = 1 + x = 2 }":                                                   `line 1: unexpected "="`,
		"BEGIN { y = !x += 2 }":                                                     `line 1: unexpected "+="`,
		"BEGIN { y = 1 ? x = 2 : 3 }":                                               `line 1: unexpected "="`,
		"BEGIN { y = x = (z = 2) + (w = 3); a[i = 1] = f(j = 2) } function f(x) {}": "",
		"BEGIN { 1 = 2 }":                                                           `line 1: unexpected "="`,
		"{ $1++ }":                                                                  `line 1: unexpected "++"`,
		"{ print $2-- }":                                                            `line 1: unexpected "--"`,
		"{ $NF++; ++$1; $(1)++; $i++ }":                                             "",
		";BEGIN {}":                                                                 `line 1: unexpected ";"`,
		"BEGIN {} ;;":                                                               `line 1: unexpected ";"`,
		"1;;1":                                                                      "",
		"BEGIN {};\nEND {};":                                                        "",
		"BEGIN\n{ }":                                                                `line 2: unexpected "\n"`,
		"END":                                                                       "line 1: unexpected end of program",
		"BEGIN { print length !x }":                                                 `line 1: unexpected "!"`,
		"length":                                                                    "line 1: unexpected end of program",
		"BEGIN { if (length) x }":                                                   `line 1: unexpected ")"`,
		"BEGIN { print length > 3 }":                                                `line 1: unexpected ">"`,
		"length > 3 { print length, length \"x\"; y = length }": "",
		"BEGIN { do print 1; while (0) print 2 }":               `line 1: unexpected "print"`,
		"\n\nBEGIN { f(1) }":                                    "line 3: call of undefined function f",
		"function f(a, a) {}":                                   "line 1: function f has two parameters a",
		"function f() {} function f() {}":                       "line 1: function f is defined twice",
		"function f(x) { f = x; return f (2) }":                 "",
		"BEGIN { return 1 }":                                    "line 1: return outside a function",
		"BEGIN { break }":                                       "line 1: break outside a loop",
		"{ if (1) continue }":                                   "line 1: continue outside a loop",
		"function f() { while (1) break; continue }":            "line 1: continue outside a loop",
		"BEGIN { print \"a":                                     "line 1: string without an end",
		"BEGIN { print \"a\nb\" }":                              "line 1: string without an end",
		"BEGIN { x ~ /a }":                                      "line 1: regular expression without an end",
		"BEGIN { @ }":                                           `line 1: unexpected character "@"`,
		"BEGIN { a.b }":                                         `line 1: unexpected character "."`,
		"BEGIN { substr(\"a\") }":                               "line 1: substr with 1 arguments",
		"BEGIN { substr }":                                      "line 1: substr without parentheses",
		"BEGIN { split(\"a\", 1) }":                             "line 1: the second argument of split is not an array",
		"BEGIN { sub(/a/, \"b\", \"c\") }":                      "line 1: the third argument of sub is not a variable",
		"BEGIN { print ERRNO }":                                 "line 1: ERRNO is not supported",
		"BEGIN { (1, 2) }":                                      "line 1: unexpected list in parentheses",
		"BEGIN { delete 1 }":                                    `line 1: unexpected "1"`,
		"BEGIN { getline x y z }":                               "",
		"BEGIN { }}":                                            `line 1: unexpected "}"`,
		"BEGIN { ( }":                                           `line 1: unexpected "}"`,
		"BEGIN { a[1 }":                                         `line 1: unexpected "}"`,
		"BEGIN { x = }":                                         `line 1: unexpected "}"`,
		"BEGIN { printf }":                                      "line 1: printf without a format",
		strings.Repeat("(", 600):                                "line 1: more than 500 statements and expressions within each other",
		"BEGIN " + strings.Repeat("{", 600):                     "line 1: more than 500 statements and expressions within each other",
		strings.Repeat("#", 1<<20+1):                            "line 1: program is longer than 1048576 bytes",
	} {
		_, err := Parse(source)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.60q: got %q, want %q", source, got, want)
		}
		if err != nil && !errors.As(err, new(*SyntaxError)) {
			t.Errorf("%.60q: %T", source, err)
		}
	}
}
