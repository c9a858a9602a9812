package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomDirectives formats numbers and texts with random flags, widths and precisions here and in busybox.
func TestRandomDirectives(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 8))
	var lines []string
	for range 400 {
		var format, values strings.Builder
		for range 1 + r.IntN(3) {
			letter := oneOf(r, "d", "i", "u", "x", "X", "o", "s", "c", "e", "E", "f", "F", "g", "G", "a", "A")
			format.WriteString("[%")
			for range r.IntN(3) {
				format.WriteString(oneOf(r, "-", "0", "+", " ", "#"))
			}
			if format.WriteString(oneOf(r, "", "", "1", "5", "12")); letter != "c" {
				format.WriteString(oneOf(r, "", "", "*", ".", ".0", ".1", ".3", ".10", ".*"))
			}
			format.WriteString(letter + "]")
			for range strings.Count(format.String(), "*") {
				values.WriteString(" " + oneOf(r, "0", "3", "8", "-6", ""))
			}
			values.WriteString(" " + randomNumber(r))
		}
		lines = append(lines, "printf '"+format.String()+"\\n'"+values.String())
	}
	compareLines(t, lines)
}

// randomNumber returns a number as printf takes it, or something close to one.
func randomNumber(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return oneOf(r, "0", "-0", "1", "-1", "9", "10", "99", "100", "255", "256", "32767", "65536")
	case 1:
		return oneOf(r, "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "9223372036854775807", "-9223372036854775808",
			"18446744073709551615")
	case 2:
		return fmt.Sprintf("%d.%0*d", r.IntN(1000)-500, 1+r.IntN(6), r.IntN(10))
	case 3:
		return fmt.Sprintf("%d.%de%d", r.IntN(10), r.IntN(1000), r.IntN(40)-20)
	case 4:
		return fmt.Sprint(r.Int64N(1<<40) - 1<<39)
	case 5:
		return oneOf(r, "0x1f", "0X1F", "017", "-0x10", "+5", "' 7'", "\"'a\"", "0.5", "1.5", "2.5", "0.125", "1e400", "1e-400", "inf", "-inf", "nan", "1e308")
	case 6:
		return oneOf(r, "''", "abc", "5x", "0x", "08", "1.2.3", "--1", "1e", ".", "-")
	}
	return fmt.Sprintf("%g", r.NormFloat64()*1e6)
}

// TestRandomNumbersInText reads numbers as strtod(3) does, which awk uses, and prints all their digits.
func TestRandomNumbersInText(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	var lines []string
	for range 80 {
		var list []string
		for range 10 {
			var b strings.Builder
			b.WriteString(oneOf(r, "", "", " ", "\\t", "+", "-", "--", "0", "00"))
			for range 1 + r.IntN(4) {
				b.WriteString(oneOf(r, fmt.Sprint(r.IntN(1000)), fmt.Sprint(r.Uint64()), ".", ".", "e", "E", "e-", "e+", "x", "0x", "p", "p-", "inf",
					"nan", "f", "_", " "))
			}
			list = append(list, `"`+b.String()+`"`)
		}
		lines = append(lines,
			`awk 'BEGIN { n = split("", v); `+assignments(list)+`for (i = 1; i <= n; i++) printf "%.17g %d %s\n", v[i] + 0, v[i], v[i] * 3 }'`)
	}
	compareCommands(t, lines)
}

// assignments are statements of awk that put texts in an array.
func assignments(list []string) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString("v[++n] = " + s + "; ")
	}
	return b.String()
}

// TestRandomTimes formats times with every letter of strftime(3).
func TestRandomTimes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const letters = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ"
	var lines []string
	for range 60 {
		when := r.Int64N(8_000_000_000) - 2_000_000_000
		if r.IntN(3) == 0 { // around the turn of a year, where weeks belong to another one
			when = int64(r.IntN(80))*31_556_952 + r.Int64N(20*86400) - 10*86400
		}
		var format strings.Builder
		for i := range letters {
			fmt.Fprintf(&format, "%c=%%%c|", letters[i], letters[i])
		}
		lines = append(lines, fmt.Sprintf("date -u -d @%d '+%s'", when, format.String()))
	}
	compareCommands(t, lines)
}

// TestRandomVersions sorts versions as strverscmp(3) has them.
func TestRandomVersions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	var lines []string
	for range 60 {
		var b strings.Builder
		for range 12 {
			for range 1 + r.IntN(5) {
				b.WriteString(oneOf(r, "0", "00", "1", "2", "10", "09", "001", "9", ".", ".", "-r", "_rc", "a", "b", "+"))
			}
			b.WriteString(`\n`)
		}
		lines = append(lines, "printf '"+b.String()+"' | sort -V"+oneOf(r, "", "r", "u"))
	}
	compareCommands(t, lines)
}
