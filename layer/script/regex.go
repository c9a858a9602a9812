package script

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// regex is a POSIX regular expression as Alpine's libc has it, matched by package regexp:
// in time linear in the text, whatever the expression.
type regex struct {
	at     *regexp.Regexp // the text begins a line
	notBOL *regexp.Regexp // it does not: "^" matches nowhere
	groups int
	size   int // instructions of the compiled expression
}

// regexFlags say how an expression is read.
type regexFlags struct {
	extended   bool
	ignoreCase bool
}

// Messages of Alpine's regerror(3).
const (
	regexBadBrace   = "Invalid contents of {}"
	regexBadRepeat  = "Repetition not preceded by valid expression"
	regexBadEscape  = "Trailing backslash"
	regexBadBracket = "Missing ']'"
	regexBadParen   = "Missing ')'"
	regexBadClass   = "Unknown character class name"
	regexBadCollate = "Unknown collating element"
	regexBadRange   = "Invalid character range"
	regexBadBackref = "Invalid back reference"
)

// regexError is what libc says of an expression.
type regexError string

func (e regexError) Error() string { return string(e) }

// regexUnsupported is a construct that is right but not supported here.
type regexUnsupported string

func (e regexUnsupported) Error() string {
	return fmt.Sprintf("regular expression with %s is not supported", string(e))
}

// maxPattern bounds an expression, in bytes.
const maxPattern = 1 << 13

// parseRegex translates an expression. The error is a regexError or regexUnsupported.
func parseRegex(pattern string, flags regexFlags) (*regex, error) {
	if len(pattern) > maxPattern {
		return nil, regexUnsupported("so many bytes")
	}
	if strings.Contains(pattern, lineStart) {
		return nil, regexUnsupported("a NUL")
	}
	t := translator{rest: pattern, extended: flags.extended}
	text, err := t.translate()
	if err != nil {
		return nil, err
	}
	prefix := "(?s)"
	if flags.ignoreCase {
		prefix = "(?si)"
	}
	re := &regex{groups: t.groups, size: programSize(prefix + text)}
	if re.at, err = regexp.Compile(prefix + strings.ReplaceAll(text, lineStart, `\A`)); err != nil {
		return nil, regexUnsupported(fmt.Sprintf("this much repetition (%v)", err))
	}
	re.notBOL = re.at
	if strings.Contains(text, lineStart) {
		if re.notBOL, err = regexp.Compile(prefix + strings.ReplaceAll(text, lineStart, never)); err != nil {
			return nil, regexUnsupported(fmt.Sprintf("this much repetition (%v)", err))
		}
		re.notBOL.Longest()
	}
	re.at.Longest()
	return re, nil
}

// programSize is how many instructions an expression has, each of which may look at each
// byte of a text.
func programSize(text string) int {
	parsed, err := syntax.Parse(strings.ReplaceAll(text, lineStart, `\A`), syntax.Perl)
	if err != nil {
		return 0
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(prog.Inst)
}

// cost is what matching a text of n bytes takes at most, in about the time that a byte
// takes which is only copied.
func (re *regex) cost(n int) int { return (n + 1) * (1 + re.size/16) }

// lineStart stands for "^" in a translated expression: no pattern has a NUL.
const lineStart = "\x00"

// never matches nothing.
const never = `[^\x{0}-\x{10FFFF}]`

// find returns the leftmost and longest match as regexp.FindSubmatchIndex does, or nil.
func (re *regex) find(text []byte, notBOL bool) []int {
	r := re.at
	if notBOL {
		r = re.notBOL
	}
	m := r.FindSubmatchIndex(text)
	if m != nil && !utf8.Valid(text[:min(len(text), m[1]+1)]) {
		// Libc gives up at the first byte that is no text, if it comes as far as that.
		valid := text
		for i := 0; i < len(valid); {
			r, size := utf8.DecodeRune(valid[i:])
			if r == utf8.RuneError && size == 1 {
				if i <= m[1] {
					return nil
				}
				break
			}
			i += size
		}
	}
	return m
}
