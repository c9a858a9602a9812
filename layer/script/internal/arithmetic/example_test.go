package arithmetic_test

import (
	"fmt"

	"github.com/lamina-oci/lamina/layer/script/internal/arithmetic"
)

// variables is a map that the shell would have.
type variables map[string]string

func (v variables) Get(name string) (string, error) { return v[name], nil }
func (v variables) Set(name, value string) error    { v[name] = value; return nil }
func (v variables) Spend(int) error                 { return nil }
func (v variables) Element(string, string, func(string) (int64, error)) (string, error) {
	return "", nil // there are no arrays
}

func Example() {
	v := variables{"a": "3", "b": "a * 2"}
	n, err := arithmetic.Evaluate("c = b + 0x10, a++ ? c << 1 : 0", v)
	fmt.Println(n, err, v["a"], v["c"])
	_, err = arithmetic.Evaluate("1 / 0", v)
	fmt.Println(err)
	// Output:
	// 44 <nil> 4 22
	// divide by zero
}
