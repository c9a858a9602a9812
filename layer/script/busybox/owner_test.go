package busybox

import (
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// A change of owner takes what a program could do as another user, as chown(2) does.
func TestChangeOwner(t *testing.T) {
	n := &tree.Node{Type: tree.Regular, Mode: 0o6755, Xattrs: map[string]string{"security.capability": "x", "user.a": "b"}}
	changeOwner(n, 1, -1)
	if n.UID != 1 || n.GID != 0 || n.Mode != 0o755 || len(n.Xattrs) != 1 {
		t.Errorf("got owner %d:%d mode %o xattrs %v", n.UID, n.GID, n.Mode, n.Xattrs)
	}
}
