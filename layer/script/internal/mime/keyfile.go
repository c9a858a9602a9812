package mime

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiSpace is what GLib takes as space; a vertical tab is not.
const asciiSpace = " \t\n\f\r"

// parseKeyFile reads the groups of a file as GKeyFile of GLib does. For a file with an error it returns nothing.
// Where a group or a key is there twice, the last value counts.
func parseKeyFile(data string) map[string]map[string]string {
	groups := map[string]map[string]string{}
	var group map[string]string
	first, current := "", ""
	for data != "" {
		line, rest, ended := strings.Cut(data, "\n")
		data = rest
		if ended {
			line = strings.TrimSuffix(line, "\r")
		}
		line = strings.TrimLeft(line, asciiSpace)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, ok := groupLine(line); ok {
			if !isGroupName(name) {
				return nil
			}
			if current = name; first == "" {
				first = name
			}
			if groups[name] == nil {
				groups[name] = map[string]string{}
			}
			group = groups[name]
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimRight(key, asciiSpace)
		value = strings.TrimLeft(value, asciiSpace)
		if !ok || line[0] == '=' || group == nil || !isKeyName(key) {
			return nil
		}
		if key == "Encoding" && current == first && !strings.EqualFold(value, "UTF-8") {
			return nil
		}
		group[key] = value
	}
	return groups
}

// groupLine returns what is in brackets on a line that has nothing else.
func groupLine(line string) (string, bool) {
	if line[0] != '[' {
		return "", false
	}
	name, rest, ok := strings.Cut(line[1:], "]")
	return name, ok && strings.Trim(rest, " \t") == ""
}

func isGroupName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || c == '[' || c == ']' {
			return false
		}
	}
	return name != ""
}

// isKeyName tells whether a key is valid: it may have a locale in brackets at its end.
func isKeyName(key string) bool {
	n := strings.IndexAny(key, "[]")
	if n < 0 {
		n = len(key)
	}
	name, locale := key[:n], key[n:]
	if name == "" || name[0] == ' ' || name[len(name)-1] == ' ' {
		return false
	}
	if locale == "" {
		return true
	}
	if locale[0] != '[' || locale[len(locale)-1] != ']' {
		return false
	}
	locale = locale[1 : len(locale)-1]
	for i, r := range locale {
		if r == utf8.RuneError && !strings.HasPrefix(locale[i:], "\ufffd") ||
			!unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("-_.@", r) {
			return false
		}
	}
	return true
}

// isTrue reads a boolean value.
func isTrue(value string) bool {
	value = strings.TrimRight(value, asciiSpace)
	return value == "true" || value == "1"
}

// stringList reads a list of strings that end with semicolons. It returns nothing where there is an error in it.
func stringList(value string) []string {
	if !utf8.ValidString(value) {
		return nil
	}
	var list []string
	var b []byte
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == ';':
			list, b = append(list, string(b)), b[:0]
		case c != '\\':
			b = append(b, c)
		case i+1 == len(value):
			return nil
		default:
			i++
			at := strings.IndexByte(`sntr\;`, value[i])
			if at < 0 {
				return nil
			}
			b = append(b, " \n\t\r\\;"[at])
		}
	}
	if len(b) > 0 {
		list = append(list, string(b))
	}
	return list
}
