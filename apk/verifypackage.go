package apk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// Verified is what is known of a package file that was read to its end.
type Verified struct {
	Size    int64  // bytes
	SHA256  string // of the whole file, hexadecimal
	Control *Control
}

// VerifyPackage reads a package file to its end and checks that its control segment has the identity that an index says, and
// the bytes behind it the hash in .PKGINFO (apk/FORMAT.md 1.2). The data segment is hashed but not inflated, which makes this
// cheap; [PackageReader] checks what is in it. The keys are for packages in apk 3's own format: see [Control.CheckPackage].
func VerifyPackage(r io.Reader, want *Package, keys *KeyRing, g Generation) (*Verified, error) {
	whole := sha256.New()
	size := new(countingWriter)
	p := NewPackageReader(io.TeeReader(r, io.MultiWriter(whole, size)), g)
	control, err := p.Control()
	if err != nil {
		return nil, fmt.Errorf("not a package file: %w", err)
	}
	if p.adb != nil {
		return verifyADBPackage(p, want, keys, func() *Verified { return &Verified{int64(*size), hex.EncodeToString(whole.Sum(nil)), control} })
	}
	isKnown := control.DataHash != "" // else the identity is, at the end
	if isKnown && control.Identity.Key() != want.Identity.Key() {
		return nil, otherIdentity(control.Identity, want.Identity)
	}
	var data hash.Hash = sha256.New()
	if control.DataHash == "" {
		data = p.identity // of packages that are older than data hashes, the identity covers the data
	}
	p.m.Hash(data)
	p.data = data
	if _, err := io.Copy(io.Discard, p.m.Rest()); err != nil {
		return nil, err
	}
	p.m.Flush()
	if !isKnown {
		if identity := SHA1Checksum([20]byte(p.identity.Sum(nil))); identity.Key() != want.Identity.Key() {
			return nil, otherIdentity(identity, want.Identity)
		}
	}
	if err := p.checkData(); err != nil {
		return nil, fmt.Errorf("data segment: %w", err)
	}
	return &Verified{int64(*size), hex.EncodeToString(whole.Sum(nil)), control}, nil
}

// verifyADBPackage reads all contents, whose hashes are in the metadata.
func verifyADBPackage(p *PackageReader, want *Package, keys *KeyRing, verified func() *Verified) (*Verified, error) {
	if err := p.control.CheckPackage(want, keys); err != nil {
		return nil, err
	}
	for {
		if _, err := p.Next(); err == io.EOF {
			return verified(), nil
		} else if err != nil {
			return nil, err
		}
	}
}

func otherIdentity(identity, want Checksum) error {
	return fmt.Errorf("identity %s is not %s, which the index says: it was altered or replaced", identity, want)
}

type countingWriter int64

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}
