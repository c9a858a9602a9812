package apk

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
)

// Index is a repository's list of packages.
type Index struct {
	Description string // of the repository, as its maker names it; may be empty
	Packages    []*Package

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

// maxPackages bounds its packages, which take ten times the memory of their text.
const maxPackages = 1 << 20

// maxDescription is how long a description may be before it is ignored, in bytes.
const maxDescription = 160

// ReadIndexArchive reads a signed APKINDEX.tar.gz: signature members, then one
// member with the index (apk/FORMAT.md 2), or an index in apk 3's own format. Nothing of it is returned before a key of
// the ring was found to have signed all of it. The error for a signature is an
// [*UntrustedError].
func ReadIndexArchive(r io.Reader, keys *KeyRing, g Generation) (*Index, error) {
	if keys == nil {
		keys = new(KeyRing)
	}
	archive := sha256.New()
	m := newMemberReader(io.TeeReader(r, archive))
	if isADB(m.in.Peek) {
		index, err := readADBIndex(m.in, keys, g)
		if err != nil {
			var untrusted *UntrustedError
			if !errors.As(err, &untrusted) {
				err = fmt.Errorf("index: %w", err)
			}
			return nil, err
		}
		index.SHA256 = hex.EncodeToString(archive.Sum(nil))
		return index, nil
	}
	var signatures []Signature
	for {
		// What a signature covers is hashed on the way; which hash, it says itself.
		chosen, untrusted := keys.choose(signatures)
		var sum hash.Hash
		var hashed io.Writer
		if untrusted == nil {
			sum = chosen.hash()
			hashed = sum
		}
		if err := m.next(hashed); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("index archive: %w", err)
		}
		tr := tar.NewReader(m)
		header, err := tr.Next()
		if err == nil && strings.HasPrefix(header.Name, signaturePrefix) {
			if signatures, err = readSignatures(signatures, tr, header, m); err != nil {
				return nil, fmt.Errorf("index archive: %w", err)
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("index archive: %w", unexpectedEOF(err))
		}
		if untrusted != nil {
			return nil, untrusted
		}
		description, text, err := readIndexMember(tr, header, m)
		if err != nil {
			return nil, err
		}
		if err := keys.verify(chosen, sum.Sum(nil)); err != nil {
			return nil, err
		}
		index, err := parseIndex(text, g)
		if err != nil {
			return nil, err
		}
		index.Description, index.SignedBy = description, chosen.Key
		index.SHA256 = hex.EncodeToString(archive.Sum(nil))
		return index, nil
	}
}

// readIndexMember reads the entries of the index's own member to the end of the
// file.
func readIndexMember(tr *tar.Reader, header *tar.Header, m *memberReader) (description, text string, err error) {
	found := false
	for err == nil {
		switch header.Name {
		case "DESCRIPTION":
			if header.Size <= maxDescription {
				var b []byte
				b, err = io.ReadAll(tr)
				description = strings.TrimSpace(string(b))
			}
		case "APKINDEX":
			found = true
			text, err = readText(tr, header.Size)
		}
		if err != nil {
			return "", "", fmt.Errorf("%s: %w", header.Name, unexpectedEOF(err))
		}
		header, err = tr.Next()
	}
	if err != io.EOF {
		return "", "", fmt.Errorf("index archive: %w", err)
	}
	if _, err := io.Copy(io.Discard, m); err != nil {
		return "", "", fmt.Errorf("index archive: %w", err)
	}
	switch _, err := m.in.Peek(1); err {
	case io.EOF:
	case nil:
		return "", "", errors.New("index archive: more data after the end of the index")
	default:
		return "", "", fmt.Errorf("index archive: %w", err)
	}
	if !found {
		return "", "", errors.New("index archive: has no entry APKINDEX")
	}
	return description, text, nil
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

func unexpectedEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
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
	case isLower(field):
		if !warned[field] {
			warned[field] = true
			x.warn("unknown index field %q is ignored", field)
		}
	default:
		p.Uninstallable = fmt.Sprintf("unknown index field %q", field)
	}
}

// WriteIndex writes the text of an index, which has no place for the description.
// A package whose fields apk could not write is an error.
func WriteIndex(w io.Writer, index *Index, g Generation) error {
	b := bufio.NewWriter(w)
	for _, p := range index.Packages {
		if err := p.writeHeader(b, g); err != nil {
			return fmt.Errorf("write index: %w", err)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}
