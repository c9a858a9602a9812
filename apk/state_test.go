package apk

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// TestStateOfMinirootfs reads and writes what apk 2.14 left in Alpine's root.
func TestStateOfMinirootfs(t *testing.T) {
	const world, triggers, scripts = "etc/apk/world", "lib/apk/db/triggers", "lib/apk/db/scripts.tar"
	files := minirootfs(t, world, triggers, scripts)
	var b bytes.Buffer
	w, err := ReadWorld(strings.NewReader(files[world]), V2)
	if err == nil {
		err = WriteWorld(&b, w, V2)
	}
	if diff := cmp.Diff(files[world], b.String()); err != nil || diff != "" || len(w) == 0 {
		t.Errorf("world: %v (-want +got):\n%s", err, diff)
	}
	b.Reset()
	list, err := ReadTriggers(strings.NewReader(files[triggers]))
	if err == nil {
		err = WriteTriggers(&b, list)
	}
	if diff := cmp.Diff(files[triggers], b.String()); err != nil || diff != "" || len(list) != 1 || len(list[0].Globs) != 5 {
		t.Errorf("triggers: %v (-want +got):\n%s", err, diff)
	}
	b.Reset()
	stored, err := ReadScripts(strings.NewReader(files[scripts]))
	if err == nil {
		err = WriteScripts(&b, stored, V2)
	}
	if err != nil || b.String() != files[scripts] || len(stored) < 5 {
		t.Errorf("scripts: %v, %d scripts, %d bytes, want %d", err, len(stored), b.Len(), len(files[scripts]))
	}
}

func TestWorld(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "\n"},
		{"blank lines", "\n \n\n", "\n"},
		{"one line", "docs app trig", "app\ndocs\ntrig\n"}, // apk/FORMAT.md 17.3
		{"case", "b\nB\nA\na\n_\nab\na-b\n", "_\nA\na\na-b\nab\nB\nb\n"},
		{"all forms", "z@edge>1.0-r0\n!y\nx~2\nw><Q1hQqsWv9QFJk2Nw6HEz2U/3Sk/Ec=\nso:v=1\n",
			"so:v=1\nw><Q1hQqsWv9QFJk2Nw6HEz2U/3Sk/Ec=\nx~2\n!y\nz@edge>1.0-r0\n"},
		{"one name twice", "a>1\na<2", "a>1\na<2\n"},
	} {
		for _, g := range []Generation{V2, V3} {
			world, err := ReadWorld(strings.NewReader(c.text), g)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			before := slices.Clone(world)
			var b strings.Builder
			if err := WriteWorld(&b, world, g); err != nil || b.String() != c.want {
				t.Errorf("%s: %s: got %q, %v, want %q", c.name, g, b.String(), err, c.want)
			}
			if !slices.Equal(before, world) {
				t.Errorf("%s: the caller's world was sorted", c.name)
			}
		}
	}
	if _, err := ReadWorld(strings.NewReader("a\n\nb !\n"), V3); err == nil || err.Error() != `line 3: dependency "!": no name` {
		t.Errorf("got %v", err)
	}
	if _, err := ReadWorld(&repeated{text: "a "}, V3); err == nil || err.Error() != "larger than 262144 bytes" {
		t.Errorf("got %v", err)
	}
	failure := errors.New("cable cut")
	if _, err := ReadWorld(iotest.ErrReader(failure), V3); err != failure {
		t.Errorf("got %v", err)
	}
}

func TestTriggers(t *testing.T) {
	const identity = "Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU="
	text := identity + " /usr/lib /usr/lib/* +/etc/app\n" // apk/FORMAT.md 17.3
	list, err := ReadTriggers(strings.NewReader(text + "\nX12d82b6a46055be04ab02ddc895f9016333f11805 /a\tb\n"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteTriggers(&b, list); err != nil || b.String() != text+identity+" /a\tb\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
	for text, want := range map[string]string{
		text + "x /a\n": `line 2: checksum "x": too short`,
		" /a /b\n":      `line 1: checksum "/a": unknown type 'a'`,
	} {
		if _, err := ReadTriggers(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := ReadTriggers(&repeated{text: "\n"}); err == nil || err.Error() != "larger than 16777216 bytes" {
		t.Errorf("got %v", err)
	}
	for want, bad := range map[string]PackageTriggers{
		`write triggers: globs ["/a"] have no package`: {Globs: []string{"/a"}},
		`write triggers: "/a\n" is not a glob`:         {Identity: list[0].Identity, Globs: []string{"/a\n"}},
		`write triggers: "" is not a glob`:             {Identity: list[0].Identity, Globs: []string{""}},
	} {
		if err := WriteTriggers(io.Discard, []PackageTriggers{bad}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func identityOf(t testing.TB, text string) Checksum {
	t.Helper()
	c, err := ParseChecksum(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestScriptHeader holds the first block to that of apk/FORMAT.md 17.3.
func TestScriptHeader(t *testing.T) {
	s := StoredScript{
		Package: "basefs-1.0-r0", Identity: identityOf(t, "Q1hswUY+CRMUi2hJNcK506+gJ2Bp8="), ModTime: 1700000000,
		Script: Script{PreInstall, make([]byte, 0o165)},
	}
	var b bytes.Buffer
	if err := WriteScripts(&b, []StoredScript{s}, V2); err != nil {
		t.Fatal(err)
	}
	want := make([]byte, 512)
	for at, text := range map[int]string{
		0:     "basefs-1.0-r0.Q1hswUY+CRMUi2hJNcK506+gJ2Bp8=.pre-install",
		0x64:  "0000755\x000000000\x000000000\x00" + "000000000165" + "014524770400" + "020631\x00 0",
		0x101: "ustar  \x00root",
		0x129: "root",
	} {
		copy(want[at:], text)
	}
	if diff := cmp.Diff(want, b.Bytes()[:512]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b.Len() != 4*512 {
		t.Errorf("%d bytes, want header, body and two blocks", b.Len())
	}
}

func TestScripts(t *testing.T) {
	identity := identityOf(t, "X12d82b6a46055be04ab02ddc895f9016333f11805")
	script := func(pkg string, typ ScriptType, body string) StoredScript {
		return StoredScript{Package: pkg, Identity: identity, ModTime: 1700000000, Script: Script{typ, []byte(body)}}
	}
	long := strings.Repeat("l", 45)
	var all []StoredScript
	for typ := PreInstall; typ <= Trigger; typ++ {
		all = append(all, script("app-2.1_rc1-r3", typ, "#!/bin/sh\n"+typ.String()))
	}
	for _, c := range []struct {
		name  string
		list  []StoredScript
		names [2]string // of the first, as it is in the archive, for V3 and V2
		lost2 bool      // apk 2 loses it
	}{
		{"none", nil, [2]string{}, false},
		{"all types", all, [2]string{"app-2.1_rc1-r3.X12d82b6a46055be04ab02ddc895f9016333f11805.pre-install",
			"app-2.1_rc1-r3.Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=.pre-install"}, false},
		{"bodies around a block", []StoredScript{script("a-1", Trigger, ""), script("b-1", Trigger, strings.Repeat("x", 512)),
			script("c-1", Trigger, strings.Repeat("x", 513))},
			[2]string{"a-1.X12d82b6a46055be04ab02ddc895f9016333f11805.trigger", "a-1.Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=.trigger"}, false},
		{"a name of 99 bytes with apk 3", []StoredScript{script(long+"-1", PreInstall, "x")}, [2]string{
			long + "-1.X12d82b6a46055be04ab02ddc895f9016333f11805.pre-install"[:52] + ".pre-install"[1:],
			long + "-1.Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=.pre-install"}, false},
		{"a long name", []StoredScript{script(long+long+"-1", PreInstall, "x")}, [2]string{
			long + long + "-1.X12d82b6a46055be04ab02ddc895f9016333f11805.pre-install", (long + long + "-1.Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=")[:99]}, true},
		{"a very long name", []StoredScript{script(strings.Repeat(long, 12), PreInstall, "x"), script("z-1", PreInstall, "y")}, [2]string{
			strings.Repeat(long, 12) + ".X12d82b6a46055be04ab02ddc895f9016333f11805.pre-install", strings.Repeat(long, 12)[:99]}, true},
	} {
		for _, g := range []Generation{V3, V2} {
			if c.name == "a name of 99 bytes with apk 3" {
				c.names[0] = long + "-1.X12d82b6a46055be04ab02ddc895f9016333f11805.pre-install"
			}
			var b bytes.Buffer
			if err := WriteScripts(&b, c.list, g); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if !bytes.HasSuffix(b.Bytes(), tarEnd) || b.Len()%512 != 0 || c.list == nil && b.Len() != 1024 {
				t.Errorf("%s: %s: %d bytes with a wrong end", c.name, g, b.Len())
			}
			h, err := tar.NewReader(bytes.NewReader(b.Bytes())).Next()
			if c.list != nil && (err != nil || h.Name != c.names[g] || h.Mode != 0o755 || h.Uname != "root" || h.ModTime.Unix() != 1700000000) {
				t.Errorf("%s: %s: %+v, %v, want %s", c.name, g, h, err, c.names[g])
			}
			want := c.list
			if c.lost2 && g == V2 {
				want = want[1:]
			}
			got, err := ReadScripts(bytes.NewReader(b.Bytes()))
			if err != nil || len(got) != len(want) {
				t.Errorf("%s: %s: read %d scripts, %v, want %d", c.name, g, len(got), err, len(want))
				continue
			}
			for i := range got {
				if diff := cmp.Diff(want[i], got[i], cmp.AllowUnexported(Checksum{})); diff != "" && len(want[i].Body)+len(got[i].Body) > 0 {
					t.Errorf("%s: %s (-want +got):\n%s", c.name, g, diff)
				}
			}
		}
	}
}

// TestLongScriptName: the L entry's size is one less than what follows it, a NUL
// included (apk/FORMAT.md 11).
func TestLongScriptName(t *testing.T) {
	for _, n := range []int{100, 511, 512, 513} {
		s := StoredScript{Identity: identityOf(t, "X12d82b6a46055be04ab02ddc895f9016333f11805"), ModTime: 0o7654321, Script: Script{Type: Trigger}}
		s.Package = strings.Repeat("n", n-len("."+s.Identity.Hex()+".trigger"))
		var b bytes.Buffer
		if err := WriteScripts(&b, []StoredScript{s}, V3); err != nil {
			t.Fatal(err)
		}
		h := b.Bytes()[:512]
		if size := string(h[124:136]); h[156] != 'L' || cString(h) != "././@LongLink" || size != fmt.Sprintf("%012o", n) {
			t.Errorf("%d bytes: type %c, size %s", n, h[156], size)
		}
		if mtime := string(h[136:148]); mtime != "000007654321" {
			t.Errorf("%d bytes: time %s, want the script's", n, mtime)
		}
		after := 512 + (n+1+511)/512*512
		if got := cString(b.Bytes()[after:]); got != (s.Package + "." + s.Identity.Hex() + ".trigger")[:99] {
			t.Errorf("%d bytes: the entry itself is %q", n, got)
		}
	}
}

func TestScriptErrors(t *testing.T) {
	archive := func(list ...block) []byte { return append(tarOf(list), tarEnd...) }
	const name = "a-1.Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=.trigger"
	for _, c := range []struct {
		name string
		text []byte
		want string
	}{
		{"no tar", []byte(strings.Repeat("x", 1024)), "archive/tar: invalid tar header"},
		{"cut off", archive(block{name: name, body: "body"})[:514], "entry \"" + name + "\": unexpected EOF"},
		{"no dots", archive(block{name: "a"}), `entry "a": not of the form PACKAGE.IDENTITY.TYPE`},
		{"no identity", archive(block{name: "a-1.trigger"}), `entry "a-1.trigger": not of the form PACKAGE.IDENTITY.TYPE`},
		{"bad identity", archive(block{name: "a-1.Q1xx.trigger"}), `entry "a-1.Q1xx.trigger": checksum "Q1xx": has 2 characters, want 28`},
		{"unknown type", archive(block{name: "a-1.Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=.pre-remove"}), "not of the form PACKAGE.IDENTITY.TYPE"},
		{"link", archive(block{name: name, typeflag: '2', link: "x"}), "is not a regular file"},
		{"large", archive(edited(name, "", 124, "77777777777\x00")), "scripts are larger than 67108864 bytes"},
	} {
		if _, err := ReadScripts(bytes.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	good := StoredScript{Package: "a-1", Identity: identityOf(t, "Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU="), Script: Script{Type: Trigger}}
	for want, edit := range map[string]func(*StoredScript){
		"write scripts: trigger of a-1 from -1 cannot be stored":          func(s *StoredScript) { s.ModTime = -1 },
		"write scripts: trigger of a-1 from 68719476736 cannot be stored": func(s *StoredScript) { s.ModTime = 1 << 36 },
		"write scripts: trigger of a-1 from 0 cannot be stored":           func(s *StoredScript) { s.Identity = Checksum{} },
		"write scripts: pre-commit of a-1 from 0 cannot be stored":        func(s *StoredScript) { s.Type = PreCommit },
	} {
		s := good
		edit(&s)
		if err := WriteScripts(io.Discard, []StoredScript{s}, V2); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func FuzzWorld(f *testing.F) {
	f.Add("docs app trig\n!a\nb@c>1.0-r0\nd><Q1hQqsWv9QFJk2Nw6HEz2U/3Sk/Ec=\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range []Generation{V2, V3} {
			world, err := ReadWorld(strings.NewReader(text), g)
			if err != nil {
				continue
			}
			var once, twice strings.Builder
			if err := WriteWorld(&once, world, g); err != nil {
				t.Fatal(err)
			}
			if g == V2 && strings.Contains(once.String(), "?") {
				continue // apk 2 writes what it cannot read
			}
			if world, err = ReadWorld(strings.NewReader(once.String()), g); err != nil {
				t.Fatalf("%s: its own text %q: %v", g, once.String(), err)
			}
			if err := WriteWorld(&twice, world, g); err != nil || once.String() != twice.String() {
				t.Errorf("%s: %q, again %q, %v", g, once.String(), twice.String(), err)
			}
		}
	})
}

func FuzzTriggers(f *testing.F) {
	f.Add("Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU= /usr/lib /usr/lib/* +/etc/app\n\nd41d8cd98f00b204e9800998ecf8427e\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadTriggers(strings.NewReader(text))
		if err != nil {
			return
		}
		var once, twice strings.Builder
		if err := WriteTriggers(&once, list); err != nil {
			t.Fatal(err)
		}
		if list, err = ReadTriggers(strings.NewReader(once.String())); err != nil {
			t.Fatalf("its own text %q: %v", once.String(), err)
		}
		if err := WriteTriggers(&twice, list); err != nil || once.String() != twice.String() {
			t.Errorf("%q, again %q, %v", once.String(), twice.String(), err)
		}
	})
}

func FuzzScripts(f *testing.F) {
	list := []StoredScript{{Package: strings.Repeat("app", 30) + "-1", ModTime: 1, Script: Script{Trigger, []byte("body")}}}
	list[0].Identity = identityOf(f, "Q1LYK2pGBVvgSrAt3IlfkBYzPxGAU=")
	for _, g := range []Generation{V2, V3} {
		var b bytes.Buffer
		if err := WriteScripts(&b, list, g); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := ReadScripts(bytes.NewReader(text))
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if WriteScripts(&once, list, V3) != nil {
			return // times before 1970 can be read
		}
		if list, err = ReadScripts(bytes.NewReader(once.Bytes())); err != nil {
			t.Fatalf("its own archive: %v", err)
		}
		if err := WriteScripts(&twice, list, V3); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("%d bytes, again %d, %v", once.Len(), twice.Len(), err)
		}
	})
}

// cString is what a field of a tar header holds up to the first 0.
func cString(b []byte) string {
	text, _, _ := strings.Cut(string(b), "\x00")
	return text
}
