package busybox

import (
	"bytes"
	"cmp"
	"math"
	"strings"
)

// compareVersionText is strverscmp(3), the order of "sort -V": numbers within the texts
// count as numbers, and of those that begin with a zero the one with more of them is less.
func compareVersionText(a, b []byte) int {
	digit := func(s []byte, i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }
	at := func(s []byte, i int) int {
		if i < len(s) {
			return int(s[i])
		}
		return 0
	}
	differ, number, zeros := 0, 0, true // number: where the digits before the difference begin
	for ; differ < len(a) && differ < len(b) && a[differ] == b[differ]; differ++ {
		switch {
		case !digit(a, differ):
			number, zeros = differ+1, true
		case a[differ] != '0':
			zeros = false
		}
	}
	if differ == len(a) && differ == len(b) {
		return 0
	}
	begins := func(s []byte) bool { return digit(s, number) && s[number] != '0' }
	switch {
	case begins(a) && begins(b):
		endA, endB := differ, differ
		for digit(a, endA) {
			endA++
		}
		for digit(b, endB) {
			endB++
		}
		if endA != endB {
			return cmp.Compare(endA, endB)
		}
	case zeros && number < differ && (digit(a, differ) || digit(b, differ)):
		// What has another digit behind the zeros is a fraction, and comes first.
		return int(byte(at(a, differ)-'0')) - int(byte(at(b, differ)-'0'))
	}
	return cmp.Compare(at(a, differ), at(b, differ))
}

// scaledNumber is a number with a unit, for -h.
func scaledNumber(text []byte) float64 {
	text = bytes.TrimLeft(text, " \t")
	digits := len(text) - len(bytes.TrimLeft(text, "-+.0123456789"))
	n := leadingNumber(text[:digits])
	if digits < len(text) {
		unit := text[digits]
		if unit == 'k' {
			unit = 'K'
		}
		if power := strings.IndexByte("KMGTPEZY", unit); power >= 0 {
			n *= math.Pow(1024, float64(power+1))
		}
	}
	return n
}

// monthNumber is the number of a month by the first letters of its name; 0 for others.
func monthNumber(text []byte) float64 {
	name := strings.ToLower(string(bytes.TrimLeft(text, " \t")))
	for i, month := range []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"} {
		if strings.HasPrefix(name, month) {
			return float64(i + 1)
		}
	}
	return 0
}

// generalNumber is a number in floating point, for -g. Text without one is less than "nan",
// and that is less than numbers.
func generalNumber(text []byte) float64 {
	name := strings.ToLower(string(bytes.TrimLeft(text, " \t\n\v\f\r")))
	for end := len(name); end > 0; end-- {
		if n, ok := parseFloat(name[:end]); ok {
			if math.IsNaN(n) {
				return math.Inf(-1)
			}
			return max(n, -math.MaxFloat64)
		}
	}
	return math.NaN()
}
