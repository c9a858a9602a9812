package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomEditing runs random scripts of sed here and in busybox.
func TestRandomEditing(t *testing.T) {
	compareRandom(t, 1500, func(r *rand.Rand) string {
		w := editor{r: r, extended: r.IntN(2) == 0}
		script := w.script()
		options := oneOf(r, "", "", "-n ")
		if w.extended {
			options += oneOf(r, "-E ", "-r ")
		}
		words := "'" + script + "'"
		switch r.IntN(8) {
		case 0: // a piece of the script an option
			words = ""
			for i, line := range strings.Split(script, "\n") {
				if i == 0 || r.IntN(2) == 0 {
					words += " -e '" + line + "'"
				} else {
					words = strings.TrimSuffix(words, "'") + "\n" + line + "'"
				}
			}
		case 1:
			return inScratch([]string{printed(r, w.lines()), printed(r, w.lines())},
				"sed "+options+words+oneOf(r, " f1 f2", " f2 - < f1", " f1 f3 f2", " -i f1 f2; cat f1 f2 f9", " -i.old f1; cat f1 f1.old"))
		}
		if strings.Contains(script, "w f") {
			return inScratch([]string{printed(r, w.lines())}, "sed "+options+words+" f1; cat f8 f9")
		}
		return printed(r, w.lines()) + " | sed " + options + words
	})
}

// editor writes scripts of sed that end.
type editor struct {
	r        *rand.Rand
	extended bool
	labels   int
	grows    bool // a substitution may put newlines into the pattern space
}

func (w *editor) lines() string {
	return someLines(w.r, 6, "foo", "bar", "a", "b", "", "abc", "aXb", "a b", "foo bar", "key=value", " x", "10", "a/b", `c\`, "x.y", "aaa", "é",
		"# c", "a\tb", "[s]", "FOO", "}")
}

func (w *editor) script() string {
	var b strings.Builder
	for range 1 + w.r.IntN(4) {
		line := w.command(2)
		b.WriteString(line)
		if strings.ContainsAny(line[strings.LastIndexByte(line, '\n')+1:], "aicrbtTw:}") {
			b.WriteString("\n") // what goes on to the end of the line
		} else {
			b.WriteString(oneOf(w.r, "\n", ";", " ; ", ";\n"))
		}
	}
	script := oneOf(w.r, "", "", "", "", "#n\n", "# note\n") + strings.TrimRight(b.String(), "\n")
	if w.grows || strings.ContainsAny(script, "GgHx") { // D would have no end
		script = strings.ReplaceAll(script, "D", "d")
	}
	return script
}

func (w *editor) operator(s string) string {
	if w.extended {
		return s
	}
	return `\` + s
}

func (w *editor) pattern() string {
	return oneOf(w.r, "a", "b", "foo", "o*", "^a", "b$", "[a-c]", ".", "^$", "x", `\.`, "=", " ", w.operator("(")+"a"+w.operator(")"),
		"a"+w.operator("|")+"b", "o"+w.operator("+"),
		"[^a]*", "", "$", "^", `\/`, "[/]", "a.*b", `\n`, "fo"+w.operator("?"), "[[:space:]]", "a"+w.operator("{")+"2"+w.operator("}"), `\b`, `\w`,
		"[]x]", "#")
}

func (w *editor) address() string {
	single := func() string {
		return oneOf(w.r, fmt.Sprint(1+w.r.IntN(4)), "$", "/"+w.pattern()+"/", "/"+w.pattern()+"/", `\,`+strings.ReplaceAll(w.pattern(), `\/`, "-")+",", "0")
	}
	switch w.r.IntN(8) {
	case 0, 1, 2:
		return ""
	case 3, 4:
		return single() + oneOf(w.r, "", "", "", "!", " ", " ! ")
	case 5:
		return single() + "," + oneOf(w.r, "+1", "+0", "+2", "5", "$") + oneOf(w.r, "", "!")
	}
	return single() + "," + single() + oneOf(w.r, "", "", "!", " ")
}

func (w *editor) text() string {
	return oneOf(w.r, "text", " text", `\text`, `\`+"\ntext", `\`+"\n  text", `one\`+"\ntwo", `a\tb`, `a\nb`, `a\\b`, "", "  ", `\  x`, "a;b", "a }",
		`x\`+"\n"+`\`+"\ny", `\a\b`, `\`+"\n")
}

func (w *editor) command(depth int) string {
	address := w.address()
	switch w.r.IntN(24) {
	case 0, 1, 2, 3, 4:
		return address + w.substitution()
	case 5:
		return address + oneOf(w.r, "y/abc/xyz/", "y/ab/ba/", `y/a\nb/-+_/`, `y,a/,/a,`, `y/\//x/`, `y/a\\/\\a/`, "y/ab/c/", "y/a/bc/", "y/aab/xyz/", "y///")
	case 6:
		return oneOf(w.r, "", "1", "$", "/a/") + oneOf(w.r, "a", "i") + w.text()
	case 7:
		return address + "c" + w.text()
	case 8, 9:
		if depth == 0 {
			return address + "p"
		}
		body := w.command(depth - 1)
		for range w.r.IntN(3) {
			body += "\n" + w.command(depth-1)
		}
		return address + oneOf(w.r, "{", "{ ") + body + oneOf(w.r, "\n}", "\n}", ";}", "}")
	case 10:
		if w.labels++; w.labels > 9 {
			return address + "x"
		}
		label := fmt.Sprint("l", w.labels)
		return address + oneOf(w.r, "b", "t", "T") + oneOf(w.r, "", " ") + label + "\n" + w.command(0) + "\n:" + label
	case 11:
		return address + oneOf(w.r, "b", "t", "T", "q", "d")
	case 12:
		return oneOf(w.r, ":a;N;$!ba;s/\\n/,/g", ":a\ns/^\\(x*\\)a/\\1x/\nta", "$!{N;D}", "$!N;P;D", "/\\\\$/{N;s/\\\\\\n//}", "1!G;h;$!d", "H;$!d;x",
			"n;d", "$!{h;d}\nH;x", "/^$/N;/\\n$/D")
	case 13:
		return address + oneOf(w.r, "r f2", "r nosuch", "r /w/two", "r")
	case 14:
		return address + oneOf(w.r, "D", "P", "N")
	case 15:
		return address + oneOf(w.r, "G", "g", "x")
	case 16:
		return address + oneOf(w.r, "k", "s/a/b", "s/a/b/k", "}", "y/a/b", "=x", "b nosuch", "dd", "1p", "w f9", "w f8", "R f", "q5")
	}
	return address + oneOf(w.r, "p", "d", "h", "H", "x", "n", "N", "P", "=", "p", "g")
}

func (w *editor) substitution() string {
	replacement := oneOf(w.r, "X", "[&]", "", `\&`, "a b", `\n`, `\t`, "&&", `\0`, `\\`, "x"+`\`+"\ny", "/", `<\1>`, "é", `\/`)
	pattern := w.pattern()
	if strings.Contains(replacement, `\1`) {
		pattern = w.operator("(") + oneOf(w.r, "a", "o*", ".") + w.operator(")") + oneOf(w.r, "", "b", "*", `\1`)
	}
	delimiter := oneOf(w.r, "/", "/", "/", ",", "|", "#")
	if delimiter != "/" {
		pattern, replacement = strings.ReplaceAll(pattern, `\/`, "/"), strings.ReplaceAll(replacement, `\/`, "/")
	} else if !strings.Contains(replacement, `\/`) {
		replacement = strings.ReplaceAll(replacement, "/", "+")
	}
	if strings.Contains(pattern, delimiter) && delimiter != "/" {
		delimiter = "%"
	}
	if w.grows = w.grows || strings.Contains(replacement, "n"); delimiter == "/" && pattern == "[/]" {
		delimiter = "!"
	}
	return "s" + delimiter + pattern + delimiter + replacement + delimiter + oneOf(w.r, "", "", "g", "g", "p", "2", "gp", "I", "gi", "2g", "2p", "g2",
		"w f9", "pp", " g", "3")
}
