package tree

import (
	"slices"
	"time"
)

// Credentials are the user and the groups of a process that acts on a tree. User 0 has every capability; the others have
// none. The zero value is root.
//
// Permissions are those of Linux. Of its settings fs.protected_* (proc_sys_fs(5)), hardlinks is taken to be on, as
// distributions have it; symlinks, regular and fifos are taken to be off. There are no access control lists.
type Credentials struct {
	UID, GID uint32
	Groups   []uint32 // supplementary
}

// IsRoot reports whether permissions do not matter.
func (c *Credentials) IsRoot() bool { return c.UID == 0 }

// isMember reports whether a group is one of the process'.
func (c *Credentials) isMember(gid uint32) bool {
	return c.GID == gid || slices.Contains(c.Groups, gid)
}

// As returns the same file system for a process with other credentials: all that it makes belongs to them, and all that
// it does needs their permission. Now and Limit are copied.
func (t *Tree) As(c Credentials) *Tree {
	other := *t
	other.credentials = c
	other.credentials.Groups = slices.Sorted(slices.Values(c.Groups)) // as the kernel has them
	return &other
}

// Credentials returns who acts through this tree.
func (t *Tree) Credentials() Credentials { return t.credentials }

// Access is a set of ways to use a file, with the bits that a mode has for each class.
type Access uint16

const (
	Execute Access = 1 << iota // of a directory: look up names
	Write                      // of a directory: create, rename and remove names
	Read                       // of a directory: list names
)

// Access fails with [ErrPermission] unless the file may be used in all these ways. Even root cannot execute a file that
// nobody may execute.
func (t *Tree) Access(n *Node, want Access) error {
	c := &t.credentials
	bits := Access(n.Mode)
	switch {
	case c.IsRoot():
		if n.Type == Directory || want&Execute == 0 || n.Mode&0o111 != 0 {
			return nil
		}
		return ErrPermission
	case n.Type == Symlink:
		return nil
	case n.UID == c.UID:
		bits >>= 6
	case c.isMember(n.GID):
		bits >>= 3
	}
	if want&^bits != 0 {
		return ErrPermission
	}
	return nil
}

// owns reports whether what is for the owner only is allowed.
func (t *Tree) owns(n *Node) bool { return t.credentials.IsRoot() || t.credentials.UID == n.UID }

// isMember reports whether the set-group-id bit may stand for this group.
func (t *Tree) isMember(gid uint32) bool {
	return t.credentials.IsRoot() || t.credentials.isMember(gid)
}

// mayCreate is the check before a name is made in a directory. It is not inlined, which saves space.
//
//go:noinline
func (t *Tree) mayCreate(at *place) error {
	if at.dir().mounted == readOnly {
		return ErrReadOnly
	}
	return t.Access(at.dir(), Write|Execute)
}

// mayDelete is the check before a name that exists goes. In a sticky directory it is for the owners of the file and of
// the directory.
func (t *Tree) mayDelete(at *place) error {
	dir := at.dir()
	if err := t.mayCreate(at); err != nil {
		return err
	}
	if dir.Mode&0o1000 != 0 && !t.owns(at.node) && !t.owns(dir) {
		return ErrNotPermit
	}
	if at.node.IsMounted() {
		return ErrBusy
	}
	return nil
}

// mayLink is the check before a file gets a further name: unless it is the user's own, it must be a regular file that the
// user may read and write, and that gives nobody other credentials.
func (t *Tree) mayLink(n *Node) error {
	const setGroupID = 0o2010 // without execution by the group, the bit means something else
	switch {
	case t.owns(n):
	case n.Type != Regular, n.Mode&0o4000 != 0, n.Mode&setGroupID == setGroupID, t.Access(n, Read|Write) != nil:
		return ErrNotPermit
	}
	return nil
}

// own gives a new file its owner and group. It gets the group of a directory with the set-group-id bit, which directories
// pass on.
func (t *Tree) own(at *place, n *Node) {
	n.UID, n.GID = t.credentials.UID, t.credentials.GID
	dir := at.dir()
	if dir.Mode&0o2000 == 0 {
		return
	}
	n.GID = dir.GID
	switch {
	case n.Type == Directory:
		n.Mode |= 0o2000
	case n.Mode&0o2010 == 0o2010 && !t.isMember(n.GID):
		n.Mode &^= 0o2000
	}
}

// Chmod changes the mode of a file: for its owner. The set-group-id bit is lost with a group that the owner is not in.
func (t *Tree) Chmod(n *Node, mode uint16) error {
	if n.mounted == readOnly {
		return ErrReadOnly
	}
	if !t.owns(n) {
		return ErrNotPermit
	}
	if !t.isMember(n.GID) {
		mode &^= 0o2000
	}
	n.Mode = mode
	return nil
}

// Chown changes the owner and group of a file, of which -1 stays; larger numbers are taken modulo 2³². Root may do that,
// and an owner who gives the file to a group of theirs. Files lose set-id bits and capabilities.
func (t *Tree) Chown(n *Node, uid, gid int64) error {
	if n.mounted == readOnly {
		return ErrReadOnly
	}
	const unchanged = 1<<32 - 1 // (uid_t)-1
	setUser, setGroup := uid >= 0 && uid != unchanged, gid >= 0 && gid != unchanged
	if !t.credentials.IsRoot() {
		isOwner := n.UID == t.credentials.UID
		if setUser && (!isOwner || uint32(uid) != n.UID) ||
			setGroup && (!isOwner || uint32(gid) != n.GID && !t.credentials.isMember(uint32(gid))) ||
			!isOwner && n.Type != Directory && t.loses(n) != 0 {
			return ErrNotPermit
		}
	}
	if n.Type != Directory && n.Type != Symlink {
		n.Mode &^= t.loses(n)
		delete(n.Xattrs, CapabilityXattr)
	}
	if setUser {
		n.UID = uint32(uid)
	}
	if setGroup {
		n.GID = uint32(gid)
	}
	return nil
}

// CapabilityXattr holds the capabilities of a file, which are lost with its owner and content.
const CapabilityXattr = "security.capability"

// loses returns the bits of mode that a file loses with its owner or content. A set-group-id bit without execution by the
// group means something else.
func (t *Tree) loses(n *Node) uint16 {
	bits := n.Mode & 0o4000
	if n.Mode&0o010 != 0 || !t.isMember(n.GID) {
		bits |= n.Mode & 0o2000
	}
	return bits
}

// wrote takes from a file what it loses when its content is changed: root leaves it the set-id bits.
func (t *Tree) wrote(n *Node) {
	delete(n.Xattrs, CapabilityXattr)
	if !t.credentials.IsRoot() {
		n.Mode &^= t.loses(n)
	}
}

// Touch sets the modification time of a file to now: for its owner and for those who may write it.
func (t *Tree) Touch(n *Node) error {
	if n.mounted == readOnly {
		return ErrReadOnly
	}
	if !t.owns(n) {
		if err := t.Access(n, Write); err != nil {
			return err
		}
	}
	n.ModTime = t.Now
	return nil
}

// SetTime sets the modification time of a file: for its owner.
func (t *Tree) SetTime(n *Node, when time.Time) error {
	if n.mounted == readOnly {
		return ErrReadOnly
	}
	if !t.owns(n) {
		return ErrNotPermit
	}
	n.ModTime = when
	return nil
}
