package busybox

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
)

// expr evaluates its arguments. Status 0 is for a value that is neither empty nor 0, 1
// for those, 2 for an error.
func expr(c *Call) (int, error) {
	if len(c.Args) < 2 {
		c.complain("too few arguments")
		return 2, nil
	}
	e := exprReader{c: c, args: c.Args[1:]}
	value, err := e.binary(0)
	if err == nil && len(e.args) > 0 {
		err = errExprSyntax
	}
	var bad exprError
	if errors.As(err, &bad) {
		c.complain("%v", err)
		return 2, nil
	} else if err != nil {
		return 0, err
	}
	fmt.Fprintln(&c.Out, value)
	if empty(value) {
		return 1, nil
	}
	return 0, nil
}

type exprError string

func (e exprError) Error() string { return string(e) }

const (
	errExprSyntax  = exprError("syntax error")
	errExprNumber  = exprError("non-numeric argument")
	errExprDivZero = exprError("division by zero")
)

func empty(value string) bool {
	return value == "" || value == "0"
}

// exprNumber reads a number as strtoll(3) does.
func exprNumber(value string) (int64, bool) {
	value = strings.TrimLeft(value, " \t\n\v\f\r")
	digits := value
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.ParseInt(value, 10, 64) // the nearest there is if it is out of range
	return n, true
}

type exprReader struct {
	c     *Call
	args  []string
	depth int
}

// exprOperators by how strongly they bind, the weakest first. The last is ":".
var exprOperators = [...][]string{{"|"}, {"&"}, {"<", "<=", "=", "==", "!=", ">=", ">"}, {"+", "-"}, {"*", "/", "%"}, {":"}}

func (e *exprReader) accept(words ...string) string {
	for _, word := range words {
		if len(e.args) > 0 && e.args[0] == word {
			e.args = e.args[1:]
			return word
		}
	}
	return ""
}

func (e *exprReader) binary(level int) (string, error) {
	if level == len(exprOperators) {
		return e.primary()
	}
	left, err := e.binary(level + 1)
	for err == nil {
		op := e.accept(exprOperators[level]...)
		if op == "" {
			break
		}
		var right string
		if right, err = e.binary(level + 1); err == nil {
			left, err = e.apply(level, left, op, right)
		}
	}
	return left, err
}

func (e *exprReader) apply(level int, left, op, right string) (string, error) {
	switch level {
	case 0:
		if empty(left) {
			return right, nil
		}
		return left, nil
	case 1:
		if empty(left) || empty(right) {
			return "0", nil
		}
		return left, nil
	case 2:
		return exprCompare(left, op, right), nil
	case 5:
		return e.match(left, right)
	}
	a, okA := exprNumber(left)
	b, okB := exprNumber(right)
	if !okA || !okB {
		return "", errExprNumber
	}
	switch op {
	case "+":
		a += b
	case "-":
		a -= b
	case "*":
		a *= b
	default:
		if b == 0 {
			return "", errExprDivZero
		}
		if a == math.MinInt64 && b == -1 {
			e.c.Err.WriteString("Arithmetic exception\n") // the signal that ends the program
			return "", exitStatus(128 + 8)
		}
		if op == "/" {
			a /= b
		} else {
			a %= b
		}
	}
	return strconv.FormatInt(a, 10), nil
}

func exprCompare(left, op, right string) string {
	order := strings.Compare(left, right)
	a, okA := exprNumber(left)
	b, okB := exprNumber(right)
	if okA && okB {
		order = 0
		if a < b {
			order = -1
		} else if a > b {
			order = 1
		}
	}
	holds := false
	switch op {
	case "<":
		holds = order < 0
	case "<=":
		holds = order <= 0
	case "=", "==":
		holds = order == 0
	case "!=":
		holds = order != 0
	case ">=":
		holds = order >= 0
	default:
		holds = order > 0
	}
	if holds {
		return "1"
	}
	return "0"
}

// match is "STRING : REGEXP", which must match at the beginning.
func (e *exprReader) match(text, pattern string) (string, error) {
	re, err := regex.Parse(pattern, regex.Flags{})
	var bad regex.Error
	if errors.As(err, &bad) {
		return "", exprError(fmt.Sprintf("bad regex '%s': %v", pattern, err))
	} else if err != nil {
		return "", e.c.Unsupported(e.c.Line, "expr: %v", err)
	}
	if err := e.c.spend(re.Cost(len(text))); err != nil {
		return "", err
	}
	if strings.HasPrefix(pattern, "^") {
		e.c.complain("warning: '%s': using '^' as the first character\nof a basic regular expression is not portable; it is ignored", pattern)
	}
	m := re.Find([]byte(text), false)
	switch {
	case m == nil || m[0] != 0:
		if re.Groups > 0 {
			return "", nil
		}
		return "0", nil
	case re.Groups == 0 || m[2] < 0:
		return strconv.Itoa(m[1]), nil
	}
	return text[m[2]:m[3]], nil
}

func (e *exprReader) next() (string, error) {
	if len(e.args) == 0 {
		return "", errExprSyntax
	}
	arg := e.args[0]
	e.args = e.args[1:]
	return arg, nil
}

func (e *exprReader) primary() (string, error) {
	arg, err := e.next()
	if err != nil {
		return "", err
	}
	if e.depth++; e.depth > maxParentheses {
		return "", e.c.Unsupported(e.c.Line, "expr: more than %d parentheses within each other are not supported", maxParentheses)
	}
	defer func() { e.depth-- }()
	operands := map[string]int{"quote": 0, "length": 1, "match": 2, "index": 2, "substr": 3}
	switch arg {
	case "(":
		value, err := e.binary(0)
		if err == nil && e.accept(")") == "" {
			err = errExprSyntax
		}
		return value, err
	case "quote":
		return e.next()
	case ")":
		return "", errExprSyntax
	}
	n, ok := operands[arg]
	if !ok {
		return arg, nil
	}
	values := make([]string, n)
	for i := range values {
		if values[i], err = e.primary(); err != nil {
			return "", err
		}
	}
	switch arg {
	case "length":
		return strconv.Itoa(len(values[0])), nil
	case "match":
		return e.match(values[0], values[1])
	case "index":
		return strconv.Itoa(strings.IndexAny(values[0], values[1]) + 1), nil
	}
	from, okFrom := exprNumber(values[1])
	size, okSize := exprNumber(values[2])
	if !okFrom || !okSize || from <= 0 || size <= 0 || from > int64(len(values[0])) {
		return "", nil
	}
	text := values[0][from-1:]
	return text[:min(size, int64(len(text)))], nil
}
