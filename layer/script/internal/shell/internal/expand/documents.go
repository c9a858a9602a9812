package expand

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// Document expands a here-document.
func (s *Scope) Document(r *syntax.Redirect) (string, error) {
	if r.Hdoc == nil {
		return "", nil
	}
	literal := false
	for _, part := range r.Word.Parts {
		lit, ok := part.(*syntax.Lit)
		literal = literal || !ok || strings.Contains(lit.Value, `\`)
	}
	parts := r.Hdoc.Parts
	if r.Op == syntax.DashHdoc {
		parts = withoutTabs(parts)
	}
	x := expansion{scope: s, place: inDocument, here: true}
	if literal {
		for _, part := range parts {
			if lit, ok := part.(*syntax.Lit); ok {
				x.Add(lit.Value, words.Quoted)
			}
		}
		return x.joined(), nil
	}
	if err := x.parts(parts, true); err != nil {
		return "", err
	}
	return x.joined(), nil
}

// withoutTabs takes the tabs from the beginning of each line of a "<<-" document.
func withoutTabs(parts []syntax.WordPart) []syntax.WordPart {
	list := make([]syntax.WordPart, 0, len(parts))
	begin := true
	for _, part := range parts {
		lit, ok := part.(*syntax.Lit)
		if !ok {
			list, begin = append(list, part), false
			continue
		}
		var b strings.Builder
		for i := range len(lit.Value) {
			if begin && lit.Value[i] == '\t' {
				continue
			}
			b.WriteByte(lit.Value[i])
			begin = lit.Value[i] == '\n'
		}
		list = append(list, &syntax.Lit{ValuePos: lit.ValuePos, ValueEnd: lit.ValueEnd, Value: b.String()})
	}
	return list
}
