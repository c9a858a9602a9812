package accounts

import (
	"io"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestOwners(t *testing.T) {
	base := tree.New()
	if err := base.Mkdir("etc", 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := base.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const passwd = "# comment\nshort:x:1:1\nbad:x:q:1:::\nbadgid:x:3:q:::\na:x:10:11:::\na:x:20:21:::\nempty:x::5:::\nlast:x:30:31::/:/bin/sh"
	write("etc/passwd", passwd)
	write("etc/group", "a:x:12:\nroot:x:7:\nshort:x:1\n")
	type look struct {
		name string
		want uint32
	}
	v2, v3 := NewOwners(base, apk.V2), NewOwners(base, apk.V3)
	for _, l := range []look{{"a", 10}, {"short", 99}, {"bad", 99}, {"badgid", 99}, {"empty", 0}, {"last", 30}, {"none", 99}, {"", 99}} {
		for _, o := range []*Owners{v2, v3} {
			if got := o.User(l.name, 99); got != l.want {
				t.Errorf("%v: user %s is %d, want %d", o.generation, l.name, got, l.want)
			}
		}
	}
	if a, b := v2.Group("root", 1), v3.Group("root", 1); a != 7 || b != 0 {
		t.Errorf("group root is %d and %d, want 7 in apk 2 and 0 in apk 3", a, b)
	}
	if a, b := v2.User("root", 1), v3.User("root", 1); a != 1 || b != 0 {
		t.Errorf("user root is %d and %d, want 1 in apk 2 and 0 in apk 3", a, b)
	}

	// Apk 2 remembers each name, apk 3 the file, until a script has run; only apk 3
	// looks again when a package brings the file.
	write("etc/passwd", "a:x:50:50:::\nnew:x:51:51:::\nnone:x:52:52:::\n")
	check := func(what string, o *Owners, a, fresh, none uint32) {
		t.Helper()
		if x, y, z := o.User("a", 99), o.User("new", 99), o.User("none", 99); x != a || y != fresh || z != none {
			t.Errorf("%v, %s: a is %d, new is %d, none is %d; want %d, %d, %d", o.generation, what, x, y, z, a, fresh, none)
		}
	}
	check("after the file changed", v2, 10, 51, 99)
	check("after the file changed", v3, 10, 99, 99)
	v2.Committed("etc/passwd")
	v3.Committed("etc/passwd")
	check("after a package brought it", v2, 10, 51, 99)
	check("after a package brought it", v3, 50, 51, 52)
	v2.ScriptRan()
	check("after a script", v2, 50, 51, 52)
}

func FuzzOwners(f *testing.F) {
	f.Add("root:x:0:0:root:/root:/bin/sh\n", "root")
	f.Add("a:x:4294967296:-1:::\n", "a")
	f.Fuzz(func(t *testing.T, passwd, name string) {
		base := tree.New()
		if err := base.Mkdir("etc", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := base.WriteFile("etc/passwd", []byte(passwd), 0o644); err != nil {
			t.Fatal(err)
		}
		table := Passwd()
		if line := table.Read(base)[name]; line.Exists && NewOwners(base, apk.V2).User(name, line.ID+1) != line.ID && name != "" {
			t.Errorf("%q is found only once", name)
		}
	})
}

// openedContent counts how often it is opened.
type openedContent struct {
	tree.Content
	opened int
}

func (c *openedContent) Open() (io.ReadCloser, error) {
	c.opened++
	return c.Content.Open()
}

// TestOwnersReadOnce: a file is read once, however many names are looked up and scripts are run, until it has other content.
func TestOwnersReadOnce(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		in := tree.New()
		if err := in.Mkdir("etc", 0o755); err != nil {
			t.Fatal(err)
		}
		text := "a:x:10:10:::\nb:x:20:20:::\n"
		content := &openedContent{Content: tree.Bytes([]byte(text))}
		if err := in.Put("etc/passwd", &tree.Node{Mode: 0o644, Size: int64(len(text)), Content: content}); err != nil {
			t.Fatal(err)
		}
		o := NewOwners(in, g)
		for range 3 {
			if a, b, c := o.User("a", 99), o.User("b", 99), o.User("c", 99); a != 10 || b != 20 || c != 99 {
				t.Errorf("%v: users %d, %d and %d, want 10, 20 and 99", g, a, b, c)
			}
			o.ScriptRan()
		}
		if content.opened != 1 {
			t.Errorf("%v: the file was read %d times, want 1", g, content.opened)
		}
		w, err := in.OpenWriter("etc/passwd", tree.Append, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range []string{"c:x:30:30:::\n", "d:x:40:40:::\n"} {
			if _, err := io.WriteString(w, line); err != nil {
				t.Fatal(err)
			}
			o.ScriptRan()
			if got, want := o.User(line[:1], 99), uint32(30+10*i); got != want {
				t.Errorf("%v: user %s is %d, want %d", g, line[:1], got, want)
			}
		}
	}
}
