package record

import (
	"cmp"
	_ "embed"
	"regexp"
	"strings"
	"sync"
)

// licensesText has identifiers of the SPDX licence list, of those that packages name, and behind "with" those of
// exceptions.
//
//go:embed licenses.txt
var licensesText string

var knownLicenses = sync.OnceValues(func() (licenses, exceptions map[string]bool) {
	licenses, exceptions = make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(licensesText) {
		words := strings.Fields(line)
		into := licenses
		if len(words) > 0 && words[0] == "with" {
			into, words = exceptions, words[1:]
		}
		for _, word := range words {
			into[word] = true
		}
	}
	return licenses, exceptions
})

// license is what a package says of its licence.
type license struct {
	// expression is by the grammar of SPDX 2.3, annex D; "" if the package says nothing. An invalid one has become
	// one reference to the text.
	expression string
	isProper   bool     // by itself
	references []string // LicenseRef-… in it
	text       string   // as the package has it
}

// isSingle says whether the licence is one identifier of the list.
func (l license) isSingle() bool {
	return l.isProper && !strings.ContainsAny(l.expression, " +(") && len(l.references) == 0
}

func parseLicense(text string) license {
	text = strings.TrimSpace(text)
	l := license{text: text}
	if text == "" {
		return l
	}
	p := &licenseParser{words: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text))}
	if p.expression(0) && len(p.words) == 0 {
		l.expression, l.isProper, l.references = strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(p.taken, " ")), true, p.references
		return l
	}
	l.expression = "LicenseRef-" + cmp.Or(idString(text), "other")
	l.references = []string{l.expression}
	return l
}

// licenseParser reads an expression, word by word.
type licenseParser struct {
	words, taken []string
	references   []string
}

// maxNesting bounds parentheses within parentheses.
const maxNesting = 32

// expression reads operands with AND and OR between them.
func (p *licenseParser) expression(depth int) bool {
	if depth > maxNesting {
		return false
	}
	for {
		if !p.operand(depth) {
			return false
		}
		if !p.take("AND") && !p.take("OR") {
			return true
		}
	}
}

func (p *licenseParser) operand(depth int) bool {
	if p.take("(") {
		return p.expression(depth+1) && p.take(")")
	}
	if len(p.words) == 0 {
		return false
	}
	licenses, exceptions := knownLicenses()
	word := p.words[0]
	switch {
	case referenceGrammar.MatchString(word):
		p.references = append(p.references, word)
	case !licenses[strings.TrimSuffix(word, "+")]:
		return false
	}
	p.take(word)
	if p.take("WITH") {
		return len(p.words) > 0 && exceptions[p.words[0]] && p.take(p.words[0])
	}
	return true
}

func (p *licenseParser) take(word string) bool {
	if len(p.words) == 0 || p.words[0] != word {
		return false
	}
	p.words, p.taken = p.words[1:], append(p.taken, word)
	return true
}

var (
	referenceGrammar = regexp.MustCompile(`^LicenseRef-[A-Za-z0-9.-]+$`)
	notInID          = regexp.MustCompile(`[^A-Za-z0-9.-]+`)
)

// idString makes letters, digits, dots and hyphens of a text, as SPDX wants identifiers.
func idString(s string) string {
	const most = 100
	id := strings.Trim(notInID.ReplaceAllString(s, "-"), "-")
	return id[:min(len(id), most)]
}
