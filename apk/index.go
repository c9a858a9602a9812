package apk

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk/internal/members"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/bounded"
)

// Index is a repository's list of packages.
type Index struct {
	Description string // of the repository, as its maker names it; may be empty
	Packages    []*Package

	// Time is when the index was made, by the time of its entry in the archive that ReadIndexArchive read, in Unix seconds.
	// Some makers leave it 0.
	Time int64

	// SHA256 is that of the archive as it was read by ReadIndexArchive, hexadecimal.
	SHA256 string

	// SignedBy is the file name of the key that signed it.
	SignedBy string

	// Warnings are about what the index has and this generation does not know or
	// cannot use: a line for each kind.
	Warnings []string
}

// maxIndex bounds an index, inflated, in bytes. Alpine's largest has 9 MB.
const maxIndex = 256 << 20

// maxSignatureMembers bounds the members with signatures before an index or a control segment, all of them, inflated, in bytes.
const maxSignatureMembers = 2 * maxSignatures * maxSignature

// maxPackages bounds its packages, which take ten times the memory of their text.
const maxPackages = 1 << 20

// maxDescription is how long a description may be before it is ignored, in bytes.
const maxDescription = 160

// ReadIndexArchive reads a signed APKINDEX.tar.gz: signature members, then one
// member with the index (apk/FORMAT.md 2), or an index in apk 3's own format. The archive is at most 64 MiB.
//
// Nothing of the index is inflated before a key of the ring was found to have signed its
// compressed bytes: a short file from nobody could otherwise keep the reader busy for minutes.
// The error for a signature is an [*UntrustedError].
func ReadIndexArchive(r io.Reader, keys *KeyRing, g Generation) (*Index, error) {
	if keys == nil {
		keys = new(KeyRing)
	}
	archive, err := bounded.ReadAll(r, members.MaxIndex)
	if err != nil {
		return nil, fmt.Errorf("index archive: %w", err)
	}
	if bytes.HasPrefix(archive, []byte(adb.Magic)) {
		return readADBIndex(archive, keys, g)
	}
	signatures, content, err := splitIndexArchive(archive)
	if err != nil {
		return nil, fmt.Errorf("index archive: %w", err)
	}
	signedBy, err := keys.verifyContent(signatures, content)
	if err != nil {
		return nil, err
	}
	index, err := readIndexContent(content, g)
	if err != nil {
		return nil, err
	}
	index.SignedBy = signedBy
	index.SHA256 = fmt.Sprintf("%x", sha256.Sum256(archive))
	return index, nil
}

// splitIndexArchive separates the signatures from the member that they sign, of which only the first header is inflated.
func splitIndexArchive(archive []byte) (signatures []storedSignature, content []byte, err error) {
	in := bytes.NewReader(archive)
	m := members.NewReader(in)
	plain := &boundedReader{r: m, left: maxSignatureMembers, limit: maxSignatureMembers}
	for members := 1; ; members++ {
		begin := len(archive) - in.Len() - m.Buffered()
		if err := m.Next(nil); err != nil {
			return nil, nil, bounded.UnexpectedEOF(err)
		}
		tr := tar.NewReader(plain)
		header, err := tr.Next()
		if err != nil {
			return nil, nil, bounded.UnexpectedEOF(err)
		}
		if !strings.HasPrefix(header.Name, signaturePrefix) {
			return signatures, archive[begin:], nil
		}
		if members > maxSignatures {
			return nil, nil, fmt.Errorf("more than %d signatures", maxSignatures)
		}
		if signatures, err = readSignatures(signatures, tr, header, plain); err != nil {
			return nil, nil, err
		}
	}
}

// readIndexContent reads the index's own member, which is trusted by now but still bounded.
func readIndexContent(content []byte, g Generation) (*Index, error) {
	m := members.NewReader(bytes.NewReader(content))
	if err := m.Next(nil); err != nil {
		return nil, fmt.Errorf("index archive: %w", bounded.UnexpectedEOF(err))
	}
	plain := &boundedReader{r: m, left: 2 * maxIndex, limit: 2 * maxIndex}
	tr := tar.NewReader(plain)
	header, err := tr.Next()
	if err != nil {
		return nil, fmt.Errorf("index archive: %w", bounded.UnexpectedEOF(err))
	}
	found, err := readIndexMember(tr, header, m, plain)
	if err != nil {
		return nil, err
	}
	index, err := parseIndex(found.text, g)
	if err != nil {
		return nil, err
	}
	index.Description = found.description
	index.Time = found.time
	return index, nil
}

// indexMember is what an index's own member holds.
type indexMember struct {
	description, text string
	time              int64 // of the entry APKINDEX, Unix seconds
}

// readIndexMember reads the entries of the index's own member to the end of the file.
func readIndexMember(tr *tar.Reader, header *tar.Header, m *members.Reader, plain io.Reader) (found indexMember, err error) {
	isThere := false
	for err == nil {
		switch header.Name {
		case "DESCRIPTION":
			if header.Size <= maxDescription {
				var b []byte
				b, err = io.ReadAll(tr)
				found.description = strings.TrimSpace(string(b))
			}
		case "APKINDEX":
			isThere, found.time = true, header.ModTime.Unix()
			found.text, err = readText(tr, header.Size)
		}
		if err != nil {
			return found, fmt.Errorf("%s: %w", header.Name, bounded.UnexpectedEOF(err))
		}
		header, err = tr.Next()
	}
	if err != io.EOF {
		return found, fmt.Errorf("index archive: %w", err)
	}
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return found, fmt.Errorf("index archive: %w", err)
	}
	switch _, err := m.Peek(1); err {
	case io.EOF:
	case nil:
		return found, errors.New("index archive: more data after the end of the index")
	default:
		return found, fmt.Errorf("index archive: %w", err)
	}
	if !isThere {
		return found, errors.New("index archive: has no entry APKINDEX")
	}
	return found, nil
}

// readText reads so many bytes, without trusting the number before they came.
func readText(r io.Reader, size int64) (string, error) {
	if size > maxIndex {
		return "", fmt.Errorf("%d bytes, more than the limit of %d", size, int64(maxIndex))
	}
	var b strings.Builder
	b.Grow(int(min(size, 16<<20)))
	n, err := io.Copy(&b, r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return b.String(), err
}

// ReadIndex reads the text of an index, APKINDEX, as it is inside the archive.
func ReadIndex(r io.Reader, g Generation) (*Index, error) {
	text, err := bounded.ReadAll(r, maxIndex)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return parseIndex(string(text), g)
}

func parseIndex(text string, g Generation) (*Index, error) {
	index := new(Index)
	s := recordScanner{rest: text}
	h := headerParser{generation: g}
	var block []Package // packages are made many at a time
	var p *Package
	var warned [256]bool // letters that were warned of
	for {
		field, value, err := s.next()
		end := err == io.EOF
		if err != nil && !end {
			return nil, err
		}
		if field == 0 {
			// The end of the file is as good as an empty line, behind a whole line.
			if p != nil && (!end || s.rest == "") {
				if err := index.add(p); err != nil {
					return nil, s.errorf("%w", err)
				}
			}
			if end {
				break
			}
			p = nil
			continue
		}
		if p == nil {
			if len(block) == 0 {
				block = make([]Package, 256)
			}
			p, block = &block[0], block[1:]
		}
		known, err := h.field(p, field, value)
		if err != nil {
			return nil, s.errorf("%c: %w", field, err)
		}
		if !known {
			index.unknown(p, field, &warned)
		}
	}
	if h.broken > 0 {
		index.warn("%d dependency lines have errors, such as %s", h.broken, h.firstBroken)
	}
	return index, nil
}

func (x *Index) warn(format string, args ...any) {
	x.Warnings = append(x.Warnings, fmt.Sprintf(format, args...))
}

// add takes a package whose record is at its end.
func (x *Index) add(p *Package) error {
	if p.Name == "" || p.Version == "" || p.Identity.IsZero() {
		return errors.New("the record that ends here is missing a C:, P: or V: line")
	}
	if err := checkPackage(p); err != nil {
		return err
	}
	if len(x.Packages) == maxPackages {
		return fmt.Errorf("more than %d packages", maxPackages)
	}
	x.Packages = append(x.Packages, p)
	return nil
}

// checkPackage refuses what cannot be part of a file's name.
func checkPackage(p *Package) error {
	for _, s := range []string{p.Name, p.Version, p.Arch} {
		if strings.ContainsAny(s, "/\\ \x00") || s == ".." || s == "." {
			return fmt.Errorf("package %.80q: %.80q cannot be part of a file name", p.Name, s)
		}
	}
	return nil
}

// unknown deals with a field that is not in the header (apk/FORMAT.md 2).
func (x *Index) unknown(p *Package, field byte, warned *[256]bool) {
	switch {
	case strings.IndexByte("FMRZrqasfg", field) >= 0:
		// Of the installed database only.
	case 'a' <= field && field <= 'z':
		if !warned[field] {
			warned[field] = true
			x.warn("unknown index field %q is ignored", field)
		}
	default:
		p.Uninstallable = fmt.Sprintf("unknown index field %q", field)
	}
}

// Write writes the text of the index, which has no place for the description.
// A package whose fields apk could not write is an error.
func (x *Index) Write(w io.Writer, g Generation) error {
	b := bufio.NewWriter(w)
	for _, p := range x.Packages {
		if err := p.writeHeader(b, g); err != nil {
			return fmt.Errorf("write index: %w", err)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// WriteArchive writes an APKINDEX.tar.gz that nobody has signed: the one gzip
// member that [Sign] signs (apk/FORMAT.md 2). Its entries have the time; the same
// arguments give the same bytes.
func (x *Index) WriteArchive(w io.Writer, modTime time.Time, g Generation) error {
	var text bytes.Buffer
	if err := x.Write(&text, g); err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	archive := tar.NewWriter(z)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"DESCRIPTION", []byte(x.Description)}, {"APKINDEX", text.Bytes()}} {
		if len(file.content) == 0 && file.name == "DESCRIPTION" {
			continue
		}
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: file.name, Size: int64(len(file.content)), Mode: 0o644, ModTime: modTime,
			Uname: "root", Gname: "root",
		}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("write index: %w", err)
		}
		if _, err := archive.Write(file.content); err != nil {
			return fmt.Errorf("write index: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return z.Close()
}
