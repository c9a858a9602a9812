package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// DuplicateError says that an object has two members of one name, of which encoding/json would take the last.
type DuplicateError struct {
	Name   string
	Offset int64 // of the second, in bytes
}

func (e *DuplicateError) Error() string { return fmt.Sprintf("member %q occurs twice", e.Name) }

// CheckMembers returns a [*DuplicateError] if an object in the text has two members whose names differ at most in case,
// which encoding/json takes for one. Other errors are those of a [json.Decoder]; a text that ends early is not one here.
func CheckMembers(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	type level struct {
		names  map[string]bool // nil for a list
		isName bool            // a name comes next
	}
	var open []level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var in *level
		if len(open) > 0 {
			in = &open[len(open)-1]
		}
		if name, ok := token.(string); ok && in != nil && in.isName {
			folded := strings.ToLower(name)
			if in.names[folded] {
				return &DuplicateError{name, d.InputOffset()}
			}
			in.names[folded], in.isName = true, false
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{names: make(map[string]bool), isName: true})
			continue
		case json.Delim('['):
			open = append(open, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > 0 { // a value has ended
			open[len(open)-1].isName = open[len(open)-1].names != nil
		}
	}
}

// Positioned returns an error of encoding/json, or of [CheckMembers], with the line of the text that it is about.
func Positioned(text []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	var duplicate *DuplicateError
	switch {
	case errors.As(err, &duplicate):
		offset = duplicate.Offset
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typ):
		offset = typ.Offset
	}
	message := strings.TrimPrefix(plain(err).Error(), "json: ")
	if offset < 0 || offset > int64(len(text)) {
		return errors.New(message)
	}
	return fmt.Errorf("line %d: %s", 1+bytes.Count(text[:offset], []byte("\n")), message)
}
