package words

import "strings"

// Text is a word on its way to fields: its bytes, and of each what it is. The zero value is empty. It must not be used concurrently.
type Text struct {
	text []byte
	kind []Kind
}

// Kind says what may become of a byte of a text: a set of the bits below.
type Kind uint8

// Kinds.
const (
	Quoted  Kind = 1 << iota // neither parts words nor is a pattern
	Split                    // may part words: it comes from an expansion
	Mark                     // no byte: there were quotes, so that a word is there
	Break                    // no byte: a word ends here, as between those of "$@"
	Escaped                  // quoted by a backslash
)

// Len returns how many bytes and marks there are.
func (t *Text) Len() int { return len(t.text) }

// Add adds bytes of one kind.
// It is not inlined, which saves space.
//
//go:noinline
func (t *Text) Add(s string, kind Kind) {
	t.text = append(t.text, s...)
	for range len(s) {
		t.kind = append(t.kind, kind)
	}
}

// AddByte adds one byte.
func (t *Text) AddByte(b byte, kind Kind) { t.text, t.kind = append(t.text, b), append(t.kind, kind) }

// AddMark adds what is no byte: a [Mark] or [Break].
func (t *Text) AddMark(kind Kind) { t.AddByte(0, kind) }

// AddText adds another text.
func (t *Text) AddText(other *Text) {
	t.text, t.kind = append(t.text, other.text...), append(t.kind, other.kind...)
}

// SplitPlain lets bytes of no kind part words.
func (t *Text) SplitPlain() {
	for i := range t.kind {
		if t.kind[i] == 0 {
			t.kind[i] = Split
		}
	}
}

// Joined is the text where there is no splitting. The separator stands for the ends of words within it.
func (t *Text) Joined(separator string) string {
	out := make([]byte, 0, len(t.text))
	for i, b := range t.text {
		switch {
		case t.kind[i]&Break != 0:
			out = append(out, separator...)
		case t.kind[i]&Mark == 0:
			out = append(out, b)
		}
	}
	return string(out)
}

// Pattern is the text with backslashes before what was quoted.
func (t *Text) Pattern(separator string) string { return t.pattern(0, len(t.text), separator) }

func (t *Text) pattern(from, to int, separator string) string {
	out := make([]byte, 0, to-from)
	for i := from; i < to; i++ {
		switch {
		case t.kind[i]&Mark != 0:
		case t.kind[i]&Break != 0:
			out = append(out, separator...)
		case t.kind[i]&Quoted != 0 && strings.IndexByte(`*?[]\!-`, t.text[i]) >= 0, t.kind[i]&Escaped != 0 && t.text[i] == '^':
			out = append(out, '\\', t.text[i])
		default:
			out = append(out, t.text[i])
		}
	}
	return string(out)
}

// Field is one of the words that a text becomes.
type Field struct {
	Text    string
	Pattern string // "" if nothing in it stands for other pathnames
}

// Fields parts the text at the characters of IFS.
func (t *Text) Fields(ifs string) []Field {
	parts := func(i int) bool {
		return t.kind[i]&Split != 0 && (t.kind[i]&Break != 0 || strings.IndexByte(ifs, t.text[i]) >= 0)
	}
	// Between the words of "$@" without quotes ash has a byte that parts them as a space in IFS would.
	white := func(i int) bool { return t.kind[i]&Break != 0 || strings.IndexByte(" \t\n", t.text[i]) >= 0 }
	var list []Field
	start := 0
	for i := 0; i < len(t.text); i++ {
		broken := t.kind[i]&(Break|Split) == Break
		switch {
		case broken:
		case !parts(i):
			continue
		case white(i) && i == start:
			start = i + 1
			continue
		}
		list = t.field(list, start, i, !white(i))
		if !broken {
			// One separator that is no space, with space on both its sides, is one.
			seen := !white(i)
			for i+1 < len(t.text) && parts(i+1) && (white(i+1) || !seen) {
				i++
				seen = seen || !white(i)
			}
		}
		start = i + 1
	}
	return t.field(list, start, len(t.text), false)
}

// field adds what lies between two places, where no word ends.
func (t *Text) field(list []Field, from, to int, evenEmpty bool) []Field {
	there, magic := evenEmpty, false
	out := make([]byte, 0, to-from)
	for i := from; i < to; i++ {
		there = true
		if t.kind[i]&Mark != 0 {
			continue
		}
		if t.kind[i]&Quoted == 0 && strings.IndexByte("*?[", t.text[i]) >= 0 && (i == from || t.text[i-1] != '\\' || t.kind[i-1]&Quoted != 0) {
			magic = true
		}
		out = append(out, t.text[i])
	}
	if !there {
		return list
	}
	f := Field{Text: string(out)}
	if magic {
		f.Pattern = t.pattern(from, to, "")
	}
	return append(list, f)
}
