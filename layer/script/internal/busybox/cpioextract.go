package busybox

import (
	"archive/tar"
	"errors"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// extract makes a file, or a link to a target. A file that cannot be made ends cpio with a status; directories and devices do not.
func (p *cpioCall) extract(e *cpioEntry, target string) error {
	where := strings.TrimSuffix(e.Name, "/")
	at := path.Clean(p.file(where))
	if p.opts.has('d') {
		if at, err := p.makeParents(where, false); err != nil {
			if at = strings.TrimRight(at, "/"); errors.Is(err, tree.ErrNotDir) && at == path.Dir(where) {
				err = tree.ErrExist
			}
			if err := p.reason(err, "can't create directory '%s'", at); err != nil {
				return err
			}
		}
	}
	if hasRoom, err := p.makeRoom(e, where, at); !hasRoom || err != nil {
		return err
	}
	if err := p.makeEntry(e, where, at, target); err != nil || target != "" || e.Typeflag == tar.TypeSymlink {
		return err
	}
	n, err := p.look(where, true)
	if err != nil {
		return nil
	}
	uid, gid := int64(e.Uid), int64(e.Gid)
	if p.uid >= 0 {
		uid = p.uid
	}
	if p.gid >= 0 {
		gid = p.gid
	}
	p.Tree.Chown(n, uid, gid) // a user who may not keeps the file
	p.Tree.Chmod(n, uint16(e.Mode))
	if p.opts.has('m') {
		p.Tree.SetTime(n, e.ModTime)
	}
	return nil
}

// reason prints why something cannot be done. It returns errors that end the script.
func (p *cpioCall) reason(err error, format string, args ...any) error {
	if Fatal(err) {
		return err
	}
	p.complain(format+": %s", append(args, Reason(err))...)
	return nil
}

// cannot prints why something cannot be done, which ends cpio.
func (p *cpioCall) cannot(err error, format string, args ...any) error {
	if err := p.reason(err, format, args...); err != nil {
		return err
	}
	return exitStatus(1)
}

// makeRoom removes an older file where an entry is extracted. It reports whether the entry is to be made.
func (p *cpioCall) makeRoom(e *cpioEntry, where, at string) (bool, error) {
	there, err := p.look(where, false)
	isDirectory := e.Typeflag == tar.TypeDir
	switch isMissing := errors.Is(err, tree.ErrNotExist); {
	case p.opts.has('u') && isDirectory, isMissing:
	case p.opts.has('u'):
		if err == nil {
			if err = tree.ErrIsDir; there.Type != tree.Directory {
				err = p.Tree.Remove(at)
			}
		}
		if err != nil {
			return false, p.cannot(err, "can't remove old file %s", where)
		}
	case err != nil:
		return false, p.cannot(err, "can't stat old file")
	case there.ModTime.Equal(p.Tree.Now), p.touched[at], there.ModTime.Unix() >= e.ModTime.Unix(): // nothing is newer than what was made just now
		if !isDirectory {
			p.complain("%s not created: newer or same age file exists", where)
		}
		return false, nil
	case there.Type != tree.Directory:
		if err := p.Tree.Remove(at); err != nil {
			return false, p.cannot(err, "can't remove old file %s", where)
		}
	}
	if there == nil || !isDirectory {
		p.touched[path.Dir(at)] = true
	}
	return true, nil
}

// makeEntry makes what an entry describes, without owner and time; a regular file with a target is a hard link.
func (p *cpioCall) makeEntry(e *cpioEntry, where, at, target string) error {
	mode := uint16(e.Mode)
	switch e.Typeflag {
	case tar.TypeDir:
		if err := p.Tree.Mkdir(at, p.masked(mode)); err != nil && !errors.Is(err, tree.ErrExist) {
			return p.reason(err, "can't make dir %s", where)
		}
	case tar.TypeReg:
		if target == "" {
			return p.makeFile(e, where, at)
		}
		if err := p.Tree.Link(p.file(target), at); Fatal(err) {
			return err
		} else if err != nil {
			return p.failed(1, "can't create hardlink '%s' to '%s'", where, target)
		}
	case tar.TypeSymlink:
		if err := p.Tree.Symlink(e.Linkname, at); err != nil {
			return p.cannot(err, "can't create symlink '%s' to '%s'", where, e.Linkname)
		}
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		kind := cpioTypeOf(func(t cpioType) bool { return t.flag == e.Typeflag }).node
		if err := p.Tree.Mknod(at, kind, mode, uint32(e.Devmajor), uint32(e.Devminor)); err != nil {
			return p.reason(err, "can't create node %s", where)
		}
	default:
		return p.failed(1, "unrecognized file type")
	}
	return nil
}

// makeFile makes a regular file with its content.
func (p *cpioCall) makeFile(e *cpioEntry, where, at string) error {
	if _, err := p.Tree.OpenWriter(at, tree.Create|tree.Exclusive, p.masked(uint16(e.Mode))); err != nil {
		return p.cannot(err, "can't open '%s'", where)
	}
	content, err := e.content()
	if err != nil {
		return p.broken(err)
	}
	n, err := p.look(where, true)
	if err != nil {
		return p.cannot(err, "can't open '%s'", where)
	}
	p.Tree.SetContent(n, content, e.Size)
	return nil
}
