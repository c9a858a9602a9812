package apk

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
)

// PackageReader reads a package file as a stream: first [PackageReader.Control],
// then the entries of its data segment with [PackageReader.Next]. Contents are
// never held. What was read may be believed only when Next has returned io.EOF:
// by then the data hash, the checksums of gzip and the end of the file were
// checked (SPEC-apk.md 1).
//
// What apk would skip with a warning and the flag "broken" is an error here.
type PackageReader struct {
	generation Generation
	m          *memberReader
	tar        *tarReader
	control    *Control
	data       hash.Hash // SHA-256 over the compressed data segment; nil without a data hash
	files      map[string]bool
	dirs       map[string]bool
	entry      Entry
	err        error // of the data segment, once and for all
}

// NewPackageReader reads a package as the generation does.
func NewPackageReader(r io.Reader, g Generation) *PackageReader {
	return &PackageReader{generation: g, m: newMemberReader(r)}
}

// Control is the control segment: what the package says of itself.
type Control struct {
	PackageInfo
	Identity   Checksum // SHA-1 of the compressed segment, what indexes know the package by
	Scripts    []Script // in the order of ScriptType
	Signatures []Signature
}

// maxControl bounds the control segment, inflated, in bytes.
const maxControl = 16 << 20

// maxScript is how long a script may be for apk 3 to take it, in bytes.
const maxScript = 256 << 10

// Control reads the signatures and the control segment. It may be called again.
func (p *PackageReader) Control() (*Control, error) {
	if p.control != nil {
		return p.control, nil
	}
	if p.err == nil {
		p.control, p.err = p.readControl()
	}
	return p.control, p.err
}

func (p *PackageReader) readControl() (*Control, error) {
	c := new(Control)
	for {
		sum := sha1.New()
		if err := p.m.next(sum); err != nil {
			return nil, fmt.Errorf("control segment: %w", unexpectedEOF(err))
		}
		t := newTarReader(io.LimitReader(p.m, maxControl))
		h, err := t.next()
		if err == nil && strings.HasPrefix(h.name, signaturePrefix) {
			if err := c.addSignatures(t, h); err != nil {
				return nil, err
			}
			if err := drain(p.m); err != nil {
				return nil, fmt.Errorf("signature: %w", err)
			}
			continue
		}
		for ; err == nil; h, err = t.next() {
			if strings.HasPrefix(h.name, signaturePrefix) {
				return nil, errors.New("control segment: a signature behind the control segment's beginning")
			}
			if err := p.controlEntry(c, t, h); err != nil {
				return nil, fmt.Errorf("control segment: %s: %w", h.name, err)
			}
		}
		if err != io.EOF {
			return nil, fmt.Errorf("control segment: %w", err)
		}
		if err := drain(p.m); err != nil {
			return nil, fmt.Errorf("control segment: %w", err)
		}
		c.Identity = SHA1Checksum([sha1.Size]byte(sum.Sum(nil)))
		if c.Name == "" || c.Version == "" {
			return nil, errors.New("control segment: .PKGINFO with pkgname and pkgver is missing")
		}
		slices.SortFunc(c.Scripts, func(a, b Script) int { return int(a.Type) - int(b.Type) })
		return c, nil
	}
}

func (c *Control) addSignatures(t *tarReader, h *tarHeader) error {
	var err error
	for ; err == nil; h, err = t.next() {
		name, ok := strings.CutPrefix(h.name, signaturePrefix)
		if !ok {
			return errors.New("signature and control segment share a gzip member")
		}
		if h.size > maxSignature {
			continue
		}
		algorithm, key, _ := strings.Cut(name, ".")
		b, err := io.ReadAll(t)
		if err != nil {
			return fmt.Errorf("signature: %w", err)
		}
		c.Signatures = append(c.Signatures, Signature{Algorithm: algorithm, Key: key, Bytes: b})
	}
	if err != io.EOF {
		return fmt.Errorf("signature: %w", err)
	}
	return nil
}

func (p *PackageReader) controlEntry(c *Control, t *tarReader, h *tarHeader) error {
	if h.name == ".PKGINFO" {
		text, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		c.PackageInfo, err = parsePackageInfo(string(text), p.generation)
		return err
	}
	typ, ok := parseScriptType(strings.TrimPrefix(h.name, "."))
	if !ok || h.name[0] != '.' {
		return nil // other entries mean nothing to apk
	}
	if h.size > maxScript && p.generation == V3 {
		return fmt.Errorf("script of %d bytes: apk 3 takes %d at most", h.size, maxScript)
	}
	body, err := io.ReadAll(t)
	if err != nil {
		return err
	}
	c.Scripts = slices.DeleteFunc(c.Scripts, func(s Script) bool { return s.Type == typ })
	c.Scripts = append(c.Scripts, Script{Type: typ, Body: body})
	return nil
}

// drain reads to the end of the gzip member, so that all of it is hashed.
func drain(m *memberReader) error {
	_, err := io.Copy(io.Discard, m)
	return err
}

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
	Xattrs             []Xattr  // in the order of the archive
	Checksum           Checksum // of content or target, as the package says; zero if it does not
}

// Xattr is an extended attribute.
type Xattr struct{ Name, Value string }

// XattrDigest returns the sum that the installed database keeps of extended
// attributes, zero without any (SPEC-apk.md 1.5).
func XattrDigest(xattrs []Xattr) Checksum {
	if len(xattrs) == 0 {
		return Checksum{}
	}
	sorted := slices.Clone(xattrs)
	slices.SortFunc(sorted, func(a, b Xattr) int { return strings.Compare(a.Name, b.Name) })
	h := sha1.New()
	for _, x := range sorted {
		for _, s := range []string{x.Name, x.Value} {
			n := len(s)
			h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
			io.WriteString(h, s)
		}
	}
	return SHA1Checksum([sha1.Size]byte(h.Sum(nil)))
}

// Next returns the next entry of the data segment, which is valid until the
// following call. Entries that apk leaves out are not returned. At the end, io.EOF
// says that the package is whole and unaltered.
func (p *PackageReader) Next() (*Entry, error) {
	if _, err := p.Control(); err != nil {
		return nil, err
	}
	if p.err != nil {
		return nil, p.err
	}
	e, err := p.next()
	if err != nil {
		p.err = err
		return nil, err
	}
	return e, nil
}

func (p *PackageReader) next() (*Entry, error) {
	if p.tar == nil {
		if err := p.openData(); err != nil {
			return nil, err
		}
	}
	for {
		h, err := p.tar.next()
		if err == io.EOF {
			return nil, p.finish()
		}
		if err != nil {
			return nil, fmt.Errorf("data segment: %w", err)
		}
		if strings.HasPrefix(h.name, ".") {
			continue // SPEC-apk.md 1.5: not part of the file tree
		}
		e, err := p.accept(h)
		if err != nil {
			return nil, fmt.Errorf("data segment: entry %q: %w", h.name, err)
		}
		if e != nil {
			return e, nil
		}
	}
}

func (p *PackageReader) openData() error {
	p.data = sha256.New()
	if p.control.DataHash == "" {
		if p.generation == V3 {
			return errors.New(".PKGINFO has no datahash: the package is too old for apk 3")
		}
	}
	if err := p.m.next(p.data); err != nil {
		return fmt.Errorf("data segment: %w", unexpectedEOF(err))
	}
	p.tar = newTarReader(&dataMembers{p})
	p.files, p.dirs = make(map[string]bool), map[string]bool{"": true}
	return nil
}

// dataMembers reads the data segment. Apk 2 takes several gzip members for it.
type dataMembers struct{ p *PackageReader }

func (d *dataMembers) Read(b []byte) (int, error) {
	for {
		n, err := d.p.m.Read(b)
		if n > 0 && err == io.EOF {
			return n, nil
		}
		if err != io.EOF {
			return n, err
		}
		if d.p.generation == V3 {
			return 0, io.EOF
		}
		if err := d.p.m.next(d.p.data); err != nil {
			return 0, err
		}
	}
}

// finish checks everything that can be checked only at the end.
func (p *PackageReader) finish() error {
	if _, err := io.Copy(io.Discard, &dataMembers{p}); err != nil {
		return fmt.Errorf("data segment: %w", err)
	}
	if err := p.m.next(nil); err != io.EOF {
		return errors.New("data segment: there is more data behind its end")
	}
	if want := p.control.DataHash; want != "" {
		if got := hex.EncodeToString(p.data.Sum(nil)); got != want {
			return fmt.Errorf("data segment: has the SHA-256 %s, but .PKGINFO says %s: it was altered", got, want)
		}
	}
	return io.EOF
}

// accept checks an entry by apk's rules; nil stands for one that is left out.
func (p *PackageReader) accept(h *tarHeader) (*Entry, error) {
	if err := checkEntryName(h.name); err != nil {
		return nil, err
	}
	e := &p.entry
	*e = Entry{
		Name: strings.TrimRight(h.name, "/"), Target: h.linkname, Mode: h.mode, UID: h.uid, GID: h.gid,
		User: h.user, Group: h.group, ModTime: h.modTime, DevMajor: h.major, DevMinor: h.minor, Xattrs: h.xattrs,
	}
	if e.Name == "" {
		return nil, errors.New("has no name")
	}
	switch h.typeflag {
	case '0', '7':
		e.Type, e.Size, e.Target = EntryFile, h.size, ""
	case '1':
		e.Type = EntryHardLink
	case '2':
		e.Type = EntrySymlink
	case '3':
		e.Type = EntryCharDevice
	case '4':
		e.Type = EntryBlockDevice
	case '5':
		e.Type = EntryDirectory
	case '6':
		e.Type = EntryFIFO
	default:
		return nil, nil
	}
	dir, base := "", e.Name
	if i := strings.LastIndexByte(e.Name, '/'); i >= 0 {
		dir, base = e.Name[:i], e.Name[i+1:]
	}
	if !p.dirs[dir] {
		return nil, fmt.Errorf("its directory %q has no entry before it", dir)
	}
	if e.Type == EntryDirectory {
		p.dirs[e.Name] = true
		return e, nil
	}
	if p.generation == V2 && len(base) > len(".keep_") && strings.HasPrefix(base, ".keep_") {
		return nil, nil
	}
	switch e.Type {
	case EntryHardLink:
		if !p.files[e.Target] {
			return nil, fmt.Errorf("is a hard link to %q, which is no file before it", e.Target)
		}
		if p.generation == V2 && !strings.Contains(e.Target, "/") {
			return nil, fmt.Errorf("is a hard link to %q: apk 2 cannot link to a file in the root directory", e.Target)
		}
	case EntryFile, EntrySymlink:
		if h.checksum == "" && e.Type == EntryFile {
			return nil, errors.New("has no APK-TOOLS.checksum.SHA1: the format is obsolete")
		}
		if h.checksum != "" {
			c, err := ParseChecksum("X1" + h.checksum)
			if err != nil {
				return nil, err
			}
			e.Checksum = c
		}
	}
	p.files[e.Name] = true
	return e, nil
}

// checkEntryName refuses what apk refuses (SPEC-apk.md 1.5).
func checkEntryName(name string) error {
	for i := range len(name) {
		if name[i] < 0x20 || name[i] == 0x7f {
			return errors.New("the name has a control character")
		}
	}
	if strings.HasPrefix(name, "/") {
		return errors.New("the name is absolute")
	}
	for part := range strings.SplitSeq(strings.TrimRight(name, "/"), "/") {
		switch part {
		case "..", ".":
			return fmt.Errorf("the name has a part %q", part)
		case "":
			return errors.New("the name has an empty part")
		}
	}
	return nil
}

// Read reads the content of the entry that Next returned last.
func (p *PackageReader) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	if p.tar == nil {
		return 0, io.EOF
	}
	return p.tar.Read(b)
}
