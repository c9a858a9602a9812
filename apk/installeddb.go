package apk

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxInstalled bounds an installed database, in bytes.
const maxInstalled = 512 << 20

// ReadInstalled reads lib/apk/db/installed (SPEC-apk.md 10). As apk 3 does, V3 brings
// directories and files into its own order while it reads. Errors name the line.
func ReadInstalled(r io.Reader, g Generation) (*Installed, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxInstalled+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxInstalled {
		return nil, fmt.Errorf("larger than %d bytes", maxInstalled)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, fmt.Errorf("line %d: is cut off", 1+strings.Count(string(text), "\n"))
	}
	in := installedReader{db: new(Installed), h: headerParser{generation: g}}
	s := recordScanner{rest: string(text)}
	for {
		field, value, err := s.next()
		if err == io.EOF {
			return in.db, in.end(&s)
		}
		if err == nil {
			err = in.line(&s, field, value)
		}
		if err != nil {
			return nil, err
		}
	}
}

type installedReader struct {
	db    *Installed
	h     headerParser
	p     *InstalledPackage
	files *RecordBuilder
	dir   string // of the last F:
	inDir bool
	last  *InstalledFile // of the last R:
}

func (in *installedReader) line(s *recordScanner, field byte, value string) error {
	if field == 0 {
		return in.end(s)
	}
	if in.p == nil {
		in.p = new(InstalledPackage)
		in.files = NewRecordBuilder(in.p, in.h.generation)
	}
	known, err := in.h.field(&in.p.Package, field, value)
	if !known {
		err = in.field(field, value)
	}
	if err != nil {
		return s.errorf("%c: %w", field, err)
	}
	return nil
}

func (in *installedReader) field(field byte, value string) error {
	p := in.p
	var err error
	switch field {
	case 'F':
		in.dir, in.inDir, in.last = value, true, nil
		in.files.AddDirectory(value, Ownership{Mode: 0o755})
	case 'M':
		if !in.inDir {
			return fmt.Errorf("no F: before it")
		}
		var o Ownership
		if o, err = parseOwnership(value); err == nil {
			in.files.AddDirectory(in.dir, o)
		}
	case 'R':
		if !in.inDir {
			return fmt.Errorf("no F: before it")
		}
		in.last = in.files.AddFile(in.dir, InstalledFile{Name: value, Owner: Ownership{Mode: 0o644}})
	case 'a':
		if in.last == nil {
			return fmt.Errorf("no R: before it")
		}
		in.last.Owner, err = parseOwnership(value)
	case 'Z':
		if in.last == nil {
			return fmt.Errorf("no R: before it")
		}
		in.last.Checksum, err = ParseChecksum(value)
	case 'r':
		p.Replaces, err = ParseDependencies(value, in.h.generation)
	case 'q':
		var n uint64
		n, err = parseNumber(value, 16)
		p.ReplacesPriority = uint16(n)
	case 's':
		p.RepositoryTag = value
	case 'f':
		for _, c := range value {
			i := strings.IndexRune(flagLetters, c)
			if i < 0 {
				return fmt.Errorf("flag %q is not known", c)
			}
			p.Flags |= 1 << i
		}
	case 'g':
		p.Tags = strings.Fields(value)
	default:
		return fmt.Errorf("field is not known")
	}
	return err
}

// flagLetters are in the order of the bits of InstalledFlags.
const flagLetters = "fsxS"

func (in *installedReader) end(s *recordScanner) error {
	if in.p == nil {
		return nil
	}
	p := in.p
	if p.Name == "" || p.Version == "" {
		return s.errorf("the record that ends here lacks P: or V:")
	}
	in.files.Finish()
	in.db.Packages = append(in.db.Packages, p)
	in.p, in.last, in.inDir = nil, nil, false
	return nil
}

// parseOwnership reads "uid:gid:mode" with an optional ":Q1…".
func parseOwnership(s string) (Ownership, error) {
	parts := strings.SplitN(s, ":", 4)
	if len(parts) < 3 {
		return Ownership{}, fmt.Errorf("want uid:gid:mode, found %.80q", s)
	}
	uid, err1 := strconv.ParseUint(parts[0], 10, 32)
	gid, err2 := strconv.ParseUint(parts[1], 10, 32)
	mode, err3 := strconv.ParseUint(parts[2], 8, 12)
	if err1 != nil || err2 != nil || err3 != nil {
		return Ownership{}, fmt.Errorf("want uid:gid:mode, found %.80q", s)
	}
	o := Ownership{UID: uint32(uid), GID: uint32(gid), Mode: uint16(mode)}
	var err error
	if len(parts) == 4 {
		o.Xattrs, err = ParseChecksum(parts[3])
	}
	return o, err
}

func (o Ownership) String() string {
	s := fmt.Sprintf("%d:%d:%o", o.UID, o.GID, o.Mode)
	if !o.Xattrs.IsZero() {
		s += ":" + o.Xattrs.String()
	}
	return s
}

// Sort brings the packages into the order of the database: by name without
// regard to ASCII case, then by bytes, then by version.
func (db *Installed) Sort(g Generation) {
	slices.SortStableFunc(db.Packages, func(a, b *InstalledPackage) int {
		if c := CompareNames(a.Name, b.Name); c != 0 {
			return c
		}
		switch g.CompareVersions(a.Version, b.Version, false) {
		case Less:
			return -1
		case Greater:
			return 1
		}
		return 0
	})
}

// CompareNames orders names as apk does in world and databases: without regard
// to ASCII case, ties by bytes.
func CompareNames(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lowerASCII(a[i]), lowerASCII(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// Write writes the packages in the order they are in; see [Installed.Sort].
func (db *Installed) Write(w io.Writer, g Generation) error {
	b := bufio.NewWriter(w)
	for _, p := range db.Packages {
		p.write(b, g)
	}
	return b.Flush()
}

func (p *InstalledPackage) write(b *bufio.Writer, g Generation) {
	p.writeHeader(b, g)
	line := func(field byte, value string) {
		b.WriteByte(field)
		b.WriteByte(':')
		b.WriteString(value)
		b.WriteByte('\n')
	}
	if len(p.Tags) > 0 {
		line('g', strings.Join(p.Tags, " "))
	}
	if len(p.Replaces) > 0 {
		writeDependencies(b, 'r', p.Replaces, g)
	}
	if p.ReplacesPriority != 0 {
		line('q', strconv.Itoa(int(p.ReplacesPriority)))
	}
	if p.RepositoryTag != "" {
		line('s', p.RepositoryTag)
	}
	if p.Flags != 0 {
		var letters []byte
		for i := range len(flagLetters) {
			if p.Flags&(1<<i) != 0 {
				letters = append(letters, flagLetters[i])
			}
		}
		line('f', string(letters))
	}
	for i := range p.Directories {
		d := &p.Directories[i]
		line('F', d.Path)
		if d.Owner != (Ownership{Mode: 0o755}) {
			line('M', d.Owner.String())
		}
		for j := range d.Files {
			f := &d.Files[j]
			line('R', f.Name)
			if f.Owner != (Ownership{Mode: 0o644}) {
				line('a', f.Owner.String())
			}
			if !f.Checksum.IsZero() {
				line('Z', f.Checksum.String())
			}
		}
	}
	b.WriteByte('\n')
}
