package apk

import (
	"archive/tar"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/pathtree"
	"github.com/lamina-oci/lamina/internal/adb"
)

// adbPackage reads the entries of a package in apk 3's own format (apk/FORMAT.md 18.3). All that it says of them is in the
// metadata; contents follow, and are compared with their hashes as they pass.
type adbPackage struct {
	reader   *adb.Reader
	metadata *adb.Package
	dir      int // whose entries come
	file     int // the next one in it; -1 for the directory itself
	left     int64
	content  hash.Hash
	expected string // sum of the content, bytes

	hashes map[string]string // of all files by path, once there is a hard link
}

// next returns the next entry, after the content of the last one was verified.
func (a *adbPackage) next(p *PackageReader) (*Entry, error) {
	if err := a.finishContent(); err != nil {
		return nil, fmt.Errorf("entry %.200q: %w", p.entry.Name, err)
	}
	for a.dir < len(a.metadata.Dirs) {
		d := &a.metadata.Dirs[a.dir]
		if a.file < 0 {
			a.file = 0
			if d.Name == "" { // the root is there, and keeps its owner
				continue
			}
			if err := a.directory(p, d); err != nil {
				return nil, fmt.Errorf("directory %.200q: %w", d.Name, err)
			}
			return &p.entry, nil
		}
		if a.file == len(d.Files) {
			a.dir, a.file = a.dir+1, -1
			continue
		}
		f := &d.Files[a.file]
		a.file++
		if err := a.entry(p, d, f); err != nil {
			return nil, fmt.Errorf("entry %.200q: %w", joinName(d.Name, f.Name), err)
		}
		return &p.entry, nil
	}
	switch _, err := a.reader.NextData(); err {
	case io.EOF:
		return nil, io.EOF
	case nil:
		return nil, errors.New("there is more content than the metadata has files")
	default:
		return nil, err
	}
}

func joinName(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// nobody is who owns what has no owner that is known.
const nobody = 65534

func (a *adbPackage) directory(p *PackageReader, d *adb.Dir) error {
	if err := pathtree.CheckName(d.Name, d.Name); err != nil {
		return err
	}
	if p.tree.IsListed(d.Name) {
		return errors.New("occurs twice")
	}
	p.entry = Entry{Name: d.Name, Type: tar.TypeDir, UID: nobody, GID: nobody, ModTime: p.control.BuildTime}
	if err := setACL(&p.entry, &d.ACL); err != nil {
		return err
	}
	return p.tree.AddDirectory(d.Name)
}

func (a *adbPackage) entry(p *PackageReader, d *adb.Dir, f *adb.File) error {
	name := joinName(d.Name, f.Name)
	if f.Name == "" || strings.Contains(f.Name, "/") {
		return fmt.Errorf("%.200q is not a file name", f.Name)
	}
	if err := pathtree.CheckName(name, name); err != nil {
		return err
	}
	e := &p.entry
	*e = Entry{Name: name, Type: tar.TypeReg, UID: nobody, GID: nobody, ModTime: f.ModTime}
	if err := setACL(e, &f.ACL); err != nil {
		return err
	}
	var err error
	if f.HasTarget {
		err = a.target(p, f)
	} else {
		err = a.regular(p, f)
	}
	if err != nil {
		return err
	}
	return p.tree.AddFile(name)
}

// regular announces the content of a file.
func (a *adbPackage) regular(p *PackageReader, f *adb.File) error {
	if f.Size > 1<<56 {
		return fmt.Errorf("file of %d bytes", f.Size)
	}
	h := hashOfLength(len(f.Hash))
	if h == nil {
		return fmt.Errorf("has a hash of %d bytes, want 20, 32 or 64", len(f.Hash))
	}
	p.entry.Size, p.entry.Checksum = int64(f.Size), checksumOfHash(f.Hash)
	a.content, a.expected, a.left = h, f.Hash, int64(f.Size)
	if f.Size == 0 {
		return a.finishContent()
	}
	data, err := a.reader.NextData()
	if err == io.EOF {
		return errors.New("its content is missing")
	}
	if err != nil {
		return err
	}
	if want := (adb.Data{Dir: uint32(a.dir + 1), File: uint32(a.file), Size: int64(f.Size)}); data != want {
		return fmt.Errorf("the content that comes is of %d bytes and for file %d of directory %d, want %d bytes for file %d of directory %d",
			data.Size, data.File, data.Dir, want.Size, want.File, want.Dir)
	}
	return nil
}

func hashOfLength(n int) hash.Hash {
	switch n {
	case sha1.Size:
		return sha1.New()
	case sha256.Size:
		return sha256.New()
	case sha512.Size:
		return sha512.New()
	}
	return nil
}

// checksumOfHash returns what the installed database keeps of a content's hash.
func checksumOfHash(sum string) Checksum {
	if len(sum) != sha1.Size && len(sum) != sha256.Size {
		return Checksum{}
	}
	return SHA1Checksum([sha1.Size]byte([]byte(sum)[:sha1.Size]))
}

// target reads what a file that has no content refers to.
func (a *adbPackage) target(p *PackageReader, f *adb.File) error {
	e, target := &p.entry, f.Target
	if len(target) < 2 {
		return errors.New("has a target of fewer than 2 bytes")
	}
	kind, rest := binary.LittleEndian.Uint16([]byte(target)), target[2:]
	if kind == 0x8000 || kind == 0xa000 {
		switch {
		case rest == "":
			return errors.New("is a link without a target")
		case len(rest) >= pathtree.MaxPath:
			return fmt.Errorf("is a link to a path of %d bytes, want at most %d", len(rest), pathtree.MaxPath-1)
		case strings.IndexByte(rest, 0) >= 0:
			return errors.New("is a link to a path with a NUL byte")
		}
		e.Target = rest
	}
	switch kind {
	case 0x8000:
		if e.Type = tar.TypeLink; !p.tree.HasFile(rest) {
			return fmt.Errorf("is a hard link to %.200q, which is not an earlier file", rest)
		}
		e.Checksum = checksumOfHash(f.Hash)
		return a.checkHardLink(rest, f.Hash)
	case 0xa000:
		e.Type = tar.TypeSymlink
		sum := sha256.Sum256([]byte(rest))
		e.Checksum = checksumOfHash(string(sum[:]))
		return nil
	case 0x2000:
		e.Type = tar.TypeChar
	case 0x6000:
		e.Type = tar.TypeBlock
	case 0x1000:
		e.Type = tar.TypeFifo
	default:
		return fmt.Errorf("is of the unknown kind %#x", kind)
	}
	if len(rest) != 8 {
		return fmt.Errorf("is a device with a number of %d bytes, want 8", len(rest))
	}
	if dev := binary.LittleEndian.Uint64([]byte(rest)); e.Type != tar.TypeFifo {
		e.DevMajor, e.DevMinor = uint32(dev>>8&0xfff|dev>>32&^0xfff), uint32(dev&0xff|dev>>12&^0xff)
	}
	return nil
}

// checkHardLink compares the hash that a hard link may have with that of its target, which apk does not.
func (a *adbPackage) checkHardLink(target, sum string) error {
	if sum == "" {
		return nil
	}
	if a.hashes == nil {
		a.hashes = make(map[string]string)
		for i := range a.metadata.Dirs {
			d := &a.metadata.Dirs[i]
			for j := range d.Files {
				if f := &d.Files[j]; f.Hash != "" {
					a.hashes[joinName(d.Name, f.Name)] = f.Hash
				}
			}
		}
	}
	if known := a.hashes[target]; known != "" && len(known) == len(sum) && known != sum {
		return fmt.Errorf("its hash is %x, but that of its target is %x", sum, known)
	}
	return nil
}

// setACL sets owner, mode and attributes.
func setACL(e *Entry, acl *adb.ACL) error {
	if acl.Mode > 0o7777 {
		return fmt.Errorf("has the mode %o, want at most 7777", acl.Mode)
	}
	e.Mode, e.User, e.Group = uint16(acl.Mode), acl.User, acl.Group
	for _, x := range acl.Xattrs {
		name, value, ok := strings.Cut(x, "\x00")
		if !ok || name == "" {
			return fmt.Errorf("has the attribute %.80q without a name", x)
		}
		if slices.ContainsFunc(e.Xattrs, func(other Xattr) bool { return other.Name == name }) {
			return fmt.Errorf("has the attribute %.80q twice", name)
		}
		e.Xattrs = append(e.Xattrs, Xattr{Name: name, Value: value})
	}
	return nil
}

// read reads the content of the last entry.
func (a *adbPackage) read(b []byte) (int, error) {
	if a.left == 0 {
		return 0, io.EOF
	}
	n, err := a.reader.Read(b)
	a.content.Write(b[:n])
	if a.left -= int64(n); err == nil && a.left == 0 {
		err = a.finishContent()
	}
	return n, err
}

// finishContent reads the rest of a content, if any, and compares its hash.
func (a *adbPackage) finishContent() error {
	if a.content == nil {
		return nil
	}
	if n, err := io.Copy(a.content, a.reader); err != nil {
		return err
	} else if a.left -= n; a.left != 0 {
		return io.ErrUnexpectedEOF
	}
	sum := a.content.Sum(nil)
	a.content = nil
	if string(sum) != a.expected {
		return fmt.Errorf("its content has the hash %x, but the metadata says %x: it was altered", sum, a.expected)
	}
	return nil
}
