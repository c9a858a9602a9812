package redact

import (
	"net/url"
	"regexp"
	"strings"
)

// Fold returns a text with punctuation of URLs in place of the characters that stand for it where the name of a host is normalized
// (IDNA, by Unicode's NFKC), such as U+FF20 FULLWIDTH COMMERCIAL AT, whether escaped with % or not.
func Fold(s string) string {
	return folding.Replace(escaped.ReplaceAllStringFunc(s, func(escape string) string {
		text, err := url.PathUnescape(escape)
		if err != nil || folding.Replace(text) == text {
			return escape
		}
		return text
	}))
}

// escaped is a character of two or three bytes in UTF-8.
var escaped = regexp.MustCompile(`(?i)%c[d-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}`)

// folding has each character whose NFKC has one of @:/?#%;=&\[].
var folding = strings.NewReplacer(
	"\u037e", ";", "\u2047", "??", "\u2048", "?!", "\u2049", "!?", "\u207c", "=", "\u208c", "=", "\u2100", "a/c", "\u2101", "a/s",
	"\u2105", "c/o", "\u2106", "c/u", "\u2a74", "::=", "\u2a75", "==", "\u2a76", "===", "\ufe13", ":", "\ufe14", ";", "\ufe16", "?",
	"\ufe47", "[", "\ufe48", "]", "\ufe54", ";", "\ufe55", ":", "\ufe56", "?", "\ufe5f", "#", "\ufe60", "&", "\ufe66", "=",
	"\ufe68", `\`, "\ufe6a", "%", "\ufe6b", "@", "\uff03", "#", "\uff05", "%", "\uff06", "&", "\uff0f", "/", "\uff1a", ":",
	"\uff1b", ";", "\uff1d", "=", "\uff1f", "?", "\uff20", "@", "\uff3b", "[", "\uff3c", `\`, "\uff3d", "]",
)

// folded hides what a text shows as it is, and what it shows once it is folded.
func folded(s string, hide func(string) string) string {
	s = hide(s)
	if f := Fold(s); f != s {
		if shown := hide(f); shown != f {
			return shown
		}
	}
	return s
}
