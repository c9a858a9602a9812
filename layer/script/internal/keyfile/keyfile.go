// Package keyfile reads the key files of GLib (GKeyFile): .desktop and .icon files, and overrides of settings. Its rules are those of
// GLib's parser, which the tests of its users run, and not those of the Desktop Entry Specification, which is stricter.
package keyfile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Space is what GLib takes as white space; a vertical tab is not.
const Space = " \t\n\f\r"

// A Group is the keys below one heading, in the order of the file. A heading that is there twice is one group.
type Group struct {
	Name string
	Keys []Key // a key may be there several times: the last value counts

	values map[string]string
}

// Key is a line of a group.
type Key struct {
	Name  string // with the locale in brackets, if it has one
	Value string // without white space in front; escapes are still there
	Line  int    // from 1
}

// Get returns the value of a key and whether the group has it. A nil group has none.
func (g *Group) Get(name string) (string, bool) {
	if g == nil {
		return "", false
	}
	value, ok := g.values[name]
	return value, ok
}

// Find returns the group with that name, or nil.
func Find(groups []*Group, name string) *Group {
	for _, g := range groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// Parse reads a file. The error says in which line it is no key file; GLib refuses the whole file then.
func Parse(text string) ([]*Group, error) {
	var groups []*Group
	var group *Group
	byName := make(map[string]*Group)
	for number := 1; text != ""; number++ {
		line, rest, ended := strings.Cut(text, "\n")
		text = rest
		if ended {
			line = strings.TrimSuffix(line, "\r")
		}
		line = strings.TrimLeft(line, Space)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, ok := heading(line); ok {
			if !isGroupName(name) {
				return nil, fmt.Errorf("line %d: %.100q is no name of a group", number, name)
			}
			if group = byName[name]; group == nil {
				group = &Group{Name: name, values: make(map[string]string)}
				byName[name] = group
				groups = append(groups, group)
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimRight(key, Space)
		value = strings.TrimLeft(value, Space)
		switch {
		case !ok || group == nil || !isKeyName(key):
			return nil, fmt.Errorf("line %d is no key of a group", number)
		case key == "Encoding" && group == groups[0] && !strings.EqualFold(value, "UTF-8"):
			return nil, fmt.Errorf("line %d: the encoding %.100q is not UTF-8", number, value)
		}
		group.Keys = append(group.Keys, Key{key, value, number})
		group.values[key] = value
	}
	return groups, nil
}

// heading returns what is in brackets on a line that has nothing else.
func heading(line string) (string, bool) {
	if line[0] != '[' {
		return "", false
	}
	name, rest, ok := strings.Cut(line[1:], "]")
	return name, ok && strings.Trim(rest, " \t") == ""
}

func isGroupName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || c == '[' {
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
	if len(locale) < 2 || locale[0] != '[' || locale[len(locale)-1] != ']' {
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
