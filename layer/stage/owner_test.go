package stage

import (
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
	v2, v3 := newOwners(base, apk.V2), newOwners(base, apk.V3)
	for _, l := range []look{{"a", 10}, {"short", 99}, {"bad", 99}, {"badgid", 99}, {"empty", 0}, {"last", 30}, {"none", 99}, {"", 99}} {
		for _, o := range []*owners{v2, v3} {
			if got := o.user(l.name, 99); got != l.want {
				t.Errorf("%v: user %s is %d, want %d", o.generation, l.name, got, l.want)
			}
		}
	}
	if a, b := v2.group("root", 1), v3.group("root", 1); a != 7 || b != 0 {
		t.Errorf("group root is %d and %d, want 7 in apk 2 and 0 in apk 3", a, b)
	}
	if a, b := v2.user("root", 1), v3.user("root", 1); a != 1 || b != 0 {
		t.Errorf("user root is %d and %d, want 1 in apk 2 and 0 in apk 3", a, b)
	}

	// Apk 2 remembers each name, apk 3 the file, until a script has run; only apk 3
	// looks again when a package brings the file.
	write("etc/passwd", "a:x:50:50:::\nnew:x:51:51:::\nnone:x:52:52:::\n")
	check := func(what string, o *owners, a, fresh, none uint32) {
		t.Helper()
		if x, y, z := o.user("a", 99), o.user("new", 99), o.user("none", 99); x != a || y != fresh || z != none {
			t.Errorf("%v, %s: a is %d, new is %d, none is %d; want %d, %d, %d", o.generation, what, x, y, z, a, fresh, none)
		}
	}
	check("after the file changed", v2, 10, 51, 99)
	check("after the file changed", v3, 10, 99, 99)
	v2.committed("etc/passwd")
	v3.committed("etc/passwd")
	check("after a package brought it", v2, 10, 51, 99)
	check("after a package brought it", v3, 50, 51, 52)
	v2.scriptRan()
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
		table := passwdTable()
		if line := table.read(base)[name]; line.exists && newOwners(base, apk.V2).user(name, line.id+1) != line.id && name != "" {
			t.Errorf("%q is found only once", name)
		}
	})
}
