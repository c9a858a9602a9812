package libc

import (
	"math"
	"strconv"
	"strings"
)

// blank is what isspace(3) has.
const blank = " \t\n\v\f\r"

// ParseFloat reads the number that s begins with, after blank, as strtod(3) of
// Alpine's libc does, and returns how many bytes that took: 0 if it does not begin so.
func ParseFloat(s string) (n float64, size int) {
	i := 0
	for i < len(s) && strings.IndexByte(blank, s[i]) >= 0 {
		i++
	}
	begin := i
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if end := numberEnd(s, i); end > i {
		n, _ = strconv.ParseFloat(s[begin:end], 64) // out of range: an infinity or 0, as libc has it
		return n, end
	}
	if i < len(s) && (s[i]|0x20 == 'i' || s[i]|0x20 == 'n') {
		return namedNumber(s, begin, i)
	}
	if i+1 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' {
		return hexNumber(s, begin, i)
	}
	return 0, 0
}

// numberEnd is where a decimal number that begins at i ends; i if there is no number, or a
// hexadecimal one.
func numberEnd(s string, i int) int {
	end := i
	digits := 0
	for end < len(s) && isDigit(s[end]) {
		end++
		digits++
	}
	if digits == 1 && s[i] == '0' && end+1 < len(s) && s[end]|0x20 == 'x' && (isHex(s[end+1]) || s[end+1] == '.' && end+2 < len(s) && isHex(s[end+2])) {
		return i
	}
	if end < len(s) && s[end] == '.' {
		fraction := end + 1
		for fraction < len(s) && isDigit(s[fraction]) {
			fraction++
			digits++
		}
		if digits > 0 {
			end = fraction
		}
	}
	if digits == 0 {
		return i
	}
	if end < len(s) && s[end]|0x20 == 'e' {
		exp := end + 1
		if exp < len(s) && (s[exp] == '+' || s[exp] == '-') {
			exp++
		}
		first := exp
		for exp < len(s) && isDigit(s[exp]) {
			exp++
		}
		if exp > first {
			end = exp
		}
	}
	return end
}

// namedNumber reads "inf", "infinity" and "nan".
func namedNumber(s string, begin, i int) (float64, int) {
	sign := 1.0
	if s[begin] == '-' {
		sign = -1
	}
	low := strings.ToLower(s[i:min(len(s), i+8)])
	switch {
	case low == "infinity":
		return math.Inf(int(sign)), i + 8
	case strings.HasPrefix(low, "inf"):
		return math.Inf(int(sign)), i + 3
	case strings.HasPrefix(low, "nan"):
		end := i + 3
		if end < len(s) && s[end] == '(' {
			j := end + 1
			for j < len(s) && (isLetter(s[j]) || isDigit(s[j])) {
				j++
			}
			if j < len(s) && s[j] == ')' {
				end = j + 1
			}
		}
		return math.NaN(), end // without a sign: the product of NaN and -1
	}
	return 0, 0
}

// hexNumber reads 0x1F and 0x1.8p3; s has "0x" at i.
func hexNumber(s string, begin, i int) (float64, int) {
	end := i + 2
	for end < len(s) && isHex(s[end]) {
		end++
	}
	if end < len(s) && s[end] == '.' {
		end++
		for end < len(s) && isHex(s[end]) {
			end++
		}
	}
	digits := s[begin:end]
	exp := end
	if exp < len(s) && s[exp]|0x20 == 'p' {
		exp++
		if exp < len(s) && (s[exp] == '+' || s[exp] == '-') {
			exp++
		}
		first := exp
		for exp < len(s) && isDigit(s[exp]) {
			exp++
		}
		if exp > first {
			n, _ := strconv.ParseFloat(s[begin:exp], 64)
			return n, exp
		}
	}
	n, _ := strconv.ParseFloat(digits+"p0", 64)
	return n, end
}

// ParseLiteral reads a number as ParseFloat does, or one as C writes integers, octal and
// hexadecimal.
func ParseLiteral(s string) (n float64, size int) {
	if len(s) > 1 && s[0] == '0' {
		digits := 1
		for digits < len(s) && '0' <= s[digits] && s[digits] <= '7' {
			digits++
		}
		if s[1]|0x20 == 'x' && len(s) > 2 && isHex(s[2]) {
			size = 2
			for size < len(s) && isHex(s[size]) {
				size++
			}
			if u, err := strconv.ParseUint(s[2:size], 16, 64); err == nil {
				return float64(u), size
			}
			return float64(math.MaxUint64), size
		}
		if digits > 1 && (digits == len(s) || !isDigit(s[digits]) && s[digits] != '.') {
			if u, err := strconv.ParseUint(s[:digits], 8, 64); err == nil {
				return float64(u), digits
			}
			return float64(math.MaxUint64), digits
		}
	}
	return ParseFloat(s)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// Int is the conversion of double to int on x86-64: out of range gives the lowest int.
func Int(n float64) int {
	if n > -2147483649 && n < 2147483648 {
		return int(n)
	}
	return math.MinInt32
}

// Uint64 is the conversion of double to unsigned long on x86-64.
func Uint64(n float64) uint64 {
	const top = 1 << 63
	switch {
	case n >= 2*top:
		return 0
	case n >= top:
		return uint64(n-top) + top
	case n > -top-1:
		return uint64(int64(n))
	}
	return top
}
