package arithmetic_test

import (
	"errors"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/arithmetic"
)

// budget is a set of variables whose work ends.
type budget struct {
	variables
	left int
}

var errSpent = errors.New("spent")

func (b *budget) Spend(bytes int) error {
	if b.left -= bytes; b.left < 0 {
		return errSpent
	}
	return nil
}

// FuzzEvaluate: an expression gives a number or an error of this package, and ends.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range []string{
		"", "1", "a", "a++ + ++b", "1 ? 2 : 3", "x = y = 3, x ** 2", "36#z - 0x1f + 077", "((1)", "1)", "a ? b = 1 : (c = 2)", "- - 1 ! 2", "1 << 64",
		"-9223372036854775808 / -1", "d + d", "~!-+a--",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := &budget{variables{"a": "3", "b": "a * 2", "c": "c", "d": "e + e", "e": "f + f", "f": "b"}, 1 << 16}
		_, err := arithmetic.Evaluate(text, v)
		var wrong arithmetic.Error
		if err != nil && !errors.As(err, &wrong) && !errors.As(err, new(arithmetic.TooLongError)) && err != errSpent {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// TestDoublingVariables: variables that name each other cannot make an expression endless.
func TestDoublingVariables(t *testing.T) {
	v := &budget{variables{}, 1 << 22}
	for name := 'a'; name < 'z'; name++ {
		v.variables[string(name)] = string(name+1) + "+" + string(name+1)
	}
	if _, err := arithmetic.Evaluate("a", v); err != errSpent {
		t.Errorf("got %v, want that the budget is spent", err)
	}
	if _, err := arithmetic.Evaluate(string(make([]byte, arithmetic.MaxExpression+1)), v); err == nil ||
		err.Error() != "an expression of more than 16384 bytes is not supported" {
		t.Errorf("got %v", err)
	}
}
