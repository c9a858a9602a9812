package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// apply runs transactions one after the other: packages to install or upgrade, and
// names to remove with a "-".
func apply(t *testing.T, s *Stage, steps ...[]any) {
	t.Helper()
	for i, step := range steps {
		var changes []Change
		changed := make(map[string]bool)
		for _, item := range step {
			switch item := item.(type) {
			case *apktest.Package:
				changes = append(changes, newChange(t, s, item))
				changed[item.Name] = true
			case string:
				name := strings.TrimPrefix(item, "-")
				changes = append(changes, Change{Old: s.Installed().Find(name)})
				changed[name] = true
			}
		}
		for _, p := range s.Installed().Packages {
			if !changed[p.Name] {
				changes = append(changes, Change{Old: p, New: &p.Package, Tag: p.RepositoryTag})
			}
		}
		if err := s.Apply(context.Background(), changes, s.World(), ApplyOptions{}); err != nil {
			t.Fatalf("transaction %d: %v", i+1, err)
		}
	}
}

// TestReplacesV3 has the rules of apk/FORMAT.md 9.3 in apk 3's order. What apk 2 does is
// compared with apk itself.
func TestReplacesV3(t *testing.T) {
	for _, test := range []struct {
		name  string
		a, b  apktest.Package
		owner string // "" for an error
	}{
		{"nothing", apktest.Package{}, apktest.Package{}, ""},
		{"same origin", apktest.Package{Origin: "o"}, apktest.Package{Origin: "o"}, "b"},
		{"second replaces", apktest.Package{}, apktest.Package{Replaces: []string{"a"}}, "b"},
		{"first replaces", apktest.Package{Replaces: []string{"b"}}, apktest.Package{}, "a"},
		{"both replace", apktest.Package{Replaces: []string{"b"}}, apktest.Package{Replaces: []string{"a"}}, "b"},
		{"first has priority", apktest.Package{Replaces: []string{"b"}, Priority: 2}, apktest.Package{Replaces: []string{"a"}, Priority: 1}, "a"},
		{"second has priority", apktest.Package{Replaces: []string{"b"}, Priority: 1}, apktest.Package{Replaces: []string{"a"}, Priority: 2}, "b"},
		{"priority before origin", apktest.Package{Replaces: []string{"b"}, Origin: "o"}, apktest.Package{Origin: "o"}, "a"},
		{"other version", apktest.Package{}, apktest.Package{Replaces: []string{"a>1-r0"}}, ""},
		{"priority alone", apktest.Package{Priority: 5}, apktest.Package{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t, tree.New(), apk.V3)
			packages := apktest.Conflicting(test.a, test.b)
			err := s.Apply(context.Background(), []Change{newChange(t, s, packages[0]), newChange(t, s, packages[1])}, nil, ApplyOptions{})
			if test.owner == "" {
				if err == nil || !strings.Contains(err.Error(), "neither package replaces the other") {
					t.Errorf("got %v, want a conflict", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fileText(t, s, "opt/x"); got != test.owner {
				t.Errorf("the file is %s's, want %s's", got, test.owner)
			}
			for _, name := range []string{"a", "b"} {
				files := fmt.Sprint(listed(s, name))
				if want := map[bool]string{true: "[opt/" + name + " opt/x]", false: "[opt/" + name + "]"}[name == test.owner]; files != want {
					t.Errorf("%s has %s, want %s", name, files, want)
				}
			}
		})
	}
}

// listed returns the files of a package by the database.
func listed(s *Stage, name string) []string {
	var files []string
	for _, dir := range s.Installed().Find(name).Directories {
		for _, f := range dir.Files {
			files = append(files, joinPath(dir.Path, f.Name))
		}
	}
	return files
}

// TestStageV3 has what apk 3 does otherwise than apk 2.
func TestStageV3(t *testing.T) {
	mode := func(t *testing.T, s *Stage, path string, want string) {
		t.Helper()
		n, err := s.Tree().Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%o %d:%d", n.Mode, n.UID, n.GID); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	dirs := func(name string, priority int, files ...apktest.File) *apktest.Package {
		return &apktest.Package{Name: name, Priority: priority, Files: files}
	}
	t.Run("a package that goes in the same transaction loses its files", func(t *testing.T) {
		s := newStage(t, tree.New(), apk.V3)
		packages := apktest.Conflicting(apktest.Package{}, apktest.Package{})
		apply(t, s, []any{packages[0]}, []any{packages[1], "-a"})
		if got := fileText(t, s, "opt/x"); got != "b" {
			t.Errorf("the file is %s's", got)
		}
	})
	t.Run("files under another name are spared", func(t *testing.T) {
		base := tree.New()
		for _, err := range []error{base.MkdirAll("usr/lib", 0o755), base.Symlink("usr/lib", "lib")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		s := newStage(t, base, apk.V3)
		apply(t, s,
			[]any{&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("lib/so", "1"), apktest.Regular("lib/gone", "1")}}},
			[]any{&apktest.Package{Name: "p", Version: "2-r0", Files: []apktest.File{apktest.Regular("usr/lib/so", "2")}}})
		if got := fileText(t, s, "lib/so"); got != "2" {
			t.Errorf("lib/so is %q", got)
		}
		if _, err := s.Tree().Lstat("usr/lib/gone"); err == nil {
			t.Error("lib/gone is still there")
		}
	})
	t.Run("the new configuration goes with its package", func(t *testing.T) {
		base := tree.New()
		for _, err := range []error{base.Mkdir("etc", 0o755), base.WriteFile("etc/f", []byte("local"), 0o644)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		s := newStage(t, base, apk.V3)
		apply(t, s, []any{&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("etc/f", "new")}}})
		if got := fileText(t, s, "etc/f") + fileText(t, s, "etc/f.apk-new"); got != "localnew" {
			t.Errorf("etc/f and etc/f.apk-new: %q", got)
		}
		apply(t, s, []any{"-p"})
		if _, err := s.Tree().Lstat("etc/f.apk-new"); err == nil {
			t.Error("etc/f.apk-new is still there")
		}
		if got := fileText(t, s, "etc/f"); got != "local" {
			t.Errorf("etc/f: %q", got)
		}
	})
	t.Run("a directory is made once", func(t *testing.T) {
		base := tree.New()
		for _, err := range []error{base.Mkdir("bin", 0o755), base.WriteFile("bin/rm", []byte("program"), 0o755)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		p := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Directory("opt", 0o755), apktest.Directory("opt/d", 0o700)},
			Scripts: map[string]string{"post-install": "#!/bin/sh\nrm -rf /opt\n"}}
		s := newStage(t, base, apk.V3)
		apply(t, s, []any{p, &apktest.Package{Name: "q", Files: []apktest.File{apktest.Directory("opt", 0o755), apktest.Directory("opt/d", 0o711)}}})
		if _, err := s.Tree().Lstat("opt"); err == nil {
			t.Error("opt was made again")
		}
		apply(t, s, []any{&apktest.Package{Name: "r", Files: []apktest.File{apktest.Directory("opt", 0o755), apktest.Directory("opt/d", 0o711)}}})
		mode(t, s, "opt/d", "700 0:0") // p's still
		refused(t, base, `package q-1-r0 (memory): entry "opt/d/f": directory opt/d: stat opt/d: No such file or directory`,
			p, &apktest.Package{Name: "q", Files: []apktest.File{apktest.Directory("opt", 0o755), apktest.Directory("opt/d", 0o711),
				apktest.Regular("opt/d/f", "1")}})
	})
	t.Run("a directory that cannot be made is passed over", func(t *testing.T) {
		base := tree.New()
		if err := base.Symlink("nowhere", "opt"); err != nil {
			t.Fatal(err)
		}
		var warned []string
		s, err := New(base, Options{Now: stageTime, Warn: func(text string) { warned = append(warned, text) }})
		if err != nil {
			t.Fatal(err)
		}
		p := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Directory("opt", 0o755), apktest.Directory("opt/d", 0o700)}}
		apply(t, s, []any{p})
		if want := []string{"package p-1-r0: make directory opt/d: mkdir opt: File exists"}; !slices.Equal(warned, want) {
			t.Errorf("warnings %q, want %q", warned, want)
		}
		refused(t, base, `package q-1-r0 (memory): entry "opt/f": directory opt: stat opt: No such file or directory`,
			p, &apktest.Package{Name: "q", Files: []apktest.File{apktest.Regular("opt/f", "1")}})
	})
	t.Run("bits that links cannot have", func(t *testing.T) {
		refused(t, tree.New(),
			`package p-1-r0 (memory): entry "l": it is a symbolic link with mode 4777, and the system cannot set such bits of links: apk 3 would mark `+
				`the package as broken`,
			&apktest.Package{Name: "p", Files: []apktest.File{apktest.Symlink("l", "x").WithMode(0o4777)}})
	})
	t.Run("a second name of a link", func(t *testing.T) {
		base := tree.New()
		if err := base.WriteFile("target", []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
		s := newStage(t, base, apk.V3)
		link := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Symlink("a", "target"), apktest.HardLink("b", "a", 0o600).WithOwner("", "", 5, 6)}}
		apply(t, s, []any{link})
		mode(t, s, "target", "644 5:6")
		mode(t, s, "b", "777 0:0")
		refused(t, tree.New(),
			`package p-1-r0 (memory): entry "b": it is a hard link to a symbolic link, and apk would set owner and attributes of the link's target: stat `+
				`target: No such file or directory`, link)
	})
	t.Run("the first entry is read before the script", func(t *testing.T) {
		for _, g := range []apk.Generation{apk.V2, apk.V3} {
			base := tree.New()
			for _, err := range []error{base.Mkdir("etc", 0o755), base.WriteFile("etc/passwd", []byte("a:x:10:10:::\n"), 0o644)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			s := newStage(t, base, g)
			apply(t, s, []any{&apktest.Package{Name: "p", Files: []apktest.File{
				apktest.Directory("first", 0o755).WithOwner("a", "", 1, 0), apktest.Directory("second", 0o755).WithOwner("a", "", 1, 0),
			}, Scripts: map[string]string{"pre-install": "#!/bin/sh\necho a:x:20:20::: >/etc/passwd\n"}}})
			mode(t, s, "first", "755 10:0")
			mode(t, s, "second", "755 20:0")
		}
	})
	t.Run("what is said of packages without directories", func(t *testing.T) {
		s := newStage(t, tree.New(), apk.V3)
		meta := &apktest.Package{Name: "meta", Replaces: []string{"p"}, Priority: 3}
		change := newChange(t, s, meta)
		change.Tag = "edge"
		if err := s.Apply(context.Background(), []Change{change}, nil, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		if p := s.Installed().Packages[0]; len(p.Replaces) > 0 || p.ReplacesPriority != 0 || p.RepositoryTag != "" {
			t.Errorf("after the transaction meta replaces %v with priority %d and has tag %q, which apk has not written", p.Replaces,
				p.ReplacesPriority, p.RepositoryTag)
		}
	})
	t.Run("the base has a broken package", func(t *testing.T) {
		base := tree.New()
		for _, err := range []error{base.MkdirAll(databaseDirectory, 0o755),
			base.WriteFile(installedFile, []byte("P:p\nV:1-r0\nf:s\nF:opt\n\nP:q\nV:1-r0\nf:S\nF:opt\n\n"), 0o644)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		var warned []string
		if _, err := New(base, Options{Now: stageTime, Warn: func(text string) { warned = append(warned, text) }}); err != nil {
			t.Fatal(err)
		}
		want := []string{"the base's package p-1-r0 is marked as broken: it was installed with an error; to mend it, run apk fix p in the base"}
		if !slices.Equal(warned, want) {
			t.Errorf("warnings %q, want %q", warned, want)
		}
	})
	t.Run("one package holds a directory", func(t *testing.T) {
		s := newStage(t, tree.New(), apk.V3)
		apply(t, s, []any{
			dirs("b", 0, apktest.Directory("d", 0o750).WithOwner("", "", 5, 5)),
			dirs("c", 0, apktest.Directory("d", 0o711)), // greater name: b holds
		})
		mode(t, s, "d", "750 5:5")
		apply(t, s, []any{dirs("a", 0, apktest.Directory("d", 0o711))})
		mode(t, s, "d", "750 5:5") // the first of a transaction to have the directory does not reach the disk
		apply(t, s, []any{dirs("e", 0, apktest.Directory("d", 0o777)), dirs("f", 3, apktest.Directory("d", 0o700))})
		mode(t, s, "d", "750 5:5") // and since the disk is not as a's record, nor does f
		s = newStage(t, tree.New(), apk.V3)
		apply(t, s, []any{dirs("b", 0, apktest.Directory("d", 0o750)), dirs("a", 0, apktest.Directory("d", 0o711)),
			dirs("0", 0, apktest.Directory("d", 0o2775))})
		mode(t, s, "d", "2775 0:0")
		apply(t, s, []any{"-0"})
		mode(t, s, "d", "2775 0:0") // not touched before in this transaction
	})
	t.Run("the size is the index's", func(t *testing.T) {
		s := newStage(t, tree.New(), apk.V3)
		apply(t, s, []any{dirs("a", 0, apktest.Directory("d", 0o755))})
		p := s.Installed().Packages[0]
		now := p.Package
		now.Size = 4711
		if err := s.Apply(context.Background(), []Change{{Old: p, New: &now, Tag: "edge"}}, nil, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		if text := fileText(t, s, installedFile); !strings.Contains(text, "\nS:4711\n") || !strings.Contains(text, "\ns:edge\n") {
			t.Errorf("database:\n%s", text)
		}
	})
}

// refused installs packages that apk 3 cannot install without an error.
func refused(t *testing.T, base *tree.Tree, want string, packages ...*apktest.Package) {
	t.Helper()
	s := newStage(t, base, apk.V3)
	var changes []Change
	for _, p := range packages {
		changes = append(changes, newChange(t, s, p))
	}
	if err := s.Apply(context.Background(), changes, nil, ApplyOptions{}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestHolderOf has the contest of apk/FORMAT.md 9.4.
func TestHolderOf(t *testing.T) {
	in := func(name, origin string, priority uint16, purged bool) *directoryRecord {
		rec := &record{purged: purged}
		rec.Name, rec.Origin, rec.ReplacesPriority = name, origin, priority
		return &directoryRecord{record: rec}
	}
	for _, test := range []struct {
		what string
		a, b *directoryRecord
		b2   bool // b wins
	}{
		{"same name", in("x", "", 9, false), in("x", "", 0, false), true},
		{"a goes", in("a", "", 9, true), in("b", "", 0, false), true},
		{"b goes", in("b", "", 0, false), in("a", "", 9, true), false},
		{"higher priority", in("a", "", 1, false), in("b", "", 2, false), true},
		{"lower priority", in("b", "", 2, false), in("a", "", 1, false), false},
		{"a is the origin", in("b", "b", 0, false), in("a", "b", 0, false), false},
		{"b is the origin", in("a", "b", 0, false), in("b", "b", 0, false), true},
		{"neither is the origin", in("b", "o", 0, false), in("a", "o", 0, false), true},
		{"smaller name", in("b", "", 0, false), in("a", "", 0, false), true},
		{"greater name", in("B", "", 0, false), in("a", "", 0, false), false},
	} {
		if got := holderOf(test.a, test.b) == test.b; got != test.b2 {
			t.Errorf("%s: b holds the directory: %v", test.what, got)
		}
	}
}
