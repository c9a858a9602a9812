package stage

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage/internal/remembered"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestPackageFileContent(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16)
	h := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "first"), apktest.Regular("opt/big", big), apktest.Regular("opt/z", "last"),
		apktest.Regular("opt/empty", "")}}
	s := newStage(t, tree.New(), apk.V3)
	c := newChange(t, s, h)
	if err := s.Apply(context.Background(), []Change{c}, nil, ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	source := c.Source.(*apktest.MemorySource)
	source.Opened.Store(0)
	for _, test := range []struct {
		path, want string
		opened     int
	}{
		{"opt/z", "last", 1}, {"opt/a", "first", 1}, {"opt/z", "last", 1}, {"opt/big", big, 2}, {"opt/big", big, 3}, {"opt/empty", "", 3},
	} {
		if got := fileText(t, s, test.path); got != test.want || int(source.Opened.Load()) != test.opened {
			t.Errorf("%s: %d bytes after %d openings, want %d after %d", test.path, len(got), int(source.Opened.Load()), len(test.want), test.opened)
		}
	}
	source.Content, _ = (&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "other")}}).Build(t)
	if _, err := s.Tree().ReadFile("opt/big", 1<<30); err == nil || !strings.Contains(err.Error(), "package p-1-r0 (memory): its identity is ") {
		t.Errorf("a source that changed: %v", err)
	}
}

// TestContentMemory: of a package of any size, few reads make all small files known, also to other stages; of an older one
// the files go when there is no room.
func TestContentMemory(t *testing.T) {
	memory := new(ContentMemory)
	newSource := func(h *apktest.Package, installedSize uint64) (*Stage, *apktest.MemorySource) {
		t.Helper()
		s := newStage(t, tree.New(), apk.V3)
		s.options.Contents = memory
		c := newChange(t, s, h)
		c.New.InstalledSize = installedSize
		if err := s.Apply(context.Background(), []Change{c}, nil, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		source := c.Source.(*apktest.MemorySource)
		source.Opened.Store(0)
		return s, source
	}
	read := func(s *Stage, source *apktest.MemorySource, opened int, paths ...string) {
		t.Helper()
		for _, path := range paths {
			if got, want := fileText(t, s, path), strings.Repeat(path, 1+len(path)%3); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		if int(source.Opened.Load()) != opened {
			t.Errorf("%s: %d openings, want %d", paths, int(source.Opened.Load()), opened)
		}
		source.Opened.Store(0)
	}
	file := func(path string) apktest.File { return apktest.Regular(path, strings.Repeat(path, 1+len(path)%3)) }
	small := &apktest.Package{Name: "small", Files: []apktest.File{file("opt/a"), file("opt/bb"), file("opt/ccc")}}
	s, source := newSource(small, 1000)
	read(s, source, 1, "opt/a", "opt/bb", "opt/ccc")
	s, source = newSource(small, 1000)
	read(s, source, 0, "opt/a", "opt/bb", "opt/ccc")

	large := &apktest.Package{Name: "large", Files: []apktest.File{file("usr/a"), file("usr/bb"), file("usr/ccc"), file("usr/dddd")}}
	s, source = newSource(large, 1<<30)
	read(s, source, 2, "usr/a", "usr/bb", "usr/ccc", "usr/dddd")

	full := &apktest.Package{Name: "full"}
	for i := range remembered.MaxFiles/remembered.MaxFile + 2 {
		full.Files = append(full.Files, apktest.Regular(fmt.Sprintf("srv/%03d", i), strings.Repeat("x", remembered.MaxFile)))
	}
	s, source = newSource(full, 1000)
	fileText(t, s, "srv/000")
	fileText(t, s, "srv/001")
	last := full.Files[len(full.Files)-1].Name
	fileText(t, s, last)
	fileText(t, s, last)
	if got := source.Opened.Load(); got != 3 {
		t.Errorf("opened %d times, want 3", got)
	}
	s, source = newSource(small, 1000)
	read(s, source, 1, "opt/a", "opt/bb")

	s, source = newSource(&apktest.Package{Name: "cut", Files: []apktest.File{file("etc/a"), file("etc/bb"), file("etc/ccc")}}, 1000)
	source.Content = source.Content[:len(source.Content)-12]
	for range 2 {
		if _, err := s.Tree().ReadFile("etc/a", 1<<20); err == nil {
			t.Error("a file was taken from a package that could not be verified to its end")
		}
	}
}
