package stage

import (
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Several packages may have one directory with different owners and modes. What
// counts is decided in two ways (apk/FORMAT.md 9.4): apk 2 merges the records of all and
// sets directories right at the end, apk 3 lets one record hold the directory.

// setOwner writes what a package's record says, and settles who holds the directory.
func (r *records) setOwner(in *directoryRecord, owner apk.Ownership) {
	in.owner = r.owners.Of(r.owners.Number(owner))
	if r.generation == apk.V3 {
		in.at.holder = holderOf(in.at.holder, in)
	}
}

// merged returns owner and mode of a directory by its records, and whether it has any.
func (r *records) merged(d *directory) (apk.Ownership, bool) {
	if r.generation == apk.V3 {
		if d.holder == nil {
			return apk.Ownership{}, false
		}
		return *d.holder.owner, true
	}
	if len(d.records) == 0 {
		return apk.Ownership{}, false
	}
	m := *d.records[0].owner
	for _, in := range d.records[1:] {
		switch o := *in.owner; {
		case o.UID < m.UID || o.UID == m.UID && o.GID < m.GID:
			m = o
		case o.UID == m.UID && o.GID == m.GID:
			m.Mode &= o.Mode
		}
	}
	return m, true
}

// holderOf is apk 3's contest: b against a, who holds the directory or is nil.
func holderOf(a, b *directoryRecord) *directoryRecord {
	if a == nil || a == b || a.record.Name == b.record.Name || a.record.purged {
		return b
	}
	p, q := a.record, b.record
	switch {
	case q.purged:
		return a
	case p.ReplacesPriority != q.ReplacesPriority:
		if p.ReplacesPriority > q.ReplacesPriority {
			return a
		}
		return b
	case p.Origin != "" && p.Origin == q.Origin && p.Name == p.Origin:
		return a
	case p.Origin != "" && p.Origin == q.Origin && q.Name == q.Origin:
		return b
	case p.Name < q.Name:
		return a
	}
	return b
}

// enterDirectory gives the package a directory and makes it in the tree. A new one
// gets the time that the package says, though apk leaves it the time of the day: so what
// a package brings is the same whenever it is installed.
//
// A transaction makes a directory only when it first has it, and compares it only then with what the database says: if a
// script removes it later, it stays away. A directory that cannot be made is no failure: the files in it are.
func (s *Stage) enterDirectory(rec *record, path string, owner apk.Ownership, mtime time.Time) (*directoryRecord, error) {
	d := s.records.directory(path)
	expected, known := s.records.merged(d)
	in := s.records.addDirectory(rec, path)
	s.records.setOwner(in, owner)
	first := !d.touched
	d.touched = true
	if path == "" {
		return in, nil
	}
	node, err := s.tree.Lstat(path)
	switch {
	case err != nil && first:
		d.follow = s.options.Generation == apk.V2
		if s.options.Generation == apk.V3 {
			owner, _ = s.records.merged(d)
		}
		if err := s.makeDirectory(path, owner, mtime); err != nil {
			s.warn("package %s: make directory %s: %v", rec.ID(), path, err)
		} else {
			d.follow = true
		}
	case err != nil:
	case first:
		d.follow = known && node.Type == tree.Directory && owns(expected, node)
	case d.follow && s.options.Generation == apk.V3:
		if o, _ := s.records.merged(d); o != expected {
			s.settle(d, node)
		}
	}
	return in, nil
}

func owns(o apk.Ownership, n *tree.Node) bool {
	return o.Mode == n.Mode && o.UID == n.UID && o.GID == n.GID
}

// mkdirBits are the bits that mkdir(2) heeds.
const mkdirBits = 0o1777

// makeDirectory makes a new directory with the owner and mode of a package's
// entry. apk 2 does the owner only at the end, so that scripts see root's. Set-id bits
// are kept in both generations, although apk 3 by mistake loses
// them on disk while its database has them (apk/FORMAT.md 14.11).
func (s *Stage) makeDirectory(path string, owner apk.Ownership, mtime time.Time) error {
	mode := owner.Mode & s.mkdirBits
	if s.options.Generation == apk.V2 {
		mode &= mkdirBits
	}
	if parent, _ := splitParent(path); parent != "" && s.options.Generation == apk.V3 {
		if err := s.tree.MkdirAll(parent, 0o755); err != nil {
			return err
		}
	}
	if err := s.tree.Mkdir(path, mode); err != nil {
		return err
	}
	node, err := s.tree.Lstat(path)
	if err != nil {
		return err
	}
	node.ModTime = mtime
	if s.options.Generation == apk.V3 {
		node.UID, node.GID = owner.UID, owner.GID
	}
	return nil
}

// settle gives a directory in the tree what its records say.
func (s *Stage) settle(d *directory, node *tree.Node) {
	o, known := s.records.merged(d)
	if !known || node.Type != tree.Directory || owns(o, node) {
		return
	}
	node.Mode, node.UID, node.GID = o.Mode, o.UID, o.GID
	d.modified = true
}

// followAll makes the transaction set all directories of packages: apk 3 does so at once, apk 2 at its end.
func (s *Stage) followAll() {
	for _, rec := range s.records.packages {
		for _, in := range rec.directories {
			if in.at.path == "" || in.at.path == "proc" {
				continue // a mount point, which apk cannot change
			}
			in.at.touched, in.at.follow = true, true
			if node, err := s.tree.Lstat(in.at.path); err == nil && s.options.Generation == apk.V3 {
				s.settle(in.at, node)
			}
		}
	}
}

// settleDirectories is apk 2's last step for the directories of a transaction: it
// undoes what scripts did to owner and mode of those that packages brought. One that
// could not be made, or that a script removed, is for apk 2 no reason to fail.
func (s *Stage) settleDirectories() {
	if s.options.Generation != apk.V2 {
		return
	}
	for _, rec := range s.records.packages {
		for _, in := range rec.directories {
			if !in.at.follow {
				continue
			}
			in.at.follow = false
			node, err := s.tree.Lstat(in.at.path)
			if err != nil {
				s.warn("package %s: set owner and mode of directory %s: %v", rec.ID(), in.at.path, err)
				continue
			}
			s.settle(in.at, node)
		}
	}
}

// leaveDirectory takes a directory from a package. A directory that nothing refers to any
// longer is removed from the tree if it is empty, from the deepest up.
func (s *Stage) leaveDirectory(in *directoryRecord) {
	d := in.at
	expected, known := s.records.merged(d)
	for _, unused := range s.records.release(in) {
		unused.follow, unused.touched = false, false
		if unused.path == "" {
			break // the root stays, so that no trigger hears of it
		}
		unused.modified = true
		if node, err := s.tree.Lstat(unused.path); err == nil && node.Type == tree.Directory {
			_ = s.tree.Remove(unused.path) // fails if it is not empty, and then it stays
		}
	}
	if len(d.records) == 0 || d.path == "" {
		return
	}
	if d.holder == in {
		d.holder = nil
		for _, other := range d.records {
			d.holder = holderOf(d.holder, other)
		}
	}
	node, err := s.tree.Lstat(d.path)
	if err != nil || !known {
		return
	}
	switch matched := node.Type == tree.Directory && owns(expected, node); {
	case s.options.Generation == apk.V3:
		if o, _ := s.records.merged(d); d.touched && d.follow && o != expected {
			s.settle(d, node)
		}
	case !d.touched:
		d.touched, d.follow = true, matched
	}
}
