package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Words of sed, grep and awk have letters beyond ASCII. "\<" and "\>" may stand before and behind anything, and "\B" holds at neither end of a line.
func TestWordsInExpressions(t *testing.T) {
	const lines = `printf '%s\n' 'é a' 'aé b' 'éa' 'caféx' 'é' '€5' 'a-é' 'ü_x' 'foo bär-b' '' '--' ' a ' 'ж' '中文字' '٣' '²' '😀a' > u; `
	var list []string
	for expression := range strings.FieldsSeq(`\bé é\b \ba a\b \<é é\> \<a a\> f\b \bx \<x f\> \Ba a\B é\B \Bé \b5 \B5 \<5 \w \W \w\b \W\b \W\W
		\B \B- \b \< \> \<. .\> \<[^f] \<.*\> \B.\B \b.\b ^\b \b$ ^\B \B$ ^\< \>$ a\b\b a\< \>-\< \w\> \W\< \<$ \Bo* \<\w*\>
		\<\(a\|-b\) \(x-\|foo\|bär\)\> \(\<a\) \(a\>\)* \(\b\|x\)a \<\(.\)\(.\)* \(\w*\)\b \b\(ä\|b\|ж\)*\b`) {
		list = append(list, lines+`e='`+expression+`'; sed "s/$e/<&>/" u; sed "s/$e/<&>/g" u; grep -on "$e" u; grep -c "$e" u`)
	}
	list = append(list, lines+`for w in é a f caf x 5; do grep -w $w u; grep -ow $w u; done`,
		lines+`for e in '\\bé' 'é\\b' '\\ba' 'a\\b' '\\w' '\\W' '\\<a' 'f\\>'; do awk "{ n = gsub(\"$e\", \"<&>\"); print n, \$0 }" u; done`)
	compareWithBusybox(t, batches(strings.Join(list, "\n")))
}

// TestRandomWordsInExpressions puts assertions about words at random places of random expressions.
func TestRandomWordsInExpressions(t *testing.T) {
	compareRandom(t, 300, func(r *rand.Rand) string {
		lines := printed(r, someLines(r, 4, "foo bar", "é a",
			"aé b-c", "naïve", "x_1 y2", "", " ", "--", "-a-", "über-x", "a.b", "日本 語", "a", "aa ab", "ж"))
		extended := r.IntN(2) == 0
		var b strings.Builder
		for range 1 + r.IntN(4) {
			b.WriteString(oneOf(r, "a", "é", "o", ".", "[a-f]", "[^a]", "-", `\w`, `\W`, "[[:alpha:]]", "x", "ж", ""))
			if last := b.String(); last != "" && !strings.HasSuffix(last, `\b`) && !strings.HasSuffix(last, `\B`) && !strings.HasSuffix(last, `\<`) &&
				!strings.HasSuffix(last, `\>`) {
				b.WriteString(oneOf(r, "", "", "*"))
			}
			b.WriteString(oneOf(r, `\b`, `\B`, `\<`, `\>`, ""))
		}
		expression, options := b.String(), ""
		if r.IntN(4) == 0 {
			expression = oneOf(r, `\b`, `\<`, "") + `\(` + expression + oneOf(r, `\|`+oneOf(r, "a", "é-", `-\>`)+`\)`, `\)`) + oneOf(r, `\b`, `\>`, `\B`, "")
		}
		if extended {
			options, expression = " -E", strings.NewReplacer(`\(`, "(", `\)`, ")", `\|`, "|").Replace(expression)
		}
		return lines + " | " + oneOf(r, "sed"+options+" 's/"+expression+"/<&>/"+oneOf(r, "", "g", "2")+"'", "grep -n"+options+" -e '"+expression+"'",
			"sed"+options+" -n '/"+expression+"/p'", "grep -o"+options+" -e '"+expression+"'", "grep -wn"+options+" -e '"+expression+"'")
	})
}
