package busybox

import (
	"bytes"
	"math"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// scaledNumber is a number and its unit, for -h: the unit decides first. Text without a number is less than all.
func scaledNumber(text []byte) (n float64, unit []byte) {
	n, size := libc.ParseFloat(string(text))
	if size == 0 {
		n = math.Inf(-1)
	}
	power := 0
	if size > 0 && size < len(text) {
		power = strings.IndexByte(" KMGTPEZYk", text[size])
	}
	if power > len("KMGTPEZY") {
		power = 1
	}
	return n, []byte{byte(max(power, 0))}
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
