package arithmetic

import "fmt"

// Variables are those of the shell.
type Variables interface {
	// Get returns the value of a variable or of an element, "" if it is not set.
	Get(name string) (string, error)

	Set(name, value string) error

	// Element returns what Get and Set are to call an element of an array, whose subscript is any text, or "" where there are no arrays.
	// evaluate is for a subscript that is an expression.
	Element(array, subscript string, evaluate func(text string) (int64, error)) (string, error)

	// Spend counts an expression of a number of bytes before it is evaluated.
	Spend(bytes int) error
}

// MaxExpression bounds the text of an expression, in bytes.
const MaxExpression = 16 << 10

// Evaluate evaluates an expression with one stack of operands and one of operators, where an
// operator applies once another one follows that does not bind more tightly. Both sides of
// "&&", "||" and "?:" are evaluated, and a name is read only when the operator that it is an
// operand of applies, so that "a + (a = 7)" is 14. The error is an [Error], a [TooLongError],
// or one of the variables.
func Evaluate(text string, variables Variables) (int64, error) { return evaluate(text, variables, nil) }

func evaluate(text string, variables Variables, names []string) (int64, error) {
	if len(text) > MaxExpression {
		return 0, TooLongError{}
	}
	cost := len(text)
	if names != nil {
		cost += nestedCost
	}
	if err := variables.Spend(cost); err != nil {
		return 0, err
	}
	a := &calculator{variables: variables, text: text, names: names}
	return a.run()
}

// nestedCost is what the value of a variable costs beside its bytes: a few of them that
// name each other twice double with each.
const nestedCost = 1 << 10

// Error is ash's message for an invalid expression. It ends the shell.
type Error string

func (e Error) Error() string { return string(e) }

const (
	errExpression = Error("arithmetic syntax error")
	errTernary    = Error("malformed ?: operator")
	errDivision   = Error("divide by zero")
	errExponent   = Error("exponent less than 0")
	errRecursion  = Error("expression recursion loop detected")
)

// TooLongError is the error for an expression of more than [MaxExpression] bytes.
type TooLongError struct{}

func (TooLongError) Error() string {
	return fmt.Sprintf("an expression of more than %d bytes is not supported", MaxExpression)
}
