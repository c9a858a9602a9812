package awk

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// runBounded runs a program under small bounds.
func runBounded(src, stdin string, steps, bytes int64) error {
	p, err := Parse(src)
	if err != nil {
		return err
	}
	var out counter
	_, err = p.Run(context.Background(), Config{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &out, Compile: compileForTest,
		Spend: (&budget{left: steps}).spend, MaxBytes: bytes,
	})
	if out.n > steps+spendBatch {
		return errors.New("more output than steps")
	}
	return err
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// Every value that grows is bounded. The error names the bound and the object.
func TestBounds(t *testing.T) {
	const steps, bytes = 5_000_000, 1 << 20
	const full = "more than 1048576 bytes of live values"
	for _, c := range []struct{ name, src, want string }{
		{"doubled", `BEGIN { x = "x"; while (1) x = x x }`, full},
		{"elements", `BEGIN { while (1) a[i++] }`, full},
		{"keys", `BEGIN { k = "x"; while (1) { a[k]; k = k k } }`, full},
		{"fields", `BEGIN { NF = 1000000000 }`, full},
		{"field", `BEGIN { $1000000000 = 1 }`, full},
		{"record", `BEGIN { while (1) $0 = $0 "xxxxxxxx" $0 }`, full},
		{"joined", `BEGIN { OFS = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; for (i = 0; i < 9; i++) OFS = OFS OFS; NF = 1000; print }`, full},
		{"gsub", `BEGIN { x = "x"; while (1) gsub(/x/, "&&", x) }`, full},
		{"gsub of nothing", `BEGIN { x = "xxxxxxxx"; while (1) gsub(//, "-", x) }`, full},
		{"sprintf", `BEGIN { x = sprintf("%1000000d%1000000d", 1, 2) }`, full},
		{"width", `BEGIN { printf "%99999999999d", 1 }`, "more than 1048576 as width or precision of printf"},
		{"split", `BEGIN { x = "x"; for (i = 0; i < 17; i++) x = x x; split(x, a, "") }`, full},
		{"toupper", `function f(x) { return toupper(x) f(x) } BEGIN { x = "x"; for (i = 0; i < 17; i++) x = x x; f(x) }`, full},
		{"calls", `function f() { f() } BEGIN { f() }`, "more than 1000 functions within each other"},
		{"locals", `function f(a, b) { b = a a; f(b) } BEGIN { f("xxxxxxxx") }`, full},
		{"loop", `BEGIN { while (1); }`, errSpent.Error()},
		{"for", `BEGIN { for (;;) { } }`, errSpent.Error()},
		{"print", `BEGIN { while (1) print "xxxxxxxxxxxxxxxxxxxx" }`, errSpent.Error()},
		{"long line", `{ print }`, full},
		{"long paragraph", `BEGIN { RS = "" } { print }`, full},
		{"long match", `BEGIN { RS = "ab+" } { print }`, full},
	} {
		stdin := ""
		if strings.HasPrefix(c.name, "long") {
			stdin = strings.Repeat("x", 2<<20)
		}
		err := runBounded(c.src, stdin, steps, bytes)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// Freed values do not count, so a long run stays under the bound.
func TestReleased(t *testing.T) {
	for _, src := range []string{
		`BEGIN { for (i = 0; i < 20000; i++) x = x0 sprintf("%1000d", i) }`,
		`BEGIN { for (i = 0; i < 20000; i++) { a[i % 10] = sprintf("%1000d", i); delete a } }`,
		`BEGIN { for (i = 0; i < 20000; i++) { $0 = sprintf("%500d %500d", i, i); n += NF; $3 = i } }`,
		`function f(v, l) { l[1] = v; return v } BEGIN { for (i = 0; i < 20000; i++) x = f(sprintf("%1000d", i)) }`,
		`BEGIN { for (i = 0; i < 20000; i++) { split("a b c d e", a); NF = 5; NF = i % 3; sub(/x*/, "y") } }`,
		`function f(n) { return n ? f(n - 1) : 0 } BEGIN { for (i = 0; i < 500; i++) f(20) }`,
	} {
		if err := runBounded(src, "", 1<<30, 1<<17); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestMessages(t *testing.T) {
	for src, want := range map[string]string{
		"BEGIN {":                              "line 1: unexpected end of program",
		"BEGIN { print \"a }\n":                "line 1: string without an end",
		"\n{ x ~ /a }\n":                       "line 2: regular expression without an end",
		"BEGIN { f(1) }":                       "line 1: call of undefined function f",
		"function f(a, a) { }":                 "line 1: function f has two parameters a",
		"function f() { } function f() { }":    "line 1: function f is defined twice",
		"BEGIN { return }":                     "line 1: return outside a function",
		"BEGIN { break }":                      "line 1: break outside a loop",
		"BEGIN { substr(1) }":                  "line 1: substr with 1 arguments",
		"BEGIN { print @ }":                    `line 1: unexpected character "@"`,
		"BEGIN { x = (1, 2) }":                 "line 1: unexpected list in parentheses",
		"BEGIN { print ERRNO }":                "line 1: ERRNO is not supported",
		"BEGIN {\nsystem(\"id\") }":            "line 2: system is not supported",
		"BEGIN { \"id\" | getline }":           "line 1: a command that is read with getline is not supported",
		"BEGIN { print | \"cat\" }":            "line 1: a command that print writes to is not supported",
		"BEGIN { print rand() }":               "line 1: a random number (rand, srand) is not supported",
		"BEGIN { print > \"x\" }":              `line 1: writing the file "x" is not supported`,
		"BEGIN { getline < \"x\" }":            `line 1: reading the file "x" is not supported`,
		"BEGIN { print strftime(\"%Q\", 0) }":  `line 1: the time format "%Q" is not supported`,
		"BEGIN { print 1 / 0 }":                "line 1: Division by zero",
		"BEGIN { print \"a\" ~ \"[\" }":        "bad regex '[': Missing ']'",
		"BEGIN { " + strings.Repeat("(", 2000): "line 1: more than 500 statements and expressions within each other",
	} {
		err := runBounded(src, "", 1<<20, 1<<20)
		if err == nil || err.Error() != want {
			t.Errorf("%.60q: got %v, want %s", src, err, want)
		}
	}
	if err := runBounded("{ print }", "a\x00b\n", 1<<20, 1<<20); err == nil || err.Error() != "line 1: input with a NUL is not supported" {
		t.Errorf("NUL: got %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errSpent)
	p, err := Parse("BEGIN { while (1); }")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(ctx, Config{}); !errors.Is(err, errSpent) {
		t.Errorf("cancelled: got %v", err)
	}
}

// FuzzRun parses and runs under small bounds: no panic, no overrun.
func FuzzRun(f *testing.F) {
	for _, c := range allCases() {
		f.Add(c.args[len(c.args)-1], c.stdin)
	}
	f.Fuzz(func(t *testing.T, src, stdin string) {
		if err := runBounded(src, stdin, 200_000, 1<<18); err != nil && err.Error() == "more output than steps" {
			t.Error(err)
		}
	})
}

// FuzzParse parses alone.
func FuzzParse(f *testing.F) {
	for _, c := range allCases() {
		f.Add(c.args[len(c.args)-1])
	}
	f.Fuzz(func(t *testing.T, src string) {
		if p, err := Parse(src); (p == nil) == (err == nil) {
			t.Error("neither a program nor an error, or both")
		}
	})
}
