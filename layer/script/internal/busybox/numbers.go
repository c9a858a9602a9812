package busybox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// numberWithin reads a number between two bounds; above 2³¹ all are alike.
func numberWithin(text string, low, high int64) (n int, problem string) {
	value, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") || value > math.MaxUint32:
		return 0, fmt.Sprintf("invalid number '%s'", text)
	case value < low || value > high:
		return 0, fmt.Sprintf("number %s is not in %d..%d range", text, low, high)
	}
	return int(min(value, math.MaxInt32)), ""
}

// parseSize reads a number with one of busybox' suffixes.
func parseSize(text string) (int64, bool) {
	bits := 62
	number, factor := cutUnit(text, "cwbkKmMG")
	if factor > 0 {
		bits = 32
	}
	n, err := strconv.ParseInt(number, 10, bits)
	return n * max(factor, 1), err == nil && n >= 0 && !strings.HasPrefix(text, "+")
}

// cutUnit takes one of some letters from the end of a number, and returns the bytes that it stands for: 0 if there is no such letter.
func cutUnit(text, letters string) (number string, bytes int64) {
	end := len(text) - 1
	if end < 0 || strings.IndexByte(letters, text[end]) < 0 {
		return text, 0
	}
	switch text[end] {
	case 'c':
		bytes = 1
	case 'w':
		bytes = 2
	case 'b':
		bytes = 512
	case 'k', 'K':
		bytes = 1 << 10
	case 'm', 'M':
		bytes = 1 << 20
	case 'G':
		bytes = 1 << 30
	}
	return text[:end], bytes
}
