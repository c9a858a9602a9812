package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An Object is a JSON object whose members keep their order and their bytes. Lamina changes some members of
// documents that others wrote (index.json, a base's config); the rest passes through untouched, known or not.
type Object []objectMember

type objectMember struct {
	name  string
	value json.RawMessage
}

// ParseObject reads one object. A name may occur more than once.
func ParseObject(data []byte) (Object, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil {
		return nil, err
	} else if token != json.Delim('{') {
		return nil, errors.New("is not a JSON object")
	}
	var object Object
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, isString := token.(string)
		if !isString {
			return nil, fmt.Errorf("member name %v is not a string", token)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object = append(object, objectMember{name, value})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("data after the end of the JSON object")
	}
	return object, nil
}

// Get returns the value that Go's decoder, and so most readers of these documents, would take: the last of the name,
// in any case. It is nil if it is missing or null.
func (o Object) Get(name string) json.RawMessage {
	for _, member := range slices.Backward(o) {
		if strings.EqualFold(member.name, name) {
			if string(member.value) == "null" {
				return nil
			}
			return member.value
		}
	}
	return nil
}

// Set gives the name one value, where it first stood or else at the end; nil removes it. Spellings that a reader
// could take for the name go, or they would bring the old value back.
func (o *Object) Set(name string, value json.RawMessage) {
	var kept Object
	for _, member := range *o {
		switch {
		case !strings.EqualFold(member.name, name):
			kept = append(kept, member)
		case value != nil:
			kept = append(kept, objectMember{name, value})
			value = nil
		}
	}
	if value != nil {
		kept = append(kept, objectMember{name, value})
	}
	*o = kept
}

// SetValue encodes what Set stores.
func (o *Object) SetValue(name string, value any) error {
	data, err := Marshal(value)
	if err == nil {
		o.Set(name, data)
	}
	return err
}

func (o Object) Bytes() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, member := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := Marshal(member.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(member.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// JoinArray returns the array that has these elements, byte for byte.
func JoinArray(elements []json.RawMessage) json.RawMessage {
	array := []byte{'['}
	for i, element := range elements {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, element...)
	}
	return append(array, ']')
}
