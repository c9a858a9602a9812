package regex

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// atom reads what matches one character, or an assertion.
func (t *translator) atom() (string, error) {
	begin := t.begin
	t.begin = false
	switch b := t.rest[0]; b {
	case '[':
		return t.bracket()
	case '\\':
		return t.escape()
	case '.':
		t.rest = t.rest[1:]
		return ".", nil
	case '^':
		if !t.extended && !begin {
			break
		}
		t.rest = t.rest[1:]
		if !t.extended && strings.HasPrefix(t.rest, "*") {
			t.rest = t.rest[1:]
			star, err := t.repetitions(`\*`)
			return lineStart + star, err
		}
		return lineStart, nil
	case '$':
		after := translator{rest: t.rest[1:], extended: t.extended}
		if !t.extended && after.rest != "" && !after.operator(')') && !after.operator('|') {
			break
		}
		t.rest = t.rest[1:]
		return `\z`, nil
	case '*', '+', '?', '{':
		if t.extended {
			return "", Error(regexBadRepeat)
		}
	}
	r, size := utf8.DecodeRuneInString(t.rest)
	if r == utf8.RuneError && size == 1 {
		return "", UnsupportedError("bytes that are not UTF-8")
	}
	text := t.rest[:size]
	t.rest = t.rest[size:]
	return regexp.QuoteMeta(text), nil
}

// escape reads a backslash and what it stands for.
func (t *translator) escape() (string, error) {
	if len(t.rest) < 2 {
		return "", Error(regexBadEscape)
	}
	b := t.rest[1]
	r, size := utf8.DecodeRuneInString(t.rest[1:])
	after := t.rest[1+size:]
	text := ""
	switch b {
	case 't', 'n', 'r', 'f', 'a':
		text = `\` + string(b)
	case 'e':
		text = `\x1b`
	case 'w':
		text = `[0-9A-Za-z_\p{L}\p{Nd}\p{Nl}]`
	case 'W':
		text = `[^0-9A-Za-z_\p{L}\p{Nd}\p{Nl}]`
	case 's':
		text = `[\t\n\v\f\r ]`
	case 'S':
		text = `[^\t\n\v\f\r ]`
	case 'd':
		text = `[0-9]`
	case 'D':
		text = `[^0-9]`
	case 'b':
		text = wordEdge
	case 'B':
		text = noEdge
	case '<':
		text = wordStart
	case '>':
		text = wordEnd
	case 'x':
		return "", UnsupportedError(`"\x"`)
	case '{', '+', '?':
		if !t.extended {
			return "", Error(regexBadRepeat)
		}
		text = regexp.QuoteMeta(string(b))
	default:
		if !t.extended && '1' <= b && b <= '9' {
			t.refs = max(t.refs, int(b-'0'))
			break
		}
		if r == utf8.RuneError && size == 1 {
			return "", UnsupportedError("bytes that are not UTF-8")
		}
		text = regexp.QuoteMeta(string(r))
	}
	t.rest = after
	return text, nil
}

// maxRepeat is RE_DUP_MAX.
const maxRepeat = 255

// bracket reads [...].
func (t *translator) bracket() (string, error) {
	var b strings.Builder
	b.WriteByte('[')
	t.rest = t.rest[1:]
	if strings.HasPrefix(t.rest, "^") {
		t.rest = t.rest[1:]
		b.WriteByte('^')
	}
	for first := true; ; first = false {
		if t.rest == "" {
			return "", Error(regexBadBracket)
		}
		if t.rest[0] == ']' && !first {
			t.rest = t.rest[1:]
			b.WriteByte(']')
			return b.String(), nil
		}
		if len(t.rest) > 2 && t.rest[0] == '-' && !first && t.rest[1] != ']' && (t.rest[1] != '-' || t.rest[2] == ']') {
			return "", Error(regexBadRange) // what is before the "-" cannot begin a range
		}
		if strings.HasPrefix(t.rest, "[.") || strings.HasPrefix(t.rest, "[=") {
			return "", Error(regexBadCollate)
		}
		if rest, ok := strings.CutPrefix(t.rest, "[:"); ok {
			name, after, ok := strings.Cut(rest, ":]")
			set, known := regexClasses[name]
			if !ok || !known {
				return "", Error(regexBadClass)
			}
			b.WriteString(set)
			t.rest = after
			continue
		}
		low, err := t.member()
		if err != nil {
			return "", err
		}
		high := low
		if t.rest == "-" {
			return "", Error(regexBadRange)
		}
		if len(t.rest) > 1 && t.rest[0] == '-' && t.rest[1] != ']' {
			t.rest = t.rest[1:]
			if high, err = t.member(); err != nil {
				return "", err
			}
			if high < low {
				return "", Error(regexBadRange)
			}
		}
		writeMember(&b, low)
		if high != low {
			b.WriteByte('-')
			writeMember(&b, high)
		}
	}
}

func (t *translator) member() (rune, error) {
	r, size := utf8.DecodeRuneInString(t.rest)
	if r == utf8.RuneError && size == 1 {
		return 0, UnsupportedError("bytes that are not UTF-8")
	}
	t.rest = t.rest[size:]
	return r, nil
}

func writeMember(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf && isWord(byte(r)) {
		b.WriteRune(r)
		return
	}
	fmt.Fprintf(b, `\x{%X}`, r)
}

// regexClasses are the character classes as libc has them for UTF-8, written as
// parts of a set.
var regexClasses = map[string]string{
	"alnum": `0-9A-Za-z\p{L}\p{Nd}\p{Nl}`, "alpha": `A-Za-z\p{L}\p{Nl}`, "blank": `\t `, "cntrl": `\x00-\x1f\x7f`, "digit": `0-9`,
	"graph": `\x21-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}`, "lower": `a-z\p{Ll}`, "print": `\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}`,
	"punct": `!-/:-@\[-` + "`" + `{-~\x{A1}-\x{BF}\p{P}\p{S}`, "space": `\t\n\v\f\r `, "upper": `A-Z\p{Lu}`, "xdigit": `0-9A-Fa-f`,
}
