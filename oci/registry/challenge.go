package registry

import (
	"strconv"
	"strings"
)

// chooseChallenge returns the challenge that a client can answer, of those in the headers WWW-Authenticate, of which each
// may have several (RFC 9110, 11.6.1): a Bearer with a realm, which also anonymous users can get a token from, before a
// Basic. Scheme and parameter names are spelled as oras-go wants them. It is "" without one of these.
func chooseChallenge(headers []string) string {
	basic := ""
	for _, header := range headers {
		for _, c := range parseChallenges(header) {
			switch {
			case strings.EqualFold(c.scheme, "bearer") && c.parameter("realm") != "":
				return c.String()
			case strings.EqualFold(c.scheme, "basic") && basic == "":
				basic = "Basic realm=" + strconv.Quote(c.parameter("realm"))
			}
		}
	}
	return basic
}

// A challenge is a scheme with parameters.
type challenge struct {
	scheme     string
	parameters [][2]string // names in lower case
}

func (c *challenge) parameter(name string) string {
	for _, p := range c.parameters {
		if p[0] == name {
			return p[1]
		}
	}
	return ""
}

// String returns a Bearer challenge with the parameters that matter.
func (c *challenge) String() string {
	var parts []string
	for _, name := range []string{"realm", "service", "scope", "error"} {
		if value := c.parameter(name); value != "" {
			parts = append(parts, name+"="+strconv.Quote(value))
		}
	}
	return "Bearer " + strings.Join(parts, ",")
}

// parseChallenges reads one header: schemes, each before its parameters, all separated by commas. The first that it cannot read
// ends the list.
func parseChallenges(header string) []challenge {
	var list []challenge
	rest := strings.TrimLeft(header, " \t,")
	for rest != "" {
		name, after := cutToken(rest)
		if name == "" {
			return list
		}
		spaced := strings.TrimLeft(after, " \t")
		if value, isParameter := strings.CutPrefix(spaced, "="); isParameter && len(list) > 0 && !strings.HasPrefix(value, "=") {
			var text string
			if text, rest = cutValue(strings.TrimLeft(value, " \t")); text != "" {
				c := &list[len(list)-1]
				c.parameters = append(c.parameters, [2]string{strings.ToLower(name), text})
			}
		} else {
			list = append(list, challenge{scheme: name})
			rest = spaced
			// A token68 (RFC 9110, 11.2), as Negotiate has it, is no parameter.
			if token, end := cutToken68(spaced); token != "" && (end == "" || strings.HasPrefix(strings.TrimLeft(end, " \t"), ",")) {
				rest = end
			}
		}
		rest = strings.TrimLeft(rest, " \t,")
	}
	return list
}

func cutToken(s string) (token, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

func cutToken68(s string) (token, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-._~+/", r))
	})
	if end < 0 {
		return s, ""
	}
	rest = strings.TrimLeft(s[end:], "=")
	return s[:len(s)-len(rest)], rest
}

// cutValue reads a token, or a text in quotes.
func cutValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ", \t")
		if end < 0 {
			return s, ""
		}
		return s[:end], s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
