package apk

import (
	"archive/tar"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/apktar"
	"github.com/lamina-oci/lamina/apk/internal/pathtree"
)

// Entry is one entry of the data segment.
type Entry struct {
	Name               string // relative path, without a slash at either end
	Type               byte   // a type of archive/tar, such as tar.TypeReg
	Target             string // of a symbolic link; for a hard link the Name of an earlier file
	Mode               uint16 // 07777 at most
	UID, GID           uint32
	User, Group        string // names, which count before the numbers
	ModTime            int64  // Unix seconds
	Size               int64  // bytes of a file's content
	DevMajor, DevMinor uint32
	Xattrs             []Xattr  // in the order of the archive, no name twice
	Checksum           Checksum // of content or target, as the package says; zero if it does not
}

// Xattr is an extended attribute.
type Xattr = apktar.Xattr

// XattrDigest returns the sum that the installed database keeps of extended
// attributes, zero without any (apk/FORMAT.md 1.5).
func XattrDigest(xattrs []Xattr) Checksum {
	if len(xattrs) == 0 {
		return Checksum{}
	}
	sorted := slices.Clone(xattrs)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	h := sha1.New()
	for _, x := range sorted {
		for _, s := range [...]string{x.Name, x.Value} {
			h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
			io.WriteString(h, s)
		}
	}
	return SHA1Checksum([sha1.Size]byte(h.Sum(nil)))
}

// accept makes p.entry of a header by apk's rules (apk/FORMAT.md 1.5). It reports false
// for what apk leaves out.
func (p *PackageReader) accept(h *apktar.Header) (bool, error) {
	if h.Typeflag < '0' || h.Typeflag > '7' || h.Name[0] == '.' {
		return false, nil
	}
	e := &p.entry
	*e = Entry{
		Name: strings.TrimRight(h.Name, "/"), Type: h.Typeflag, Mode: h.Mode, UID: h.UID, GID: h.GID,
		User: h.User, Group: h.Group, ModTime: h.ModTime, Xattrs: h.Xattrs,
	}
	if h.Typeflag == '7' { // a file that old systems were to store in one piece
		e.Type = tar.TypeReg
	}
	if err := pathtree.CheckName(h.Name, e.Name); err != nil {
		return false, err
	}
	if e.Type == tar.TypeDir {
		return true, p.tree.AddDirectory(e.Name)
	}
	if e.Name != h.Name {
		return false, errors.New("the name ends in a slash, but it is not a directory")
	}
	if p.generation == V2 && isKeeper(e.Name) {
		return false, nil
	}
	switch e.Type {
	case tar.TypeReg:
		e.Size = h.Size
	case tar.TypeLink, tar.TypeSymlink:
		e.Target = h.Linkname
	case tar.TypeChar, tar.TypeBlock:
		e.DevMajor, e.DevMinor = h.Major, h.Minor
	}
	switch {
	case e.Type == tar.TypeSymlink && e.Target == "":
		return false, errors.New("is a symbolic link without a target")
	case len(e.Target) > pathtree.MaxPath:
		return false, fmt.Errorf("is a link to a path of more than %d bytes", pathtree.MaxPath)
	case e.Type == tar.TypeLink:
		if err := p.checkHardLink(e.Target); err != nil {
			return false, err
		}
	default:
		var err error
		if e.Checksum, err = p.checksum(e.Type, h); err != nil {
			return false, err
		}
	}
	return true, p.tree.AddFile(e.Name)
}

// isKeeper is for files that are in a package only so that a directory is not empty.
func isKeeper(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return len(base) > len(".keep_") && strings.HasPrefix(base, ".keep_")
}

func (p *PackageReader) checkHardLink(target string) error {
	if !p.tree.HasFile(target) {
		return fmt.Errorf("is a hard link to %.200q, which is not an earlier file", target)
	}
	if p.generation == V2 && !strings.Contains(target, "/") {
		return fmt.Errorf("is a hard link to %.200q: apk 2 cannot link to a file in the root directory", target)
	}
	return nil
}

// checksum reads what the package says of content or target.
func (p *PackageReader) checksum(typ byte, h *apktar.Header) (Checksum, error) {
	text := ""
	switch {
	case h.SHA1 != "":
		if len(h.SHA1) != 2*sizeSHA1 {
			return Checksum{}, fmt.Errorf("its checksum %.80q is not a SHA-1", h.SHA1)
		}
		text = "X1" + h.SHA1
	case h.MD5 != "" && p.generation == V2:
		if len(h.MD5) != 2*sizeMD5 {
			return Checksum{}, fmt.Errorf("its checksum %.80q is not an MD5", h.MD5)
		}
		text = h.MD5
	case typ == tar.TypeReg || typ == tar.TypeSymlink && p.generation == V2:
		return Checksum{}, errors.New("has no APK-TOOLS.checksum.SHA1: the format is obsolete")
	default:
		return Checksum{}, nil
	}
	return ParseChecksum(text)
}
