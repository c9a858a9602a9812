package stage

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestStageV3OnRootOfV2 has what apk 3 does to databases that apk 2 wrote (apk/FORMAT.md 10,
// 11, 17.5): the archive of scripts stays uncompressed, its names and order become apk 3's, files
// are sorted, and the lock is the old one.
func TestStageV3OnRootOfV2(t *testing.T) {
	older := newStage(t, tree.New(), apk.V2)
	script := map[string]string{"post-deinstall": "#!/bin/sh\n:\n", "trigger": "#!/bin/sh\n:\n"}
	apply(t, older, []any{
		&apktest.Package{Name: "zz", Triggers: "/nowhere", Scripts: script, Files: []apktest.File{apktest.Regular("opt/b", "b"), apktest.Regular("opt/Z", "Z"),
			apktest.Regular("opt/a", "a")}},
		&apktest.Package{Name: "aa", Triggers: "/nowhere", Scripts: script, Files: []apktest.File{apktest.Regular("srv/aa", "1")}},
	})
	if got := fmt.Sprint(listed(older, "zz")); got != "[opt/b opt/Z opt/a]" {
		t.Fatalf("apk 2 lists %s", got)
	}
	s, err := New(older.Tree(), Options{Now: stageTime.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, []any{&apktest.Package{Name: "mm", Triggers: "/nowhere", Scripts: script, Files: []apktest.File{apktest.Regular("srv/mm", "1")}}})

	if _, err := s.Tree().Lstat(scriptsGzip); err == nil {
		t.Errorf("there is a %s as well", scriptsGzip)
	}
	var names, want []string
	for _, name := range []string{"aa", "mm", "zz"} {
		for _, typ := range []string{".post-deinstall", ".trigger"} {
			want = append(want, name+"-1-r0."+s.Installed().Find(name).Identity.Hex()+typ)
		}
	}
	for r := tar.NewReader(strings.NewReader(fileText(t, s, scriptsFile))); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("scripts %q, want %q", names, want)
	}
	if got := fmt.Sprint(listed(s, "zz")); got != "[opt/Z opt/a opt/b]" {
		t.Errorf("apk 3 lists %s", got)
	}
	triggers := ""
	for _, name := range []string{"aa", "mm", "zz"} {
		triggers += s.Installed().Find(name).Identity.String() + " /nowhere\n"
	}
	if got := fileText(t, s, triggersFile); got != triggers {
		t.Errorf("triggers %q, want %q", got, triggers)
	}
	if n, err := s.Tree().Lstat("lib/apk/db/lock"); err != nil || !n.ModTime.Equal(stageTime) {
		t.Errorf("lock: %v, %v", n, err)
	}
}

// TestDatabaseBelowUsr begins with a root that has its database there and no link lib. With such a link, the path that begins
// with lib is the same file.
func TestDatabaseBelowUsr(t *testing.T) {
	for _, test := range []struct {
		lib       bool // a link
		directory string
	}{{false, "usr/lib/apk/db"}, {true, "lib/apk/db"}} {
		base := tree.New()
		errs := []error{base.MkdirAll("usr/lib/apk/db", 0o755), base.WriteFile("usr/lib/apk/db/installed", []byte("P:old\nV:1-r0\nF:opt\n\n"), 0o644)}
		if test.lib {
			errs = append(errs, base.Symlink("usr/lib", "lib"))
		}
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got, want := InstalledPath(base), test.directory+"/installed"; got != want {
			t.Errorf("the database is %s, want %s", got, want)
		}
		s := newStage(t, base, apk.V3)
		apply(t, s, []any{&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/p", "1")}}})
		if got := len(s.Installed().Packages); got != 2 {
			t.Errorf("%d packages, want 2", got)
		}
		for _, name := range []string{"installed", "lock", "scripts.tar.gz", "triggers"} {
			if _, err := s.Tree().Lstat("usr/lib/apk/db/" + name); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Tree().Lstat("lib/apk"); test.lib != (err == nil) {
			t.Errorf("lib/apk: %v", err)
		}
	}
}

// TestStateFilesOfNewRoot has what is made where there is nothing (apk/FORMAT.md 11).
func TestStateFilesOfNewRoot(t *testing.T) {
	for _, test := range []struct {
		g             apk.Generation
		there, absent string
	}{
		{apk.V2, "lib/apk/db/lock lib/apk/db/scripts.tar tmp dev proc var/cache/misc var/cache/apk etc/apk/arch", "lib/apk/db/scripts.tar.gz"},
		{apk.V3, "lib/apk/db/scripts.tar.gz var/cache/apk etc/apk/arch", "lib/apk/db/lock lib/apk/db/scripts.tar tmp dev proc var/cache/misc lib/apk/exec"},
	} {
		s := newStage(t, tree.New(), test.g)
		apply(t, s, []any{&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/p", "1")}}})
		for _, path := range strings.Fields(test.there) {
			if _, err := s.Tree().Lstat(path); err != nil {
				t.Errorf("%v: %v", test.g, err)
			}
		}
		for _, path := range strings.Fields(test.absent) {
			if _, err := s.Tree().Lstat(path); err == nil {
				t.Errorf("%v: there is %s", test.g, path)
			}
		}
	}
}

// TestTriggersOfUnchangedPackage is the upgrade of apk/FORMAT.md 17.6: a trigger runs although
// its own package stays, with the directories that changed; apk 3 also with those of "+".
func TestTriggersOfUnchangedPackage(t *testing.T) {
	for g, want := range map[apk.Generation]string{apk.V2: "/usr/lib", apk.V3: "/usr/lib /etc/app"} {
		s := newStage(t, tree.New(), g)
		first, second := apktest.SpecPackages(),
			[]*apktest.Package{{Name: "app", Version: "3.0-r0", Replaces: []string{"basefs<2"}, Priority: 5, Files: []apktest.File{
				apktest.Regular("usr/bin/app", "3").WithMode(0o755), apktest.Regular("etc/app/app.conf", "3"),
			}}}
		var changes []Change
		for _, h := range first {
			changes = append(changes, newChange(t, s, h))
		}
		if err := s.Apply(context.Background(), changes, nil, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		apply(t, s, []any{"-app-doc", second[0], "-libx"})
		if got := strings.Join(s.records.find("trig").pendingTriggers, " "); got != want {
			t.Errorf("%v: arguments %s, want %s", g, got, want)
		}
	}
}
