package layer

import (
	"context"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestPackageFileContent(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16)
	h := &handmade{name: "p", files: []handmadeFile{aFile("opt/a", "first"), aFile("opt/big", big), aFile("opt/z", "last"), aFile("opt/empty", "")}}
	s := newStage(t, tree.New(), apk.V3)
	c := newChange(t, s, h)
	if err := s.Apply(context.Background(), []Change{c}, nil); err != nil {
		t.Fatal(err)
	}
	source := c.Source.(*bytesSource)
	source.opened = 0
	for _, test := range []struct {
		path, want string
		opened     int
	}{
		{"opt/z", "last", 1}, {"opt/a", "first", 1}, {"opt/z", "last", 1}, {"opt/big", big, 2}, {"opt/big", big, 3}, {"opt/empty", "", 3},
	} {
		if got := fileText(t, s, test.path); got != test.want || source.opened != test.opened {
			t.Errorf("%s: %d bytes after %d openings, want %d after %d", test.path, len(got), source.opened, len(test.want), test.opened)
		}
	}
	source.content, _ = (&handmade{name: "p", files: []handmadeFile{aFile("opt/a", "other")}}).build(t)
	if _, err := s.Tree().ReadFile("opt/big", 1<<30); err == nil || !strings.Contains(err.Error(), "package p-1-r0 (memory): its identity is ") {
		t.Errorf("a source that changed: %v", err)
	}
}
