package apk

import (
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/apktar"
)

// EntryType is the kind of a data entry.
type EntryType uint8

const (
	EntryFile EntryType = iota
	EntryHardLink
	EntrySymlink
	EntryCharDevice
	EntryBlockDevice
	EntryDirectory
	EntryFIFO
)

// Entry is one entry of the data segment.
type Entry struct {
	Name               string // relative path, without a slash at either end
	Type               EntryType
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
		Name: strings.TrimRight(h.Name, "/"), Type: EntryType(h.Typeflag - '0'), Mode: h.Mode, UID: h.UID, GID: h.GID,
		User: h.User, Group: h.Group, ModTime: h.ModTime, Xattrs: h.Xattrs,
	}
	if h.Typeflag == '7' { // a file that old systems were to store in one piece
		e.Type = EntryFile
	}
	if err := checkEntryName(h.Name, e.Name); err != nil {
		return false, err
	}
	if e.Type == EntryDirectory {
		return true, p.tree.addDirectory(e.Name)
	}
	if e.Name != h.Name {
		return false, errors.New("the name ends in a slash, but it is not a directory")
	}
	if p.generation == V2 && isKeeper(e.Name) {
		return false, nil
	}
	switch e.Type {
	case EntryFile:
		e.Size = h.Size
	case EntryHardLink, EntrySymlink:
		e.Target = h.Linkname
	case EntryCharDevice, EntryBlockDevice:
		e.DevMajor, e.DevMinor = h.Major, h.Minor
	}
	switch {
	case e.Type == EntrySymlink && e.Target == "":
		return false, errors.New("is a symbolic link without a target")
	case len(e.Target) > maxPath:
		return false, fmt.Errorf("is a link to a path of more than %d bytes", maxPath)
	case e.Type == EntryHardLink:
		if err := p.checkHardLink(e.Target); err != nil {
			return false, err
		}
	default:
		var err error
		if e.Checksum, err = p.checksum(e.Type, h); err != nil {
			return false, err
		}
	}
	return true, p.tree.addFile(e.Name)
}

// isKeeper is for files that are in a package only so that a directory is not empty.
func isKeeper(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return len(base) > len(".keep_") && strings.HasPrefix(base, ".keep_")
}

func (p *PackageReader) checkHardLink(target string) error {
	if !p.tree.hasFile(target) {
		return fmt.Errorf("is a hard link to %.200q, which is not an earlier file", target)
	}
	if p.generation == V2 && !strings.Contains(target, "/") {
		return fmt.Errorf("is a hard link to %.200q: apk 2 cannot link to a file in the root directory", target)
	}
	return nil
}

// checksum reads what the package says of content or target.
func (p *PackageReader) checksum(typ EntryType, h *apktar.Header) (Checksum, error) {
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
	case typ == EntryFile || typ == EntrySymlink && p.generation == V2:
		return Checksum{}, errors.New("has no APK-TOOLS.checksum.SHA1: the format is obsolete")
	default:
		return Checksum{}, nil
	}
	return ParseChecksum(text)
}

// maxPath is how long a path may be, in bytes, for Linux to take it.
const maxPath = 4095

// checkEntryName refuses what apk refuses, and what would mean another path than it
// seems to. trimmed is the name without slashes at its end.
func checkEntryName(name, trimmed string) error {
	for i := range len(name) {
		if name[i] < 0x20 || name[i] == 0x7f {
			return errors.New("the name has a control character")
		}
	}
	if name[0] == '/' {
		return errors.New("the name is absolute")
	}
	if len(name) > maxPath {
		return fmt.Errorf("the name is longer than %d bytes", maxPath)
	}
	for part := range strings.SplitSeq(trimmed, "/") {
		switch part {
		case "..", ".":
			return fmt.Errorf("the name has a component %q", part)
		case "":
			return errors.New("the name has an empty component")
		}
	}
	return nil
}

// packageTree is what paths a package has had so far.
type packageTree struct {
	paths map[string]pathKind
	size  int
}

type pathKind uint8

const (
	pathUnknown pathKind = iota
	pathFile             // anything but a directory
	pathDirectory
	pathParent // a directory that is below no entry of its own, but above one
)

// maxTree bounds a package's paths: the bytes of their names, and 100 for each.
const maxTree = 256 << 20

// addDirectory enters a directory, which may come again. Its parents need not be in
// the package: they are in the root, or apk makes them.
func (t *packageTree) addDirectory(path string) error {
	if t.paths[path] == pathFile {
		return errors.New("is a directory, but was a file before")
	}
	if err := t.add(path, pathDirectory); err != nil {
		return err
	}
	for {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return nil
		}
		path = path[:i]
		switch t.paths[path] {
		case pathFile:
			return fmt.Errorf("is below %q, which is not a directory", path)
		case pathUnknown:
			if err := t.add(path, pathParent); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// addFile enters anything else. Its directory must have come before it.
func (t *packageTree) addFile(path string) error {
	if i := strings.LastIndexByte(path, '/'); i >= 0 && t.paths[path[:i]] != pathDirectory {
		return fmt.Errorf("its directory %q has no earlier entry", path[:i])
	}
	switch t.paths[path] {
	case pathUnknown:
		return t.add(path, pathFile)
	case pathFile:
		return errors.New("occurs twice")
	}
	return errors.New("was a directory before")
}

func (t *packageTree) hasFile(path string) bool { return t.paths[path] == pathFile }

func (t *packageTree) add(path string, kind pathKind) error {
	if t.size += len(path) + 100; t.size > maxTree {
		return fmt.Errorf("exceeds the limit of %d bytes for the paths of a package", maxTree)
	}
	if t.paths == nil {
		t.paths = make(map[string]pathKind)
	}
	t.paths[path] = kind
	return nil
}
