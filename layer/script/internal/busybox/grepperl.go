package busybox

import (
	"bytes"
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
)

// checkPerl refuses what GNU's grep does otherwise than busybox beside -P, or does not have there.
func (g *grepper) checkPerl(opts optionList) error {
	if !g.perl {
		return nil
	}
	patterns := 0
	for _, o := range opts {
		if !strings.Contains("PeoqcvimnhHslx", string(o.letter)) {
			return g.c.Unsupported(g.c.Line, "grep: -P with -%c is not supported", o.letter)
		}
		if o.letter == 'e' {
			patterns++
		}
	}
	switch {
	case patterns > 1:
		return g.c.Unsupported(g.c.Line, "grep: -P with several patterns is not supported")
	case g.most == 0:
		return g.c.Unsupported(g.c.Line, "grep: -P with -m 0 is not supported")
	case g.count && (g.list || g.quiet):
		return g.c.Unsupported(g.c.Line, "grep: -P with -c and -l or -q is not supported")
	}
	return nil
}

func (g *grepper) parsePerl(pattern string) (*regex.Perl, error) {
	re, err := regex.ParsePerl(pattern, g.ignoreCase, g.whole)
	if err != nil || !re.HasDigitsInBracket() {
		return re, err
	}
	if content, err := g.c.Program.Read(MaxInput); err != nil {
		return nil, err
	} else if bytes.Contains(content, []byte("\x003.10\x00")) {
		return nil, regex.UnsupportedError(`\d in brackets, which GNU grep 3.10 takes for other characters,`)
	}
	return re, nil
}

// checkInput reads all of standard input: GNU's grep reads that far ahead.
func (g *grepper) checkInput(stdin *stdinReader) error {
	for {
		if ok, err := stdin.more(); err != nil {
			return err
		} else if !ok {
			return g.checkText("standard input", stdin.buffer)
		}
	}
}

// checkText refuses what GNU's grep takes for binary, of which it prints no lines, and characters where bytes are meant.
func (g *grepper) checkText(name string, content []byte) error {
	if !g.perl {
		return nil
	}
	isPlain := true
	for _, b := range content {
		if b == 0 {
			return g.c.Unsupported(g.c.Line, "grep: -P of text with a NUL is not supported: %s", name)
		}
		isPlain = isPlain && b < utf8.RuneSelf
	}
	if isPlain {
		return nil
	}
	if !utf8.Valid(content) {
		return g.c.Unsupported(g.c.Line, "grep: -P of text that is not UTF-8 is not supported: %s", name)
	}
	if !g.c.readsUTF8() {
		return g.c.Unsupported(g.c.Line, "grep: -P of text that is not ASCII is supported with musl and without LC_ALL=C only: %s", name)
	}
	return nil
}

// readsUTF8 reports whether programs of the C library take text for UTF-8: musl's do, unless the environment names the locale C.
func (c *Call) readsUTF8() bool {
	locale := cmp.Or(c.Env("LC_ALL"), c.Env("LC_CTYPE"), c.Env("LANG"))
	if locale == "C" || locale == "POSIX" {
		return false
	}
	return c.hasMusl()
}

// hasMusl reports whether musl is the C library.
func (c *Call) hasMusl() bool {
	lib, err := c.Tree.Stat("/lib")
	if err != nil {
		return false
	}
	names, err := c.Tree.Names(lib)
	if err != nil {
		return false
	}
	for _, name := range names {
		if strings.HasPrefix(name, "ld-musl-") {
			return true
		}
	}
	return false
}

// perlMatches prints each match of a line.
func (g *grepper) perlMatches(name string, i int, text []byte, p *grepPattern, m []int) error {
	for m != nil && m[0] < len(text) {
		at := m[1]
		if m[1] > m[0] {
			g.line(name, i, ':', text[m[0]:m[1]])
		} else {
			if text[at] >= utf8.RuneSelf { // grep goes on in the middle of the character
				return g.c.Unsupported(g.c.Line, "grep: %q: an empty match before a character that is not ASCII is not supported with -o", p.text)
			}
			at++
		}
		if at >= len(text) {
			return nil
		}
		if err := g.c.spend(p.perl.Cost(len(text) - at)); err != nil {
			return err
		}
		var err error
		if m, err = p.perl.Find(text, at); err != nil {
			return g.c.Unsupported(g.c.Line, "grep: %q: %v", p.text, err)
		}
	}
	return nil
}
