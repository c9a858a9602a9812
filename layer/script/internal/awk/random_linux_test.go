package awk

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	randomSeed  = flag.Uint64("seed", 1, "seed of the random programs")
	randomCount = flag.Int("programs", 500, "number of random programs")
)

// TestRandom compares random programs with busybox.
func TestRandom(t *testing.T) {
	r := newReference(t)
	for i := range *randomCount {
		g := &generator{rand.New(rand.NewPCG(*randomSeed, uint64(i)))}
		args, stdin := g.program(), g.input()
		want, got := r.run(t, args, stdin), run(args, stdin)
		if strings.HasPrefix(got.Stderr, "error: ") && strings.Contains(got.Stderr, "not supported") {
			continue
		}
		if got != want {
			t.Errorf("program %d: %q\nstdin %q\n- %+v\n+ %+v", i, args, stdin, want, got)
		}
	}
}

// TestRandomOrder compares the order of random sets of keys with busybox.
func TestRandomOrder(t *testing.T) {
	r := newReference(t)
	const program = `$1 == "-" { delete a[$2]; next } $1 == "!" { delete a; next } { a[$2] } END { for (k in a) print k }`
	for i := range 1000 {
		random := rand.New(rand.NewPCG(*randomSeed, uint64(i)))
		var b strings.Builder
		var keys []string
		count := random.IntN([]int{20, 100, 700, 3000}[random.IntN(4)])
		for range count {
			if len(keys) > 0 && random.IntN(5) == 0 {
				fmt.Fprintf(&b, "- %s\n", keys[random.IntN(len(keys))])
				continue
			}
			if random.IntN(500) == 0 {
				b.WriteString("! x\n")
			}
			key := fmt.Sprintf("%x", random.Uint64()>>uint(random.IntN(64)))
			if random.IntN(3) == 0 {
				key = fmt.Sprint(random.IntN(2000))
			}
			if random.IntN(10) == 0 {
				key = "ключ-é" + key
			}
			keys = append(keys, key)
			fmt.Fprintf(&b, "+ %s\n", key)
		}
		args := []string{program}
		if want, got := r.run(t, args, b.String()), run(args, b.String()); got != want {
			t.Fatalf("set %d of %d keys: the order differs", i, count)
		}
	}
}

// generator makes programs that end.
type generator struct{ *rand.Rand }

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) input() string {
	var b strings.Builder
	for range g.IntN(5) {
		for i := range g.IntN(6) {
			if i > 0 {
				b.WriteString(g.pick(" ", " ", "  ", "\t", ":", ",", " : "))
			}
			b.WriteString(g.word())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (g *generator) word() string {
	return g.pick("a", "b", "foo", "bar", "10", "9", "0", "1e1", "0x1f", "-3", "+4", "3.5", ".5", "010", "x1", "A", "Zed", "inf", "1e", "a.b", "a&b", "é")
}

func (g *generator) program() []string {
	var args []string
	if g.IntN(4) == 0 {
		args = append(args, "-F", g.pick(":", ",", " ", `\t`, "[:,]", "a", ":+", "[ ]", ""))
	}
	if g.IntN(5) == 0 {
		args = append(args, "-v", "a="+g.word())
	}
	var b strings.Builder
	b.WriteString("function f(p, q) { " + strings.ReplaceAll(g.statements(1), "f(b, c)", "1") + " return p " + g.pick("", "+ 1", "\"!\"", "q") + " }\n")
	b.WriteString("function h(z, k) { z[k] = " + g.value(1) + "; return k }\n")
	if g.IntN(2) == 0 {
		b.WriteString("BEGIN { " + g.statements(2) + " }\n")
	}
	for range 1 + g.IntN(2) {
		b.WriteString(g.pick("", "", "NR == 1", "/"+g.regex()+"/", "$1 ~ /"+g.regex()+"/", g.value(2), "NR==2,NR==3", "NF > 2") + " { " +
			g.statements(2) + " }\n")
	}
	if g.IntN(2) == 0 {
		b.WriteString("END { " + g.statements(2) + " for (k in x) print k, x[k] }\n")
	}
	return append(args, b.String())
}

func (g *generator) statements(depth int) string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString(g.statement(depth) + g.pick("; ", "\n"))
	}
	return b.String()
}

func (g *generator) statement(depth int) string {
	if depth == 0 {
		return g.variable() + " = " + g.value(1)
	}
	switch g.IntN(14) {
	case 0, 1, 2:
		return "print " + g.value(depth) + ", " + g.value(depth)
	case 3:
		return "printf \"" + g.pick("%s", "%d", "%5.2f", "%-6s|", "%c", "%x", "%05d", "%g", "%e", "%.3s", "%i", "%+d", "%o") + "\\n\", " + g.value(depth)
	case 4:
		return "if (" + g.value(depth) + ") { " + g.statements(depth-1) + " } else { " + g.statements(depth-1) + " }"
	case 5:
		return "for (i = 0; i < " + fmt.Sprint(g.IntN(4)) + "; i++) { " + g.statements(depth-1) + " if (guard++ > 200) exit 3 }"
	case 6:
		return "for (k in " + g.pick("x", "y") + ") { print k; " + g.pick("", "delete x[k]", "continue", "if (k == 1) break") + " }"
	case 7:
		return g.pick("sub", "gsub") + "(/" + g.regex() + "/, " + g.pick(`"X"`, `"[&]"`, `"\\&"`, `""`, `"a&&"`, g.value(0)) + g.pick("", ", a", ", $1",
			", $2", ", x[1]") + ")"
	case 8:
		return "n = split(" + g.value(1) + ", " + g.pick("x", "y") + g.pick("", ", \":\"", ", /[a-c]/", ", \"\"", ", \" \"", ", \".\"") + ")"
	case 9:
		return g.pick("$0", "$1", "$2", "$5", "NF", "$NF") + " = " + g.pick(g.value(1), "3", "\"p q\"", "$1")
	case 10:
		return "delete " + g.pick("x", "x[1]", "y[a]")
	case 11:
		return g.pick("next", "exit", "exit 2", "getline", "getline a", "FS = \":\"", "OFS = \"-\"", "a = f(b, c)", "h(x, b)", "a++", "x[a]--",
			"b += 2", "c = a b")
	case 12:
		return "while (w++ < 3) { " + g.statements(depth-1) + " }"
	}
	return g.variable() + g.pick(" = ", " = ", " += ", " -= ", " *= ") + g.value(depth)
}

func (g *generator) variable() string {
	return g.pick("a", "b", "c", "d", "x[1]", "x[a]", "x[\"k\"]", "y[b]", "y[a, b]")
}

func (g *generator) regex() string {
	return g.pick("a", "b+", "[0-9]+", "^a", "o$", "o*", ".", "a|b", "(a|b)+", "[^a-z]", "fo*", "x?", "^", "$", "[[:digit:]]", `\.`, " +", "[a-c]*")
}

func (g *generator) value(depth int) string {
	if depth == 0 {
		return g.pick("1", "2", "0", "\"\"", "\"a\"", "\"10\"", "a", "b", "c", "$1", "$2", "NF", "NR", "x[1]", "\"foo\"", "3.7", "-1", "$0", "\"b\"", "1e3")
	}
	x, y := g.value(depth-1), g.value(depth-1)
	switch g.IntN(13) {
	case 11: // the left side is read late
		v := g.pick("a", "b", "x[1]", "x[a]", "$1", "$2", "$0", "NF", "$NF", "NR")
		change := g.pick("("+v+")++", "++"+v, v+" = "+y, v+" += "+y, "getline", "getline "+v, "sub(/a/, \"X\", "+v+")", "f(b, c)", "$0 = "+y, "$1 = "+y)
		return "(" + g.pick(v, v, "("+v+")", "("+v+" = "+x+")", "("+x+" ? "+v+" : a)") + " " + g.pick("", "", "", "==", "<", "-") +
			" (" + change + ")" + g.pick("", " "+v) + ")"
	case 0, 1:
		return "(" + x + " " + g.pick("+", "-", "*") + " " + y + ")"
	case 2:
		return "(" + x + " " + g.pick("<", "<=", "==", "!=", ">", ">=") + " " + y + ")"
	case 3:
		return "(" + x + " " + y + ")"
	case 4:
		return "(" + x + g.pick(" && ", " || ") + y + ")"
	case 5:
		return "(" + g.pick("! ", "- ", "+ ") + x + ")"
	case 6:
		return "(" + x + " ? " + y + " : " + g.value(0) + ")"
	case 7:
		return "(" + x + g.pick(" ~ ", " !~ ") + "/" + g.regex() + "/)"
	case 8:
		return g.pick("length", "int", "toupper", "tolower") + "(" + x + ")"
	case 9:
		return "substr(" + x + ", " + y + g.pick("", ", 2", ", "+g.value(0)) + ")"
	case 10:
		return g.pick("index("+x+", "+y+")", "match("+x+", /"+g.regex()+"/)", "(1 in x)", "(a in y)", "sprintf(\"%s-%d\", "+x+", "+y+")",
			"(x[1] % 7)", "(2 ^ int(NF))")
	}
	return g.value(0)
}
