package xmlcatalog

import (
	"strconv"
	"strings"
)

const (
	letters    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits     = "0123456789"
	unreserved = letters + digits + "-._~"
	subDelims  = "!$&'()*+,;="
	pathChars  = unreserved + subDelims + ":@"
)

// allOf: s has only the given characters and percent encodings (RFC 3986, 2.1).
func allOf(s, chars string) bool {
	const hex = digits + "abcdefABCDEF"
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if i+2 >= len(s) || strings.IndexByte(hex, s[i+1]) < 0 || strings.IndexByte(hex, s[i+2]) < 0 {
				return false
			}
			i += 2
		} else if strings.IndexByte(chars, s[i]) < 0 {
			return false
		}
	}
	return true
}

type reference struct {
	scheme, authority, path, query, fragment string
	hasAuthority                             bool
}

// split divides a reference at its separators, as RFC 3986 (appendix B) does.
func split(s string) (r reference) {
	s, r.fragment, _ = strings.Cut(s, "#")
	s, r.query, _ = strings.Cut(s, "?")
	if i := strings.IndexByte(s, ':'); i > 0 && strings.IndexByte(letters, s[0]) >= 0 && strings.Trim(s[:i], letters+digits+"+-.") == "" {
		r.scheme, s = s[:i], s[i+1:]
	}
	if strings.HasPrefix(s, "//") {
		r.hasAuthority = true
		s = s[2:]
		i := strings.IndexByte(s, '/')
		if i < 0 {
			i = len(s)
		}
		r.authority, s = s[:i], s[i:]
	}
	r.path = s
	return r
}

// isReference says whether libxml2 takes s for a URI reference: RFC 3986, but
// fragments may have brackets, for XPointer.
func isReference(s string) bool {
	r := split(s)
	if !allOf(r.fragment, pathChars+"/?[]") || !allOf(r.query, pathChars+"/?") || !allOf(r.path, pathChars+"/") {
		return false
	}
	if r.hasAuthority {
		return isAuthority(r.authority)
	}
	first, _, _ := strings.Cut(r.path, "/")
	return r.scheme != "" || !strings.Contains(first, ":")
}

func isAuthority(s string) bool {
	if user, host, ok := strings.Cut(s, "@"); ok {
		if !allOf(user, unreserved+subDelims+":") {
			return false
		}
		s = host
	}
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 0 {
			return false
		}
		return isPort(s[i+1:])
	}
	i := strings.IndexByte(s, ':')
	if i < 0 {
		i = len(s)
	}
	return allOf(s[:i], unreserved+subDelims) && isPort(s[i:])
}

func isPort(s string) bool {
	if s == "" {
		return true
	}
	_, err := strconv.ParseUint(s[1:], 10, 31)
	return s[0] == ':' && err == nil
}

// resolve gives references that lead to the same place the same text, for a
// catalog in a directory of unknown name.
func resolve(s string) string {
	r := split(s)
	if r.scheme != "" || r.hasAuthority || s == "" {
		return s
	}
	path := r.path
	if !strings.HasPrefix(path, "/") {
		path = "\x00/" + path // the directory of the catalog
	}
	var list []string
	for part := range strings.SplitSeq(path, "/") {
		switch {
		case part == ".":
		case part == ".." && len(list) > 1 && list[len(list)-1] != "..":
			list = list[:len(list)-1]
		default:
			list = append(list, part)
		}
	}
	path = strings.Join(list, "/")
	if strings.HasSuffix(r.path, "/.") || strings.HasSuffix(r.path, "/..") || r.path == "." || r.path == ".." {
		path += "/"
	}
	return path + "?" + r.query + "#" + r.fragment
}
