package jsontext

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Unmarshal is [json.Unmarshal] with errors that name no types of Go.
func Unmarshal(data []byte, v any) error { return plain(json.Unmarshal(data, v)) }

// plain puts an error about a value of the wrong type in the words of JSON.
func plain(err error) error {
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		field := "the document"
		if wrong.Field != "" {
			field = wrong.Field
		}
		found, _, _ := strings.Cut(wrong.Value, " ")
		if found == "array" {
			found = "list"
		}
		return fmt.Errorf("%s is not %s but %s %s", field, typeName(wrong.Type), article(found), found)
	}
	if wrong := (*time.ParseError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%s is not a time as in RFC 3339", wrong.Value)
	}
	return err
}

func article(noun string) string {
	if strings.HasPrefix(noun, "o") {
		return "an"
	}
	return "a"
}

// typeName says what JSON has for a type.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "an object"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number in range"
}
