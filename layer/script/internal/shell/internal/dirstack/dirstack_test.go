package dirstack_test

import (
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/dirstack"
)

// TestStack is the session "cd /a; pushd /b; pushd /c; pushd; popd; popd" of Bash.
func TestStack(t *testing.T) {
	dir, stack := "/a", dirstack.Stack{}
	for _, step := range []struct {
		name string
		do   func() (string, dirstack.Stack)
		dir  string
		want []string
	}{
		{"pushd /b", func() (string, dirstack.Stack) { return stack.Push(dir, "/b") }, "/b", []string{"/a"}},
		{"pushd /c", func() (string, dirstack.Stack) { return stack.Push(dir, "/c") }, "/c", []string{"/b", "/a"}},
		{"pushd", func() (string, dirstack.Stack) { return stack.Push(dir, "") }, "/b", []string{"/c", "/a"}},
		{"popd", func() (string, dirstack.Stack) { return stack.Pop() }, "/c", []string{"/a"}},
		{"popd again", func() (string, dirstack.Stack) { return stack.Pop() }, "/a", nil},
	} {
		before := slices.Clone(stack)
		to, after := step.do()
		if to != step.dir || !slices.Equal(after, step.want) {
			t.Fatalf("%s: in %s with %q, want %s with %q", step.name, to, after, step.dir, step.want)
		}
		if !slices.Equal(stack, before) {
			t.Errorf("%s changes the stack in place: %q", step.name, stack)
		}
		dir, stack = to, after
	}
}

// TestFormat has what Bash's dirs prints.
func TestFormat(t *testing.T) {
	stack := dirstack.Stack{"/root", "/rootless", "/"}
	for _, test := range []struct{ option, home, want string }{
		{"", "/root", "~/x ~ /rootless /\n"},
		{"-l", "/root", "/root/x /root /rootless /\n"},
		{"-p", "/root", "~/x\n~\n/rootless\n/\n"},
		{"-v", "/root", " 0  ~/x\n 1  ~\n 2  /rootless\n 3  /\n"},
		{"", "", "/root/x /root /rootless /\n"},
		{"", "/", "/root/x /root /rootless /\n"},
	} {
		if got := stack.Format("/root/x", test.home, test.option); got != test.want {
			t.Errorf("dirs %s with home %q prints %q, want %q", test.option, test.home, got, test.want)
		}
	}
}
