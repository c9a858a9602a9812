package version

import "strings"

// ValidV2 reports whether a text is a version for apk 2.
func ValidV2(s string) bool {
	if s == "" {
		return false
	}
	t := tokenizerV2{rest: s, kind: v2Number}
	for t.kind != v2End && t.kind != v2Invalid {
		t.next()
	}
	return t.kind == v2End
}

// ValidV3 reports whether a text is a version for apk 3.
func ValidV3(s string) bool {
	t := newTokenizerV3(s)
	for t.kind < kindEnd {
		t.next()
	}
	return t.kind == kindEnd
}

// suffixes in their order; the first four are lower than no suffix at all.
var suffixes = [...]string{"alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"}

const preSuffixes = 4

// Kinds of tokens of apk 3, ranked: a lower one is the greater version.
const (
	kindFirst = iota
	kindNumber
	kindLetter
	kindSuffix
	kindSuffixNumber
	kindHash
	kindRevision
	kindEnd
	kindInvalid
)

// tokenizerV3 holds the current token and the rest.
type tokenizerV3 struct {
	rest string
	kind int
	text string // digits of numbers, the hash, the letter
	n    uint64 // value of numbers; position in suffixes
}

func newTokenizerV3(s string) tokenizerV3 {
	t := tokenizerV3{rest: s}
	t.number(kindFirst)
	return t
}

// number reads digits, at least one, with 64-bit wrap-around.
func (t *tokenizerV3) number(kind int) {
	i := 0
	t.n = 0
	for i < len(t.rest) && isDigit(t.rest[i]) {
		t.n = t.n*10 + uint64(t.rest[i]-'0')
		i++
	}
	t.kind, t.text, t.rest = kind, t.rest[:i], t.rest[i:]
	if i == 0 {
		t.kind = kindInvalid
	}
}

func (t *tokenizerV3) next() {
	if t.rest == "" {
		t.kind = kindEnd
		return
	}
	last := t.kind
	t.kind = kindInvalid
	switch c := t.rest[0]; {
	case isLower(c):
		if last <= kindNumber {
			t.kind, t.text, t.rest = kindLetter, t.rest[:1], t.rest[1:]
		}
	case c == '.':
		if last <= kindNumber {
			t.rest = t.rest[1:]
			t.number(kindNumber)
		}
	case isDigit(c):
		if last == kindSuffix {
			t.number(kindSuffixNumber)
		}
	case c == '_':
		if last <= kindSuffixNumber {
			i := 1
			for i < len(t.rest) && isLower(t.rest[i]) {
				i++
			}
			for n, s := range suffixes {
				if s == t.rest[1:i] {
					t.kind, t.n, t.rest = kindSuffix, uint64(n), t.rest[i:]
					return
				}
			}
		}
	case c == '~':
		if last < kindHash {
			i := 1
			for i < len(t.rest) && (isDigit(t.rest[i]) || 'a' <= t.rest[i] && t.rest[i] <= 'f') {
				i++
			}
			if i > 1 {
				t.kind, t.text, t.rest = kindHash, t.rest[1:i], t.rest[i:]
			}
		}
	case c == '-':
		if last < kindRevision && strings.HasPrefix(t.rest, "-r") {
			t.rest = t.rest[2:]
			t.number(kindRevision)
		}
	}
}

// CompareV3 compares two versions as apk 3 does: -1, 0 or 1. With fuzzy, a counts as equal when it goes on where b ends.
func CompareV3(a, b string, fuzzy bool) int {
	x, y := newTokenizerV3(a), newTokenizerV3(b)
	for x.kind == y.kind && x.kind < kindEnd {
		if c := x.compare(&y); c != 0 {
			return c
		}
		x.next()
		y.next()
	}
	switch {
	case x.kind == y.kind, fuzzy && y.kind == kindEnd:
		return 0
	case x.kind == kindSuffix && x.n < preSuffixes:
		return -1
	case y.kind == kindSuffix && y.n < preSuffixes:
		return 1
	case x.kind > y.kind:
		return -1
	}
	return 1
}

func (t *tokenizerV3) compare(u *tokenizerV3) int {
	switch t.kind {
	case kindNumber:
		if t.text[0] == '0' || u.text[0] == '0' {
			return strings.Compare(t.text, u.text)
		}
	case kindLetter, kindHash:
		return strings.Compare(t.text, u.text)
	}
	switch {
	case t.n < u.n:
		return -1
	case t.n > u.n:
		return 1
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// Kinds of tokens of apk 2: of the token to be read next.
const (
	v2Invalid = iota - 1
	v2DottedNumber
	v2Number
	v2Letter
	v2Suffix
	v2SuffixNumber
	v2Revision
	v2End
)

type tokenizerV2 struct {
	rest string
	kind int // of the token that comes next
}

// next reads a token, returns its value and finds out what follows it. Where the
// text ends behind a separator, as in "1." or "1_", that is the end as well.
func (t *tokenizerV2) next() int64 {
	if t.rest == "" {
		t.kind = v2End
		return 0
	}
	value := int64(0)
	switch t.kind {
	case v2DottedNumber, v2Number, v2SuffixNumber, v2Revision:
		if t.kind == v2DottedNumber && strings.HasPrefix(t.rest, "0") {
			zeros := len(t.rest) - len(strings.TrimLeft(t.rest, "0"))
			t.rest = t.rest[zeros-1:]
			t.kind = v2Number
			return -int64(zeros - 1)
		}
		i := 0
		for i < len(t.rest) && isDigit(t.rest[i]) {
			if i >= 17 {
				t.kind = v2Invalid
				return -1
			}
			value = value*10 + int64(t.rest[i]-'0')
			i++
		}
		t.rest = t.rest[i:]
	case v2Letter:
		value = int64(t.rest[0])
		t.rest = t.rest[1:]
	case v2Suffix:
		found := false
		for n, s := range suffixes {
			if strings.HasPrefix(t.rest, s) {
				value, t.rest, found = int64(n-preSuffixes), t.rest[len(s):], true
				break
			}
		}
		if !found {
			t.kind = v2Invalid
			return -1
		}
	default:
		t.kind = v2Invalid
		return -1
	}
	t.follow()
	return value
}

// follow finds the kind of the next token.
func (t *tokenizerV2) follow() {
	last := t.kind
	number := last == v2DottedNumber || last == v2Number
	next := v2Invalid
	switch {
	case t.rest == "":
		t.kind = v2End
		return
	case number && isLower(t.rest[0]):
		next = v2Letter
	case last == v2Letter && isDigit(t.rest[0]):
		next = v2Number
	case last == v2Suffix && isDigit(t.rest[0]):
		next = v2SuffixNumber
	case t.rest[0] == '.':
		next, t.rest = v2DottedNumber, t.rest[1:]
	case t.rest[0] == '_':
		next, t.rest = v2Suffix, t.rest[1:]
	case strings.HasPrefix(t.rest, "-r"):
		next, t.rest = v2Revision, t.rest[2:]
	}
	if next < last && !(last == v2Number && next == v2DottedNumber ||
		last == v2SuffixNumber && next == v2Suffix || last == v2Letter && next == v2Number) {
		next = v2Invalid
	}
	t.kind = next
}

// CompareV2 is compareV3 as apk 2 does it, for two versions that are there.
func CompareV2(a, b string, fuzzy bool) int {
	x, y := tokenizerV2{a, v2Number}, tokenizerV2{b, v2Number}
	var av, bv int64
	for x.kind == y.kind && x.kind != v2End && x.kind != v2Invalid && av == bv {
		av, bv = x.next(), y.next()
	}
	switch {
	case av < bv:
		return -1
	case av > bv:
		return 1
	case x.kind == y.kind || fuzzy:
		return 0
	case x.kind == v2Suffix && x.peekNegative():
		return -1
	case y.kind == v2Suffix && y.peekNegative():
		return 1
	case x.kind > y.kind:
		return -1
	}
	return 1
}

// peekNegative reports whether the token that comes next is negative; an unknown
// suffix is.
func (t tokenizerV2) peekNegative() bool { return t.next() < 0 }
