// Package jsontext encodes JSON without the escapes for HTML that encoding/json adds, which make commands and addresses hard
// to read, and changes members of JSON objects without touching the others. Equal values give equal bytes.
package jsontext

import (
	"bytes"
	"encoding/json"
	"io"
)

// Marshal returns a value on one line, without a newline.
func Marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Write writes a document for people: indented by two spaces, with a newline at its end.
func Write(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
