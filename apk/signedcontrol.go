package apk

import (
	"errors"
	"hash"
	"io"
)

// ReadSignedControl reads the signatures and the control segment of a package file, and returns the segment with the
// file name of the trusted key that signed it (apk/FORMAT.md 1.2). The control segment has the hash of all that
// follows, so the signature covers the whole package once [PackageReader.Next] has returned io.EOF.
//
// If no trusted key signed it, the control segment is returned with an error: an [*UntrustedError], or one that says
// that the package has no data hash, so that its signature says nothing of its files.
func ReadSignedControl(r io.Reader, keys *KeyRing, g Generation) (c *Control, signedBy string, err error) {
	p := NewPackageReader(r, g)
	if p.keys = keys; keys == nil {
		p.keys = new(KeyRing)
	}
	if c, err = p.Control(); err != nil {
		return nil, "", err
	}
	if c.IsADB() {
		signedBy, err = c.signedBy(keys)
		return c, signedBy, err
	}
	if c.DataHash == "" && p.untrusted == nil {
		return c, "", errors.New("its signature does not cover its files: .PKGINFO has no datahash")
	}
	return c, p.signedBy, p.untrusted
}

// controlSignature checks the signature of a control segment as it is read.
type controlSignature struct {
	identity  io.Writer
	chosen    *storedSignature // nil if no signature can be checked
	sum       hash.Hash        // of the segment, for chosen
	untrusted error            // why none can be checked
}

// signature chooses the signature to check of those that came so far.
func (p *PackageReader) signature(signatures []storedSignature) *controlSignature {
	s := &controlSignature{identity: p.identity}
	if p.keys == nil {
		return s
	}
	if s.chosen, s.untrusted = p.keys.choose(signatures); s.untrusted == nil {
		s.sum = s.chosen.hash()
	}
	return s
}

// Write takes the segment's compressed bytes.
func (s *controlSignature) Write(b []byte) (int, error) {
	if s.sum != nil {
		s.sum.Write(b)
	}
	return s.identity.Write(b)
}

// check leaves the result in the reader, once the segment was read.
func (s *controlSignature) check(p *PackageReader) {
	p.m.Hash(p.identity)
	if p.untrusted = s.untrusted; s.chosen == nil {
		return
	}
	if p.untrusted = p.keys.verify(s.chosen, s.sum.Sum(nil)); p.untrusted == nil {
		p.signedBy = s.chosen.Key
	}
}
