package bash

import (
	"fmt"
	"slices"
	"strings"
)

// IsQuotable reports whether Quote and Escape know a text: what other characters become depends on the locale.
func IsQuotable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > 0x7f }) < 0
}

// Quote is "${x@Q}": the text in single quotes, or in $'…' if it has characters that cannot be printed.
func Quote(text string) string {
	switch {
	case needsC(text):
		return quoteC(text)
	case text == "'":
		return `\'`
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Escape is "printf %q": a backslash in front of each character that means something.
func Escape(text string) string {
	switch {
	case text == "":
		return "''"
	case needsC(text):
		return quoteC(text)
	}
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		isSpecial := strings.IndexByte(" !\"$&'()*,;<>?[\\]^`{|}", c) >= 0
		if isSpecial || i == 0 && (c == '#' || c == '~') || c == '~' && (text[i-1] == ':' || text[i-1] == '=') {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// needsC reports whether a text has control characters.
func needsC(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

// quoteC writes a text as $'…'.
func quoteC(text string) string {
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(text) {
		switch c := text[i]; {
		case c == 0x1b:
			b.WriteString(`\E`)
		case '\a' <= c && c <= '\r':
			b.WriteString(`\` + "abtnvfr"[c-'\a':][:1])
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		case c == '\\' || c == '\'':
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}

// EscapedOperands returns a command line of printf with %s in place of %q, and the operands of %q quoted; ok is false if one of them is not
// quotable. As long as there are operands, the format is used again.
func EscapedOperands(args []string) (escaped []string, ok bool) {
	at := 1
	if len(args) > 1 && args[1] == "--" {
		at = 2
	}
	if len(args) <= at {
		return args, true
	}
	format := []byte(args[at])
	var isQuoted []bool // for each operand of one use of the format
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] == '\\' && i+1 < len(format) && format[i+1] != '%':
			i++
			continue
		case format[i] != '%':
			continue
		case i+1 < len(format) && format[i+1] == '%':
			i++
			continue
		}
		for i++; i < len(format) && strings.IndexByte("-+ #0123456789.*", format[i]) >= 0; i++ {
			if format[i] == '*' {
				isQuoted = append(isQuoted, false)
			}
		}
		if i < len(format) {
			isQuoted = append(isQuoted, format[i] == 'q')
			if format[i] == 'q' {
				format[i] = 's'
			}
		}
	}
	if string(format) == args[at] {
		return args, true
	}
	escaped, ok = append(slices.Clone(args[:at]), string(format)), true
	operands := args[at+1:]
	for i := 0; i < len(operands) || i == 0 || i%len(isQuoted) != 0; i++ {
		operand := ""
		if i < len(operands) {
			operand = operands[i]
		}
		if isQuoted[i%len(isQuoted)] {
			ok = ok && IsQuotable(operand)
			operand = Escape(operand)
		}
		escaped = append(escaped, operand)
	}
	return escaped, ok
}
