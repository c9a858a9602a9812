package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestPrecedence has expressions, and the same with the parentheses that POSIX' table of operators gives them (awk, "Expressions in Decreasing
// Precedence"). A string stands in it as it is read.
func TestPrecedence(t *testing.T) {
	for source, want := range map[string]string{
		"a + b * c":              "(a + (b * c))",
		"a * b + c":              "((a * b) + c)",
		"a - b - c":              "((a - b) - c)",
		"a / b / c":              "((a / b) / c)",
		"a % b * c":              "((a % b) * c)",
		"a ^ b ^ c":              "((a ^ b) ^ c)",    // otherwise than POSIX has it: busybox 1.36.1 prints 64 for 2 ^ 3 ^ 2
		"a ^ -b ^ c":             "(a ^ (-(b ^ c)))", // 2 ^ -1 ^ 2 is 0.5 in busybox 1.36.1
		"a ** b":                 "(a ^ b)",
		"-a ^ b":                 "(-(a ^ b))",
		"a ^ -b":                 "(a ^ (-b))",
		"!a + b":                 "((!a) + b)",
		"-a * b":                 "((-a) * b)",
		"- -a":                   "(-(-a))",
		"a - -b":                 "(a - (-b))",
		"a b + c":                "(a . (b + c))",
		"a + b c":                "((a + b) . c)",
		"a b c":                  "((a . b) . c)",
		"a b == c d":             "((a . b) == (c . d))",
		"a < b + c":              "(a < (b + c))",
		"a == b ~ c":             "((a == b) ~ c)",
		"a ~ b && c !~ d":        "((a ~ b) && (c !~ d))",
		"a ~ /b/":                "(a ~ /b/)",
		"a && b || c && d":       "((a && b) || (c && d))",
		"a || b && c":            "(a || (b && c))",
		"a ? b : c ? d : e":      "(a ? b : (c ? d : e))",
		"a ? b ? c : d : e":      "(a ? (b ? c : d) : e)",
		"a || b ? c : d":         "((a || b) ? c : d)",
		"x = y = z":              "(x = (y = z))",
		"x = a + b":              "(x = (a + b))",
		"x += a ? b : c":         "(x += (a ? b : c))",
		"x -= y *= z /= 2":       "(x -= (y *= (z /= 2)))",
		"x ^= y %= 3":            "(x ^= (y %= 3))",
		"x **= 2":                "(x ^= 2)",
		"a in b":                 "(a in b)",
		"(a, c) in b":            "((a, c) in b)",
		"a in b && c":            "((a in b) && c)",
		"a + 1 in b":             "((a + 1) in b)",
		"!(a in b)":              "(!(a in b))",
		"$a + 1":                 "(($a) + 1)",
		"$a ^ 2":                 "(($a) ^ 2)",
		"-$a":                    "(-($a))",
		"!$a":                    "(!($a))",
		"$a b":                   "(($a) . b)",
		"$NF - 1":                "(($NF) - 1)",
		"$(NF - 1)":              "($(NF - 1))",
		"$$a":                    "($($a))",
		"$i++":                   "(($i)++)",
		"$++i":                   "($(++i))",
		"i++ + ++j":              "((i++) + (++j))",
		"a[i++]":                 "a[(i++)]",
		"a[1, 2]":                "a[1, 2]",
		"$a[1]":                  "($a[1])",
		"--a[i]":                 "(--a[i])",
		"f(a, b + 1) c":          "(f(a, (b + 1)) . c)",
		"length a":               "(length() . a)",
		"length(a) b":            "(length(a) . b)",
		"substr(a, 1, 2)":        "substr(a, 1, 2)",
		`"a" "b"`:                `("a" . "b")`,
		`"\t\"\101\\"`:           `"\t\"A\\"`,
		`/a\/b/ || x`:            `(/a/b/ || x)`,
		"getline":                "(getline)",
		"getline x":              "(getline x)",
		`getline < "f"`:          `(getline < "f")`,
		`getline x < "f" "g"`:    `((getline x < "f") . "g")`,
		`"c" | getline`:          `("c" | getline)`,
		`"c" | getline x > 0`:    `(("c" | getline x) > 0)`,
		`"c" "d" | getline`:      `(("c" . "d") | getline)`,
		`(getline x < "f") > 0`:  `((getline x < "f") > 0)`,
		"1e3 + .5 + 1. + 0x10":   "(((1000 + 0.5) + 1) + 16)",
		"a ? b : c in d":         "(a ? b : (c in d))",
		"a\\\n + b":              "(a + b)",
		"a &&\n b ||\n\n c":      "((a && b) || c)",
		"(a) (b)":                "(a . b)",
		"a (b)":                  "(a . b)", // a space keeps it from being a call
		"x = a > b":              "(x = (a > b))",
		"a / b / c ~ /d/":        "(((a / b) / c) ~ /d/)",
		"a * (b + c) ^ 2":        "(a * ((b + c) ^ 2))",
		"1 - 1 \" \" 2 * 3":      `(((1 - 1) . " ") . (2 * 3))`,
		"$1 == \"x\" || $2 > 10": `((($1) == "x") || (($2) > 10))`,
	} {
		const rest = "; (x) }\nfunction f(p, q) { }"
		got, err := parseFirst("BEGIN { x = 0; (" + source + ")" + rest)
		if strings.Contains(source, "=") && !strings.Contains(source, "==") || err != nil {
			got, err = parseFirst("BEGIN { x = 0; " + source + rest) // an assignment may be refused in parentheses
		}
		if got != want || err != nil {
			t.Errorf("%s: %s, %v, not %s", source, got, err, want)
		}
	}
}

// parseFirst returns the second statement of the first action.
func parseFirst(source string) (string, error) {
	p, err := Parse(source, []string{"NF"})
	if err != nil {
		return "", err
	}
	return show(p.Begin[0].List[1].(*ExprStmt).X), nil
}

var signs = map[Token]string{
	Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", Pow: "^", Not: "!", Gt: ">", Ge: ">=", Lt: "<", Le: "<=", Eq: "==", Ne: "!=", Match: "~", NoMatch: "!~",
	And: "&&", Or: "||", Concat: ".", Pipe: "|", AppendTo: ">>",
}

// show writes an expression with all its parentheses.
func show(e Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *NumberExpr:
		return fmt.Sprint(e.Value)
	case *StringExpr:
		return fmt.Sprintf("%q", e.Value)
	case *RegexExpr:
		return "/" + e.Text + "/"
	case *VarExpr:
		return e.Name
	case *FieldExpr:
		return "($" + show(e.Index) + ")"
	case *IndexExpr:
		return e.Array.Name + "[" + showList(e.Index) + "]"
	case *UnaryExpr:
		return "(" + signs[e.Op] + show(e.X) + ")"
	case *BinaryExpr:
		return "(" + show(e.X) + " " + signs[e.Op] + " " + show(e.Y) + ")"
	case *CondExpr:
		return "(" + show(e.Cond) + " ? " + show(e.Yes) + " : " + show(e.No) + ")"
	case *AssignExpr:
		op := signs[e.Op]
		return "(" + show(e.Target) + " " + op + "= " + show(e.Value) + ")"
	case *StepExpr:
		sign := map[float64]string{1: "++", -1: "--"}[e.Delta]
		if e.Prefix {
			return "(" + sign + show(e.Target) + ")"
		}
		return "(" + show(e.Target) + sign + ")"
	case *InExpr:
		index := showList(e.Index)
		if len(e.Index) > 1 {
			index = "(" + index + ")"
		}
		return "(" + index + " in " + e.Array.Name + ")"
	case *ParenExpr:
		return show(e.X)
	case *CallExpr:
		return e.Fn.name + "(" + showList(e.Args) + ")"
	case *BuiltinExpr:
		for name, fn := range builtins {
			if fn == e.Fn {
				return name + "(" + showList(e.Args) + ")"
			}
		}
	case *GetlineExpr:
		text := strings.TrimSpace("getline " + show(e.Target))
		if e.Command != nil {
			text = show(e.Command) + " | " + text
		}
		if e.File != nil {
			text += " < " + show(e.File)
		}
		return "(" + text + ")"
	}
	return fmt.Sprintf("<%T>", e)
}

func showList(list []Expr) string {
	var texts []string
	for _, e := range list {
		texts = append(texts, show(e))
	}
	return strings.Join(texts, ", ")
}

// TestLines: each rule and statement has the line on which it begins, also behind strings, comments and continued lines.
func TestLines(t *testing.T) {
	p, err := Parse("# comment\nBEGIN {\n\tx = 1; y = 2\n\n\tprint \"a\\\nb\"; z\n\tif (x)\n\n\t\ty++ # end\n\telse\n\t\twhile (y)\n\t\t\tnext\n\tx = y \\\n + 1\n\tprint\n}\n\n"+
		"/a/ { for (;;)\n break }\n$1 ~ /x/,\n/y/\nEND { exit\n}", nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, s := range p.Begin[0].List {
		lines = append(lines, s.At())
	}
	branch := p.Begin[0].List[4].(*IfStmt)
	loop := branch.Other.List[0].(*WhileStmt)
	lines = append(lines, branch.Then.List[0].At(), loop.At(), loop.Body.List[0].At(), p.Rules[0].Line, p.Rules[0].Body.List[0].(*ForStmt).Body.List[0].At(), p.Rules[1].Line,
		p.End[0].List[0].At())
	if got, want := fmt.Sprint(lines), "[3 3 5 6 7 13 15 9 11 12 18 19 20 22]"; got != want {
		t.Errorf("the lines are %s, not %s", got, want)
	}
	if p.Rules[1].Last == nil || !p.Rules[1].Print || p.Rules[0].Print || p.Rules[1].Index != 1 {
		t.Errorf("the rules are %+v and %+v", p.Rules[0], p.Rules[1])
	}
}

// TestStatements: what statements consist of, and what is absent.
func TestStatements(t *testing.T) {
	for source, want := range map[string]string{
		`print`:                         `print []`,
		`print a, b`:                    `print [a b]`,
		`print(a, b)`:                   `print [a b]`,
		`print (a)(b)`:                  `print [(a . b)]`,
		`print a > "f"`:                 `print [a] > "f"`,
		`print a, b >> "f" c`:           `print [a b] >> ("f" . c)`,
		`print a | "sort"`:              `print [a] | "sort"`,
		`print (a > b)`:                 `print [(a > b)]`,
		`print (a > b) > "f"`:           `print [(a > b)] > "f"`,
		`printf "%s\n", a`:              `printf ["%s\n" a]`,
		`printf("%s\n", a) > "f"`:       `printf ["%s\n" a] > "f"`,
		`delete a`:                      `delete a[]`,
		`delete a[1]`:                   `delete a[1]`,
		`delete a[1, i]`:                `delete a[1 i]`,
		`exit`:                          `exit `,
		`exit a + 1`:                    `exit (a + 1)`,
		`for (k in a) print k`:          `for k in a 1`,
		`for (i = 0; i < 3; i++) { }`:   `for (i = 0); (i < 3); (i++) 0`,
		`for (;;) ;`:                    `for ; ;  0`,
		`while (a) { b; c }`:            `while a false 2`,
		"do { a\n b } while (c)":        `while c true 2`,
		`if (a) b; else { c; d; e }`:    `if a 1 3`,
		`if (a) b`:                      `if a 1 -1`,
		"if (a)\n\n{ b }\n\nelse\n\n c": `if a 1 1`,
		`{ a; { b } }`:                  `{ 2 }`,
	} {
		p, err := Parse("BEGIN { "+source+" }", nil)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := describe(p.Begin[0].List[0]); got != want {
			t.Errorf("%s: %s, not %s", source, got, want)
		}
	}
}

func describe(s Stmt) string {
	texts := func(list []Expr) (texts []string) {
		for _, e := range list {
			texts = append(texts, show(e))
		}
		return texts
	}
	switch s := s.(type) {
	case *PrintStmt:
		text := fmt.Sprintf("%s %v", map[bool]string{true: "printf", false: "print"}[s.Format], texts(s.Args))
		if s.To != nil {
			text += " " + signs[s.Kind] + " " + show(s.To)
		}
		return text
	case *DeleteStmt:
		return fmt.Sprintf("delete %s%v", s.Array.Name, texts(s.Index))
	case *JumpStmt:
		return map[Jump]string{JumpExit: "exit "}[s.Kind] + show(s.Value)
	case *ForInStmt:
		return fmt.Sprintf("for %s in %s %d", show(s.Target), s.Array.Name, len(s.Body.List))
	case *ForStmt:
		return fmt.Sprintf("for %s; %s; %s %d", show(s.Init), show(s.Cond), show(s.Post), len(s.Body.List))
	case *WhileStmt:
		return fmt.Sprintf("while %s %v %d", show(s.Cond), s.First, len(s.Body.List))
	case *IfStmt:
		other := -1
		if s.Other != nil {
			other = len(s.Other.List)
		}
		return fmt.Sprintf("if %s %d %d", show(s.Cond), len(s.Then.List), other)
	case *BlockStmt:
		return fmt.Sprintf("{ %d }", len(s.Body.List))
	}
	return fmt.Sprintf("<%T>", s)
}

// TestErrorsHaveLines: the first error counts, with the line on which it is.
func TestErrorsHaveLines(t *testing.T) {
	for source, want := range map[string]string{
		"BEGIN {\n\n x = = 1 }":            `line 3: unexpected "="`,
		"BEGIN { print (1 }":               `line 1: unexpected "}"`,
		"{ print $1":                       "line 1: unexpected end of program",
		"{\n print $1\n":                   "line 3: unexpected end of program",
		"}":                                `line 1: unexpected "}"`,
		"\n# c\nfoo bar {":                 "line 3: unexpected end of program",
		"BEGIN { x = \"a\n\" }":            "line 1: string without an end",
		"BEGIN { if (x) }":                 `line 1: unexpected "}"`,
		"BEGIN { for (;) x }":              `line 1: unexpected ")"`,
		"BEGIN {\nwhile (1)\n}":            `line 3: unexpected "}"`,
		"function f(a,) { }":               "",
		"function f(1) { }":                `line 1: unexpected "1"`,
		"function substr(a) { }":           `line 1: unexpected "substr"`,
		"BEGIN { f(1 }\nfunction f(x) { }": `line 1: unexpected "}"`,
		"\nBEGIN { g(1) }":                 "line 2: call of undefined function g",
		"BEGIN { print > }":                `line 1: unexpected "}"`,
		"BEGIN { a[ }":                     `line 1: unexpected "}"`,
		"BEGIN { a[1 = 2 }":                `line 1: unexpected "="`,
		"BEGIN { getline < }":              `line 1: unexpected "}"`,
		"BEGIN { x ? y }":                  `line 1: unexpected "}"`,
		"BEGIN { else x }":                 `line 1: unexpected "else"`,
		"BEGIN { in a }":                   `line 1: unexpected "in"`,
	} {
		_, err := Parse(source, nil)
		var problem *Error
		switch {
		case want == "" && err != nil, want != "" && (!errors.As(err, &problem) || err.Error() != want):
			t.Errorf("%q: %v, not %s", source, err, want)
		}
	}
}

// TestSlots: variables have slots in the order of their first use behind the special ones, and parameters have slots of their own.
func TestSlots(t *testing.T) {
	p, err := Parse("BEGIN { a = b; NF = c }\nfunction f(x, b) { return x b d }", []string{"NR", "NF"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Globals, " "); got != "NR NF a b c d" || p.Slots["c"] != 4 {
		t.Errorf("globals %s, slots %v", got, p.Slots)
	}
	value := p.Functions[0].Body.List[0].(*JumpStmt).Value.(*BinaryExpr)
	left := value.X.(*BinaryExpr)
	for e, want := range map[Expr]VarExpr{left.X: {"x", 0, true}, left.Y: {"b", 1, true}, value.Y: {"d", 5, false}} {
		if *e.(*VarExpr) != want {
			t.Errorf("%+v, not %+v", e, want)
		}
	}
}

// TestBounds: a program that is too long or nested too deeply is an error.
func TestBounds(t *testing.T) {
	for source, want := range map[string]string{
		strings.Repeat(" ", maxSource+1): "line 1: program is longer than 1048576 bytes",
		"BEGIN { x = " + strings.Repeat("(", maxNesting) + "1" + strings.Repeat(")", maxNesting) + " }": "line 1: more than 500 statements and expressions within each other",
		"BEGIN " + strings.Repeat("{", maxNesting+2) + strings.Repeat("}", maxNesting+2):                "line 1: more than 500 statements and expressions within each other",
	} {
		if _, err := Parse(source, nil); err == nil || err.Error() != want {
			t.Errorf("%.20q…: %v, not %s", source, err, want)
		}
	}
}
