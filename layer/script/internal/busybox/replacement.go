package busybox

import (
	"io"

	"github.com/lamina-oci/lamina/layer/tree"
)

// replacement is a new file that takes the place of an old one with its mode and owner, as sed -i and dos2unix make it: another
// name of the old file keeps the old content.
type replacement struct {
	c               *Call
	name, temporary string
	file            io.WriteCloser
}

// replacementOf opens a file beside that of the name. If it cannot, problem is what the user is told.
func (c *Call) replacementOf(name string) (r *replacement, problem string) {
	// Busybox makes a name of its own there, of which an error shows as much.
	r = &replacement{c: c, name: name, temporary: name + "XXXXXX"}
	var err error
	if r.file, err = c.Tree.OpenWriter(c.file(r.temporary), tree.Create|tree.Exclusive, 0o600); err != nil {
		return nil, "can't create temp file '" + r.temporary + "': " + Reason(err)
	}
	return r, ""
}

// write gives it the content, and mode and owner of the old file.
func (r *replacement) write(content []byte, old *tree.Node) error {
	if _, err := r.file.Write(content); err != nil {
		return err
	}
	n, err := r.c.look(r.temporary, false)
	if err != nil {
		return err
	}
	r.c.Tree.Chmod(n, old.Mode) // busybox says nothing of what fails
	r.c.Tree.Chown(n, int64(old.UID), int64(old.GID))
	return nil
}

// move puts it in the place of the old file. If it cannot, problem is what the user is told.
func (r *replacement) move() (problem string) {
	if err := r.c.rename(r.temporary, r.name); err != nil {
		r.c.Tree.Remove(r.c.file(r.temporary)) // busybox leaves it, under a name that is another each time
		return "can't move '" + r.temporary + "' to '" + r.name + "': " + Reason(err)
	}
	return ""
}
