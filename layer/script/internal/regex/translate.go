package regex

import (
	"fmt"
	"regexp"
	"strings"
)

// translator reads an expression from the left and gives what package regexp reads.
type translator struct {
	rest     string
	extended bool
	groups   int
	depth    int
	begin    bool // nothing of a branch has been read yet
	refs     int  // the highest back reference

	onlyWords bool // there are assertions that package regexp does not have
}

func (t *translator) translate() (string, error) {
	text, err := t.alternatives()
	if err != nil {
		return "", err
	}
	if t.rest != "" { // a ")" too many, which is one only in basic expressions
		return "", Error(regexBadParen)
	}
	if t.refs > t.groups {
		return "", Error(regexBadBackref)
	}
	if t.refs > 0 {
		return "", UnsupportedError("a back reference")
	}
	return text, nil
}

// operator reports whether an operator is next, which basic expressions write with a
// backslash.
func (t *translator) operator(op byte) bool {
	if t.extended {
		return t.rest != "" && t.rest[0] == op
	}
	return len(t.rest) > 1 && t.rest[0] == '\\' && t.rest[1] == op
}

func (t *translator) skipOperator() {
	if !t.extended {
		t.rest = t.rest[1:]
	}
	t.rest = t.rest[1:]
}

func (t *translator) alternatives() (string, error) {
	var b strings.Builder
	for {
		branch, err := t.branch()
		if err != nil {
			return "", err
		}
		b.WriteString(branch)
		if !t.operator('|') {
			return b.String(), nil
		}
		t.skipOperator()
		b.WriteByte('|')
	}
}

// maxNesting bounds how deep groups are.
const maxNesting = 200

func (t *translator) branch() (string, error) {
	var b strings.Builder
	t.begin = true
	for t.rest != "" {
		if t.operator('|') || t.operator(')') && (t.depth > 0 || !t.extended) {
			break
		}
		atom, err := t.group()
		if err != nil {
			return "", err
		}
		switch {
		case atom == wordStart && t.wordFollows(), atom == wordEnd && endsInWord(b.String()):
			atom = `\b`
		case atom == wordStart, atom == wordEnd, atom == noEdge:
			t.onlyWords = true
		}
		if atom, err = t.repetitions(atom); err != nil {
			return "", err
		}
		b.WriteString(atom)
	}
	return b.String(), nil
}

// wordFollows reports whether what comes next can only be a word's character, and is
// there in any case.
func (t *translator) wordFollows() bool {
	ahead := *t
	if ahead.rest == "" || ahead.operator('(') {
		return false
	}
	atom, err := ahead.atom()
	if err != nil || !endsInWord(atom) {
		return false
	}
	text, err := ahead.repetitions(atom)
	return err == nil && endsInWord(text)
}

// endsInWord reports whether a translated expression ends in a word's character or a
// set of such, without "*" or the like.
func endsInWord(text string) bool {
	text = strings.TrimRight(strings.TrimSuffix(text, "{1,}"), "+")
	if text == "" {
		return false
	}
	if text[len(text)-1] == ']' {
		open := strings.LastIndexByte(text, '[')
		for open > 0 && strings.Count(text[open:], "[") < strings.Count(text[open:], "]") {
			open = strings.LastIndexByte(text[:open], '[')
		}
		return open >= 0 && wordSet.MatchString(letters.Replace(text[open:]))
	}
	last := text[len(text)-1]
	return isWord(last) && (len(text) < 2 || text[len(text)-2] != '\\')
}

var letters = strings.NewReplacer(`\p{L}`, "a", `\p{Nd}`, "0", `\p{Nl}`, "0", `\p{Ll}`, "a", `\p{Lu}`, "a")

// wordSet matches a translated set that has nothing but word characters.
var wordSet = regexp.MustCompile(`^\[(?:[0-9A-Za-z_](?:-[0-9A-Za-z_])?)+\]$`)

func isWord(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || b == '_'
}

// group reads a parenthesis with what is in it, or an atom.
func (t *translator) group() (string, error) {
	if !t.operator('(') {
		return t.atom()
	}
	if t.depth++; t.depth > maxNesting {
		return "", UnsupportedError(fmt.Sprintf("more than %d parentheses within each other", maxNesting))
	}
	t.skipOperator()
	t.groups++
	text, err := t.alternatives()
	if err != nil {
		return "", err
	}
	if !t.operator(')') {
		return "", Error(regexBadParen)
	}
	t.skipOperator()
	t.depth--
	t.begin = false
	return "(" + text + ")", nil
}

// repetitions puts what repeats it behind an atom. There may be several.
func (t *translator) repetitions(atom string) (string, error) {
	for n := 0; ; n++ {
		suffix := ""
		switch {
		case strings.HasPrefix(t.rest, "*"):
			t.rest = t.rest[1:]
			suffix = "*"
		case t.operator('+'):
			t.skipOperator()
			suffix = "+"
		case t.operator('?'):
			t.skipOperator()
			suffix = "?"
		case t.operator('{'):
			t.skipOperator()
			var err error
			if suffix, err = t.braces(); err != nil {
				return "", err
			}
		default:
			return atom, nil
		}
		if n > maxNesting {
			return "", UnsupportedError(fmt.Sprintf("more than %d repetitions of one atom", maxNesting))
		}
		if suffix == "{0}" {
			atom = emptied(atom)
			continue
		}
		switch {
		case atom == noEdge || atom == wordStart || atom == wordEnd || strings.Contains(atom, lineStart) || strings.Contains(strings.ReplaceAll(atom, wordEdge, ""), `\z`):
			// libc gets many of these wrong, each in its own way.
			return "", UnsupportedError("a repetition of what has an anchor in it")
		case n > 0 || atom == `\b`:
			atom = "(?:" + atom + ")"
		}
		atom += suffix
	}
}

// emptied is an atom repeated no times: its groups are there, but match nothing.
func emptied(atom string) string {
	return "(?:" + atom + "){0}"
}

// braces reads MIN[,[MAX]]} and returns it as package regexp has it.
func (t *translator) braces() (string, error) {
	bad := Error(regexBadBrace)
	low, ok := t.count()
	if !ok || low > maxRepeat {
		return "", bad
	}
	suffix := fmt.Sprintf("{%d}", low)
	if strings.HasPrefix(t.rest, ",") {
		t.rest = t.rest[1:]
		high, ok := t.count()
		switch {
		case !ok:
			suffix = fmt.Sprintf("{%d,}", low)
		case high > maxRepeat || high < low:
			return "", bad
		default:
			suffix = fmt.Sprintf("{%d,%d}", low, high)
		}
		if suffix == "{0,0}" {
			suffix = "{0}"
		}
	}
	if !t.operator('}') {
		return "", bad
	}
	t.skipOperator()
	return suffix, nil
}

func (t *translator) count() (n int, ok bool) {
	for t.rest != "" && '0' <= t.rest[0] && t.rest[0] <= '9' {
		n, ok = min(n*10+int(t.rest[0]-'0'), maxRepeat+1), true
		t.rest = t.rest[1:]
	}
	return n, ok
}
