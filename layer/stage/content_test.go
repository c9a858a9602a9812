package stage

import (
	"context"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestPackageFileContent(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16)
	h := &apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "first"), apktest.Regular("opt/big", big), apktest.Regular("opt/z", "last"), apktest.Regular("opt/empty", "")}}
	s := newStage(t, tree.New(), apk.V3)
	c := newChange(t, s, h)
	if err := s.Apply(context.Background(), []Change{c}, nil); err != nil {
		t.Fatal(err)
	}
	source := c.Source.(*apktest.MemorySource)
	source.Opened = 0
	for _, test := range []struct {
		path, want string
		opened     int
	}{
		{"opt/z", "last", 1}, {"opt/a", "first", 1}, {"opt/z", "last", 1}, {"opt/big", big, 2}, {"opt/big", big, 3}, {"opt/empty", "", 3},
	} {
		if got := fileText(t, s, test.path); got != test.want || source.Opened != test.opened {
			t.Errorf("%s: %d bytes after %d openings, want %d after %d", test.path, len(got), source.Opened, len(test.want), test.opened)
		}
	}
	source.Content, _ = (&apktest.Package{Name: "p", Files: []apktest.File{apktest.Regular("opt/a", "other")}}).Build(t)
	if _, err := s.Tree().ReadFile("opt/big", 1<<30); err == nil || !strings.Contains(err.Error(), "package p-1-r0 (memory): its identity is ") {
		t.Errorf("a source that changed: %v", err)
	}
}
