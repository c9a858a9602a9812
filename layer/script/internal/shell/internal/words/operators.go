package words

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/internal/glob"
)

// ErrTooLong is a value that would have more bytes than allowed.
var ErrTooLong = errors.New("value too long")

// TrimPrefix takes the smallest or largest beginning that matches a pattern off a value. Spend is called with the bytes that matching
// takes; its errors are returned.
func TrimPrefix(value, pattern string, largest bool, spend func(bytes int) error) (string, error) {
	at, err := place(len(value), largest, func(i int) (bool, error) { return glob.MatchWithin(pattern, value[:i], spend) })
	return value[max(at, 0):], err
}

// TrimSuffix is [TrimPrefix] for the end of a value.
func TrimSuffix(value, pattern string, largest bool, spend func(bytes int) error) (string, error) {
	at, err := place(len(value), !largest, func(i int) (bool, error) { return glob.MatchWithin(pattern, value[i:], spend) })
	if at < 0 {
		at = len(value)
	}
	return value[:at], err
}

// place returns the first place from 0 to n where a test holds, or fromEnd the last one, or -1.
func place(n int, fromEnd bool, holds func(i int) (bool, error)) (int, error) {
	for i := range n + 1 {
		if fromEnd {
			i = n - i
		}
		if ok, err := holds(i); ok || err != nil {
			return i, err
		}
	}
	return -1, nil
}

// Slice returns up to length bytes from an offset; a negative one of either counts from the end of the value. A length that ends before
// the offset is ignored.
func Slice(value string, from, length int64) string {
	size := int64(len(value))
	if from < 0 {
		if from += size; from < 0 {
			return ""
		}
	}
	from = min(from, size)
	if length < 0 {
		length += size - from
	}
	if length < 0 || length > size-from {
		length = size - from
	}
	return value[from : from+length]
}

// Replace replaces the first match of a pattern, or all of them: of what matches at a place, the longest. [ErrTooLong] is the error for
// more than limit bytes; spend is as in [TrimPrefix].
func Replace(value, pattern, with string, all bool, limit int, spend func(bytes int) error) (string, error) {
	if value == "" {
		if ok, err := glob.MatchWithin(pattern, "", spend); !ok || err != nil {
			return "", err
		}
		return with, nil
	}
	var out strings.Builder
	for i := 0; i < len(value); {
		n := -1
		end := len(value)
		if !strings.Contains(pattern, "*") { // each of its bytes matches at most one character
			end = min(end, i+utf8.UTFMax*len(pattern))
		}
		for ; end > i; end-- {
			if ok, err := glob.MatchWithin(pattern, value[i:end], spend); err != nil {
				return "", err
			} else if ok {
				n = end - i
				break
			}
		}
		if n < 0 {
			out.WriteByte(value[i])
			i++
			continue
		}
		out.WriteString(with)
		if i += n; out.Len() > limit {
			return "", ErrTooLong
		}
		if !all {
			out.WriteString(value[i:])
			break
		}
	}
	return out.String(), nil
}
