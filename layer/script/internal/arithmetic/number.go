package arithmetic

import (
	"math"
	"strconv"
	"strings"
)

func (a *calculator) number() (int64, bool) {
	i := 0
	for i < len(a.text) && (isNameByte(a.text[i]) || a.text[i] == '#' || a.text[i] == '@') {
		i++
	}
	text := a.text[:i]
	a.text = a.text[i:]
	return parseNumber(text)
}

// parseNumber reads 12, 012, 0x1f and 36#z. A number that does not fit 64 bits is 0,
// or with a base cut to them.
func parseNumber(text string) (int64, bool) {
	base, cut := uint64(10), false
	if radix, digits, ok := strings.Cut(text, "#"); ok {
		n, err := strconv.ParseUint(radix, 10, 8)
		if err != nil || n < 2 || n > 64 || radix[0] == '0' {
			return 0, false
		}
		base, text, cut = n, digits, true
	} else if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		base, text = 16, text[2:]
	} else if len(text) > 1 && text[0] == '0' {
		base, text = 8, text[1:]
	}
	if text == "" {
		return 0, cut
	}
	var n uint64
	overflow := false
	for i := range len(text) {
		digit := digitOf(text[i], base)
		if digit >= base {
			return 0, false
		}
		if n > (math.MaxUint64-digit)/base {
			overflow = true
		}
		n = n*base + digit
	}
	if overflow && !cut {
		n = 0
	}
	return int64(n), true
}

func digitOf(b byte, base uint64) uint64 {
	switch {
	case '0' <= b && b <= '9':
		return uint64(b - '0')
	case 'a' <= b && b <= 'z':
		return uint64(b-'a') + 10
	case 'A' <= b && b <= 'Z' && base <= 36:
		return uint64(b-'A') + 10
	case 'A' <= b && b <= 'Z':
		return uint64(b-'A') + 36
	case b == '@':
		return 62
	case b == '_':
		return 63
	}
	return math.MaxUint64
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func unaryResult(op string, n int64) int64 {
	switch op {
	case "!":
		return truth(n == 0)
	case "~":
		return ^n
	case "-":
		return -n
	}
	return n
}

func binaryResult(op string, x, y int64) (int64, error) {
	switch op {
	case ",":
		return y, nil
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "/", "%":
		switch {
		case y == 0:
			return 0, errDivision
		case y == -1 && op == "%": // math.MinInt64 / -1 does not fit
			return 0, nil
		case y == -1:
			return -x, nil
		case op == "/":
			return x / y, nil
		}
		return x % y, nil
	case "**":
		if y < 0 {
			return 0, errExponent
		}
		n := int64(1)
		for ; y > 0; y >>= 1 {
			if y&1 == 1 {
				n *= x
			}
			x *= x
		}
		return n, nil
	case "<<":
		return x << (uint64(y) & 63), nil
	case ">>":
		return x >> (uint64(y) & 63), nil
	case "&":
		return x & y, nil
	case "|":
		return x | y, nil
	case "^":
		return x ^ y, nil
	}
	return truth(compared(op, x, y)), nil
}

func compared(op string, x, y int64) bool {
	switch op {
	case "&&":
		return x != 0 && y != 0
	case "||":
		return x != 0 || y != 0
	case "==":
		return x == y
	case "!=":
		return x != y
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	}
	return x >= y
}
