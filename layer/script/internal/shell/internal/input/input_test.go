package input_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/input"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// shell counts work; each of its refusals is an error.
type shell struct{ spent, limit int }

var errSpent = errors.New("spent")

func (s *shell) Spend(bytes int) error {
	if s.spent += bytes; s.limit > 0 && s.spent > s.limit {
		return errSpent
	}
	return nil
}

func (s *shell) Refuse(format string, args ...any) error { return fmt.Errorf(format, args...) }

func (s *shell) Exceeded(format string, args ...any) error { return fmt.Errorf(format, args...) }

// TestLine has what POSIX says of read, and bash(1) of -d.
func TestLine(t *testing.T) {
	for _, test := range []struct {
		name, text string
		raw        bool
		delimiter  byte
		want       string
		end        bool
		rest       string
	}{
		{"a line", "one\ntwo\n", false, '\n', "one", false, "two\n"},
		{"an empty line", "\ntwo\n", false, '\n', "", false, "two\n"},
		{"the end in a line", "one", false, '\n', "one", true, ""},
		{"the end", "", false, '\n', "", true, ""},
		{"a backslash", `a\bc` + "\n", false, '\n', "abc", false, ""},
		{"two of them", `a\\b` + "\n", false, '\n', `a\b`, false, ""},
		{"a line that goes on", "a\\\nb\nc\n", false, '\n', "ab", false, "c\n"},
		{"raw", "a\\\nb\n", true, '\n', `a\`, false, "b\n"},
		{"a backslash at the end", `a\`, false, '\n', "a", true, ""},
		{"bytes of 0", "a\x00b\n", false, '\n', "ab", false, ""},
		{"-d :", "a\nb:c", false, ':', "a\nb", false, "c"},
		{"-d ''", "a\nb\x00c", false, 0, "a\nb", false, "c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := strings.NewReader(test.text)
			line := &words.Splitter{Fields: 1}
			end, err := input.Line(new(shell), in, line, test.raw, test.delimiter)
			if err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := line.Finish(); got[0] != test.want || end != test.end || string(rest) != test.rest {
				t.Errorf("%q, end %t, rest %q", got[0], end, rest)
			}
		})
	}
}

func TestLineBounds(t *testing.T) {
	for _, test := range []struct {
		name      string
		shell     *shell
		in        io.Reader
		raw       bool
		delimiter byte
		want      string
	}{
		{"work", &shell{limit: 10}, strings.NewReader("more than ten bytes\n"), false, '\n', "spent"},
		{"a long line", &shell{}, io.LimitReader(endless{}, 1<<30), false, '\n', fmt.Sprintf("read: a line of more than %d bytes", expand.MaxValue)},
		{"-d of a backslash", &shell{}, strings.NewReader("a"), false, '\\', "read -d of a backslash is not supported without -r"},
		{"a backslash before the end of -d ''", &shell{}, strings.NewReader("a\\\x00"), false, 0,
			"read -d '' of a backslash before the end of a line is not supported without -r"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := input.Line(test.shell, test.in, &words.Splitter{Fields: 1}, test.raw, test.delimiter); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// endless reads as one line.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// TestLines has what bash(1) says of mapfile.
func TestLines(t *testing.T) {
	for _, test := range []struct {
		name, text string
		delimiter  byte
		keep       bool
		want       []string
	}{
		{"nothing", "", '\n', true, nil},
		{"lines", "a\nb\n", '\n', true, []string{"a\n", "b\n"}},
		{"without newlines", "a\nb\n", '\n', false, []string{"a", "b"}},
		{"a last line without one", "a\nb", '\n', true, []string{"a\n", "b"}},
		{"empty lines", "\n\n", '\n', false, []string{"", ""}},
		{"-d :", "a:b\n", ':', true, []string{"a:", "b\n"}},
		{"-d ''", "a\x00b\x00", 0, false, []string{"a", "b"}},
		{"bytes of 0", "a\x00b\n", '\n', false, []string{"ab"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := input.Lines(new(shell), strings.NewReader(test.text), "mapfile", test.delimiter, test.keep)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
	_, err := input.Lines(new(shell), io.LimitReader(endless{}, 1<<30), "mapfile", '\n', true)
	if want := fmt.Sprintf("mapfile: more than %d bytes", expand.MaxValue); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDelimiter(t *testing.T) {
	for _, test := range []struct {
		arguments map[byte]string
		want      byte
	}{{nil, '\n'}, {map[byte]string{'d': ""}, 0}, {map[byte]string{'d': ":;"}, ':'}, {map[byte]string{'n': "5"}, '\n'}} {
		if got := input.Delimiter(test.arguments); got != test.want {
			t.Errorf("%q: %q, want %q", test.arguments, got, test.want)
		}
	}
}
