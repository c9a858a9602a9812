package callstack_test

import (
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/callstack"
)

// TestStack has the values that bash(1) gives for FUNCNAME and BASH_SOURCE, and those of ash's $FUNCNAME.
func TestStack(t *testing.T) {
	var none callstack.Stack
	f := none.With(callstack.Call{Function: "f", File: "main"})
	sourced := f.With(callstack.Call{File: "/lib.sh"})
	g := sourced.With(callstack.Call{Function: "g", File: "/lib.sh"})
	for _, test := range []struct {
		name             string
		stack            callstack.Stack
		isSourced        bool
		function         string
		functions, files []string
	}{
		{"outside", none, false, "", nil, nil},
		{"in a function", f, false, "f", []string{"f"}, []string{"main"}},
		{"in a file that it sources", sourced, true, "f", []string{"source", "f"}, []string{"/lib.sh", "main"}},
		{"in a function of that file", g, true, "g", []string{"g", "source", "f"}, []string{"/lib.sh", "/lib.sh", "main"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.stack.IsSourced(); got != test.isSourced {
				t.Errorf("IsSourced is %t", got)
			}
			if got := test.stack.Function(); got != test.function {
				t.Errorf("Function is %q, want %q", got, test.function)
			}
			if got := test.stack.Functions(); !slices.Equal(got, test.functions) {
				t.Errorf("Functions are %q, want %q", got, test.functions)
			}
			if got := test.stack.Files(); !slices.Equal(got, test.files) {
				t.Errorf("Files are %q, want %q", got, test.files)
			}
		})
	}
}

// TestWith: stacks of two calls from one place do not share what is added.
func TestWith(t *testing.T) {
	base := callstack.Stack{}.With(callstack.Call{Function: "a"}).With(callstack.Call{Function: "b"})
	x, y := base.With(callstack.Call{Function: "x"}), base.With(callstack.Call{Function: "y"})
	if x.Function() != "x" || y.Function() != "y" || base.Function() != "b" {
		t.Errorf("the innermost functions are %q, %q and %q", x.Function(), y.Function(), base.Function())
	}
}
