package jsontext_test

import (
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/jsontext"
)

// TestUnmarshal: errors are about the document.
func TestUnmarshal(t *testing.T) {
	type document struct {
		Config  struct{ Cmd []string }
		Sizes   []int64
		Name    string
		On      bool
		Created *time.Time
	}
	for text, want := range map[string]string{
		`{"Config": {"Cmd": ["a"]}, "Sizes": [1], "Name": "n", "On": true, "Created": "2020-01-02T03:04:05Z"}`: "",
		`[]`:                       "the document is not an object but a list",
		`{"Config": {"Cmd": "x"}}`: "Config.Cmd is not a list but a string",
		`{"Config": 5}`:            "Config is not an object but a number",
		`{"Sizes": [1e30]}`:        "Sizes is not a whole number in range but a number",
		`{"Name": {}}`:             "Name is not a string but an object",
		`{"On": "yes"}`:            "On is not true or false but a string",
		`{"Created": "yesterday"}`: `yesterday is not a time as in RFC 3339`,
		`{"Name": `:                "unexpected end of JSON input",
	} {
		got := ""
		if err := jsontext.Unmarshal([]byte(text), new(document)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
