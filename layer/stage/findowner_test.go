package stage

import (
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// counted is a content that counts how often it is opened.
type counted struct {
	text   string
	opened int
}

func (c *counted) Open() (io.ReadCloser, error) {
	c.opened++
	return io.NopCloser(strings.NewReader(c.text)), nil
}

// TestOwnersAreReadOnce: for the owners of many files, etc/passwd and etc/group are read once, wherever they are.
func TestOwnersAreReadOnce(t *testing.T) {
	users, groups := &counted{text: "root:x:0:0::/:\nweb:x:7:8::/:\n"}, &counted{text: "root:x:0:\nweb:x:8:\n"}
	base := tree.New()
	if err := base.MkdirAll("etc", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]*counted{"etc/passwd": users, "etc/group": groups} {
		if err := base.Put(name, &tree.Node{Type: tree.Regular, Mode: 0o644, Content: content, Size: int64(len(content.text))}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(base, Options{Generation: apk.V2})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if uid, gid, err := s.findOwner("web:web"); uid != 7 || gid != 8 || err != nil {
			t.Fatalf("%d:%d, %v", uid, gid, err)
		}
	}
	if users.opened != 1 || groups.opened != 1 {
		t.Errorf("etc/passwd was read %d times, etc/group %d times", users.opened, groups.opened)
	}
	if err := s.Tree().WriteFile("etc/passwd", []byte("root:x:0:0::/:\nweb:x:9:8::/:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if uid, _, err := s.findOwner("web:web"); uid != 9 || err != nil {
		t.Errorf("web has the number %d, %v after the file has changed", uid, err)
	}
}
