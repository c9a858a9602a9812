package remedy

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
)

// TestMissingCommand has what busybox's shell and env, and Bash, say of a command that there is not.
func TestMissingCommand(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&script.ExitError{Status: 127, Output: "/bin/sh: curl: not found"}, "curl"},
		{&script.ExitError{Status: 127, Output: "fetched bash: line 1: g++-12: command not found"}, "g++-12"},
		{&script.ExitError{Status: 127, Output: "env: can't execute 'node': No such file or directory"}, "node"},
		{fmt.Errorf("Dockerfile:3: %w", &script.ExitError{Status: 127, Output: "./install.sh: line 7: make: not found"}), "make"},
		{&script.ExitError{Status: 1, Output: "/bin/sh: curl: not found"}, ""}, // it was answered
		{&script.ExitError{Status: 127, Output: "/bin/sh: curl: not found later"}, ""},
		{&script.ExitError{Status: 127}, ""},
		{&script.ExitError{Status: 127, Package: "nginx", Output: "/bin/sh: curl: not found"}, ""}, // a package's script
		{fmt.Errorf("curl: not found"), ""},
	} {
		if got := MissingCommand(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}

func TestHaving(t *testing.T) {
	having := func(name string, commands ...string) *apk.Package {
		p := &apk.Package{Name: name}
		for _, c := range commands {
			p.Provides = append(p.Provides, apk.Dependency{Name: c})
		}
		return p
	}
	repositories := []solver.Repository{
		{Index: &apk.Index{Packages: []*apk.Package{having("zz", "cmd:zz", "cmd:vi"), having("busybox", "vi"), having("vim", "cmd:vi", "cmd:vim"), having("vi", "cmd:vi")}}},
		{Index: &apk.Index{Packages: []*apk.Package{having("vim", "cmd:vi"), having("neatvi", "cmd:vi")}}},
		{Tag: "edge", Index: &apk.Index{Packages: []*apk.Package{having("a", "cmd:vi", "cmd:only")}}},
	}
	for name, want := range map[string][]string{"vi": {"vi", "neatvi", "vim"}, "vim": {"vim"}, "only": nil, "nosuch": nil} {
		if diff := cmp.Diff(want, Having(name, repositories)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
