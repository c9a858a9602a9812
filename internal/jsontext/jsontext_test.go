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

func TestCheckMembers(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":{"a":[{"a":1},{"a":"a"}]},"c":["a","a"]}`: "",
		`["a","a"]`:                    "",
		`{"a":1,"a":2}`:                `member "a" occurs twice`,
		`{"a":[],"A":{}}`:              `member "A" occurs twice`,
		`{"x":[{"b":{},"c":1,"b":1}]}`: `member "b" occurs twice`,
		`{"a":{"a":1},"a":2}`:          `member "a" occurs twice`,
		`{"a":`:                        "", // the reader of the values reports this
	} {
		got := ""
		if err := CheckMembers([]byte(text)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
