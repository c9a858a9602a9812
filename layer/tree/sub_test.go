package tree

import (
	"errors"
	"testing"
)

// TestSub: a directory as a root of its own cannot be left (chroot(2)), and is the same directory in the tree that it is of.
func TestSub(t *testing.T) {
	tr := New()
	tr.Limit = 10_000
	for _, err := range []error{
		tr.MkdirAll("a/root/etc", 0o755), tr.Symlink("/a/./root/", "link"), tr.Symlink("/etc/file", "a/root/out"), tr.WriteFile("outside", nil, 0o644),
		tr.Symlink("/outside", "a/root/nowhere"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	sub, err := tr.Sub("/link")
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.WriteFile("../../out", []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nowhere", "../outside"} {
		if _, err := sub.Stat(name); !errors.Is(err, ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, err := tr.ReadFile("a/root/etc/file", 99); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if err := tr.WriteFile("a/root/etc/other", make([]byte, 5000), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := sub.WriteFile("etc/third", make([]byte, 5000), 0o644); !errors.As(err, new(*limitError)) {
		t.Errorf("beyond the limit of both: %v", err)
	}
	if err := sub.Put("", &Node{Type: Directory, Mode: 0o700, UID: 5}); err != nil {
		t.Fatal(err)
	}
	n, err := tr.Stat("a/root")
	if err != nil {
		t.Fatal(err)
	}
	if n != sub.Root() || n.UID != 5 || n.Child("etc") == nil {
		t.Errorf("the replaced root is %+v", n)
	}
	if whole, err := tr.Sub("a/.."); err != nil || whole != tr {
		t.Errorf("the root itself: %v", err)
	}
	for name, want := range map[string]error{"outside": ErrNotDir, "nosuch": ErrNotExist} {
		if _, err := tr.Sub(name); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
