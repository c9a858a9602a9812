package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomRegularExpressions matches random regular expressions here and in busybox, whose library is musl's. Where they are basic,
// "+", "?", "|", braces and parentheses have a backslash. "\<", "\>" and back references are not supported but in few places.
func TestRandomRegularExpressions(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var lines []string
	for range 1500 {
		g := expressionMaker{r, r.IntN(2) == 0}
		pattern := g.alternatives(2)
		texts := "printf '%s\\n'"
		for range 3 {
			texts += " '" + oneOf(r, "", "a", "b", "ab", "aab", "abab", "aaa", "abcabc", "a.b", "a*b", "a+b", "xay", "(a)", "a{2}", "a|b",
				"AbC", "a b", "foo bar",
				"a1b22", "[a]", "^a$", "$a", "a^") + "'"
		}
		flag := ""
		if g.extended {
			flag = "-E "
		}
		command := oneOf(r, "sed "+flag+"'s/%/<&>/'", "sed "+flag+"'s/%/<&>/g'", "grep "+flag+"'%'", "grep "+flag+"-o '%'",
			"grep "+flag+"-v '%'", "grep "+flag+"-x '%'", "grep "+flag+"-i '%'", "grep "+flag+"-w '%'")
		if g.extended && r.IntN(4) == 0 {
			command = oneOf(r, "awk '{ print gsub(/%/, \"<&>\"), $0 }'", "awk '{ print match($0, /%/), RSTART, RLENGTH }'",
				"awk -F '%' '{ print NF, $1, $2 }'", "awk '/%/'")
		} else if !g.extended && pattern[0] != '^' && r.IntN(6) == 0 {
			texts, command = "", "expr "+oneOf(r, "abcabc", "aab", "a.b", "'a b'", "foo")+" : '%'"
		}
		if strings.Contains(pattern, `\`) {
			command = strings.ReplaceAll(command, "awk -F '%' '{ print NF, $1, $2 }'", "awk '/%/'") // -F has escapes of its own
		}
		command = strings.ReplaceAll(command, "%", pattern)
		if texts != "" {
			command = texts + " | " + command
		}
		lines = append(lines, command)
	}
	compareCommands(t, lines)
}

// expressionMaker makes regular expressions.
type expressionMaker struct {
	r        *rand.Rand
	extended bool
}

func (g *expressionMaker) operator(s string) string {
	if g.extended {
		return s
	}
	return `\` + s
}

func (g *expressionMaker) alternatives(depth int) string {
	s := g.sequence(depth)
	for g.r.IntN(5) == 0 {
		s += g.operator("|") + g.sequence(depth)
	}
	return s
}

func (g *expressionMaker) sequence(depth int) string {
	var b strings.Builder
	if g.r.IntN(5) == 0 {
		b.WriteByte('^')
	}
	for range 1 + g.r.IntN(3) {
		atom := g.atom(depth)
		b.WriteString(atom)
		if atom == `\b` || strings.ContainsAny(atom, "^$") {
			continue // of anchors and what has some in it no repetition is supported
		}
		switch g.r.IntN(8) {
		case 0:
			b.WriteByte('*')
		case 1:
			b.WriteString(g.operator(oneOf(g.r, "+", "?")))
		case 2:
			b.WriteString(g.operator("{") + oneOf(g.r, "1", "2", "0,1", "1,", "0,", "2,3") + g.operator("}"))
		}
	}
	if g.r.IntN(6) == 0 {
		b.WriteByte('$')
	}
	return b.String()
}

func (g *expressionMaker) atom(depth int) string {
	switch n := g.r.IntN(12); {
	case n == 0 && depth > 0:
		return g.operator("(") + g.alternatives(depth-1) + g.operator(")")
	case n == 1:
		return "."
	case n == 2:
		return oneOf(g.r, "[ab]", "[^a]", "[a-c]", "[^[:space:]]", "[[:alpha:]]", "[[:digit:]b]", "[]a]", "[^]]", "[a-]", "[.]", "[*]",
			"[$^]", "[[:upper:][:lower:]]")
	case n == 3:
		return oneOf(g.r, `\.`, `\*`, `\[`, `\]`, `\^`, `\$`, `\\`, `\w`, `\W`, `\s`, `\S`, `\b`, `\n`, `\t`)
	case n == 5:
		if s := oneOf(g.r, "^", "$", " ", "x", "{", "}", "+", "?", "1", "A"); !g.extended || !strings.Contains("{+?", s) {
			return s
		}
	}
	return oneOf(g.r, "a", "b", "c", "a", "b", "o")
}
