package jsontext

import (
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	value := map[string]string{"b": "a && <b>", "a": "ü"}
	if got, err := Marshal(value); err != nil || string(got) != `{"a":"ü","b":"a && <b>"}` {
		t.Errorf("%s, %v", got, err)
	}
	var b strings.Builder
	if err := Write(&b, value); err != nil || b.String() != "{\n  \"a\": \"ü\",\n  \"b\": \"a && <b>\"\n}\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	if _, err := Marshal(func() {}); err == nil {
		t.Error("a function was encoded")
	}
}
