package jsontext

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":[2, 3 ],"b":{"c":null}}`, ` {"\u00e9":"<"} `, `{"a":}`, `{} x`, `[1]`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		object, err := ParseObject(data)
		if (err == nil) != (json.Valid(data) && strings.HasPrefix(strings.TrimLeft(string(data), " \t\r\n"), "{")) {
			t.Fatalf("ParseObject says %v, json.Valid %t", err, json.Valid(data))
		}
		if err != nil {
			return
		}
		printed, err := object.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseObject(printed)
		if err != nil {
			t.Fatalf("%s: %v", printed, err)
		}
		if !reflect.DeepEqual(object, again) {
			t.Errorf("%s became %s", data, printed)
		}
	})
}
