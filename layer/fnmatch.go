package layer

import "strings"

// fnmatch matches a path with a shell pattern, both split at slashes, which no
// wildcard crosses: fnmatch(3) with FNM_PATHNAME, as apk calls it for triggers
// and protected directories. Bytes are compared, not characters.
func fnmatch(pattern, path string) bool {
	for {
		p, patternRest, patternMore := strings.Cut(pattern, "/")
		s, pathRest, pathMore := strings.Cut(path, "/")
		if patternMore != pathMore || !matchName(p, s) {
			return false
		}
		if !patternMore {
			return true
		}
		pattern, path = patternRest, pathRest
	}
}

// matchName matches one name. It tries each star only at the last place where
// that helps, so that no pattern takes more than len(pattern)*len(name) steps.
func matchName(pattern, name string) bool {
	star, retry := -1, 0
	p, i := 0, 0
	for i < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, retry = p, i
			p++
			continue
		}
		if p < len(pattern) {
			if n, ok := matchByte(pattern[p:], name[i]); ok {
				p += n
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		retry++
		p, i = star+1, retry
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchByte matches a byte with the first item of a pattern that is not a star,
// and says how long the item is.
func matchByte(pattern string, c byte) (int, bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		if n, ok := matchBracket(pattern, c); n > 0 {
			return n, ok
		}
		return 1, c == '['
	case '\\':
		if len(pattern) > 1 {
			return 2, c == pattern[1]
		}
		return 1, false
	}
	return 1, c == pattern[0]
}

// matchBracket matches "[…]"; the length is 0 if there is no closing bracket.
func matchBracket(pattern string, c byte) (int, bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	found := false
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, found != negated
		}
		if class, rest, ok := strings.Cut(strings.TrimPrefix(pattern[i:], "[:"), ":]"); ok && strings.HasPrefix(pattern[i:], "[:") {
			found = found || inClass(class, c)
			i = len(pattern) - len(rest)
			continue
		}
		low, n := bracketByte(pattern[i:])
		i += n
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			high, n = bracketByte(pattern[i+1:])
			i += 1 + n
		}
		found = found || low <= c && c <= high
	}
	return 0, false
}

func bracketByte(pattern string) (byte, int) {
	if pattern[0] == '\\' && len(pattern) > 1 {
		return pattern[1], 2
	}
	return pattern[0], 1
}

func inClass(class string, c byte) bool {
	upper, lower, digit := 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9'
	graph := '!' <= c && c <= '~'
	switch class {
	case "alnum":
		return upper || lower || digit
	case "alpha":
		return upper || lower
	case "blank":
		return c == ' ' || c == '\t'
	case "cntrl":
		return c < ' ' || c == 0x7f
	case "digit":
		return digit
	case "graph":
		return graph
	case "lower":
		return lower
	case "print":
		return graph || c == ' '
	case "punct":
		return graph && !upper && !lower && !digit
	case "space":
		return c == ' ' || '\t' <= c && c <= '\r'
	case "upper":
		return upper
	case "xdigit":
		return digit || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
	}
	return false
}
