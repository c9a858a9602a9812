package regex

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// perlRunes is a set of characters: the first and the last of each range, in order. A doubtful character is in it if ASCII's rules say so.
type perlRunes []rune

var (
	perlDigits = perlRunes{'0', '9'}
	perlWords  = perlRunes{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
	perlSpaces = perlRunes{'\t', '\r', ' ', ' '}
	perlBlanks = perlRunes{'\t', '\t', ' ', ' '}
	perlBreaks = perlRunes{'\n', '\r'}
)

// doubtful stands in a set for its characters that are not ASCII: it is behind the last character.
const doubtful = unicode.MaxRune + 1

func (s perlRunes) isDoubtful() bool { return len(s) > 0 && s[len(s)-1] == doubtful }

// plain is the set without the mark of doubt.
func (s perlRunes) plain() perlRunes {
	if s.isDoubtful() {
		return s[:len(s)-2]
	}
	return s
}

// union returns the characters of both sets.
func (s perlRunes) union(other perlRunes) perlRunes {
	type span struct{ from, to rune }
	var spans []span
	for _, set := range []perlRunes{s, other} {
		for i := 0; i < len(set); i += 2 {
			spans = append(spans, span{set[i], set[i+1]})
		}
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	var all perlRunes
	for _, x := range spans {
		if last := len(all) - 1; last > 0 && x.from != doubtful && x.from <= all[last]+1 {
			all[last] = max(all[last], x.to)
		} else if last < 0 || all[last] != doubtful {
			all = append(all, x.from, x.to)
		}
	}
	return all
}

// invert returns all other characters. Doubtful ones stay doubtful.
func (s perlRunes) invert() perlRunes {
	var all perlRunes
	next := rune(0)
	plain := s.plain()
	for i := 0; i < len(plain); i += 2 {
		if plain[i] > next {
			all = append(all, next, plain[i]-1)
		}
		next = plain[i+1] + 1
	}
	if next <= unicode.MaxRune {
		all = append(all, next, unicode.MaxRune)
	}
	if s.isDoubtful() {
		all = append(all, doubtful, doubtful)
	}
	return all
}

// text is the set as package regexp has it between brackets.
func (s perlRunes) text() string {
	plain := s.plain()
	if len(plain) == 0 {
		return strings.Trim(never, "[]")
	}
	var b strings.Builder
	for i := 0; i < len(plain); i += 2 {
		fmt.Fprintf(&b, `\x{%X}-\x{%X}`, plain[i], plain[i+1])
	}
	return b.String()
}

// folded adds the same letters in other case, if that is asked for.
func (p *perlParser) folded(s perlRunes) (perlRunes, error) {
	if !p.fold {
		return s, nil
	}
	all := s
	for i := 0; i < len(s); i += 2 {
		if s[i] == s[i+1] && unicode.In(s[i], unicode.P, unicode.S) && unicode.SimpleFold(s[i]) == s[i] {
			continue
		}
		if s[i+1] >= utf8.RuneSelf {
			return nil, UnsupportedError("characters that are not ASCII in any case")
		}
		for r := s[i]; r <= s[i+1]; r++ {
			for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
				all = all.union(perlRunes{other, other})
			}
		}
	}
	return all, nil
}

// unsureOf adds the mark of doubt.
func (p *perlParser) unsureOf(s perlRunes, what doubt) perlRunes {
	p.unsure |= what
	return s.union(perlRunes{doubtful, doubtful})
}

// escapedSet reads a backslash and the next character, where that is a set or stands for one character.
func (p *perlParser) escapedSet() (set perlRunes, isOne bool, err error) {
	if len(p.rest) < 2 {
		return nil, false, UnsupportedError(`\ at the end`)
	}
	letter := p.rest[1]
	one := rune(-1)
	switch letter {
	case 'd', 'D':
		set = p.unsureOf(perlDigits, unsureOfDigits)
	case 'w', 'W':
		set = p.unsureOf(perlWords, unsureOfWords)
	case 's', 'S':
		set = p.unsureOf(perlSpaces, unsureOfSpaces)
	case 'h', 'H':
		set = p.unsureOf(perlBlanks, unsureOfSpaces)
	case 'v', 'V':
		set = p.unsureOf(perlBreaks, unsureOfSpaces)
	case 't':
		one = '\t'
	case 'r':
		one = '\r'
	case 'f':
		one = '\f'
	case 'e':
		one = '\x1b'
	case 'a':
		one = '\a'
	case 'x':
		if len(p.rest) < 4 {
			return nil, false, UnsupportedError(`"\x"`)
		}
		n, err := strconv.ParseUint(p.rest[2:4], 16, 8)
		if err != nil || n == 0 || n >= utf8.RuneSelf || p.rest[2] == '+' {
			return nil, false, UnsupportedError(strconv.Quote(p.rest[:4]))
		}
		p.rest = p.rest[2:]
		one = rune(n)
	default:
		if letter >= utf8.RuneSelf || letter < ' ' || letter == 0x7F || isPerlWord(letter) && letter != '_' {
			return nil, false, UnsupportedError(strconv.Quote(p.rest[:2]))
		}
		one = rune(letter)
	}
	p.rest = p.rest[2:]
	if one >= 0 {
		return perlRunes{one, one}, true, nil
	}
	if letter < 'a' {
		set = set.invert()
	}
	return set, false, nil
}

func isPerlWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

// bracket reads a set in brackets.
func (p *perlParser) bracket() (perlRunes, error) {
	rest, negate := strings.CutPrefix(p.rest[1:], "^")
	p.rest = rest
	var all perlRunes
	for isFirst := true; ; isFirst = false {
		if p.rest == "" {
			return nil, UnsupportedError("a missing ]")
		}
		if p.rest[0] == ']' && !isFirst {
			p.rest = p.rest[1:]
			break
		}
		set, isOne, err := p.member()
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(p.rest, "-") && !strings.HasPrefix(p.rest, "-]") {
			p.rest = p.rest[1:]
			end, isEnd := perlRunes(nil), false
			if p.rest != "" {
				if end, isEnd, err = p.member(); err != nil {
					return nil, err
				}
			}
			if !isOne || !isEnd || end[0] < set[0] {
				return nil, UnsupportedError("an invalid range of characters")
			}
			set = perlRunes{set[0], end[0]}
		}
		if isOne {
			if set, err = p.folded(set); err != nil {
				return nil, err
			}
		}
		all = all.union(set)
	}
	if negate {
		all = all.invert()
	}
	return all, nil
}

// member reads one character or set in brackets.
func (p *perlParser) member() (set perlRunes, isOne bool, err error) {
	r, size := utf8.DecodeRuneInString(p.rest)
	switch {
	case r == '\\':
		if strings.HasPrefix(p.rest, `\d`) {
			p.hasDigitsInBracket = true
		}
		return p.escapedSet()
	case r == '[' && len(p.rest) > 1 && strings.IndexByte(":.=", p.rest[1]) >= 0:
		set, err := p.class()
		return set, false, err
	}
	p.rest = p.rest[size:]
	return perlRunes{r, r}, true, nil
}

// class reads a class such as [:digit:].
func (p *perlParser) class() (perlRunes, error) {
	name, rest, ok := strings.Cut(p.rest[2:], ":]")
	if !ok || p.rest[1] != ':' || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
		return nil, UnsupportedError(`"[` + p.rest[1:2] + `" in brackets`)
	}
	p.rest = rest
	letters := perlRunes{'A', 'Z', 'a', 'z'}
	var set perlRunes
	what := unsureOfWords
	switch name {
	case "digit":
		set, what = perlDigits, unsureOfDigits
	case "alpha":
		set = letters
	case "alnum":
		set = letters.union(perlDigits)
	case "word":
		set = perlWords
	case "upper":
		set = perlRunes{'A', 'Z'}
	case "lower":
		set = perlRunes{'a', 'z'}
	case "space":
		set, what = perlSpaces, unsureOfSpaces
	case "blank":
		set, what = perlBlanks, unsureOfSpaces
	case "xdigit":
		set = perlRunes{'0', '9', 'A', 'F', 'a', 'f'}
	case "punct", "graph", "print":
		what = unsureOfAll
		set = map[string]perlRunes{"punct": {'!', '/', ':', '@', '[', '`', '{', '~'}, "graph": {'!', '~'}, "print": {' ', '~'}}[name]
	default:
		return nil, UnsupportedError("the class [:" + name + ":]")
	}
	if p.fold && (name == "upper" || name == "lower") {
		set = letters
	}
	return p.unsureOf(set, what), nil
}
