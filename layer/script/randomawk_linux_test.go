package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomAwkPrograms runs random programs of awk on random lines here and in busybox. Package awk has another generator, for expressions
// and fields; this one is for separators of records and fields, arrays, input and output by getline, print and printf, and the functions.
func TestRandomAwkPrograms(t *testing.T) {
	compareRandom(t, 1000, func(r *rand.Rand) string {
		w := awkWriter{r: r}
		options := ""
		if r.IntN(4) == 0 {
			options += " -F '" + oneOf(r, ":", ",", "\\t", "[:,]", "|", " ", "a", "=+", "[ ]", ". ", "") + "'"
		}
		if r.IntN(6) == 0 {
			options += " -v '" + oneOf(r, "n=3", "s=a\\tb", "OFS=-", "RS=", "n=0x10", "NF=2", "ORS=;", "SUBSEP=:", "x", "CONVFMT=%.2g", "OFMT=%.3f",
				"RS=a", "FS=:") + "'"
		}
		program := w.program()
		if r.IntN(7) == 0 {
			return inScratch([]string{printed(r, w.lines()), printed(r, w.lines())},
				"awk"+options+" '"+program+"' "+oneOf(r, "f1 f2", "n=5 f1 n=7 f2", "f1 FS=: f2", "f1 - < f2", "f1 f3 f2", "f1 f1", "FS== f1", "'' f1",
					"RS= f1 'RS=\\n' f2"))
		}
		return printed(r, w.lines()) + " | awk" + options + " '" + program + "'"
	})
}

// awkWriter writes programs of awk that end.
type awkWriter struct {
	r       *rand.Rand
	defines bool // the program has a function
}

func (w *awkWriter) lines() string {
	return someLines(w.r, 7, "root:x:0:0:root:/root:/bin/ash", "a b c", "  lead and trail  ", "", "", "key=value", "k2 = v2", "10 20 30",
		"3.5 -2 1e3", "x,y,,z", "tab\there", "a:b c:d", "foo", "FOO Bar",
		"010 0x1f", "aaa", "# c", `back\slash`, "1", "é à", "one two  three   four", "-", "100%", "a|b|c")
}

func (w *awkWriter) program() string {
	var parts []string
	if w.defines = w.r.IntN(3) == 0; w.defines {
		parts = append(parts, "function f(a, b,  c) { c = a "+oneOf(w.r, "+", " ", "*", "-")+" b; "+oneOf(w.r, "", "a = 5; ",
			"if (c > 3) return \"big\"; ", "n++; ", "b[1] = 2; ")+"return c }")
	}
	if w.r.IntN(2) == 0 {
		parts = append(parts, "BEGIN { "+oneOf(w.r, "", `FS = ":"; `, `OFS = "-"; `, `RS = ""; `, `RS = ";"; `, `ORS = "|\n"; `, `FS = ""; `,
			`FS = "\t"; `, `FS = "[0-9]"; `, `CONVFMT = "%.3g"; `, `OFMT = "%.2f"; `,
			`SUBSEP = "/"; `, `RS = "[ab]"; `, `RS = "\n\n"; `, `while ((getline line) > 0) n++; `, `getline; `, `FS = ", *"; `)+w.statements(1)+" }")
	}
	for range 1 + w.r.IntN(2) {
		parts = append(parts, w.pattern()+" { "+w.statements(2)+" }")
	}
	if w.r.IntN(3) == 0 {
		parts = append(parts, oneOf(w.r, "NR == 1", "/a/", "$1 > 5", "NF", "!x[$1]++", "END", "NR % 2", "/a/, /b/", "NR==2, NR==3", "$0 = tolower($0)", "1"))
		if parts[len(parts)-1] == "END" {
			parts[len(parts)-1] = `END { print NR, NF, $0 }`
		}
	}
	if w.r.IntN(2) == 0 {
		parts = append(parts, "END { "+w.statements(1)+oneOf(w.r, "", "; for (k in x) print k, x[k]", `; print NR, n, s`,
			`; n = 0; for (k in x) n++; print n`)+" }")
	}
	return strings.Join(parts, "\n")
}

func (w *awkWriter) pattern() string {
	return oneOf(w.r, "", "", "", "/"+w.expression()+"/", "!/"+w.expression()+"/", "NR > 1", "NF > 2", "$1 ~ /"+w.expression()+"/",
		`$2 ~ "`+w.expression()+`"`, "NR == 2, NR == 4", "/a/, /o/", "FNR == 1", "length > 5",
		"$1 == $2", "$1 < $2", "(1, 2) in x", "n++ < 2", "/o/ && !/r/", "NR % 2 == 0", w.value(1))
}

func (w *awkWriter) expression() string {
	return oneOf(w.r, "a", "o+", "^[a-z]+", "[0-9]+$", ".", "b|c", "^$", "[:=]", "(a|b)*c", "[[:space:]]+", "x?", "[^a]", "^ *", "t$", "e{2}",
		"[[:upper:]]", "oo", ",,", " ")
}

func (w *awkWriter) statements(depth int) string {
	var list []string
	for range 1 + w.r.IntN(3) {
		list = append(list, w.statement(depth))
	}
	return strings.Join(list, "; ")
}

func (w *awkWriter) statement(depth int) string {
	v := func() string { return w.value(depth) }
	inner := func() string {
		if depth == 0 {
			return "n++"
		}
		return w.statements(depth - 1)
	}
	switch w.r.IntN(26) {
	case 0, 1, 2:
		return "print " + oneOf(w.r, v(), v()+", "+v(), "", "("+v()+", "+v()+")", v()+" "+v(), "$1, $NF", "NR, NF, $0")
	case 3, 4:
		return "printf " + oneOf(w.r, `"%s|%d|%5.2f\n", `+v()+", "+v()+", "+v(), `"%-8s|%08.3f|%x\n", `+v()+", "+v()+", "+v(),
			`"%c%c\n", `+v()+", "+v(), `"%*d|%.*f\n", 5, `+v()+", 2, "+v(), `("%s\n", `+v()+")",
			`"%s"`, `"%5s|%-5s|%.2s\n", `+v()+", "+v()+", "+v(), `"%%|%i|%o|%e|%g\n", `+v()+", "+v()+", "+v()+", "+v(), v()+` "\n"`,
			`"%+d|% d|%05d\n", `+v()+", "+v()+", "+v(), `"%u|%X|%#o\n", `+v()+", "+v()+", "+v())
	case 5:
		return "x[" + v() + "] " + oneOf(w.r, "= ", "+= ", "-= ") + v()
	case 6:
		return oneOf(w.r, "x[$1]++", "x[NR] = $0", "x[$1, $2] = NR", "x[length($0)] = $1", "delete x[$1]", "delete x", "x[n++] = $NF")
	case 7:
		return "n = split(" + oneOf(w.r, "$0", "$1", v(), `"a:b:c"`) + ", y" + oneOf(w.r, "", `, ":"`, `, /[0-9]/`, `, ""`, `, " "`, `, "a"`,
			`, /o+/`, ", FS") + "); print n, y[1], y[n]"
	case 8:
		return oneOf(w.r, "sub", "gsub") + "(" + oneOf(w.r, "/"+w.expression()+"/", `"`+w.expression()+`"`) + ", " +
			oneOf(w.r, `"X"`, `"[&]"`, `"\\&"`, `""`, `"<&&>"`, `"a\\\\&b"`, `$1`, `n`) + oneOf(w.r, "", "", ", $1", ", $2", ", s", ", x[1]", ", $NF") + ")"
	case 9:
		return "if (" + v() + ") { " + inner() + " } else " + inner()
	case 10:
		return "if (" + v() + ") " + oneOf(w.r, "next", "exit", "exit 3", "print \"t\"", "{ n = 9 }", "n++; else s = s 1")
	case 11:
		return "for (i = " + oneOf(w.r, "1", "NF", "0") + "; i " + oneOf(w.r, "<= NF", "<= 3", "< length($1)") + " && q++ < 40; i++) " + oneOf(w.r,
			"s = s $i", "{ "+inner()+" }", "if (i == 2) continue; else n += i", "if ($i == \"\") break")
	case 12:
		return "for (k in x) { n++; if (k == " + v() + ") " + oneOf(w.r, "print k", "delete x[k]", "break") + " }"
	case 13:
		body := inner() + oneOf(w.r, "", "; if (n > 2) break", "; continue")
		name := fmt.Sprint("p", depth) // loops within each other count on their own
		return oneOf(w.r, name+" = 0; while ("+name+"++ < 2) { "+body+" }", name+" = 0; do { "+body+" } while ("+name+"++ < 1)")
	case 14:
		return oneOf(w.r, "$1 = $1", "$2 = \"\"", "$(NF + 2) = \"new\"", "NF = 2", "NF++", "$0 = \"p q r\"", "$3 = $1 $2", "NF = NF",
			"$NF = \"last\"", "$0 = $2", "NF -= 1", "$1 = \"\"; print; print NF")
	case 15:
		return oneOf(w.r, "getline", "getline s", "getline x[NR]", `getline s < "/w/one"; print s`,
			`while ((getline s < "/w/two") > 0) n++; close("/w/two"); print n`, `if ((getline s < "/nosuch") < 0) print "none"`, "print (getline s), s")
	case 16:
		return oneOf(w.r, `print "e" > "/dev/stderr"`, `print "o" > "/dev/stdout"`, "fflush()")
	case 17:
		return "print match(" + v() + ", /" + w.expression() + "/), RSTART, RLENGTH"
	case 18:
		return "print substr(" + v() + ", " + oneOf(w.r, "2", "0", "-1", "1.5", "NF", "n", v()) + oneOf(w.r, "", ", 2", ", 0", ", -1", ", 1.6",
			", 99", ", "+v()) + ")"
	case 19:
		return "print index(" + v() + ", " + v() + "), length(" + v() + "), toupper(" + v() + "), tolower(" + v() + ")"
	case 20:
		return "print int(" + v() + "), " + oneOf(w.r, "and(n, 5)", "or(NR, 8)", "xor(NF, 3)", "lshift(1, NR)", "compl(0)", "rshift(255, 2)",
			"sqrt(NR)", "exp(0)", "log(1)", "sin(0)", "cos(0)", "atan2(0, 1)", "2 ^ NF", "7 % NF", "2 ** 3")
	case 21:
		return "s = sprintf(" + oneOf(w.r, `"%s-%d"`, `"%5s"`, `"%c"`, `"%d%%"`) + ", " + v() + ", " + v() + "); print s"
	case 22:
		return oneOf(w.r, "FS = \":\"", "OFS = \"+\"", "RS = \"\"", "ORS = \"\\n\"", "NR = 10", "FNR = 1", "OFMT = \"%.1f\"", "SUBSEP = \"-\"")
	case 23:
		return oneOf(w.r, "nextfile", "x[NR] = NR; delete x[NR - 1]", "print length(x), length()", "print -$1, +$2, !$3", "print $1 $2, $1 == $2",
			"n = $1 > $2 ? $1 : $2")
	case 24:
		if !w.defines {
			return "print 1, " + v()
		}
		return "print f(" + v() + ", " + v() + ")"
	}
	return oneOf(w.r, "n = ", "s = ", "n += ", "n -= ", "s = s ", "n *= ", "n ^= ", "n %= ") + v()
}

func (w *awkWriter) value(depth int) string {
	if depth <= 0 || w.r.IntN(3) == 0 {
		return oneOf(w.r, "$1", "$2", "$NF", "$0", "NR", "NF", "n", "s", "x[1]", "x[$1]", "1", "2.5", "0", `"a"`, `"10"`, `""`, `"x y"`, "-1", "1e6",
			"0.1", "$(1)", "$5", "100000000000", "123456.789", `"3x"`, "010", "FILENAME", "y[2]")
	}
	a, b := w.value(depth-1), w.value(depth-1)
	return fmt.Sprintf(oneOf(w.r, "(%s + %s)", "(%s - %s)", "(%s * %s)", "(%s %s)", "(%s < %s)", "(%s == %s)", "(%s != %s)", "(%s >= %s)",
		"(%s && %s)", "(%s || %s)", "(%s ? %s : 7)", "(%s ~ %s)", "(%s in x) %s", "((%s, %s) in x)",
		"-%s %s", "!%s + %s", "%s %s", "(%s > 2 ? %s : 3)", "substr(%s, 1, 2) %s", "length(%s) %s", "(%s %% 7) %s", "int(%s) / 4 + %s"), a, b)
}
