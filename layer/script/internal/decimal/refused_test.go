package decimal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/decimal"
)

// machine prints to a text, and has enough to spend for short programs.
func machine(out *strings.Builder) decimal.Machine {
	left := 1 << 22
	return decimal.Machine{Out: out, Spend: func(n int) error {
		if left -= n; left < 0 {
			return errors.New("spent")
		}
		return nil
	}}
}

// TestRefusedBC: text that busybox runs but is not supported, or that it reports with a message that quotes the rest of the line, is
// refused. What was printed before stays.
func TestRefusedBC(t *testing.T) {
	for program, want := range map[string]string{
		"1\ncontinue":               "1\n: continue is not supported",
		"define f(x) { return x }":  ": define is not supported",
		"auto x":                    ": auto is not supported",
		"return":                    ": return is not supported",
		"limits":                    ": limits is not supported",
		"x = read()":                ": read in an expression is not supported",
		"{ 1; quit }":               "1\n: quit is not supported",
		"if (0) quit":               ": quit is not supported",
		"break":                     ": break outside of a loop is not supported",
		"if (0) break; 3":           ": break outside of a loop is not supported",
		"while (0) 1\nbreak":        ": break outside of a loop is not supported",
		"if (1)\n\n2":               ": an empty line before a statement is not supported",
		"while (1)\n\n2":            ": an empty line before a statement is not supported",
		"for (;;)\n\n{ 2 }":         ": an empty line before a statement is not supported",
		"if (0) 1 else\n\n2":        ": an empty line before a statement is not supported",
		"if (0) 1; else 2":          ": else in an expression is not supported",
		"if (0) 1\nelse 2":          ": else in an expression is not supported",
		"if (0) { 1 }\nelse 2":      ": else in an expression is not supported",
		"if (1)":                    `: "" in an expression is not supported`,
		"if (1":                     `: "\n" where ")" is wanted is not supported`,
		"while 1":                   `: "1" where "(" is wanted is not supported`,
		"for (1;2) 3":               `: ")" where ";" is wanted is not supported`,
		"{ 1":                       "1\n: a block without an end is not supported",
		"1 }":                       "1\n: \"}\" in an expression is not supported",
		"-!0":                       ": ! behind - or !( is not supported",
		"!-!1":                      ": ! behind - or !( is not supported",
		"-(!0)":                     ": ! behind - or !( is not supported",
		"!((!0))":                   ": ! behind - or !( is not supported",
		"2 * -!1":                   ": ! behind - or !( is not supported",
		"3 = 4":                     `3` + "\n" + `: "=" is not supported`,
		"!a = 3":                    "1\n" + `: "=" is not supported`,
		"++3":                       ": ++ of no variable is not supported",
		"a++b":                      "0\n: \"b\" is not supported",
		"1 2":                       "1\n: \"2\" is not supported",
		"1,2":                       "1\n: \",\" is not supported",
		"print":                     `: "\n" in an expression is not supported`,
		"print 1,":                  `1: "\n" in an expression is not supported`,
		"+1":                        `: "+" in an expression is not supported`,
		"()":                        `: ")" in an expression is not supported`,
		"a[]":                       `: "]" in an expression is not supported`,
		"a[1":                       `: "\n" where "]" is wanted is not supported`,
		"a[-1] = 2":                 ": the index of an array below 0, or above 2147483647, is not supported",
		"a[2^32]":                   ": the index of an array below 0, or above 2147483647, is not supported",
		"sqrt(4":                    `: "\n" where ")" is wanted is not supported`,
		"length()":                  `: ")" in an expression is not supported`,
		"abs(1)":                    ": the function abs is not supported",
		"1.2.3":                     ": the number 1.2. is not supported",
		"12\\\n34":                  ": the number 12 is not supported",
		"1 & 2":                     `: the character '&' is not supported`,
		"1; 'a'":                    `: the character '\'' is not supported`,
		"1; \"é\"":                  `: the character 'Ã' is not supported`,
		"1 # \x01":                  `: the character '\x01' is not supported`,
		"1; \"a":                    ": a string without an end is not supported",
		"1 /* a":                    ": a comment without an end is not supported",
		"scale = -1":                ": scale of less than 0 or more than 20000 is not supported",
		"ibase = 17":                ": ibase of less than 2 or more than 16 is not supported",
		"obase = 1":                 ": obase of less than 2 or more than 999 is not supported",
		"obase = 20; 19":            ": obase of more than 16 is not supported",
		"obase = 2; .5":             ": a fraction in another base than ten is not supported",
		"ibase = 2; 1.1":            ": a fraction in another base than ten is not supported",
		"2 ^ 10 ^ 9":                ": a power of more than 20000 digits is not supported",
		strings.Repeat("{", 101):    ": more than 100 statements within each other is not supported",
		strings.Repeat("- ", 101):   ": more than 100 expressions within each other is not supported",
		strings.Repeat("2^", 101):   ": more than 100 expressions within each other is not supported",
		strings.Repeat("9", 20_001): ": a number of more than 20000 digits is not supported",
		"1\nwhile (1) x = x + 1":    "1\n: spent",
		"for (;;) { }":              ": spent",
		"x = 10 ^ 9000; x * x * x":  ": a number of more than 20000 digits is not supported",
	} {
		var out strings.Builder
		err := machine(&out).RunBC(program + "\n")
		if err == nil {
			t.Errorf("%.40q: no error, prints %.40q", program, out.String())
			continue
		}
		if got := out.String() + ": " + err.Error(); got != want {
			t.Errorf("%.40q: got %.80q, want %q", program, got, want)
		}
		if errors.Is(err, decimal.ErrUnsupported) != strings.HasSuffix(want, "is not supported") {
			t.Errorf("%.40q: %v is of the wrong kind", program, err)
		}
	}
}

// TestRefusedDC has the same for dc, whose programs are read while they run.
func TestRefusedDC(t *testing.T) {
	for program, want := range map[string]string{
		"1p __1p":                               "1\n: \"_\" is not supported",
		"_p":                                    `: "_" is not supported`,
		".p":                                    `: "." is not supported`,
		"[a":                                    ": a string with a backslash or without an end is not supported",
		`[a\]b]`:                                ": a string with a backslash or without an end is not supported",
		"]":                                     `: the command ']' is not supported`,
		"[abc]Z":                                ": a string where a number is wanted is not supported",
		"1[a]+":                                 ": a string where a number is wanted is not supported",
		"[a]1<x":                                ": a string where a number is wanted is not supported",
		"65P":                                   ": P of a number is not supported",
		"1Q":                                    ": the command 'Q' is not supported",
		"1 2~":                                  ": the command '~' is not supported",
		"1:a":                                   ": the command ':' is not supported",
		"?":                                     ": the command '?' is not supported",
		"!ls":                                   ": the command ! is not supported",
		"!<":                                    ": the command ! is not supported",
		"1s":                                    ": s without a register is not supported",
		"La":                                    ": L of an empty register is not supported",
		"1 1=a":                                 ": an empty register that is to be run is not supported",
		"_1k":                                   ": k of less than 0 or more than 20000 is not supported",
		"17i":                                   ": i of less than 2 or more than 16 is not supported",
		"1o":                                    ": o of less than 2 or more than 999 is not supported",
		"17o17p":                                ": obase of more than 16 is not supported",
		"2i1.1p":                                ": a fraction in another base than ten is not supported",
		strings.Repeat("1 ", 10_001):            ": a stack of more than 10000 elements is not supported",
		"1" + strings.Repeat("dSa", 1e4):        "",
		"1" + strings.Repeat("dSa", 1e4) + "Sa": ": a register of more than 10000 elements is not supported",
		"[lax]salax":                            ": more than 100 macros within each other is not supported",
		"[d1+lax]sa0lax":                        ": more than 100 macros within each other is not supported",
	} {
		var out strings.Builder
		_, err := decimal.NewDC(machine(&out)).Run(program)
		got := out.String()
		if err != nil {
			got += ": " + err.Error()
		}
		if got != want {
			t.Errorf("%.40q: got %.80q, want %q", program, got, want)
		}
	}
}

// TestStackOfDC: the stack and the registers stay from one program to the next, and a "q" ends the run.
func TestStackOfDC(t *testing.T) {
	var out strings.Builder
	run := decimal.NewDC(machine(&out))
	for _, step := range []struct {
		program, want string
		isEnded       bool
	}{
		{"1 2 [la1+p]sb", "", false}, {"+sa", "", false}, {"lbx", "4\n", false}, {"f", "4\n", false}, {"2k 1 3/p", ".33\n", false},
		{"[lq]x 9p", "9\n", false}, {"[[q]x5p]x6p", "6\n", false}, {"[[[q]x]x]x", "", false}, {"q 7p", "", true},
	} {
		out.Reset()
		isEnded, err := run.Run(step.program)
		if out.String() != step.want || isEnded != step.isEnded || err != nil {
			t.Errorf("%q: got %q, %v, %v, want %q, %v", step.program, out.String(), isEnded, err, step.want, step.isEnded)
		}
	}
}
