// Package glob matches shell patterns, as fnmatch(3) of Alpine's libc does for apk and
// for busybox.
package glob

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Match matches a whole text, in which "*" and "?" match any character, slashes and
// dots too; fold ignores case. Time is bounded by the product of both lengths.
func Match(pattern, text string, fold bool) bool {
	if fold {
		pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	}
	return matcher{decode: utf8.DecodeRuneInString}.match(pattern, text)
}

// MatchWithin is Match with a bound: spend gets the steps that were made, and an error of
// it ends the match. It is called about every 4096 steps.
func MatchWithin(pattern, text string, spend func(steps int) error) (bool, error) {
	m := matcher{decode: utf8.DecodeRuneInString, spend: spend}
	return m.matchWithin(pattern, text)
}

// MatchPath matches a path with a pattern, both split at slashes, which no wildcard
// crosses: what apk does for triggers and protected directories. Apk sets no locale, so
// that bytes are compared, not characters.
func MatchPath(pattern, path string) bool {
	m := matcher{decode: decodeByte, strict: true}
	for {
		p, patternRest, patternMore := strings.Cut(pattern, "/")
		s, pathRest, pathMore := strings.Cut(path, "/")
		if patternMore != pathMore || !m.match(p, s) {
			return false
		}
		if !patternMore {
			return true
		}
		pattern, path = patternRest, pathRest
	}
}

type matcher struct {
	decode func(string) (rune, int) // the first character of a text that is not empty
	strict bool                     // a "\\" at the end matches nothing, not itself
	spend  func(steps int) error    // nil without a bound
}

// decodeByte takes a byte that is not ASCII for a character of no class, as musl does.
func decodeByte(s string) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	return 0xdf00 | rune(s[0]), 1
}

func (m matcher) match(pattern, text string) bool {
	ok, _ := m.matchWithin(pattern, text)
	return ok
}

// stepsAtATime is how many steps are made between two calls of spend.
const stepsAtATime = 4096

// matchWithin tries each star only at the last place where that helps.
func (m matcher) matchWithin(pattern, text string) (ok bool, err error) {
	steps := 0
	if m.spend != nil {
		defer func() {
			if err == nil {
				err = m.spend(steps + 1)
			}
		}()
	}
	star, from := -1, 0 // where to go on after the last "*", and what it has eaten up to
	p, t := 0, 0
	for t < len(text) {
		if steps++; p < len(pattern) && pattern[p] == '[' {
			if end := strings.IndexByte(pattern[p:], ']'); end >= 0 {
				steps += end // a set is read for each character
			} else {
				steps += len(pattern) - p
			}
		}
		if steps >= stepsAtATime && m.spend != nil {
			if err := m.spend(steps); err != nil {
				return false, err
			}
			steps = 0
		}
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, from = p, t
			continue
		}
		r, size := m.decode(text[t:])
		if r == utf8.RuneError && size == 1 { // fnmatch takes what is no character for the end, which nothing but the pattern's end matches
			if r = -1; p == len(pattern) && star < 0 {
				return true, nil
			}
		}
		if width := m.one(pattern[p:], r); width > 0 {
			p += width
			t += size
			continue
		}
		if star < 0 {
			return false, nil
		}
		_, size = m.decode(text[from:])
		from += size
		p, t = star, from
	}
	return strings.Trim(pattern[p:], "*") == "", nil
}

// one returns how many bytes of a pattern match one character; 0 if they do not.
func (m matcher) one(pattern string, r rune) int {
	if pattern == "" || r < 0 {
		return 0
	}
	switch pattern[0] {
	case '?':
		return 1
	case '[':
		if width, ok := m.set(pattern, r); width > 0 {
			if !ok {
				return 0
			}
			return width
		}
	case '\\':
		if len(pattern) > 1 {
			next, width := m.decode(pattern[1:])
			if next == r {
				return 1 + width
			}
			return 0
		}
		if m.strict {
			return 0
		}
	}
	if first, size := m.decode(pattern); first == r {
		return size
	}
	return 0
}

// set matches [...], in which a backslash is one of the characters; its width is 0 if it is not a set.
func (m matcher) set(pattern string, r rune) (width int, ok bool) {
	i, invert := 1, false
	if i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^') {
		invert = true
		i++
	}
	low := rune(pattern[i-1])
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, ok != invert
		}
		if rest := pattern[i:]; len(rest) > 1 && rest[0] == '[' && strings.IndexByte(":.=", rest[1]) >= 0 {
			end := strings.Index(rest[2:], rest[1:2]+"]")
			if end < 0 {
				return 0, false
			}
			end += 2
			ok = ok || rest[1] == ':' && inClass(rest[2:end], r) // musl knows no collating elements
			i += end + 2
			continue
		}
		if !first && pattern[i] == '-' && i+1 < len(pattern) && pattern[i+1] != ']' {
			i++
			high, _ := m.decode(pattern[i:]) // which is a member too, even if the range has none
			ok = ok || low <= r && r <= high
			continue
		}
		member, size := m.decode(pattern[i:])
		low, ok = member, ok || member == r
		i += size
	}
	return 0, false
}

func inClass(name string, r rune) bool {
	if r < utf8.RuneSelf {
		class := ByteClass(name)
		return class != nil && class(byte(r))
	}
	switch name {
	case "alpha", "alnum":
		return unicode.IsLetter(r)
	case "lower":
		return unicode.IsLower(r)
	case "upper":
		return unicode.IsUpper(r)
	case "print", "graph":
		return unicode.IsPrint(r)
	case "punct":
		return unicode.IsPunct(r) || unicode.IsSymbol(r)
	}
	return false
}

// ByteClass returns POSIX' character class of a name, such as "alpha", for ASCII; nil for
// an unknown name.
func ByteClass(name string) func(byte) bool {
	between := func(b, low, high byte) bool { return low <= b && b <= high }
	lower := func(b byte) bool { return between(b, 'a', 'z') }
	upper := func(b byte) bool { return between(b, 'A', 'Z') }
	digit := func(b byte) bool { return between(b, '0', '9') }
	alnum := func(b byte) bool { return lower(b) || upper(b) || digit(b) }
	switch name {
	case "alnum":
		return alnum
	case "alpha":
		return func(b byte) bool { return lower(b) || upper(b) }
	case "digit":
		return digit
	case "lower":
		return lower
	case "upper":
		return upper
	case "space":
		return func(b byte) bool { return b == ' ' || between(b, '\t', '\r') }
	case "blank":
		return func(b byte) bool { return b == ' ' || b == '\t' }
	case "cntrl":
		return func(b byte) bool { return b < ' ' || b == 0x7f }
	case "graph":
		return func(b byte) bool { return between(b, '!', '~') }
	case "print":
		return func(b byte) bool { return between(b, ' ', '~') }
	case "punct":
		return func(b byte) bool { return between(b, '!', '~') && !alnum(b) }
	case "xdigit":
		return func(b byte) bool { return digit(b) || between(b, 'a', 'f') || between(b, 'A', 'F') }
	}
	return nil
}
