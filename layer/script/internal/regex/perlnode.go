package regex

import "slices"

type perlKind int

const (
	perlSequence perlKind = iota
	perlAlternatives
	perlSet
	perlText // an assertion, as package regexp has it
	perlRepetition
	perlLookAhead
	perlLookBehind
	perlKeep
)

// perlNode is a piece of an expression.
type perlNode struct {
	kind     perlKind
	subs     []*perlNode
	set      perlRunes
	text     string // of an assertion, or of how often something is repeated
	min, max int    // of a repetition; max is -1 without end
	negate   bool
}

// contains reports whether a piece has pieces of some kinds in it.
func (n *perlNode) contains(kinds ...perlKind) bool {
	return slices.Contains(kinds, n.kind) || slices.ContainsFunc(n.subs, func(sub *perlNode) bool { return sub.contains(kinds...) })
}

// emit writes a piece for package regexp, so that it stands alone. If most is set, it matches whatever the piece may match with other ideas of
// which characters that are not ASCII are letters.
func (n *perlNode) emit(most bool) string {
	text := ""
	switch n.kind {
	case perlText:
		if most && (n.text == `\b` || n.text == `\B`) {
			return ""
		}
		return n.text
	case perlSet:
		set := n.set
		if most && set.isDoubtful() {
			set = set.union(perlRunes{0x80, 0x10FFFF})
		}
		return "[" + set.text() + "]"
	case perlRepetition:
		return "(?:" + n.subs[0].emit(most) + ")" + n.text
	case perlAlternatives:
		for i, sub := range n.subs {
			if i > 0 {
				text += "|"
			}
			text += sub.emit(most)
		}
	default:
		for _, sub := range n.subs {
			text += sub.emit(most)
		}
	}
	return "(?:" + text + ")"
}

// shortest is the number of characters that a piece matches at least.
func (n *perlNode) shortest() int {
	total := 0
	switch n.kind {
	case perlSet:
		return 1
	case perlRepetition:
		return min(n.min*n.subs[0].shortest(), maxPattern)
	case perlAlternatives:
		total = maxPattern
		for _, sub := range n.subs {
			total = min(total, sub.shortest())
		}
	case perlSequence:
		for _, sub := range n.subs {
			total = min(total+sub.shortest(), maxPattern)
		}
	}
	return total
}

// width is the number of characters that a piece matches, if it is always the same.
func (n *perlNode) width() (total int, ok bool) {
	switch n.kind {
	case perlSet:
		return 1, true
	case perlText:
		return 0, true
	case perlRepetition:
		w, ok := n.subs[0].width()
		return w * n.min, ok && n.min == n.max && w*n.min <= maxPattern
	case perlAlternatives:
		total, ok = n.subs[0].width()
		for _, sub := range n.subs {
			w, isFixed := sub.width()
			ok = ok && isFixed && w == total
		}
		return total, ok
	case perlSequence:
		for _, sub := range n.subs {
			w, isFixed := sub.width()
			if total += w; !isFixed || total > maxPattern {
				return 0, false
			}
		}
		return total, true
	}
	return 0, false
}

// sets are the sets of characters that a piece consists of one after the other, at most eight.
func (n *perlNode) sets() (list []perlRunes, ok bool) {
	switch n.kind {
	case perlSet:
		return []perlRunes{n.set}, true
	case perlSequence:
		for _, sub := range n.subs {
			more, ok := sub.sets()
			if list = append(list, more...); !ok || len(list) > 8 {
				return nil, false
			}
		}
		return list, len(list) > 0
	case perlAlternatives:
		var all perlRunes
		for _, sub := range n.subs {
			one, ok := sub.sets()
			if !ok || len(one) != 1 {
				return nil, false
			}
			all = all.union(one[0])
		}
		return []perlRunes{all}, true
	}
	return nil, false
}
