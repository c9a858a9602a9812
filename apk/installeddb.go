package apk

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/pathtree"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// MaxInstalled bounds an installed database, in bytes.
const MaxInstalled = 256 << 20

// maxListed bounds the directories and files in a database, which take ten times the memory of the shortest text.
const maxListed = 2 << 20

// maxInstalled bounds the packages in a database, which take fifty times the memory of the shortest text. All of Alpine's
// repositories have 30,000.
const maxInstalled = 1 << 17

// ReadInstalled reads lib/apk/db/installed (apk/FORMAT.md 10). As apk 3 does, V3 brings
// directories and files into its own order while it reads. Errors name the line.
func ReadInstalled(r io.Reader, g Generation) (*Installed, error) {
	var text strings.Builder
	if known, ok := r.(interface{ Len() int }); ok { // else what was read is copied again and again
		text.Grow(min(known.Len(), MaxInstalled+1))
	}
	n, err := io.Copy(&text, io.LimitReader(r, MaxInstalled+1))
	if err != nil {
		return nil, err
	}
	if n > MaxInstalled {
		return nil, fmt.Errorf("larger than %d bytes", MaxInstalled)
	}
	if s := text.String(); s != "" && s[len(s)-1] != '\n' {
		return nil, fmt.Errorf("line %d: truncated", 1+strings.Count(s, "\n"))
	}
	in := installedReader{db: new(Installed), h: headerParser{generation: g}, files: RecordBuilder{generation: g}}
	s := recordScanner{rest: text.String()}
	for {
		field, value, err := s.next()
		if err == io.EOF {
			if err := in.end(&s); err != nil {
				return nil, err
			}
			return in.db, nil
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
	db     *Installed
	h      headerParser
	p      *InstalledPackage
	files  RecordBuilder
	listed int
	dir    string // of the last F:
	inDir  bool
	last   *InstalledFile // of the last R:
	owner  Ownership      // of the last M: or a:, which is often that of the next
	text   string         // what it was parsed from
}

func (in *installedReader) line(s *recordScanner, field byte, value string) error {
	if field == 0 {
		return in.end(s)
	}
	if in.p == nil {
		if len(in.db.Packages) == maxInstalled {
			return s.errorf("more than %d packages", maxInstalled)
		}
		in.p = new(InstalledPackage)
		in.files.reset(in.p)
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
	case 'F', 'M', 'R', 'a', 'Z':
		return in.file(field, value)
	case 'r', 'g':
		// These items are counted before they take memory, with those of the header.
		if in.h.items += 1 + strings.Count(value, " "); in.h.items > maxItems {
			return errTooManyItems
		}
		if field == 'g' {
			if in.h.generation == V3 { // apk 2 does not know the field
				p.Tags = strings.Fields(value)
			}
			return nil
		}
		var more []Dependency
		more, err = ParseDependencies(value, in.h.generation)
		if in.h.generation == V2 {
			err = nil // apk 2 takes the items before one that it cannot parse
		}
		// Several lines come together where apk 2 put one into the next record: see Write.
		p.Replaces = append(p.Replaces, more...)
	case 'q':
		var n uint64
		n, err = parseNumber(value, 16)
		p.ReplacesPriority = uint16(n)
	case 's':
		p.RepositoryTag = value
	case 'f':
		for _, c := range value {
			switch c {
			case 'f':
				p.Flags.BrokenFiles = true
			case 's':
				p.Flags.BrokenScript = true
			case 'x':
				p.Flags.BrokenXattr = true
			case 'S':
				p.Flags.SHA256Sums = true
			default:
				return fmt.Errorf("unknown flag %q", c)
			}
		}
	default:
		if 'a' <= field && field <= 'z' && !in.inDir { // apk/FORMAT.md 10: of a later apk, and of no importance
			return nil
		}
		return errors.New("unknown field")
	}
	return err
}

// file takes the lines about directories and files.
func (in *installedReader) file(field byte, value string) error {
	var err error
	switch {
	case field == 'F':
		if value != "" && pathtree.CheckName(value, value) != nil {
			return fmt.Errorf("%.200q is not a path below the root", value)
		}
		in.dir, in.inDir, in.last = value, true, nil
		in.files.AddDirectory(value, defaultDirectory)
		return in.count()
	case (field == 'M' || field == 'R') && !in.inDir:
		return errors.New("no preceding F: line")
	case (field == 'a' || field == 'Z') && in.last == nil:
		return errors.New("no preceding R: line")
	case field == 'M':
		if err = in.parseOwner(value); err == nil {
			in.files.AddDirectory(in.dir, in.owner)
		}
	case field == 'R':
		if value == "" || value == "." || value == ".." || strings.Contains(value, "/") {
			return fmt.Errorf("%.200q is not a file name", value)
		}
		in.last = in.files.AddFile(in.dir, InstalledFile{Name: value, Owner: defaultFile})
		return in.count()
	case field == 'a':
		if err = in.parseOwner(value); err == nil {
			in.last.Owner = in.owner
		}
	case field == 'Z':
		in.last.Checksum, err = ParseChecksum(value)
	}
	return err
}

func (in *installedReader) count() error {
	if in.listed++; in.listed > maxListed {
		return fmt.Errorf("more than %d directories and files", maxListed)
	}
	return nil
}

// The defaults without M: or a:.
var (
	defaultDirectory = Ownership{Mode: 0o755}
	defaultFile      = Ownership{Mode: 0o644}
)

func (in *installedReader) end(s *recordScanner) error {
	if in.p == nil {
		return nil
	}
	p := in.p
	if p.Name == "" || p.Version == "" {
		return s.errorf("the record that ends here has no P: or V: line")
	}
	in.files.Finish()
	in.db.Packages = append(in.db.Packages, p)
	in.p, in.last, in.inDir = nil, nil, false
	return nil
}

// parseOwner reads "uid:gid:mode" with an optional ":Q1…".
func (in *installedReader) parseOwner(s string) error {
	if s == in.text && s != "" {
		return nil
	}
	user, rest, _ := strings.Cut(s, ":")
	group, rest, _ := strings.Cut(rest, ":")
	digits, xattrs, hasXattrs := strings.Cut(rest, ":")
	uid, err1 := strconv.ParseUint(user, 10, 32)
	gid, err2 := strconv.ParseUint(group, 10, 32)
	mode, err3 := strconv.ParseUint(digits, 8, 12)
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("want uid:gid:mode, found %.80q", s)
	}
	o := Ownership{UID: uint32(uid), GID: uint32(gid), Mode: uint16(mode)}
	if hasXattrs {
		var err error
		if o.Xattrs, err = ParseChecksum(xattrs); err != nil {
			return err
		}
	}
	in.owner, in.text = o, s
	return nil
}

func (o Ownership) String() string {
	b := make([]byte, 0, 48)
	b = append(strconv.AppendUint(b, uint64(o.UID), 10), ':')
	b = append(strconv.AppendUint(b, uint64(o.GID), 10), ':')
	b = strconv.AppendUint(b, uint64(o.Mode), 8)
	if !o.Xattrs.IsZero() {
		b = append(append(b, ':'), o.Xattrs.String()...)
	}
	return string(b)
}

// Sort brings the packages into the order of the database: by name without
// regard to ASCII case, then by bytes, then by version.
func (db *Installed) Sort(g Generation) {
	slices.SortStableFunc(db.Packages, func(a, b *InstalledPackage) int {
		if c := nametable.Compare(a.Name, b.Name); c != 0 {
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

// Write writes the packages in the order they are in: see [Installed.Sort] and [WriteInstalled].
func (db *Installed) Write(w io.Writer, g Generation) error {
	return WriteInstalled(w, slices.Values(db.Packages), g)
}

// WriteInstalled writes an installed database of these packages, in their order. A package
// that apk could not write or read back is an error. No package is needed once the next one is asked for.
//
// The lines r: q: s: f: are written with a package's first directory. A package without
// directories, such as alpine-base, loses them in apk 3. In apk 2 they wait in a buffer: they
// end up in the next record that has a directory, and those of the last are lost. Alpine's
// own databases look like that, and what apk reads from them is what it goes on
// with, so they are written alike.
func WriteInstalled(w io.Writer, packages iter.Seq[*InstalledPackage], g Generation) error {
	b := bufio.NewWriter(w)
	var waiting bytes.Buffer
	for p := range packages {
		if err := p.writeHeader(b, g); err != nil {
			return fmt.Errorf("write installed database: %w", err)
		}
		if g == V3 {
			waiting.Reset()
		}
		if len(p.Tags) > 0 {
			if err := writeLine(b, 'g', strings.Join(p.Tags, " ")); err != nil {
				return fmt.Errorf("write installed database: package %s: %w", p.ID(), err)
			}
		}
		if err := p.writeState(&waiting, g); err != nil {
			return fmt.Errorf("write installed database: package %s: %w", p.ID(), err)
		}
		if len(p.Directories) > 0 {
			waiting.WriteTo(b)
		}
		if err := p.writeFiles(b); err != nil {
			return fmt.Errorf("write installed database: package %s: %w", p.ID(), err)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// writeState writes the lines that stand between header and files.
func (p *InstalledPackage) writeState(b *bytes.Buffer, g Generation) error {
	var failed error
	line := func(field byte, value string) { failed = cmp.Or(failed, writeLine(b, field, value)) }
	if len(p.Replaces) > 0 {
		writeDependencies(b, 'r', p.Replaces, g)
	}
	if p.ReplacesPriority != 0 {
		line('q', strconv.Itoa(int(p.ReplacesPriority)))
	}
	if p.RepositoryTag != "" {
		line('s', p.RepositoryTag)
	}
	letters := ""
	for _, flag := range [...]struct {
		isSet  bool
		letter string
	}{{p.Flags.BrokenFiles, "f"}, {p.Flags.BrokenScript, "s"}, {p.Flags.BrokenXattr, "x"}, {p.Flags.SHA256Sums, "S"}} {
		if flag.isSet {
			letters += flag.letter
		}
	}
	if letters != "" {
		line('f', letters)
	}
	return failed
}

func (p *InstalledPackage) writeFiles(b *bufio.Writer) error {
	var failed error
	line := func(field byte, value string) { failed = cmp.Or(failed, writeLine(b, field, value)) }
	for i := range p.Directories {
		d := &p.Directories[i]
		line('F', d.Path)
		if d.Owner != defaultDirectory {
			line('M', d.Owner.String())
		}
		for j := range d.Files {
			f := &d.Files[j]
			line('R', f.Name)
			if f.Owner != defaultFile {
				line('a', f.Owner.String())
			}
			if !f.Checksum.IsZero() {
				line('Z', f.Checksum.String())
			}
		}
	}
	return failed
}
