package regex

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// perlParser reads an expression of Perl's kind.
type perlParser struct {
	rest               string
	fold               bool
	depth              int
	unsure             doubt
	hasDigitsInBracket bool
}

// parse reads the whole expression.
func (p *perlParser) parse() (*perlParts, error) {
	if rest, ok := strings.CutPrefix(p.rest, "(?i)"); ok {
		p.rest, p.fold = rest, true
	}
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, UnsupportedError("an unmatched )")
	}
	parts := &perlParts{}
	items := n.subs
	if n.kind != perlSequence {
		items = []*perlNode{n}
	}
	if len(items) > 0 && items[0].kind == perlText && items[0].text == `\A` {
		for len(items) > 1 && items[1].kind == perlLookAhead {
			parts.conditions = append(parts.conditions, &perlLook{items[1].subs[0], items[1].negate})
			items = append(items[:1:1], items[2:]...)
		}
	}
	if len(items) > 0 && items[0].kind == perlLookBehind {
		parts.behind = &perlLook{items[0].subs[0], items[0].negate}
		items = items[1:]
	}
	if last := len(items) - 1; last >= 0 && items[last].kind == perlLookAhead {
		parts.ahead = &perlLook{items[last].subs[0], items[last].negate}
		items = items[:last]
	}
	for i, item := range items {
		if item.kind == perlKeep && parts.before == nil {
			parts.before = &perlNode{kind: perlSequence, subs: items[:i]}
			items = items[i+1:]
			break
		}
	}
	parts.body = &perlNode{kind: perlSequence, subs: items}
	if parts.body.contains(perlKeep, perlLookAhead, perlLookBehind) {
		return nil, UnsupportedError(`\K or lookaround where they are not at the end or the beginning`)
	}
	for _, look := range append([]*perlLook{parts.behind, parts.ahead}, parts.conditions...) {
		if look != nil && look.sub.contains(perlKeep, perlLookAhead, perlLookBehind) {
			return nil, UnsupportedError(`\K or lookaround in lookaround`)
		}
	}
	if parts.before != nil && parts.before.contains(perlKeep, perlLookAhead, perlLookBehind) {
		return nil, UnsupportedError(`lookaround before \K`)
	}
	return parts, nil
}

func (p *perlParser) alternatives() (*perlNode, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, UnsupportedError("more than " + strconv.Itoa(maxNesting) + " parentheses within each other")
	}
	defer func() { p.depth-- }()
	var all []*perlNode
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if !strings.HasPrefix(p.rest, "|") {
			break
		}
		p.rest = p.rest[1:]
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return &perlNode{kind: perlAlternatives, subs: all}, nil
}

func (p *perlParser) sequence() (*perlNode, error) {
	n := &perlNode{kind: perlSequence}
	for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' {
		item, err := p.atom()
		if err == nil {
			item, err = p.repetition(item)
		}
		if err != nil {
			return nil, err
		}
		n.subs = append(n.subs, item)
	}
	return n, nil
}

func (p *perlParser) atom() (*perlNode, error) {
	r, size := utf8.DecodeRuneInString(p.rest)
	switch r {
	case '\\':
		return p.escape()
	case '[':
		set, err := p.bracket()
		return &perlNode{kind: perlSet, set: set}, err
	case '(':
		return p.group()
	case '*', '+', '?':
		return nil, UnsupportedError("a repetition of nothing")
	case '{':
		if bound := p.bound(); bound != "" {
			return nil, UnsupportedError("a repetition of nothing")
		}
	}
	p.rest = p.rest[size:]
	switch r {
	case '.':
		return &perlNode{kind: perlSet, set: perlRunes{'\n', '\n'}.invert()}, nil
	case '^':
		return &perlNode{kind: perlText, text: `\A`}, nil
	case '$':
		return &perlNode{kind: perlText, text: `\z`}, nil
	}
	set, err := p.folded(perlRunes{r, r})
	return &perlNode{kind: perlSet, set: set}, err
}

// group reads parentheses.
func (p *perlParser) group() (*perlNode, error) {
	n := &perlNode{kind: perlSequence}
	fold := p.fold
	kinds := [...]struct {
		begin  string
		kind   perlKind
		negate bool
	}{
		{"(?:", perlSequence, false}, {"(?i:", perlSequence, false}, {"(?=", perlLookAhead, false}, {"(?!", perlLookAhead, true},
		{"(?<=", perlLookBehind, false}, {"(?<!", perlLookBehind, true}, {"(", perlSequence, false},
	}
	for _, k := range kinds {
		rest, ok := strings.CutPrefix(p.rest, k.begin)
		if !ok {
			continue
		}
		if k.begin == "(" && rest != "" && (rest[0] == '?' || rest[0] == '*') {
			return nil, UnsupportedError(strconv.Quote(p.rest[:min(len(p.rest), 3)]))
		}
		p.rest, n.kind, n.negate = rest, k.kind, k.negate
		p.fold = fold || k.begin == "(?i:"
		break
	}
	sub, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	p.fold = fold
	if !strings.HasPrefix(p.rest, ")") {
		return nil, UnsupportedError("a missing )")
	}
	p.rest = p.rest[1:]
	n.subs = []*perlNode{sub}
	return n, nil
}

// repetition reads what follows an atom.
func (p *perlParser) repetition(of *perlNode) (*perlNode, error) {
	bound := p.bound()
	if bound == "" {
		return of, nil
	}
	p.rest = p.rest[len(bound):]
	n := &perlNode{kind: perlRepetition, subs: []*perlNode{of}, text: bound, max: -1}
	switch bound {
	case "?":
		n.max = 1
	case "*":
	case "+":
		n.min = 1
	default:
		low, high, isRange := strings.Cut(bound[1:len(bound)-1], ",")
		var err error
		if n.min, err = strconv.Atoi(low); err != nil || n.min > 1000 {
			return nil, UnsupportedError("the repetition " + bound)
		}
		if !isRange {
			high = low
		}
		if high != "" {
			if n.max, err = strconv.Atoi(high); err != nil || n.max < n.min || n.max > 1000 {
				return nil, UnsupportedError("the repetition " + bound)
			}
		}
	}
	if strings.HasPrefix(p.rest, "?") {
		p.rest = p.rest[1:]
		n.text += "?"
	} else if strings.HasPrefix(p.rest, "+") {
		return nil, UnsupportedError("a possessive repetition")
	}
	if p.bound() != "" {
		return nil, UnsupportedError("a repetition of a repetition")
	}
	switch {
	case of.kind != perlSet && of.kind != perlSequence:
		return nil, UnsupportedError("a repetition of an assertion")
	case n.max != 0 && n.max != 1 && of.shortest() == 0:
		return nil, UnsupportedError("a repetition of what may be empty")
	}
	return n, nil
}

// bound returns what repeats, if it is next. A brace may be just that.
func (p *perlParser) bound() string {
	if p.rest == "" {
		return ""
	}
	switch p.rest[0] {
	case '*', '+', '?':
		return p.rest[:1]
	case '{':
		if end := strings.IndexByte(p.rest, '}'); end > 1 && strings.Trim(p.rest[1:end], " \t,0123456789") == "" {
			return p.rest[:end+1]
		}
	}
	return ""
}

// escape reads a backslash and what it makes of the next character.
func (p *perlParser) escape() (*perlNode, error) {
	if len(p.rest) > 1 {
		text := ""
		switch p.rest[1] {
		case 'A':
			text = `\A`
		case 'z', 'Z':
			text = `\z`
		case 'b', 'B':
			text = p.rest[:2]
			p.unsure |= unsureOfWords
		case 'K':
			p.rest = p.rest[2:]
			return &perlNode{kind: perlKeep}, nil
		}
		if text != "" {
			p.rest = p.rest[2:]
			return &perlNode{kind: perlText, text: text}, nil
		}
	}
	if len(p.rest) > 1 && strings.IndexByte("DWS", p.rest[1]) >= 0 {
		p.unsure |= unsureOfAll // outside of brackets, PCRE2 10.42 takes no character that is not ASCII for one of these
	}
	set, isOne, err := p.escapedSet()
	if err == nil && isOne {
		set, err = p.folded(set)
	}
	return &perlNode{kind: perlSet, set: set}, err
}
