package libc_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// TestFormsOfFloats has more of what strtod(3) reads, by C17 7.22.1.3 in the C locale: the longest beginning that is a number.
func TestFormsOfFloats(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0 1", "00": "0 2", "-0": "-0 2", "+0": "0 2", "0.": "0 2", ".0": "0 2", "0.0e0": "0 5", "1.": "1 2", ".1": "0.1 2", "1.1.1": "1.1 3",
		"1..1": "1 2", "..1": "0 0", "+.": "0 0", "-.e1": "0 0",
		"1e5": "100000 3", "1E5": "100000 3", "1e+5": "100000 4", "1e-5": "1e-05 4", "1e5.5": "100000 3", "1e 5": "1 1", "1ee5": "1 1", "1e--5": "1 1",
		"e5": "0 0", ".e5": "0 0", "5.e1": "50 4",
		"\v\f\r1": "1 4", "\u00a01": "0 0", "- 1": "0 0", "+ 1": "0 0", "--1": "0 0", "+-1": "0 0", "1-": "1 1", "1+1": "1 1", "1 2": "1 1", "1x": "1 1",
		"1'000": "1 1", "１": "0 0",
		"0x": "0 1", "0xg": "0 1", "0x.": "0 1", "0x.g": "0 1", "0x1.": "1 4", "0x1.g": "1 4", "0xA.8": "10.5 5", "0X1P4": "16 5", "0x1p+4": "16 6",
		"0x1p-4": "0.0625 6", "0x1p": "1 3", "0x1pp": "1 3", "0x1p4.5": "16 5",
		"-0x1": "-1 4", "0x0p9": "0 5", "0x1e2": "482 5", "00x1": "0 2", "0x1x": "1 3", "0x1_0": "1 3", "0b1": "0 1", "0o7": "0 1", "1_0": "1 1",
		"inf": "+Inf 3", "INF": "+Inf 3", "+inf": "+Inf 4", "-inf": "-Inf 4", "infinity": "+Inf 8", "InFiNiTy": "+Inf 8", "infinit": "+Inf 3",
		"infinityx": "+Inf 8", "in": "0 0", "-in": "0 0", "- inf": "0 0",
		"nan": "NaN 3", "-nan": "NaN 4", "NAN": "NaN 3", "nan()": "NaN 5", "nan(abc_1)": "NaN 10", "nan(a-b)": "NaN 3", "nan(": "NaN 3",
		"nan (x)": "NaN 3", "na": "0 0",
		"1e308": "1e+308 5", "1e309": "+Inf 5", "-1e309": "-Inf 6", "1e-324": "0 6", "4.9e-324": "5e-324 8",
		"2.2250738585072014e-308": "2.2250738585072014e-308 23", "1e99999999999999999999": "+Inf 22", "1e-99999999999999999999": "0 23",
		"0e99999999999": "0 13", "9007199254740992": "9.007199254740992e+15 16", "9007199254740993.0000001": "9.007199254740994e+15 24",
		"123456789012345678901234567890": "1.2345678901234568e+29 30",
	} {
		n, size := libc.ParseFloat(text)
		if got := fmt.Sprint(n, size); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestLiterals: integers as C writes them, octal and hexadecimal, and else what strtod(3) reads.
func TestLiterals(t *testing.T) {
	for text, want := range map[string]string{
		"": "0 0", "0": "0 1", "00": "0 2", "01": "1 2", "010": "8 3", "0777x": "511 4", "08": "8 2", "018": "18 3", "01.5": "1.5 4", "01e2": "1 2",
		"0x10z": "16 4", "017": "15 3", "07.5": "7.5 4", "1e2": "100 3", "0xffffffffffffffffff": "1.8446744073709552e+19 20",
		"0x": "0 1", "0xg": "0 1", "0xFf": "255 4", "0xfg": "15 3", "0x1.8": "1 3",
		"0x1p4": "1 3", "0xffffffffffffffff": "1.8446744073709552e+19 18", "0x10000000000000000": "1.8446744073709552e+19 19",
		"01777777777777777777777": "1.8446744073709552e+19 23", "02000000000000000000000": "1.8446744073709552e+19 23",
		"1": "1 1", "10": "10 2", "1.5": "1.5 3", "-010": "-10 4", " 010": "10 4", "+0x10": "16 5", "inf": "+Inf 3", "9x": "9 1",
	} {
		n, size := libc.ParseLiteral(text)
		if got := fmt.Sprint(n, size); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestConversions: numbers that do not fit become those of cvttsd2si of x86-64.
func TestConversions(t *testing.T) {
	for _, test := range []struct {
		n        float64
		integer  int
		unsigned uint64
	}{
		{0, 0, 0}, {1.9, 1, 1}, {-1.9, -1, math.MaxUint64}, {-0.5, 0, 0}, {2147483647.9, 2147483647, 2147483647}, {2147483648, math.MinInt32, 1 << 31},
		{-2147483648.9, math.MinInt32, math.MaxUint64 - 1<<31 + 1},
		{-2147483649, math.MinInt32, math.MaxUint64 - 1<<31}, {1 << 53, math.MinInt32, 1 << 53}, {1 << 63, math.MinInt32, 1 << 63},
		{1.5 * (1 << 63), math.MinInt32, 3 << 62},
		{1 << 64, math.MinInt32, 0}, {-1 << 63, math.MinInt32, 1 << 63}, {-1 << 64, math.MinInt32, 1 << 63}, {math.NaN(), math.MinInt32, 1 << 63},
		{math.Inf(1), math.MinInt32, 0}, {math.Inf(-1), math.MinInt32, 1 << 63},
	} {
		if got := libc.Int(test.n); got != test.integer {
			t.Errorf("int %v: got %d, want %d", test.n, got, test.integer)
		}
		if got := libc.Uint64(test.n); got != test.unsigned {
			t.Errorf("unsigned long %v: got %d, want %d", test.n, got, test.unsigned)
		}
	}
}

// TestFlagsOfDirectives: the flags of printf(3) with each other, by C17 7.21.6.1: "0" has no meaning with "-" or with a precision of an
// integer, and " " none with "+".
func TestFlagsOfDirectives(t *testing.T) {
	for _, test := range []struct {
		flags    string
		letter   byte
		n        uint64
		negative bool
		want     string
	}{
		{"", 'd', 42, false, "42"}, {"", 'd', 42, true, "-42"}, {"+", 'd', 0, false, "+0"}, {"+ ", 'd', 1, false, "+1"}, {" +", 'd', 1, false, "+1"},
		{" ", 'd', 1, true, "-1"}, {"-05", 'd', 1, false, "1    "},
		{"05", 'd', 1, true, "-0001"}, {"+05", 'd', 1, false, "+0001"}, {"05.2", 'd', 1, false, "   01"}, {".0", 'd', 0, false, ""},
		{"+.0", 'd', 0, false, "+"}, {"5.0", 'd', 0, false, "     "}, {".", 'd', 7, false, "7"},
		{".5", 'd', 12, true, "-00012"}, {"", 'd', math.MaxUint64, false, "18446744073709551615"}, {"", 'd', 1 << 63, true, "-9223372036854775808"},
		{"3", 'd', 12345, false, "12345"}, {"+", 'u', 1, false, "1"}, {" ", 'u', 1, false, "1"},
		{"#", 'x', 0, false, "0"}, {"#", 'x', 255, false, "0xff"}, {"#", 'X', 255, false, "0XFF"}, {"#6", 'x', 255, false, "  0xff"},
		{"#06", 'x', 255, false, "0x00ff"}, {"#-6", 'x', 255, false, "0xff  "}, {"#.4", 'x', 255, false, "0x00ff"},
		{"#.0", 'x', 0, false, ""}, {"#", 'o', 0, false, "0"}, {"#", 'o', 8, false, "010"}, {"#.0", 'o', 0, false, "0"}, {"#.3", 'o', 8, false, "010"},
		{"#.2", 'o', 8, false, "010"}, {"#.4", 'o', 8, false, "0010"}, {"#5", 'o', 8, false, "  010"}, {"#05", 'o', 8, false, "00010"},
	} {
		d, ok := libc.ParseDirective(test.flags, test.letter)
		if got := d.Number(test.n, test.negative); !ok || got != test.want {
			t.Errorf("%%%s%c of %d, %v: got %q, want %q", test.flags, test.letter, test.n, test.negative, got, test.want)
		}
	}
	for _, test := range []struct {
		flags  string
		letter byte
		n      float64
		want   string
	}{
		{"", 'f', 0, "0.000000"}, {".0", 'f', 0.5, "0"}, {".0", 'f', 1.5, "2"}, {"#.0", 'f', 1, "1."}, {".1", 'f', 0.25, "0.2"},
		{"+", 'f', 1, "+1.000000"}, {" ", 'f', 1, " 1.000000"}, {"010.2", 'f', -1.5, "-000001.50"}, {"-10.2", 'f', 1.5, "1.50      "},
		{"", 'f', math.Copysign(0, -1), "-0.000000"}, {".0", 'e', 15, "2e+01"}, {".3", 'e', 0, "0.000e+00"}, {"", 'E', 1e100, "1.000000E+100"},
		{"#.0", 'e', 1, "1.e+00"},
		{"", 'g', 0, "0"}, {"", 'g', 100000, "100000"}, {"", 'g', 1e6, "1e+06"}, {"", 'g', 123456789, "1.23457e+08"}, {"", 'g', 0.0001, "0.0001"},
		{"", 'g', 0.00001, "1e-05"}, {".0", 'g', 12, "1e+01"}, {".3", 'g', 1234, "1.23e+03"}, {".10", 'g', 0.1, "0.1"},
		{"#", 'g', 1, "1.00000"}, {"#.3", 'g', 100, "100."}, {".17", 'g', 0.1, "0.10000000000000001"}, {"", 'G', 1e-5, "1E-05"}, {"", 'a', 0, "0x0p+0"},
		{"", 'a', 0.5, "0x1p-1"}, {"", 'a', 3, "0x1.8p+1"}, {".0", 'a', 1.5, "0x2p+0"}, {".0", 'a', 2.5, "0x1p+1"}, {".1", 'a', 0.99, "0x2.0p-1"},
		{"", 'A', 10, "0X1.4P+3"},
		{"#", 'a', 1, "0x1.p+0"}, {"012", 'a', 1, "0x0000001p+0"}, {"06", 'f', math.NaN(), "   nan"}, {"-6", 'f', math.Inf(1), "inf   "},
		{"+", 'e', math.Inf(1), "+inf"}, {"", 'G', math.Inf(-1), "-INF"}, {".1", 'f', math.NaN(), "nan"},
	} {
		d, ok := libc.ParseDirective(test.flags, test.letter)
		if got := d.Float(test.n); !ok || got != test.want {
			t.Errorf("%%%s%c of %v: got %q, want %q", test.flags, test.letter, test.n, got, test.want)
		}
	}
	for flags, want := range map[string]string{"": "é", "4": "  é", "-4": "é  ", "04": "  é", "1": "é"} { // bytes are counted
		if d, ok := libc.ParseDirective(flags, 's'); !ok || d.String("é") != want {
			t.Errorf("%%%ss: got %q, want %q", flags, d.String("é"), want)
		}
	}
}

// TestWeeks has the weeks of strftime(3) around the turns of years, by ISO 8601 and by the first Sunday and Monday.
func TestWeeks(t *testing.T) {
	for day, want := range map[string]string{
		"2004-12-31": "2004 53 52 52 366", "2005-01-01": "2004 53 00 00 001", "2005-01-02": "2004 53 01 00 002", "2005-01-03": "2005 01 01 01 003",
		"2007-01-01": "2007 01 00 01 001", "2008-12-29": "2009 01 52 52 364",
		"2008-12-31": "2009 01 52 52 366", "2009-12-31": "2009 53 52 52 365", "2010-01-03": "2009 53 01 00 003", "2010-01-04": "2010 01 01 01 004",
		"2012-01-01": "2011 52 01 00 001", "2016-02-29": "2016 09 09 09 060",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := libc.Strftime("%G %V %U %W %j", at); got != want {
			t.Errorf("%s: got %s, want %s", day, got, want)
		}
	}
	for format, want := range map[string]string{"%": "", "a%%b": "a%b", "%%d": "%d", "%|": "|", "%=": "=", "%E": "E", "%é": "\xc3", "%5Y": "5", "%O": "O"} {
		if got, unknown := libc.Strftime(format, time.Unix(0, 0).UTC()); unknown != 0 && string([]byte{unknown}) != want || unknown == 0 && got != want {
			t.Errorf("%q: got %q and %q, want %q", format, got, unknown, want)
		}
	}
}

// TestMktime: fields out of their range count on, and what is not six numbers is no time.
func TestMktime(t *testing.T) {
	for text, want := range map[string]int64{
		"1970 1 1 0 0 0": 0, "1970 01 01 00 00 01": 1, "1969 12 31 23 59 59": -1, "1970 1 1 0 0 -1": -1, "2000 2 29 12 0 0": 951825600,
		"2001 2 29 12 0 0": 983448000, "2000 14 1 0 0 0": 980985600, "2000 0 1 0 0 0": 944006400,
		"2000 1 0 0 0 0": 946598400, "2000 1 1 25 61 61": 946778521, "2038 1 19 3 14 8": 2147483648, "1900 1 1 0 0 0": -2208988800,
		" 2000\t1\n1 0 0 0 ": 946684800, "2000 1 1 0 0 0 0 junk": 946684800,
		"": -1, "2000": -1, "2000 1 1 0 0": -1, "2000 1 1 0 0 x": -1, "x 1 1 0 0 0": -1, "2000-1-1 0:0:0": -1, "2000 1.5 1 0 0 0": -1,
	} {
		if got := libc.Mktime(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestUnescape has the escapes of C17 5.1.1.2 and 6.4.4.4, with "\e": octal ones have up to three digits and fit a byte, hexadecimal ones
// up to two, and the backslash of others goes.
func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		`\a`: "\a 2", `\b`: "\b 2", `\e`: "\x1b 2", `\f`: "\f 2", `\n`: "\n 2", `\r`: "\r 2", `\t`: "\t 2", `\v`: "\v 2",
		`\\`: `\ 2`, `\"`: `" 2`, `\q`: "q 2", `\8`: "8 2",
		`\0`: "\x00 2", `\7`: "\a 2", `\101`: "A 4", `\1011`: "A 4", `\18`: "\x01 2",
		`\377`: "\xff 4", `\400`: "  3", `\777`: "? 3", `\x41`: "A 4", `\x414`: "A 4", `\x4g`: "\x04 3", `\xfF`: "\xff 4", `\xg`: "x 2", `\x`: "x 2",
		`\`: `\ 1`, "\\\n": "\n 2",
	} {
		plain, size := libc.Unescape(text)
		if got := fmt.Sprint(plain, " ", size); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"": "", "a": "a", `a\tb\\c`: "a\tb\\c", `\101\x42C`: "ABC", `a\0b`: "a", `\`: `\`, `a\`: `a\`, `\é`: "é", `\n\n`: "\n\n",
	} {
		if got := libc.UnescapeAll(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
