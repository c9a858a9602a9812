package regex

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Assertions about words, as libc has them. Package regexp knows other words, of ASCII alone, and no ends of words, so that an expression
// with one of these is matched here: always, or where a text has bytes beyond ASCII.
const (
	wordStart = `(?m:^)` // "\<", which stands for what package regexp calls the beginning of a line
	wordEnd   = `(?m:$)` // "\>"
	noEdge    = `\B`
)

// wordEdge is "\b": libc takes both ends of a text for one, also where no word is there.
const wordEdge = `(?:\b|\A|\z)`

// wordMatcher matches a compiled expression thread by thread, as package regexp may.
type wordMatcher struct {
	prog *syntax.Prog
	size int // of the places of all groups
}

// newWordMatcher compiles a translated expression in which "\A" is the beginning of a line.
func newWordMatcher(text string, groups int) (*wordMatcher, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(parsed.Simplify())
	return &wordMatcher{prog, 2 * (groups + 1)}, err
}

// wordThread is a way through the expression: the next instruction, and where groups begin and end.
type wordThread struct {
	at     uint32
	places []int
}

// wordRun is one search.
type wordRun struct {
	*wordMatcher
	text   []byte
	notBOL bool
	next   []wordThread
	seen   []int // for each instruction the place for which it was added last, and 1
}

// find returns the leftmost and longest match as regexp.FindSubmatchIndex does, or nil.
func (m *wordMatcher) find(text []byte, notBOL bool) []int {
	r := wordRun{wordMatcher: m, text: text, notBOL: notBOL, seen: make([]int, len(m.prog.Inst))}
	var found []int
	var threads []wordThread
	for pos := 0; ; {
		if found == nil {
			r.next = threads
			places := slices.Repeat([]int{-1}, m.size)
			places[0] = pos
			r.add(uint32(m.prog.Start), pos, places)
			threads = r.next
		}
		if len(threads) == 0 && found != nil {
			return found
		}
		char, size := utf8.DecodeRune(text[pos:])
		r.next = nil
		for _, t := range threads {
			inst := &m.prog.Inst[t.at]
			switch {
			case found != nil && t.places[0] > found[0]:
			case inst.Op == syntax.InstMatch:
				if found == nil || t.places[0] < found[0] || pos > found[1] {
					found = slices.Clone(t.places)
					found[1] = pos
				}
			case size > 0 && inst.MatchRune(char):
				r.add(inst.Out, pos+size, t.places)
			}
		}
		if threads = r.next; size == 0 {
			return found
		}
		pos += size
	}
}

// add adds the threads that go on from an instruction without a character.
func (r *wordRun) add(at uint32, pos int, places []int) {
	if r.seen[at] == pos+1 {
		return
	}
	r.seen[at] = pos + 1
	switch inst := &r.prog.Inst[at]; inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		r.add(inst.Out, pos, places)
		r.add(inst.Arg, pos, places)
	case syntax.InstCapture:
		if int(inst.Arg) > 1 && int(inst.Arg) < len(places) {
			places = slices.Clone(places)
			places[inst.Arg] = pos
		}
		r.add(inst.Out, pos, places)
	case syntax.InstNop:
		r.add(inst.Out, pos, places)
	case syntax.InstEmptyWidth:
		if r.holds(syntax.EmptyOp(inst.Arg), pos) {
			r.add(inst.Out, pos, places)
		}
	case syntax.InstFail:
	default:
		r.next = append(r.next, wordThread{at, places})
	}
}

// holds reports whether an assertion is true at a place.
func (r *wordRun) holds(op syntax.EmptyOp, pos int) bool {
	before, _ := utf8.DecodeLastRune(r.text[:pos])
	behind, _ := utf8.DecodeRune(r.text[pos:])
	first, last := pos == 0, pos == len(r.text)
	left, right := !first && isWordRune(before), !last && isWordRune(behind)
	switch op {
	case syntax.EmptyBeginText:
		return first && !r.notBOL
	case syntax.EmptyEndText:
		return last
	case syntax.EmptyBeginLine:
		return !left && right
	case syntax.EmptyEndLine:
		return left && !right
	case syntax.EmptyWordBoundary:
		return first || last || left != right
	}
	return !first && !last && left == right
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isWord(byte(r))
	}
	return unicode.In(r, unicode.L, unicode.Nd, unicode.Nl)
}
