package tree

import (
	"testing"
)

// New files in a directory with the set-group-id bit get its group; directories get the
// bit too (Linux' inode_init_owner).
func TestInheritGroup(t *testing.T) {
	tr := New()
	if err := tr.Mkdir("d", 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := tr.Stat("d")
	if err != nil {
		t.Fatal(err)
	}
	d.Mode, d.GID = 0o2755, 7
	for _, err := range []error{
		tr.Mkdir("d/sub", 0o755), tr.WriteFile("d/file", nil, 0o644), tr.Symlink("x", "d/link"), tr.Mknod("d/fifo", FIFO, 0o644, 0, 0),
		tr.WriteFile("d/sub/file", nil, 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]uint16{"d/sub": 0o2755, "d/file": 0o644, "d/link": 0o777, "d/fifo": 0o644, "d/sub/file": 0o644} {
		n, err := tr.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		if n.GID != 7 || n.Mode != mode {
			t.Errorf("%s: group %d mode %o, want 7 and %o", name, n.GID, n.Mode, mode)
		}
	}
}
