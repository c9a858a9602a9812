package regex

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Perl is a regular expression of Perl's kind, as "grep -P" of GNU has it. It is read only if package regexp finds the same for certain: without
// back references, possessive repetitions and the like, and with lookbehind at its beginning and lookahead at its end only.
type Perl struct {
	first, later       *regexp.Regexp // from the beginning of a line, and from behind a character of it
	most               *regexp.Regexp // finds whatever one with other characters in its sets than ASCII's would; nil if sets have no doubtful ones
	conditions         []condition    // of the whole line
	behind             int            // characters that lookbehind looks at; -1 for one that must not be there
	unsure             doubt
	hasDigitsInBracket bool
	size               int
}

// condition is a lookahead behind the "^" that begins an expression.
type condition struct {
	re     *regexp.Regexp
	negate bool
}

// doubt says for which characters that are not ASCII versions of grep differ.
type doubt int

const (
	unsureOfDigits doubt = 1 << iota
	unsureOfSpaces
	unsureOfWords
	unsureOfAll
)

// ErrCharacters says that a match depends on the version of grep: whether "\w" and the like include characters that are not ASCII.
var ErrCharacters = UnsupportedError(`\w, \b, \s or the like, in text with letters, digits or spaces that are not ASCII,`)

// ParsePerl translates an expression. Each error is an [UnsupportedError], also where the expression is wrong.
func ParsePerl(pattern string, ignoreCase, wholeLine bool) (*Perl, error) {
	if len(pattern) > maxPattern {
		return nil, UnsupportedError(fmt.Sprintf("more than %d bytes", maxPattern))
	}
	if !utf8.ValidString(pattern) || strings.ContainsAny(pattern, "\x00\n") {
		return nil, UnsupportedError("a NUL, a newline or bytes that are not UTF-8")
	}
	p := perlParser{rest: pattern, fold: ignoreCase}
	parts, err := p.parse()
	if err != nil {
		return nil, err
	}
	if wholeLine {
		if parts.behind != nil || parts.ahead != nil || parts.before != nil || len(parts.conditions) > 0 {
			return nil, UnsupportedError(`lookaround or \K, for whole lines,`)
		}
		parts.body = &perlNode{kind: perlSequence, subs: []*perlNode{{kind: perlText, text: `\A`}, parts.body, {kind: perlText, text: `\z`}}}
	}
	re := &Perl{unsure: p.unsure, hasDigitsInBracket: p.hasDigitsInBracket}
	core, err := parts.core(re, false)
	if err != nil {
		return nil, err
	}
	re.size = programSize(core)
	first, later := core, `\A(?s:.)(?s:.*?)`+core
	if re.behind < 0 {
		sets, _ := parts.behind.sub.sets()
		set := `[` + sets[0].invert().text() + `]`
		first, later = `(?:\A|`+set+`)`+core, `\A(?s:.*?)`+set+core
	}
	if re.first, err = compilePerl(first); err == nil {
		re.later, err = compilePerl(later)
	}
	if err == nil && p.unsure != 0 {
		var most string
		if most, err = parts.core(re, true); err == nil {
			re.most, err = compilePerl(most)
		}
	}
	for _, c := range parts.conditions {
		var one *regexp.Regexp
		if err == nil {
			one, err = compilePerl(`\A` + c.sub.emit(false))
			re.conditions = append(re.conditions, condition{one, c.negate})
		}
	}
	if err != nil {
		return nil, err
	}
	return re, nil
}

func compilePerl(text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, UnsupportedError(fmt.Sprintf("repetitions of more than 1000 in all (%v)", err))
	}
	return re, nil
}

// HasDigitsInBracket reports whether "\d" is between brackets, which GNU grep 3.10 takes for something else.
func (re *Perl) HasDigitsInBracket() bool { return re.hasDigitsInBracket }

// Cost is what a search in a text of n bytes takes at most, as of [Expression.Cost].
func (re *Perl) Cost(n int) int { return (n + 1) * (2 + re.size/8) }

// Find returns the place of the first match in a line that begins at from, a place in the line, or behind it. It returns nil if nothing matches.
// The line is valid UTF-8. It fails with [ErrCharacters].
func (re *Perl) Find(line []byte, from int) ([]int, error) {
	if re.most != nil && re.isDoubtful(line) {
		if re.most.Match(line) {
			return nil, ErrCharacters
		}
		return nil, nil
	}
	for _, c := range re.conditions {
		if from > 0 || c.re.Match(line) == c.negate {
			return nil, nil
		}
	}
	search, begin := re.later, from
	switch {
	case from == 0:
		search = re.first
	case re.behind < 0:
		begin = back(line, from, 1)
	case re.behind > 0 && utf8.RuneCount(line[:from]) <= re.behind:
		search, begin = re.first, 0
	default:
		begin = back(line, from, re.behind+1)
	}
	m := search.FindSubmatchIndex(line[begin:])
	if m == nil {
		return nil, nil
	}
	return []int{begin + m[2], begin + m[3]}, nil
}

// back is the place of a number of characters before another.
func back(line []byte, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRune(line[:at])
		at -= size
	}
	return at
}

func (re *Perl) isDoubtful(line []byte) bool {
	for _, r := range string(line) {
		if r >= utf8.RuneSelf && re.unsure&doubtsOf(r) != 0 {
			return true
		}
	}
	return false
}

// doubtsOf returns the sets that a character may be in that is not ASCII. One that is not known may be in all.
func doubtsOf(r rune) doubt {
	switch {
	case unicode.IsNumber(r):
		return unsureOfDigits | unsureOfWords | unsureOfAll
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.Is(unicode.Pc, r):
		return unsureOfWords | unsureOfAll
	case unicode.IsPunct(r), unicode.IsSymbol(r):
		return unsureOfAll
	}
	return unsureOfDigits | unsureOfSpaces | unsureOfWords | unsureOfAll
}

// perlParts are the pieces of an expression.
type perlParts struct {
	conditions   []*perlLook // behind the "^" at the beginning
	behind       *perlLook
	before, body *perlNode // around \K; before is nil without
	ahead        *perlLook
}

// perlLook is a lookahead or a lookbehind.
type perlLook struct {
	sub    *perlNode
	negate bool
}

// core is the expression whose first group is the text that a match shows. With most, parts that may lead to further matches are included.
func (parts *perlParts) core(re *Perl, most bool) (string, error) {
	var b strings.Builder
	if look := parts.behind; look != nil {
		n, ok := look.sub.width()
		switch {
		case !ok || n == 0:
			return "", UnsupportedError("a lookbehind of various lengths")
		case !look.negate:
			re.behind = n
			b.WriteString(look.sub.emit(most))
		default:
			if sets, ok := look.sub.sets(); !ok || len(sets) != 1 {
				return "", UnsupportedError("a negative lookbehind of more than one character")
			}
			re.behind = -1
		}
	}
	if parts.before != nil {
		b.WriteString(parts.before.emit(most))
	}
	b.WriteString("(" + parts.body.emit(most) + ")")
	if look := parts.ahead; look != nil && !look.negate {
		b.WriteString(look.sub.emit(most))
	} else if look != nil {
		sets, ok := look.sub.sets()
		if !ok {
			return "", UnsupportedError("a negative lookahead of something other than a few characters")
		}
		if !most {
			b.WriteString(without(sets))
		}
	}
	return b.String(), nil
}

// without matches where no characters of the sets follow in their order.
func without(sets []perlRunes) string {
	text := ""
	for i := len(sets) - 1; i >= 0; i-- {
		rest := ""
		if text != "" {
			rest = `|[` + sets[i].text() + `]` + text
		}
		text = `(?:\z|[` + sets[i].invert().text() + `]` + rest + `)`
	}
	return text
}
