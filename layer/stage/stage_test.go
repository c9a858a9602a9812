package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// newChange returns the change that installs a package over what the stage has.
func newChange(t testing.TB, s *Stage, h *apktest.Package) Change {
	t.Helper()
	content, p := h.Build(t)
	return Change{Old: s.Installed().Find(h.Name), New: p, Source: &apktest.MemorySource{Content: content}}
}

func newStage(t testing.TB, base *tree.Tree, g apk.Generation) *Stage {
	t.Helper()
	s, err := New(base, Options{Generation: g, Arch: "x86_64", Now: stageTime, SkipScripts: []string{"trig"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stageTime is what stages have for a clock.
var stageTime = time.Unix(1_000_000_000, 0)

// The records of apk/FORMAT.md 17.1 and 17.2, without what depends on the files' contents
// and the index.
const specRecordsV3 = `P:app V:2.1_rc1-r3 r:basefs<2 q:5 F:usr M:0:0:700 F:usr/bin M:0:0:711 R:app a:0:0:755 R:tool a:0:0:755 F:etc R:shadow-app a:0:0:600 ` +
	`F:etc/app R:app.conf
P:app-doc V:2.1_rc1-r3 F:usr F:usr/share F:usr/share/man R:app.1
P:basefs V:1.0-r0 F:etc R:group R:passwd R:shadow a:0:0:640 F:tmp M:0:0:1777 F:var F:var/empty M:0:0:555 F:usr F:usr/bin R:capable a:0:0:755:x R:suid ` +
	`a:0:0:4755 R:tool-hard a:0:0:755 R:tool-sym a:0:0:777 F:home F:home/alice M:99:98:2750 R:by-id a:77:66:644 R:by-name a:99:98:644 F:lib R:Upper ` +
	`R:a-second R:z-first F:dev R:null a:0:0:666 R:pipe a:0:0:600 F: R:rootfile F:usr/share F:usr/share/keep R:.keep R:.keep_dir
P:docs V:0.2-r5
P:libx V:0.9-r1 F:usr F:usr/lib R:libx.so.1 a:0:0:777 R:libx.so.1.2 a:0:0:755
P:trig V:1-r0 F:usr F:usr/lib F:usr/lib/trig R:x
`

const specBasefsV2 = `P:basefs V:1.0-r0 F:etc R:passwd R:group R:shadow a:0:0:640 F:tmp M:0:0:1777 F:var F:var/empty M:0:0:555 F:usr F:usr/bin R:suid ` +
	`a:0:0:4755 R:tool-hard a:0:0:755 R:tool-sym a:0:0:777 R:capable a:0:0:755:x F:home F:home/alice M:99:98:2750 R:by-name a:99:98:644 R:by-id a:77:66:644 ` +
	`F:lib R:z-first R:a-second R:Upper F:dev R:null a:0:0:666 R:pipe a:0:0:600 F: R:rootfile F:usr/share F:usr/share/keep R:.keep
`

// shortRecords brings a database into the form of specRecordsV3.
func shortRecords(text string) string {
	var b strings.Builder
	for record := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		var lines []string
		for line := range strings.SplitSeq(record, "\n") {
			if strings.ContainsAny(line[:1], "PVrqFMRaf") {
				if at := strings.Index(line, ":Q1"); at > 0 {
					line = line[:at] + ":x"
				}
				lines = append(lines, line)
			}
		}
		b.WriteString(strings.Join(lines, " ") + "\n")
	}
	return b.String()
}

func TestStageSpecExample(t *testing.T) {
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		t.Run(g.String(), func(t *testing.T) {
			s := newStage(t, tree.New(), g)
			var changes []Change
			for _, h := range apktest.SpecPackages() {
				changes = append(changes, newChange(t, s, h))
			}
			world := []apk.Dependency{{Name: "docs"}, {Name: "app"}, {Name: "trig"}}
			if err := s.Apply(context.Background(), changes, world, ApplyOptions{}); err != nil {
				t.Fatal(err)
			}
			want := specRecordsV3
			arguments := "/usr/lib /etc/app /usr/lib/trig"
			if g == apk.V2 {
				want = strings.Replace(want, lineWith(want, "P:basefs"), specBasefsV2, 1)
				want = strings.Replace(want, "R:libx.so.1 a:0:0:777 R:libx.so.1.2 a:0:0:755", "R:libx.so.1.2 a:0:0:755 R:libx.so.1 a:0:0:777", 1)
				arguments = "/usr/lib /usr/lib/trig"
			}
			if got := shortRecords(fileText(t, s, "lib/apk/db/installed")); got != want {
				t.Errorf("installed:\n%s\nwant:\n%s", got, want)
			}
			if got := strings.Join(s.records.find("trig").pendingTriggers, " "); got != arguments {
				t.Errorf("trigger arguments %s, want %s", got, arguments)
			}
			if got, want := fmt.Sprint(s.Skipped()), "[trig-1-r0.trigger]"; got != want {
				t.Errorf("skipped %s, want %s", got, want)
			}
			if got := fileText(t, s, "etc/apk/world"); got != "app\ndocs\ntrig\n" {
				t.Errorf("world %q", got)
			}
			if got := fileText(t, s, "etc/apk/arch"); got != "x86_64\n" {
				t.Errorf("arch %q", got)
			}
			identity := s.Installed().Find("trig").Identity.String()
			if got := fileText(t, s, "lib/apk/db/triggers"); got != identity+" /usr/lib /usr/lib/* +/etc/app\n" {
				t.Errorf("triggers %q", got)
			}
			for path, mode := range map[string]uint16{"usr": 0o700, "usr/bin": 0o711, "home/alice": 0o2750, "tmp": 0o1777, "lib/apk/db/installed": 0o644} {
				if n, err := s.Tree().Lstat(path); err != nil || n.Mode != mode {
					t.Errorf("%s: %v, %v, want mode %o", path, n, err, mode)
				}
			}
			archive := map[apk.Generation]string{apk.V2: "lib/apk/db/scripts.tar", apk.V3: "lib/apk/db/scripts.tar.gz"}
			for other, name := range archive {
				if _, err := s.Tree().Lstat(name); (err == nil) != (other == g) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if source := changes[3].Source.(*apktest.MemorySource); source.Opened.Load() != 0 {
				t.Errorf("docs, which has nothing to install, was opened %d times", source.Opened.Load())
			}
		})
	}
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func fileText(t testing.TB, s *Stage, path string) string {
	t.Helper()
	b, err := s.Tree().ReadFile(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestStageRefuses checks what is said of packages and databases that cannot be used.
func TestStageRefuses(t *testing.T) {
	good := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/x", "content")}}
	for _, test := range []struct {
		name     string
		packages []*apktest.Package
		change   func(changes []Change)
		want     string
	}{
		{"altered control segment", []*apktest.Package{good}, func(c []Change) {
			other, _ := (&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/x", "other")}}).Build(t)
			c[0].Source.(*apktest.MemorySource).Content = other
		}, "this is another build of p-1-r0, or it was altered"},
		{"altered data", []*apktest.Package{good}, func(c []Change) {
			content := c[0].Source.(*apktest.MemorySource).Content
			content[len(content)-12] ^= 1
		}, "package p-1-r0 (memory): data segment: "},
		{"truncated", []*apktest.Package{good}, func(c []Change) {
			s := c[0].Source.(*apktest.MemorySource)
			s.Content = s.Content[:len(s.Content)-20]
		}, "package p-1-r0 (memory): data segment: unexpected EOF"},
		{"no source", []*apktest.Package{good}, func(c []Change) { c[0].Source = nil }, "package p-1-r0: no package file to install it from"},
		{"source fails", []*apktest.Package{good}, func(c []Change) { c[0].Source = noNetwork{} }, "package p-1-r0: no network"},
		{"two packages, one path", []*apktest.Package{{Name: "a", Files: []apktest.File{apktest.Regular("opt/x", "a")}},
			{Name: "b", Files: []apktest.File{apktest.Regular("opt/x", "b")}}}, nil,
			`package b-1-r0 (memory): entry "opt/x": opt/x is owned by package a-1-r0, and neither package replaces the other`},
		{"one path twice", []*apktest.Package{{Name: "a", Files: []apktest.File{apktest.Regular("opt/x", "a"), apktest.Regular("opt/x", "b")}}}, nil,
			`package a-1-r0 (memory): data segment: entry "opt/x": occurs twice`},
		{"newline", []*apktest.Package{{Name: "a", Files: []apktest.File{apktest.Regular("opt/a\nb", "a")}}}, nil, "the name has a control character"},
		{"file over a directory", []*apktest.Package{{Name: "a", Files: []apktest.File{apktest.Regular("opt/x/y", "a")}},
			{Name: "b", Files: []apktest.File{apktest.Regular("opt/x", "b")}}}, nil,
			"package b-1-r0 (memory): put opt/x: Is a directory"},
		{"long name", []*apktest.Package{{Name: "a", Files: []apktest.File{apktest.Regular("opt/"+strings.Repeat("x", 300), "a")}}}, nil, "Filename too long"},
		{"several, one after the other", []*apktest.Package{good, {Name: "q", Files: []apktest.File{apktest.Regular("opt/q", "1")}},
			{Name: "r", Files: []apktest.File{apktest.Regular("opt/r", "1")}}}, func(c []Change) {
			c[1].Source, c[2].Source = noNetwork{}, noNetwork{}
		}, "package q-1-r0: no network"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t, tree.New(), apk.V2)
			var changes []Change
			for _, h := range test.packages {
				changes = append(changes, newChange(t, s, h))
			}
			if test.change != nil {
				test.change(changes)
			}
			err := s.Apply(context.Background(), changes, nil, ApplyOptions{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

type noNetwork struct{}

func (noNetwork) Open() (io.ReadCloser, error) { return nil, errors.New("no network") }

func TestNewStageRefuses(t *testing.T) {
	for _, test := range []struct{ path, content, want string }{
		{"lib/apk/db/installed", "P:a\nV:1\nX:1\n\n", "read lib/apk/db/installed: line 3: "},
		{"lib/apk/db/triggers", "nonsense /x\n", "read lib/apk/db/triggers: line 1: "},
		{"lib/apk/db/scripts.tar", "nonsense", "read lib/apk/db/scripts.tar: "},
		{"lib/apk/db/scripts.tar.gz", "nonsense", "read lib/apk/db/scripts.tar.gz: "},
		{"etc/apk/world", "a\n=\n", "read etc/apk/world: line 2: "},
	} {
		base := tree.New()
		if err := base.MkdirAll(filepath.Dir(test.path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := base.WriteFile(test.path, []byte(test.content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := New(base, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.path, err, test.want)
		}
	}
}

func TestStageWarns(t *testing.T) {
	base := tree.New()
	for path, content := range map[string]string{"etc/p.conf": "local"} {
		if err := base.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := base.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	s, err := New(base, Options{Warn: func(text string) { got = append(got, text) }})
	if err != nil {
		t.Fatal(err)
	}
	h := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("etc/p.conf", "new")},
		Scripts: map[string]string{"pre-deinstall": "#!/bin/sh\necho no\nfalse\n"}}
	apply(t, s, []any{h}, []any{"-p"})
	want := []string{
		"p-1-r0: etc/p.conf was modified and is kept; the new version is etc/p.conf.apk-new",
		"package p-1-r0: p-1-r0.pre-deinstall: exit status 1: no",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestApplyIndependentOfConcurrency checks that trees are equal.
func TestApplyIndependentOfConcurrency(t *testing.T) {
	var want string
	for _, n := range []int{1, 2, 7} {
		s, err := New(tree.New(), Options{Concurrency: n, SkipScripts: []string{"trig"}})
		if err != nil {
			t.Fatal(err)
		}
		var changes []Change
		for _, h := range apktest.SpecPackages() {
			changes = append(changes, newChange(t, s, h))
		}
		if err := s.Apply(context.Background(), changes, nil, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for path, n := range s.Tree().All() {
			got = append(got, fmt.Sprint(path, n.Type, n.Mode, n.UID, n.GID, n.Size, n.Target))
		}
		text := strings.Join(got, "\n") + fileText(t, s, "lib/apk/db/installed")
		if want == "" {
			want = text
		}
		if text != want {
			t.Errorf("with %d workers:\n%s\nwant:\n%s", n, text, want)
		}
	}
}
