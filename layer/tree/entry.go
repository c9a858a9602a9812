package tree

import (
	"archive/tar"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"
)

// entry is what one entry of a layer's tar says, with its name and target as they are
// there.
type entry struct {
	kind         kind
	name         string
	target       string // of a symbolic or hard link
	mode         uint16
	uid, gid     uint32
	modTime      time.Time
	size         int64 // of a regular file
	major, minor uint32
	xattrs       []xattr
}

type xattr struct{ name, value string }

// kind is what an entry is for: a file of one of the types, or what follows.
type kind uint8

const (
	hardLink kind = iota + kind(FIFO) + 1
	nothing       // a header without a file
	kinds         // how many there are
)

// entryOf refuses what cannot be represented.
func entryOf(h *tar.Header) (entry, error) {
	if h.Uid < 0 || h.Gid < 0 || int64(h.Uid) > math.MaxUint32 || int64(h.Gid) > math.MaxUint32 {
		return entry{}, fmt.Errorf("owner %d:%d is out of range", h.Uid, h.Gid)
	}
	e := entry{
		name: h.Name, mode: uint16(h.Mode & 0o7777), uid: uint32(h.Uid), gid: uint32(h.Gid), modTime: h.ModTime,
	}
	for key, value := range h.PAXRecords {
		if attr, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok {
			e.xattrs = append(e.xattrs, xattr{attr, value})
		}
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
		e.kind, e.size = kind(Regular), h.Size
	case tar.TypeLink:
		e.kind, e.target = hardLink, h.Linkname
	case tar.TypeDir:
		e.kind = kind(Directory)
	case tar.TypeSymlink:
		e.kind, e.target = kind(Symlink), h.Linkname
	case tar.TypeChar, tar.TypeBlock:
		e.kind, e.major, e.minor = kind(CharDevice), uint32(h.Devmajor), uint32(h.Devminor)
		if h.Typeflag == tar.TypeBlock {
			e.kind = kind(BlockDevice)
		}
	case tar.TypeFifo:
		e.kind = kind(FIFO)
	case tar.TypeXGlobalHeader:
		e.kind = nothing
	default:
		return entry{}, fmt.Errorf("unknown entry type %q", h.Typeflag)
	}
	return e, nil
}

// node makes the file that the entry is for.
func (e *entry) node() *Node {
	n := &Node{
		Type: Type(e.kind), Mode: e.mode, UID: e.uid, GID: e.gid, ModTime: e.modTime,
		Size: e.size, Major: e.major, Minor: e.minor,
	}
	if n.Type == Symlink {
		n.Target = e.target
	}
	if len(e.xattrs) > 0 {
		n.Xattrs = make(map[string]string, len(e.xattrs))
		for _, x := range e.xattrs {
			n.Xattrs[x.name] = x.value
		}
	}
	return n
}

// cleanName returns the path that a name in a tar stands for, without a leading slash;
// "" is the root.
func cleanName(name string) string {
	if short := strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/"); fs.ValidPath(short) && short != "." {
		return short // which spares a copy of nearly all
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

func hasDotDot(name string) bool {
	if !strings.Contains(name, "..") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}
