package variables_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
)

// counter is an account with a limit; 0 means none.
type counter struct{ held, limit int }

var errTooMuch = errors.New("too much")

func (c *counter) Hold(_ string, bytes int) error {
	if c.limit > 0 && c.held+bytes > c.limit {
		return errTooMuch
	}
	c.held += bytes
	return nil
}

func (c *counter) Release(bytes int) { c.held -= bytes }

// cost is what a variable counts.
func cost(name string, values ...string) int {
	n := len(name) + variables.EntrySize
	for i, value := range values {
		n += len(value)
		if i > 0 {
			n += variables.EntrySize
		}
	}
	return n
}

func TestBytes(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(t *variables.Table)
		want int
	}{
		{"a value", func(t *variables.Table) { t.Set("x", "abc") }, cost("x", "abc")},
		{"a longer one in its place", func(t *variables.Table) { t.Set("x", "abc"); t.Set("x", "abcdef") }, cost("x", "abcdef")},
		{"an empty one", func(t *variables.Table) { t.Set("x", "") }, cost("x")},
		{"two variables", func(t *variables.Table) { t.Set("x", "a"); t.Set("long", "b") }, cost("x", "a") + cost("long", "b")},
		{"removed", func(t *variables.Table) { t.Set("x", "abc"); t.Remove("x") }, 0},
		{"removed twice", func(t *variables.Table) { t.Set("x", "abc"); t.Remove("x"); t.Remove("x") }, 0},
		{"never set", func(t *variables.Table) { t.Remove("x"); t.Clear("x") }, 0},
		{"cleared", func(t *variables.Table) { t.Set("x", "abc"); t.SetExported("x", true); t.Clear("x") }, 0},
		{"attributes", func(t *variables.Table) { t.SetExported("x", true); t.SetReadOnly("x") }, 0},
		{"the environment at the start", func(t *variables.Table) { t.Init("x", variables.Variable{Value: "abc", IsSet: true, Exported: true}) }, 0},
		{"a value in place of that of the environment", func(t *variables.Table) {
			t.Init("x", variables.Variable{Value: "abc", IsSet: true})
			t.Set("x", "ab")
		}, cost("x", "ab")},
		{"an array", func(t *variables.Table) { t.SetArray("x", bash.NewArray([]string{"a", "bc"})) }, cost("x", "", "a", "bc")},
		{"a value in place of an array", func(t *variables.Table) {
			t.SetArray("x", bash.NewArray([]string{"a", "bc"}))
			t.Set("x", "a")
		}, cost("x", "a")},
		{"hidden by a local one: both count", func(t *variables.Table) {
			t.Set("x", "outer")
			var s variables.Saved
			s.Save(t, "x")
			t.Set("x", "in")
		}, cost("x", "outer") + cost("x", "in")},
		{"and back", func(t *variables.Table) {
			t.Set("x", "outer")
			var s variables.Saved
			s.Save(t, "x")
			t.Set("x", "in")
			s.Restore(t, func(string, string) {})
		}, cost("x", "outer")},
		{"removed while it is hidden", func(t *variables.Table) {
			t.Set("x", "outer")
			var s variables.Saved
			s.Save(t, "x")
			t.Remove("x")
			s.Restore(t, func(string, string) {})
			t.Remove("x")
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c counter
			test.do(variables.NewTable(&c))
			if c.held != test.want {
				t.Errorf("%d bytes are held, want %d", c.held, test.want)
			}
		})
	}
}

// TestBytesOfSubshells: a subshell counts what it sets itself, in an account of its own.
func TestBytesOfSubshells(t *testing.T) {
	var outer, inner counter
	table := variables.NewTable(&outer)
	table.Set("x", "outer")
	sub := table.Fork(&inner)
	sub.Set("x", "in")
	sub.Set("y", "new")
	if outer.held != cost("x", "outer") || inner.held != cost("x", "in")+cost("y", "new") {
		t.Errorf("%d bytes are held outside, %d inside", outer.held, inner.held)
	}
	sub.Remove("x")
	sub.Remove("y")
	if got := table.Get("x").Value; outer.held != cost("x", "outer") || inner.held != 0 || got != "outer" {
		t.Errorf("%d bytes are held outside, %d inside; x is %q outside", outer.held, inner.held, got)
	}
}

// TestTooMuch: a value that cannot be held is an error. The shell ends there.
func TestTooMuch(t *testing.T) {
	c := counter{limit: cost("x", "abc")}
	table := variables.NewTable(&c)
	if err := table.Set("x", "abc"); err != nil {
		t.Fatal(err)
	}
	if err := table.Set("x", "abcd"); !errors.Is(err, errTooMuch) {
		t.Errorf("got %v", err)
	}
	if err := table.SetArray("y", bash.NewArray([]string{"a"})); !errors.Is(err, errTooMuch) {
		t.Errorf("got %v", err)
	}
}

// TestRandomUse compares tables with a map that functions copy and bring back, and demands all bytes back at the end.
func TestRandomUse(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		var c counter
		table, model := variables.NewTable(&c), make(map[string]string)
		var call func(depth int)
		call = func(depth int) {
			var saved variables.Saved
			before := make(map[string]*string)
			for range r.IntN(12) {
				name := string('a' + byte(r.IntN(4)))
				switch r.IntN(6) {
				case 0, 1:
					model[name] = name + string(make([]byte, r.IntN(20)))
					table.Set(name, model[name])
				case 2:
					table.Remove(name)
					delete(model, name)
				case 3:
					if value, ok := model[name]; !saved.Has(name) && ok {
						before[name] = &value
					} else if !saved.Has(name) {
						before[name] = nil
					}
					saved.Save(table, name)
				case 4:
					if depth < 5 {
						call(depth + 1)
					}
				case 5:
					sub := table.Fork(&c)
					sub.Set(name, "in a subshell")
					sub.Remove(name)
				}
			}
			saved.Restore(table, func(name, value string) {
				if old := before[name]; old != nil && *old != value || old == nil && value != "" {
					t.Errorf("seed %d: %s comes back as %q", seed, name, value)
				}
			})
			for name, old := range before {
				if delete(model, name); old != nil {
					model[name] = *old
				}
			}
		}
		call(0)
		got := make(map[string]string)
		for _, name := range table.Names() {
			got[name] = table.Get(name).Value
		}
		if !maps.Equal(got, model) {
			t.Fatalf("seed %d: %q, want %q", seed, got, model)
		}
		for _, name := range table.Names() {
			table.Remove(name)
		}
		if c.held != 0 || table.Len() != 0 {
			t.Fatalf("seed %d: %d bytes of %d variables are held at the end", seed, c.held, table.Len())
		}
	}
}

func TestEnvironment(t *testing.T) {
	table := variables.NewTable(&counter{})
	table.Init("PATH", variables.Variable{Value: "/bin", IsSet: true, Exported: true})
	table.Set("x", "1")
	table.SetExported("y", true) // without a value it is not part of it
	table.Set("z", "3")
	table.SetExported("z", true)
	if got, want := table.Environment(), map[string]string{"PATH": "/bin", "z": "3"}; !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	table.Clear("z")
	if v := table.Get("z"); v.IsSet || !v.Exported || !table.Has("z") {
		t.Errorf("a cleared variable: %+v", v)
	}
	table.RemoveExported()
	if got, want := table.Names(), []string{"x"}; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}
