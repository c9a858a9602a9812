package expand

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
)

// Array returns what "name=(…)" or "name+=(…)" assigns to an array or an associative one.
func (s *Scope) Array(e *syntax.Assign, isAssociative bool) (*bash.Array, error) {
	a := &bash.Array{IsAssociative: isAssociative}
	list := e.Array
	if e.Append {
		a = s.Elements(e.Name.Value)
		if bash.NamesItself(e) {
			return nil, s.Refuse("%s+=(…) with elements that name %s is not supported: Bash assigns one element after the other", e.Name.Value, e.Name.Value)
		}
	}
	next := a.Next() // index of an element that has none
	for _, e := range list.Elems {
		if e.Value == nil && e.Index == nil {
			continue // a comment
		}
		if e.Index != nil {
			at, err := s.Subscript(e.Index, a)
			if err != nil {
				return nil, err
			}
			value, err := s.Assigned(e.Value)
			if err != nil {
				return nil, err
			}
			a, next = a.With(at, value), at.Index+1
			continue
		}
		if a.IsAssociative {
			return nil, s.Refuse("elements of an associative array without keys are not supported")
		}
		fields, err := s.Fields([]*syntax.Word{e.Value})
		if err != nil {
			return nil, err
		}
		a, next = a.WithList(next, fields), next+int64(len(fields))
		if err := s.Spend(8 * len(a.Values)); err != nil {
			return nil, err
		}
	}
	return a, nil
}
