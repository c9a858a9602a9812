package tree

import "testing"

// A change of owner takes what a program could do as another user, as chown(2) does. Writing takes capabilities, from root
// too, and leaves root's set-id bits.
func TestLosses(t *testing.T) {
	file := func() *Node {
		return &Node{Type: Regular, Mode: 0o6755, Xattrs: map[string]string{CapabilityXattr: "x", "user.a": "b"}}
	}
	tr := New()
	n := file()
	if err := tr.Chown(n, 1, -1); err != nil {
		t.Fatal(err)
	}
	if n.UID != 1 || n.GID != 0 || n.Mode != 0o755 || len(n.Xattrs) != 1 {
		t.Errorf("after chown: owner %d:%d mode %o xattrs %v", n.UID, n.GID, n.Mode, n.Xattrs)
	}
	n = file()
	if err := tr.Put("f", n); err != nil {
		t.Fatal(err)
	}
	if err := tr.WriteFile("f", []byte("text"), 0); err != nil {
		t.Fatal(err)
	}
	if n.Mode != 0o6755 || len(n.Xattrs) != 1 {
		t.Errorf("after a write: mode %o xattrs %v", n.Mode, n.Xattrs)
	}
}
