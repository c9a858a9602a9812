package programs

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// pattern is a word of which some parts are known: what is between them may be anything.
type pattern []string

// anything is the word of which nothing is known.
var anything = pattern{"", ""}

// literal returns the word, if all of it is known.
func (p pattern) literal() (string, bool) {
	if len(p) != 1 {
		return "", false
	}
	return p[0], true
}

// matches reports whether the word may be a text. It looks at both ends.
func (p pattern) matches(text string) bool {
	first, last := p[0], p[len(p)-1]
	if len(p) == 1 {
		return text == first
	}
	return len(text) >= len(first)+len(last) && strings.HasPrefix(text, first) && strings.HasSuffix(text, last)
}

// matchesDirectory is matches for the path of a directory.
func (p pattern) matchesDirectory(dir string) bool {
	if len(p) == 1 {
		return strings.TrimRight(p[0], "/") == strings.TrimRight(dir, "/")
	}
	return p.matches(dir) || p.matches(dir+"/")
}

// clean is the path, if all of it is known, in its shortest form.
func (p pattern) clean() pattern {
	if text, ok := p.literal(); ok {
		return pattern{path.Clean(text)}
	}
	return p
}

// base is the last component of a path.
func (p pattern) base() pattern {
	last := p[len(p)-1]
	trimmed := strings.TrimRight(last, "/")
	if trimmed == "" && len(p) > 1 {
		return anything
	}
	if slash := strings.LastIndexByte(trimmed, '/'); slash >= 0 {
		return pattern{trimmed[slash+1:]}
	}
	if len(p) == 1 {
		return pattern{trimmed}
	}
	return pattern{"", trimmed}
}

// patternOf returns what is known of a word of the shell.
func patternOf(w *syntax.Word) pattern {
	b := builder{parts: pattern{""}}
	b.add(w.Parts, false)
	return b.parts
}

func patternsOf(words []*syntax.Word) []pattern {
	list := make([]pattern, len(words))
	for i, w := range words {
		list[i] = patternOf(w)
	}
	return list
}

// builder makes a pattern.
type builder struct{ parts pattern }

func (b *builder) text(s string) { b.parts[len(b.parts)-1] += s }
func (b *builder) unknown()      { b.parts = append(b.parts, "") }

func (b *builder) add(parts []syntax.WordPart, quoted bool) {
	for i, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.lit(part.Value, quoted, i == 0)
		case *syntax.SglQuoted:
			if part.Dollar {
				b.unknown()
			} else {
				b.text(part.Value)
			}
		case *syntax.DblQuoted:
			b.add(part.Parts, true)
		default:
			b.unknown()
		}
	}
}

// lit adds unquoted text, or that between double quotes.
func (b *builder) lit(s string, quoted, first bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			switch {
			case s[i] == '\n':
			case quoted && !strings.ContainsRune("$`\"\\", rune(s[i])):
				b.text(s[i-1 : i+1])
			default:
				b.text(s[i : i+1])
			}
		case !quoted && (c == '*' || c == '?' || c == '[' && strings.Contains(s[i:], "]")), !quoted && first && i == 0 && c == '~':
			b.unknown()
		default:
			b.text(s[i : i+1])
		}
	}
}
