package regex

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Expression is a POSIX regular expression as Alpine's libc has it, matched by package regexp:
// in time linear in the text, whatever the expression.
type Expression struct {
	at     *regexp.Regexp // the text begins a line
	notBOL *regexp.Regexp // it does not: "^" matches nowhere
	Groups int
	size   int // instructions of the compiled expression

	words     *wordMatcher // nil without assertions about words
	onlyWords bool         // words matches every text, not only those with more than ASCII
}

// Flags say how an expression is read.
type Flags struct {
	Extended   bool
	IgnoreCase bool
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

// Error is what libc says of an expression.
type Error string

func (e Error) Error() string { return string(e) }

// UnsupportedError is a construct that is right but not supported here.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return fmt.Sprintf("regular expression with %s is not supported", string(e))
}

// maxPattern bounds an expression, in bytes.
const maxPattern = 1 << 13

// Parse translates an expression. The error is an [Error] or an [UnsupportedError].
func Parse(pattern string, flags Flags) (*Expression, error) {
	if len(pattern) > maxPattern {
		return nil, UnsupportedError(fmt.Sprintf("more than %d bytes", maxPattern))
	}
	if strings.Contains(pattern, lineStart) {
		return nil, UnsupportedError("a NUL")
	}
	t := translator{rest: pattern, extended: flags.Extended}
	text, err := t.translate()
	if err != nil {
		return nil, err
	}
	prefix := "(?s)"
	if flags.IgnoreCase {
		prefix = "(?si)"
	}
	re := &Expression{Groups: t.groups, size: programSize(prefix + text), onlyWords: t.onlyWords}
	if t.onlyWords || strings.Contains(text, `\b`) {
		re.size *= 4 // which is slower
		begun := strings.NewReplacer(wordEdge, `\b`, lineStart, `\A`).Replace(text)
		if re.words, err = newWordMatcher(prefix+begun, t.groups); err != nil {
			return nil, UnsupportedError(fmt.Sprintf("repetitions of more than 1000 in all (%v)", err))
		}
	}
	if t.onlyWords {
		return re, nil
	}
	if re.at, err = regexp.Compile(prefix + strings.ReplaceAll(text, lineStart, `\A`)); err != nil {
		return nil, UnsupportedError(fmt.Sprintf("repetitions of more than 1000 in all (%v)", err))
	}
	re.notBOL = re.at
	if strings.Contains(text, lineStart) {
		if re.notBOL, err = regexp.Compile(prefix + strings.ReplaceAll(text, lineStart, never)); err != nil {
			return nil, UnsupportedError(fmt.Sprintf("repetitions of more than 1000 in all (%v)", err))
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

// Cost is what matching a text of n bytes takes at most, in about the time that a byte
// takes which is only copied.
func (re *Expression) Cost(n int) int { return (n + 1) * (1 + re.size/16) }

// lineStart stands for "^" in a translated expression: no pattern has a NUL.
const lineStart = "\x00"

// never matches nothing.
const never = `[^\x{0}-\x{10FFFF}]`

// Find returns the leftmost and longest match as regexp.FindSubmatchIndex does, or nil.
func (re *Expression) Find(text []byte, notBOL bool) []int {
	var m []int
	switch {
	case re.onlyWords || re.words != nil && !isASCII(text):
		m = re.words.find(text, notBOL)
	case notBOL:
		m = re.notBOL.FindSubmatchIndex(text)
	default:
		m = re.at.FindSubmatchIndex(text)
	}
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

func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
