package libc_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// TestParseFloat has what strtod(3) of musl 1.2 reads and where it stops.
func TestParseFloat(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "0 0",
		"1":                "1 1",
		" \t\n1.5x":        "1.5 6",
		"+1":               "1 2",
		"-.5e1":            "-5 5",
		"1e":               "1 1",
		"1e+":              "1 1",
		"1e400":            "+Inf 5",
		"1e-400":           "0 6",
		".":                "0 0",
		"-":                "0 0",
		"5.":               "5 2",
		"0x":               "0 1",
		"0x1F":             "31 4",
		"0x1.8p1":          "3 7",
		"0x1p":             "1 3",
		"0x.8":             "0.5 4",
		"inf":              "+Inf 3",
		"-Infinity":        "-Inf 9",
		"infin":            "+Inf 3",
		"nan":              "NaN 3",
		"nan(x1)y":         "NaN 7",
		"nan(":             "NaN 3",
		"1_000":            "1 1",
		"010":              "10 3",
		"1,5":              "1 1",
		"\x001":            "0 0",
		"i":                "0 0",
		"9007199254740993": "9.007199254740992e+15 16",
	} {
		n, size := libc.ParseFloat(text)
		if got := fmt.Sprint(n, size); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestDirectives has what printf(3) of musl prints.
func TestDirectives(t *testing.T) {
	for _, test := range []struct {
		flags  string
		letter byte
		value  float64
		want   string
	}{
		{"", 'd', 5, "5"}, {"5", 'd', -5, "   -5"}, {"-5", 'd', 5, "5    "}, {"05", 'd', -5, "-0005"}, {"+", 'd', 5, "+5"}, {" ", 'i', 5, " 5"},
		{".3", 'd', 5, "005"}, {"5.3", 'd', 5, "  005"}, {".0", 'd', 0, ""}, {"", 'd', 3e9, "-2147483648"},
		{"", 'u', -1, "4294967295"}, {"#", 'o', 8, "010"}, {"#", 'x', 255, "0xff"}, {"#", 'X', 255, "0XFF"}, {"#", 'x', 0, "0"}, {"08", 'x', 255, "000000ff"},
		{"", 'f', 1.5, "1.500000"}, {".0", 'f', 2.5, "2"}, {".2", 'e', 12345, "1.23e+04"}, {"", 'g', 1e-5, "1e-05"}, {"#", 'g', 1, "1.00000"},
		{"", 'G', 1e-10, "1E-10"}, {"08.2", 'f', -1.5, "-0001.50"}, {"6", 'f', math.Inf(-1), "  -inf"}, {"06", 'F', math.Inf(1), "   INF"},
		{"", 'a', 1, "0x1p+0"},
	} {
		d, ok := libc.ParseDirective(test.flags, test.letter)
		if !ok {
			t.Errorf("%%%s%c: not ok", test.flags, test.letter)
			continue
		}
		got := ""
		if strings.IndexByte("diouxX", test.letter) >= 0 {
			got = d.Integer(libc.Int(test.value))
		} else {
			got = d.Float(test.value)
		}
		if got != test.want {
			t.Errorf("%%%s%c of %v: got %q, want %q", test.flags, test.letter, test.value, got, test.want)
		}
	}
	for _, flags := range []string{"5.3.1", "l", "5x", ".-1"} {
		if _, ok := libc.ParseDirective(flags, 'd'); ok {
			t.Errorf("%q is a directive", flags)
		}
	}
	if d, ok := libc.ParseDirective("99999999999999999999.99999999999999999999", 's'); !ok || d.Width != libc.MaxWidth+1 || d.Precision != libc.MaxWidth+1 {
		t.Errorf("got %+v", d)
	}
}

// TestStrftime has the C locale's words for a Sunday and a leap day.
func TestStrftime(t *testing.T) {
	sunday := time.Unix(1_000_000_000, 0).UTC()
	leap := time.Date(2020, 2, 29, 13, 5, 9, 0, time.UTC)
	for format, want := range map[string]string{
		"%Y-%m-%d %H:%M:%S": "2001-09-09 01:46:40", "%a %A %b %B %h": "Sun Sunday Sep September Sep", "%e|%j|%u|%w": " 9|252|7|0",
		"%U %W %V %G %g": "36 36 36 2001 01", "%C %y %s %Z %z": "20 01 1000000000 UTC +0000", "%I %p %r %R %T": "01 AM 01:46:40 AM 01:46 01:46:40",
		"%c|%x|%X|%D|%F": "Sun Sep  9 01:46:40 2001|09/09/01|01:46:40|09/09/01|2001-09-09", "%%%n%t": "%\n\t", "a%": "a", "": "",
	} {
		if got, unknown := libc.Strftime(format, sunday); got != want || unknown != 0 {
			t.Errorf("%q: got %q, %q, want %q", format, got, unknown, want)
		}
	}
	if got, _ := libc.Strftime("%F %I%p %j", leap); got != "2020-02-29 01PM 060" {
		t.Errorf("got %q", got)
	}
	if _, unknown := libc.Strftime("%Q", leap); unknown != 'Q' {
		t.Errorf("got %q", unknown)
	}
	for text, want := range map[string]int64{"2001 09 09 01 46 40": 1_000_000_000, "2020 2 30 0 0 0": 1583020800, "2020 01 01": -1, "x": -1,
		"1960 01 01 00 00 00 1": -315619200} {
		if got := libc.Mktime(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestStrverscmp has the orders of its manual page and those that busybox' "sort -V" gives.
func TestStrverscmp(t *testing.T) {
	for _, want := range [][]string{
		{"000", "00", "01", "010", "09", "0", "1", "9", "10"},
		{"a", "a001", "a01", "a0", "a1", "a2", "a10"},
		{"1.00", "1.0", "1.0-r1", "1.0.1", "1.0_rc1", "1.0a", "10.0"},
		{"vm-9", "vm-10", "vm-11"},
		{"1.09", "1.1", "1.9", "1.10"},
	} {
		got := slices.Clone(want)
		slices.Reverse(got)
		slices.SortFunc(got, func(a, b string) int { return libc.Strverscmp([]byte(a), []byte(b)) })
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// FuzzStrverscmp: no two texts are equal, and their order does not depend on which is first.
func FuzzStrverscmp(f *testing.F) {
	f.Add("1.0", "1.00")
	f.Add("a01", "a1")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\x00") {
			return // which ends a text
		}
		order := func(a, b string) int { return cmp.Compare(libc.Strverscmp([]byte(a), []byte(b)), 0) }
		if order(a, b) != -order(b, a) || (order(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q: %d, %d", a, b, order(a, b), order(b, a))
		}
	})
}

// FuzzParseFloat: the number is a prefix of the text, and this prefix alone reads as the same number.
func FuzzParseFloat(f *testing.F) {
	for _, seed := range []string{"1", " -1.5e3x", "0x1p", "nan(1)", "inf", "1e400", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, size := libc.ParseFloat(text)
		if size < 0 || size > len(text) {
			t.Fatalf("%q: size %d", text, size)
		}
		if again, _ := libc.ParseFloat(text[:size]); again != n && n == n {
			t.Errorf("%q: %v, then %v", text, n, again)
		}
	})
}
