package decimal

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Error is an error of a program, in busybox' words.
type Error string

func (e Error) Error() string { return string(e) }

// ErrUnsupported is wrapped by the errors of what is valid but not supported.
var ErrUnsupported = errors.New("is not supported")

func unsupported(format string, args ...any) error {
	return fmt.Errorf(format+" %w", append(args, ErrUnsupported)...)
}

// maxDigits bounds a number, its scale included.
const maxDigits = 20_000

// number is v divided by ten to the power of scale.
type number struct {
	v     *big.Int
	scale int
}

func integer(n int64) number { return number{big.NewInt(n), 0} }

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// at returns a number with another scale: digits are cut off, or zeros appended.
func (a number) at(scale int) number {
	switch {
	case scale > a.scale:
		return number{new(big.Int).Mul(a.v, power10(scale-a.scale)), scale}
	case scale < a.scale:
		return number{new(big.Int).Quo(a.v, power10(a.scale-scale)), scale}
	}
	return a
}

func (a number) check() (number, error) {
	if a.scale > maxDigits || a.v.BitLen() > maxDigits*4 {
		return number{}, unsupported("a number of more than %d digits", maxDigits)
	}
	return a, nil
}

func (a number) isZero() bool { return a.v.Sign() == 0 }

func compare(a, b number) int {
	scale := max(a.scale, b.scale)
	return a.at(scale).v.Cmp(b.at(scale).v)
}

// small returns a number as an int, its fraction cut off.
func (a number) small() (int, bool) {
	v := a.at(0).v
	if !v.IsInt64() || v.Int64() > 1<<31 || v.Int64() < -1<<31 {
		return 0, false
	}
	return int(v.Int64()), true
}

// spendOn counts the work on numbers with so many digits in all.
func (m Machine) spendOn(digits int) error { return m.Spend(16 + digits*digits/1000) }

// digits is about how many digits a number has, its scale included.
func (a number) digits() int { return a.v.BitLen()*3/10 + a.scale }

// calculate is an operation of two numbers at a scale.
func (m Machine) calculate(op byte, a, b number, scale int) (number, error) {
	digits := a.digits() + b.digits() + scale
	if n, ok := b.small(); op == '^' && ok {
		digits += a.digits() * min(max(n, -n), maxDigits)
	}
	if err := m.spendOn(min(digits, 4*maxDigits)); err != nil {
		return a, err
	}
	return calculate(op, a, b, scale)
}

// root is the square root of a number.
func (m Machine) root(a number, scale int) (number, error) {
	if err := m.spendOn(min(2*(a.digits()+scale), 4*maxDigits)); err != nil {
		return a, err
	}
	return root(a, scale)
}

// parse reads a number.
func (m Machine) parse(text string, base int) (number, error) {
	if err := m.spendOn(min(len(text), maxDigits)); err != nil {
		return number{}, err
	}
	return parse(text, base)
}

func calculate(op byte, a, b number, scale int) (number, error) {
	switch op {
	case '+', '-':
		if b.isZero() { // whose scale counts for nothing
			return a, nil
		}
		if a.isZero() {
			if op == '-' {
				b = number{new(big.Int).Neg(b.v), b.scale}
			}
			return b, nil
		}
		to := max(a.scale, b.scale)
		v := new(big.Int)
		if op == '+' {
			v.Add(a.at(to).v, b.at(to).v)
		} else {
			v.Sub(a.at(to).v, b.at(to).v)
		}
		return number{v, to}.check()
	case '*':
		product := number{new(big.Int).Mul(a.v, b.v), a.scale + b.scale}
		return product.at(min(product.scale, max(scale, a.scale, b.scale))).check()
	case '/':
		return divide(a, b, scale)
	case '%':
		q, err := divide(a, b, scale)
		if err != nil {
			return q, err
		}
		product := number{new(big.Int).Mul(q.v, b.v), q.scale + b.scale}
		rest, err := calculate('-', a, product, scale)
		if err == nil && !rest.isZero() {
			rest, err = rest.at(max(rest.scale, scale+b.scale, a.scale)).check()
		}
		return rest, err
	case '^':
		return raise(a, b, scale)
	}
	return number{}, unsupported("the operator %c", op)
}

func divide(a, b number, scale int) (number, error) {
	if b.isZero() {
		return number{}, Error("divide by zero")
	}
	if scale > maxDigits {
		return number{}, unsupported("a scale of more than %d", maxDigits)
	}
	dividend := new(big.Int).Mul(a.v, power10(scale+b.scale))
	return number{dividend.Quo(dividend, new(big.Int).Mul(b.v, power10(a.scale))), scale}.check()
}

func raise(a, b number, scale int) (number, error) {
	if compare(b, b.at(0)) != 0 {
		return number{}, Error("not an integer")
	}
	n, ok := b.small()
	if !ok || max(n, -n) > maxDigits*4 || max(n, -n)*max(a.v.BitLen(), 4*a.scale, 1) > maxDigits*4 {
		return number{}, unsupported("a power of more than %d digits", maxDigits)
	}
	if a.isZero() && n != 0 {
		return number{new(big.Int), scale}, nil
	}
	if n < 0 {
		whole := number{new(big.Int).Exp(a.v, big.NewInt(int64(-n)), nil), a.scale * -n}
		return divide(integer(1), whole, scale)
	}
	whole := number{new(big.Int).Exp(a.v, big.NewInt(int64(n)), nil), a.scale * n}
	return whole.at(min(whole.scale, max(scale, a.scale))).check()
}

func root(a number, scale int) (number, error) {
	if a.v.Sign() < 0 {
		return number{}, Error("negative number")
	}
	to := max(scale, a.scale)
	if to > maxDigits {
		return number{}, unsupported("a scale of more than %d", maxDigits)
	}
	return number{new(big.Int).Sqrt(a.at(2 * to).v), to}.check()
}

// length is how many digits a number has.
func (a number) length() number { return integer(int64(len(new(big.Int).Abs(a.v).String()))) }

// format returns a number in a base, without a zero before the point.
func (a number) format(base int) (string, error) {
	var text string
	switch {
	case a.isZero():
		text = "0"
	case base == 10:
		text = new(big.Int).Abs(a.v).String()
		if a.scale > 0 {
			text = strings.Repeat("0", max(a.scale-len(text), 0)) + text
			text = text[:len(text)-a.scale] + "." + text[len(text)-a.scale:]
		}
	case base > 16:
		return "", unsupported("obase of more than 16")
	case a.scale > 0:
		return "", unsupported("a fraction in another base than ten")
	default:
		text = strings.ToUpper(new(big.Int).Abs(a.v).Text(base))
	}
	if a.v.Sign() < 0 {
		text = "-" + text
	}
	return text, nil
}

// parse reads digits with a point, in a base. A single digit has its own value; in a longer number one that is too large for the base
// is the largest there is.
func parse(text string, base int) (number, error) {
	whole, fraction, hasPoint := strings.Cut(text, ".")
	if len(text) > maxDigits {
		return number{}, unsupported("a number of more than %d digits", maxDigits)
	}
	if base != 10 && hasPoint && fraction != "" {
		return number{}, unsupported("a fraction in another base than ten")
	}
	digits := []byte(whole + fraction)
	if len(digits) == 1 && !hasPoint {
		base = 16
	}
	v, factor := new(big.Int), big.NewInt(int64(base))
	for _, d := range digits {
		value := int64(d - '0')
		if d >= 'A' {
			value = int64(d-'A') + 10
		}
		v.Add(v.Mul(v, factor), big.NewInt(min(value, int64(base)-1)))
	}
	if v.Sign() == 0 {
		fraction = "" // a zero has no scale
	}
	return number{v, len(fraction)}, nil
}
