package script

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fnmatch matches a whole text against a shell pattern in which "*" and "?" match any
// character, slashes and dots too. Its time is bounded by the product of both lengths.
func fnmatch(pattern, text string, fold bool) bool {
	if fold {
		pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	}
	star, from := -1, 0 // where to go on after the last "*", and what it has eaten up to
	p, t := 0, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, from = p, t
			continue
		}
		r, size := utf8.DecodeRuneInString(text[t:])
		if width := matchOne(pattern[p:], r); width > 0 {
			p += width
			t += size
			continue
		}
		if star < 0 {
			return false
		}
		_, size = utf8.DecodeRuneInString(text[from:])
		from += size
		p, t = star, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne returns how many bytes of a pattern match one character; 0 if they do not.
func matchOne(pattern string, r rune) int {
	if pattern == "" {
		return 0
	}
	first, size := utf8.DecodeRuneInString(pattern)
	switch first {
	case '?':
		return 1
	case '[':
		if width, ok := matchSet(pattern, r); width > 0 {
			if !ok {
				return 0
			}
			return width
		}
	case '\\':
		if len(pattern) > 1 {
			next, width := utf8.DecodeRuneInString(pattern[1:])
			if next == r {
				return 1 + width
			}
			return 0
		}
	}
	if first == r {
		return size
	}
	return 0
}

// matchSet matches [...]; its width is 0 if it is none.
func matchSet(pattern string, r rune) (width int, ok bool) {
	i, invert := 1, false
	if i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^') {
		invert = true
		i++
	}
	next := func() rune {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		member, size := utf8.DecodeRuneInString(pattern[i:])
		i += size
		return member
	}
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, ok != invert
		}
		if rest := pattern[i:]; strings.HasPrefix(rest, "[:") {
			if end := strings.Index(rest, ":]"); end > 0 {
				ok = ok || inClass(rest[2:end], r)
				i += end + 2
				continue
			}
		}
		low := next()
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			i++
			high = next()
		}
		ok = ok || low <= r && r <= high
	}
	return 0, false
}

func inClass(name string, r rune) bool {
	if r < utf8.RuneSelf {
		class := byteClass(name)
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
