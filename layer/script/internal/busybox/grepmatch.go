package busybox

import (
	"bytes"
)

// cost is what matching a line takes: with -o and -w it is searched more than once.
func (g *grepper) cost(text []byte) int {
	n := 0
	for i := range g.patterns {
		if re := g.patterns[i].re; re != nil {
			n += re.Cost(len(text))
		} else if perl := g.patterns[i].perl; perl != nil {
			n += perl.Cost(len(text))
		} else {
			n += len(text) + 1
		}
	}
	if g.only || g.words {
		n *= 2
	}
	return n
}

// match returns the pattern that a line has and where.
func (g *grepper) match(text []byte) (*grepPattern, []int) {
	folded := text
	if g.fixed && g.ignoreCase {
		folded = upper(text)
	}
	for i := len(g.patterns) - 1; i >= 0; i-- { // busybox begins with the last one
		p := &g.patterns[i]
		if p.bad != nil {
			g.c.complain("bad regex '%s': %v", p.text, p.bad)
			p.bad = exitStatus(2)
			return p, nil
		}
		if p.perl != nil {
			var m []int
			if m, g.problem = p.perl.Find(text, 0); m != nil || g.problem != nil {
				return p, m
			}
			continue
		}
		if m := g.matchOne(p, folded); m != nil {
			return p, m
		}
	}
	return nil, nil
}

func (g *grepper) matchOne(p *grepPattern, text []byte) []int {
	if g.fixed && len(p.text) == 0 && g.ignoreCase { // is in no empty text, by strcasestr(3), nor behind the last character
		for at := range text {
			if !g.whole && (!g.words || isWordAt(text, at, at)) {
				return []int{0, 0}
			}
		}
		return nil
	}
	if g.fixed && g.whole {
		if bytes.Equal(text, p.folded) {
			return []int{0, len(text)}
		}
		return nil
	}
	if g.fixed && len(p.text) == 0 {
		return []int{0, 0}
	}
	for from := 0; from <= len(text); {
		var m []int
		if g.fixed {
			at := bytes.Index(text[from:], p.folded)
			if at < 0 {
				return nil
			}
			m = []int{at, at + len(p.text)}
		} else if m = p.re.Find(text[from:], from > 0); m == nil {
			return nil
		}
		start, end := from+m[0], from+m[1]
		switch {
		case g.whole:
			if start == 0 && end == len(text) {
				return []int{start, end}
			}
			return nil
		case !g.words, isWordAt(text, start, end):
			// Busybox counts from where it looked last, which -o then shows.
			return m[:2]
		case m[1] == 0: // libc would loop without end
			return nil
		case g.fixed:
			from = start + 1
		default:
			from = end
		}
	}
	return nil
}

// isWordAt reports whether no character of words is before or behind a part of a text.
func isWordAt(text []byte, start, end int) bool {
	return (start == 0 || !isWordByte(text[start-1])) && (end == len(text) || !isWordByte(text[end]))
}
