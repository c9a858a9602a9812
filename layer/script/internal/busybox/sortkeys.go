package busybox

import (
	"bytes"
	"math"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

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
	n, size := libc.ParseFloat(string(text))
	switch {
	case size == 0:
		return math.NaN()
	case math.IsNaN(n):
		return math.Inf(-1)
	}
	return max(n, -math.MaxFloat64)
}
